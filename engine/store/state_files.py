"""The states on disk: a base in buckets, and one delta for each commit since.

The last row written for an account and playbook is its state.

A base is one file per bucket, by the CRC-32 of the account's id (stable across versions and
machines), so that a compaction reads and sorts one bucket at a time and a cluster can share the
buckets out. A delta has the changed rows of all buckets, in their order: a day changes few rows,
and one file costs one fsync instead of sixteen. A large commit writes several deltas, one
after the other. Deltas go into a new base when they are many or outgrow the old one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import STATE_KEY, STATES, empty_table
from ..core.upsert import upsert
from ..workspace.store_address import StoreRoot
from . import file_names, manifest, parquet_files, sqlite_schema
from .filters import Filter, as_expression
from .manifest import File
from .store_database import Database
from .store_files import files_of

BUCKET_COLUMN = "bucket"

MOST_DELTAS = 30
"""Files; one more, and the commit writes a new base."""

FEW_ROWS = 20_000
"""Rows that deltas may always hold, so that a small store isn't compacted at every commit."""

SHARE = 3
"""Deltas may hold the base's rows divided by this; more, and reading slows by a half."""


def read_states(
    connection: Database, root: StoreRoot, filters: Sequence[Filter] = ()
) -> pl.DataFrame:
    """Return every state that passes, in no order: sorting them would double the time of reading them."""
    base = _load(root, manifest.live_files(connection, "base"), as_expression(filters))
    changed = _load(root, manifest.live_files(connection, "delta"), as_expression(filters))
    return upsert(base, newest_rows(changed))


def newest_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the last row of each account and playbook."""
    return frame.unique(STATE_KEY, keep="last", maintain_order=True)


def in_state_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Sort by account and playbook.

    Two stable sorts by one column take half the time of one sort by two, and the first is skipped
    for one playbook.
    """
    if frame["playbook"].n_unique() > 1:
        frame = frame.sort("playbook", maintain_order=True)
    return frame.sort(ACCOUNT_ID, maintain_order=True)


def conformed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame's `STATES` columns, in order, with their types."""
    return frame.select(pl.col(name).cast(kind) for name, kind in STATES.items())


def encode_delta(rows: pl.DataFrame, buckets: int) -> bytes:
    """Return a delta's content: the changed rows, each once, by bucket."""
    rows = in_state_order(newest_rows(conformed(rows)))
    # An account is in several playbooks, and its rows follow one another: each is numbered once.
    accounts = rows.select(pl.col(ACCOUNT_ID).rle()).unnest(ACCOUNT_ID)
    numbers = [zlib.crc32(id.encode()) % buckets for id in accounts["value"].to_list()]
    buckets_of_rows = pl.Series(BUCKET_COLUMN, numbers, dtype=pl.Int64)
    numbered = rows.with_columns(buckets_of_rows.repeat_by(accounts["len"]).explode())
    return parquet_files.encode_parquet(numbered.sort(BUCKET_COLUMN, maintain_order=True))


def outgrown(connection: Database, changed: Sequence[File]) -> bool:
    """Return whether these deltas, with the existing ones, require a new base."""
    deltas = [*manifest.live_files(connection, "delta"), *changed]
    base = sum(file.rows for file in manifest.live_files(connection, "base"))
    return len(deltas) > MOST_DELTAS or sum(f.rows for f in deltas) > max(FEW_ROWS, base // SHARE)


def rebase(
    connection: Database, root: StoreRoot, run: int, changed: Sequence[File], token: str
) -> Iterator[tuple[File, bytes]]:
    """Yield a new base of all existing states and these deltas, one bucket after the other."""
    deltas = [*manifest.live_files(connection, "delta"), *changed]
    old = {file.bucket: file for file in manifest.live_files(connection, "base")}
    for bucket in range(sqlite_schema.meta(connection, "buckets")):
        base = empty_table(STATES)
        if bucket in old:
            base = files_of(root).scan([old[bucket]]).collect()
        merged = in_state_order(
            upsert(base, newest_rows(_load(root, deltas, pl.col(BUCKET_COLUMN) == bucket)))
        )
        if merged.height:
            name = file_names.parquet("base", run, token, bucket)
            content = parquet_files.encode_parquet(merged)
            yield manifest.describe_file(name, "base", run, merged.height, content, bucket=bucket)


def _load(root: StoreRoot, listed: list[File], passes: pl.Expr) -> pl.DataFrame:
    if not listed:
        return empty_table(STATES)
    rows = files_of(root).scan(listed).filter(passes)
    return rows.select(list(STATES)).collect()
