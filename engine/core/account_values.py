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
        values = ids.join(values, on=ACCOUNT_ID, how="left", maintain_order="left")
    return accounts.hstack(values.drop(ACCOUNT_ID))
