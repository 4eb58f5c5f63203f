"""Next change of a condition: the date until which time alone cannot change its outcome for one account.

All values of the account stay: fields, earlier values, those of events, facts about actions, states and dates of the
enrolment. Only `today` goes on, and `snapshot_date`, which is never after `today` and never goes back. A date may be
too early, where the outcome turns out to be the same, but never too late.
"""

from __future__ import annotations

import datetime as dt
import math
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
)
from .functions import FUNCTIONS
from .functions.over_time import STILL
from .interpreter import CallOnRow, evaluate_expression, total_magnitude
from .operands import unalias
from .traversal import children

SLIGHTLY_LESS = 1 - 1e-9
"""Factor of a number of days that is not exact."""


def next_change(e: Expression, row: Row) -> dt.date | None:
    """Return the first date after `@today` on which a value may be another one while the row stays.

    Args:
        e: A condition, which is true, false or unknown, or a value.
        row: The account's row, with the evaluated date as `@today`.

    Returns:
        The date; None where the value never changes by itself, or not before the last date that data may contain.
    """
    days = _days(e, row) if drift_of(e) == STILL else TOMORROW
    return cast(dt.date, row["@today"]) + dt.timedelta(days) if days < NEVER else None


def _days(e: Expression, row: Row) -> int:
    """Return for how many days a value is the same, or only drifts."""
    e = unalias(e)
    if isinstance(e, And | Or):
        return _days_of_junction(e, row)
    days = min((_days(child, row) for child in children(e)), default=NEVER)
    if isinstance(e, Compare):
        return min(days, _days_to_crossing(e.operator, e.left, e.right, row))
    if isinstance(e, In):
        return min(days, *(_days_to_crossing("==", e.item, option, row) for option in e.options))
    if isinstance(e, Call):
        return min(days, _days_to_step(e, row))
    if isinstance(e, IsMissing) and drift_of(e.operand) is None:
        return TOMORROW
    return days


def _days_of_junction(e: And | Or, row: Row) -> int:
    """Return the days of an and, which stays false as long as one of its conditions does, or those of an or."""
    operands = operands_at_all_depths(e)
    days = [_days(operand, row) for operand in operands]
    least = min(days, default=NEVER)
    if least == NEVER:
        return NEVER
    decides = isinstance(e, Or)
    outcomes = (evaluate_expression(operand, row) for operand in operands)
    deciding = (n for n, outcome in zip(days, outcomes, strict=True) if outcome is decides)
    return max((least, *deciding))


def operands_at_all_depths(e: And | Or) -> list[Expression]:
    """Return the conditions of an and, with those of an and among them in its place; the same of an or."""
    operands: list[Expression] = []
    for operand in map(unalias, e.operands):
        if isinstance(operand, And | Or) and type(operand) is type(e):
            operands += operands_at_all_depths(operand)
        else:
            operands.append(operand)
    return operands


def _days_to_step(call: Call, row: Row) -> int:
    if drift_of(call) is None:
        return TOMORROW
    step = FUNCTIONS[call.function].next_step
    days = step.row(CallOnRow(call, row)) if step and takes_steps(call) else None
    return NEVER if days is None else min(days, NEVER)


def _days_to_crossing(operator: str, left: Expression, right: Expression, row: Row) -> int:
    """Return the days until the outcome of a comparison may be another one."""
    crossing = crossing_of(operator, left, right)
    if crossing is None:
        return TOMORROW
    a, b = evaluate_expression(left, row), evaluate_expression(right, row)
    if a is None or b is None or not (crossing.approaches or crossing.slack or crossing.rounding):
        return NEVER
    gap = _difference(a, b)
    margin = crossing.slack + _rounding_margin(crossing, left, right, row)
    if margin and abs(gap) <= margin:
        return TOMORROW
    days = (_days_to_zero(gap, margin, approach, crossing) for approach in crossing.approaches)
    return min(days, default=NEVER)


def _days_to_zero(gap: float, margin: float, approach: Approach, crossing: Crossing) -> int:
    distance = gap * approach.side
    if distance < 0 or (distance == 0 and not approach.from_zero):
        return NEVER
    days = min((distance - margin) / approach.rate, NEVER)
    if not crossing.whole:
        return max(math.ceil(days * SLIGHTLY_LESS), TOMORROW)
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
