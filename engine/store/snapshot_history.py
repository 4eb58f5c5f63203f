"""Values of earlier snapshots: the fields that playbooks need, one file per snapshot, several for a large one."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import polars as pl

from ..core.ids import ACCOUNT_ID
from . import checksums, manifest, parquet_files
from .filters import Filter, as_expression
from .manifest import File


def encode_history(frame: pl.DataFrame) -> bytes:
    """Return a file's content."""
    return parquet_files.encode_parquet(frame.sort(ACCOUNT_ID))


def history_files(connection: sqlite3.Connection) -> dict[dt.date, list[File]]:
    """Return the files of each snapshot's date, earliest first."""
    files: dict[dt.date, list[File]] = {}
    for file in sorted(manifest.live_files(connection, "history"), key=lambda file: file.on):
        files.setdefault(file.on, []).append(file)
    return files


def outdated(days: Iterable[dt.date], needed_on: dt.date) -> list[dt.date]:
    """Return the dates before the newest one that is not after `needed_on`: nothing looks back to them any more."""
    days = list(days)
    newest = max((day for day in days if day <= needed_on), default=None)
    return [] if newest is None else [day for day in days if day < newest]


def read_history(
    root: Path, listed: Sequence[File], fields: Collection[str], filters: Sequence[Filter] = ()
) -> pl.DataFrame:
    """Return `account_id` and those of the fields that the files have, in the given order."""
    rows = checksums.scan(root, listed).filter(as_expression(filters))
    stored = rows.collect_schema().names()
    names = [name for name in fields if name in stored and name != ACCOUNT_ID]
    return rows.select(ACCOUNT_ID, *dict.fromkeys(names)).collect()
