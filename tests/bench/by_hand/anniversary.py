"""The anniversaries of the signup: the first, the second, and each from the third on."""

from __future__ import annotations

import datetime as dt

import polars as pl

from .day import (
    ACTIVE,
    AT_RISK,
    CSM,
    FOUNDER,
    LARGE,
    LOST,
    MARKETING,
    OPS,
    TODAY,
    Action,
    Day,
    days,
    returns,
    years_passed,
)

STATES = {"account_id": pl.String, "year": pl.Int32}
OPEN_FOR = 31
TROUBLE = (
    pl.col("escalated").fill_null(False)
    | pl.col("payment_overdue").fill_null(False)
    | AT_RISK.fill_null(False)
    | LOST
)
FOUNDING = pl.col("signup_date") < dt.date(2018, 1, 1)
OWN = CSM[::2]
EMAILS = {0: "email", 2: "email_and_silver", 3: "email_and_gold", 4: "email_and_platinum"}
FROM_US = [Action(id, OWN, pl.col("new_level") == level) for level, id in EMAILS.items()]
FROM_FOUNDER = [each._replace(owners=FOUNDER) for each in FROM_US]
BADGE = Action("badge", OPS, ~TROUBLE, shift="none", late="issue")
MAKE_UP = Action("make_up", OWN, TROUBLE)
ACTIONS = {
    "first_year": [
        *FROM_US[:-1],
        BADGE,
        Action("gift", OPS, ~TROUBLE),
        Action("offer", OWN, LARGE),
        MAKE_UP,
    ],
    "second_year": [
        *FROM_US,
        BADGE,
        Action("gift", MARKETING, ~TROUBLE),
        Action("offer", OWN, LARGE),
        MAKE_UP,
    ],
    "later_years": [
        *FROM_FOUNDER,
        Action("founding_member", OPS, FOUNDING & ~TROUBLE, shift="none", late="issue"),
        Action("legacy_customer", OPS, ~FOUNDING & ~TROUBLE, shift="none", late="issue"),
        Action("benefits", OPS, ~TROUBLE, shift="none", late="issue"),
        Action("events", MARKETING, ~TROUBLE, shift="none", late="issue"),
        MAKE_UP,
    ],
}


def decide(day: Day, before: pl.DataFrame) -> pl.DataFrame:
    """The last anniversary that each account had."""
    rows = (
        day.accounts.lazy()
        .filter(ACTIVE)
        .with_columns(years_passed("signup_date").alias("number"))
        .with_columns(returns("signup_date", pl.col("number")).alias("anchor"))
        .filter((pl.col("number") >= 1) & (pl.col("anchor") + days(OPEN_FOR) >= TODAY))
        .join(before.lazy(), on="account_id", how="left")
        .filter(pl.col("year").is_null() | (pl.col("number") > pl.col("year")))
        .with_columns(
            pl.lit("anniversary").alias("playbook"), pl.col("number").cast(pl.String).alias("cycle")
        )
        .collect()
    )
    rows = _with_new_level(day, rows)
    for year, step in ((1, "first_year"), (2, "second_year")):
        day.issue(rows.filter(pl.col("number") == year), step, ACTIONS[step], pl.col("anchor"), 7)
    later = rows.filter(pl.col("number") >= 3)
    day.issue(later, "later_years", ACTIONS["later_years"], pl.col("anchor"), 7)
    after = rows.select("account_id", pl.col("number").cast(pl.Int32).alias("year"))
    return pl.concat([before.join(after, on="account_id", how="anti"), after])


def _with_new_level(day: Day, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds the level that was reached within a week by accounts that were there before; else 0."""
    level = day.levels.select("account_id", "level", "entered_on")
    new = (
        (pl.col("level") >= 2)
        & pl.col("status@8").is_not_null()
        & (pl.col("entered_on") + days(7) >= TODAY)
    )
    known = day.beside(rows.lazy(), day.on - dt.timedelta(days=8), "8", "status")
    return (
        known.join(level.lazy(), on="account_id", how="left")
        .with_columns(pl.when(new).then("level").otherwise(0).alias("new_level"))
        .collect()
    )
