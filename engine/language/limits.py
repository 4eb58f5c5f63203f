"""Limits of conditions, computed without data: the range of dates, and the size of a condition in columns.

A condition within these limits cannot leave the calendar or grow without bound, whatever the data.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
from collections.abc import Callable

from ..core.offsets import FIXED_DAYS
from .expressions import (
    Arithmetic,
    Call,
    Compare,
    Constant,
    Duration,
    EventCall,
    Expression,
    Field,
    In,
    Name,
)
from .functions import FUNCTIONS
from .functions.function_row import DATA_RANGE, UNLIMITED, Range
from .operands import number_of, unalias
from .rounding import is_computed
from .traversal import children, walk

FIRST_ANCHOR = dt.date(1500, 1, 1)
LAST_ANCHOR = dt.date(2700, 12, 31)
"""First and last date that may be computed and stored, such as an anchor."""
MAX_COPIES = 5_000
"""Maximum parts of one condition in columns; some functions repeat their arguments there."""

_DAYS_PER_UNIT = {
    **{unit: (days, days) for unit, days in FIXED_DAYS.items()},
    "months": (28, 31),
    "years": (365, 366),
}
"""Fewest and most days of one unit."""


def leaves_calendar(e: Expression) -> Expression | None:
    """Return the first part that can be a date before year 1 or after year 9999; None if there is none."""
    for node in walk(e):
        if node.type == "date" and isinstance(node, Arithmetic):
            first, last = date_range(node)
            if first < dt.date.min.toordinal() or last > dt.date.max.toordinal():
                return node
    return None


def stays_in_range(e: Expression) -> bool:
    """Return whether a date is certain to be between `FIRST_ANCHOR` and `LAST_ANCHOR`."""
    first, last = date_range(e)
    return FIRST_ANCHOR.toordinal() <= first and last <= LAST_ANCHOR.toordinal()


def date_range(e: Expression) -> Range:
    """Return the range of a date, in days from year 1, or of a duration, in days."""
    e = unalias(e)
    if isinstance(e, Duration):
        low, high = sorted(e.offset.count * days for days in _DAYS_PER_UNIT[e.offset.unit])
        return low, high
    if isinstance(e, Constant) and isinstance(e.value, dt.date):
        return e.value.toordinal(), e.value.toordinal()
    if isinstance(e, Name) and e.name == "anchor":
        return FIRST_ANCHOR.toordinal(), LAST_ANCHOR.toordinal()
    if isinstance(e, Arithmetic):
        return _arithmetic_range(e)
    if isinstance(e, Call):
        range_of = FUNCTIONS[e.function].range
        return (
            range_of([date_range(argument) for argument in e.arguments]) if range_of else DATA_RANGE
        )
    return DATA_RANGE


def _arithmetic_range(e: Arithmetic) -> Range:
    first, last = date_range(e.left)
    low, high = date_range(e.right)
    return (first + low, last + high) if e.operator == "+" else (first - high, last - low)


def number_range(e: Expression, of_field: Callable[[str], Range]) -> Range:
    """Return the range of a number; `of_field` returns that of a field."""
    e = unalias(e)
    if e.type != "number":
        return UNLIMITED
    if isinstance(e, Constant):
        return number_of(e), number_of(e)
    if isinstance(e, Field):
        return of_field(e.name)
    if isinstance(e, EventCall):
        return (0, math.inf) if e.function == "count" else UNLIMITED
    if isinstance(e, Arithmetic):
        return _computed_range(
            e.operator, number_range(e.left, of_field), number_range(e.right, of_field)
        )
    if isinstance(e, Call) and (range_of := FUNCTIONS[e.function].range):
        return range_of([number_range(argument, of_field) for argument in e.arguments])
    return UNLIMITED


_COMPUTED = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_EXACT_DECIMALS = 9
"""The decimals to which the ends of computed ranges are rounded: the numbers that they come from are decimal."""


def _computed_range(symbol: str, left: Range, right: Range) -> Range:
    compute = _COMPUTED.get(symbol)
    if compute is None:
        return UNLIMITED
    ends = [round(compute(a, b), _EXACT_DECIMALS) for a in left for b in right]
    return UNLIMITED if any(map(math.isnan, ends)) else (min(ends), max(ends))


def column_copies(e: Expression) -> int:
    """Return the number of parts of a condition in columns, with every repetition counted."""
    return _copies(e)[0]


def _copies(e: Expression) -> tuple[int, int]:
    """Return the parts of an expression in columns, and those of the magnitude that its rounding errors depend on."""
    if isinstance(e, Arithmetic) and e.type == "number":
        value, size = _number_copies(e)
        return 2 * value, size
    parts = [_copies(child) for child in children(e)]
    if isinstance(e, Compare) and (is_computed(e.left) or is_computed(e.right)):
        return 1 + sum(2 * value + size for value, size in parts), 0
    if isinstance(e, In) and is_computed(e.item):
        value, size = parts[0]
        return len(e.options) * (1 + value + size), 0
    value = 1 + sum(copies for copies, _ in parts) * _repeats(e)
    if isinstance(e, Call) and FUNCTIONS[e.function].size == "arguments":
        return value, 1 + sum(size for _, size in parts)
    return value, 1 + value


def _repeats(e: Expression) -> int:
    return FUNCTIONS[e.function].copies if isinstance(e, Call) else 1


def _number_copies(e: Expression) -> tuple[int, int]:
    """Return the parts of arithmetic on numbers: the compiler checks the final result and each divisor."""
    e = unalias(e)
    if not isinstance(e, Arithmetic):
        return _copies(e)
    (left, left_size), (right, right_size) = _number_copies(e.left), _number_copies(e.right)
    size = 1 + left_size + right_size
    if e.operator != "/":
        return 1 + left + right, size
    if is_computed(e.right):
        right = 4 * right + right_size
    return 1 + left + right, size + 2 * right
