"""Business reviews: what opens one, which one it is, and its steps from the invitation to mid-quarter.

Of the kinds of reviews held and booked the snapshot says nothing, so no EBR counts as either.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from .day import AM, AT_RISK, CSM, TODAY, Action, Day, days, latest_return, passed

STATES = {
    "account_id": pl.String,
    "step": pl.Int32,
    "anchor": pl.Date,
    "cycle": pl.String,
    "ended": pl.Boolean,
    "opened_on": pl.Date,
    "opened_by": pl.String,
    "followed_on": pl.Date,
    "disarmed_executive": pl.Boolean,
    "disarmed_renewal": pl.Boolean,
    "disarmed_go_live": pl.Boolean,
    "disarmed_health": pl.Boolean,
}
MEETING_STEP, FOLLOW_UP, DONE = 3, 5, 7
WITHIN = 14

SEGMENT = pl.col("segment").fill_null("")
ENTERPRISE = SEGMENT == "enterprise"
QUARTERLY = SEGMENT.is_in(["enterprise", "strategic"])
GROWTH = SEGMENT == "growth"
SUBSCRIBED = pl.col("status") == "active"
LAST, BOOKED, HEALTH = (
    pl.col("last_review_date"),
    pl.col("next_review_date"),
    pl.col("health_score"),
)
APART = pl.when(GROWTH).then(20).otherwise(45)
RESTED = (LAST + days(APART) <= TODAY).fill_null(True)
SINCE = pl.coalesce("last_review_date", "go_live_date", "contract_start", "signup_date")
LEFT = (pl.col("renewal_date") - TODAY).dt.total_days()
LIVE_FOR = (TODAY - pl.col("go_live_date")).dt.total_days()
FELL = HEALTH - pl.col("health_score@30")

OPENED_ON, OPENED_BY = pl.col("opened_on"), pl.col("opened_by")
EBR = (OPENED_BY == "executive") | ((OPENED_BY == "renewal") & ENTERPRISE)
CALL = ~EBR & (OPENED_BY.is_in(["go_live", "sponsor", "health"]) | (~QUARTERLY & ~GROWTH))
CHECK_IN = GROWTH & ~EBR & ~CALL
QBR = QUARTERLY & ~EBR & ~CALL
SHORT = CHECK_IN | CALL
HELD = LAST.is_between(OPENED_ON, TODAY).fill_null(False)
IS_BOOKED = (BOOKED >= OPENED_ON) & (~CALL | (OPENED_ON + days(30) >= BOOKED))
LEAD = OPENED_ON + days(pl.when(SHORT).then(7).otherwise(14))
REVIEW_ON = (
    pl.when(HELD)
    .then(LAST)
    .when(IS_BOOKED.fill_null(False))
    .then(BOOKED)
    .otherwise(pl.coalesce(pl.col("anchor"), LEAD))
)
RISKS = pl.col("objectives_at_risk")
MORE = pl.col("entered") | (pl.col("objectives_at_risk@previous") < RISKS)

KINDS = {"ebr": EBR, "qbr": QBR, "check_in": CHECK_IN, "success_call": CALL}
IN_TIME = pl.col("anchor") - days(2) >= TODAY
INVITATION = [
    *(Action(f"{kind}_invitation", CSM, ~HELD & IN_TIME & which) for kind, which in KINDS.items()),
    Action("data", CSM, ~HELD),
    Action("research", CSM, ~HELD),
]
FINAL_PREPARATION = [
    Action("presentation", CSM, ~HELD & ~CALL),
    Action("expansion", AM, ~HELD & ~SHORT & ~AT_RISK),
    Action("logistics", CSM, ~HELD),
]
MEETING = [Action(kind, CSM, ~HELD & which, shift="none") for kind, which in KINDS.items()]
RECAP = [Action(f"{kind}_recap", CSM, which) for kind, which in KINDS.items()]
FOLLOWING_UP = [
    Action("success_plan", CSM, days=7, shift="earlier"),
    Action("action_items", CSM, days=7, shift="earlier"),
]
MID_QUARTER = [
    Action("call", CSM, ~SHORT),
    Action("escalation", CSM, ~SHORT & (RISKS > 0)),
    Action("next_review", CSM, ~SHORT),
]
ANCHOR = pl.col("anchor")
STEPS: list[tuple[str, pl.Expr, list[Action]]] = [
    ("invitation", ANCHOR - days(pl.when(SHORT).then(7).otherwise(14)), INVITATION),
    ("final_preparation", ANCHOR - days(pl.when(SHORT).then(3).otherwise(7)), FINAL_PREPARATION),
    ("meeting", ANCHOR, MEETING),
    ("recap", ANCHOR, RECAP),
    ("follow_up", ANCHOR, FOLLOWING_UP),
    ("mid_quarter", ANCHOR + days(pl.when(SHORT).then(20).otherwise(45)), MID_QUARTER),
    ("done", ANCHOR, []),
]
"""Each with its date."""
NOT_HELD = [Action("escalation", CSM)]
AT_RISK_AGAIN = [Action("objectives_at_risk", CSM, (RISKS > 0) & MORE, shift="none")]


def decide(day: Day, before: pl.DataFrame) -> pl.DataFrame:
    """Where accounts stand after the date; reviews rest on weekends."""
    if day.on.isoweekday() > 5:
        day.reviewing = _ahead(before)
        return before
    rows = _candidates(day, before).with_columns(_rearmed())
    under_way = _moved(day, rows.filter("under_way"))
    free = (rows.filter(~pl.col("under_way")), under_way.filter("ended").select(rows.columns))
    new = _moved(day, pl.concat(_opened(day, each) for each in free))
    going = pl.concat([under_way.filter(~pl.col("ended")), new])
    _warn(day, going.filter((pl.col("step") == FOLLOW_UP) & ~pl.col("ended")))
    over = pl.concat(
        each.filter(pl.col("step").is_not_null()).select(list(STATES)) for each in free
    )
    others = over.join(new, on="account_id", how="anti")
    after = pl.concat([going.select(list(STATES)), others])
    after = pl.concat([before.join(after, on="account_id", how="anti"), after])
    day.reviewing = _ahead(after)
    return after


def _ahead(states: pl.DataFrame) -> pl.LazyFrame:
    """Whose review is still ahead."""
    ahead = states.lazy().filter(~pl.col("ended") & (pl.col("step") <= MEETING_STEP))
    return ahead.select("account_id", pl.lit(True).alias("review_ahead"))


def _candidates(day: Day, before: pl.DataFrame) -> pl.DataFrame:
    """Accounts under way, those that may open one, and those whose triggers may be armed again."""
    under_way = pl.col("step").is_not_null() & ~pl.col("ended")
    apart = OPENED_ON.is_null() | (OPENED_ON + days(APART) <= TODAY)
    may = pl.col("status").is_in(["trial", "active"]) & RESTED & apart
    disarmed = pl.any_horizontal(pl.col(name) for name in STATES if name.startswith("disarmed"))
    rows = (
        day.accounts.lazy()
        .select(FIELDS)
        .join(before.lazy(), on="account_id", how="left")
        .filter(under_way | may | disarmed)
        .with_columns(
            pl.lit("reviews").alias("playbook"),
            under_way.alias("under_way"),
            pl.col("^disarmed_.*$").fill_null(False),
        )
    )
    rows = day.beside(rows, previous_weekday(day.on), "previous", *COMPARED)
    rows = day.beside(rows, day.on - dt.timedelta(days=30), "30", "health_score")
    return rows.collect()


FIELDS = (
    *("account_id", "account_name", "country", "status", "segment", "today", "signup_date"),
    *("contract_start", "renewal_date", "health_score", "csm", "account_manager"),
    *("customer_sponsor", "champion", "go_live_date", "last_review_date", "next_review_date"),
    "objectives_at_risk",
)
COMPARED = ("customer_sponsor", "champion", "health_score", "objectives_at_risk")


def previous_weekday(on: dt.date) -> dt.date:
    """The working day of the week before."""
    return on - dt.timedelta(days=3 if on.isoweekday() == 1 else 1)


def _last_90_days() -> pl.Expr:
    """When the last 90 days of the contract year begin."""
    began = pl.coalesce(latest_return("contract_start"), "contract_start")
    return began.dt.offset_by("1y") - days(91)


def _rearmed() -> list[pl.Expr]:
    """Triggers that opened once and may again."""
    armed = {
        "executive": _last_90_days() > TODAY,
        "renewal": LEFT > 90,
        "go_live": LIVE_FOR > 30,
        "health": (HEALTH >= 75) & (FELL > -15),
    }
    return [
        (pl.col(f"disarmed_{name}") & ~when.fill_null(False)).alias(f"disarmed_{name}")
        for name, when in armed.items()
    ]


def _opened(day: Day, rows: pl.DataFrame) -> pl.DataFrame:
    """Those for whom something opens a review, as they stand before its first step."""
    late_year = _last_90_days()
    until = (late_year - TODAY).dt.total_days()
    near = (LEFT.is_between(91, 120)).fill_null(False) | (
        ENTERPRISE & until.is_between(1, 30).fill_null(False)
    )
    reviewed = (pl.col("renewal_date") - days(120) <= LAST).fill_null(False)
    changed = [pl.col(f"{who}@previous") != pl.col(who) for who in ("customer_sponsor", "champion")]
    crossed = (pl.col("health_score@previous") >= 70) & (HEALTH < 70)
    to_go = (BOOKED - TODAY).dt.total_days()
    triggers = {
        "executive": SUBSCRIBED & ENTERPRISE & (late_year <= TODAY),
        "renewal": SUBSCRIBED & (QUARTERLY | GROWTH) & LEFT.is_between(0, 90) & ~reviewed,
        "booked": to_go.is_between(0, 14),
        "cadence": SUBSCRIBED & QUARTERLY & ~near & _every("cadence", 90),
        "monthly": SUBSCRIBED & GROWTH & ~near & _every("monthly", 30),
        "go_live": LIVE_FOR.is_between(0, 30),
        "sponsor": changed[0] | changed[1],
        "health": (FELL <= -15) | crossed,
    }
    for name in ("executive", "renewal", "go_live", "health"):
        triggers[name] = triggers[name] & ~pl.col(f"disarmed_{name}")
    first = pl.coalesce(pl.when(when).then(pl.lit(name)) for name, when in triggers.items())
    apart = OPENED_ON.is_null() | (OPENED_ON + days(APART) <= TODAY)
    new = rows.lazy().filter(pl.col("status").is_in(["trial", "active"]) & RESTED & apart)
    new = new.with_columns(first.alias("opened_by")).filter(OPENED_BY.is_not_null())
    new = new.with_columns(
        pl.lit(0, pl.Int32).alias("step"),
        pl.lit(None, pl.Date).alias("anchor"),
        pl.concat_str(pl.lit(f"{day.on} "), OPENED_BY).alias("cycle"),
        pl.lit(False).alias("ended"),
        TODAY.alias("opened_on"),
        pl.lit(None, pl.Date).alias("followed_on"),
        *(
            (pl.col(f"disarmed_{name}") | (name == OPENED_BY)).alias(f"disarmed_{name}")
            for name in ("executive", "renewal", "go_live", "health")
        ),
    )
    return new.collect().select(rows.columns)


def _every(name: str, length: int) -> pl.Expr:
    """Due, and not opened by the same cadence since it last was, counted from the date."""
    passed = (TODAY - SINCE).dt.total_days() // length
    other = OPENED_BY.is_null() | (name != OPENED_BY) | (SINCE + passed * days(length) > OPENED_ON)
    return (SINCE + days(length) <= TODAY) & other


def _moved(day: Day, rows: pl.DataFrame) -> pl.DataFrame:
    """Reviews under way as they stand after the date, with their actions issued."""
    left = (pl.col("status") == "lapsed").fill_null(False)
    overdue = ~HELD & (REVIEW_ON + days(7) <= TODAY)
    fresh = pl.col("step") == 0
    never = fresh & (OPENED_ON == TODAY)
    rows = rows.with_columns(
        (left & ~never).alias("left"), (overdue & ~left & ~never).alias("not_held")
    )
    day.issue(rows.filter("not_held"), "not_held", NOT_HELD, TODAY, WITHIN)
    out = pl.col("left") | pl.col("not_held")
    rows = rows.with_columns(pl.when(out).then("anchor").otherwise(REVIEW_ON).alias("anchor"))
    come = [date <= TODAY for _, date, _ in STEPS]
    come[3] = come[3] & HELD
    come = [(pl.col("step") >= place) | each for place, each in enumerate(come, 1)]
    rows = rows.with_columns(pl.when(out).then("step").otherwise(passed(come)).alias("now"))
    for place, (name, date, actions) in enumerate(STEPS, 1):
        entered = (pl.col("step") < place) & (pl.col("now") >= place)
        base = TODAY if name == "recap" else date
        day.issue(rows.filter(entered), name, actions, base, WITHIN)
    entered = (pl.col("step") < FOLLOW_UP) & (pl.col("now") >= FOLLOW_UP)
    return rows.with_columns(
        pl.col("now").alias("step"),
        (out | (pl.col("now") == DONE)).alias("ended"),
        pl.when(entered).then("anchor").otherwise("followed_on").alias("followed_on"),
        entered.alias("entered"),
    )


def _warn(day: Day, rows: pl.DataFrame) -> None:
    """On every business day of the follow-up, 35 at most, if more objectives are at risk."""
    calendar = day.calendar
    start = calendar.number(calendar.shifted(pl.col("followed_on"), "later"))
    number = calendar.number(calendar.shifted(TODAY, "earlier")) - start + 1
    rows = rows.with_columns(pl.min_horizontal(number, pl.lit(35)).alias("number"))
    rows = rows.filter(pl.col("number") >= 1).with_columns(
        calendar.numbered(start + pl.col("number") - 1).alias("warned_on")
    )
    fresh = pl.col("entered") | (pl.col("warned_on") > previous_weekday(day.on))
    times = pl.col("number").cast(pl.String)
    day.issue(rows.filter(fresh), "follow_up", AT_RISK_AGAIN, pl.col("warned_on"), WITHIN, times)
