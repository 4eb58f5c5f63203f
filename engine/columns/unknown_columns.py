"""Causes of unknown results in columns: the missing values that make them null.

The same as `language.unknown_causes`, for all rows at once.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from ..language.expressions import And, Call, EventCall, Expression, Field, IsMissing, Name, Or
from ..language.formatter import format_expression
from ..language.functions import FUNCTIONS
from ..language.operands import unalias
from ..language.traversal import as_of_date, children, may_fail
from ..language.unknown_causes import earlier_label, evaluable
from .compiler import CallOnColumns, combine, compile_expression

UnknownCauses = dict[str, pl.Expr]
"""By name of a value: a Boolean column, true where its absence makes the result null; it is never null."""


def unknown_columns(e: Expression) -> UnknownCauses:
    """Return the causes of an expression's null results, in the order in which it reads the values.

    An expression that is never null has no causes.
    """
    if isinstance(e, Field | Name):
        return {e.name: compile_expression(e).is_null()}
    if isinstance(e, EventCall):
        return {format_expression(e): compile_expression(e).is_null()}
    if isinstance(e, Call):
        return _causes_of_call(e)
    if isinstance(e, IsMissing):
        return {}
    causes = _causes_of_parts(e)
    if may_fail(e):
        return _with_failure(e, causes, format_expression(e))
    return _where_null(e, causes) if isinstance(e, And | Or) else causes


def causes_where_null(e: Expression) -> UnknownCauses:
    """Return the causes of an expression's null results, for rows of which it is known that the result is null.

    Of a long condition they are a fraction of what `unknown_columns` returns, which asks for each cause whether the
    whole condition is null.
    """
    e = unalias(e)
    return _causes_of_parts(e) if isinstance(e, And | Or) else unknown_columns(e)


def _causes_of_parts(e: Expression) -> UnknownCauses:
    return _merged(unknown_columns(child) for child in children(e) if evaluable(child))


def _causes_of_call(call: Call) -> UnknownCauses:
    function = FUNCTIONS[call.function]
    if function.unknown == "chosen":
        return _causes_of_choice(call)
    causes = _causes_of_parts(call) if function.reads_now else {}
    if function.looks_back:
        causes = _merged([causes, {earlier_label(call): _lacks_earlier(call)}])
    if "today" in function.reads:
        causes = _merged([causes, {"today": CallOnColumns.today.is_null()}])
    if function.can_fail:
        return _with_failure(call, causes, function.fails_for or format_expression(call))
    return _where_null(call, causes) if function.unknown == "unsettled" else causes


def _lacks_earlier(call: Call) -> pl.Expr:
    """Return whether the earlier value is missing; where its date is missing, that is the cause."""
    lacks, as_of = CallOnColumns(call).earlier().is_null(), as_of_date(call)
    return lacks if as_of is None else lacks & compile_expression(as_of).is_not_null()


def _where_null(e: Expression, causes: UnknownCauses) -> UnknownCauses:
    """Return causes only for rows whose result is null: elsewhere the other parts decided it."""
    unknown = compile_expression(e).is_null()
    return {name: cause & unknown for name, cause in causes.items()}


def _causes_of_choice(e: Call) -> UnknownCauses:
    """Return the causes of the condition of `choose`, and those of the value that it chooses."""
    condition, value, otherwise = e.arguments
    chooses_value = compile_expression(condition)
    branches = ((value, chooses_value), (otherwise, chooses_value.not_()))
    causes = [
        {name: cause & chosen.fill_null(False) for name, cause in unknown_columns(branch).items()}
        for branch, chosen in branches
    ]
    return _merged([unknown_columns(condition), *causes])


def _with_failure(e: Expression, causes: UnknownCauses, name: str) -> UnknownCauses:
    """Return the causes of an expression that can be null though all its parts are known: then `name` is the cause."""
    unknown = compile_expression(e).is_null()
    return _merged([causes, {name: unknown & _all_known(e)}])


def _all_known(e: Expression) -> pl.Expr:
    """Return whether all values that an expression reads are known."""
    known = [compile_expression(c).is_not_null() for c in children(e) if evaluable(c)]
    if isinstance(e, Call):
        function = FUNCTIONS[e.function]
        if "today" in function.reads:
            known.append(CallOnColumns.today.is_not_null())
        if function.looks_back:
            known.append(CallOnColumns(e).earlier().is_not_null())
    return combine(known, True)


def _merged(all_causes: Iterable[UnknownCauses]) -> UnknownCauses:
    by_name: dict[str, list[pl.Expr]] = {}
    for causes in all_causes:
        for name, cause in causes.items():
            by_name.setdefault(name, []).append(cause)
    return {name: combine(parts, False) for name, parts in by_name.items()}
