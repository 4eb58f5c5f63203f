"""List functions: tests of the items of a list field, and their number.

A missing list is unknown. An empty one is known to have no item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ...core.list_texts import ITEM_SEPARATOR, item_text
from ..expressions import Constant
from ..operands import unalias
from .function_row import (
    ColumnCall,
    ColumnFunction,
    Function,
    NoteCall,
    RowCall,
    RowFunction,
    fixed_range,
)

if TYPE_CHECKING:
    import polars as pl


def _parts(c: RowCall | ColumnCall) -> list[str]:
    """Return the parts of a list's text that stand for the items of a call."""
    items = map(unalias, c.call.arguments[1:])
    return [item_text(str(item.value)) for item in items if isinstance(item, Constant)]


def _test(combine: Callable[[Iterable[bool]], bool]) -> RowFunction:
    """Return the implementation on rows of a test of a list for items."""

    def row(c: RowCall) -> bool | None:
        items = c.argument()
        return None if items is None else combine(part in str(items) for part in _parts(c))

    return row


def _test_in_columns(every: bool) -> ColumnFunction:
    """Return the implementation on columns of a test for all (`every`) of some items, or for any of them."""

    def columns(c: ColumnCall) -> pl.Expr:
        items = c.argument()
        tests = [items.str.contains(part, literal=True) for part in _parts(c)]
        return c.any(tests) if not every else c.any([test.not_() for test in tests]).not_()

    return columns


def _count(c: RowCall) -> float | None:
    items = c.argument()
    return None if items is None else float(str(items).count(ITEM_SEPARATOR) - 1)


def _items_note(c: NoteCall) -> str:
    """Return the items of the list that was tested."""
    items = c.call.arguments[0]
    if c.value(items) is None:
        return c.unknown(items)
    return f"{c.text(items)} is {c.value_text(c.value(items), 'list')}"


LIST_FUNCTIONS = (
    Function(
        "count",
        ("list",),
        "number",
        "count(tags)",
        "The number of items of a list.",
        _count,
        lambda c: c.number(c.argument().str.count_matches(ITEM_SEPARATOR, literal=True)) - 1,
        whole=True,
        range=fixed_range(0),
    ),
    Function(
        "has",
        ("list", "item"),
        "boolean",
        "tags has 'beta'",
        "Whether the text is an item of the list, with accents and capitals as written.",
        _test(all),
        _test_in_columns(every=True),
        infix=True,
        note=_items_note,
    ),
    Function(
        "has_all",
        ("list", "items"),
        "boolean",
        "tags has_all ('beta', 'vip')",
        "Whether all of the texts are items of the list.",
        _test(all),
        _test_in_columns(every=True),
        infix=True,
        note=_items_note,
    ),
    Function(
        "has_any",
        ("list", "items"),
        "boolean",
        "tags has_any ('beta', 'vip')",
        "Whether one or more of the texts are items of the list.",
        _test(any),
        _test_in_columns(every=False),
        infix=True,
        note=_items_note,
    ),
)
