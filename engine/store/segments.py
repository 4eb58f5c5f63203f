"""Segments of the ledger: the entries of a large commit, as Parquet files instead of rows of the database.

A first date writes millions of entries, and an ordinary one of a million accounts a hundred thousand. As rows with
their indexes they take ten microseconds each, in a file one. Both are the same ledger: only ever appended to, and read
together. Each segment is sorted by date, and those of a first date have accounts from one range of ids each, so that a
query for some dates or some accounts reads little of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import polars as pl

from ..core.schemas import LEDGER, LEDGER_ORDER, empty_table
from ..workspace.store_address import StoreRoot
from . import manifest, parquet_files
from .filters import Filter, as_expression
from .manifest import File
from .store_database import Database
from .store_files import files_of

ACTION_KEY = "action_key"
"""Column of a segment: the first 64 bits of the action's id, null for an id that is not 16 hexadecimal digits or more.

Each run asks of a hundred thousand ids which are among millions. Numbers are read in a third of the time of ids, which
are then read of the few entries that have one of the numbers. Segments of earlier versions lack the column.
"""


def encode_segment(entries: pl.DataFrame) -> bytes:
    """Return a segment's content."""
    return parquet_files.encode_parquet(entries.sort(LEDGER_ORDER).with_columns(_KEYS))


def live_segments(database: Database) -> list[File]:
    """Return the segments in use, oldest first."""
    return manifest.live_files(database, "ledger")


def scan_segments(root: StoreRoot, listed: Sequence[File]) -> pl.LazyFrame:
    """Return the entries of the segments; only what is collected of them is read."""
    return files_of(root).scan(listed, LEDGER) if listed else empty_table(LEDGER).lazy()


def read_actions(
    root: StoreRoot,
    listed: Sequence[File],
    action_ids: pl.Series,
    columns: Sequence[str],
    filters: Sequence[Filter] = (),
) -> pl.DataFrame:
    """Return these columns, the action's id among them, of the entries of these actions that pass."""
    if not listed:
        return empty_table({name: LEDGER[name] for name in columns})
    among, passes = pl.col("action_id").is_in(action_ids.implode()), as_expression(filters)
    keyed = [file for file in listed if _has_keys(root, file)]
    found = scan_segments(root, [file for file in listed if file not in keyed]).filter(
        among, passes
    )
    if not keyed:
        return found.select(columns).collect()
    keys = action_ids.to_frame("action_id").select(_KEYS).to_series()
    alike = pl.col(ACTION_KEY).is_in(keys.drop_nulls().implode())
    if keys.null_count():
        alike |= pl.col(ACTION_KEY).is_null()
    scanned = files_of(root).scan(keyed, {**LEDGER, ACTION_KEY: pl.UInt64()})
    # Apart from the keys, ids would be read of all entries if one filter asked for both.
    near = scanned.filter(alike, passes).select(columns).collect()
    return pl.concat([found.select(columns).collect(), near.filter(among)])


_KEYS = (
    pl.col("action_id")
    .str.decode("hex", strict=False)
    .bin.slice(0, 8)
    .bin.reinterpret(dtype=pl.UInt64(), endianness="big")
    .alias(ACTION_KEY)
)


@cache
def _has_keys(root: StoreRoot, file: File) -> bool:
    return ACTION_KEY in files_of(root).scan([file]).collect_schema()
