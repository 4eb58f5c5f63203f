"""Winning back a customer whose subscription expired: offers that grow, until 30 days after."""

from __future__ import annotations

import polars as pl

from .day import AM, ASKED, CSM, LARGE, TODAY, Action, Day, days, passed

STATES = {
    "account_id": pl.String,
    "step": pl.Int32,
    "anchor": pl.Date,
    "cycle": pl.String,
    "ended": pl.String,
}
STEPS = [
    ("enrolled", 0, False),
    ("learn", 0, False),
    ("first_offer", 14, False),
    ("first_call", 16, False),
    ("better_offer", 21, True),
    ("last_offer", 28, True),
    ("lost", 30, False),
]
LOST = len(STEPS) - 1
ACTIONS = {
    "learn": [Action("task", CSM)],
    "first_offer": [
        Action("email", CSM),
        Action("offer", AM),
    ],
    "first_call": [Action("call", CSM, LARGE)],
    "better_offer": [Action("email", CSM, shift="earlier"), Action("offer", AM, shift="earlier")],
    "last_offer": [
        Action("email", CSM, shift="earlier"),
        Action("offer", AM, shift="earlier"),
        Action("call", CSM, LARGE, shift="earlier"),
    ],
    "lost": [Action("handoff", CSM)],
}


def decide(day: Day, before: pl.DataFrame) -> pl.DataFrame:
    """Where accounts stand after the date."""
    accounts = day.accounts.lazy().with_columns(pl.lit("win_back").alias("playbook"))
    open_ones = before.lazy().filter(pl.col("ended").is_null())
    back = pl.col("renewal_date") > pl.col("anchor") + days(60)
    under_way = accounts.join(open_ones, on="account_id").with_columns(
        back.fill_null(False).alias("back")
    )
    under_way = under_way.with_columns(
        pl.when("back")
        .then("anchor")
        .otherwise(pl.coalesce("renewal_date", "anchor"))
        .alias("anchor")
    )
    opened = (
        accounts.filter((pl.col("renewal_step") == "win_back") & ASKED)
        .join(open_ones, on="account_id", how="anti")
        .with_columns(
            pl.lit(0, pl.Int32).alias("step"),
            pl.col("renewal_date").alias("anchor"),
            pl.lit(f"{day.on} grace_over").alias("cycle"),
            pl.lit(None, pl.String).alias("ended"),
            pl.lit(False).alias("back"),
        )
    )
    rows = pl.concat(pl.collect_all([under_way, opened]))
    dates = [pl.col("anchor") + days(_after(name, offset)) for name, offset, _ in STEPS[1:]]
    come = [
        (day.calendar.shifted(date, "earlier") if early else date) <= TODAY
        for date, (_, _, early) in zip(dates, STEPS[1:], strict=True)
    ]
    now = pl.when("back").then("step").otherwise(pl.max_horizontal("step", passed(come)))
    rows = rows.with_columns(now.alias("now"))
    for place, ((name, _, _), date) in enumerate(zip(STEPS[1:], dates, strict=True), 1):
        entered = (pl.col("step") < place) & (pl.col("now") >= place)
        day.issue(rows.filter(entered), name, ACTIONS[name], date, 7)
    ended = pl.when("back").then(pl.lit("renewed")).when(pl.col("now") == LOST).then(pl.lit("lost"))
    after = rows.select(
        "account_id", pl.col("now").alias("step"), "anchor", "cycle", ended.alias("ended")
    )
    return pl.concat([before.join(after, on="account_id", how="anti"), after])


def _after(name: str, offset: int) -> pl.Expr | int:
    return pl.when(pl.col("csm").is_null()).then(7).otherwise(14) if name == "learn" else offset
