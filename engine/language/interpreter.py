"""Interpreter of conditions: evaluate an expression on one account's row.

It defines the meaning of expressions. The compiler in `engine.columns` must agree with it, missing values included.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

from ..core.ids import UNREADABLE_FIELDS, unreadable_mark
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
    EventCall,
    Expression,
    Field,
    In,
    IsMissing,
    Name,
    Not,
    Or,
    Row,
    Type,
    made_once,
)
from .functions import FUNCTIONS
from .operands import unalias
from .rounding import is_computed, relative_tolerance
from .traversal import (
    as_of_column,
    as_of_date,
    earlier_column,
    event_column,
    fields_read_now,
    history_subject,
    known_on_column,
)

_COMPARISONS: dict[str, Callable[[ConstantValue, ConstantValue], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

ValueOfRow = Callable[[Row], ConstantValue | None]
"""The value of an expression as a function of an account's row."""


def evaluate_expression(e: Expression, row: Row) -> ConstantValue | None:
    """Return the value of an expression for one row; None is a missing value or an unknown condition.

    Durations are whole days; numbers are floats.
    """
    try:
        value_of = e.on_row
    except AttributeError:
        value_of = row_function(e)
    return value_of(row)


def row_function(e: Expression) -> ValueOfRow:
    """Return the function of a row that gives the expression's value; it is made once and stays with the node.

    Walking the tree for each account took ten times as long.
    """
    return made_once(e, "on_row", _made)


def _made(e: Expression) -> ValueOfRow:
    if isinstance(e, Field):
        return _cell_function(e.name, e.type)
    if isinstance(e, Name):
        return _cell_function(f"@{e.name}", e.type)
    if isinstance(e, EventCall):
        return _cell_function(event_column(e), e.type)
    if isinstance(e, Constant):
        return _constant(float(e.value) if e.type == "number" else e.value)  # type: ignore[arg-type]
    if isinstance(e, Duration):
        return _constant(e.offset.count * FIXED_DAYS[e.offset.unit])
    if isinstance(e, Compare):
        return _comparison(e)
    if isinstance(e, And | Or):
        return _combination([row_function(part) for part in e.operands], isinstance(e, And))
    if isinstance(e, Not):
        return _negation(row_function(e.operand))
    if isinstance(e, In):
        return _membership(e)
    if isinstance(e, IsMissing):
        operand = row_function(e.operand)
        return lambda row: operand(row) is None
    if isinstance(e, Call):
        implementation = FUNCTIONS[e.function].row
        return lambda row: implementation(CallOnRow(e, row))
    if isinstance(e, Alias):
        return row_function(e.expression)
    return partial(_arithmetic, e)


def is_unreadable(e: Expression, row: Row) -> bool:
    """Return whether an expression reads a field whose value is bad or doubted: it is null, but not missing."""
    marks = row.get(UNREADABLE_FIELDS)
    if marks is None:
        return False
    return any(unreadable_mark(field) in str(marks) for field in fields_read_now(e))


def cell(row: Row, column: str, type: Type) -> ConstantValue | None:
    """Return one cell of a row; numbers as floats."""
    value = row.get(column)
    return float(value) if value is not None and type == "number" else value  # type: ignore[arg-type]


def _cell_function(column: str, type: Type) -> ValueOfRow:
    if type == "number":
        return lambda row: None if (value := row.get(column)) is None else float(value)  # type: ignore[arg-type]
    return lambda row: row.get(column)


def _constant(value: ConstantValue) -> ValueOfRow:
    return lambda _: value


def _negation(operand: ValueOfRow) -> ValueOfRow:
    return lambda row: None if (value := operand(row)) is None else not value


def _combination(operands: list[ValueOfRow], every: bool) -> ValueOfRow:
    """Return Kleene's and (`every`) or Kleene's or of conditions."""

    def combine(row: Row) -> bool | None:
        unknown = False
        for operand in operands:
            value = operand(row)
            if value is None:
                unknown = True
            elif value is not every:
                return not every
        return None if unknown else every

    return combine


def _comparison(e: Compare) -> ValueOfRow:
    left_of, right_of = row_function(e.left), row_function(e.right)
    computed, compare_known = is_computed(e.left) or is_computed(e.right), _COMPARISONS[e.operator]

    def compare(row: Row) -> bool | None:
        left, right = left_of(row), right_of(row)
        if left is None or right is None:
            return None
        if computed and _are_equal(e.left, e.right, row):
            right = left
        return compare_known(left, right)

    return compare


def _membership(e: In) -> ValueOfRow:
    item_of, values = row_function(e.item), [option.value for option in e.options]
    computed = is_computed(e.item)

    def is_in(row: Row) -> bool | None:
        item = item_of(row)
        if item is None:
            return None
        if item in values:
            return True
        return computed and any(_are_equal(e.item, option, row) for option in e.options)

    return is_in


def _are_equal(left: Expression, right: Expression, row: Row) -> bool:
    """Return whether two known numbers, one of them computed, are equal as decimals."""
    a, b = evaluate_expression(left, row), evaluate_expression(right, row)
    return abs(cast(float, a) - cast(float, b)) <= _tolerance((left, right), row)


def _tolerance(numbers: tuple[Expression, ...], row: Row) -> float:
    """Return how far apart equal numbers may be: zero where that cannot be computed."""
    return relative_tolerance(*numbers) * (total_magnitude(numbers, row) or 0.0)


def total_magnitude(numbers: tuple[Expression, ...], row: Row) -> float | None:
    """Return the size of all that some numbers are made of; None where that cannot be computed."""
    sizes = [_magnitude(number, row) for number in numbers]
    total = sum(size for size in sizes if size is not None)
    return total if None not in sizes and math.isfinite(total) else None


def _magnitude(e: Expression, row: Row) -> float | None:
    """Return the size of the numbers that a number is made of, which its rounding errors are relative to.

    A difference of large numbers can be small, but its rounding errors are those of the large ones.
    """
    e = unalias(e)
    if isinstance(e, Arithmetic):
        return _arithmetic_magnitude(e, row)
    if isinstance(e, Call) and FUNCTIONS[e.function].size == "arguments":
        sizes = [_magnitude(a, row) for a in e.arguments if a.type == "number"]
        return max((size for size in sizes if size is not None), default=None)
    value = evaluate_expression(e, row)
    if value is None:
        return None
    if isinstance(e, Call) and FUNCTIONS[e.function].size == "change":
        now, before = evaluate_expression(history_subject(e), row), CallOnRow(e, row).earlier()
        return _number("+", abs(cast(float, now)), abs(cast(float, before)))
    return abs(cast(float, value))


def _arithmetic_magnitude(e: Arithmetic, row: Row) -> float | None:
    left, right = _magnitude(e.left, row), _magnitude(e.right, row)
    if left is None or right is None:
        return None
    if e.operator != "/":
        return _number("*" if e.operator == "*" else "+", left, right)
    divisor = evaluate_expression(e.right, row)
    if not divisor:
        return None
    size = abs(cast(float, divisor))
    return _number("*", left / size, right / size)


def compare_values(sign: str, left: ConstantValue, right: ConstantValue) -> bool:
    """Compare two known values of one type.

    Args:
        sign: One of `== != < <= > >=`.
        left: The left value.
        right: The right value.
    """
    return _COMPARISONS[sign](left, right)


def _arithmetic(e: Arithmetic, row: Row) -> ConstantValue | None:
    left = evaluate_expression(e.left, row)
    if e.type == "date":
        return None if left is None else _shifted_date(cast(dt.date, left), e, row)
    right = evaluate_expression(e.right, row)
    if left is None or right is None:
        return None
    if e.operator == "/" and is_computed(e.right):
        right = right if abs(cast(float, right)) > _tolerance((e.right,), row) else 0.0
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


def _shifted_date(date: dt.date, e: Arithmetic, row: Row) -> dt.date | None:
    """Return a date plus or minus a duration; the type checker rejects those that could leave the calendar."""
    sign = 1 if e.operator == "+" else -1
    duration = unalias(e.right)
    if isinstance(duration, Duration):
        return shift_date(date, duration.offset, sign)
    days = evaluate_expression(e.right, row)
    return None if days is None else shift_date(date, Offset(cast(int, days), "days"), sign)


@dataclass(frozen=True, slots=True)
class CallOnRow:
    """A function call on one account's row, as the row implementations of functions receive it."""

    call: Call
    row: Row

    def argument(self, index: int = 0) -> ConstantValue | None:
        """Return the value of an argument; None is missing."""
        return evaluate_expression(self.call.arguments[index], self.row)

    def is_unreadable(self, index: int) -> bool:
        """Return whether an argument reads a field whose value is bad or doubted."""
        return is_unreadable(self.call.arguments[index], self.row)

    def name(self, name: str) -> ConstantValue | None:
        """Return the value of a built-in name, such as `today`."""
        return self.row.get(f"@{name}")

    def earlier(self) -> ConstantValue | None:
        """Return the earlier value that the call reads; as of today, it is the present one."""
        subject, as_of = history_subject(self.call), as_of_date(self.call)
        value = cell(self.row, earlier_column(self.call), subject.type)
        if as_of is None:
            return value
        date = self.value(as_of)
        if date is None or date == self.name("today"):
            return None if date is None else self.value(subject)
        return value if self.row.get(as_of_column(self.call), date) == date else None

    def known_on(self) -> ConstantValue | None:
        """Return the date that the earlier value is of; None where the row does not say."""
        return self.row.get(known_on_column(self.call))

    def value(self, expression: Expression) -> ConstantValue | None:
        """Return the value of any expression on this row."""
        return evaluate_expression(expression, self.row)

    def cell(self, column: str) -> ConstantValue | None:
        """Return a cell of the row."""
        return self.row.get(column)
