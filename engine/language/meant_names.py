"""Conditions that read well and mean something else: values without a subject, and names with hyphens."""

from __future__ import annotations

from ..core.problems import Problem
from ..text.suggest import suggest
from .formatter import format_value
from .functions import INFIX
from .scope import Scope
from .surface import (
    BinaryOp,
    BoolOp,
    ComparisonChain,
    FunctionCall,
    Identifier,
    InTest,
    LiteralNode,
    SurfaceNode,
)

_LISTED = {"==": "in", "!=": "not in"}


def hyphenated_name(node: BinaryOp, scope: Scope) -> Problem | None:
    """Return the problem of a name with hyphens, such as `health-score`; None for a difference."""
    parts = _hyphenated(node)
    if parts is None or all(scope.knows(part) for part in parts):
        return None
    joined = "_".join(parts)
    names = [*scope.fields, *scope.definitions]
    name = joined if joined in names else suggest(joined, names)
    if name is None or name in parts:
        return None
    why = f"a name has no hyphens: there is no field `{'-'.join(parts)}`"
    return Problem("unknown-field", why, node.span, f"did you mean `{name}`?")


def _hyphenated(node: SurfaceNode) -> list[str] | None:
    """Return the words of names joined by `-`; None for another expression."""
    if isinstance(node, Identifier):
        return [node.name]
    if not isinstance(node, BinaryOp) or node.operator != "-":
        return None
    left, right = _hyphenated(node.left), _hyphenated(node.right)
    return None if left is None or right is None else left + right


def repeated_subject(node: BoolOp, scope: Scope) -> Problem | None:
    """Return the problem of values that continue a comparison, as in `segment == 'a' or 'b'`; None without any."""
    for index, first in enumerate(node.operands[:-1]):
        subject = _subject(first)
        if subject is None:
            continue
        name, operator, known = subject
        allowed = scope.fields[name][1] if name in scope.fields else ()
        values = _values_after(node.operands[index + 1 :], allowed)
        if not values:
            continue
        every = [*known, *(_value_text(value) for value in values)]
        span = first.span.up_to(values[-1].span)
        why = f"`{every[-1]}` alone is not compared with anything"
        if operator in ("in", "not in"):
            hint = f"write {name} {operator} ({', '.join(every)})"
        else:
            hint = f"write {f' {node.word} '.join(f'{name} {operator} {each}' for each in every)}"
        return Problem("not-a-condition", why, span, hint)
    return None


def _subject(node: SurfaceNode) -> tuple[str, str, list[str]] | None:
    """Return the field, the operator and the values of a comparison with values; None for other conditions."""
    if isinstance(node, InTest) and isinstance(node.item, Identifier):
        values = [_value_text(option) for option in node.options if _is_value(option)]
        return node.item.name, "not in" if node.negated else "in", values
    if isinstance(node, FunctionCall) and node.function in INFIX and len(node.arguments) == 2:
        item, part = node.arguments
        if isinstance(item, Identifier) and _is_value(part):
            return item.name, node.function, [_value_text(part)]
    if not isinstance(node, ComparisonChain) or len(node.links) != 1:
        return None
    link = node.links[0]
    if not isinstance(node.first, Identifier) or not _is_value(link.right):
        return None
    operator = _LISTED.get(link.operator, link.operator)
    return node.first.name, operator, [_value_text(link.right)]


def _values_after(nodes: tuple[SurfaceNode, ...], allowed: tuple[str, ...]) -> list[SurfaceNode]:
    """Return the values at the start of some operands: literals, and allowed texts without quotes."""
    values: list[SurfaceNode] = []
    for node in nodes:
        text = isinstance(node, Identifier) and node.name in allowed
        literal = isinstance(node, LiteralNode) and node.type != "boolean"
        if not text and not literal:
            break
        values.append(node)
    return values


def _is_value(node: SurfaceNode) -> bool:
    return isinstance(node, LiteralNode | Identifier)


def _value_text(node: SurfaceNode) -> str:
    if isinstance(node, LiteralNode):
        return node.written or format_value(node.value)
    return f"'{node.name}'" if isinstance(node, Identifier) else ""
