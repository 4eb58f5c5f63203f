"""Plain values out of typed operands: numbers, days and fields as the checker let them pass."""

from __future__ import annotations

from ..core.offsets import FIXED_DAYS
from .expressions import Alias, Call, Constant, Duration, Expression, Field


def unalias(e: Expression) -> Expression:
    """What a defined name stands for, else the expression itself."""
    while isinstance(e, Alias):
        e = e.expression
    return e


def history_field(call: Call) -> str:
    """The field whose history a function reads; the checker lets no other argument pass."""
    field = call.arguments[0]
    assert isinstance(field, Field)
    return field.name


def days_of(e: Expression) -> int:
    """The days of a written duration; months and years have none, and the checker refuses them here."""
    e = unalias(e)
    assert isinstance(e, Duration)
    return e.offset.count * FIXED_DAYS[e.offset.unit]


def number_of(e: Expression) -> float:
    """The value of a number written out."""
    e = unalias(e)
    assert isinstance(e, Constant)
    return float(e.value)  # type: ignore[arg-type]
