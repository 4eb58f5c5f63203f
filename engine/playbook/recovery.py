"""Recovery from errors in a playbook's structure, so that further errors are reported in the same pass.

Lowers the file without its broken parts, only for its problems. Reports a problem only if it is one whatever the
author meant by the broken parts; problems that may follow from them are suppressed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from ..core.problems import Problem, ProblemList, Span
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
"""Codes of problems that remain whatever else is fixed; other codes compare parts of the file with each other."""


@dataclass(slots=True)
class RecoveringLowering(Lowering):
    """A lowering that does not read conditions with broken parts.

    Attributes:
        broken: Spans of the broken parts.
    """

    broken: tuple[Span, ...] = ()

    def expression(
        self, node: Node, names: frozenset[str], expect: Type | None = "boolean"
    ) -> Expression | None:
        """Return a condition or value; None where it has problems or a broken part."""
        if _has_broken_part(node.span, self.broken):
            return None
        # Named, because `super()` does not work in a dataclass with slots.
        return Lowering.expression(self, node, names, expect)


def recover(
    node: Mapping, problems: Iterable[Problem], symbols: Symbols
) -> tuple[RecoveringLowering, Mapping]:
    """Return a lowering that recovers from these problems, and the file without its broken parts.

    The lowering reports problems with certain codes, outside the broken parts.
    """
    broken = tuple(problem.span for problem in problems if problem.span is not None)
    # An unknown key may be a misspelt `define`, `messages` or `agendas`.
    defining = [e.value for e in node if e.key not in PLAYBOOK_SHAPE.keys or e.key == "define"]
    certain = CERTAIN - {
        f"unknown-{what}"
        for what in ("agenda", "message")
        if _may_lack(node.get(f"{what}s"), broken)
    }

    def wanted(problem: Problem) -> bool:
        return problem.code in certain and not _has_broken_part(problem.span, broken)

    lowering = RecoveringLowering(
        symbols, lost=set(_names(defining)), problems=ProblemList(wanted=wanted), broken=broken
    )
    return lowering, _sound(node, frozenset(broken))


def _has_broken_part(span: Span | None, broken: Iterable[Span]) -> bool:
    """Return whether a broken part begins in the span."""
    if span is None:
        return False
    start, end = (span.line, span.column), (span.end_line, span.end_column)
    return any(start <= (each.line, each.column) < end for each in broken)


def _may_lack(map_node: Node | None, broken: Collection[Span]) -> bool:
    """Return whether a map of names may have names that cannot be read."""
    return not isinstance(map_node, Mapping) or any(_is_broken(e.value, broken) for e in map_node)


def _names(nodes: Iterable[Node]) -> Iterator[str]:
    """Yield the keys of maps, and of maps in lists."""
    for node in nodes:
        if isinstance(node, Mapping):
            yield from (entry.key for entry in node)
        elif isinstance(node, Sequence):
            yield from _names(node.items)


def _sound(node: Mapping, broken: frozenset[Span]) -> Mapping:
    entries = tuple(
        Entry(entry.key, entry.key_span, _sound_value(entry.value, broken))
        for entry in node
        if not _is_broken(entry.value, broken)
    )
    return Mapping(entries, node.span)


def _sound_value(node: Node, broken: frozenset[Span]) -> Node:
    if isinstance(node, Mapping):
        return _sound(node, broken)
    if isinstance(node, Sequence):
        items = tuple(
            _sound_value(item, broken) for item in node.items if not _is_broken(item, broken)
        )
        return Sequence(items, node.span)
    return node


def _is_broken(node: Node, broken: Collection[Span]) -> bool:
    """Return whether a node is broken.

    A map with a problem is not: most often it lacks a key, and its other keys can be read.
    """
    if isinstance(node, Scalar) and node.value is None:
        return True
    return not isinstance(node, Mapping) and node.span in broken
