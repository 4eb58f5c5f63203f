"""Window functions: a number, or a condition, over the days since some days ago, today included.

On each of these days, the value is the one last known then. So the value known at the start is needed: an account, or
a history, that is younger leaves the result unknown. The days before today come as one earlier value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, cast

from ..operands import days_of
from .function_row import ColumnCall, ColumnFunction, Function, RowCall, RowFunction, first_range

if TYPE_CHECKING:
    import polars as pl


def _extreme(pick: Callable[[float, float], float]) -> RowFunction:
    def row(c: RowCall) -> float | None:
        before, now = cast("float | None", c.earlier()), cast("float | None", c.argument())
        return None if before is None or now is None else pick(before, now)

    return row


def _extreme_in_columns(name: Literal["min_horizontal", "max_horizontal"]) -> ColumnFunction:
    def columns(c: ColumnCall) -> pl.Expr:
        import polars as pl

        before, now = c.earlier(), c.argument()
        extreme: pl.Expr = getattr(pl, name)(before, now)
        # Polars ignores missing values: zero or null makes the result null for them.
        return extreme + (before - before) + (now - now)

    return columns


def _held(c: RowCall) -> bool | None:
    """Return Kleene's and of the days before and today: either one alone can make the result false."""
    before, now = c.earlier(), c.argument()
    if before is False or now is False:
        return False
    return None if before is None or now is None else True


def _average(c: RowCall) -> float | None:
    before, now = cast("float | None", c.earlier()), cast("float | None", c.argument())
    if before is None or now is None:
        return None
    days = days_of(c.call.arguments[1])
    mean = (before * days + now) / (days + 1)
    return mean if math.isfinite(mean) else None


def _average_in_columns(c: ColumnCall) -> pl.Expr:
    before, now = c.earlier(), c.argument()
    days = days_of(c.call.arguments[1])
    # Polars divides by a constant by multiplying with its inverse, which may differ in the last bit.
    return c.finite((before * days + now) / (now * 0 + (days + 1)))


WINDOW_FUNCTIONS = (
    Function(
        "average",
        ("number field", "days"),
        "number",
        "average(field, 30 days)",
        "The mean of the field's daily values since that many days ago, today's included; "
        "a day without a value has the last known one.",
        _average,
        _average_in_columns,
        range=first_range,
        looks_back="window",
        can_fail=True,
        copies=2,
    ),
    Function(
        "held_for",
        ("daily condition", "days"),
        "boolean",
        "held_for(condition, 14 days)",
        "Whether the condition was true on each day since that many days ago, and is true today; "
        "a day without a value has the last known one.",
        _held,
        lambda c: c.earlier() & c.argument(),
        looks_back="window",
        unknown="unsettled",
    ),
    Function(
        "highest",
        ("number field", "days"),
        "number",
        "highest(field, 30 days)",
        "The largest value of the field since that many days ago, today's included.",
        _extreme(max),
        _extreme_in_columns("max_horizontal"),
        range=first_range,
        looks_back="window",
        copies=2,
    ),
    Function(
        "lowest",
        ("number field", "days"),
        "number",
        "lowest(field, 30 days)",
        "The smallest value of the field since that many days ago, today's included.",
        _extreme(min),
        _extreme_in_columns("min_horizontal"),
        range=first_range,
        looks_back="window",
        copies=2,
    ),
)
