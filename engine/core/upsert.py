"""Replace rows of a table by changed rows with the same key, and leave rows out by their key."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from .schemas import STATE_KEY


def upsert(
    rows: pl.DataFrame, changed: pl.DataFrame, key: Sequence[str] = STATE_KEY
) -> pl.DataFrame:
    """Return the rows with the changed rows added, each in place of the row with the same key.

    Args:
        rows: The present rows; those that are not replaced come first, in no order.
        changed: Rows with the same columns and types. Their keys are unique, and none of them is null.
        key: The columns that identify a row.
    """
    if rows.is_empty() or changed.is_empty():
        return rows if changed.is_empty() else changed
    return pl.concat([rows.join(changed, on=key, how="anti"), changed])


def without(rows: pl.DataFrame, others: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the rows whose key is not one of the others'; where that is all of them, they are not copied."""
    if rows.is_empty() or others.is_empty():
        return rows
    found = rows[key].is_in(others[key].implode())
    return rows.filter(~found) if found.any() else rows
