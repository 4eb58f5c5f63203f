"""Which missing values make a result "cannot tell"."""

from __future__ import annotations

from .expressions import Call, Duration, Expression, Field, Name
from .formatter import format_expression
from .functions import FUNCTIONS
from .functions.value_functions import chosen_value
from .interpreter import CallOnRow, Row, evaluate
from .operands import unalias
from .traversal import children


def unknown_causes(e: Expression, row: Row) -> frozenset[str]:
    """The missing fields and names that make the result None; empty exactly if it is not None.

    An earlier value is named by its function (`previous(health_score)`), a snapshot that does not reach by
    `snapshot_date`, and a value that is missing for no field's sake (a division by zero) by its own text.
    """
    if evaluate(e, row) is not None:
        return frozenset()
    if isinstance(e, Field | Name):
        return frozenset({e.name})
    if isinstance(e, Call):
        return _of_call(e, row) or frozenset(
            {FUNCTIONS[e.function].fails_for or format_expression(e)}
        )
    return _of_parts(e, row) or frozenset({format_expression(e)})


def _of_parts(e: Expression, row: Row) -> frozenset[str]:
    return frozenset().union(
        *(unknown_causes(child, row) for child in children(e) if evaluable(child))
    )


def _of_call(call: Call, row: Row) -> frozenset[str]:
    """Return what is missing of all that a call reads; empty where all of it is known."""
    function, on_row = FUNCTIONS[call.function], CallOnRow(call, row)
    if function.unknown == "chosen":
        return unknown_causes(chosen_value(on_row) or call.arguments[0], row)
    found = _of_parts(call, row) if function.reads_now else frozenset()
    if function.looks_back and on_row.earlier() is None:
        found |= {earlier_label(call)}
    if "today" in function.reads and on_row.name("today") is None:
        found |= {"today"}
    return found


def evaluable(e: Expression) -> bool:
    """Return whether an expression can be missing: a duration as written never is, and months have no value."""
    return not isinstance(unalias(e), Duration)


def earlier_label(call: Call) -> str:
    """Return what to call the earlier value that a function of history reads."""
    if FUNCTIONS[call.function].looks_back == "days":
        return format_expression(call)
    return f"previous({format_expression(call.arguments[0])})"
