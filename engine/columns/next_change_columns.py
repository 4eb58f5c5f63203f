"""Next change of a condition in columns: the dates until which time alone cannot change its outcomes.

The same as `language.next_change`, for all rows at once, and in days from today until the last step.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from ..language.drift import NEVER, TOMORROW, Approach, Crossing, crossing_of, drift_of, takes_steps
from ..language.expressions import And, Call, Compare, Expression, In, IsMissing, Or
from ..language.functions import FUNCTIONS
from ..language.functions.over_time import STILL
from ..language.next_change import SLIGHTLY_LESS, operands_at_all_depths
from ..language.operands import unalias
from ..language.traversal import children
from .compiler import CallOnColumns, combine, compile_expression, total_magnitude_column

_Days = pl.Expr | int
"""Days from today: a column that is never null, or `NEVER` or `TOMORROW` for all rows."""


def next_change_column(e: Expression) -> pl.Expr | None:
    """Return the first dates after `@today` on which a value may be another one while the rows stay.

    Returns:
        A column of dates, null for never; None where the value changes by itself for no row.
    """
    days = _days(e) if drift_of(e) == STILL else TOMORROW
    if isinstance(days, int) and days == NEVER:
        return None
    known = _column(days).replace(NEVER, None)
    return (CallOnColumns.today.cast(pl.Int32) + known).cast(pl.Date)


def _days(e: Expression) -> _Days:
    """Return for how many days a value is the same, or only drifts."""
    e = unalias(e)
    if isinstance(e, And | Or):
        return _days_of_junction(e)
    days = [_days(child) for child in children(e)]
    if isinstance(e, Compare):
        days.append(_days_to_crossing(e.operator, e.left, e.right))
    elif isinstance(e, In):
        days += [_days_to_crossing("==", e.item, option) for option in e.options]
    elif isinstance(e, Call):
        days.append(_days_to_step(e))
    elif isinstance(e, IsMissing) and drift_of(e.operand) is None:
        return TOMORROW
    return _least(days)


def _least(days: Iterable[_Days]) -> _Days:
    """Return the least days of each row."""
    columns, least = [], NEVER
    for each in days:
        if isinstance(each, pl.Expr):
            columns.append(each)
        else:
            least = min(least, each)
    if least == TOMORROW or not columns:
        return least
    return columns[0] if len(columns) == 1 else pl.min_horizontal(columns)


def _column(days: _Days) -> pl.Expr:
    return days if isinstance(days, pl.Expr) else pl.lit(days, pl.Int32)


def _days_of_junction(e: And | Or) -> _Days:
    """Return the days of an and, which stays false as long as one of its conditions does, or those of an or."""
    operands = operands_at_all_depths(e)
    days = [_days(operand) for operand in operands]
    least = _least(days)
    if len(days) == 1 or (isinstance(least, int) and least == NEVER):
        return least
    by_days: list[tuple[_Days, list[pl.Expr]]] = []
    still: list[pl.Expr] = []
    for operand, each in zip(operands, days, strict=True):
        outcome = compile_expression(operand)
        if isinstance(each, int) and each == NEVER:
            still.append(outcome)
        else:
            by_days.append((each, [outcome]))
    if still:
        by_days.append((NEVER, still))
    decides = isinstance(e, Or)
    deciding = []
    for each, outcomes in by_days:
        joined = combine(outcomes, not decides)
        decided = (joined if decides else joined.not_()).fill_null(False)
        deciding.append(pl.when(decided).then(_column(each)))
    return pl.max_horizontal(_column(least), *deciding)


def _days_to_step(call: Call) -> _Days:
    if drift_of(call) is None:
        return TOMORROW
    step = FUNCTIONS[call.function].next_step
    if step is None or not takes_steps(call):
        return NEVER
    days = step.columns(CallOnColumns(call)).cast(pl.Int64)
    return days.clip(upper_bound=NEVER).fill_null(NEVER).cast(pl.Int32)


def _days_to_crossing(operator: str, left: Expression, right: Expression) -> _Days:
    """Return the days until the outcome of a comparison may be another one."""
    crossing = crossing_of(operator, left, right)
    if crossing is None:
        return TOMORROW
    if not (crossing.approaches or crossing.slack or crossing.rounding):
        return NEVER
    gap = _in_days(left) - _in_days(right)
    margin = _margin(crossing, left, right)
    days = _column(
        _least(_days_to_zero(gap, margin, each, crossing) for each in crossing.approaches)
    )
    if margin is None:
        return days
    near = (gap.abs() <= margin).fill_null(False)
    return pl.when(near).then(_column(TOMORROW)).otherwise(days)


def _days_to_zero(
    gap: pl.Expr, margin: pl.Expr | None, approach: Approach, crossing: Crossing
) -> pl.Expr:
    distance = gap if approach.side == 1 else -gap
    comes = (distance >= 0 if approach.from_zero else distance > 0).fill_null(False)
    days = distance if margin is None else distance - margin
    if approach.rate != 1:
        # Polars divides by a constant by multiplying with its inverse, which may differ in the last bit.
        days = days / (days * 0 + approach.rate)
    days = days.clip(upper_bound=NEVER)
    if not crossing.whole:
        days = (days * SLIGHTLY_LESS).ceil()
    elif approach.past_zero:
        days = days.floor() + 1
    else:
        days = days.ceil()
    days = days.clip(lower_bound=TOMORROW).cast(pl.Int32)
    return pl.when(comes).then(days).otherwise(_column(NEVER))


def _margin(crossing: Crossing, left: Expression, right: Expression) -> pl.Expr | None:
    """Return how near to zero a difference makes any outcome possible; None where it is zero in all rows."""
    if not crossing.rounding:
        return pl.lit(crossing.slack) if crossing.slack else None
    margin = total_magnitude_column(left, right) * crossing.rounding + crossing.growth
    return margin.fill_null(float("inf")) + crossing.slack


def _in_days(e: Expression) -> pl.Expr:
    """Return a value as a number; a date in days."""
    value = compile_expression(e)
    return value.cast(pl.Int32) if e.type == "date" else value
