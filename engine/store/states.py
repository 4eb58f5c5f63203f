"""The states on disk: a base in buckets, and one delta for each commit since.

Rule: the last row written for an account and playbook is its state.

A base is one file a bucket, by the CRC-32 of the account's id (stable across versions and
machines), so that a compaction reads and sorts one bucket at a time and a cluster can share the
buckets out. A delta holds the changed rows of all buckets: a day changes few rows, and one file
costs one fsync where sixteen would cost sixteen. Deltas go into a new base when they are many or
outgrow the old one.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ..evaluation.tables import STATES
from ..text.problem import Problems
from . import faults, files, manifest, schema
from .manifest import Change, File

KEY = ("account_id", "playbook")

MOST_DELTAS = 30
"""Files; one more, and the commit writes a new base."""

FEW_ROWS = 20_000
"""Rows that deltas may always hold, so that a small store isn't compacted at every commit."""

SHARE = 3
"""Deltas may hold the base's rows divided by this; more, and reading slows by a half."""


def read(connection: sqlite3.Connection, root: Path) -> pl.DataFrame:
    """Every state, by account and playbook."""
    base = _load(root, manifest.live(connection, "base"))
    changed = newest(_load(root, manifest.live(connection, "delta")))
    return ordered(overlaid(base, changed))


def newest(frame: pl.DataFrame) -> pl.DataFrame:
    """The last row of each account and playbook."""
    return frame.unique(KEY, keep="last", maintain_order=True)


def overlaid(base: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    """The base with the changed rows in place of its own, in no order."""
    if base.is_empty() or changed.is_empty():
        return base if changed.is_empty() else changed
    return pl.concat([base.join(changed, on=KEY, how="anti"), changed])


def ordered(frame: pl.DataFrame) -> pl.DataFrame:
    """By account and playbook.

    Two stable sorts by one column take half the time of one sort by two, and the first falls away
    for one playbook.
    """
    if frame["playbook"].n_unique() > 1:
        frame = frame.sort("playbook", maintain_order=True)
    return frame.sort("account_id", maintain_order=True)


def conformed(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame's `STATES` columns, in order, with their types."""
    return frame.select(pl.col(name).cast(kind) for name, kind in STATES.items())


def change(connection: sqlite3.Connection, root: Path, run: int, rows: pl.DataFrame) -> Change:
    """The files that bring the states up to date with the changed rows."""
    if rows.is_empty():
        return Change()
    deltas = manifest.live(connection, "delta")
    bases = manifest.live(connection, "base")
    rows = newest(conformed(rows))
    changed = sum(file.rows for file in deltas) + rows.height
    few = max(FEW_ROWS, sum(file.rows for file in bases) // SHARE)
    if len(deltas) < MOST_DELTAS and changed <= few:
        content = files.encode(ordered(rows))
        name = f"states/{run:08}-delta.parquet"
        return Change((manifest.describe(name, "delta", run, rows.height, content),))
    rows = newest(pl.concat([*(_checked(root, file) for file in deltas), rows]))
    buckets = schema.meta(connection, "buckets")
    return Change(tuple(_rebased(root, run, buckets, bases, rows)), (*bases, *deltas))


def _rebased(
    root: Path, run: int, buckets: int, bases: list[File], rows: pl.DataFrame
) -> Iterator[tuple[File, bytes]]:
    numbers = [zlib.crc32(id.encode()) % buckets for id in rows["account_id"].to_list()]
    parts = rows.with_columns(pl.Series("bucket", numbers, dtype=pl.Int64)).partition_by(
        "bucket", as_dict=True, include_key=False
    )
    old = {file.bucket: file for file in bases}
    for bucket in range(buckets):
        base = _checked(root, old[bucket]) if bucket in old else pl.DataFrame(schema=STATES)
        merged = ordered(overlaid(base, parts.get((bucket,), pl.DataFrame(schema=STATES))))
        if merged.height:
            name = f"states/{run:08}-base-{bucket:03}.parquet"
            content = files.encode(merged)
            yield manifest.describe(name, "base", run, merged.height, content, bucket=bucket)


def _load(root: Path, listed: list[File]) -> pl.DataFrame:
    if not listed:
        return pl.DataFrame(schema=STATES)
    return files.read(root / file.name for file in listed)


def _checked(root: Path, file: File) -> pl.DataFrame:
    """The file's rows, its checksum compared: a new base must not hide the rot of an old one."""
    content = files.contents(root / file.name)
    if files.digest(content) != file.sha256:
        raise Problems([faults.damaged(root, f"{file.name} is not as it was written")])
    return pl.read_parquet(content)
