"""Conditions that no account can meet: values outside the limits of the field catalogue, or that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..core.problems import Problem, Span
from ..fields.catalogue import Catalogue, FieldSpec
from ..language.expressions import And, Compare, Constant, EventCall, Expression, In
from ..language.formatter import format_expression
from ..language.implication import alternatives, fact
from ..language.operands import unalias
from ..language.traversal import walk
from ..language.value_sets import ValueSet
from ..playbook.model import Playbook


def never_true(playbook: Playbook, catalogue: Catalogue) -> list[Problem]:
    """Return a warning for each condition of a playbook that no account can meet."""
    found: dict[Span, Problem] = {}
    parts = (playbook.machine, playbook.definitions, playbook.choices)
    for condition in _conditions(parts):
        for node in walk(condition):
            why = _why_never(node, catalogue.fields)
            if why is not None and node.span.file == playbook.file:
                hint = "correct the value, or remove the condition"
                problem = Problem("never-true", why, node.span, hint)
                found.setdefault(node.span, replace(problem, severity="warning"))
    return list(found.values())


def _conditions(value: Any) -> Iterator[Expression]:
    """Yield the expressions in a record, at any depth."""
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _conditions(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _conditions(item)


def _why_never(e: Expression, fields: Mapping[str, FieldSpec]) -> str | None:
    """Return why a condition is never true; None where it may be."""
    if isinstance(e, And):
        written = all(_inside(operand.span, e.span) for operand in e.operands)
        known = any(_why_never(operand, fields) for operand in e.operands)
        if written and not known and alternatives(e, True) == []:
            return f"`{format_expression(e)}` is never true: its parts exclude each other"
        return None
    if isinstance(e, Compare) and _tests_empty_text(e):
        return "empty text is a missing value, so this is never true: write `is missing`"
    if not isinstance(e, Compare | In):
        return None
    name, members = fact(e, True)
    spec = fields.get(name) or _counted(e)
    if spec is None or spec.type != "number":
        return None
    if not members.meet(ValueSet(low=spec.minimum, high=spec.maximum)).empty:
        return None
    return f"`{format_expression(e)}` is never true: `{name}` is {_range(spec)}"


def _counted(e: Compare | In) -> FieldSpec | None:
    """Return the limits of a number of events, which is at least 0; None for a test of something else."""
    sides = (e.left, e.right) if isinstance(e, Compare) else (e.item,)
    calls = (each for each in map(unalias, sides) if isinstance(each, EventCall))
    counts = [call for call in calls if call.function == "count"]
    return FieldSpec(format_expression(counts[0]), "number", minimum=0.0) if counts else None


def _tests_empty_text(e: Compare) -> bool:
    sides = (unalias(e.left), unalias(e.right))
    return e.operator == "==" and any(isinstance(s, Constant) and s.value == "" for s in sides)


def _inside(inner: Span, outer: Span) -> bool:
    """Return whether a span is in another: what lowering joins is not, and is never reported as a whole."""
    start, end = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return start <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= end


def _range(spec: FieldSpec) -> str:
    if spec.minimum is None:
        return f"at most {spec.maximum:g}"
    return f"at least {spec.minimum:g}" + (
        "" if spec.maximum is None else f" and at most {spec.maximum:g}"
    )
