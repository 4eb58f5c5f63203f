"""Causes of unknown results: the missing values that make an expression unknown for one account."""

from __future__ import annotations

from collections.abc import Callable

from .expressions import Alias, Call, Duration, Expression, Field, Name, Row, made_once
from .formatter import format_expression
from .functions import FUNCTIONS
from .functions.value_functions import chosen_value
from .interpreter import CallOnRow, row_function
from .operands import unalias
from .traversal import as_of_date, children

CausesOfRow = Callable[[Row], frozenset[str]]
"""The causes of an unknown result as a function of an account's row."""

_NONE: frozenset[str] = frozenset()


def unknown_causes(e: Expression, row: Row) -> frozenset[str]:
    """Return the missing fields and names that make a result None; empty exactly where it is not None.

    An earlier value is named by its function, such as `previous(health_score)`, and a snapshot that is too old by
    `snapshot_date`. A value that is missing although all its parts are known, such as a division by zero, is named
    by its text.
    """
    return _causes_function(e)(row)


def _causes_function(e: Expression) -> CausesOfRow:
    """Return the function that gives the causes; it is made once and stays with the node, as the interpreter's is."""
    return made_once(e, "causes_on_row", _made)


def _made(e: Expression) -> CausesOfRow:
    if isinstance(e, Alias):
        return _causes_function(e.expression)
    value_of, causes_of = row_function(e), _made_for_unknown(e)
    return lambda row: _NONE if value_of(row) is not None else causes_of(row)


def _made_for_unknown(e: Expression) -> CausesOfRow:
    """Return the function that gives the causes on rows on which the result is None."""
    if isinstance(e, Field | Name):
        name = frozenset({e.name})
        return lambda _: name
    if isinstance(e, Call):
        return _of_call(e)
    of_parts = _of_parts(e)
    return lambda row: of_parts(row) or frozenset({format_expression(e)})


def _of_parts(e: Expression) -> CausesOfRow:
    parts = [_causes_function(child) for child in children(e) if evaluable(child)]
    return lambda row: _NONE.union(*[causes_of(row) for causes_of in parts])


def _of_call(call: Call) -> CausesOfRow:
    function, of_parts = FUNCTIONS[call.function], _of_parts(call)

    def causes_of(row: Row) -> frozenset[str]:
        on_row = CallOnRow(call, row)
        if function.unknown == "chosen":
            causes = unknown_causes(chosen_value(on_row) or call.arguments[0], row)
        else:
            causes = of_parts(row) if function.reads_now else _NONE
            causes |= _not_given(on_row)
        return causes or frozenset({function.fails_for or format_expression(call)})

    return causes_of


def _not_given(on_row: CallOnRow) -> set[str]:
    """Return what a call reads apart from its arguments and is missing: its earlier value, and today's date."""
    call, function, missing = on_row.call, FUNCTIONS[on_row.call.function], set()
    if function.looks_back and on_row.earlier() is None:
        as_of = as_of_date(call)
        # A missing date is among the causes already.
        if as_of is None or on_row.value(as_of) is not None:
            missing.add(earlier_label(call))
    if "today" in function.reads and on_row.name("today") is None:
        missing.add("today")
    return missing


def evaluable(e: Expression) -> bool:
    """Return whether an expression can be missing: literal durations cannot, and months have no value in days."""
    return not isinstance(unalias(e), Duration)


def earlier_label(call: Call) -> str:
    """Return the name of the earlier value that a history function reads."""
    if FUNCTIONS[call.function].looks_back == "previous":
        return f"previous({format_expression(call.arguments[0])})"
    return format_expression(call)
