"""Retention curves: counts of active accounts by cohort and period, and the exact points of a curve over them.

Snapshots in date order give the counts of each group's cohorts (months of signup) at each period. The state of an
account on a date follows from its declared churn date, or else from the snapshot nearest to the date, before or after
it. It is unknown where that snapshot is farther away than `Period.reads`, is older than the signup, or has a bad value
of the account. Where no snapshot is near enough, the next one still tells in an export that declares the churn date of
every account that left. The counts give the points of a curve: retention, churn, hazard, and whether it
flattens. A cohort counts at a period only if its youngest possible account is that old. A change since an earlier
period is computed over the cohorts that are known at both.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.in_memory import collect_in_memory
from ..core.offsets import Offset, shift_date
from ..core.schemas import empty_table, null_columns
from .account_index import AccountIndex
from .groups import Counting
from .metric_value import HUNDRED, ratio

THIRTY = 30
HALF = Decimal("0.5")
SLOW = Decimal(1)
"""Percent in 30 days. A curve that loses less counts as flat."""


NEAR_DAYS = ((14, 1), (90, 3))
FARTHEST_DAYS = 7
"""How far from a period's day a snapshot may be: a day up to J14, three up to J90, seven beyond. A month for months."""


@dataclass(frozen=True, slots=True)
class Period:
    """A number of days or calendar months after signup."""

    count: int
    unit: Literal["days", "months"] = "days"

    @property
    def label(self) -> str:
        """Return the label: `J30` for 30 days, as in the source document; `M2` for two months."""
        return f"{'J' if self.unit == 'days' else 'M'}{self.count}"

    @property
    def thirties(self) -> Decimal:
        """Return the length in units of 30 days, or in months."""
        return Decimal(self.count) / THIRTY if self.unit == "days" else Decimal(self.count)

    def reads(self, day: dt.date, on: dt.date) -> bool:
        """Return whether the snapshot of a day may stand for the state on `on`."""
        if self.unit == "days":
            near = next((days for last, days in NEAR_DAYS if self.count <= last), FARTHEST_DAYS)
            return abs((day - on).days) <= near
        return shift_date(on, Offset(-1, "months")) <= day <= shift_date(on, Offset(1, "months"))

    def after(self, on: dt.date) -> dt.date:
        """Return the date this long after `on`; the month's last day where the month lacks that day."""
        return shift_date(on, Offset(self.count, self.unit))


DAY_PERIODS = tuple(Period(n) for n in (0, 1, 7, 14, 30, 60, 90, 180, 365))
MONTH_PERIODS = tuple(Period(n, "months") for n in range(13))
CORNER = {"days": (Period(30), Period(60)), "months": (Period(1, "months"), Period(2, "months"))}
"""The periods between which a curve should flatten. Source: "Flattening après J30-J60"."""


@dataclass(frozen=True, slots=True)
class Counted:
    """The accounts with a known state at a period, the active ones, and the days to the farthest snapshot read."""

    known: int = 0
    active: int = 0
    distance: int = 0

    def __add__(self, other: Counted) -> Counted:
        farthest = max(self.distance, other.distance)
        return Counted(self.known + other.known, self.active + other.active, farthest)


Cohorts = Mapping[dt.date, Mapping[Period, Counted]]
"""The counts of cohorts, by the first day of their month of signup and by period."""


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a curve.

    Attributes:
        period: The period.
        counted: The counts of all cohorts that are old enough.
        since: The nearest earlier period at which some of these cohorts are known too.
        churn: The retention lost since then, in points.
        hazard: The share of the accounts left then that has gone, in percent.
    """

    period: Period
    counted: Counted
    since: Period | None = None
    churn: Decimal | None = None
    hazard: Decimal | None = None

    @property
    def retention(self) -> Decimal | None:
        """Return the active share of the known accounts, in percent."""
        return ratio(self.counted.active, self.counted.known)


@dataclass(frozen=True, slots=True)
class Plateau:
    """The fall of a curve in percent per 30 days: in its corner, and after it up to the period `last`."""

    corner: Decimal
    after: Decimal
    last: Period

    @property
    def flattens(self) -> bool:
        """Return whether the fall after the corner is at most half of that in it, or under `SLOW`."""
        return self.after <= self.corner * HALF or self.after < SLOW


def points(cohorts: Cohorts, periods: Sequence[Period], known: dt.date) -> list[Point]:
    """Return the points of the curve over these cohorts.

    Args:
        cohorts: The counts.
        periods: The periods, in order.
        known: The date of the last snapshot.
    """
    curve = []
    for index, period in enumerate(periods):
        old = old_enough(cohorts, period, known)
        steps = ((before, known_at(old, before, period)) for before in reversed(periods[:index]))
        since, same = next(((before, both) for before, both in steps if both), (None, {}))
        if since is None:
            curve.append(Point(period, total_counts(old, period)))
            continue
        then, now = total_counts(same, since), total_counts(same, period)
        lost = then.active * now.known - now.active * then.known
        churn, hazard = ratio(lost, then.known * now.known), ratio(lost, then.active * now.known)
        curve.append(Point(period, total_counts(old, period), since, churn, hazard))
    return curve


def plateau(cohorts: Cohorts, periods: Sequence[Period], known: dt.date) -> Plateau | None:
    """Return how the curve falls in and after its corner, over cohorts known from the corner to the last period.

    The last period is the longest one at which some of these cohorts are known. Return None where there is none, or
    where no account was left.
    """
    start, end = CORNER[periods[0].unit]
    for last in reversed([period for period in periods if period.count > end.count]):
        same = known_at(old_enough(cohorts, last, known), start, end, last)
        if same:
            first, middle, final = (total_counts(same, each) for each in (start, end, last))
            corner = falls(first, middle, end.thirties - start.thirties)
            after = falls(middle, final, last.thirties - end.thirties)
            return None if corner is None or after is None else Plateau(corner, after, last)
    return None


def falls(then: Counted, now: Counted, thirties: Decimal) -> Decimal | None:
    """Return the loss per 30 days in percent, at a constant rate: 1 - (now / then) ^ (1 / thirties)."""
    if not then.active or not now.known:
        return None
    left = Decimal(now.active * then.known) / Decimal(now.known * then.active)
    return (1 - left ** (1 / thirties)) * HUNDRED if left else HUNDRED


def old_enough(cohorts: Cohorts, period: Period, known: dt.date) -> Cohorts:
    """Return the cohorts whose youngest possible account, signed up on the month's last day, is that old."""
    return {
        month: counts for month, counts in cohorts.items() if period.after(_end(month)) <= known
    }


def known_at(cohorts: Cohorts, *periods: Period) -> Cohorts:
    """Return the cohorts with a known account at each of the periods."""
    return {
        month: counts
        for month, counts in cohorts.items()
        if all(counts.get(period, Counted()).known for period in periods)
    }


def total_counts(cohorts: Cohorts, period: Period) -> Counted:
    """Return the counts of all cohorts together at a period."""
    return sum((counts.get(period, Counted()) for counts in cohorts.values()), Counted())


def _end(month: dt.date) -> dt.date:
    return month.replace(day=monthrange(month.year, month.month)[1])


_SIGNUP: dict[str, pl.DataType] = {"signup_date": pl.Date()}
_ACCOUNTS: dict[str, pl.DataType] = {
    **_SIGNUP,
    "group": pl.String(),
    "churn_date": pl.Date(),
}
"""The columns of the accounts; `group` and `churn_date` are there from the first snapshot that fills them on."""


_has_signup = pl.col("signup_date").is_not_null()


class ActivitySnapshot(NamedTuple):
    """One snapshot.

    `frame` has `account_id`, `signup_date`, `group`, `churn_date` and `active` (null where unknown) of its accounts.
    `unknown` lists the ids of accounts with a bad value.
    """

    on: dt.date
    frame: pl.DataFrame
    unknown: pl.Series


@dataclass(slots=True)
class Activity:
    """The activity of all accounts over the snapshots.

    Attributes:
        active: By date, whether each account was active, by its number; null where unknown, and before it was first
            seen with a signup date. Accounts first seen later have no row.
    """

    active: dict[dt.date, pl.Series] = field(default_factory=dict)
    _index: AccountIndex = field(default_factory=AccountIndex)
    _rows: pl.DataFrame = field(default_factory=lambda: empty_table(_SIGNUP))

    @property
    def days(self) -> list[dt.date]:
        """Return the dates of the snapshots, in order."""
        return list(self.active)

    @property
    def accounts(self) -> pl.DataFrame:
        """Return `account_id`, `signup_date`, `group` and `churn_date` of the accounts with a signup date.

        Signup date and group are those first seen. Accounts that were active again have no churn date.
        """
        nulls = null_columns(_ACCOUNTS, self._rows.columns)
        return self._rows.with_columns(self._index.ids, *nulls).filter(_has_signup)

    def step(self, snapshot: ActivitySnapshot) -> None:
        """Advance to the next snapshot. Accounts that it no longer has are not active."""
        listed_at = self._index.locate(snapshot.frame[ACCOUNT_ID])
        ids, listed = self._index.ids, listed_at.is_not_null()
        filled = [
            name for name in _ACCOUNTS if name in _SIGNUP or _has_values(snapshot.frame, name)
        ]
        known = [name for name in _ACCOUNTS if name in filled or name in self._rows.columns]
        new = len(ids) - self._rows.height
        earlier = pl.concat([self._rows, self._rows.clear(new)], rechunk=True)
        read = snapshot.frame.lazy().select("active", *filled).select(pl.all().gather(listed_at))
        now = read.rename(lambda name: f"now_{name}")
        frame = pl.concat([earlier.lazy(), now], how="horizontal").with_columns(
            *null_columns(_ACCOUNTS, earlier.columns),
            *null_columns(
                {f"now_{name}": dtype for name, dtype in _ACCOUNTS.items()},
                [f"now_{name}" for name in filled],
            ),
        )
        active = pl.when(listed).then("now_active").otherwise(False)
        if len(snapshot.unknown):
            active = pl.when(~ids.is_in(snapshot.unknown.implode())).then(active)
        signup_date = pl.coalesce("signup_date", "now_signup_date")
        values = {
            "signup_date": signup_date,
            "group": pl.when(_has_signup).then("group").otherwise("now_group"),
            "churn_date": pl.when(listed).then(_declared()).otherwise("churn_date"),
        }
        seen = frame.select(
            pl.when(signup_date.is_not_null()).then(active).alias("active"),
            **{name: values[name] for name in known},
        )
        rows = collect_in_memory(seen)
        self.active[snapshot.on] = rows["active"]
        self._rows = rows.drop("active")

    def cohorts(self, periods: Sequence[Period], counting: Counting) -> dict[str, Cohorts]:
        """Return the counts by group. Accounts without a signup date are in no cohort."""
        if not self.days:
            return {}
        keys, known = [*_ACCOUNTS], self._rows.columns
        accounts = self._rows.with_columns(
            active.extend_constant(None, self._rows.height - active.len()).alias(_name(day))
            for day, active in self.active.items()
        )
        accounts = accounts.filter(_has_signup)
        declared = _declares_churn(accounts, self.days)
        if counting == "on_or_after":
            accounts = accounts.with_columns(_or_after(self.days))
        counted = accounts.group_by(known).agg(
            pl.len().alias("size"),
            *(pl.col(_name(day)).count().alias(f"known {day}") for day in self.days),
            *(pl.col(_name(day)).sum().alias(f"active {day}") for day in self.days),
        )
        counted = counted.with_columns(null_columns(_ACCOUNTS, known))
        by_date = pl.concat(
            counted.select(
                *keys,
                "size",
                pl.lit(day).alias("day"),
                pl.col(f"known {day}").alias("known"),
                pl.col(f"active {day}").alias("active"),
            )
            for day in self.days
        )
        dates = _period_dates(counted["signup_date"].unique().to_list(), periods, self.days)
        if not declared:
            dates = dates.filter("near")
        later = _later_periods(by_date.join(dates, on=["signup_date", "day"]))
        first = counted.select(
            *("group", "signup_date"),
            pl.lit(0).alias("period"),
            known=pl.col("size"),
            active=pl.col("size"),
            distance=pl.lit(0, pl.Int64),
        )
        return count_cohorts(pl.concat([first, later.select(first.columns)]), periods)


def collect_activity(snapshots: Iterable[ActivitySnapshot]) -> Activity:
    """Return the activity over snapshots, which are in date order."""
    result = Activity()
    for snapshot in snapshots:
        result.step(snapshot)
    return result


def sum_groups(groups: Mapping[str, Cohorts]) -> Cohorts:
    """Return the counts of all groups together."""
    totals: dict[dt.date, dict[Period, Counted]] = {}
    for cohorts in groups.values():
        for month, counts in cohorts.items():
            total = totals.setdefault(month, {})
            for period, counted in counts.items():
                total[period] = total.get(period, Counted()) + counted
    return dict(sorted(totals.items()))


def _has_values(frame: pl.DataFrame, name: str) -> bool:
    return bool(frame.select(pl.col(name).count()).item())


def _name(day: dt.date) -> str:
    return day.isoformat()


def _or_after(days: Sequence[dt.date]) -> list[pl.Expr]:
    """Return whether an account is active on each date or any later one; null where unknown on that date."""
    columns: list[pl.Expr] = []
    later = pl.lit(value=False)
    for day in reversed(days):
        known = pl.col(_name(day))
        later = known.fill_null(value=False) | later
        columns.append(pl.when(known.is_not_null()).then(later).alias(_name(day)))
    return columns


def _declared() -> pl.Expr:
    """Return the churn date of an account that is not active, if it lies after the signup; else null."""
    churn_date = pl.coalesce("now_churn_date", "churn_date")
    declared = ~pl.col("now_active") & (churn_date >= pl.col("now_signup_date"))
    return pl.when(declared).then(churn_date)


def _declares_churn(accounts: pl.DataFrame, days: Iterable[dt.date]) -> bool:
    """Return whether each account that is not active in a snapshot has a churn date."""
    stated = "churn_date" in accounts.columns
    without = accounts.filter(pl.col("churn_date").is_null()) if stated else accounts
    return all(without[_name(day)].all() for day in days)


def _later_periods(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the known and active accounts at each period but the first.

    Args:
        rows: Counts by `group`, `signup_date` and `churn_date` in the snapshot that is read for each `period`: it is
            near the period's date, or the next one after it.
    """
    stated, gone = pl.col("churn_date").is_not_null(), pl.col("churn_date") <= pl.col("target")
    known = pl.when(stated).then("size").otherwise("known")
    active = pl.when(stated & gone).then(0).when(stated).then("size").otherwise("active")
    distance = pl.when(stated | ~pl.col("near")).then(0).otherwise("distance")
    return rows.select(
        "group", "signup_date", "period", known=known, active=active, distance=distance
    )


def _period_dates(
    signups: Iterable[dt.date], periods: Sequence[Period], days: Sequence[dt.date]
) -> pl.DataFrame:
    """Return the snapshot to read by signup date and period (but the first), where there is one.

    The columns are `day`, `target` (the period's date), `near` (true if the snapshot is near enough) and `distance`.
    """
    rows = []
    for signup in signups:
        since = bisect_left(days, signup)
        for index, period in enumerate(periods[1:], start=1):
            target = period.after(signup)
            at = bisect_left(days, target, since)
            around = days[max(at - 1, since) : at + 1]
            near = [day for day in around if period.reads(day, target)]
            if near:
                day = min(near, key=lambda day: (abs(day - target), day < target))
                rows.append((signup, index, day, target, True, abs((day - target).days)))
            elif days[0] <= signup and at < len(days):
                rows.append((signup, index, days[at], target, False, 0))
    schema = {
        "signup_date": pl.Date(),
        "period": pl.Int32(),
        "day": pl.Date(),
        "target": pl.Date(),
        "near": pl.Boolean(),
        "distance": pl.Int64(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def count_cohorts(counted: pl.DataFrame, periods: Sequence[Period]) -> dict[str, Cohorts]:
    """Return the counts by group, of rows with `group`, `signup_date`, `period` (its index) and the counts."""
    month = pl.col("signup_date").dt.truncate("1mo").alias("month")
    read = pl.col("distance").filter(pl.col("known") > 0).max().fill_null(0)
    sums = counted.group_by("group", month, "period").agg(pl.sum("known", "active"), read)
    groups: dict[str, dict[dt.date, dict[Period, Counted]]] = {}
    for group, start, index, *counts in sums.sort("group", "month", "period").iter_rows():
        cohort = groups.setdefault(group or "", {}).setdefault(start, {})
        cohort[periods[index]] = Counted(*counts)
    return dict(groups)
