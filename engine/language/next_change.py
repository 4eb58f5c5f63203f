"""Next change of a condition: the date until which time alone cannot change its outcome for one account.

All values of the account stay: fields, earlier values, those of events, facts about actions, states and dates of the
enrolment. Only `today` goes on, and `snapshot_date`, which is never after `today` and never goes back. A date may be
too early, where the outcome turns out to be the same, but never too late.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable
from typing import cast

from .drift import NEVER, TOMORROW, Approach, Crossing, crossing_of, drift_of, takes_steps
from .expressions import (
    And,
    Call,
    Compare,
    ConstantValue,
    Expression,
    In,
    IsMissing,
    Or,
    Row,
    made_once,
)
from .functions import FUNCTIONS
from .functions.over_time import STILL
from .interpreter import CallOnRow, row_function, total_magnitude
from .operands import unalias
from .traversal import children

_SLIGHTLY_LESS = 1 - 1e-9
"""Factor of a number of days that is not exact."""

DaysOfRow = Callable[[Row], int]
"""For how many days a value is the same, or only drifts, as a function of an account's row."""


def next_change(e: Expression, row: Row) -> dt.date | None:
    """Return the first date after `@today` on which a value may be another one while the row stays.

    Args:
        e: A condition, which is true, false or unknown, or a value.
        row: The account's row, with the evaluated date as `@today`.

    Returns:
        The date; None where the value never changes by itself, or not before the last date that data may contain.
    """
    return _on(_days_the_same(e), row)


def next_jump(e: Expression, row: Row) -> dt.date | None:
    """Return the first date on which a value may be another one, or missing, other than by drifting day by day."""
    return _on(_days(e), row)


def _on(days_of: DaysOfRow | None, row: Row) -> dt.date | None:
    days = NEVER if days_of is None else days_of(row)
    return cast(dt.date, row["@today"]) + dt.timedelta(days) if days < NEVER else None


def _days_the_same(e: Expression) -> DaysOfRow | None:
    """Return the function that gives for how many days a value is the same; None: for ever.

    It is made once and stays with the node, as the interpreter's is.
    """
    return made_once(e, "same_on_row", lambda e: _made_for_value(unalias(e)))


def _made_for_value(e: Expression) -> DaysOfRow | None:
    days_of = _days(e)
    if drift_of(e) == STILL:
        return days_of
    if _picked(e) is None:
        return _tomorrow

    def days(row: Row) -> int:
        if drift_of(_chosen(e, row)) != STILL:
            return TOMORROW
        return NEVER if days_of is None else days_of(row)

    return days


def _picked(e: Expression) -> Callable[[CallOnRow], Expression | None] | None:
    """Return what gives the argument that is a call's result; None for other expressions."""
    return FUNCTIONS[e.function].picks if isinstance(e, Call) else None


def _chosen(e: Expression, row: Row) -> Expression:
    """Return the part of a value that is its result: `first(anchor, today)` is `anchor` where that is known."""
    while isinstance(e := unalias(e), Call) and (pick := _picked(e)) is not None:
        chosen = pick(CallOnRow(e, row))
        if chosen is None:
            return e
        e = chosen
    return e


def _days(e: Expression) -> DaysOfRow | None:
    """Return the function that gives for how many days a value is the same, or only drifts; None: for ever."""
    return made_once(e, "days_on_row", lambda e: _made(unalias(e)))


def _made(e: Expression) -> DaysOfRow | None:
    if isinstance(e, And | Or):
        return _of_junction(e)
    if isinstance(e, IsMissing) and drift_of(e.operand) is None:
        return _tomorrow
    parts = [_days(child) for child in children(e)]
    if isinstance(e, Compare):
        parts.append(_to_crossing(e.operator, e.left, e.right))
    elif isinstance(e, In):
        parts += [_to_crossing("==", e.item, option) for option in e.options]
    elif isinstance(e, Call):
        parts.append(_to_step(e))
    return _least(parts)


def _tomorrow(row: Row) -> int:
    del row
    return TOMORROW


def _least(parts: Iterable[DaysOfRow | None]) -> DaysOfRow | None:
    changing = [part for part in parts if part is not None]
    if len(changing) < 2:
        return changing[0] if changing else None
    return lambda row: min([days_of(row) for days_of in changing])


def _of_junction(e: And | Or) -> DaysOfRow | None:
    """Return the days of an and, which stays false as long as one of its conditions does, or those of an or."""
    decides = isinstance(e, Or)
    parts = [(_days(each), row_function(each)) for each in _operands_at_all_depths(e)]
    still = [outcome_of for days_of, outcome_of in parts if days_of is None]
    changing = [(days_of, outcome_of) for days_of, outcome_of in parts if days_of is not None]
    if not changing:
        return None

    def days(row: Row) -> int:
        for outcome_of in still:
            if outcome_of(row) is decides:
                return NEVER
        deciding = [days_of for days_of, outcome_of in changing if outcome_of(row) is decides]
        if deciding:
            return max([days_of(row) for days_of in deciding])
        return min([days_of(row) for days_of, _ in changing])

    return days


def _operands_at_all_depths(e: And | Or) -> list[Expression]:
    """Return the conditions of an and, with those of an and among them in its place; the same of an or."""
    operands: list[Expression] = []
    for operand in map(unalias, e.operands):
        if isinstance(operand, And | Or) and type(operand) is type(e):
            operands += _operands_at_all_depths(operand)
        else:
            operands.append(operand)
    return operands


def _to_step(call: Call) -> DaysOfRow | None:
    if drift_of(call) is None:
        return _tomorrow
    step = FUNCTIONS[call.function].next_step
    if step is None or not takes_steps(call):
        return None

    def days(row: Row) -> int:
        known = step(CallOnRow(call, row))
        return NEVER if known is None else min(known, NEVER)

    return days


def _to_crossing(operator: str, left: Expression, right: Expression) -> DaysOfRow | None:
    """Return the days until the outcome of a comparison may be another one."""
    crossing = crossing_of(operator, left, right)
    if crossing is None:
        return _tomorrow
    if not (crossing.approaches or crossing.slack or crossing.rounding):
        return None
    left_of, right_of = row_function(left), row_function(right)

    def days(row: Row) -> int:
        a, b = left_of(row), right_of(row)
        if a is None or b is None:
            return NEVER
        gap = _difference(a, b)
        margin = crossing.slack + _rounding_margin(crossing, left, right, row)
        if margin and abs(gap) <= margin:
            return TOMORROW
        each = (_days_to_zero(gap, margin, approach, crossing) for approach in crossing.approaches)
        return min(each, default=NEVER)

    return days


def _days_to_zero(gap: float, margin: float, approach: Approach, crossing: Crossing) -> int:
    distance = gap * approach.side
    if distance < 0 or (distance == 0 and not approach.from_zero):
        return NEVER
    days = min((distance - margin) / approach.rate, NEVER)
    if not crossing.whole:
        return max(math.ceil(days * _SLIGHTLY_LESS), TOMORROW)
    return max(math.floor(days) + 1 if approach.past_zero else math.ceil(days), TOMORROW)


def _rounding_margin(crossing: Crossing, left: Expression, right: Expression, row: Row) -> float:
    """Return how near to each other values may be equal on one of the days; infinite where that is not known."""
    if not crossing.rounding:
        return 0.0
    magnitude = total_magnitude((left, right), row)
    return math.inf if magnitude is None else crossing.rounding * magnitude + crossing.growth


def _difference(a: ConstantValue, b: ConstantValue) -> float:
    if isinstance(a, dt.date):
        return (a - cast(dt.date, b)).days
    return cast(float, a) - cast(float, b)
