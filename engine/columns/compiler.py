"""Compiler of conditions to Polars expressions: it equals the interpreter, `language.interpreter`, in every case.

Input columns have the names of the interpreter's row and the types Float64, String, Date and Boolean; null is missing.
Results have the same types; durations are Int64 days.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from ..core.ids import UNREADABLE_FIELDS, unreadable_mark
from ..core.membership import is_one_of
from ..core.offsets import FIXED_DAYS
from ..language.expressions import (
    Alias,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Duration,
    EventCall,
    Expression,
    Field,
    In,
    IsMissing,
    Name,
    Not,
    Type,
)
from ..language.functions import FUNCTIONS
from ..language.operands import unalias
from ..language.rounding import is_computed, relative_tolerance
from ..language.states_read import Reference
from ..language.traversal import (
    as_of_column,
    as_of_date,
    earlier_column,
    event_column,
    fields_read_now,
    history_subject,
)

BinaryExpr = Callable[[pl.Expr, pl.Expr], pl.Expr]

_COMPARE: dict[str, BinaryExpr] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_ARITHMETIC: dict[str, BinaryExpr] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    # Polars divides by a constant by multiplying with its inverse, which may differ in the last bit.
    "/": lambda a, b: a / (a * 0 + b),
}
_DTYPES: dict[Type, type[pl.DataType]] = {
    "number": pl.Float64,
    "text": pl.String,
    "date": pl.Date,
    "boolean": pl.Boolean,
    "list": pl.String,
}

_NOT_FINITE = pl.Series([math.inf, -math.inf, math.nan])


def compile_expression(e: Expression) -> pl.Expr:
    """Compile an expression to a Polars expression; null where the interpreter returns None.

    An expression that reads no column returns one row: use it where Polars broadcasts, as in `with_columns`.
    """
    if isinstance(e, Field):
        return pl.col(e.name)
    if isinstance(e, Constant):
        return pl.lit(float(e.value) if e.type == "number" else e.value)  # type: ignore[arg-type]
    if isinstance(e, Compare):
        return _compare(e)
    if isinstance(e, And):
        return combine([compile_expression(o) for o in e.operands], True)
    if isinstance(e, Not):
        return compile_expression(e.operand).not_()
    if isinstance(e, In):
        return _in_list(e)
    if isinstance(e, IsMissing):
        return compile_expression(e.operand).is_null()
    if isinstance(e, Name):
        return _typed(pl.col(f"@{e.name}"), e.type)
    if isinstance(e, Call):
        return FUNCTIONS[e.function].columns(CallOnColumns(e))
    if isinstance(e, EventCall):
        return _typed(pl.col(event_column(e)), e.type)
    if isinstance(e, Arithmetic):
        return _arithmetic(e)
    if isinstance(e, Alias):
        return compile_expression(e.expression)
    if isinstance(e, Duration):
        return pl.lit(e.offset.count * FIXED_DAYS[e.offset.unit], dtype=pl.Int64())
    return combine([compile_expression(o) for o in e.operands], False)


def unreadable(e: Expression) -> pl.Expr:
    """Return whether an expression reads a field whose value is bad or doubted; never null."""
    marks = [
        pl.col(UNREADABLE_FIELDS).str.contains(unreadable_mark(field), literal=True)
        for field in sorted(fields_read_now(e))
    ]
    return combine(marks, False).fill_null(False)


def combine(parts: Sequence[pl.Expr], every: bool) -> pl.Expr:
    """Combine conditions by Kleene's and (`every`) or Kleene's or.

    The result is a balanced tree, because Polars processes expressions recursively.
    """
    if not parts:
        return pl.lit(every)
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    left, right = combine(parts[:half], every), combine(parts[half:], every)
    return left & right if every else left | right


def _typed(column: pl.Expr, type: Type) -> pl.Expr:
    return column.cast(pl.Float64) if type == "number" else column


def _compare(e: Compare) -> pl.Expr:
    left, right = compile_expression(e.left), compile_expression(e.right)
    if not (is_computed(e.left) or is_computed(e.right)):
        return _COMPARE[e.operator](left, right)
    equal = _are_equal(e.left, e.right)
    if e.operator in ("==", "!="):
        return equal if e.operator == "==" else equal.not_()
    compared = _COMPARE[e.operator](left, right)
    return compared | equal if e.operator in ("<=", ">=") else compared & equal.not_()


def _are_equal(left: Expression, right: Expression) -> pl.Expr:
    """Return whether two numbers, one of them computed, are equal as decimals."""
    distance = (compile_expression(left) - compile_expression(right)).abs()
    return distance <= _tolerance(left, right)


def _tolerance(*numbers: Expression) -> pl.Expr:
    """Return how far apart equal numbers may be: zero where that cannot be computed."""
    return _total_magnitude(*numbers).fill_null(0.0) * relative_tolerance(*numbers)


def _total_magnitude(*numbers: Expression) -> pl.Expr:
    """Return the size of all that some numbers are made of; null where that cannot be computed."""
    return _finite(functools.reduce(operator.add, [_magnitude(number) for number in numbers]))


def _magnitude(e: Expression) -> pl.Expr:
    """Return the size of the numbers that a number is made of, as the interpreter's `_magnitude` does.

    It may be infinite or NaN; sums and products propagate both.
    """
    e = unalias(e)
    if isinstance(e, Arithmetic):
        return _arithmetic_magnitude(e)
    if isinstance(e, Call) and FUNCTIONS[e.function].size == "arguments":
        return pl.max_horizontal(_finite(_magnitude(a)) for a in e.arguments if a.type == "number")
    if isinstance(e, Call) and FUNCTIONS[e.function].size == "change":
        call = CallOnColumns(e)
        return compile_expression(history_subject(e)).abs() + call.earlier().abs()
    return compile_expression(e).abs()


def _arithmetic_magnitude(e: Arithmetic) -> pl.Expr:
    left, right = _magnitude(e.left), _magnitude(e.right)
    if e.operator != "/":
        return left * right if e.operator == "*" else left + right
    divisor = compile_expression(e.right).abs()
    return (left / divisor) * (right / divisor)


def _in_list(e: In) -> pl.Expr:
    if is_computed(e.item):
        return combine([_are_equal(e.item, option) for option in e.options], False)
    item = compile_expression(e.item)
    values = [float(o.value) if o.type == "number" else o.value for o in e.options]  # type: ignore[arg-type]
    return is_one_of(item, values)


def _arithmetic(e: Arithmetic) -> pl.Expr:
    if e.type == "date":
        return _shifted_date(e)
    if e.type == "number":
        return _finite(_number(e))
    left, right = compile_expression(e.left), compile_expression(e.right)
    if e.left.type == "date":
        return _days(left) - _days(right)
    return _ARITHMETIC[e.operator](left, right)


def _number(e: Expression) -> pl.Expr:
    """Compile arithmetic on numbers whose result may still be infinite or NaN.

    Sums and products propagate both, so one check of the final result is enough. A check of every operation would
    double the expression each time. Only divisors are checked separately, because x / infinity is 0.
    """
    e = unalias(e)
    if not isinstance(e, Arithmetic):
        return compile_expression(e)
    right = _divisor(e.right) if e.operator == "/" else _number(e.right)
    return _ARITHMETIC[e.operator](_number(e.left), right)


def _divisor(e: Expression) -> pl.Expr:
    """Compile a divisor: zero where it is zero as decimals."""
    divisor = compile_expression(e)
    if not is_computed(e):
        return divisor
    return divisor * (divisor.abs() > _tolerance(e)).cast(pl.Float64)


def _finite(number: pl.Expr) -> pl.Expr:
    """Return a number with null in place of infinity and NaN.

    One null replaces all three: Polars replaces several values by several with a join, ten times as slow. `when` is not
    used: where its condition is null in every row, Polars 2.1 returns a single row.
    """
    return number.replace(_NOT_FINITE, None)


def _days(date: pl.Expr) -> pl.Expr:
    """Return a date as days since 1970, on which arithmetic is several times faster."""
    return date.cast(pl.Int32).cast(pl.Int64)


def _shifted_date(e: Arithmetic) -> pl.Expr:
    """Compile a date plus or minus a duration; the type checker rejects those that could leave the calendar."""
    date, duration = compile_expression(e.left), unalias(e.right)
    if not isinstance(duration, Duration):
        days = _ARITHMETIC[e.operator](_days(date), compile_expression(e.right))
        return days.cast(pl.Int32).cast(pl.Date)
    count = duration.offset.count * (1 if e.operator == "+" else -1)
    if duration.offset.unit in ("months", "years"):
        months = count * (12 if duration.offset.unit == "years" else 1)
        return date.dt.offset_by(f"{months}mo")
    return (date.cast(pl.Int32) + count * FIXED_DAYS[duration.offset.unit]).cast(pl.Date)


@dataclass(frozen=True, slots=True)
class CallOnColumns:
    """A function call on all rows at once, as the column implementations of functions receive it.

    Attributes:
        call: The call.
        today: The column of the evaluated date.
    """

    call: Call
    today = pl.col("@today")

    def argument(self, index: int = 0) -> pl.Expr:
        """Return an argument's column."""
        return compile_expression(self.call.arguments[index])

    def arguments(self) -> list[pl.Expr]:
        """Return the columns of all arguments."""
        return [compile_expression(argument) for argument in self.call.arguments]

    def value(self, expression: Expression) -> pl.Expr:
        """Return the column of any expression."""
        return compile_expression(expression)

    def unreadable(self, index: int) -> pl.Expr:
        """Return whether an argument reads a field whose value is bad or doubted; never null."""
        return unreadable(self.call.arguments[index])

    def days(self, date: pl.Expr) -> pl.Expr:
        """Return a date as days since 1970, on which arithmetic is several times faster."""
        return _days(date)

    def number(self, expression: pl.Expr) -> pl.Expr:
        """Return a column as numbers."""
        return expression.cast(pl.Float64)

    def earlier(self) -> pl.Expr:
        """Return the earlier value that the call reads; as of today, it is the present one."""
        subject, as_of = history_subject(self.call), as_of_date(self.call)
        # An empty column has no type.
        value = pl.col(earlier_column(self.call)).cast(_DTYPES[subject.type], strict=False)
        if as_of is None:
            return value
        date = compile_expression(as_of)
        is_today = (date == self.today).fill_null(False)
        is_read = (date == pl.col(as_of_column(self.call))).fill_null(False)
        return pl.when(is_today).then(compile_expression(subject)).when(is_read).then(value)

    def finite(self, number: pl.Expr) -> pl.Expr:
        """Return a number with null in place of infinity and NaN."""
        return _finite(number)

    def any(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        """Return Kleene's or of the parts."""
        return combine(parts, False)

    def in_state(self, reference: Reference) -> pl.Expr:
        """Return whether the account is in the state, or enrolled in the playbook; never null."""
        column = pl.col(reference.state_column)
        if reference.step is None:
            return column.is_not_null()
        return (column == pl.lit(reference.step)).fill_null(False)
