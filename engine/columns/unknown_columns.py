"""Which missing values make a result "cannot tell", in columns: `language.blame` for every row at once."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from ..language.expressions import And, Call, Expression, Field, IsMissing, Name, Or
from ..language.formatter import format_expression
from ..language.functions import FUNCTIONS
from ..language.traversal import children, may_fail
from ..language.unknown_causes import earlier_label, evaluable
from .compiler import CallOnColumns, combine, compile_expression

UnknownCauses = dict[str, pl.Expr]


def unknown_columns(e: Expression) -> UnknownCauses:
    """By what is missing: whether its absence makes the result null; true or false, never null.

    In the order in which the expression reads them. An expression that is never null gives an empty map.
    """
    if isinstance(e, Field | Name):
        return {e.name: compile_expression(e).is_null()}
    if isinstance(e, Call):
        return _of_call(e)
    if isinstance(e, IsMissing):
        return {}
    found = _of_parts(e)
    if may_fail(e):
        return _failing(e, found, format_expression(e))
    return _settled(e, found) if isinstance(e, And | Or) else found


def _of_parts(e: Expression) -> UnknownCauses:
    return _merged(unknown_columns(child) for child in children(e) if evaluable(child))


def _of_call(call: Call) -> UnknownCauses:
    function = FUNCTIONS[call.function]
    if function.unknown == "chosen":
        return _choice(call)
    found = _of_parts(call) if function.reads_now else {}
    if function.looks_back:
        found = _merged([found, {earlier_label(call): CallOnColumns(call).earlier().is_null()}])
    if "today" in function.reads:
        found = _merged([found, {"today": CallOnColumns.today.is_null()}])
    if function.can_fail:
        return _failing(call, found, function.fails_for or format_expression(call))
    return _settled(call, found) if function.unknown == "unsettled" else found


def _settled(e: Expression, found: UnknownCauses) -> UnknownCauses:
    """A missing part is to blame only where the other parts do not settle the result."""
    unknown = compile_expression(e).is_null()
    return {name: blamed & unknown for name, blamed in found.items()}


def _choice(e: Call) -> UnknownCauses:
    """The condition's own, and those of the value that it chooses."""
    condition, value, otherwise = e.arguments
    held = compile_expression(condition)
    sides = ((value, held), (otherwise, held.not_()))
    found = [
        {name: blamed & side.fill_null(False) for name, blamed in unknown_columns(part).items()}
        for part, side in sides
    ]
    return _merged([unknown_columns(condition), *found])


def _failing(e: Expression, found: UnknownCauses, name: str) -> UnknownCauses:
    """Return the causes of a result that may be null though nothing in it is missing: then `name` is the cause."""
    unknown = compile_expression(e).is_null()
    return _merged([found, {name: unknown & _all_known(e)}])


def _all_known(e: Expression) -> pl.Expr:
    """Return whether nothing that an expression reads is missing."""
    known = [compile_expression(c).is_not_null() for c in children(e) if evaluable(c)]
    if isinstance(e, Call):
        function = FUNCTIONS[e.function]
        if "today" in function.reads:
            known.append(CallOnColumns.today.is_not_null())
        if function.looks_back:
            known.append(CallOnColumns(e).earlier().is_not_null())
    return combine(known, True)


def _merged(many: Iterable[UnknownCauses]) -> UnknownCauses:
    found: dict[str, list[pl.Expr]] = {}
    for blames in many:
        for name, blamed in blames.items():
            found.setdefault(name, []).append(blamed)
    return {name: combine(parts, False) for name, parts in found.items()}
