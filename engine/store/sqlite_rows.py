"""Convert Polars tables to SQLite rows and back; dates are ISO text in SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from ..core.schemas import stack
from .store_database import Cursor

SQLITE_CHUNK = 50_000
"""Rows held as Python objects at a time."""


def to_rows(frame: pl.DataFrame, schema: dict[str, pl.DataType]) -> Iterator[tuple[Any, ...]]:
    """Yield the frame's rows, with the schema's columns in order."""
    stored = [
        pl.col(name).cast(pl.String if kind == pl.Date else kind) for name, kind in schema.items()
    ]
    for chunk in frame.iter_slices(SQLITE_CHUNK):
        yield from zip(*(_values(column) for column in chunk.select(stored)), strict=True)


def _values(column: pl.Series) -> Iterable[Any]:
    """Return the column as Python objects.

    Most of a ledger's columns have few distinct texts: making one object for each text, not for each row,
    takes a fifth of the time that `rows()` takes.
    """
    if column.dtype != pl.String:
        return column.to_list()
    texts = column.unique()
    if len(texts) == 1:
        return repeat(texts[0], len(column))
    if len(texts) * 20 > len(column):
        return column.to_list()
    places = column.replace_strict(
        texts, pl.int_range(len(texts), eager=True), return_dtype=pl.UInt32
    )
    return map(texts.to_list().__getitem__, places.to_list())


def lazily(read: Callable[[], pl.DataFrame], schema: dict[str, pl.DataType]) -> pl.LazyFrame:
    """Return a table that is read each time it is collected."""

    def source(
        columns: list[str] | None, passes: pl.Expr | None, rows: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        frame = read()
        frame = frame if passes is None else frame.filter(passes)
        frame = frame if rows is None else frame.head(rows)
        yield frame if columns is None else frame.select(columns)

    return register_io_source(source, schema=schema)


def to_frame(cursor: Cursor, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Return the remaining rows of the cursor as a table of that schema."""
    chunks = []
    while rows := cursor.fetchmany(SQLITE_CHUNK):
        columns = zip(schema.items(), zip(*rows, strict=True), strict=True)
        chunks.append(pl.DataFrame([_series(name, kind, list(x)) for (name, kind), x in columns]))
    return stack(chunks, schema)


def _series(name: str, kind: pl.DataType, values: list[Any]) -> pl.Series:
    if kind == pl.Date:
        return pl.Series(name, values, dtype=pl.String).str.to_date("%Y-%m-%d")
    return pl.Series(name, values, dtype=kind)
