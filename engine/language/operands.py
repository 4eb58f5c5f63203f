"""Values of literal operands: numbers, days and field names, of expressions that passed the type checker."""

from __future__ import annotations

from ..core.offsets import FIXED_DAYS, Offset
from .expressions import Alias, Constant, Duration, Expression


def unalias(e: Expression) -> Expression:
    """Return the expression that an alias means; any other expression unchanged."""
    while isinstance(e, Alias):
        e = e.expression
    return e


def offset_of(e: Expression) -> Offset:
    """Return the offset of a literal duration."""
    e = unalias(e)
    if not isinstance(e, Duration):
        raise TypeError(f"{type(e).__name__} is not a duration")
    return e.offset


def days_of(e: Expression) -> int:
    """Return the days of a literal duration; the type checker rejects months and years there."""
    offset = offset_of(e)
    return offset.count * FIXED_DAYS[offset.unit]


def number_of(e: Expression) -> float:
    """Return the value of a literal number."""
    e = unalias(e)
    if not isinstance(e, Constant):
        raise TypeError(f"{type(e).__name__} is not a literal")
    return float(e.value)  # type: ignore[arg-type]
