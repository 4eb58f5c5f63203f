"""Conditions with one outcome, by the limits and lists of the field catalogue, or because of how their parts combine.

A condition that no account can meet is never true. One that every account meets whose values are known is always true.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeGuard

from ..core.problems import Problem, Span
from ..fields.catalogue import FieldSpec
from ..language.expressions import (
    And,
    Call,
    Compare,
    Constant,
    Expression,
    Field,
    In,
    Not,
    Or,
)
from ..language.formatter import format_expression, format_value
from ..language.functions import FUNCTIONS, INFIX
from ..language.functions.function_row import UNLIMITED, Range
from ..language.implication import alternatives, fact, tested_value
from ..language.interpreter import evaluate_expression
from ..language.limits import number_range
from ..language.operands import unalias
from ..language.traversal import children
from ..language.value_sets import ANY_VALUE, ValueSet

Fields = Mapping[str, FieldSpec]

_NONE: tuple[Expression, ...] = ()
_NO_CAPITALS = ": no text in lower case has capitals"


def one_outcome(value: Any, file: str, fields: Fields) -> list[Problem]:
    """Return a warning for each condition in a record, written in the file, that is never true or always true."""
    found: dict[Span, Problem] = {}
    opposites: dict[Span, Problem] = {}
    waiting = [(condition, _NONE) for condition in _conditions(value)]
    waiting.reverse()
    # A definition is part of many conditions: the same parts are looked at once.
    seen: set[tuple[int, ...]] = set()
    while waiting:
        node, siblings = waiting.pop()
        place = (id(node), *map(id, siblings))
        if place in seen:
            continue
        seen.add(place)
        problem = _never(node, fields) or _always(node, siblings, fields)
        if problem is None:
            waiting.extend(reversed(_parts(node)))
        elif node.span.file == file:
            # An exit by `for` has its opposite, in the same place: the written condition is reported.
            opposite = isinstance(node, Not) and node.span == node.operand.span
            (opposites if opposite else found).setdefault(node.span, problem)
    return list((opposites | found).values())


def _conditions(value: Any) -> Iterator[Expression]:
    """Yield the expressions in a record, at any depth."""
    if isinstance(value, tuple):
        for item in value:
            yield from _conditions(item)
    # Not any map: a text of the engine's catalogues would be read in every language.
    elif isinstance(value, dict | MappingProxyType):
        for item in value.values():
            yield from _conditions(item)
    elif isinstance(value, Expression):
        yield value


def _parts(e: Expression) -> list[tuple[Expression, tuple[Expression, ...]]]:
    """Return the parts of an expression, each with the other operands where it is an `and`."""
    parts = children(e)
    if not isinstance(e, And):
        return [(part, _NONE) for part in parts]
    return [(part, tuple(other for other in parts if other is not part)) for part in parts]


def _never(e: Expression, fields: Fields) -> Problem | None:
    why = _why_never(e, fields)
    hint = "correct the value, or remove the condition"
    return None if why is None else Problem("never-true", why, e.span, hint, severity="warning")


def _why_never(e: Expression, fields: Fields) -> str | None:
    """Return why a condition is never true; None where it may be."""
    if isinstance(e, And):
        known = any(_why_never(operand, fields) for operand in e.operands)
        if _is_written(e) and not known and alternatives(e, True) == []:
            return f"`{format_expression(e)}` is never true: its parts exclude each other"
        return None
    if isinstance(e, Call) and (expand := FUNCTIONS[e.function].expand):
        expanded = expand(e)
        parts = expanded.operands if isinstance(expanded, And) else (expanded,)
        beyond = next((part for part in parts if _why_never(part, fields)), None)
        return None if beyond is None else _outside(e, beyond, fields)
    if isinstance(e, Not):
        return _outside(e, e.operand, fields) if _is_always(e.operand, fields) else None
    if _is_part_test(e) and _outcomes(e, fields) == {False}:
        limits = _limits(e.arguments[0], fields)
        return f"`{format_expression(e)}` is never true{limits or _NO_CAPITALS}"
    if not isinstance(e, Compare | In):
        return None
    if _compares_with_empty_text(e, "=="):
        return "empty text is a missing value, so this is never true: write `is missing`"
    if _has_capitals(e) and fact(e, True)[1].only is not None:
        return f"`{format_expression(e)}` is never true{_NO_CAPITALS}"
    possible = _possible_values(tested_value(e), fields) or ANY_VALUE
    return _outside(e, e, fields) if fact(e, True)[1].meet(possible).empty else None


def _outside(e: Expression, part: Expression, fields: Fields) -> str:
    return f"`{format_expression(e)}` is never true{_limits(tested_value(part), fields)}"


def _limits(tested: Expression | None, fields: Fields) -> str:
    possible = _possible_values(tested, fields)
    return "" if possible is None else f": `{_text(tested)}` is {_in_words(possible)}"


def _always(e: Expression, siblings: tuple[Expression, ...], fields: Fields) -> Problem | None:
    """Return the warning about a condition that is true wherever its values are known.

    One side of a range, as in `0 <= health_score < 50`, says nothing alone but is not a mistake.
    """
    tested = tested_value(e.operand if isinstance(e, Not) else e)
    if any(tested is not None and _text(tested_value(o)) == _text(tested) for o in siblings):
        return None
    if not _is_always(e, fields):
        return None
    why = f"`{format_expression(e)}` is true wherever its values are known"
    hint = "correct the condition, or remove it"
    if tested is not None:
        hint = f"correct the value, or write `{_text(tested)} is not missing`"
        if _compares_with_empty_text(e, "!="):
            why += ": empty text is a missing value"
        else:
            why += _limits(tested, fields) or _NO_CAPITALS
    return Problem("always-true", why, e.span, hint, severity="warning")


def _is_always(e: Expression, fields: Fields) -> bool:
    if isinstance(e, And):
        return _is_written(e) and all(_is_always(operand, fields) for operand in e.operands)
    if isinstance(e, Or):
        constant = any(isinstance(operand, Constant) for operand in e.operands)
        return _is_written(e) and not constant and alternatives(e, False) == []
    if isinstance(e, Not):
        return _why_never(e.operand, fields) is not None
    if _is_part_test(e):
        return _outcomes(e, fields) == {True}
    if not isinstance(e, Compare | In):
        return False
    if _compares_with_empty_text(e, "!="):
        return True
    if _has_capitals(e) and fact(e, False)[1].only is not None:
        return True
    possible = _possible_values(tested_value(e), fields) or ANY_VALUE
    return fact(e, False)[1].meet(possible).empty


def _is_part_test(e: Expression) -> TypeGuard[Call]:
    """Return whether a condition tests a text for a part of it that is written out."""
    if not isinstance(e, Call) or e.function not in INFIX or e.arguments[0].type != "text":
        return False
    return isinstance(unalias(e.arguments[1]), Constant)


def _outcomes(e: Call, fields: Fields) -> set[Any]:
    """Return the outcomes that a test of a text for a part of it can have."""
    tested, part = (unalias(argument) for argument in e.arguments)
    text = part.value if isinstance(part, Constant) else ""
    if text == "":
        return {True}
    possible = _possible_values(tested, fields)
    if possible is not None and possible.only is not None:
        texts = (Constant(value, "text", tested.span) for value in possible.only)
        return {evaluate_expression(replace(e, arguments=(each, part)), {}) for each in texts}
    return {False} if _is_lower(tested) and text != str(text).lower() else {True, False}


def _is_lower(e: Expression | None) -> bool:
    e = None if e is None else unalias(e)
    return isinstance(e, Call) and e.function == "lower"


def _has_capitals(e: Compare | In) -> bool:
    """Return whether a text in lower case is compared with texts that all have capitals."""
    if not _is_lower(tested_value(e)):
        return False
    listed = e.options if isinstance(e, In) else (e.left, e.right)
    texts = [str(c.value) for each in listed if isinstance(c := unalias(each), Constant)]
    return all(text != text.lower() for text in texts)


def _compares_with_empty_text(e: Expression, operator: str) -> bool:
    if not isinstance(e, Compare) or e.operator != operator:
        return False
    sides = (unalias(e.left), unalias(e.right))
    return any(isinstance(s, Constant) and s.value == "" for s in sides)


def _possible_values(e: Expression | None, fields: Fields) -> ValueSet | None:
    """Return the known values that an expression can have; None where that is unlimited."""
    e = None if e is None else unalias(e)
    if isinstance(e, Field):
        return values_of_field(fields[e.name]) if e.name in fields else None
    if isinstance(e, Call) and e.type == "text":
        return _possible_texts(e, fields)
    if e is None or e.type != "number":
        return None
    low, high = number_range(e, lambda name: _range_of_field(name, fields))
    if (low, high) == UNLIMITED:
        return None
    return ValueSet(
        low=low if math.isfinite(low) else None, high=high if math.isfinite(high) else None
    )


def _possible_texts(e: Call, fields: Fields) -> ValueSet | None:
    if e.function not in ("previous", "ago", "lower"):
        return None
    possible = _possible_values(e.arguments[0], fields)
    if possible is None or possible.only is None or e.function != "lower":
        return possible
    return ValueSet(only=frozenset(str(value).lower() for value in possible.only))


def values_of_field(spec: FieldSpec) -> ValueSet | None:
    """Return the known values that a field can have; None where that is unlimited."""
    if spec.rank is not None:
        return ValueSet(low=0.0, high=1.0, high_in=False)
    if spec.type == "number" and (spec.minimum, spec.maximum) != (None, None):
        return ValueSet(low=spec.minimum, high=spec.maximum)
    if spec.type == "text" and spec.values:
        return ValueSet(only=frozenset(spec.values))
    return None


def _range_of_field(name: str, fields: Fields) -> Range:
    possible = values_of_field(fields[name]) if name in fields else None
    low, high = (possible.low, possible.high) if possible else (None, None)
    return (
        float(low) if isinstance(low, int | float) else -math.inf,
        float(high) if isinstance(high, int | float) else math.inf,
    )


def _text(e: Expression | None) -> str:
    return "" if e is None else format_expression(unalias(e))


def _in_words(possible: ValueSet) -> str:
    if possible.only is not None:
        return (
            f"one of {', '.join(format_value(value) for value in sorted(map(str, possible.only)))}"
        )
    parts = []
    if possible.low is not None:
        parts.append(f"at least {possible.low:g}")
    if possible.high is not None:
        parts.append(f"{'at most' if possible.high_in else 'below'} {possible.high:g}")
    return " and ".join(parts)


def _is_written(e: And | Or) -> bool:
    """Return whether a condition is in the file as a whole: what lowering joins is never reported as one."""
    return all(_inside(operand.span, e.span) for operand in e.operands)


def _inside(inner: Span, outer: Span) -> bool:
    start, end = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return start <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= end
