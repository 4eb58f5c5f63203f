"""The ledger's volumes: the entries of a large commit, as Parquet files instead of rows of the database.

A first day writes millions of entries; as rows with their indexes they take ten microseconds each, in a
file less than one. Both are the same ledger: only ever appended to, and read together. Each volume holds
accounts from one stretch of ids, sorted by date, so that whoever asks for some days or some accounts
reads little of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ..core.schemas import LEDGER, LEDGER_ORDER
from . import checksums, manifest, parquet_files
from .filters import Filter, as_expression
from .manifest import File


def encode_segment(entries: pl.DataFrame) -> bytes:
    """A volume's content."""
    return parquet_files.encode_parquet(entries.sort(LEDGER_ORDER))


def live_segments(database: sqlite3.Connection) -> list[File]:
    """The volumes in use, oldest first."""
    return manifest.live_files(database, "ledger")


def scan_segments(root: Path, listed: Sequence[File], filters: Sequence[Filter]) -> pl.LazyFrame:
    """The entries of the volumes that pass; only what is collected of them is read."""
    if not listed:
        return pl.LazyFrame(schema=LEDGER)
    return checksums.scan(root, listed).filter(as_expression(filters))
