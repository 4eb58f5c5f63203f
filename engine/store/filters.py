"""Conditions on the ledger's columns, for SQLite's rows and for the Parquet volumes alike."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

import polars as pl


class Filter(NamedTuple):
    """A condition on one column; one whose value is None lets everything pass.

    `in` is a choice of values; `among` is one too, by which no index should be chosen.
    """

    column: str
    operator: Literal["=", ">", ">=", "<", "<=", "in", "among"]
    value: str | dt.date | Collection[str] | None


def given(filters: Sequence[Filter]) -> list[Filter]:
    """Those that hold something back."""
    return [each for each in filters if each.value is not None]


def in_sql(filters: Sequence[Filter], *more: str) -> tuple[str, list[str]]:
    """A WHERE clause of all of them, and the values of its marks."""
    texts, values = [], []
    for column, operator, value in given(filters):
        if operator in ("in", "among"):
            plus = "+" if operator == "among" else ""
            texts.append(f"{plus}{column} IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(sorted(_several(value))))
        else:
            texts.append(f"{column} {operator} ?")
            values.append(value.isoformat() if isinstance(value, dt.date) else str(value))
    clause = " AND ".join([*texts, *more])
    return (f" WHERE {clause}" if clause else ""), values


def as_expression(filters: Sequence[Filter]) -> pl.Expr:
    """The same as an expression of Polars."""
    found = pl.lit(True)
    for column, operator, value in given(filters):
        one = pl.col(column)
        if operator in ("in", "among"):
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
