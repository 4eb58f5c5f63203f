"""Value functions: choose among values, and take their extremes or absolute values."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, cast

from ..expressions import Call, Constant, ConstantValue, Duration, Expression
from ..operands import number_of
from .function_row import ColumnCall, ColumnFunction, Function, NoteCall, Range, RowCall, hull
from .over_time import either_way, widest

if TYPE_CHECKING:
    import polars as pl


def _abs(c: RowCall) -> ConstantValue | None:
    value = c.argument()
    return None if value is None else abs(cast(float, value))


def _abs_range(ranges: Sequence[Range]) -> Range:
    first, last = ranges[0]
    return 0, max(abs(first), abs(last))


def _rounded_range(ranges: Sequence[Range]) -> Range:
    """Return the range of the first argument to whole numbers outwards: no number of decimals leads out of it."""
    low, high = ranges[0]
    return (
        math.floor(low) if math.isfinite(low) else low,
        math.ceil(high) if math.isfinite(high) else high,
    )


def chosen_value(c: RowCall) -> Expression | None:
    """Return the value that a call of `choose` chooses; None where its condition is unknown."""
    _, value, otherwise = c.call.arguments
    condition = c.argument()
    if condition is None:
        return None
    return value if condition else otherwise


def _choose(c: RowCall) -> ConstantValue | None:
    value = chosen_value(c)
    return None if value is None else c.value(value)


def _choose_in_columns(c: ColumnCall) -> pl.Expr:
    import polars as pl

    condition, value, otherwise = c.arguments()
    chosen = pl.when(condition).then(value).when(condition.not_()).then(otherwise)
    # Where all rows are equal, Polars 2.1 stores a single one, and an operator with a constant on its left returns it.
    return chosen.shift(0)


def _choose_note(c: NoteCall) -> str:
    """Return a note such as `30 days is chosen` or `seats is chosen, here 12`."""
    value = chosen_value(c)
    if value is None:
        return c.unknown(c.call.arguments[0])
    is_literal = isinstance(value, Constant | Duration)
    suffix = "" if is_literal else f", here {c.value_text(c.value(value), value.type)}"
    return f"{c.text(value)} is chosen{suffix}"


def _first(c: RowCall) -> ConstantValue | None:
    return _first_known(c)[1]


def _first_known(c: RowCall) -> tuple[Expression | None, ConstantValue | None]:
    """Return the argument that a call of `first` takes, and its value; None where one before it cannot be read."""
    for index, argument in enumerate(c.call.arguments):
        value = c.argument(index)
        if value is not None:
            return argument, value
        if c.is_unreadable(index):
            break
    return None, None


def _first_in_columns(c: ColumnCall) -> pl.Expr:
    import polars as pl

    # `coalesce` is not used: where it takes a constant in every row, Polars 2.1 returns a single row.
    first, *others = c.arguments()
    unknown = pl.lit(False)
    for index, other in enumerate(others):
        unknown |= c.unreadable(index)
        first = first.fill_null(pl.when(unknown.not_()).then(other))
    return first


def _extreme(pick: Callable[[list[float]], float]) -> Callable[[RowCall], ConstantValue | None]:
    def row(c: RowCall) -> ConstantValue | None:
        values = [c.argument(index) for index in range(len(c.call.arguments))]
        return None if None in values else pick(cast(list[float], values))

    return row


def _extreme_in_columns(name: Literal["min_horizontal", "max_horizontal"]) -> ColumnFunction:
    """Return the implementation of an extreme on columns.

    Polars ignores missing values. Adding `value - value`, which is zero or null, makes the result null for them.
    """

    def columns(c: ColumnCall) -> pl.Expr:
        import polars as pl

        values = c.arguments()
        extreme: pl.Expr = getattr(pl, name)(values)
        for value in values:
            extreme = extreme + (value - value)
        return extreme

    return columns


_NUDGE, _MOST_NUDGE = 2**-50, 2**-10
"""Added to numbers before rounding, in proportion and at most: 1.005 is stored as less, and still rounds to 1.01."""


def _scale(call: Call) -> float:
    """Return ten to the power of the decimals to which a call rounds."""
    return 10 ** number_of(call.arguments[1]) if len(call.arguments) > 1 else 1.0


def _round(c: RowCall) -> float | None:
    value = cast("float | None", c.argument())
    if value is None:
        return None
    scale = _scale(c.call)
    size = abs(value) * scale
    if not math.isfinite(size):
        return None
    return math.copysign(round(size + min(size * _NUDGE, _MOST_NUDGE)) / scale, value)


def _round_in_columns(c: ColumnCall) -> pl.Expr:
    value, scale = c.argument(), _scale(c.call)
    size = value.abs() * scale
    whole = (size + (size * _NUDGE).clip(upper_bound=_MOST_NUDGE)).round(mode="half_to_even")
    # Polars divides by a constant by multiplying with its inverse, which may differ in the last bit.
    return c.finite(value.sign() * whole / (value * 0 + scale))


VALUE_FUNCTIONS = (
    Function(
        "abs",
        ("amount",),
        None,
        "abs(number)",
        "The number, or the duration, without its sign.",
        _abs,
        lambda c: c.argument().abs(),
        range=_abs_range,
        size="arguments",
        drift=either_way,
    ),
    Function(
        "choose",
        ("condition", "value", "value"),
        None,
        "choose(condition, value, otherwise)",
        "The value where the condition is true, the other where it is false; "
        "missing where the condition is unknown.",
        _choose,
        _choose_in_columns,
        unknown="chosen",
        range=lambda ranges: hull(ranges[1:]),
        copies=2,
        size="arguments",
        note=_choose_note,
        drift=lambda drifts: widest(drifts[1:]),
        picks=chosen_value,
    ),
    Function(
        "first",
        (),
        None,
        "first(a, b, ...)",
        "The first of the values that is not missing; unknown where a bad value comes before it.",
        _first,
        _first_in_columns,
        unknown="unsettled",
        range=hull,
        size="arguments",
        drift=widest,
        picks=lambda c: _first_known(c)[0],
    ),
    Function(
        "max",
        (),
        None,
        "max(a, b, ...)",
        "The largest value; missing if any of them is missing.",
        _extreme(max),
        _extreme_in_columns("max_horizontal"),
        ordered=True,
        range=hull,
        copies=2,
        size="arguments",
        drift=widest,
    ),
    Function(
        "min",
        (),
        None,
        "min(a, b, ...)",
        "The smallest value; missing if any of them is missing.",
        _extreme(min),
        _extreme_in_columns("min_horizontal"),
        ordered=True,
        range=hull,
        copies=2,
        size="arguments",
        drift=widest,
    ),
    Function(
        "round",
        ("number", "decimals"),
        "number",
        "round(number, 2)",
        "The number with so many decimals, or a whole number where none are given; halves away from zero.",
        _round,
        _round_in_columns,
        range=_rounded_range,
        optional=1,
        can_fail=True,
        copies=4,
    ),
)
