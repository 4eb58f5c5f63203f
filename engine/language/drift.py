"""How the values in a condition drift as time passes, and how they can come to change the outcome of a comparison.

This is known from the condition alone, without data: see `functions.over_time`. `next_change` uses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .expressions import Arithmetic, Call, Constant, Duration, Expression, Name
from .functions import FUNCTIONS
from .functions.function_row import FIRST_DATE, LAST_DATE
from .functions.over_time import (
    DAILY,
    STILL,
    Drift,
    difference_of,
    multiple_of,
    only_still,
    sum_of,
)
from .interpreter import compare_values
from .operands import number_of, unalias
from .rounding import is_computed, relative_tolerance

NEVER = (LAST_DATE - FIRST_DATE).days + 1
"""Days after which no date that data may contain is left."""
TOMORROW = 1
"""The days until a value may be another one, where nothing is known about it."""

_MONTHS_SLACK = 5
"""How many days some months can be longer or shorter than as many others: 61 of them, around 1900 and a February."""
_CLOCK = frozenset(("today", "snapshot_date"))
_LARGEST_WHOLE = 1e9
"""Whole numbers up to which sums and differences are exact, whatever their number in a condition."""


def drift_of(e: Expression) -> Drift | None:
    """Return how a value moves between its steps; None where that is not known."""
    e = unalias(e)
    if isinstance(e, Arithmetic):
        return _drift_of_arithmetic(e)
    if isinstance(e, Call):
        return _drift_of_call(e)
    if isinstance(e, Name) and e.name in _CLOCK:
        return DAILY if e.name == "today" else None
    return STILL


def takes_steps(call: Call) -> bool:
    """Return whether the result of a call jumps on the dates of its function's `next_step`."""
    function = FUNCTIONS[call.function]
    moves = function.reads or any(drift_of(argument) != STILL for argument in call.arguments)
    return function.next_step is not None and bool(moves)


def _drift_of_call(call: Call) -> Drift | None:
    function = FUNCTIONS[call.function]
    if function.reads & _CLOCK and function.drift is only_still and function.next_step is None:
        return None
    drifts = [drift for drift in map(drift_of, call.arguments) if drift is not None]
    return function.drift(drifts) if len(drifts) == len(call.arguments) else None


def _drift_of_arithmetic(e: Arithmetic) -> Drift | None:
    left, right = drift_of(e.left), drift_of(e.right)
    if left is None or right is None:
        return None
    if e.operator in "*/":
        return _drift_of_product(e, left, right)
    duration = unalias(e.right)
    if isinstance(duration, Duration) and duration.offset.unit in ("months", "years"):
        return left if left == STILL else left._replace(slack=left.slack + _MONTHS_SLACK)
    return sum_of(left, right) if e.operator == "+" else difference_of(left, right)


def _drift_of_product(e: Arithmetic, left: Drift, right: Drift) -> Drift | None:
    if left == right == STILL:
        return STILL
    if right == STILL and isinstance(unalias(e.right), Constant):
        factor = number_of(e.right)
        if e.operator == "*":
            return multiple_of(left, factor)
        return multiple_of(left, 1 / factor) if factor else None
    if left == STILL and isinstance(unalias(e.left), Constant) and e.operator == "*":
        return multiple_of(right, number_of(e.left))
    return None


class Approach(NamedTuple):
    """A way in which a comparison can change: the difference of its values comes to zero from one side.

    Attributes:
        side: 1 for a difference above zero, -1 for one below.
        rate: How fast it can come nearer, a day.
        from_zero: True if the outcome changes where the difference is zero and goes on to the other side.
        past_zero: True if the outcome changes only past zero, and not on it.
    """

    side: int
    rate: float
    from_zero: bool
    past_zero: bool


@dataclass(frozen=True, slots=True)
class Crossing:
    """How the outcome of a comparison can change as its values drift.

    Attributes:
        approaches: The ways in which it can.
        slack: How near to zero the difference makes any outcome possible.
        rounding: Margin for rounding errors: a part of the size of the numbers. Zero where there are none.
        growth: Margin for rounding errors of numbers that grow.
        whole: True if both values are whole numbers, or days.
    """

    approaches: tuple[Approach, ...]
    slack: float
    rounding: float
    growth: float
    whole: bool


def crossing_of(operator: str, left: Expression, right: Expression) -> Crossing | None:
    """Return how the outcome of a comparison can change; None where that is not known."""
    of_left, of_right = drift_of(left), drift_of(right)
    if of_left is None or of_right is None:
        return None
    drift = difference_of(of_left, of_right)
    whole = _is_whole(left) and _is_whole(right)
    rounded = drift != STILL and not whole and (is_computed(left) or is_computed(right))
    # Both values are off by as much as equal ones may be, now and then.
    rounding = 4 * relative_tolerance(left, right) if rounded else 0.0
    return Crossing(
        _approaches(operator, drift), drift.slack, rounding, rounding * drift.size * NEVER, whole
    )


def _approaches(operator: str, drift: Drift) -> tuple[Approach, ...]:
    return tuple(
        Approach(
            side,
            rate,
            compare_values(operator, 0, 0) != compare_values(operator, -side, 0),
            compare_values(operator, 0, 0) == compare_values(operator, side, 0),
        )
        for side, rate in ((1, -drift.least), (-1, drift.most))
        if rate > 0
    )


def _is_whole(e: Expression) -> bool:
    """Return whether a value is a number of days, or a number that is whole and not very large."""
    e = unalias(e)
    if e.type != "number":
        return True
    if isinstance(e, Constant):
        return number_of(e).is_integer() and abs(number_of(e)) <= _LARGEST_WHOLE
    if isinstance(e, Arithmetic):
        return e.operator in "+-" and _is_whole(e.left) and _is_whole(e.right)
    if isinstance(e, Call):
        function = FUNCTIONS[e.function]
        numbers = [argument for argument in e.arguments if argument.type == "number"]
        return function.whole or (function.size == "arguments" and all(map(_is_whole, numbers)))
    return False
