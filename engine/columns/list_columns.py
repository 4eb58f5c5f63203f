"""Columns of lists, as tables outside of the engine have them, and their texts, as `core.list_texts` describes."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from ..core.list_texts import join_items, split_items

LISTS = pl.List(pl.String())
"""The type of list fields in tables outside of the engine."""


def with_lists(frame: pl.DataFrame, names: Collection[str]) -> pl.DataFrame:
    """Return a table with lists in place of the texts of some columns."""
    return frame.with_columns(
        pl.Series(name, [None if v is None else split_items(v) for v in frame[name]], LISTS)
        for name in names
    )


def with_list_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table with texts in place of its lists; null items do not count."""
    names = [name for name, type in frame.schema.items() if type == LISTS]
    return frame.with_columns(
        pl.Series(name, [None if v is None else _text(v) for v in frame[name].to_list()], pl.String)
        for name in names
    )


def _text(items: list[str | None]) -> str:
    return join_items(item for item in items if item is not None)
