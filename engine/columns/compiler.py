"""Expressions to Polars: the bulk path, equal to `language.evaluate` in every case.

Columns in are named and typed as `evaluate`'s row: Float64, String, Date and Boolean; null is missing.
Columns out are the same, durations as Int64 days.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from ..core.offsets import FIXED_DAYS
from ..language.expressions import (
    Alias,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Duration,
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
from ..language.states_read import Reference
from ..language.traversal import earlier_column

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
    # Polars divides by a constant as it multiplies by its inverse, which may be off by the last bit.
    "/": lambda a, b: a / (a * 0 + b),
}
_DTYPES: dict[Type, type[pl.DataType]] = {
    "number": pl.Float64,
    "text": pl.String,
    "date": pl.Date,
    "boolean": pl.Boolean,
}


def compile_expression(e: Expression) -> pl.Expr:
    """The expression over columns; null where `evaluate` gives None.

    An expression that reads no column gives one row: use it where Polars repeats that, as in `with_columns`.
    """
    if isinstance(e, Field):
        return pl.col(e.name)
    if isinstance(e, Constant):
        return pl.lit(float(e.value) if e.type == "number" else e.value)  # type: ignore[arg-type]
    if isinstance(e, Compare):
        return _COMPARE[e.operator](compile_expression(e.left), compile_expression(e.right))
    if isinstance(e, And):
        return combine([compile_expression(o) for o in e.operands], True)
    if isinstance(e, Not):
        return compile_expression(e.operand).not_()
    if isinstance(e, In):
        return _member(e)
    if isinstance(e, IsMissing):
        return compile_expression(e.operand).is_null()
    if isinstance(e, Name):
        return _typed(pl.col(f"@{e.name}"), e.type)
    if isinstance(e, Call):
        return FUNCTIONS[e.function].columns(CallOnColumns(e))
    if isinstance(e, Arithmetic):
        return _arithmetic(e)
    if isinstance(e, Alias):
        return compile_expression(e.expression)
    if isinstance(e, Duration):
        return pl.lit(e.offset.count * FIXED_DAYS[e.offset.unit], dtype=pl.Int64())
    return combine([compile_expression(o) for o in e.operands], False)


def combine(parts: Sequence[pl.Expr], every: bool) -> pl.Expr:
    """Kleene's and (`every`) or or, as a balanced tree: Polars recurses into what it is given."""
    if not parts:
        return pl.lit(every)
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    left, right = combine(parts[:half], every), combine(parts[half:], every)
    return left & right if every else left | right


def _typed(column: pl.Expr, type: Type) -> pl.Expr:
    return column.cast(pl.Float64) if type == "number" else column


def _member(e: In) -> pl.Expr:
    item = compile_expression(e.item)
    values = [float(o.value) if o.type == "number" else o.value for o in e.options]  # type: ignore[arg-type]
    if len(values) == 1:
        return item == pl.lit(values[0])
    return item.is_in(values)


def _arithmetic(e: Arithmetic) -> pl.Expr:
    if e.type == "date":
        return _moved(e)
    if e.type == "number":
        return _finite(_number(e))
    left, right = compile_expression(e.left), compile_expression(e.right)
    if e.left.type == "date":
        return _day(left) - _day(right)
    return _ARITHMETIC[e.operator](left, right)


def _number(e: Expression) -> pl.Expr:
    """Arithmetic whose result may still be infinite or NaN.

    Sums and products carry these on to the end, where one look finds them: a look at every step would double
    the expression each time. Only a divisor has to be looked at by itself, for x / infinity is 0.
    """
    e = unalias(e)
    if not isinstance(e, Arithmetic):
        return compile_expression(e)
    right = compile_expression(e.right) if e.operator == "/" else _number(e.right)
    return _ARITHMETIC[e.operator](_number(e.left), right)


def _finite(number: pl.Expr) -> pl.Expr:
    """Null where it is infinite or NaN.

    Not by `when`: where its condition is null in every row, Polars 2.1 gives one row for all.
    """
    return number.replace([math.inf, -math.inf, math.nan], [None, None, None])


def _day(date: pl.Expr) -> pl.Expr:
    """Days since 1970: arithmetic on these is several times faster than on dates."""
    return date.cast(pl.Int32).cast(pl.Int64)


def _moved(e: Arithmetic) -> pl.Expr:
    """A date and a duration; the checker lets none pass that could leave the calendar."""
    left, written = compile_expression(e.left), unalias(e.right)
    if not isinstance(written, Duration):
        day = _ARITHMETIC[e.operator](_day(left), compile_expression(e.right))
        return day.cast(pl.Int32).cast(pl.Date)
    count = written.offset.count * (1 if e.operator == "+" else -1)
    if written.offset.unit in ("months", "years"):
        months = count * (12 if written.offset.unit == "years" else 1)
        return left.dt.offset_by(f"{months}mo")
    return (left.cast(pl.Int32) + count * FIXED_DAYS[written.offset.unit]).cast(pl.Date)


@dataclass(frozen=True, slots=True)
class CallOnColumns:
    """A call on all rows at once: what the rows about functions are given."""

    call: Call
    today = pl.col("@today")

    def argument(self, place: int = 0) -> pl.Expr:
        """Return an argument's column."""
        return compile_expression(self.call.arguments[place])

    def arguments(self) -> list[pl.Expr]:
        """Return the columns of all arguments."""
        return [compile_expression(argument) for argument in self.call.arguments]

    def days(self, date: pl.Expr) -> pl.Expr:
        """Return a date as days since 1970, on which arithmetic is several times faster."""
        return _day(date)

    def number(self, expression: pl.Expr) -> pl.Expr:
        """Return a column as numbers."""
        return expression.cast(pl.Float64)

    def earlier(self) -> pl.Expr:
        """Return the earlier value that the call reads; its column has no type where none was stored yet."""
        dtype = _DTYPES[self.call.arguments[0].type]
        return pl.col(earlier_column(self.call)).cast(dtype, strict=False)

    def finite(self, number: pl.Expr) -> pl.Expr:
        """Return a number with null in place of infinity and NaN."""
        return _finite(number)

    def any(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        """Return Kleene's or of the parts."""
        return combine(parts, False)

    def in_state(self, reference: Reference) -> pl.Expr:
        """Return whether the account is in that state or playbook; never null."""
        column = pl.col(reference.standing)
        if reference.step is None:
            return column.is_not_null()
        return (column == pl.lit(reference.step)).fill_null(False)
