"""Typed values of YAML nodes.

A node of another type gives None or an empty result: the schema check has reported it.
"""

from __future__ import annotations

import datetime as dt

from ..core.list_texts import join_items
from ..language.expressions import ConstantValue, Type
from ..text.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence

EARLIEST_DATE = dt.date(1900, 1, 1)
LATEST_DATE = dt.date(2200, 12, 31)
"""Limits of dates. Dates outside are taken for typing errors, and offsets from dates inside stay valid."""


def map_entries(node: Node | None) -> tuple[Entry, ...]:
    """Return the entries of a map."""
    return node.entries if isinstance(node, Mapping) else ()


def list_items(node: Node | None) -> tuple[Node, ...]:
    """Return the items of a list."""
    return node.items if isinstance(node, Sequence) else ()


def child(node: Node | None, *keys: str) -> Node | None:
    """Return the value under nested keys; None where a key is missing."""
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def text_of(node: Node | None) -> str | None:
    """Return a scalar's text as written; None where it is empty."""
    if not isinstance(node, Scalar) or node.value is None:
        return None
    return node.text


def list_texts(node: Node | None) -> tuple[str, ...]:
    """Return the texts of a list."""
    return tuple(text for item in list_items(node) if (text := text_of(item)) is not None)


def by_language(node: Node | None) -> dict[str, str]:
    """Return text by language; text without a language is under the empty key."""
    if isinstance(node, Mapping):
        return {entry.key: text for entry in node if (text := text_of(entry.value)) is not None}
    plain = text_of(node)
    return {} if plain is None else {"": plain}


def number_value(node: Node | None) -> float | None:
    """Return a number; None for other values, also for true and false."""
    if not isinstance(node, Scalar) or isinstance(node.value, bool):
        return None
    return float(node.value) if isinstance(node.value, int | float) else None


def whole_number(node: Node | None) -> int | None:
    """Return a whole number; None for other values."""
    number = number_value(node)
    return int(number) if number is not None and number.is_integer() else None


def date_value(node: Node | None) -> dt.date | None:
    """Return a date, written as `2026-01-31`; None where it does not exist or is not between 1900 and 2200."""
    text = text_of(node)
    if text is None or len(text) != 10:
        return None
    try:
        on = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return on if EARLIEST_DATE <= on <= LATEST_DATE else None


def typed_value(node: Node | None, type: Type) -> ConstantValue | None:
    """Return a value of this type; None where the node has another type."""
    if type == "number":
        return number_value(node)
    if type == "date":
        return date_value(node)
    if type == "boolean":
        value = node.value if isinstance(node, Scalar) else None
        return value if isinstance(value, bool) else None
    if type == "list":
        return join_items(list_texts(node)) if isinstance(node, Sequence) else None
    return text_of(node)
