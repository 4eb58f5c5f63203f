"""Values of accounts, put next to the rows of the same accounts."""

from __future__ import annotations

import polars as pl

from .ids import ACCOUNT_ID


def with_values(accounts: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Add the columns of `values`, which has an account once at most; null for an account that it lacks.

    The rows of `accounts` are neither searched nor copied where both have the same accounts in the same order, as most
    snapshots and the one before have; else the new columns alone are.
    """
    ids = accounts.select(ACCOUNT_ID)
    if not values[ACCOUNT_ID].equals(ids[ACCOUNT_ID]):
        # Half of the columns of a playbook's states are null for all accounts on most dates.
        names = [name for name in values.columns if name != ACCOUNT_ID]
        nulls = [name for name in names if values[name].null_count() == values.height]
        found = ids.join(values.drop(nulls), on=ACCOUNT_ID, how="left", maintain_order="left")
        empty = (pl.lit(None, values.schema[name]).alias(name) for name in nulls)
        values = found.with_columns(empty).select(values.columns)
    return accounts.hstack(values.drop(ACCOUNT_ID))
