"""Test of a column against a list of values."""

from __future__ import annotations

from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Any

import polars as pl

_FEW = 8


def is_one_of(column: pl.Expr, values: Collection[Any]) -> pl.Expr:
    """Return whether a column has one of the values, all of the column's type; null where it is null.

    For few texts, comparing with each takes a fifth of the time of Polars' `is_in`, which counts where a run asks it of
    each account or entry.
    """
    if 0 < len(values) <= _FEW:
        return reduce(or_, [column == pl.lit(value) for value in values])
    # An empty list has no type of its own.
    kind = None if values else pl.String()
    return column.is_in(pl.Series(sorted(values), dtype=kind).implode())
