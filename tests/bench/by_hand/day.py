"""What all playbooks share: the accounts of a date, what they were before, and the issuing of actions."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import NamedTuple

import polars as pl

from .calendar import Calendar

OPS, MARKETING, PRODUCT = "Operations team", "Marketing team", "Product team"
LEADERSHIP, FOUNDER = "Head of customer success", "The founder"
CSM = (pl.col("csm"), pl.col("account_manager"), pl.lit(OPS))
AM = (pl.col("account_manager"), pl.col("csm"), pl.lit(OPS))

TODAY = pl.col("today")
ACTIVE = pl.col("status") == "active"
LARGE = pl.col("segment").is_in(["enterprise", "strategic"])
AT_RISK = pl.col("health_score") < 70
ASKED = ~pl.col("auto_renew").fill_null(False)
"""Not known to renew by itself."""
LOST = pl.col("renewal_step").is_in(["grace", "win_back"]).fill_null(False)
UNRENEWED = LOST | (
    (pl.col("renewal_step") == "lapsed").fill_null(False) & (pl.col("renewal_date") < TODAY)
)


class Action(NamedTuple):
    """One action of a step: whose it is, for whom, how long after the step, and where days off send it."""

    id: str
    owners: tuple[pl.Expr, ...] | str
    when: pl.Expr | None = None
    days: int = 0
    business: int = 0
    shift: str = "later"
    late: str = ""
    """`issue` or `skip`, whatever the playbook does with late actions."""
    priority: pl.Expr | None = None


class Day:
    """One date: its accounts, its working days, and the actions so far."""

    def __init__(self, snapshots: Path, on: dt.date) -> None:
        self.on = on
        self.snapshots = snapshots
        self.accounts = read(snapshots / f"accounts-{on}.parquet", on)
        categories = self.accounts["country"].dtype.categories  # type: ignore[attr-defined]
        self.calendar = Calendar(categories.to_list(), on)
        self.reviewing = pl.LazyFrame()
        """Whose review is ahead, once reviews have moved."""
        self.levels = pl.DataFrame()
        """Of loyalty, once it has moved."""
        self._drafts: list[pl.DataFrame] = []

    def beside(self, rows: pl.LazyFrame, then: dt.date, name: str, *fields: str) -> pl.LazyFrame:
        """The rows with these fields as known on an earlier date, as `field@name`; null where nobody knows."""
        days = sorted(path.stem.removeprefix("accounts-") for path in self.snapshots.iterdir())
        known = [day for day in days if day <= str(then)]
        named = [pl.col(field).alias(f"{field}@{name}") for field in fields]
        if not known:
            nothing = [pl.when(False).then(field).alias(f"{field}@{name}") for field in fields]
            return rows.with_columns(nothing)
        kept = pl.scan_parquet(self.snapshots / f"accounts-{known[-1]}.parquet")
        return rows.join(kept.select("account_id", *named), on="account_id", how="left")

    def issue(
        self,
        rows: pl.DataFrame,
        step: str,
        actions: list[Action],
        base: pl.Expr,
        within: int | None,
        occurrence: pl.Expr | None = None,
    ) -> None:
        """The step's actions for these rows (accounts with `playbook` and `cycle`), counted from `base`."""
        if not rows.height:
            return
        rows = rows.with_columns(base.alias("base"))
        oldest = rows["base"].min()
        self.calendar.reach(oldest if isinstance(oldest, dt.date) else None)
        for action in actions:
            mine = rows if action.when is None else rows.filter(action.when)
            if mine.height:
                times = pl.lit("1") if occurrence is None else occurrence
                self._drafts.append(mine.select(*self._columns(step, action, within, times)))

    def _columns(
        self, step: str, action: Action, within: int | None, occurrence: pl.Expr
    ) -> list[pl.Expr]:
        due = pl.col("base") + pl.duration(days=action.days) if action.days else pl.col("base")
        if action.business:
            due = self.calendar.add(due, action.business)
        due = self.calendar.shifted(due, action.shift)
        late = (pl.lit(self.on) - due).dt.total_days().clip(0).cast(pl.Int32)
        if action.late:
            within = None if action.late == "issue" else 7
        too_late = pl.lit(False) if within is None else late > within
        owners = action.owners
        return [
            pl.col("account_id"),
            pl.col("account_name"),
            pl.col("playbook"),
            pl.col("cycle"),
            pl.lit(step).alias("step"),
            pl.lit(action.id).alias("action"),
            occurrence.alias("occurrence"),
            (pl.lit(owners) if isinstance(owners, str) else pl.coalesce(owners)).alias("owner"),
            due.alias("due_on"),
            late.alias("late_days"),
            pl.when(too_late).then(pl.lit("skipped")).otherwise(pl.lit("issued")).alias("status"),
            (pl.lit("") if action.priority is None else action.priority).alias("priority"),
        ]

    def actions(self) -> pl.DataFrame:
        """All of them, each with its id, in the order of a listing."""
        found = pl.concat(self._drafts)
        keys = found.select(
            pl.concat_str(
                "playbook", "account_id", "cycle", "step", "action", "occurrence", separator="|"
            )
        )
        ids = [hashlib.sha256(key.encode()).hexdigest()[:20] for key in keys.to_series().to_list()]
        return found.with_columns(pl.Series("action_id", ids, dtype=pl.String)).sort(
            "due_on", "account_id", "playbook", "step", "action"
        )


def read(snapshot: Path, on: dt.date) -> pl.DataFrame:
    """The accounts with the fields that some playbook reads, by account."""
    arr, country = pl.col("arr"), pl.col("country").fill_null("FR")
    segment = (
        pl.when(arr > 100_000)
        .then(pl.lit("enterprise"))
        .when(arr >= 20_000)
        .then(pl.lit("strategic"))
        .when(arr >= 5_000)
        .then(pl.lit("growth"))
        .when(arr.is_not_null())
        .then(pl.lit("self_serve"))
    )
    frame = (
        pl.scan_parquet(snapshot)
        .select(*FIELDS, segment.alias("segment"), country.alias("country"))
        .with_columns(pl.lit(on).alias("today"))
        .collect()
    )
    codes = frame["country"].unique().sort()
    return frame.with_columns(pl.col("country").cast(pl.Enum(codes)))


FIELDS = (
    *("account_id", "account_name", "status", "arr", "signup_date", "contract_start"),
    *("contract_term_months", "renewal_date", "renewal_outcome", "auto_renew", "payment_overdue"),
    *("health_score", "nps_rating", "escalated", "csm", "account_manager", "executive_sponsor"),
    *("customer_sponsor", "champion", "go_live_date", "last_review_date", "next_review_date"),
    *("objectives_at_risk", "seats_licensed", "seats_active", "plan_utilisation"),
    *("features_used", "features_total", "premium_views", "invitations", "projects_quarter"),
    *("hours_saved_quarter", "collaborations_quarter", "opt_out"),
)


def days(count: pl.Expr | int) -> pl.Expr:
    """A length of time."""
    return pl.duration(days=count)


def passed(come: list[pl.Expr]) -> pl.Expr:
    """How many of these, each waiting for the one before, have come."""
    total, all_so_far = pl.lit(0, pl.Int32), pl.lit(True)
    for each in come:
        all_so_far = all_so_far & each.fill_null(False)
        total = total + all_so_far.cast(pl.Int32)
    return total


def returns(date: str, years: pl.Expr) -> pl.Expr:
    """The date, so many years later."""
    return pl.col(date).dt.offset_by(pl.concat_str(years.cast(pl.String), pl.lit("y")))


def years_passed(date: str) -> pl.Expr:
    """Whole years since the date."""
    apart = TODAY.dt.year() - pl.col(date).dt.year()
    return apart - (returns(date, apart) > TODAY).cast(pl.Int32)


def latest_return(date: str) -> pl.Expr:
    """The latest yearly return of the date; null before the first."""
    years = years_passed(date)
    return returns(date, pl.when(years >= 1).then(years))
