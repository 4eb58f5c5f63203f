"""The manifest: the Parquet files that belong to the store. Readers open no others.

A reader stays in one transaction from reading the list until it has read the files. With SQLite a commit
waits for it, and only then deletes the files that it removed from the list. On a server, files that a reader may still
open are left to the next writer. So no file disappears during a read.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple, dataclass
from typing import Literal, get_args

from . import parquet_files
from .store_database import Database

FileKind = Literal["base", "delta", "history", "carried", "ledger"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
"""All kinds of files."""


@dataclass(frozen=True, slots=True)
class File:
    """One Parquet file: its path under the store, its kind of content, and its checksum."""

    name: str
    kind: FileKind
    run: int
    """The number of the run that wrote it."""
    bucket: int | None
    """Of a base file: the bucket of its accounts."""
    day: str | None
    """Of a file of earlier values: its snapshot's date, ISO."""
    rows: int
    bytes: int
    sha256: str

    @property
    def on(self) -> dt.date:
        """Return the snapshot's date of a file of earlier values."""
        return dt.date.fromisoformat(self.day or "")


@dataclass(frozen=True, slots=True)
class ManifestChange:
    """The changes of a commit to the list: files that were written, and files that are dropped."""

    written: tuple[File, ...] = ()
    dropped: tuple[File, ...] = ()


def describe_file(
    name: str,
    kind: FileKind,
    run: int,
    rows: int,
    content: bytes,
    *,
    bucket: int | None = None,
    day: dt.date | None = None,
) -> tuple[File, bytes]:
    """Return a new file's entry in the list, with its content."""
    size, sha256 = len(content), parquet_files.file_sha256(content)
    stored = day.isoformat() if day else None
    return File(name, kind, run, bucket, stored, rows, size, sha256), content


def live_files(connection: Database, *kinds: FileKind, day: dt.date | None = None) -> list[File]:
    """Return the files in use of these kinds, oldest first: all, or those of the snapshot of a date."""
    marks = ", ".join("?" * len(kinds))
    of_day, days = ("", []) if day is None else (" AND day = ?", [day.isoformat()])
    rows = connection.execute(
        "SELECT name, kind, run, bucket, day, rows, bytes, sha256 FROM files"
        f" WHERE kind IN ({marks}){of_day} ORDER BY run, name",
        [*kinds, *days],
    )
    return [File(*row) for row in rows]


def record_change(connection: Database, change: ManifestChange) -> None:
    """Update the list, inside the commit's transaction."""
    connection.executemany(
        "DELETE FROM files WHERE name = ?", [(file.name,) for file in change.dropped]
    )
    connection.executemany(
        "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [astuple(file) for file in change.written],
    )


def named_files(connection: Database) -> set[str]:
    """Return the names of all files on the list."""
    return {name for (name,) in connection.execute("SELECT name FROM files")}
