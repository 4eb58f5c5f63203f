"""Expressions to Polars: the bulk path, equal to `language.evaluate` in every case.

Columns in are named and typed as `evaluate`'s row: Float64, String, Date and Boolean; null is missing.
Columns out are the same, durations as Int64 days.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

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
from ..language.traversal import (
    Reference,
    asked_reference,
    earlier_column,
    number_of,
    unalias,
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
        return _CALLS[e.function](e)
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


# -- functions ------------------------------------------------------------------------------------

_TODAY = pl.col("@today")


def _argument(e: Call) -> pl.Expr:
    return compile_expression(e.arguments[0])


def _days_until(e: Call) -> pl.Expr:
    return (_day(_argument(e)) - _day(_TODAY)).cast(pl.Float64)


def _days_since(e: Call) -> pl.Expr:
    return (_day(_TODAY) - _day(_argument(e))).cast(pl.Float64)


def _whole_months(date: pl.Expr) -> pl.Expr:
    year = _TODAY.dt.year().cast(pl.Int32) - date.dt.year().cast(pl.Int32)
    month = _TODAY.dt.month().cast(pl.Int32) - date.dt.month().cast(pl.Int32)
    last = _TODAY.dt.month_end().dt.day()
    early = _TODAY.dt.day() < pl.min_horizontal(date.dt.day(), last)
    return year * 12 + month - early.cast(pl.Int32)


def _months_since(e: Call) -> pl.Expr:
    return _whole_months(_argument(e)).cast(pl.Float64)


def _years_since(e: Call) -> pl.Expr:
    return _whole_months(_argument(e)).floordiv(12).cast(pl.Float64)


def _anniversary(e: Call) -> pl.Expr:
    date = _argument(e)
    years = _whole_months(date).floordiv(12)
    offset = pl.concat_str(pl.when(years >= 1).then(years), pl.lit("y"))
    return date.dt.offset_by(offset)


def _next_anniversary(e: Call) -> pl.Expr:
    date = _argument(e)
    apart = _TODAY.dt.year().cast(pl.Int32) - date.dt.year().cast(pl.Int32)
    years = pl.max_horizontal(apart, 1)
    found = date.dt.offset_by(pl.concat_str(years, pl.lit("y")))
    later = date.dt.offset_by(pl.concat_str(years + 1, pl.lit("y")))
    return pl.when(found >= _TODAY).then(found).otherwise(later)


def _snapshot_reaches(e: Call) -> pl.Expr:
    # Kleene's or with "cannot tell": true stays true, all else cannot be told.
    return (pl.col("@snapshot_date") >= _argument(e)) | pl.lit(None, pl.Boolean)


def earlier_column_expr(e: Call) -> pl.Expr:
    """The earlier value that a history function reads; its column has no type where nothing was kept yet."""
    return pl.col(earlier_column(e)).cast(_DTYPES[e.arguments[0].type], strict=False)


def _changed(e: Call) -> pl.Expr:
    return earlier_column_expr(e) != _argument(e)


def _change(e: Call) -> pl.Expr:
    return _finite(_argument(e) - earlier_column_expr(e))


def _crossed(e: Call) -> pl.Expr:
    limit = pl.lit(number_of(e.arguments[1]))
    if e.function == "crossed_below":
        return (earlier_column_expr(e) >= limit) & (_argument(e) < limit)
    return (earlier_column_expr(e) <= limit) & (_argument(e) > limit)


def _first(e: Call) -> pl.Expr:
    # Not `coalesce`: where a constant is taken in every row, Polars 2.1 gives one row for all.
    first, *others = (compile_expression(argument) for argument in e.arguments)
    for other in others:
        first = first.fill_null(other)
    return first


def _choose(e: Call) -> pl.Expr:
    condition, value, otherwise = (compile_expression(argument) for argument in e.arguments)
    chosen = pl.when(condition).then(value).when(condition.not_()).then(otherwise)
    # Where all rows come out alike, Polars 2.1 keeps one for all, and a constant before a sign then gives one row.
    return chosen.shift(0)


def _extreme(e: Call) -> pl.Expr:
    """The least or largest; a missing value makes it missing, by way of value - value, which is nothing else."""
    values = [compile_expression(a) for a in e.arguments]
    extreme = pl.min_horizontal(values) if e.function == "min" else pl.max_horizontal(values)
    for value in values:
        extreme = extreme + (value - value)
    return extreme


def _stands(reference: Reference) -> pl.Expr:
    """Whether the account stands there; never null."""
    column = pl.col(reference.standing)
    if reference.step is None:
        return column.is_not_null()
    return (column == pl.lit(reference.step)).fill_null(False)


def _stands_in(e: Call) -> pl.Expr:
    return combine([_stands(reference) for reference in asked_reference(e)], False)


def _standing_since(e: Call) -> pl.Expr:
    since = pl.lit(None, pl.Date)
    for reference in reversed(asked_reference(e)):
        since = pl.when(_stands(reference)).then(pl.col(reference.since)).otherwise(since)
    return since


_CALLS: dict[str, Callable[[Call], pl.Expr]] = {
    "abs": lambda e: _argument(e).abs(),
    "ago": earlier_column_expr,
    "anniversary": _anniversary,
    "change": _change,
    "changed": _changed,
    "choose": _choose,
    "crossed_above": _crossed,
    "crossed_below": _crossed,
    "days_since": _days_since,
    "days_until": _days_until,
    "first": _first,
    "lower": lambda e: _argument(e).str.to_lowercase(),
    "max": _extreme,
    "min": _extreme,
    "months_since": _months_since,
    "next_anniversary": _next_anniversary,
    "previous": earlier_column_expr,
    "quarter_start": lambda e: _argument(e).dt.truncate("1q"),
    "snapshot_reaches": _snapshot_reaches,
    "standing_since": _standing_since,
    "stands_in": _stands_in,
    "weekday": lambda e: _argument(e).dt.weekday().cast(pl.Float64),
    "years_since": _years_since,
}
