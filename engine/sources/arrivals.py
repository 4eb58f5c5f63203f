"""Snapshots that arrive: from a database, object storage, a folder or a lake, and from a file that is overwritten.

Each is true of the day on which it arrives, unless the object's name has a date. A run that has read and checked it
stores it under that date in the workspace, just before it commits; so the past can be evaluated again, history needs no
source but the workspace, and a bad one replaces nothing. A preview looks at it and stores nothing.

A file or object that is as it was last stored has not arrived again: its snapshot grows old, until `max_age` stops the
run. The answer of a database or a lake is true of today, whether it has changed or not.
"""

from __future__ import annotations

import datetime as dt
import re
import weakref
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..core.atomic_files import write_whole
from ..core.file_formats import UNSTATED, format_of, packing_of
from ..core.offsets import ONE_DAY
from ..core.problems import Problem, Problems
from ..text.input_files import MAX_SNAPSHOT_BYTES, check_regular
from ..workspace.settings import PLACEHOLDER, SnapshotSource
from .backends import DatedFiles
from .export_file import ExportFile
from .fetched_tables import fetch_table
from .integrity import check_checksum, check_finished, check_row_count, file_digest
from .paths import date_in
from .readers import read_rows
from .refusal import reading, refuse
from .row_batches import write_by_account

ARRIVALS = "arrivals"
"""The folder of the workspace with what has arrived."""
MISSED_DAYS = 31
"""Days back for which objects with dates are looked for after a time without runs."""
_ARRIVING = ".tenure-"
"""The beginning of names of folders with what is not stored yet."""
_VERSION = "tenure.version"
"""Key in the metadata of a stored file: the version of the lake's table."""
_STORED = re.compile(r"accounts-(\d{4}-\d\d-\d\d)(?:\.[a-z0-9]+){0,2}", re.ASCII | re.IGNORECASE)


class Arrivals(DatedFiles):
    """The snapshots stored of a source without dates, and those that have arrived since and are not stored yet."""

    def __init__(
        self, source: SnapshotSource, root: Path, id_column: str, shared: bool = False
    ) -> None:
        self.origin = source
        self._id_column, self._shared = id_column, shared
        path = f"{ARRIVALS}/accounts-{PLACEHOLDER}"
        bare = source._replace(path=path, rows_file=None, checksum_file=None, done_file=None)
        super().__init__(bare, root)
        self._arrived: dict[dt.date, Path] = {}
        """Copies of what has come, by date."""
        self._stored: set[dt.date] = set()

    def arrive(self, day: dt.date) -> list[Problem]:
        """Look at what the source has now, the snapshot of a day; nothing is stored yet.

        Returns:
            A warning if the source is not there, and what came from it last is used.
        """
        if self._shared:
            self._sweep()
        warnings = self._arrive_missed(day)
        there = self._take(day, as_of_day=False)
        stored = self._files()
        if self._arrived or (there and stored) or self._dated:
            return warnings
        message = f"{self._named()} is not there"
        if not stored:
            hint = "see whether the export has run, and where it is written"
            refuse("no-snapshot", f"there is no snapshot yet: {message}", hint)
        message += f": the snapshot of {max(stored)} is used"
        return [Problem("no-snapshot", message, self.origin.span, severity="warning")]

    def arrive_earlier(self, day: dt.date) -> list[Problem]:
        """Look at what the source has of a date before today, if nothing of it is stored: an object or a version.

        Returns:
            A warning if that cannot be read, and a snapshot before it is used.
        """
        stored = self._files()
        if day in stored or not (self.origin.lake or self._dated):
            return []
        try:
            self._take(day, as_of_day=True)
        except Problems as error:
            if not any(each < day for each in stored):
                raise
            return _as_warnings(error)
        return []

    def arrive_columns(self, day: dt.date) -> None:
        """Look at the columns alone that a lake's table has now, without its rows."""
        table = fetch_table(self.origin, self.root, day, self._id_column, columns_only=True)
        self._arrived[day] = self._new_file(day, ".parquet")
        write_by_account(table.batches, self._id_column, self._arrived[day], {})

    def store(self, day: dt.date) -> None:
        """Store what has come of a day, in place of what is stored of it; nothing where nothing has come."""
        found = self._arrived.get(day)
        if found is None:
            return
        path = self.root / ARRIVALS / f"accounts-{day}{_ending(found)}"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        before = self._files().get(day, path)
        write_whole(path, found, private=True)
        if before != path:
            before.unlink(missing_ok=True)
        self._stored.add(day)

    def store_readable(self, day: dt.date) -> None:
        """Store what has come and no date has read, if it is whole; then delete what is older than `keep`."""
        for of in self._arrived.keys() - self._stored:
            with suppress(Problems):
                rows = read_rows(self.file(of), ())
                self.check_rows(of, rows.frame.height + len(rows.bad))
                self.store(of)
        stored = self._files()
        for of, path in stored.items():
            # The newest tells whether the same content comes again.
            if of < day - dt.timedelta(days=self.origin.keep_days) and of != max(stored):
                path.unlink(missing_ok=True)

    def dates(self) -> list[dt.date]:
        """Return the dates of what is stored and what has arrived, in order."""
        return sorted({*self._files(), *self._arrived})

    def shown(self, day: dt.date) -> str:
        """Return what a day's snapshot is, as messages name it."""
        stored = self._files().get(day)
        return self._named() if day in self._arrived or not stored else f"{ARRIVALS}/{stored.name}"

    def path(self, day: dt.date) -> Path:
        """Return the path of the date's file, which exists."""
        path = self._arrived.get(day) or self._files().get(day)
        if path is None:
            refuse("no-snapshot", f"there is no snapshot of {day} in {ARRIVALS}")
        return path

    def file(self, day: dt.date) -> ExportFile:
        """Return the date's file, and how it is read: the settings are about files as they come now."""
        path, stated = self.path(day), self.origin.file_format
        now = stated.format or format_of(self.origin.path or "")
        other = format_of(path.name) not in (None, now)
        stated = UNSTATED if self.origin.fetched or other else stated
        return ExportFile(path, self.shown(day), stated)

    def version(self, day: dt.date) -> str:
        """Return the version of a lake's table that a date's snapshot is; empty for anything else."""
        path = self.path(day)
        if not self.origin.lake or format_of(path.name) != "parquet":
            return ""
        import polars as pl

        with reading(self.shown(day)):
            return pl.read_parquet_metadata(path).get(_VERSION, "")

    def check_rows(self, day: dt.date, rows: int) -> None:
        """Refuse what has just arrived if it has not as many rows as are stated."""
        if day in self._arrived:
            check_row_count(self.origin, self.root, day, rows)

    def _files(self) -> dict[dt.date, Path]:
        """Return what is stored, by date."""
        folder = self.root / ARRIVALS
        with reading(ARRIVALS):
            entries = sorted(folder.iterdir()) if folder.is_dir() else []
        named = ((_STORED.fullmatch(entry.name), entry) for entry in entries)
        dated = ((date_in(match[1]), entry) for match, entry in named if match)
        return {day: entry for day, entry in dated if day is not None and entry.is_file()}

    def _arrive_missed(self, day: dt.date) -> list[Problem]:
        """Look at what came of the dates without runs before a day; return a warning for each lost version."""
        warnings = []
        for missed in self._missed(day) if self.origin.lake or self._dated else ():
            try:
                self._take(missed, as_of_day=True)
            except Problems as error:
                if not self.origin.lake:
                    raise
                warnings += _as_warnings(error)
        return warnings

    def _take(self, day: dt.date, *, as_of_day: bool) -> bool:
        """Take what the source has of a day, unless it is what was stored last; return whether it has anything."""
        copy = self._fetched(day, as_of_day) if self.origin.fetched else self._copied(day)
        if copy is None:
            return False
        if not (self._is_one_file() and self._is_last_stored(day, copy)):
            self._arrived[day] = copy
        return True

    def _fetched(self, day: dt.date, as_of_day: bool) -> Path | None:
        """Return a file with the rows of a table: tables have no order, and one by account is read in parts."""
        check_finished(self.origin, self.root, day)
        table = fetch_table(self.origin, self.root, day, self._id_column, as_of_day=as_of_day)
        path = self._new_file(day, ".parquet")
        metadata = {_VERSION: table.version} if table.version else {}
        rows = write_by_account(table.batches, self._id_column, path, metadata)
        if rows == 0:
            refuse("empty-snapshot", f"what {self._named()} has of {day} has no rows")
        return path if rows else None

    def _copied(self, day: dt.date) -> Path | None:
        """Return a copy of the file, if it is there."""
        file = self._last_by_name()
        if file is None:
            return None
        check_finished(self.origin, self.root, day)
        path = self._new_file(day, _ending(file))
        with reading(self._named()):
            check_regular(file, self._named(), MAX_SNAPSHOT_BYTES)
            import shutil

            shutil.copyfile(file, path)
        digest = file_digest(path, self._named())
        check_checksum(self.origin, self.root, day, file, digest)
        return path

    @property
    def _dated(self) -> bool:
        """Return whether each date has an object."""
        return PLACEHOLDER in (self.origin.path or "")

    def _missed(self, day: dt.date) -> list[dt.date]:
        """Return the dates before a day since the last one stored, as when the machine was off."""
        last = max((each for each in self._files() if each < day), default=day - ONE_DAY)
        first = max(last + ONE_DAY, day - dt.timedelta(days=MISSED_DAYS))
        return [first + dt.timedelta(days=number) for number in range((day - first).days)]

    def _sweep(self) -> None:
        """Delete what a run that was killed has left; a run that shares is the only one at its time."""
        import shutil

        for left in (self.root / ARRIVALS).glob(f"{_ARRIVING}*"):
            shutil.rmtree(left, ignore_errors=True)

    def _is_one_file(self) -> bool:
        """Return whether one file or object is overwritten, so that the same content is not a new snapshot."""
        return self.origin.database is None and not self.origin.lake and not self._dated

    def _is_last_stored(self, day: dt.date, copy: Path) -> bool:
        """Return whether a file is as the one that was stored last, of an earlier day."""
        stored = self._files()
        last = max((each for each in stored if each <= day), default=None)
        if last is None or last == day:
            return False
        shown = self._named()
        return file_digest(stored[last], shown) == file_digest(copy, shown)

    def _new_file(self, day: dt.date, ending: str) -> Path:
        """Return the path of a file that goes with this object, so that what is checked is what is read."""
        import shutil
        from tempfile import mkdtemp

        if self._shared:
            (self.root / ARRIVALS).mkdir(mode=0o700, exist_ok=True)
        folder = Path(mkdtemp(prefix=_ARRIVING, dir=self.root / ARRIVALS if self._shared else None))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return folder / f"accounts-{day}{ending}"

    def _named(self) -> str:
        """Return the source as messages name it."""
        return "the database's answer" if self.origin.database else self.origin.path or ""

    def _last_by_name(self) -> Path | None:
        """Return the last of the files that a path with `*` in its name means, or the file itself, if it is there."""
        path = self.root / (self.origin.path or "")
        with reading(self._named()):
            if "*" not in path.name:
                return path if path.exists() else None
            name = re.compile(re.escape(path.name).replace(r"\*", ".*"))
            entries = path.parent.iterdir() if path.parent.is_dir() else iter(())
            return max((e for e in entries if name.fullmatch(e.name) and e.is_file()), default=None)


def _ending(path: Path) -> str:
    """Return the part of a file's name that says how it is read, such as `.csv.gz`."""
    suffixes = path.suffixes[-2:] if packing_of(path.name) else path.suffixes[-1:]
    return "".join(suffixes).lower()


def _as_warnings(error: Problems) -> list[Problem]:
    return [replace(each, severity="warning") for each in error.problems]
