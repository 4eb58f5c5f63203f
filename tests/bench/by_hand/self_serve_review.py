"""The quarterly review by email, on the first day of each quarter."""

from __future__ import annotations

import polars as pl

from .day import ACTIVE, OPS, TODAY, UNRENEWED, Action, Day

STATES = {"account_id": pl.String, "opened_on": pl.Date}
FIGURES = ("projects_quarter", "hours_saved_quarter", "collaborations_quarter", "features_used")
REVIEW = [Action("email", OPS)]


def decide(day: Day, before: pl.DataFrame) -> pl.DataFrame:
    """When each account had its last one."""
    if day.on.day != 1 or day.on.month not in (1, 4, 7, 10):
        return before
    alone = pl.col("csm").is_null() | (pl.col("arr") < 5_000)
    any_figure = pl.any_horizontal(pl.col(name).is_not_null() for name in FIGURES)
    rows = day.accounts.filter(ACTIVE & alone & ~UNRENEWED & any_figure).with_columns(
        pl.lit("self_serve_review").alias("playbook"), pl.lit(f"{day.on} quarter").alias("cycle")
    )
    day.issue(rows, "review", REVIEW, TODAY, 14)
    after = rows.select("account_id", TODAY.alias("opened_on"))
    return pl.concat([before.join(after, on="account_id", how="anti"), after])
