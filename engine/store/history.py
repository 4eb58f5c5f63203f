"""The values that earlier snapshots had: one file a snapshot, with the fields asked for."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection
from pathlib import Path

import polars as pl

from . import files, manifest
from .manifest import Change, File


def change(
    connection: sqlite3.Connection, run: int, day: dt.date, frame: pl.DataFrame | None
) -> Change:
    """The file to keep for the snapshot of that date; nothing where the same is kept already."""
    if frame is None:
        return Change()
    content = files.encode(frame.sort("account_id"))
    name = f"history/{day.isoformat()}-{run:08}.parquet"
    new, _ = written = manifest.describe(name, "history", run, frame.height, content, day=day)
    old = kept(connection).get(day)
    if old is None:
        return Change((written,))
    return Change() if old.sha256 == new.sha256 else Change((written,), (old,))


def kept(connection: sqlite3.Connection) -> dict[dt.date, File]:
    """The file of each snapshot's date, earliest first."""
    listed = manifest.live(connection, "history")
    return {file.on: file for file in sorted(listed, key=lambda file: file.on)}


def read(root: Path, file: File, fields: Collection[str]) -> pl.DataFrame:
    """`account_id` and those of the fields that the file keeps, in the order asked."""
    path = root / file.name
    stored = pl.read_parquet_schema(path)
    names = [name for name in fields if name in stored and name != "account_id"]
    return files.read([path], columns=["account_id", *dict.fromkeys(names)]).select(
        "account_id", *dict.fromkeys(names)
    )
