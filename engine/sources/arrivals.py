"""Snapshots that arrive: from a database, from object storage or a lake, and from a file that is overwritten.

Each is true of the day on which it arrives, unless the object's name has a date. A run keeps it under that date
in the workspace, so that the past can be evaluated again, and history needs no source but the workspace. A preview
looks at it and keeps nothing.

A file or object that is as it was last stored has not arrived again: its snapshot grows old, until `max_age` stops the
run. The answer of a database or a lake is true of today, whether it has changed or not.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import shutil
import weakref
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from ..core.atomic_files import write_whole
from ..core.file_formats import LAKE_FORMATS, UNSTATED
from ..core.offsets import ONE_DAY
from ..text.input_files import MAX_SNAPSHOT_BYTES, read_bounded
from ..workspace.settings import SnapshotSource
from ..workspace.source_settings import PLACEHOLDER
from .backends import DatedFiles
from .fetched_tables import fetch_table
from .integrity import check_checksum, check_finished, check_row_count, file_digest
from .paths import path_on
from .refusal import reading, refuse

if TYPE_CHECKING:
    import polars as pl

ARRIVALS = "arrivals"
"""The folder of the workspace with what has arrived."""
MISSED_DAYS = 31
"""Days back for which objects with dates are looked for after a time without runs."""


class Arrivals(DatedFiles):
    """The snapshots stored of a source without dates, and those that have arrived since and are not stored yet."""

    def __init__(self, source: SnapshotSource, root: Path) -> None:
        self.origin = source
        ending = ".parquet" if source.fetched else "".join(Path(source.path or "").suffixes[-2:])
        super().__init__(
            source._replace(
                path=f"{ARRIVALS}/accounts-{{date}}{ending}",
                file_format=UNSTATED if source.fetched else source.file_format,
                rows_file=None,
                checksum_file=None,
                done_file=None,
            ),
            root,
        )
        self._arrived: dict[dt.date, Path] = {}
        """The files of what has come and is not stored, by date."""
        self._new: set[dt.date] = set()

    def arrive(self, day: dt.date, *, keep: bool) -> None:
        """Take in what the source has now as the snapshot of a day; with `keep`, keep it, and drop what is too old."""
        for of, found in self._found(day):
            if keep:
                self._keep(of, found)
            elif isinstance(found, bytes):
                self._arrived[of] = self._set_down(of, found)
            else:
                self._arrived[of] = found
            self._new.add(of)
        if keep:
            self._drop(day - dt.timedelta(days=self.origin.keep_days))

    def _found(self, day: dt.date) -> Iterator[tuple[dt.date, bytes | Path]]:
        """Yield what has come: the dates of which it is true, and the file or the content of one."""
        if not self.origin.fetched:
            file = self._overwritten(day)
            if file is not None:
                yield day, file
            return
        for of in self._asked(day):
            check_finished(self.origin, self.root, of)
            frame = fetch_table(self.origin, self.root, of)
            if frame is None:
                continue
            if frame.is_empty():
                refuse("empty-snapshot", f"what {self._named()} has of {of} has no rows")
            content = _as_parquet(frame)
            if not (self._is_one_object() and self._is_last_stored(of, content)):
                yield of, content

    def _asked(self, day: dt.date) -> list[dt.date]:
        """Return the dates to ask for: of objects with dates, also those that came while the machine was off."""
        if PLACEHOLDER not in (self.origin.path or ""):
            return [day]
        last = max((each for each in super().dates() if each < day), default=day - ONE_DAY)
        first = max(last + ONE_DAY, day - dt.timedelta(days=MISSED_DAYS))
        return [first + dt.timedelta(days=number) for number in range((day - first).days + 1)]

    def _is_one_object(self) -> bool:
        """Return whether one object is overwritten by each export, so that the same content is not a new snapshot."""
        path = self.origin.path or ""
        lake = self.origin.file_format.format in LAKE_FORMATS
        return self.origin.database is None and not lake and PLACEHOLDER not in path

    def _is_last_stored(self, day: dt.date, content: bytes) -> bool:
        last = max((each for each in super().dates() if each <= day), default=None)
        if last is None or last == day:
            return False
        return self.digest(last) == hashlib.sha256(content).hexdigest()

    def _named(self) -> str:
        """Return the source as messages name it."""
        return "the database" if self.origin.database else self.origin.path or ""

    def _keep(self, day: dt.date, found: bytes | Path) -> None:
        content = found if isinstance(found, bytes) else self._content(found)
        path = path_on(self.root, self.pattern, day)
        with reading(self.shown(day)):
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_whole(path, content, private=True)

    def _set_down(self, day: dt.date, content: bytes) -> Path:
        """Write content to a file that goes with this object."""
        folder = Path(mkdtemp(prefix="tenure-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        path = folder / f"accounts-{day}.parquet"
        path.write_bytes(content)
        return path

    def dates(self) -> list[dt.date]:
        """Return the dates of what is stored and what has arrived, in order."""
        return sorted({*super().dates(), *self._arrived})

    def shown(self, day: dt.date) -> str:
        """Return what a day's snapshot is, as messages name it."""
        return super().shown(day) if day not in self._arrived else self._named()

    def path(self, day: dt.date) -> Path:
        """Return the path of the date's file, which exists."""
        return self._arrived.get(day) or super().path(day)

    def check_rows(self, day: dt.date, rows: int) -> None:
        """Refuse what has just arrived if it has not as many rows as are stated."""
        if day in self._new:
            check_row_count(self.origin, self.root, day, rows)

    def _overwritten(self, day: dt.date) -> Path | None:
        """Return the source's file; None if it is not there, or is as it was last stored."""
        shown = self.origin.path or ""
        path = self._last_by_name(self.root / shown, shown)
        if path is None:
            return None
        check_finished(self.origin, self.root, day)
        digest = file_digest(path, shown)
        check_checksum(self.origin, self.root, day, path, digest)
        last = max((each for each in super().dates() if each <= day), default=None)
        return None if last is not None and last != day and self.digest(last) == digest else path

    def _last_by_name(self, path: Path, shown: str) -> Path | None:
        """Return the last of the files that a path with `*` in its name means, or the file itself, if it is there."""
        with reading(shown):
            if "*" not in path.name:
                return path if path.exists() else None
            return max(path.parent.glob(path.name), default=None)

    def _content(self, path: Path) -> bytes:
        with reading(self.origin.path or ""):
            return read_bounded(path, self.origin.path or "", MAX_SNAPSHOT_BYTES)

    def _drop(self, before: dt.date) -> None:
        """Delete the snapshots stored of days before this one."""
        for day in super().dates():
            if day < before:
                path_on(self.root, self.pattern, day).unlink(missing_ok=True)


def _as_parquet(frame: pl.DataFrame) -> bytes:
    written = io.BytesIO()
    frame.write_parquet(written, compression="zstd")
    return written.getvalue()
