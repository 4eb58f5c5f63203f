"""One account's row through an expression: the reference for what every expression means.

The columns of `engine.columns` must agree with it, missing values included.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Mapping
from typing import cast

from ..core.offsets import FIXED_DAYS, Offset, shift_date
from .expressions import (
    Alias,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    ConstantValue,
    Duration,
    Expression,
    Field,
    In,
    IsMissing,
    Name,
    Not,
    Type,
)
from .traversal import Reference, asked_reference, earlier_column, number_of, unalias

Row = Mapping[str, ConstantValue | None]
"""By column: a field's name, `field@previous`, `field@30` (days ago), `@today` and the other names."""


def evaluate(e: Expression, row: Row) -> ConstantValue | None:
    """The value for one row; None is missing, or of a condition "cannot tell".

    Durations are whole days; numbers are floats.
    """
    if isinstance(e, Field):
        return cell(row, e.name, e.type)
    if isinstance(e, Constant):
        return float(e.value) if e.type == "number" else e.value  # type: ignore[arg-type]
    if isinstance(e, Compare):
        return _compare(e, row)
    if isinstance(e, And):
        return _all(e.operands, row, True)
    if isinstance(e, Not):
        held = evaluate(e.operand, row)
        return None if held is None else not held
    if isinstance(e, In):
        item = evaluate(e.item, row)
        return None if item is None else any(item == option.value for option in e.options)
    if isinstance(e, IsMissing):
        return evaluate(e.operand, row) is None
    if isinstance(e, Name):
        return cell(row, f"@{e.name}", e.type)
    if isinstance(e, Call):
        return _CALLS[e.function](e, row)
    if isinstance(e, Arithmetic):
        return _arithmetic(e, row)
    if isinstance(e, Alias):
        return evaluate(e.expression, row)
    if isinstance(e, Duration):
        return e.offset.count * FIXED_DAYS[e.offset.unit]
    return _all(e.operands, row, False)


def cell(row: Row, column: str, type: Type) -> ConstantValue | None:
    """One cell; numbers as floats."""
    value = row.get(column)
    return float(value) if value is not None and type == "number" else value  # type: ignore[arg-type]


def _all(operands: tuple[Expression, ...], row: Row, held: bool) -> bool | None:
    """Kleene's and (`held` True) and or (False): one operand that is not `held` settles it."""
    unknown = False
    for operand in operands:
        value = evaluate(operand, row)
        if value is None:
            unknown = True
        elif value is not held:
            return not held
    return None if unknown else held


def _compare(e: Compare, row: Row) -> bool | None:
    left, right = evaluate(e.left, row), evaluate(e.right, row)
    if left is None or right is None:
        return None
    return compare_values(e.operator, left, right)


def compare_values(operator: str, left: ConstantValue, right: ConstantValue) -> bool:
    """Two known values of one type, by the sign between them."""
    if operator == "==":
        return left == right
    if operator == "!=":
        return left != right
    a, b = cast(float, left), cast(float, right)
    if operator == "<":
        return a < b
    if operator == "<=":
        return a <= b
    return a > b if operator == ">" else a >= b


def _arithmetic(e: Arithmetic, row: Row) -> ConstantValue | None:
    left = evaluate(e.left, row)
    if e.type == "date":
        return None if left is None else _moved(cast(dt.date, left), e, row)
    right = evaluate(e.right, row)
    if left is None or right is None:
        return None
    if e.type == "duration":
        return _days(e.operator, left, right)
    return _number(e.operator, cast(float, left), cast(float, right))


def _number(operator: str, a: float, b: float) -> float | None:
    if operator == "/":
        if b == 0:
            return None
        result = a / b
    elif operator == "*":
        result = a * b
    else:
        result = a + b if operator == "+" else a - b
    return result if math.isfinite(result) else None


def _days(operator: str, left: ConstantValue, right: ConstantValue) -> int:
    if isinstance(left, dt.date):
        return (left - cast(dt.date, right)).days
    return cast(int, left) + cast(int, right) * (1 if operator == "+" else -1)


def _moved(date: dt.date, e: Arithmetic, row: Row) -> dt.date | None:
    """A date and a duration; the checker lets none pass that could leave the calendar."""
    sign = 1 if e.operator == "+" else -1
    written = unalias(e.right)
    if isinstance(written, Duration):
        return shift_date(date, written.offset, sign)
    days = evaluate(e.right, row)
    return None if days is None else shift_date(date, Offset(cast(int, days), "days"), sign)


# -- functions ------------------------------------------------------------------------------------


def _dates(e: Call, row: Row) -> tuple[dt.date, dt.date] | None:
    """A function's date, and today."""
    date, today = evaluate(e.arguments[0], row), row.get("@today")
    if date is None or today is None:
        return None
    return cast(dt.date, date), cast(dt.date, today)


def _days_until(e: Call, row: Row) -> float | None:
    dates = _dates(e, row)
    return None if dates is None else float((dates[0] - dates[1]).days)


def _days_since(e: Call, row: Row) -> float | None:
    dates = _dates(e, row)
    return None if dates is None else float((dates[1] - dates[0]).days)


def whole_months(date: dt.date, today: dt.date) -> int:
    """The months gone by since the date, counted as `shifted` adds them."""
    months = (today.year - date.year) * 12 + today.month - date.month
    last = calendar.monthrange(today.year, today.month)[1]
    return months - (today.day < min(date.day, last))


def _months_since(e: Call, row: Row) -> float | None:
    dates = _dates(e, row)
    return None if dates is None else float(whole_months(*dates))


def _years_since(e: Call, row: Row) -> float | None:
    dates = _dates(e, row)
    return None if dates is None else float(whole_months(*dates) // 12)


def _anniversary(e: Call, row: Row) -> dt.date | None:
    dates = _dates(e, row)
    if dates is None:
        return None
    years = whole_months(*dates) // 12
    return shift_date(dates[0], Offset(years, "years")) if years >= 1 else None


def _next_anniversary(e: Call, row: Row) -> dt.date | None:
    dates = _dates(e, row)
    if dates is None:
        return None
    date, today = dates
    years = max(today.year - date.year, 1)
    found = shift_date(date, Offset(years, "years"))
    return found if found >= today else shift_date(date, Offset(years + 1, "years"))


def _quarter_start(e: Call, row: Row) -> dt.date | None:
    date = cast("dt.date | None", evaluate(e.arguments[0], row))
    return None if date is None else date.replace(month=(date.month - 1) // 3 * 3 + 1, day=1)


def _weekday(e: Call, row: Row) -> float | None:
    date = cast("dt.date | None", evaluate(e.arguments[0], row))
    return None if date is None else float(date.isoweekday())


def _snapshot_reaches(e: Call, row: Row) -> bool | None:
    date, snapshot = evaluate(e.arguments[0], row), row.get("@snapshot_date")
    if date is None or snapshot is None:
        return None
    return True if compare_values(">=", snapshot, date) else None


def earlier_value(e: Call, row: Row) -> ConstantValue | None:
    """The earlier value that a history function reads."""
    return cell(row, earlier_column(e), e.arguments[0].type)


def _changed(e: Call, row: Row) -> bool | None:
    before, now = earlier_value(e, row), evaluate(e.arguments[0], row)
    return None if before is None or now is None else before != now


def _change(e: Call, row: Row) -> float | None:
    before, now = earlier_value(e, row), evaluate(e.arguments[0], row)
    if before is None or now is None:
        return None
    return _number("-", cast(float, now), cast(float, before))


def _crossed(e: Call, row: Row) -> bool | None:
    """Kleene's and: a value on the wrong side now settles it, whatever it was before."""
    before, now = earlier_value(e, row), evaluate(e.arguments[0], row)
    limit = number_of(e.arguments[1])
    below = e.function == "crossed_below"
    is_now = None if now is None else compare_values("<" if below else ">", now, limit)
    was = None if before is None else compare_values(">=" if below else "<=", before, limit)
    if is_now is False or was is False:
        return False
    return None if is_now is None or was is None else True


def _first(e: Call, row: Row) -> ConstantValue | None:
    for argument in e.arguments:
        value = evaluate(argument, row)
        if value is not None:
            return value
    return None


def choose_value(e: Call, row: Row) -> Expression | None:
    """Which of its two values `choose` gives; None where its condition cannot be told."""
    condition, value, otherwise = e.arguments
    held = evaluate(condition, row)
    return None if held is None else value if held else otherwise


def _choose(e: Call, row: Row) -> ConstantValue | None:
    value = choose_value(e, row)
    return None if value is None else evaluate(value, row)


def _extreme(e: Call, row: Row) -> ConstantValue | None:
    values = [evaluate(argument, row) for argument in e.arguments]
    if None in values:
        return None
    return (min if e.function == "min" else max)(cast(list[float], values))


def _abs(e: Call, row: Row) -> ConstantValue | None:
    value = evaluate(e.arguments[0], row)
    return None if value is None else abs(cast(float, value))


def _lower(e: Call, row: Row) -> ConstantValue | None:
    value = evaluate(e.arguments[0], row)
    return None if value is None else str(value).lower()


def is_in_state(reference: Reference, row: Row) -> bool:
    """Whether the account stands there."""
    found = row.get(reference.standing)
    return found is not None if reference.step is None else found == reference.step


def _stands_in(e: Call, row: Row) -> bool:
    return any(is_in_state(reference, row) for reference in asked_reference(e))


def _standing_since(e: Call, row: Row) -> ConstantValue | None:
    for reference in asked_reference(e):
        if is_in_state(reference, row):
            return row.get(reference.since)
    return None


_CALLS = {
    "abs": _abs,
    "ago": earlier_value,
    "anniversary": _anniversary,
    "change": _change,
    "changed": _changed,
    "choose": _choose,
    "crossed_above": _crossed,
    "crossed_below": _crossed,
    "days_since": _days_since,
    "days_until": _days_until,
    "first": _first,
    "lower": _lower,
    "max": _extreme,
    "min": _extreme,
    "months_since": _months_since,
    "next_anniversary": _next_anniversary,
    "previous": earlier_value,
    "quarter_start": _quarter_start,
    "snapshot_reaches": _snapshot_reaches,
    "standing_since": _standing_since,
    "stands_in": _stands_in,
    "weekday": _weekday,
    "years_since": _years_since,
}
