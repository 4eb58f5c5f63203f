"""Lists of texts in one text: each item between separators, so that all tables store and compare them as text.

`beta` and `vip` are `<beta<vip<`, where `<` is the separator, a control character; an empty list is one separator.
"""

from __future__ import annotations

from collections.abc import Iterable

ITEM_SEPARATOR = "\x1f"
"""The character between items: Unicode's unit separator, which no item contains."""


def join_items(items: Iterable[str]) -> str:
    """Return the text of a list: its items trimmed, each once, in the order given; empty items do not count."""
    tidy = (item.replace(ITEM_SEPARATOR, " ").strip() for item in items)
    distinct = dict.fromkeys(item for item in tidy if item)
    return "".join((ITEM_SEPARATOR, *(f"{item}{ITEM_SEPARATOR}" for item in distinct)))


def split_items(text: str) -> list[str]:
    """Return the items of a list's text."""
    return text.split(ITEM_SEPARATOR)[1:-1]


def item_text(item: str) -> str:
    """Return the part that a list's text has where it contains an item."""
    return f"{ITEM_SEPARATOR}{item}{ITEM_SEPARATOR}"


def readable_list(text: str) -> str:
    """Return the items of a list's text with commas; any other text unchanged."""
    return ", ".join(split_items(text)) if text.startswith(ITEM_SEPARATOR) else text
