"""The standing of actions on a date: open, overdue, snoozed, done or dismissed, by the outcomes recorded for them.

An issued action is open until it is done or dismissed. It is overdue if it is open, not snoozed beyond the date, and
due before the date. Of an action's outcomes up to the date the last recorded is valid; the last assignment counts too.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from ..core.schemas import OUTCOMES

ACTION_STANDINGS = ("open", "overdue", "snoozed", "done", "dismissed")
"""Standings of an issued action."""

NOT_DONE = ("open", "overdue", "snoozed")
"""Standings of an action that is neither done nor dismissed."""

STANDING: dict[str, pl.DataType] = {
    "standing": pl.String(),
    "done_on": pl.Date(),
    "done_by": pl.String(),
    "result": pl.String(),
    "snoozed_until": pl.Date(),
}
"""Columns that `with_standing` adds."""


def with_standing(entries: pl.DataFrame, outcomes: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    """Return actions with `STANDING` on a date, and `owner` replaced by the person they are assigned to.

    `standing` is null for an action that is not issued.

    Args:
        entries: Actions as last revised, with at least `action_id`, `status`, `due_on` and `owner`, in any order,
            which stays.
        outcomes: `OUTCOMES`, of these actions or of more; those after the date do not count.
        on: The date.
    """
    counted = outcomes.filter(pl.col("on") <= on)
    valid = valid_outcomes(counted).select(
        "action_id",
        "outcome",
        "result",
        pl.col("on").alias("@on"),
        pl.col("by").alias("@by"),
        pl.col("until").alias("@until"),
    )
    given = valid_assignments(counted).select("action_id", pl.col("to").alias("@to"))
    joined = entries.join(valid, on="action_id", how="left", maintain_order="left").join(
        given, on="action_id", how="left", maintain_order="left"
    )
    finished = pl.col("outcome").is_in(["done", "dismissed"])
    snoozed = (pl.col("outcome") == "snoozed") & (pl.col("@until") > on)
    standing = (
        pl.when(pl.col("status") != "issued")
        .then(None)
        .when(finished)
        .then(pl.col("outcome"))
        .when(snoozed)
        .then(pl.lit("snoozed"))
        .when(pl.col("due_on") < on)
        .then(pl.lit("overdue"))
        .otherwise(pl.lit("open"))
    )
    done = pl.col("outcome") == "done"
    return joined.with_columns(
        standing.alias("standing"),
        pl.when(done).then(pl.col("@on")).alias("done_on"),
        pl.when(done).then(pl.col("@by")).alias("done_by"),
        pl.when(finished).then(pl.col("result")).alias("result"),
        pl.when(snoozed).then(pl.col("@until")).alias("snoozed_until"),
        pl.coalesce("@to", "owner").alias("owner"),
    ).select(*entries.columns, *STANDING)


def valid_outcomes(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return of each action the last recorded of `OUTCOMES` that are not assignments, by action."""
    return _last(outcomes.filter(pl.col("outcome") != "assigned"))


def valid_assignments(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return of each action its last recorded assignment among `OUTCOMES`, by action."""
    return _last(outcomes.filter(pl.col("outcome") == "assigned"))


def _last(outcomes: pl.DataFrame) -> pl.DataFrame:
    found = outcomes.sort("number").unique("action_id", keep="last").sort("action_id")
    return found.select(list(OUTCOMES))
