"""Conditions that read well and mean something else: values without a subject, and names with hyphens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ..core.problems import Problem, Span
from ..text.suggest import suggest
from .expressions import Constant, Expression, Type
from .formatter import format_expression, format_value
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
    MissingTest,
    NotOp,
    SurfaceNode,
    UnaryMinus,
)

Read = Callable[[SurfaceNode], Expression | None]
"""Checks a value, and reports nothing; None where it has problems."""

_LISTED = {"==": "in", "!=": "not in"}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_CONDITIONS = (BoolOp, ComparisonChain, InTest, MissingTest, NotOp)


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


class _Comparison(NamedTuple):
    """A comparison whose value is continued by others, with the subject as an expression."""

    node: SurfaceNode
    subject: Expression
    operator: str
    values: tuple[SurfaceNode, ...]

    @property
    def type(self) -> Type:
        """Return the type of the values: those of a list are texts."""
        return "text" if self.subject.type == "list" else self.subject.type


def repeated_subject(node: BoolOp, scope: Scope, read: Read) -> Problem | None:
    """Return the problem of values that continue a comparison, as in `segment == 'a' or 'b'`; None without any.

    The values may also come first, as in `'a' or 'b' == segment`.
    """
    return _values_last(node, scope, read) or _values_first(node, scope, read)


def repeated_value(node: ComparisonChain, scope: Scope, read: Read) -> Problem | None:
    """Return the problem of values that are joined before they are compared, as in `segment == ('a' or 'b')`."""
    joined = node.links[0].right
    if len(node.links) > 1 or not isinstance(joined, BoolOp):
        return None
    compared = _comparison(node._replace(links=(node.links[0]._replace(right=node.first),)), read)
    values = _all_values(joined, compared, scope, read) if compared else []
    if compared is None or not values:
        return None
    return _problem(compared._replace(values=()), values, node.span, joined.word, False, read)


def joined_values(node: BoolOp) -> str | None:
    """Return the literals of `'a' or 'b'` with commas between them; None for other conditions."""
    if not all(isinstance(operand, LiteralNode) for operand in node.operands):
        return None
    literals = [operand for operand in node.operands if isinstance(operand, LiteralNode)]
    return ", ".join(literal.written or format_value(literal.value) for literal in literals)


def _values_last(node: BoolOp, scope: Scope, read: Read) -> Problem | None:
    for index, operand in enumerate(node.operands[:-1]):
        following = node.operands[index + 1 :]
        if isinstance(_first_part(following[0]), _CONDITIONS) and not _is_bracketed(following[0]):
            continue
        last = _last_part(operand)
        compared = _comparison(last, read)
        if compared is None:
            continue
        values = _leading_values(following, compared, scope, read)
        if not values:
            continue
        first = following[0]
        if isinstance(first, BoolOp) and _is_bracketed(first):
            span = values[0].span.up_to(values[-1].span)
            return _problem(compared._replace(values=()), values, span, first.word, False, read)
        alone = last is operand and index == 0 and values[-1] is node.operands[-1]
        span = _span(last, values[-1], node if alone else None)
        in_brackets = not alone or _is_bracketed(node)
        return _problem(compared, values, span, node.word, in_brackets, read)
    return None


def _values_first(node: BoolOp, scope: Scope, read: Read) -> Problem | None:
    for index, operand in enumerate(node.operands[1:], 1):
        first = _first_part(operand)
        if not isinstance(first, ComparisonChain) or len(first.links) > 1:
            continue
        compared = _comparison(first, read)
        if compared is None or compared.values != (first.first,):
            continue
        before = node.operands[:index]
        if len(_leading_values(before, compared, scope, read)) == len(before):
            alone = index + 1 == len(node.operands) and first is operand
            span = _span(before[0], first, node if alone else None)
            every = [*before, first.first]
            in_brackets = not alone or _is_bracketed(node)
            return _problem(compared._replace(values=()), every, span, node.word, in_brackets, read)
    return None


def _span(first: SurfaceNode, last: SurfaceNode, whole: BoolOp | None) -> Span:
    """Return the span that the help replaces: that of the whole condition has its brackets too."""
    return whole.span if whole is not None else first.span.up_to(last.span)


def _last_part(node: SurfaceNode) -> SurfaceNode:
    """Return the comparison that a value after it continues: `and` and `not` bind closer than `or`."""
    while isinstance(node, BoolOp | NotOp) and not _is_bracketed(node):
        node = node.operand if isinstance(node, NotOp) else node.operands[-1]
    return node


def _first_part(node: SurfaceNode) -> SurfaceNode:
    while isinstance(node, BoolOp) and not _is_bracketed(node):
        node = node.operands[0]
    return node


def _is_bracketed(node: SurfaceNode) -> bool:
    """Return whether a condition has brackets around it: they are in its span."""
    if not isinstance(node, BoolOp):
        return False
    first, last = node.operands[0].span, node.operands[-1].span
    return (first.line, first.column) != (node.span.line, node.span.column) or (
        last.end_line,
        last.end_column,
    ) != (node.span.end_line, node.span.end_column)


def _comparison(node: SurfaceNode, read: Read) -> _Comparison | None:
    """Return a comparison of a subject with values; None for other conditions."""
    if isinstance(node, InTest):
        subject, operator, values = node.item, "not in" if node.negated else "in", node.options
    elif isinstance(node, ComparisonChain) and len(node.links) == 1:
        link = node.links[0]
        subject, operator, values = node.first, link.operator, (link.right,)
        if _is_literal(subject) and not _is_literal(link.right):
            subject, operator, values = link.right, _FLIPPED[operator], (subject,)
    elif isinstance(node, FunctionCall) and node.function in INFIX and len(node.arguments) == 2:
        subject, operator, values = node.arguments[0], node.function, (node.arguments[1],)
    else:
        return None
    if any(_has_condition(each) for each in (subject, *values)):
        return None
    e = read(subject)
    if e is None or e.type == "boolean":
        return None
    return _Comparison(node, e, operator, values)


def _leading_values(
    nodes: Iterable[SurfaceNode], compared: _Comparison, scope: Scope, read: Read
) -> list[SurfaceNode]:
    """Return the values at the start of some operands, and of a condition with `and` that begins with values."""
    values: list[SurfaceNode] = []
    for node in nodes:
        if isinstance(node, BoolOp) and not (values and _is_bracketed(node)):
            values += _leading_values(node.operands, compared, scope, read)
            break
        if not _continues(node, compared, scope, read):
            break
        values.append(node)
    return values


def _all_values(node: BoolOp, compared: _Comparison, scope: Scope, read: Read) -> list[SurfaceNode]:
    values: list[SurfaceNode] = []
    for operand in node.operands:
        if isinstance(operand, BoolOp):
            inner = _all_values(operand, compared, scope, read)
        else:
            inner = [operand] if _continues(operand, compared, scope, read) else []
        if not inner:
            return []
        values += inner
    return values


def _continues(node: SurfaceNode, compared: _Comparison, scope: Scope, read: Read) -> bool:
    """Return whether a node is a value of the subject's type, or a text without quotes."""
    if _has_condition(node):
        return False
    if isinstance(node, Identifier) and not scope.knows(node.name):
        return compared.type == "text" and suggest(node.name, scope.fields) is None
    e = read(node)
    if e is None:
        return isinstance(node, LiteralNode) and node.type == compared.type
    same = e.type == compared.type
    number_as_text = (
        compared.type == "text" and isinstance(node, LiteralNode) and e.type == "number"
    )
    return same or number_as_text


def _problem(
    compared: _Comparison,
    values: Sequence[SurfaceNode],
    span: Span,
    word: str,
    in_brackets: bool,
    read: Read,
) -> Problem:
    every = [*compared.values, *values]
    texts = [_value_text(value, compared.type, read) for value in every]
    subject, operator = format_expression(compared.subject), compared.operator
    why = f"`{texts[-1]}` alone is not compared with anything"
    listed = _LISTED.get(operator, operator)
    if (
        len(every) > 1
        and listed in ("in", "not in")
        and all(_is_listable(value, read) for value in every)
    ):
        return Problem(
            "not-a-condition", why, span, f"write {subject} {listed} ({', '.join(texts)})"
        )
    operator = {"in": "==", "not in": "!="}.get(listed, operator)
    word = {"==": "or", "!=": "and"}.get(operator, word)
    in_brackets = in_brackets and len(every) > 1
    text = f" {word} ".join(f"{subject} {operator} {each}" for each in texts)
    return Problem(
        "not-a-condition", why, span, f"write ({text})" if in_brackets else f"write {text}"
    )


def _is_listable(node: SurfaceNode, read: Read) -> bool:
    """Return whether a value can be in a list: a literal, or a text without quotes."""
    e = read(node)
    if e is None:
        return isinstance(node, LiteralNode | Identifier)
    return isinstance(e, Constant) and e.type != "boolean"


def _has_condition(node: SurfaceNode) -> bool:
    """Return whether a value is or contains a condition: those are checked once, as they can be nested."""
    if isinstance(node, FunctionCall):
        return any(_has_condition(argument) for argument in node.arguments)
    if isinstance(node, BinaryOp):
        return _has_condition(node.left) or _has_condition(node.right)
    return isinstance(node, _CONDITIONS)


def _is_literal(node: SurfaceNode) -> bool:
    if isinstance(node, UnaryMinus):
        return _is_literal(node.operand)
    return isinstance(node, LiteralNode)


def _value_text(node: SurfaceNode, type: Type, read: Read) -> str:
    if isinstance(node, LiteralNode):
        written = node.written or format_value(node.value)
        return f"'{written}'" if type == "text" and node.type == "number" else written
    e = read(node)
    if e is None and isinstance(node, Identifier):
        return format_value(node.name)
    return "" if e is None else format_expression(e)
