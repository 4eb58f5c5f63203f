"""Plain values out of YAML nodes, by kind.

A node of another kind than asked for reads as None or as nothing: the shape check has reported it.
"""

from __future__ import annotations

import datetime as dt

from ..language.tree import Type, Value
from ..text.node import Entry, Mapping, Node, Scalar, Sequence

EARLIEST = dt.date(1900, 1, 1)
LATEST = dt.date(2200, 12, 31)
"""Dates outside are taken for slips of the pen; leaves room for offsets on either side."""


def entries(node: Node | None) -> tuple[Entry, ...]:
    """The entries of a map."""
    return node.entries if isinstance(node, Mapping) else ()


def items(node: Node | None) -> tuple[Node, ...]:
    """The items of a list."""
    return node.items if isinstance(node, Sequence) else ()


def child(node: Node | None, *keys: str) -> Node | None:
    """What stands under these keys, one below the other."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def text(node: Node | None) -> str | None:
    """A scalar as it was written; nothing written is None."""
    if not isinstance(node, Scalar) or node.value is None:
        return None
    return node.text


def texts(node: Node | None) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(found for item in items(node) if (found := text(item)) is not None)


def by_language(node: Node | None) -> dict[str, str]:
    """Text by language; text in no language stands under the empty one."""
    if isinstance(node, Mapping):
        return {entry.key: found for entry in node if (found := text(entry.value)) is not None}
    plain = text(node)
    return {} if plain is None else {"": plain}


def number(node: Node | None) -> float | None:
    """A number; true and false are none."""
    if not isinstance(node, Scalar) or isinstance(node.value, bool):
        return None
    return float(node.value) if isinstance(node.value, int | float) else None


def whole(node: Node | None) -> int | None:
    """A whole number."""
    found = number(node)
    return int(found) if found is not None and found.is_integer() else None


def date(node: Node | None) -> dt.date | None:
    """A date that exists, written 2026-01-31, between 1900 and 2200."""
    written = text(node)
    if written is None or len(written) != 10:
        return None
    try:
        found = dt.date.fromisoformat(written)
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None


def literal(node: Node | None, type: Type) -> Value | None:
    """A value of this type."""
    if type == "number":
        return number(node)
    if type == "date":
        return date(node)
    if type == "boolean":
        value = node.value if isinstance(node, Scalar) else None
        return value if isinstance(value, bool) else None
    return text(node)
