"""What can still be told of a playbook whose structure has errors, so that all errors are shown at once.

The file is lowered all the same, without the parts that are broken, and only for its problems. The rule: what is
said is true whatever the author meant by the broken parts; what may only follow from them is kept to oneself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from ..core.problems import Problem, Span
from ..language.expressions import Expression, Type
from ..text.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence
from .lowering import Lowering, Symbols
from .playbook_schema import PLAYBOOK_SHAPE

CERTAIN = frozenset(
    {
        "bad-number",
        "bad-offset",
        "bad-schedule",
        "hidden-name",
        "name-not-here",
        "repeat-at-end",
        "unknown-agenda",
        "unknown-link",
        "unknown-message",
        "unknown-priority",
        "unknown-role",
    }
)
"""Codes that stay true whatever else is mended; others compare parts of the file with each other."""


@dataclass(slots=True)
class RecoveringLowering(Lowering):
    """A lowering that reports conditions and the names of roles, links and the like."""

    broken: tuple[Span, ...] = ()
    certain: frozenset[str] = CERTAIN

    def problem(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """Note a problem that is certain."""
        if code in self.certain and not self._touched(span):
            # Named, because `super()` does not work in a dataclass with slots.
            Lowering.problem(self, code, message, span, hint)

    def expression(
        self, node: Node, names: frozenset[str], expect: Type | None = "boolean"
    ) -> Expression | None:
        """A condition or value, unless something in it is broken."""
        if self._touched(node.span):
            return None
        return Lowering.expression(self, node, names, expect)

    def _touched(self, span: Span) -> bool:
        """Whether something broken begins in the span."""
        start, end = (span.line, span.column), (span.end_line, span.end_column)
        return any(start <= (each.line, each.column) < end for each in self.broken)


def recover(
    node: Mapping, problems: Iterable[Problem], around: Symbols
) -> tuple[RecoveringLowering, Mapping]:
    """A lowering that goes on after these problems with the structure, and what of the file it can read."""
    broken = tuple(problem.span for problem in problems if problem.span is not None)
    # A key with a slip in it may be the one that defines names, or the one that holds messages or agendas.
    meant = [e.value for e in node if e.key not in PLAYBOOK_SHAPE.keys or e.key == "define"]
    certain = CERTAIN - {
        f"unknown-{what}"
        for what in ("agenda", "message")
        if _may_lack(node.get(f"{what}s"), broken)
    }
    at = RecoveringLowering(around, lost=set(_names(meant)), broken=broken, certain=certain)
    return at, _sound(node, frozenset(broken))


def _may_lack(named: Node | None, broken: Collection[Span]) -> bool:
    """Whether a map of names may have more of them than can be read."""
    return not isinstance(named, Mapping) or any(_is_broken(e.value, broken) for e in named)


def _names(nodes: Iterable[Node]) -> Iterator[str]:
    """The keys of maps, and of maps in lists."""
    for node in nodes:
        if isinstance(node, Mapping):
            yield from (entry.key for entry in node)
        elif isinstance(node, Sequence):
            yield from _names(node.items)


def _sound(node: Mapping, broken: frozenset[Span]) -> Mapping:
    entries = tuple(
        Entry(entry.key, entry.key_span, _inner(entry.value, broken))
        for entry in node
        if not _is_broken(entry.value, broken)
    )
    return Mapping(entries, node.span)


def _inner(node: Node, broken: frozenset[Span]) -> Node:
    if isinstance(node, Mapping):
        return _sound(node, broken)
    if isinstance(node, Sequence):
        items = tuple(_inner(item, broken) for item in node.items if not _is_broken(item, broken))
        return Sequence(items, node.span)
    return node


def _is_broken(node: Node, broken: Collection[Span]) -> bool:
    """A map with a problem of its own most often lacks a key: what it has can be read all the same."""
    if isinstance(node, Scalar) and node.value is None:
        return True
    return not isinstance(node, Mapping) and node.span in broken
