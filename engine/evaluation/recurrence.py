"""Repeating actions: while an account stands in a state, again and again, a stated number of times at most.

The nth occurrence has a date of its own, counted from the state's; on a date evaluated, the latest one that has
come due since the playbook's last is drafted. Which number it is never depends on what was issued before.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from ..core.offsets import Offset
from ..playbook.model import Action, Repeat
from .prepare import PreparedAction
from .transitions import StatePools, Transitions


def draft_occurrences(stepping: Transitions, pools: StatePools, since: dt.date | None) -> None:
    """Drafts the occurrences that have come due after `since`, in every state that has some."""
    for state, actions in sorted(stepping.prepared.repeats.items()):
        frame = pools.get(state)
        if frame is not None and frame.height:
            for action in actions:
                _occur(stepping, frame, action, since)


def _occur(
    stepping: Transitions, frame: pl.DataFrame, prepared: PreparedAction, since: dt.date | None
) -> None:
    action = prepared.action
    if action.repeat is None:
        return
    number = pl.Series("@n", [0], dtype=pl.Int32).new_from_index(0, frame.height)
    due = pl.Series("@due", [None], dtype=pl.Date).new_from_index(0, frame.height)
    for n in range(1, action.repeat.at_most + 1):
        date = occurrence_date(stepping, frame, action, action.repeat, n)
        come = (date <= stepping.day.on).fill_null(False)
        if not come.any():
            break
        number = number.zip_with(
            ~come, pl.Series([n], dtype=pl.Int32).new_from_index(0, frame.height)
        )
        due = due.zip_with(~come, date)
    rows = frame.with_columns(number.alias("@n"), due.alias("@due")).filter(_fresh(stepping, since))
    rows = stepping.drafts.applicable(rows, prepared) if rows.height else rows
    if not rows.height:
        return
    revisited = rows["@state"][0] in stepping.prepared.looping
    name = pl.col("@n").cast(pl.String)
    label = pl.concat_str(pl.col("@moves"), pl.lit("."), name) if revisited else name
    why = pl.concat_str(
        name, pl.lit(f" of at most {action.repeat.at_most}, every {action.repeat.every}")
    )
    stepping.drafts.add(rows, action, rows["@due"], label, why)


def _fresh(stepping: Transitions, since: dt.date | None) -> pl.Expr:
    """Some occurrence has come due, after the last date evaluated or in a state entered since."""
    come = pl.col("@n") > 0
    if since is None:
        return come
    return come & ((pl.col("@due") > since) | (pl.col("@entered_on") == stepping.day.on))


def occurrence_date(
    stepping: Transitions, frame: pl.DataFrame, action: Action, repeat: Repeat, n: int
) -> pl.Series:
    """The date of the nth occurrence: business days count from the first, other units from the state's date."""
    calendar, countries = stepping.rules.calendar, frame["country"]
    first = frame["@due_on"]
    if action.due is not None:
        first = calendar.add_series(first, action.due, countries, action.customer)
    later = Offset(repeat.every.count * (n - 1), repeat.every.unit)
    shift = "later" if action.shift == "earlier" else action.shift
    if later.unit == "business days":
        start = calendar.shift_series(first, shift, countries, action.customer)
        return calendar.add_series(start, later, countries, action.customer)
    date = calendar.add_series(first, later, countries, action.customer)
    return calendar.shift_series(date, shift, countries, action.customer)
