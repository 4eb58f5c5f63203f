"""Values of accounts, put next to rows of the same accounts."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from .ids import ACCOUNT_ID
from .schemas import null_series


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
    names = [name for name in values.columns if name not in on]
    if all(values[key].equals(accounts[key]) for key in on):
        return accounts.hstack([values[name] for name in names])
    # Half of the columns of a playbook's states are null for all accounts on most dates.
    nulls = [name for name in names if values[name].null_count() == values.height]
    found = accounts.select(on)
    if len(nulls) < len(names):
        found = found.join(values.drop(nulls), on=on, how="left", maintain_order="left")
    return accounts.hstack(
        [
            null_series(name, values.schema[name], found.height) if name in nulls else found[name]
            for name in names
        ]
    )
