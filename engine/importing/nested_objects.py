"""Objects in the values of a JSON export, as columns: `{"owner": {"name": …}}` has `owner.name`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import polars as pl

MOST_KEYS = 200
"""A column whose objects have more keys stays as it is: its keys are values, such as dates."""


def part_objects(table: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Return the table with a column for each value in an object, and the names of the columns that had objects."""
    columns: list[pl.Series] = []
    parted: list[str] = []
    for column in table:
        parts = _parts(column)
        if parts and not {part.name for part in parts} & {*table.columns}:
            columns += parts
            parted.append(column.name)
        else:
            columns.append(column)
    return pl.DataFrame(columns), tuple(parted)


def _parts(column: pl.Series) -> list[pl.Series]:
    """Return the columns of a column's objects; none if it has other values too, or too many keys."""
    rows: list[dict[str, str | None]] = []
    for text in column:
        value = {} if text is None else _object(text)
        if value is None:
            return []
        rows.append(dict(_leaves(column.name, value)))
    names = dict.fromkeys(name for row in rows for name in row)
    if len(names) > MOST_KEYS:
        return []
    return [pl.Series(name, [row.get(name) for row in rows], pl.String) for name in names]


def _object(text: str) -> dict[str, object] | None:
    """Return the object that a text is, its numbers as they are written; None for any other text."""
    if not text.startswith("{"):
        return None
    try:
        value = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _leaves(name: str, values: Mapping[str, object]) -> Iterator[tuple[str, str | None]]:
    """Yield the values of an object and of those in it, with their path."""
    for key, value in values.items():
        path = f"{name}.{key}"
        if isinstance(value, dict):
            yield from _leaves(path, value)
        elif value is None or isinstance(value, str):
            yield path, value
        else:
            yield path, json.dumps(value, ensure_ascii=False)
