"""Which missing values make a result "cannot tell", in columns: `language.blame` for every row at once."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from ..language.expressions import And, Call, Expression, Field, IsMissing, Name, Or
from ..language.formatter import format_expression
from ..language.traversal import HISTORY_CALLS, TODAY_CALLS, children, may_fail
from ..language.unknown_causes import EARLIER_CALLS, earlier_label, evaluable
from .compiler import combine, compile_expression, earlier_column_expr

UnknownCauses = dict[str, pl.Expr]


def unknown_columns(e: Expression) -> UnknownCauses:
    """By what is missing: whether its absence makes the result null; true or false, never null.

    In the order in which the expression reads them. An expression that is never null gives an empty map.
    """
    if isinstance(e, Field | Name):
        return {e.name: compile_expression(e).is_null()}
    if isinstance(e, Call) and e.function in HISTORY_CALLS:
        return _history(e)
    if isinstance(e, Call) and e.function == "choose":
        return _choice(e)
    found = _merged(unknown_columns(child) for child in children(e) if evaluable(child))
    if isinstance(e, IsMissing):
        return {}
    if isinstance(e, Call) and e.function in TODAY_CALLS:
        found = _merged([found, {"today": pl.col("@today").is_null()}])
    if isinstance(e, Call) and e.function == "snapshot_reaches":
        return _reaches(e, found)
    if may_fail(e):
        return _failing(e, found)
    if isinstance(e, And | Or) or (isinstance(e, Call) and e.function == "first"):
        return _settled(e, found)
    return found


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


def _failing(e: Expression, found: UnknownCauses) -> UnknownCauses:
    """Null though nothing in it is missing: blamed on its own text."""
    unknown = compile_expression(e).is_null()
    return _merged([found, {format_expression(e): unknown & _all_known(e)}])


def _reaches(e: Call, found: UnknownCauses) -> UnknownCauses:
    unknown = compile_expression(e).is_null()
    return _merged([found, {"snapshot_date": unknown & _all_known(e)}])


def _all_known(e: Expression) -> pl.Expr:
    """Whether nothing that it is made of is missing."""
    known = [compile_expression(c).is_not_null() for c in children(e) if evaluable(c)]
    if isinstance(e, Call) and e.function in TODAY_CALLS:
        known.append(pl.col("@today").is_not_null())
    if isinstance(e, Call) and e.function == "change":
        known.append(earlier_column_expr(e).is_not_null())
    return combine(known, True)


def _history(e: Call) -> UnknownCauses:
    before = {earlier_label(e): earlier_column_expr(e).is_null()}
    if e.function in EARLIER_CALLS:
        return before
    found = _merged([unknown_columns(e.arguments[0]), before])
    if e.function == "change":
        return _failing(e, found)
    return found if e.function == "changed" else _settled(e, found)


def _merged(many: Iterable[UnknownCauses]) -> UnknownCauses:
    found: dict[str, list[pl.Expr]] = {}
    for blames in many:
        for name, blamed in blames.items():
            found.setdefault(name, []).append(blamed)
    return {name: combine(parts, False) for name, parts in found.items()}
