"""Proof that a condition is true on single dates only: an event, and not a state of affairs that lasts."""

from __future__ import annotations

from .expressions import And, Call, Compare, Expression, Name, Or
from .functions import FUNCTIONS
from .operands import unalias
from .traversal import walk


def is_momentary(e: Expression) -> bool:
    """Return whether it is proved that a condition, once true, is false again on the next date unless data changes.

    True for what compares with the last date (`changed`, `crossed_below`, `previous`) and for what happens on one
    date (`days_until(renewal_date) == 30`). Sound but not complete.
    """
    e = unalias(e)
    if isinstance(e, And):
        return any(is_momentary(operand) for operand in e.operands)
    if isinstance(e, Or):
        return all(is_momentary(operand) for operand in e.operands)
    if isinstance(e, Compare):
        on_one_date = e.operator == "==" and any(map(_moves_daily, (e.left, e.right)))
        return on_one_date or any(map(_looks_at_the_last_date, walk(e)))
    return _looks_at_the_last_date(e)


def _moves_daily(e: Expression) -> bool:
    """Return whether a value is another one on each date."""
    e = unalias(e)
    if isinstance(e, Call):
        return FUNCTIONS[e.function].counts_days
    return isinstance(e, Name) and e.name == "today"


def _looks_at_the_last_date(e: Expression) -> bool:
    return isinstance(e, Call) and FUNCTIONS[e.function].looks_back == "previous"
