"""Plain values out of YAML nodes, by kind.

A node of another kind than asked for reads as None or as nothing: the shape check has reported it.
"""

from __future__ import annotations

import datetime as dt

from ..language.expressions import ConstantValue, Type
from ..text.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence

EARLIEST_DATE = dt.date(1900, 1, 1)
LATEST_DATE = dt.date(2200, 12, 31)
"""Dates outside are taken for slips of the pen; leaves room for offsets on either side."""


def map_entries(node: Node | None) -> tuple[Entry, ...]:
    """The entries of a map."""
    return node.entries if isinstance(node, Mapping) else ()


def list_items(node: Node | None) -> tuple[Node, ...]:
    """The items of a list."""
    return node.items if isinstance(node, Sequence) else ()


def child(node: Node | None, *keys: str) -> Node | None:
    """What stands under these keys, one below the other."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def text_of(node: Node | None) -> str | None:
    """A scalar as it was written; nothing written is None."""
    if not isinstance(node, Scalar) or node.value is None:
        return None
    return node.text


def list_texts(node: Node | None) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(found for item in list_items(node) if (found := text_of(item)) is not None)


def by_language(node: Node | None) -> dict[str, str]:
    """Text by language; text in no language stands under the empty one."""
    if isinstance(node, Mapping):
        return {entry.key: found for entry in node if (found := text_of(entry.value)) is not None}
    plain = text_of(node)
    return {} if plain is None else {"": plain}


def number_value(node: Node | None) -> float | None:
    """A number; true and false are none."""
    if not isinstance(node, Scalar) or isinstance(node.value, bool):
        return None
    return float(node.value) if isinstance(node.value, int | float) else None


def whole_number(node: Node | None) -> int | None:
    """A whole number."""
    found = number_value(node)
    return int(found) if found is not None and found.is_integer() else None


def date_value(node: Node | None) -> dt.date | None:
    """A date that exists, written 2026-01-31, between 1900 and 2200."""
    written = text_of(node)
    if written is None or len(written) != 10:
        return None
    try:
        found = dt.date.fromisoformat(written)
    except ValueError:
        return None
    return found if EARLIEST_DATE <= found <= LATEST_DATE else None


def typed_value(node: Node | None, type: Type) -> ConstantValue | None:
    """A value of this type."""
    if type == "number":
        return number_value(node)
    if type == "date":
        return date_value(node)
    if type == "boolean":
        value = node.value if isinstance(node, Scalar) else None
        return value if isinstance(value, bool) else None
    return text_of(node)
