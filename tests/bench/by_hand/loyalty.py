"""Levels of loyalty: Bronze after 90 days, Silver, Gold and Platinum for those that meet the criteria."""

from __future__ import annotations

import polars as pl

from .day import (
    ACTIVE,
    AT_RISK,
    CSM,
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

STATES = {
    "account_id": pl.String,
    "level": pl.Int32,
    "told": pl.Boolean,
    "entered_on": pl.Date,
}
SEATS = pl.col("seats_active") >= pl.col("seats_licensed") / 2
HEALTHY = pl.col("health_score") >= 75
FEATURES = pl.col("features_used") >= pl.col("features_total") / 2
LEVELS = [
    ("bronze", 90, pl.lit(True)),
    ("silver", 180, SEATS),
    ("gold", 365, SEATS & HEALTHY),
    ("platinum", 730, SEATS & HEALTHY & FEATURES),
]
TROUBLE = (
    pl.col("escalated").fill_null(False)
    | pl.col("payment_overdue").fill_null(False)
    | AT_RISK.fill_null(False)
    | LOST
)


def _celebrations() -> tuple[pl.Expr, pl.Expr]:
    """Whether the level has a celebration of its own, and whether it is only shown."""
    years = years_passed("signup_date")
    latest = returns("signup_date", years)
    today = (latest == TODAY) & (years >= 1)
    following = pl.when(today).then(latest).otherwise(returns("signup_date", years + 1))
    ahead = (following - TODAY).dt.total_days() <= 7
    behind = (years >= 1) & (TODAY - latest).dt.total_days().is_between(1, 7)
    shown = behind & ~TROUBLE & ~pl.col("opt_out").fill_null(False)
    return ~ahead & ~behind, shown


GRANTS = [
    Action("features", OPS, shift="none", late="issue"),
    Action("support", OPS, shift="none", late="issue"),
    Action("events", MARKETING, shift="none", late="issue"),
]
CELEBRATION = [
    *GRANTS,
    Action("email", CSM[::2], pl.col("celebrated")),
    Action("in_app", OPS, pl.col("celebrated")),
    Action("only_shown", OPS, pl.col("only_shown"), shift="none"),
]
BRONZE = [*GRANTS, Action("email", CSM[::2]), Action("in_app", OPS)]
NOTICE = [Action("email", CSM[::2], ACTIVE)]


def decide(day: Day, before: pl.DataFrame) -> pl.DataFrame:
    """Where accounts stand after the date."""
    rows = (
        day.accounts.lazy()
        .join(before.lazy(), on="account_id", how="left")
        .filter(pl.col("level").is_not_null() | (ACTIVE & pl.col("signup_date").is_not_null()))
        .with_columns(pl.col("level").is_null().alias("new"), pl.col("level").fill_null(0))
        .with_columns(pl.max_horizontal("level", _reached()).alias("now"))
        .with_columns(_told().alias("tells"), _told_before().alias("knew"))
        .with_columns((pl.col("tells") & ~pl.col("knew")).alias("news"))
    )
    changed = rows.filter(pl.col("new") | (pl.col("now") > pl.col("level")) | pl.col("news"))
    moved = changed.collect()
    _issue(day, moved)
    after = moved.select(
        "account_id",
        pl.col("now").alias("level"),
        pl.col("tells").alias("told"),
        TODAY.alias("entered_on"),
    )
    day.levels = pl.concat([before.join(after, on="account_id", how="anti"), after])
    return day.levels


def _reached() -> pl.Expr:
    """The highest level that is open by date and criteria."""
    level = pl.lit(0, pl.Int32)
    for place, (_, after, earned) in enumerate(LEVELS, 1):
        come = pl.col("signup_date") + days(after) <= TODAY
        level = pl.when(ACTIVE & come & earned).then(pl.lit(place, pl.Int32)).otherwise(level)
    return level


def _notice_on(place: int) -> pl.Expr:
    return pl.col("signup_date") + days(LEVELS[place][1] - 30)


def _told_before() -> pl.Expr:
    same = pl.col("level") == pl.col("now")
    return same & pl.col("told").fill_null(False)


def _told() -> pl.Expr:
    """Whether the next level has been told of."""
    told = _told_before()
    for place in range(len(LEVELS)):
        come = (pl.col("now") == place) & (_notice_on(place) <= TODAY)
        told = told | come
    return told


def _issue(day: Day, moved: pl.DataFrame) -> None:
    moved = moved.with_columns(pl.lit("loyalty").alias("playbook"), pl.lit("1").alias("cycle"))
    risen = moved.filter(pl.col("now") > pl.col("level"))
    celebrated, only_shown = _celebrations()
    risen = risen.with_columns(celebrated.alias("celebrated"), only_shown.alias("only_shown"))
    for place, (name, after, _) in enumerate(LEVELS, 1):
        own = pl.col("signup_date") + days(after)
        base = own if place == 1 else pl.when("new").then(own).otherwise(pl.lit(day.on))
        actions = BRONZE if place == 1 else CELEBRATION
        day.issue(risen.filter(pl.col("now") == place), name, actions, base, 7)
    told = moved.filter("news")
    for place, (name, _, _) in enumerate(LEVELS):
        rows = told.filter(pl.col("now") == place)
        day.issue(rows, f"{name}_notice", NOTICE, _notice_on(place), 7)
