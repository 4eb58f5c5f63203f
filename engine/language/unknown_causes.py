"""Which missing values make a result "cannot tell"."""

from __future__ import annotations

from .expressions import Call, Expression, Field, Name
from .formatter import format_expression
from .interpreter import Row, choose_value, earlier_value, evaluate
from .traversal import HISTORY_CALLS, TODAY_CALLS, children

EARLIER_CALLS = frozenset({"ago", "previous"})
"""Functions that read nothing but an earlier value."""


def unknown_causes(e: Expression, row: Row) -> frozenset[str]:
    """The missing fields and names that make the result None; empty exactly if it is not None.

    An earlier value is named by its function (`previous(health_score)`), a snapshot that does not reach by
    `snapshot_date`, and a value that is missing for no field's sake (a division by zero) by its own text.
    """
    if evaluate(e, row) is not None:
        return frozenset()
    if isinstance(e, Field | Name):
        return frozenset({e.name})
    if isinstance(e, Call) and e.function in HISTORY_CALLS:
        return _history(e, row)
    if isinstance(e, Call) and e.function == "choose":
        return unknown_causes(choose_value(e, row) or e.arguments[0], row)
    found: set[str] = set()
    for child in children(e):
        if child.type != "duration" or evaluable(child):
            found |= unknown_causes(child, row)
    if isinstance(e, Call) and e.function in TODAY_CALLS and row.get("@today") is None:
        found.add("today")
    if isinstance(e, Call) and e.function == "snapshot_reaches" and not found:
        found.add("snapshot_date")
    return frozenset(found or {format_expression(e)})


def evaluable(e: Expression) -> bool:
    """Whether it has a value of its own: months and years have none, but they are never missing."""
    from .expressions import Duration
    from .traversal import unalias

    return not isinstance(unalias(e), Duration)


def earlier_label(e: Call) -> str:
    """What to call the earlier value that a history function reads."""
    if e.function in ("ago", "change"):
        return format_expression(e)
    return f"previous({format_expression(e.arguments[0])})"


def _history(e: Call, row: Row) -> frozenset[str]:
    found: set[str] = set()
    if e.function not in EARLIER_CALLS:
        found |= unknown_causes(e.arguments[0], row)
    if earlier_value(e, row) is None:
        found.add(earlier_label(e))
    return frozenset(found or {format_expression(e)})
