"""Values of accounts, put next to rows of the same accounts."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from .ids import ACCOUNT_ID


def with_values(
    accounts: pl.DataFrame, values: pl.DataFrame, on: Sequence[str] = (ACCOUNT_ID,)
) -> pl.DataFrame:
    """Add the columns of `values`, which has an account once at most; null for an account that it lacks.

    The rows of `accounts`, which may have an account several times, are not copied. They are not searched either where
    both have the same accounts in the same order, as most snapshots and the one before have.

    Args:
        accounts: Rows of accounts.
        values: The columns to add.
        on: The columns that identify a row of `values`.
    """
    ids = accounts.select(on)
    if not values.select(on).equals(ids):
        # Half of the columns of a playbook's states are null for all accounts on most dates.
        names = [name for name in values.columns if name not in on]
        nulls = [name for name in names if values[name].null_count() == values.height]
        if len(nulls) < len(names):
            ids = ids.join(values.drop(nulls), on=on, how="left", maintain_order="left")
        empty = (pl.lit(None, values.schema[name]).alias(name) for name in nulls)
        values = ids.with_columns(empty).select(values.columns)
    return accounts.hstack(values.drop(on))
