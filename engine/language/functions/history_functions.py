"""History functions: a field's last known values in earlier snapshots, and comparisons with them.

A snapshot in which the value or the account is missing does not count. So a value that is missing for some days hides
no change.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, cast

from ..expressions import And, Call, Compare, Expression
from ..operands import number_of
from .function_row import (
    ColumnCall,
    Function,
    NoteCall,
    RowCall,
    difference_range,
    first_range,
)

if TYPE_CHECKING:
    import polars as pl


def _change(c: RowCall, field: int) -> float | None:
    before, now = c.earlier(), c.argument(field)
    if before is None or now is None:
        return None
    change = cast(float, now) - cast(float, before)
    return change if math.isfinite(change) else None


def _days_to_date(c: RowCall) -> int | None:
    """Return the days until the date of `change_since`, on which the change is zero, or else until the day after."""
    date, today = c.argument(), c.name("today")
    if date is None or today is None:
        return None
    days = (cast(dt.date, date) - cast(dt.date, today)).days
    return None if days < 0 else max(days, 1)


def _changed(c: RowCall) -> bool | None:
    before, now = c.earlier(), c.argument()
    return None if before is None or now is None else before != now


def _crossed(c: RowCall, below: bool) -> bool | None:
    """Return Kleene's and of the two comparisons: either one alone can make the result false."""
    before, now = cast("float | None", c.earlier()), cast("float | None", c.argument())
    limit = number_of(c.call.arguments[1])
    is_now = None if now is None else (now < limit if below else now > limit)
    was = None if before is None else (before >= limit if below else before <= limit)
    if is_now is False or was is False:
        return False
    return None if is_now is None or was is None else True


def _crossed_in_columns(c: ColumnCall, below: bool) -> pl.Expr:
    import polars as pl

    limit, before, now = pl.lit(number_of(c.call.arguments[1])), c.earlier(), c.argument()
    if below:
        return (before >= limit) & (now < limit)
    return (before <= limit) & (now > limit)


def _crossing(call: Call, below: bool) -> Expression:
    """Expand a crossing: `crossed_below(f, 70)` is `previous(f) >= 70 and f < 70`."""
    field, limit = call.arguments
    before = Call("previous", (field,), field.type, call.span)
    was = Compare(">=" if below else "<=", before, limit, call.span)
    return And((was, Compare("<" if below else ">", field, limit, call.span)), call.span)


def _was_and_is(c: NoteCall) -> str:
    return f"{c.earlier_text()} and is {c.value_text(c.argument(), c.call.arguments[0].type)}"


HISTORY_FUNCTIONS = (
    Function(
        "ago",
        ("field", "days"),
        None,
        "ago(field, 30 days)",
        "The field's last known value as of that many days ago.",
        lambda c: c.earlier(),
        lambda c: c.earlier(),
        looks_back="days",
        reads_now=False,
        range=first_range,
    ),
    Function(
        "change",
        ("number field", "days"),
        "number",
        "change(field, 30 days)",
        "The field's value minus its last known value as of that many days ago.",
        lambda c: _change(c, 0),
        lambda c: c.finite(c.argument() - c.earlier()),
        looks_back="days",
        range=lambda ranges: difference_range(*ranges[0]),
        can_fail=True,
        size="change",
    ),
    Function(
        "change_since",
        ("account date", "number field"),
        "number",
        "change_since(opened_on, field)",
        "The field's value minus its last known value as of the date: `opened_on`, the day on which the enrolment "
        "opened, or a date field. Zero on the date itself; unknown for a date ahead, or before the oldest value kept.",
        lambda c: _change(c, 1),
        lambda c: c.finite(c.argument(1) - c.earlier()),
        reads=frozenset({"today"}),
        looks_back="date",
        range=lambda ranges: difference_range(*ranges[1]),
        can_fail=True,
        size="change",
        copies=3,
        next_step=_days_to_date,
    ),
    Function(
        "changed",
        ("field",),
        "boolean",
        "changed(field)",
        "Whether the field differs from its last known value when the playbook was evaluated before.",
        _changed,
        lambda c: c.earlier() != c.argument(),
        looks_back="previous",
        note=_was_and_is,
    ),
    Function(
        "crossed_above",
        ("number field", "literal"),
        "boolean",
        "crossed_above(field, 70)",
        "Whether the field is above the number, and was not when the playbook last knew it.",
        lambda c: _crossed(c, below=False),
        lambda c: _crossed_in_columns(c, below=False),
        looks_back="previous",
        unknown="unsettled",
        expand=lambda call: _crossing(call, below=False),
        note=_was_and_is,
    ),
    Function(
        "crossed_below",
        ("number field", "literal"),
        "boolean",
        "crossed_below(field, 70)",
        "Whether the field is below the number, and was not when the playbook last knew it.",
        lambda c: _crossed(c, below=True),
        lambda c: _crossed_in_columns(c, below=True),
        looks_back="previous",
        unknown="unsettled",
        expand=lambda call: _crossing(call, below=True),
        note=_was_and_is,
    ),
    Function(
        "previous",
        ("field",),
        None,
        "previous(field)",
        "The field's last known value when the playbook was evaluated before.",
        lambda c: c.earlier(),
        lambda c: c.earlier(),
        looks_back="previous",
        reads_now=False,
        range=first_range,
    ),
)
