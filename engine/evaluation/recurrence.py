"""Repeating actions of accounts in a state, up to a stated number of occurrences.

The date of the nth occurrence is computed from the state's date. On each date evaluated, the latest occurrence that
has come due since the playbook's last evaluation is drafted. Its number never depends on what was issued before.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from ..calendar.working_days import PLACE
from ..core.offsets import Offset
from ..core.schemas import null_series
from ..playbook.model import Action, Repeat
from .prepare import PreparedAction
from .transitions import StatePools, Transitions


def draft_occurrences(transitions: Transitions, pools: StatePools, since: dt.date | None) -> None:
    """Draft the occurrences that have come due after `since`, in every state with repeating actions."""
    for state, actions in sorted(transitions.prepared.repeats.items()):
        frame = pools.get(state)
        if frame is not None and frame.height:
            for action in actions:
                _occur(transitions, frame, action, since)


def _occur(
    transitions: Transitions, frame: pl.DataFrame, prepared: PreparedAction, since: dt.date | None
) -> None:
    action = prepared.action
    if action.repeat is None:
        return
    number = pl.Series("@n", [0], dtype=pl.Int32).new_from_index(0, frame.height)
    due = null_series("@due", pl.Date(), frame.height)
    for n in range(1, action.repeat.at_most + 1):
        date = occurrence_date(transitions, frame, action, action.repeat, n)
        has_come = (date <= transitions.day.on).fill_null(False)
        if not has_come.any():
            break
        number = number.zip_with(
            ~has_come, pl.Series([n], dtype=pl.Int32).new_from_index(0, frame.height)
        )
        due = due.zip_with(~has_come, date)
    rows = frame.with_columns(number.alias("@n"), due.alias("@due")).filter(
        _fresh(transitions, since)
    )
    rows = transitions.drafts.applicable(rows, prepared) if rows.height else rows
    if not rows.height:
        return
    revisited = rows["@state"][0] in transitions.prepared.looping
    name = pl.col("@n").cast(pl.String)
    label = pl.concat_str(pl.col("@moves"), pl.lit("."), name) if revisited else name
    why = pl.concat_str(
        name, pl.lit(f" of at most {action.repeat.at_most}, every {action.repeat.every}")
    )
    transitions.drafts.add(rows, action, rows["@due"], label, why)


def _fresh(transitions: Transitions, since: dt.date | None) -> pl.Expr:
    """Return the condition that an occurrence came due after the last date evaluated, or in a state entered today."""
    due = pl.col("@n") > 0
    if since is None:
        return due
    entered_today = pl.col("@entered_on") == transitions.day.on
    # While an enrolment was held or had ended, nothing of it was issued.
    missed = (pl.col("@due") >= pl.col("@quiet_from")).fill_null(False)
    return due & ((pl.col("@due") > since) | entered_today | missed)


def occurrence_date(
    transitions: Transitions, frame: pl.DataFrame, action: Action, repeat: Repeat, n: int
) -> pl.Series:
    """Return the date of the nth occurrence.

    Business days are counted from the shifted first occurrence, other units from the unshifted one.
    """
    calendar, places = transitions.rules.calendar, frame[PLACE]
    first = frame["@due_on"]
    if action.due is not None:
        first = calendar.add_series(first, action.due, places, action.customer)
    later = Offset(repeat.every.count * (n - 1), repeat.every.unit)
    shift = "later" if action.shift == "earlier" else action.shift
    if later.unit == "business days":
        start = calendar.shift_series(first, shift, places, action.customer)
        return calendar.add_series(start, later, places, action.customer)
    date = calendar.add_series(first, later, places, action.customer)
    return calendar.shift_series(date, shift, places, action.customer)
