"""Checks that a snapshot is complete and unchanged: digests, stated counts, checksums, done-files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.file_formats import in_object_storage
from ..core.problems import Problem
from ..text.input_files import MAX_SNAPSHOT_BYTES, check_regular, read_bounded
from ..workspace.settings import PLACEHOLDER, SnapshotSource
from .paths import path_on
from .refusal import reading, refuse
from .stored_objects import read_object

if TYPE_CHECKING:
    import polars as pl

MAX_STATED_BYTES = 1_000_000
"""Of a file that states a row count or a checksum."""


def file_digest(path: Path, shown: str) -> str:
    """SHA-256 of the file's bytes, in hexadecimal."""
    with reading(shown):
        check_regular(path, shown, MAX_SNAPSHOT_BYTES)
        with path.open("rb") as file:
            import hashlib  # `validate` comes by here and needs none of it

            return hashlib.file_digest(file, "sha256").hexdigest()


def rows_digest(frame: pl.DataFrame) -> str:
    """SHA-256 of the rows as JSON lines, sorted: for one date's rows among others, in whatever order."""
    lines = sorted(frame.write_ndjson().splitlines())
    import hashlib

    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def check_finished(source: SnapshotSource, root: Path, day: dt.date) -> None:
    """Refuse a snapshot whose done-file, stated row count or checksum is not there yet."""
    for stated in (source.done_file, source.rows_file, source.checksum_file):
        if stated is None:
            continue
        shown = _shown(stated, day)
        with reading(shown):
            there = (
                read_object(shown) is not None
                if in_object_storage(stated)
                else path_on(root, stated, day).is_file()
            )
        if not there:
            refuse(
                "unfinished-snapshot",
                f"the snapshot of {day} is not finished: {shown} is not there",
                "wait for the export to finish, or look why it did not",
            )


def check_checksum(
    source: SnapshotSource, root: Path, day: dt.date, path: Path, digest: str
) -> None:
    """Refuse a snapshot that is not the one its checksum file states."""
    if source.checksum_file is None:
        return
    shown = _shown(source.checksum_file, day)
    stated = _stated_checksum(_read(root, source.checksum_file, day), path.name)
    if stated is None:
        refuse("unfinished-snapshot", f"{shown} states no SHA-256 checksum of {path.name}")
    if stated != digest:
        refuse(
            "cut-off",
            f"{path.name} is not the file that {shown} states: its checksum differs",
            "wait for the export to finish, or export again",
        )


def check_row_count(source: SnapshotSource, root: Path, day: dt.date, rows: int) -> None:
    """Refuse a snapshot that has another number of rows than its row count file states."""
    if source.rows_file is None:
        return
    shown = _shown(source.rows_file, day)
    stated = _read(root, source.rows_file, day).strip()
    if not (stated.isascii() and stated.isdecimal()):
        refuse("unfinished-snapshot", f"{shown} states no number of rows")
    if int(stated) != rows:
        refuse(
            "cut-off",
            f"the snapshot of {day} has {rows:,} rows, and {shown} states {int(stated):,}",
            "wait for the export to finish, or export again",
        )


def check_age(source: SnapshotSource, day: dt.date, on: dt.date) -> list[Problem]:
    """Return a problem if the snapshot of `day` is older than allowed on the date evaluated."""
    age = (on - day).days
    if source.max_age_days is None or age <= source.max_age_days:
        return []
    message = (
        f"the newest snapshot is of {day}, {age} days before {on}; "
        f"`max_age` allows {source.max_age_days}"
    )
    return [Problem("snapshot-too-old", message, source.span, "see why the export stopped")]


def _shown(pattern: str, day: dt.date) -> str:
    if in_object_storage(pattern):
        return pattern.replace(PLACEHOLDER, day.isoformat())
    return path_on(Path(), pattern, day).as_posix()


def _read(root: Path, pattern: str, day: dt.date) -> str:
    shown = _shown(pattern, day)
    try:
        if in_object_storage(pattern):
            return (read_object(shown) or b"")[:MAX_STATED_BYTES].decode("utf-8-sig")
        path = path_on(root, pattern, day)
        return read_bounded(path, shown, MAX_STATED_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        refuse("unfinished-snapshot", f"{shown} cannot be read")


def _stated_checksum(text: str, name: str) -> str | None:
    """Return the checksum in the form that `sha256sum` writes: alone, or on the line that ends in the name."""
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    for words in lines:
        if len(words) == 2 and Path(words[1].strip().lstrip("*")).name == name:
            return words[0].lower()
    return lines[0][0].lower() if len(lines) == 1 and len(lines[0]) == 1 else None
