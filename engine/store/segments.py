"""Segments of the ledger: the entries of a large commit, as Parquet files instead of rows of the database.

A first date writes millions of entries. As rows with their indexes they take ten microseconds each, in a
file less than one. Both are the same ledger: only ever appended to, and read together. Each segment has
accounts from one range of ids, sorted by date, so that a query for some dates or some accounts
reads little of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ..core.schemas import LEDGER, LEDGER_ORDER
from ..workspace.store_address import StoreRoot
from . import manifest, parquet_files
from .filters import Filter, as_expression
from .manifest import File
from .store_database import Database
from .store_files import files_of


def encode_segment(entries: pl.DataFrame) -> bytes:
    """Return a segment's content."""
    return parquet_files.encode_parquet(entries.sort(LEDGER_ORDER))


def live_segments(database: Database) -> list[File]:
    """Return the segments in use, oldest first."""
    return manifest.live_files(database, "ledger")


def scan_segments(
    root: StoreRoot, listed: Sequence[File], filters: Sequence[Filter]
) -> pl.LazyFrame:
    """Return the entries of the segments that pass; only what is collected of them is read."""
    if not listed:
        return pl.LazyFrame(schema=LEDGER)
    return files_of(root).scan(listed).filter(as_expression(filters))
