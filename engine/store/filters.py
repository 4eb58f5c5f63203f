"""Conditions on the ledger's columns, for SQLite's rows and for the Parquet volumes alike."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from typing import Any, Literal, NamedTuple

import polars as pl

from .narrow import Layout
from .texts import FORM

EPOCH = dt.date(1970, 1, 1)
"""The day that dates are counted from in the database."""


class Filter(NamedTuple):
    """A condition on one column; one whose value is None lets everything pass. `in` is a choice of values."""

    column: str
    operator: Literal["=", ">", ">=", "<", "<=", "in"]
    value: str | dt.date | Collection[str] | None


def given(filters: Sequence[Filter]) -> list[Filter]:
    """Those that hold something back."""
    return [each for each in filters if each.value is not None]


def in_sql(filters: Sequence[Filter], layout: Layout, *more: str) -> tuple[str, list[Any]]:
    """A WHERE clause of all of them for the layout's table, and the values of its marks."""
    found: list[str] = []
    values: list[Any] = []
    for column, operator, value in given(filters):
        if operator == "in":
            compared = "IN (SELECT value FROM json_each(?))"
            values.append(json.dumps(sorted(_several(value))))
        else:
            compared = f"{operator} ?"
            values.append((value - EPOCH).days if isinstance(value, dt.date) else value)
        found.append(_stored(column, compared, layout))
    clause = " AND ".join([*found, *more])
    return (f" WHERE {clause}" if clause else ""), values


def _stored(column: str, compared: str, layout: Layout) -> str:
    """The condition on what the table holds of the column."""
    if layout.form and column in FORM:
        return f"form IN (SELECT id FROM forms WHERE {column} {compared})"
    if column in layout.texts:
        return f"{column} IN (SELECT id FROM texts WHERE text {compared})"
    return f"{column} {compared}"


def as_expression(filters: Sequence[Filter]) -> pl.Expr:
    """The same as an expression of Polars."""
    found = pl.lit(True)
    for column, operator, value in given(filters):
        one = pl.col(column)
        if operator == "in":
            choice = pl.Series([sorted(_several(value))], dtype=pl.List(pl.String))
            held = one.is_in(pl.lit(choice).first())
        else:
            held = _COMPARED[operator](one, value)
        found &= held
    return found


_COMPARED = {
    "=": pl.Expr.eq,
    ">": pl.Expr.gt,
    ">=": pl.Expr.ge,
    "<": pl.Expr.lt,
    "<=": pl.Expr.le,
}


def _several(value: object) -> Collection[str]:
    if not isinstance(value, Collection):
        raise TypeError(f"{value!r} is no choice of values")
    return value
