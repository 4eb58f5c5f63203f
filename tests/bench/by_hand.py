"""One day of the renewal playbook, written by hand in Polars: what the engine's time is compared with.

The same decisions on the same snapshot: who is enrolled, who moves where, which actions fall due for whom, when, by
whom, and which are too late. It knows this one playbook and nothing else: no other dates than those below, no
checks of the data, no contact policy, no reasons, no counts of what can't be told, no ledger that nothing is
written to twice. Reads Parquet, writes Parquet.

    python by_hand.py SNAPSHOT STATES DATE FOLDER
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from pathlib import Path

import holidays
import polars as pl

STEPS = [
    ("enrolled", None, False),
    ("preparation", -120, False),
    ("health_check", -90, False),
    ("value_report", -60, True),
    ("renewal_notice", -30, True),
    ("urgency", -14, True),
    ("final_push", -7, True),
    ("expiry", 0, False),
    ("grace", 0, False),
    ("win_back", None, False),
]
ORDER = [name for name, _, _ in STEPS]
ASKED = ~(pl.col("auto_renew").is_not_null() & pl.col("auto_renew"))
AT_RISK = pl.col("health_score") < 70
ENTERPRISE = pl.col("segment") == "enterprise"
PREMIUM = pl.col("segment").is_in(["enterprise", "strategic"])
CSM = ["csm", "account_manager"]
AM = ["account_manager", "csm"]
OPS = "Operations team"
MARKETING = "Marketing team"
HEALTHY = pl.col("health_score") >= 70
HIGH, LOW = pl.col("arr") >= 20_000, pl.col("arr") < 20_000
WORTH_A_PERSON = HIGH | pl.col("csm").is_not_null()
ALONE = pl.col("csm").is_null()

# step, action, condition, owners, days, business days, shift, however late
ACTIONS = [
    ("preparation", "account_check", ASKED, CSM, 0, 0, "later", False),
    ("preparation", "health_score", ASKED, CSM, 0, 0, "later", False),
    ("preparation", "risks", ASKED, CSM, 10, 0, "later", False),
    ("preparation", "roi_report", ASKED, CSM, 20, 0, "later", False),
    ("preparation", "escalation", ASKED & AT_RISK & WORTH_A_PERSON, CSM, 0, 0, "later", False),
    ("preparation", "recovery_plan", ASKED & AT_RISK & WORTH_A_PERSON, CSM, 20, 0, "later", False),
    (
        "preparation",
        "complete_data",
        ASKED & (pl.col("health_score").is_null() | pl.col("arr").is_null()),
        CSM,
        0,
        0,
        "later",
        True,
    ),
    ("preparation", "auto_renewal", ASKED & HEALTHY & (HIGH | LOW), AM, 20, 0, "later", False),
    ("preparation", "upsell_focus", ASKED & HEALTHY & HIGH, AM, 20, 0, "later", False),
    ("preparation", "advocacy_invite", ASKED & HEALTHY & HIGH, CSM, 0, 0, "later", False),
    ("preparation", "nurture_upsell", ASKED & HEALTHY & LOW, MARKETING, 20, 0, "later", False),
    ("preparation", "feature_adoption", ASKED & HEALTHY & LOW, OPS, 0, 0, "later", False),
    ("preparation", "csm_intervention", ASKED & AT_RISK & HIGH, CSM, 0, 5, "earlier", False),
    ("preparation", "retention_offer", ASKED & AT_RISK & HIGH, AM, 20, 0, "later", False),
    ("preparation", "automated_renewal", ASKED & AT_RISK & LOW, OPS, 20, 0, "later", False),
    ("preparation", "self_serve_support", ASKED & AT_RISK & LOW & ALONE, CSM, 0, 0, "later", False),
    ("preparation", "standard_offer", ASKED & AT_RISK & LOW, AM, 0, 0, "later", False),
    ("health_check", "email", ASKED & AT_RISK, CSM, 0, 0, "later", False),
    ("health_check", "call", ASKED & AT_RISK, CSM, 0, 5, "earlier", False),
    ("value_report", "email", pl.lit(True), CSM, 0, 0, "earlier", False),
    ("renewal_notice", "email", ASKED, AM, 0, 0, "earlier", False),
    ("renewal_notice", "auto_renewal_notice", ~ASKED, AM, 0, 0, "earlier", False),
    ("renewal_notice", "call", ASKED & ENTERPRISE, AM, 0, 2, "earlier", False),
    ("urgency", "email", ASKED, CSM, 0, 0, "earlier", False),
    ("urgency", "in_app", ASKED, OPS, 0, 0, "earlier", False),
    ("urgency", "last_minute_offer", ASKED & AT_RISK, AM, 0, 0, "earlier", False),
    ("final_push", "email", ASKED, CSM, 0, 0, "earlier", False),
    ("final_push", "call", ASKED & PREMIUM, CSM, 0, 1, "earlier", False),
    ("final_push", "retention_offer", ASKED & AT_RISK, AM, 0, 0, "earlier", False),
    ("grace", "read_only", ASKED, OPS, 0, 0, "later", False),
    ("win_back", "handoff", ASKED, CSM, 0, 0, "later", False),
]


def working_days(countries: list[str], on: dt.date) -> pl.DataFrame:
    """For each country and date: the working day not after it, not before it, and how many there were."""
    rows = []
    first = on - dt.timedelta(days=200)
    years = range(first.year, on.year + 2)
    for country in countries:
        off = holidays.country_holidays(country, years=years)
        days = [first + dt.timedelta(days=n) for n in range(560)]
        works = [day.weekday() not in off.weekend and day not in off for day in days]
        before, after, count, last = [], [None] * len(days), [], days[0]
        total = 0
        for day, work in zip(days, works, strict=True):
            last, total = (day, total + 1) if work else (last, total)
            before.append(last)
            count.append(total)
        upcoming = days[-1]
        for place in range(len(days) - 1, -1, -1):
            upcoming = days[place] if works[place] else upcoming
            after[place] = upcoming
        rows += list(zip([country] * len(days), days, before, after, count, works, strict=True))
    return pl.DataFrame(
        rows, schema=["country", "day", "earlier", "later", "count", "works"], orient="row"
    )


def shifted(frame: pl.DataFrame, date: str, calendar: pl.DataFrame, way: str) -> pl.Series:
    """A column of dates, moved onto working days of the account's country."""
    keys = frame.select("country", pl.col(date).alias("day"))
    table = calendar.select("country", "day", way)
    return keys.join(table, on=["country", "day"], how="left", maintain_order="left")[way]


def main(snapshot: str, states: str, date: str, folder: str) -> None:
    """Decides one day and writes the new states and the actions."""
    on = dt.date.fromisoformat(date)
    fields = [
        "account_id",
        "account_name",
        "status",
        "arr",
        "country",
        "renewal_date",
        "auto_renew",
        "health_score",
        "csm",
        "account_manager",
    ]
    frame = pl.read_parquet(snapshot, columns=fields).with_columns(
        pl.when(pl.col("arr") > 100_000)
        .then(pl.lit("enterprise"))
        .when(pl.col("arr") >= 20_000)
        .then(pl.lit("strategic"))
        .when(pl.col("arr") >= 5_000)
        .then(pl.lit("growth"))
        .when(pl.col("arr").is_not_null())
        .then(pl.lit("self_serve"))
        .alias("segment"),
        pl.col("country").fill_null("FR"),
    )
    before = pl.read_parquet(states).select(
        "account_id", "state", "anchor", "cycle", "ended_on", "due_on"
    )
    frame = frame.join(before, on="account_id", how="left")
    opened = pl.col("state").is_not_null() & pl.col("ended_on").is_null()
    renewed = opened & (pl.col("renewal_date") > pl.col("anchor").dt.offset_by("60d"))
    days = (pl.col("renewal_date") - pl.lit(on)).dt.total_days()
    fresh = pl.col("ended_on").is_not_null() & (pl.col("renewal_date") > pl.col("anchor"))
    enrols = (
        (pl.col("state").is_null() | fresh)
        & (pl.col("status") == "active")
        & days.is_between(-30, 120)
    )
    frame = frame.filter((opened | enrols).fill_null(False)).with_columns(
        renewed.fill_null(False).alias("renewed"),
        pl.when(opened & ~renewed.fill_null(False))
        .then(pl.coalesce("renewal_date", "anchor"))
        .when(opened)
        .then("anchor")
        .otherwise("renewal_date")
        .alias("anchor"),
        pl.when(opened)
        .then("cycle")
        .otherwise(pl.col("renewal_date").cast(pl.String))
        .alias("cycle"),
        pl.when(opened).then("state").otherwise(pl.lit("enrolled")).alias("state"),
    )
    calendar = working_days(frame["country"].unique().drop_nulls().to_list(), on)
    drafts, moved = [], []
    leaves = frame.filter("renewed")
    asked = leaves.filter(ASKED).with_columns(pl.lit(on).alias("base"))
    drafts.append(issue(asked, "renewed", "email", CSM, calendar, "later"))
    drafts.append(issue(asked, "renewed", "handoff", CSM, calendar, "later"))
    moved.append(
        leaves.with_columns(pl.lit("renewed").alias("state"), pl.lit(on).alias("ended_on"))
    )
    frame = frame.filter(~pl.col("renewed")).with_columns(
        pl.col("state")
        .replace_strict(ORDER, list(range(len(ORDER))), return_dtype=pl.Int32)
        .alias("place")
    )
    for place, (step, offset, early) in enumerate(STEPS[1:], 1):
        base = (
            pl.col("anchor") + pl.duration(days=offset)
            if offset is not None
            else pl.col("anchor")
            + pl.duration(days=pl.when(pl.col("csm").is_null()).then(7).otherwise(14))
        )
        if step == "health_check":
            base = base + pl.duration(
                days=pl.when(base.dt.weekday() >= 6).then(8 - base.dt.weekday()).otherwise(0)
            )
        here = frame.filter(pl.col("place") == place - 1).with_columns(base.alias("base"))
        if not here.height:
            continue
        enters = shifted(here, "base", calendar, "earlier") if early else here["base"]
        goes = enters <= on
        if step == "grace":
            goes = goes & (here["anchor"] <= on)
            here = here.with_columns(pl.lit(on).alias("base"))
        taken = here.filter(goes)
        if not taken.height:
            continue
        for name, action, when, owners, later, business, shift, _ in ACTIONS:
            if name == step:
                rows = taken.filter(when.fill_null(False)).with_columns(
                    pl.col("base") + pl.duration(days=later)
                )
                if business:
                    rows = rows.with_columns(business_later(rows, calendar, business).alias("base"))
                drafts.append(issue(rows, step, action, owners, calendar, shift))
        stays = frame.join(taken.select("account_id"), on="account_id", how="anti")
        taken = taken.with_columns(
            pl.lit(place, pl.Int32).alias("place"), pl.col("base").alias("due_on")
        ).drop("base")
        frame = pl.concat([stays, taken])
    grace = frame.filter(pl.col("place") == ORDER.index("grace")).filter(ASKED)
    first = grace.with_columns(shifted(grace, "due_on", calendar, "later").alias("first"))
    count = calendar.select("country", "day", "count")
    now = count.filter(pl.col("day") == on).select("country", pl.col("count").alias("now"))
    works = calendar.filter(pl.col("day") == on).select("country", "works")
    first = first.join(
        count.rename({"day": "first", "count": "then"}), on=["country", "first"], how="left"
    )
    first = first.join(now, on="country", how="left").join(works, on="country", how="left")
    number = pl.col("now") - pl.col("then") + 1
    due = first.filter(pl.col("works") & number.is_between(1, 5)).with_columns(
        pl.lit(on).alias("base")
    )
    drafts.append(issue(due, "grace", "email", CSM, calendar, "later"))
    last = (pl.col("place") == ORDER.index("win_back")) & (
        pl.col("anchor") + pl.duration(days=30) <= on
    )
    states_now = frame.with_columns(
        pl.when(last)
        .then(pl.lit("lapsed"))
        .otherwise(
            pl.col("place").replace_strict(list(range(len(ORDER))), ORDER, return_dtype=pl.String)
        )
        .alias("state"),
        pl.when(last).then(pl.lit(on)).alias("ended_on"),
    )
    kept = ["account_id", "state", "anchor", "cycle", "ended_on", "due_on"]
    after = pl.concat([states_now.select(kept), *(each.select(kept) for each in moved)])
    Path(folder).mkdir(exist_ok=True)
    pl.concat([before.join(after, on="account_id", how="anti"), after]).write_parquet(
        f"{folder}/states.parquet"
    )
    actions = pl.concat(drafts)
    always = [f"{step}/{action}" for step, action, *_, late in ACTIONS if late]
    late = (pl.lit(on) - pl.col("due_on")).dt.total_days().clip(0)
    hurried = pl.concat_str("step", pl.lit("/"), "action").is_in(always)
    keys = actions.select(
        pl.concat_str("account_id", "cycle", "step", "action", separator="|")
    ).to_series()
    ids = [hashlib.sha256(key.encode()).hexdigest()[:20] for key in keys.to_list()]
    actions = actions.with_columns(
        pl.Series("action_id", ids, dtype=pl.String),
        late.alias("late_days"),
        pl.when((late > 7) & ~hurried)
        .then(pl.lit("skipped"))
        .otherwise(pl.lit("issued"))
        .alias("status"),
    ).sort("due_on", "account_id", "step", "action")
    actions.write_parquet(f"{folder}/actions.parquet")
    print(actions.height)


def business_later(rows: pl.DataFrame, calendar: pl.DataFrame, days: int) -> pl.Series:
    """The column `base`, so many working days later."""
    count = calendar.select("country", pl.col("day").alias("base"), "count")
    numbered = rows.select("country", "base").join(
        count, on=["country", "base"], how="left", maintain_order="left"
    )
    at = calendar.filter("works").select("country", "count", "day")
    target = numbered.with_columns(pl.col("count") + days)
    return target.join(at, on=["country", "count"], how="left", maintain_order="left")["day"]


def issue(
    rows: pl.DataFrame,
    step: str,
    action: str,
    owners: list[str] | str,
    calendar: pl.DataFrame,
    shift: str,
) -> pl.DataFrame:
    """One action for each row, due on its `base`, moved onto a working day; a team, or the first of some roles."""
    owner = pl.lit(owners) if isinstance(owners, str) else pl.coalesce(*owners, pl.lit(OPS))
    return rows.select(
        "account_id",
        "account_name",
        "cycle",
        pl.lit(step).alias("step"),
        pl.lit(action).alias("action"),
        owner.alias("owner"),
        shifted(rows, "base", calendar, shift).alias("due_on"),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
