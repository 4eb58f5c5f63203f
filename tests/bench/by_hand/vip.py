"""The VIP programme: the top 10 % by revenue or tenure, each quarter, with an executive sponsor."""

from __future__ import annotations

import datetime as dt

import polars as pl

from .day import (
    ACTIVE,
    AM,
    AT_RISK,
    LARGE,
    LEADERSHIP,
    MARKETING,
    OPS,
    PRODUCT,
    TODAY,
    UNRENEWED,
    Action,
    Day,
)

STATES = {
    "account_id": pl.String,
    "state": pl.String,
    "cycle": pl.String,
    "entered_on": pl.Date,
    "moves": pl.Int32,
}
OVER = ["stepped_down", "departed"]
SPONSOR = (pl.col("executive_sponsor"), pl.lit(LEADERSHIP))
ESCALATED = pl.col("escalated").fill_null(False)
TROUBLE = (
    ESCALATED | pl.col("payment_overdue").fill_null(False) | AT_RISK.fill_null(False) | UNRENEWED
)
BENEFITS = {
    OPS: ["dedicated_line", "guaranteed_sla"],
    LEADERSHIP: ["senior_csm"],
    PRODUCT: ["beta_access", "advisory_board", "custom_development"],
    MARKETING: ["co_marketing", "speaking_slots", "networking_events"],
}
WELCOME = [
    *(Action(id, owner) for owner, ids in BENEFITS.items() for id in ids),
    *(Action(id, AM) for id in ("multi_year_discount", "price_lock", "payment_terms")),
    Action("assign_sponsor", LEADERSHIP, pl.col("executive_sponsor").is_null(), business=5),
    Action("email", AM, ~TROUBLE, business=2),
    Action("tell_in_person", AM, TROUBLE, business=5),
]
ACTIONS = {
    "executive_call": [Action("call", SPONSOR, business=10)],
    "with_sponsor": [Action("escalation", SPONSOR)],
    "stepped_down": [Action("wind_down", AM, business=10)],
    "departed": [Action("close_access", AM, business=5)],
}


def decide(day: Day, before: pl.DataFrame) -> pl.DataFrame:
    """Where accounts stand after the date."""
    quarter = dt.date(day.on.year, day.on.month - (day.on.month - 1) % 3, 1)
    begins = day.on == quarter
    accounts = day.accounts.lazy().with_columns(pl.lit("vip").alias("playbook"))
    if begins:
        accounts = accounts.with_columns(_rank("arr", True), _rank("signup_date", False))
    known = accounts.join(before.lazy(), on="account_id", how="left" if begins else "inner")
    open_ = pl.col("state").is_not_null() & ~pl.col("state").is_in(OVER)
    members = known.filter(open_).with_columns(_leave(begins)).collect()
    after = [_move(day, members, quarter)]
    if begins:
        opened = _open(day, known.filter(~open_.fill_null(False)))
        after.append(opened)
    now = pl.concat(after)
    return pl.concat([before.join(now, on="account_id", how="anti"), now])


def _rank(column: str, descending: bool) -> pl.Expr:
    """The share of competing accounts above."""
    value = pl.when(ACTIVE & LARGE).then(column)
    return ((value.rank("min", descending=descending) - 1) / value.count()).alias(f"{column}_rank")


def _leave(begins: bool) -> pl.Expr:
    """Where those go that are out."""
    left = pl.when(pl.col("status") == "lapsed").then(pl.lit("departed"))
    if begins:
        below = (pl.col("arr_rank") >= 0.15) & (pl.col("signup_date_rank") >= 0.15)
        return left.when(~ACTIVE | ~LARGE | below).then(pl.lit("stepped_down")).alias("out")
    return left.alias("out")


def _move(day: Day, rows: pl.DataFrame, quarter: dt.date) -> pl.DataFrame:
    """Moves members; who comes from the call stands among the others before being seen again."""
    state = pl.col("state")
    called = (state == "executive_call") & (pl.col("entered_on") < TODAY)
    owed = (state != "executive_call") & (pl.lit(quarter) >= pl.col("entered_on"))
    at_rest = state.is_in(["member", "welcome"]) | called
    target = (
        pl.when(pl.col("out").is_not_null())
        .then("out")
        .when(at_rest & ESCALATED)
        .then(pl.lit("with_sponsor"))
        .when(state.is_in(["member", "with_sponsor"]) & ~ESCALATED & owed)
        .then(pl.lit("executive_call"))
        .when(called | ((state == "with_sponsor") & ~ESCALATED))
        .then(pl.lit("member"))
        .otherwise("state")
    )
    via = called & ESCALATED & pl.col("out").is_null()
    moved = rows.with_columns(target.alias("now"), via.alias("via")).filter(
        pl.col("now") != pl.col("state")
    )
    moved = moved.with_columns(pl.col("moves") + 1 + pl.col("via").cast(pl.Int32))
    _issue(day, moved)
    return _states(moved, day)


def _open(day: Day, rows: pl.LazyFrame) -> pl.DataFrame:
    """The top 10 % that are not in yet."""
    top = (pl.col("arr_rank") < 0.1) | (pl.col("signup_date_rank") < 0.1)
    cycle = pl.col("cycle").cast(pl.Int64).fill_null(0) + 1
    new = (
        rows.filter(ACTIVE & LARGE & top)
        .with_columns(cycle.cast(pl.String).alias("cycle"), pl.lit(2, pl.Int32).alias("moves"))
        .with_columns(
            pl.when(ESCALATED)
            .then(pl.lit("with_sponsor"))
            .otherwise(pl.lit("executive_call"))
            .alias("now")
        )
        .collect()
    )
    day.issue(new, "welcome", WELCOME, TODAY, None)
    _issue(day, new)
    return _states(new, day)


def _issue(day: Day, moved: pl.DataFrame) -> None:
    for step, actions in ACTIONS.items():
        times = pl.lit("1") if step in OVER else pl.col("moves").cast(pl.String)
        day.issue(moved.filter(pl.col("now") == step), step, actions, TODAY, None, times)


def _states(rows: pl.DataFrame, day: Day) -> pl.DataFrame:
    return rows.select(
        "account_id",
        pl.col("now").alias("state"),
        "cycle",
        TODAY.alias("entered_on"),
        "moves",
    )
