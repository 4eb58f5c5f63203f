"""Filters on the ledger's columns: on dates for SQLite's indexes, on any column for tables that were read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from typing import Literal, NamedTuple

import polars as pl

from ..core.membership import is_one_of

EPOCH = dt.date(1970, 1, 1)
"""The first day of the database's day numbers."""


class Filter(NamedTuple):
    """A condition on one column; with the value None every row passes. `in` is a choice of values."""

    column: str
    operator: Literal["=", ">", ">=", "<", "<=", "in"]
    value: str | dt.date | Collection[str] | None


def given(filters: Sequence[Filter]) -> list[Filter]:
    """Return the filters that have a value."""
    return [each for each in filters if each.value is not None]


def in_sql(filters: Sequence[Filter]) -> tuple[list[str], list[int]]:
    """Return conditions on columns of dates, as the database stores them, and the values of their placeholders."""
    texts, values = [], []
    for column, operator, value in given(filters):
        if not isinstance(value, dt.date):
            raise TypeError(f"{column} is not a date")
        texts.append(f"{column} {operator} ?")
        values.append((value - EPOCH).days)
    return texts, values


def as_expression(filters: Sequence[Filter]) -> pl.Expr:
    """Return the filters as an expression of Polars."""
    condition = pl.lit(True)
    for column, operator, value in given(filters):
        condition &= _COMPARED[operator](pl.col(column), value)
    return condition


def _is_one_of_several(column: pl.Expr, value: object) -> pl.Expr:
    if not isinstance(value, Collection):
        raise TypeError(f"{value!r} is not a choice of values")
    return is_one_of(column, sorted(value))


_COMPARED: dict[str, Callable[[pl.Expr, object], pl.Expr]] = {
    "in": _is_one_of_several,
    "=": pl.Expr.eq,
    ">": pl.Expr.gt,
    ">=": pl.Expr.ge,
    "<": pl.Expr.lt,
    "<=": pl.Expr.le,
}
