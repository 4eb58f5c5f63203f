"""Limits that are known before any data: how far dates can go, and how large a condition gets in columns.

What passes here can neither leave the calendar nor blow up, whatever the accounts hold.
"""

from __future__ import annotations

import datetime as dt

from ..core.offsets import FIXED_DAYS
from .expressions import Arithmetic, Call, Constant, Duration, Expression, Name
from .functions import FUNCTIONS
from .functions.function_row import DATA_RANGE, DateRange
from .operands import unalias
from .traversal import children, walk

FIRST_ANCHOR = dt.date(1500, 1, 1)
LAST_ANCHOR = dt.date(2700, 12, 31)
"""The dates that may be computed and kept, such as an anchor."""
MAX_COPIES = 5_000
"""Of one condition's parts in columns, where a few functions need what is inside them several times."""

_DAYS_A_LONGEST = {**FIXED_DAYS, "months": 31, "years": 366}


def leaves_calendar(e: Expression) -> Expression | None:
    """The first part that can be a date before year 1 or after 9999; None if there is none."""
    for node in walk(e):
        if node.type == "date" and isinstance(node, Arithmetic):
            first, last = date_range(node)
            if first < dt.date.min.toordinal() or last > dt.date.max.toordinal():
                return node
    return None


def stays_in_range(e: Expression) -> bool:
    """Whether a date stays where computed dates must stay, so that more can be computed from it."""
    first, last = date_range(e)
    return FIRST_ANCHOR.toordinal() <= first and last <= LAST_ANCHOR.toordinal()


def date_range(e: Expression) -> DateRange:
    """Between which days a date, or between which lengths a duration, is sure to lie."""
    e = unalias(e)
    if isinstance(e, Duration):
        days = e.offset.count * _DAYS_A_LONGEST[e.offset.unit]
        return days, days
    if isinstance(e, Constant) and isinstance(e.value, dt.date):
        return e.value.toordinal(), e.value.toordinal()
    if isinstance(e, Name) and e.name == "anchor":
        return FIRST_ANCHOR.toordinal(), LAST_ANCHOR.toordinal()
    if isinstance(e, Arithmetic):
        return _sum(e)
    if isinstance(e, Call):
        return FUNCTIONS[e.function].date_range([date_range(argument) for argument in e.arguments])
    return DATA_RANGE


def _sum(e: Arithmetic) -> DateRange:
    first, last = date_range(e.left)
    low, high = date_range(e.right)
    return (first + low, last + high) if e.operator == "+" else (first - high, last - low)


def column_copies(e: Expression) -> int:
    """How many parts the condition has in columns, those that stand there several times counted so."""
    if isinstance(e, Arithmetic) and e.type == "number":
        return 2 * _number_copies(e)
    inside = sum(column_copies(child) for child in children(e))
    return 1 + inside * (FUNCTIONS[e.function].copies if isinstance(e, Call) else 1)


def _number_copies(e: Expression) -> int:
    """Sums and products are checked once, where they end; every divisor by itself."""
    e = unalias(e)
    if not isinstance(e, Arithmetic):
        return column_copies(e)
    divisor = e.operator == "/" and isinstance(unalias(e.right), Arithmetic)
    return 1 + _number_copies(e.left) + _number_copies(e.right) * (2 if divisor else 1)
