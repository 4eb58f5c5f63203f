"""Causes of unknown results: the missing values that make an expression unknown for one account."""

from __future__ import annotations

from .expressions import Call, Duration, Expression, Field, Name, Row
from .formatter import format_expression
from .functions import FUNCTIONS
from .functions.value_functions import chosen_value
from .interpreter import CallOnRow, evaluate_expression
from .operands import unalias
from .traversal import as_of_date, children


def unknown_causes(e: Expression, row: Row) -> frozenset[str]:
    """Return the missing fields and names that make a result None; empty exactly where it is not None.

    An earlier value is named by its function, such as `previous(health_score)`, and a snapshot that is too old by
    `snapshot_date`. A value that is missing although all its parts are known, such as a division by zero, is named
    by its text.
    """
    if evaluate_expression(e, row) is not None:
        return frozenset()
    if isinstance(e, Field | Name):
        return frozenset({e.name})
    if isinstance(e, Call):
        return _causes_of_call(e, row) or frozenset(
            {FUNCTIONS[e.function].fails_for or format_expression(e)}
        )
    return _causes_of_parts(e, row) or frozenset({format_expression(e)})


def _causes_of_parts(e: Expression, row: Row) -> frozenset[str]:
    return frozenset().union(
        *(unknown_causes(child, row) for child in children(e) if evaluable(child))
    )


def _causes_of_call(call: Call, row: Row) -> frozenset[str]:
    """Return the missing values that a call reads; empty where all are known."""
    function, on_row = FUNCTIONS[call.function], CallOnRow(call, row)
    if function.unknown == "chosen":
        return unknown_causes(chosen_value(on_row) or call.arguments[0], row)
    causes = _causes_of_parts(call, row) if function.reads_now else frozenset()
    if function.looks_back and on_row.earlier() is None:
        as_of = as_of_date(call)
        # A missing date is among the causes already.
        known = as_of is None or on_row.value(as_of) is not None
        causes |= {earlier_label(call)} if known else set()
    if "today" in function.reads and on_row.name("today") is None:
        causes |= {"today"}
    return causes


def evaluable(e: Expression) -> bool:
    """Return whether an expression can be missing: literal durations cannot, and months have no value in days."""
    return not isinstance(unalias(e), Duration)


def earlier_label(call: Call) -> str:
    """Return the name of the earlier value that a history function reads."""
    if FUNCTIONS[call.function].looks_back == "previous":
        return f"previous({format_expression(call.arguments[0])})"
    return format_expression(call)
