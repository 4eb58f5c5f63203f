"""The standing of actions on a date: open, overdue, snoozed, done or dismissed, by the outcomes recorded for them.

An issued action is open until it is done or dismissed. It is overdue if it is open, not snoozed beyond the date, and
due before the date. Of an action's outcomes up to the date the last recorded is valid; the last assignment counts too.
Of an action that was issued again, the last reminder is open, and those before are `reminded`; done once, all are done.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import OUTCOMES
from ..language.actions_read import AGAIN

ACTION_STANDINGS = ("open", "overdue", "snoozed", "done", "dismissed", "reminded")
"""Standings of an issued action."""

_FINISHED = ("done", "dismissed")
_SERIES = {ACCOUNT_ID, "playbook", "cycle", "step", "action", "occurrence"}
"""Columns that an action and its reminders share, but for the number of the reminder in `occurrence`."""

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
    finished = pl.col("outcome").is_in(list(_FINISHED))
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
    actions = joined.with_columns(
        standing.alias("standing"),
        pl.when(done).then(pl.col("@on")).alias("done_on"),
        pl.when(done).then(pl.col("@by")).alias("done_by"),
        pl.when(finished).then(pl.col("result")).alias("result"),
        pl.when(snoozed).then(pl.col("@until")).alias("snoozed_until"),
        pl.coalesce("@to", "owner").alias("owner"),
    ).select(*entries.columns, *STANDING)
    return _with_reminders(actions)


def _with_reminders(actions: pl.DataFrame) -> pl.DataFrame:
    """Give an action and its reminders one standing."""
    reminds = pl.col("occurrence").str.contains(AGAIN, literal=True)
    if not set(actions.columns) >= _SERIES or not actions.select(reminds.any()).item():
        return actions
    parts = pl.col("occurrence").str.split(AGAIN).list
    number = parts.get(1, null_on_oob=True).cast(pl.Int32).fill_null(1)
    series = [*sorted(_SERIES - {"occurrence"}), "@occurrence"]
    standing = pl.col("standing")
    one = (
        pl.when(standing.is_null() | standing.is_in(list(_FINISHED)))
        .then(standing)
        .when((standing == "done").any().over(series))
        .then(pl.lit("done"))
        .when((standing == "dismissed").any().over(series))
        .then(pl.lit("dismissed"))
        .when(pl.col("@number") < pl.col("@number").max().over(series))
        .then(pl.lit("reminded"))
        .otherwise(standing)
    )
    return (
        actions.with_columns(parts.first().alias("@occurrence"), number.alias("@number"))
        .with_columns(one.alias("standing"))
        .drop("@occurrence", "@number")
    )


def valid_outcomes(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return of each action the last recorded of `OUTCOMES` that are not assignments, by action."""
    return _last(outcomes.filter(pl.col("outcome") != "assigned"))


def valid_assignments(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return of each action its last recorded assignment among `OUTCOMES`, by action."""
    return _last(outcomes.filter(pl.col("outcome") == "assigned"))


def _last(outcomes: pl.DataFrame) -> pl.DataFrame:
    found = outcomes.sort("number").unique("action_id", keep="last").sort("action_id")
    return found.select(list(OUTCOMES))
