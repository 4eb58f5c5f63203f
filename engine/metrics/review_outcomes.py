"""Outcomes of the actions of reviews: reviews that were recorded as held, and action items that were done.

The input is the ledger of the shipped playbook and of success plans, with the outcomes up to a date. CRMs record the
same in fields; the figures join both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import polars as pl

from ..core.ids import ACCOUNT_ID, PLAN_PLAYBOOK
from ..store import Reader
from ..store.action_standing import others_of_series, with_series, with_standing
from ..workspace.plan_items import ACTIONS_STEP
from .ledger_as_of import CYCLE_COLUMNS, ledger_entries
from .metric_value import Window

PLAYBOOK, MEETING, RECAP = "reviews", "meeting", "recap"
"""The shipped playbook of reviews, and two of its steps."""
ITEMS = ("follow_up", "action_items")
"""The step and the action of the shipped playbook in place of the action items of a review."""
ONE_REVIEW = "14d"
"""Dates of one account within this span belong to one review: the next one never follows so soon."""

_COLUMNS = [
    *CYCLE_COLUMNS,
    "action_id",
    "step",
    "action",
    "occurrence",
    "status",
    "due_on",
    "owner",
]


def reviews_recorded_as_held(
    reader: Reader, on: dt.date, window: Window, dated: pl.DataFrame
) -> pl.DataFrame:
    """Return `account_id` and `held_on` of the reviews whose meeting is done, and of which the CRM has no date.

    A meeting that is done took place on the date for which it was issued.

    Args:
        reader: The store.
        on: The date as of which ledger and outcomes are read.
        window: The window of the meetings.
        dated: `account_id` and `held_on` of the reviews of which the CRM has the date.
    """
    done = _actions(reader, on, window, pl.col("step") == MEETING, [PLAYBOOK]).filter(
        pl.col("standing") == "done"
    )
    said = done.select(ACCOUNT_ID, pl.col("due_on").alias("held_on")).unique().sort("held_on")
    known = dated.select(ACCOUNT_ID, "held_on", pl.col("held_on").alias("@dated")).sort("held_on")
    matched = said.join_asof(
        known,
        on="held_on",
        by=ACCOUNT_ID,
        strategy="nearest",
        tolerance=ONE_REVIEW,
        check_sortedness=False,  # sorted above, but Polars cannot check it by account
    )
    fresh = matched.filter(pl.col("@dated").is_null())
    return fresh.select(ACCOUNT_ID, "held_on").sort(ACCOUNT_ID, "held_on")


def action_items(
    reader: Reader, on: dt.date, window: Window, held: pl.DataFrame
) -> pl.DataFrame | None:
    """Return `account_id` and `done` of the action items due in the window; None where no outcome of them is recorded.

    An action item is done in time if it is done by the account's next review. Those of an account's success plan are
    counted each. For an account that has none in the window, the task of each review counts.

    Args:
        reader: The store.
        on: The date as of which ledger and outcomes are read.
        window: The window of their due dates.
        held: `account_id` and `held_on` of the reviews held.
    """
    is_task = (pl.col("step") == ITEMS[0]) & (pl.col("action") == ITEMS[1])
    of_plan = (pl.col("playbook") == PLAN_PLAYBOOK) & (pl.col("step") == ACTIONS_STEP)
    known = Window(window.first, min(window.last, on))
    found = _actions(reader, on, known, is_task | of_plan, [PLAYBOOK, PLAN_PLAYBOOK])
    planned = found.filter(of_plan)
    items = pl.concat([planned, found.filter(is_task).join(planned, on=ACCOUNT_ID, how="anti")])
    if not items["standing"].is_in(["done", "dismissed"]).any():
        return None
    following = items.sort("due_on").join_asof(
        held.select(ACCOUNT_ID, "held_on").sort("held_on"),
        left_on="due_on",
        right_on="held_on",
        by=ACCOUNT_ID,
        strategy="forward",
        check_sortedness=False,  # sorted above, but Polars cannot check it by account
    )
    in_time = (pl.col("done_on") <= pl.col("held_on")).fill_null(value=True)
    done = (pl.col("standing") == "done") & in_time
    return following.select(ACCOUNT_ID, done.alias("done")).sort(ACCOUNT_ID, "done")


def _actions(
    reader: Reader, on: dt.date, window: Window, which: pl.Expr, playbooks: Collection[str]
) -> pl.DataFrame:
    """Return the issued actions of the window with what became of them by the date.

    An action and its reminders are one, due when the first one was; `done_on` is that of whichever was done.
    """
    entries = ledger_entries(reader, on, window, _COLUMNS, playbooks)
    issued = entries.filter(which, pl.col("status") == "issued")
    every = pl.concat([issued, others_of_series(reader, issued)])
    outcomes = reader.outcomes(until=on, actions=every["action_id"])
    series = with_series(with_standing(every, outcomes, on))
    done_on = pl.col("done_on").max().over(*CYCLE_COLUMNS, "step", "action", "@occurrence")
    known = series.with_columns(done_on.alias("done_on")).head(issued.height)
    return known.filter(pl.col("occurrence") == pl.col("@occurrence"))
