"""YAML to syntax: lists and maps of conditions, with texts at the leaves.

A list means all, and so does a map of several keys. Each key is `all`, `any`, `not`, or a value
(a field, most often) with what it must be.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from ..core.problems import Problem, Span
from ..text.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence
from .expressions import BUILTIN_NAMES
from .parser import LARGEST_LITERAL, parse_text
from .scope import Scope
from .surface import (
    BoolOp,
    ComparisonChain,
    ComparisonLink,
    Identifier,
    InTest,
    LiteralNode,
    MissingTest,
    NotOp,
    SurfaceNode,
)
from .syntax_errors import MAX_DEPTH, empty_condition, too_deep

COMPARISONS: dict[str, Literal["==", "!=", "<", "<=", ">", ">="]] = {
    "below": "<",
    "at_most": "<=",
    "above": ">",
    "at_least": ">=",
    "is": "==",
    "is_not": "!=",
}
OPERATORS = (*COMPARISONS, "in", "not_in", "between", "missing")
"""The keys that may stand under a field."""


def read_condition(node: Node, scope: Scope) -> tuple[SurfaceNode | None, list[Problem]]:
    """What a node says; None, with the reasons, where any part of it cannot be read."""
    reader = _Reader(scope)
    written = reader.condition(node, 0)
    return written, reader.problems


class _Reader:
    """Collects the problems of one document's part."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.problems: list[Problem] = []

    def refuse(self, code: str, message: str, place: Span, hint: str | None = None) -> None:
        self.problems.append(Problem(code, message, place, hint))

    def condition(self, node: Node, depth: int) -> SurfaceNode | None:
        if depth > MAX_DEPTH:
            self.problems.append(too_deep(node.span))
            return None
        if isinstance(node, Scalar):
            return self.scalar(node)
        if isinstance(node, Sequence):
            return self.junction("and", node, depth)
        return self.mapping(node, depth)

    def scalar(self, node: Scalar) -> SurfaceNode | None:
        """A text is read; a YAML boolean or number stands for itself."""
        value = node.value
        if value is None:
            self.problems.append(empty_condition(node.span))
            return None
        if isinstance(value, bool):
            return LiteralNode(value, "boolean", node.span)
        if isinstance(value, str):
            written, problems = parse_text(value, node.part)
            self.problems += problems
            return written
        if not math.isfinite(value) or abs(value) > LARGEST_LITERAL:
            self.refuse("wrong-number", f"{node.text} is too large a number", node.span)
            return None
        return LiteralNode(value, "number", node.span)

    def junction(
        self, word: Literal["and", "or"], node: Sequence, depth: int
    ) -> SurfaceNode | None:
        if not node.items:
            self.problems.append(empty_condition(node.span))
            return None
        parts = [self.condition(item, depth + 1) for item in node.items]
        found = tuple(part for part in parts if part is not None)
        if len(found) < len(parts):
            return None
        return found[0] if len(found) == 1 else BoolOp(word, found, node.span)

    def mapping(self, node: Mapping, depth: int) -> SurfaceNode | None:
        if not node.entries:
            self.problems.append(empty_condition(node.span))
            return None
        parts = [self.entry(entry, depth) for entry in node.entries]
        found = tuple(part for part in parts if part is not None)
        if len(found) < len(parts):
            return None
        return found[0] if len(found) == 1 else BoolOp("and", found, node.span)

    def entry(self, entry: Entry, depth: int) -> SurfaceNode | None:
        if entry.key == "not":
            operand = self.condition(entry.value, depth + 1)
            return None if operand is None else NotOp(operand, entry.value.span)
        if entry.key in ("all", "any"):
            if not isinstance(entry.value, Sequence):
                why = f"`{entry.key}` needs a list of conditions"
                self.refuse("wrong-list", why, entry.value.span, "write each behind a `- `")
                return None
            word: Literal["and", "or"] = "and" if entry.key == "all" else "or"
            return self.junction(word, entry.value, depth)
        return self.subject(entry)

    def subject(self, entry: Entry) -> SurfaceNode | None:
        """A value, and below it what it must be; several keys must all hold."""
        written, problems = parse_text(entry.key, _key_places(entry))
        self.problems += problems
        if not isinstance(entry.value, Mapping) or not entry.value.entries:
            self.refuse_test(entry)
            return None
        item = written or LiteralNode(True, "boolean", entry.key_span)
        parts = [self.operator(item, operator) for operator in entry.value]
        found = tuple(part for part in parts if part is not None)
        if written is None or len(found) < len(parts):
            return None
        return found[0] if len(found) == 1 else BoolOp("and", found, entry.value.span)

    def refuse_test(self, entry: Entry) -> None:
        """A key whose value does not say what must be."""
        from ..text.suggest import suggest

        hint = f"write {entry.key}: {{is: ...}}; the keys are {', '.join(OPERATORS)}"
        if isinstance(entry.value, Scalar) and entry.value.value is not None:
            hint = f"write {entry.key}: {{is: {entry.value.text}}}"
        near = suggest(entry.key, ("all", "any", "not"))
        if near and not self.scope.knows(entry.key):
            hint = f"did you mean `{near}`?"
        why = f"`{entry.key}` needs a map that says what it must be"
        self.refuse("unknown-operator", why, entry.value.span, hint)

    def operator(self, item: SurfaceNode, entry: Entry) -> SurfaceNode | None:
        place = _both(entry)
        if entry.key in COMPARISONS:
            right = self.value(item, entry.value)
            if right is None:
                return None
            link = ComparisonLink(COMPARISONS[entry.key], entry.key_span, right)
            return ComparisonChain(item, (link,), place)
        if entry.key in ("in", "not_in"):
            options = self.values(item, entry)
            return InTest(item, options, entry.key == "not_in", place) if options else None
        if entry.key == "between":
            return self.between(item, entry, place)
        if entry.key == "missing":
            return self.missing(item, entry, place)
        from ..text.suggest import suggest

        near = suggest(entry.key, OPERATORS)
        self.refuse(
            "unknown-operator",
            f"there is no comparison `{entry.key}`",
            entry.key_span,
            f"did you mean `{near}`?" if near else f"the keys are {', '.join(OPERATORS)}",
        )
        return None

    def between(self, item: SurfaceNode, entry: Entry, place: Span) -> SurfaceNode | None:
        if not isinstance(entry.value, Sequence) or len(entry.value.items) != 2:
            why = "`between` needs a list of two values"
            self.refuse("wrong-list", why, entry.value.span, "write between: [50, 70]")
            return None
        low, high = (self.value(item, node) for node in entry.value.items)
        if low is None or high is None:
            return None
        here = entry.key_span
        return ComparisonChain(
            low, (ComparisonLink("<=", here, item), ComparisonLink("<=", here, high)), place
        )

    def missing(self, item: SurfaceNode, entry: Entry, place: Span) -> SurfaceNode | None:
        if isinstance(entry.value, Scalar) and isinstance(entry.value.value, bool):
            return MissingTest(item, not entry.value.value, place)
        why = "`missing` is either true or false"
        self.refuse("unknown-operator", why, entry.value.span, "write missing: true")
        return None

    def values(self, item: SurfaceNode, entry: Entry) -> tuple[SurfaceNode, ...]:
        if not isinstance(entry.value, Sequence) or not entry.value.items:
            why = f"`{entry.key}` needs a list of values"
            self.refuse("wrong-list", why, entry.value.span, f"write {entry.key}: [a, b]")
            return ()
        found = [self.value(item, node) for node in entry.value.items]
        known = tuple(value for value in found if value is not None)
        return known if len(known) == len(found) else ()

    def value(self, item: SurfaceNode, node: Node) -> SurfaceNode | None:
        """A value below an operator: of a text field the text itself, else what the text says."""
        if not isinstance(node, Scalar):
            self.refuse("wrong-list", "one value is needed here", node.span)
            return None
        if node.value is None:
            why = "no value is written here"
            self.refuse("wrong-missing", why, node.span, "write missing: true")
            return None
        if isinstance(node.value, str) and self.is_text(item):
            return LiteralNode(node.value, "text", node.span)
        return self.scalar(node)

    def is_text(self, item: SurfaceNode) -> bool:
        if isinstance(item, Identifier):
            if not self.scope.knows(item.name) or item.name in self.scope.lost:
                return True  # the name is the one problem; its value is not read as another
            if item.name in self.scope.definitions:
                return self.scope.definitions[item.name].type == "text"
            if item.name in self.scope.names:
                return BUILTIN_NAMES[item.name] == "text"
            return self.scope.fields[item.name][0] == "text"
        function = getattr(item, "function", None)
        if function == "previous":
            return self.is_text(item.arguments[0])  # type: ignore[union-attr]
        return function == "lower"


def _key_places(entry: Entry) -> Callable[[int, int], Span]:
    """Places within a key, which may stand in quotes."""
    span = entry.key_span
    quoted = span.end_column - span.column == len(entry.key) + 2
    return Scalar(entry.key, entry.key, span, "'" if quoted else "").part


def _both(entry: Entry) -> Span:
    """From an entry's key to the end of its value."""
    start, end = entry.key_span, entry.value.span
    return Span(start.file, start.line, start.column, end.end_line, end.end_column)
