"""The standing of actions on a date: open, overdue, snoozed, done or dismissed, by the outcomes recorded for them.

An issued action is open until it is done or dismissed. It is overdue if it is open, not snoozed beyond the date, and
due before the date. Of an action's outcomes up to the date the last recorded is valid; the last assignment counts too.
Of an action that was issued again, the last reminder is open, and those before are `reminded`; done or snoozed once, it
is done or snoozed.
A reminder is for the person whom the action, or one of its other reminders, was last assigned to.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.membership import is_one_of
from ..core.schemas import OUTCOMES
from ..core.upsert import without
from ..language.actions_read import AGAIN, FINISHED

if TYPE_CHECKING:
    from .reader import Reader
    from .store_view import StoreView

ACTION_STANDINGS = ("open", "overdue", "snoozed", "done", "dismissed", "reminded")
"""Standings of an issued action."""

SERIES_COLUMNS = (ACCOUNT_ID, "playbook", "cycle", "step", "action", "occurrence")
"""Columns that an action and its reminders share, but for the number of the reminder in `occurrence`."""

_SERIES = [*SERIES_COLUMNS[:-1], "@occurrence"]

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

    `standing` is null for an action that is not issued; one that was done before it was withdrawn stays done.

    Args:
        entries: Actions as last revised, with at least `action_id`, `status`, `due_on` and `owner`, in any order,
            which stays. Reminders are seen if they are among them, with `SERIES_COLUMNS`; see `others_of_series`.
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
    given = valid_assignments(counted).select(
        "action_id", pl.col("to").alias("@to"), pl.col("number").alias("@given")
    )
    joined = entries.join(valid, on="action_id", how="left", maintain_order="left").join(
        given, on="action_id", how="left", maintain_order="left"
    )
    finished = is_one_of(pl.col("outcome"), FINISHED)
    snoozed = (pl.col("outcome") == "snoozed") & (pl.col("@until") > on)
    done = pl.col("outcome") == "done"
    standing = (
        pl.when((pl.col("status") == "withdrawn") & done)
        .then(pl.lit("done"))
        .when(pl.col("status") != "issued")
        .then(None)
        .when(finished)
        .then(pl.col("outcome"))
        .when(snoozed)
        .then(pl.lit("snoozed"))
        .when(pl.col("due_on") < on)
        .then(pl.lit("overdue"))
        .otherwise(pl.lit("open"))
    )
    actions = joined.with_columns(
        standing.alias("standing"),
        pl.when(done).then(pl.col("@on")).alias("done_on"),
        pl.when(done).then(pl.col("@by")).alias("done_by"),
        pl.when(finished).then(pl.col("result")).alias("result"),
        pl.when(snoozed).then(pl.col("@until")).alias("snoozed_until"),
        pl.coalesce("@to", "owner").alias("owner"),
    )
    return _with_reminders(actions).select(*entries.columns, *STANDING)


def standing_in(store: StoreView, entries: pl.DataFrame, on: dt.date, *, cut: bool) -> pl.DataFrame:
    """Return actions of a store with `STANDING` on a date, by all outcomes and reminders that it has.

    Args:
        store: The store.
        entries: Its actions, as for `with_standing`.
        on: The date.
        cut: True if filters by date may have left out some of a series.
    """
    others = others_of_series(store, entries) if cut else entries.head(0)
    together = with_standing(pl.concat([entries, others]), store.outcomes(), on)
    return together.head(entries.height)


def standing_of_unfinished(store: Reader, entries: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    """Return unfinished actions of a store with `STANDING` on a date; see `Reader.unfinished`.

    Only the outcomes of these actions and of the others of their series are read.
    """
    kinds = store.reminded()
    reminded = entries.join(kinds, on=kinds.columns, how="semi")
    others = without(others_of_series(store, reminded), entries, "action_id")
    together = pl.concat([entries, others])
    outcomes = store.outcomes(until=on, actions=together["action_id"])
    return with_standing(together, outcomes, on).head(entries.height)


def others_of_series(store: StoreView, entries: pl.DataFrame) -> pl.DataFrame:
    """Return the actions and reminders of the same series that are not among these, with the same columns.

    Filters by date leave out some of a series, whose standing goes by all of it.

    Args:
        store: The ledger.
        entries: Actions, with `SERIES_COLUMNS`.
    """
    others = store.ledger(
        accounts=entries[ACCOUNT_ID].unique().to_list(),
        playbooks=entries["playbook"].unique().to_list(),
        steps=entries["step"].unique().to_list(),
        columns=entries.columns,
    )
    others = without(others, entries, "action_id")
    of_these = with_series(entries).select(_SERIES).unique()
    found = with_series(others).join(of_these, on=_SERIES, how="semi")
    return found.select(entries.columns)


def others_before(store: StoreView, entries: pl.DataFrame, since: dt.date) -> pl.DataFrame:
    """Return the others of the series of actions that are all that were current since a date, and of some before it.

    A reminder is due and issued after the action, so that those of an action that was current then are among these.

    Args:
        store: The ledger.
        entries: Actions, with `SERIES_COLUMNS`, `due_on` and `issued_on`.
        since: The date.
    """
    reminds = pl.col("occurrence").str.contains(AGAIN, literal=True)
    before = pl.max_horizontal("due_on", "issued_on") < since
    others = others_of_series(store, entries.filter(reminds | before))
    return without(others, entries, "action_id")


def with_series(entries: pl.DataFrame) -> pl.DataFrame:
    """Add `@occurrence`: the occurrence without the number of the reminder."""
    first = pl.col("occurrence").str.split(AGAIN).list.first()
    return entries.with_columns(first.alias("@occurrence"))


def _with_reminders(actions: pl.DataFrame) -> pl.DataFrame:
    """Give an action and its reminders one standing, and one person whom they are assigned to.

    Args:
        actions: Actions with their standing, and with `@to` and `@given`, the last assignment of each and its number.
    """
    reminds = pl.col("occurrence").str.contains(AGAIN, literal=True)
    if not set(actions.columns) >= {*SERIES_COLUMNS} or not actions.select(reminds.any()).item():
        return actions
    again = pl.col("occurrence").str.split(AGAIN).list.get(1, null_on_oob=True)
    number = again.cast(pl.Int32).fill_null(1)
    series = _SERIES
    standing = pl.col("standing")
    # A reminder that was skipped, withheld or withdrawn replaces nothing.
    last = pl.when(standing.is_not_null()).then("@number").max()
    person = pl.col("@to").sort_by("@given", nulls_last=False).last().over(series)
    one = (
        pl.when(standing.is_null() | is_one_of(standing, FINISHED))
        .then(standing)
        .when((standing == "done").any().over(series))
        .then(pl.lit("done"))
        .when((standing == "dismissed").any().over(series))
        .then(pl.lit("dismissed"))
        .when(pl.col("@number") < last.over(series))
        .then(pl.lit("reminded"))
        .when((standing == "snoozed").any().over(series))
        .then(pl.lit("snoozed"))
        .otherwise(standing)
    )
    until = pl.col("snoozed_until").max().over(series)
    return (
        with_series(actions)
        .with_columns(number.alias("@number"))
        .with_columns(
            one.alias("standing"),
            pl.coalesce("@to", person, "owner").alias("owner"),
            pl.when(one == "snoozed").then(until).alias("snoozed_until"),
        )
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
