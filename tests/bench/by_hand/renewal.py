"""The renewal of a subscription, from 120 days before it ends to 30 days after."""

from __future__ import annotations

import datetime as dt

import polars as pl

from .day import (
    ACTIVE,
    AM,
    ASKED,
    AT_RISK,
    CSM,
    LARGE,
    LEADERSHIP,
    MARKETING,
    OPS,
    TODAY,
    Action,
    Day,
    days,
    passed,
)

STATES = {
    "account_id": pl.String,
    "step": pl.Int32,
    "anchor": pl.Date,
    "cycle": pl.String,
    "ended": pl.String,
    "grace_on": pl.Date,
    "intervene_on": pl.Date,
}
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
"""Each with its days from the anchor, and whether it comes on the working day before."""
NAMES = [name for name, _, _ in STEPS]
GRACE, WIN_BACK = NAMES.index("grace"), NAMES.index("win_back")

HEALTHY = pl.col("health_score") >= 70
HIGH, LOW = pl.col("arr") >= 20_000, pl.col("arr") < 20_000
ALONE = pl.col("csm").is_null()
RISKY = ASKED & AT_RISK & (HIGH | ~ALONE)
AHEAD = pl.col("review_ahead").fill_null(False)
INTERVENTION = ASKED & AT_RISK & HIGH
UNKNOWN = pl.col("health_score").is_null() | pl.col("arr").is_null()

ACTIONS = {
    "preparation": [
        Action("account_check", CSM, ASKED),
        Action("health_score", CSM, ASKED),
        Action("risks", CSM, ASKED, days=10),
        Action("roi_report", CSM, ASKED, days=20),
        Action("escalation", CSM, RISKY),
        Action("recovery_plan", CSM, RISKY, days=20),
        Action("complete_data", CSM, ASKED & UNKNOWN, late="issue"),
        Action("auto_renewal", AM, ASKED & HEALTHY & (HIGH | LOW), days=20),
        Action("upsell_focus", AM, ASKED & HEALTHY & HIGH, days=20),
        Action("advocacy_invite", CSM, ASKED & HEALTHY & HIGH),
        Action("nurture_upsell", MARKETING, ASKED & HEALTHY & LOW, days=20),
        Action("feature_adoption", OPS, ASKED & HEALTHY & LOW),
        Action("csm_intervention", CSM, INTERVENTION, business=5, shift="earlier"),
        Action("retention_offer", AM, ASKED & AT_RISK & HIGH, days=20),
        Action("automated_renewal", OPS, ASKED & AT_RISK & LOW, days=20),
        Action("self_serve_support", CSM, ASKED & AT_RISK & LOW & ALONE),
        Action("standard_offer", AM, ASKED & AT_RISK & LOW),
    ],
    "health_check": [
        Action("email", CSM, ASKED & AT_RISK & ~AHEAD),
        Action("call", CSM, ASKED & AT_RISK & ~AHEAD, business=5, shift="earlier"),
    ],
    "value_report": [Action("email", CSM, shift="earlier")],
    "renewal_notice": [
        Action("email", AM, ASKED, shift="earlier"),
        Action("auto_renewal_notice", AM, ~ASKED, shift="earlier"),
        Action(
            "call", AM, ASKED & (pl.col("segment") == "enterprise"), business=2, shift="earlier"
        ),
    ],
    "urgency": [
        Action("email", CSM, ASKED, shift="earlier"),
        Action("in_app", OPS, ASKED, shift="earlier"),
        Action("last_minute_offer", AM, ASKED & AT_RISK, shift="earlier"),
    ],
    "final_push": [
        Action("email", CSM, ASKED, shift="earlier"),
        Action("call", CSM, ASKED & LARGE, business=1, shift="earlier"),
        Action("retention_offer", AM, ASKED & AT_RISK, shift="earlier"),
    ],
    "expiry": [],
    "grace": [Action("read_only", OPS, ASKED)],
    "win_back": [Action("handoff", CSM, ASKED)],
    "renewed": [Action("email", CSM, ASKED), Action("handoff", CSM, ASKED)],
}
ESCALATED = [Action("csm_intervention_escalated", LEADERSHIP, shift="none")]
MESSAGE = [Action("email", CSM, ASKED & (pl.col("anchor") <= TODAY))]


def decide(day: Day, before: pl.DataFrame) -> pl.DataFrame:
    """Where accounts stand after the date; adds `renewal_step` to the accounts, which others ask about."""
    rows = _under_way(day, before)
    renewed = pl.col("renewed")
    rows = rows.with_columns(
        pl.when(~renewed & (pl.col("step") > 0))
        .then(pl.coalesce("renewal_date", "anchor"))
        .otherwise("anchor")
        .alias("anchor")
    )
    day.issue(rows.filter(renewed), "renewed", ACTIONS["renewed"], TODAY, 7)
    rows = rows.with_columns(
        pl.when(renewed)
        .then("step")
        .otherwise(pl.max_horizontal("step", _furthest(day)))
        .alias("now")
    )
    fresh = (pl.col("now") >= GRACE) & (pl.col("step") < GRACE)
    rows = rows.with_columns(pl.when(fresh).then(TODAY).otherwise("grace_on").alias("grace_on"))
    for place, (name, _, _) in enumerate(STEPS[1:], 1):
        entered = (pl.col("step") < place) & (pl.col("now") >= place)
        base = TODAY if name == "grace" else _date(place)
        day.issue(rows.filter(entered), name, ACTIONS[name], base, 7)
    _write_daily(day, rows)
    rows = _escalate(day, rows)
    over = (pl.col("now") == WIN_BACK) & (pl.col("anchor") + days(30) <= TODAY) & ~renewed
    ended = pl.when(renewed).then(pl.lit("renewed")).when(over).then(pl.lit("lapsed"))
    after = rows.select(
        "account_id",
        pl.col("now").alias("step"),
        "anchor",
        "cycle",
        ended.alias("ended"),
        "grace_on",
        "intervene_on",
    )
    after = pl.concat([before.join(after, on="account_id", how="anti"), after])
    _show(day, after)
    return after


def _under_way(day: Day, before: pl.DataFrame) -> pl.DataFrame:
    """Accounts enrolled, and those that are from today; `renewed` is whether they just did."""
    opened = pl.col("step").is_not_null() & pl.col("ended").is_null()
    left = (pl.col("renewal_date") - TODAY).dt.total_days()
    again = pl.col("step").is_null() | (pl.col("renewal_date") > pl.col("anchor"))
    enrols = ACTIVE & again & left.is_between(-30, 120)
    return (
        day.accounts.lazy()
        .join(before.lazy(), on="account_id", how="left")
        .filter(opened | enrols)
        .join(day.reviewing, on="account_id", how="left")
        .with_columns(opened.alias("opened"))
        .with_columns(
            (pl.col("opened") & (pl.col("renewal_date") > pl.col("anchor") + days(60)))
            .fill_null(False)
            .alias("renewed"),
            pl.when("opened").then("anchor").otherwise("renewal_date").alias("anchor"),
            pl.when("opened")
            .then("cycle")
            .otherwise(pl.col("renewal_date").dt.to_string("iso"))
            .alias("cycle"),
            pl.when("opened").then("step").otherwise(0).alias("step"),
            pl.lit("renewal").alias("playbook"),
        )
        .collect()
    )


def _date(place: int) -> pl.Expr:
    """A step's date."""
    name, offset, _ = STEPS[place]
    if offset is None:
        offset_days: pl.Expr | int = pl.when(pl.col("csm").is_null()).then(7).otherwise(14)
        return pl.col("anchor") + days(offset_days)
    date = pl.col("anchor") + days(offset)
    if name != "health_check":
        return date
    # Reviews open on working days only: of a weekend, Monday tells.
    return date + days((8 - date.dt.weekday()) % 7 * (date.dt.weekday() > 5))


def _furthest(day: Day) -> pl.Expr:
    """The last step whose date has come."""
    come = []
    for place, (_, _, early) in enumerate(STEPS[1:], 1):
        date = day.calendar.shifted(_date(place), "earlier") if early else _date(place)
        come.append((pl.col("step") >= place) | (date <= TODAY))
    return passed(come)


def _write_daily(day: Day, rows: pl.DataFrame) -> None:
    """On five business days of the grace period."""
    grace = rows.filter((pl.col("now") == GRACE) & ~pl.col("renewed"))
    calendar = day.calendar
    started = calendar.number(calendar.shifted(pl.col("grace_on"), "later"))
    number = calendar.number(TODAY) - started + 1
    due = grace.with_columns(number.alias("number")).filter(
        calendar.works(TODAY) & pl.col("number").is_between(1, 5)
    )
    day.issue(due, "grace", MESSAGE, TODAY, 7, pl.col("number").cast(pl.String))


def _escalate(day: Day, rows: pl.DataFrame) -> pl.DataFrame:
    """Once, five business days after an intervention was due: nobody says here that it is done."""
    calendar, asked = day.calendar, pl.col("intervene_on")
    oldest = rows["intervene_on"].min()
    calendar.reach(oldest if isinstance(oldest, dt.date) else None)
    come = (calendar.shifted(calendar.add(asked, 5), "later") <= TODAY).fill_null(False)
    day.issue(rows.filter(come & ~pl.col("renewed")), "preparation", ESCALATED, TODAY, 7)
    place = NAMES.index("preparation")
    date = _date(place)
    oldest = rows.select(date.min()).item()
    calendar.reach(oldest if isinstance(oldest, dt.date) else None)
    due = calendar.shifted(calendar.add(date, 5), "earlier")
    entered = (pl.col("step") < place) & (pl.col("now") >= place) & INTERVENTION
    issued = entered & ((TODAY - due).dt.total_days() <= 7)
    asked = pl.when(issued.fill_null(False)).then(due).when(~come).then(asked)
    return rows.with_columns(asked.alias("intervene_on"))


def _show(day: Day, after: pl.DataFrame) -> None:
    step = pl.col("step").replace_strict(dict(enumerate(NAMES)), return_dtype=pl.String)
    there = after.filter((pl.col("step") >= GRACE) & (pl.col("ended") != "renewed").fill_null(True))
    shown = there.select("account_id", pl.coalesce("ended", step).alias("renewal_step"))
    day.accounts = day.accounts.join(shown, on="account_id", how="left", maintain_order="left")
