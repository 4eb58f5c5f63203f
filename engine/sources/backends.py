"""A workspace's declared source as one thing to read, whatever it is: a file a date, one file, a query.

Each says which dates it has, what a date's snapshot is known by, which columns it has, and gives its rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..fields.catalogue import FieldSpec
from ..workspace.settings import SnapshotSource, asks_for_date
from .export_file import ExportFile
from .integrity import check_checksum, check_finished, check_row_count, file_digest, rows_digest
from .paths import dates_of, path_on
from .readers import ROW, BadRow, Rows, all_columns, named_columns, present_columns, read_rows
from .refusal import reading, refuse

if TYPE_CHECKING:
    import polars as pl

    from .duckdb_queries import Query


Stamp = tuple[int, int, int]
"""Inode, size and time of change of a file: another stamp means another content."""


class DatedFiles:
    """One file a date; a snapshot is known by its file's bytes."""

    def __init__(self, source: SnapshotSource, root: Path) -> None:
        self.source, self.root = source, root
        self.pattern = source.path or ""

    def dates(self) -> list[dt.date]:
        """Return the dates that have a file, in order."""
        with reading(f"the folder of {self.pattern}"):
            return dates_of(self.root, self.pattern)

    def shown(self, day: dt.date) -> str:
        """Return the file as messages name it."""
        return path_on(Path(), self.pattern, day).as_posix()

    def digest(self, day: dt.date) -> str:
        """SHA-256 of the file's bytes."""
        return file_digest(self.path(day), self.shown(day))

    def present(self, day: dt.date, names: Collection[str]) -> set[str]:
        """Those of `names` that are columns of the file."""
        return present_columns(self.file(day), names)

    def columns(self, day: dt.date) -> list[str]:
        """Return every column of the date's file that can be read."""
        return named_columns(all_columns(self.file(day)))

    def read(self, day: dt.date, names: Collection[str]) -> tuple[Rows, str]:
        """Return the rows with these columns, and the digest of the very bytes that were read."""
        digest, stamp = self.checked(day)
        rows = read_rows(self.file(day), names)
        self.confirm(day, stamp)
        self.check_rows(day, rows.frame.height + len(rows.bad))
        return rows, digest

    def checked(self, day: dt.date) -> tuple[str, Stamp]:
        """Return the file's digest, compared with the stated one, and its stamp."""
        check_finished(self.source, self.root, day)
        path = self.path(day)
        stamp = _stamp(path, self.shown(day))
        digest = self.digest(day)
        check_checksum(self.source, self.root, day, path, digest)
        return digest, stamp

    def confirm(self, day: dt.date, stamp: Stamp) -> None:
        """Refuse what was read if the file has changed since `checked`."""
        if _stamp(self.path(day), self.shown(day)) != stamp:
            _changed(self.shown(day))

    def check_rows(self, day: dt.date, rows: int) -> None:
        """Refuse a file that has not as many rows as are stated."""
        check_row_count(self.source, self.root, day, rows)

    def file(self, day: dt.date) -> ExportFile:
        """Return the date's file, which exists, and how it is read."""
        return ExportFile(self.path(day), self.shown(day), self.source.file_format)

    def file_of(self, day: dt.date) -> ExportFile | None:
        """Return the file that has a date's rows."""
        return self.file(day)

    def path(self, day: dt.date) -> Path:
        """Return the path of the date's file, which exists."""
        path = path_on(self.root, self.pattern, day)
        with reading(self.shown(day)):
            there = path.exists()
        if not there:
            refuse("no-snapshot", f"there is no snapshot of {day}: {self.shown(day)} is not there")
        return path


class OneFile:
    """One file whose date column tells the snapshots apart; each is known by its own rows."""

    def __init__(self, source: SnapshotSource, root: Path) -> None:
        self.source, self.root = source, root
        self.path = root / (source.path or "")
        self.column = source.date_column or ""

    @property
    def file(self) -> ExportFile:
        """Return the file and how it is read; its content is not read yet."""
        return ExportFile(self.path, self.source.path or "", self.source.file_format)

    def file_of(self, day: dt.date) -> ExportFile | None:
        """Return the file that has the rows of all dates."""
        del day
        return self.file

    def dates(self) -> list[dt.date]:
        """Return the dates in the date column, in order."""
        self._dated()
        days, _ = _days(self._read([self.column]).frame, self.column, self.source.time_zone)
        return sorted(days.drop_nulls().unique().to_list())

    def shown(self, day: dt.date) -> str:
        """Return the file as messages name it."""
        del day
        return self.source.path or ""

    def digest(self, day: dt.date) -> str:
        """SHA-256 of the date's rows, in whatever order they stand."""
        self._dated()
        names = all_columns(self.file)
        rows = of_date(self._read(names), self.column, day, self.source.time_zone)
        return rows_digest(rows.frame.drop(ROW))

    def present(self, day: dt.date, names: Collection[str]) -> set[str]:
        """Those of `names` that are columns of the file."""
        del day
        return present_columns(self.file, names)

    def columns(self, day: dt.date) -> list[str]:
        """Return every column of the file that can be read."""
        del day
        return named_columns(all_columns(self.file))

    def read(self, day: dt.date, names: Collection[str]) -> tuple[Rows, str]:
        """Return the date's rows with these columns, and their digest."""
        check_finished(self.source, self.root, day)
        self._dated()
        before = _stamp(self.path, self.shown(day))
        if self.source.checksum_file is not None:
            digest = file_digest(self.path, self.shown(day))
            check_checksum(self.source, self.root, day, self.path, digest)
        rows = self._read({*names, self.column})
        check_row_count(self.source, self.root, day, rows.frame.height + len(rows.bad))
        digest = self.digest(day)
        if _stamp(self.path, self.shown(day)) != before:
            _changed(self.shown(day))
        return of_date(rows, self.column, day, self.source.time_zone), digest

    def _dated(self) -> None:
        if not self.present(dt.date.min, [self.column]):
            _no_date_column(self.source.path or "", self.column)

    def _read(self, names: Collection[str]) -> Rows:
        return read_rows(self.file, names)


class QueryRows:
    """A query's rows, selected by its date column or by `$on`."""

    def __init__(self, source: SnapshotSource, root: Path) -> None:
        self.source, self.root = source, root
        self.dated = asks_for_date(source.query or "")

    @cached_property
    def query(self) -> Query:
        """Opened when first needed, since its process takes a while to start."""
        from .duckdb_queries import Query

        return Query(self.source, self.root)

    def dates(self) -> list[dt.date]:
        """Return the dates of its rows; a query that asks for the date has any, and lists none."""
        return self.query.dates()

    def file_of(self, day: dt.date) -> ExportFile | None:
        """Return None: a query's rows are in no file."""
        del day
        return None

    def shown(self, day: dt.date) -> str:
        """Return the query as messages name it."""
        return f"the query's result for {day}"

    def digest(self, day: dt.date) -> str:
        """SHA-256 of the date's rows, in whatever order the query gives them."""
        return rows_digest(self._read(day).frame.drop(ROW))

    def present(self, day: dt.date, names: Collection[str]) -> set[str]:
        """Those of `names` that are columns of the query."""
        return set(names).intersection(self.columns(day))

    def columns(self, day: dt.date) -> list[str]:
        """Return every column of the query's result."""
        return self.query.columns(day)

    def read(self, day: dt.date, names: Collection[str]) -> tuple[Rows, str]:
        """Return the date's rows with these columns, and the digest of all its columns."""
        rows = self._read(day)
        digest = rows_digest(rows.frame.drop(ROW))
        return Rows(rows.frame.select(ROW, *sorted(set(names))), rows.bad), digest

    def _read(self, day: dt.date) -> Rows:
        rows = Rows(self.query.read(day).with_row_index(ROW, offset=1))
        if self.dated:
            return rows
        column = self.source.date_column or ""
        if column not in rows.frame.columns:
            _no_date_column(self.shown(day), column)
        return of_date(rows, column, day, self.source.time_zone)


Export = DatedFiles | OneFile | QueryRows


def of_date(rows: Rows, column: str, day: dt.date, time_zone: str) -> Rows:
    """Return the rows that are true of `day`; those whose date cannot be read are bad rows of every date."""
    days, undated = _days(rows.frame, column, time_zone)
    bad = list(rows.bad)
    if undated is not None:
        for row, value in rows.frame.filter(undated).select(ROW, column).iter_rows():
            written = None if value is None else str(value)
            bad.append(BadRow(row, "no date that says when the row is true", column, written))
    return Rows(rows.frame.filter(days == day), tuple(bad))


def _days(frame: pl.DataFrame, column: str, time_zone: str) -> tuple[pl.Series, pl.Series | None]:
    """Return the dates in the column, and which rows have none."""
    from .convert import convert

    days, _ = convert(frame[column], FieldSpec(column, "date"), time_zone)
    return days, days.is_null() if days.null_count() else None


def _stamp(path: Path, shown: str) -> Stamp:
    with reading(shown):
        try:
            stat = path.stat()
        except FileNotFoundError:
            return (0, 0, 0)
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _changed(shown: str) -> None:
    refuse("file-changed", f"{shown} changed while it was read", "run again once it is complete")


def _no_date_column(shown: str, column: str) -> None:
    refuse("missing-column", f"{shown} has no column `{column}`, which `date_column` names")
