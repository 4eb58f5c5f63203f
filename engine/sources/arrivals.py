"""Snapshots that come without a date: what a database answers, and a file that is overwritten.

What arrives is true of the day on which it arrives. A run keeps it under that date in the workspace, so that the past
can be evaluated again, and history needs no source but the workspace. A preview looks at it and keeps nothing.

A file that is as it was last kept has not arrived again: its snapshot grows old, until `max_age` stops the run.
"""

from __future__ import annotations

import datetime as dt
import io
import shutil
import weakref
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from ..core.atomic_files import write_whole
from ..core.file_formats import AS_TOLD
from ..text.input_files import MAX_SNAPSHOT_BYTES, read_bounded
from ..workspace.settings import SnapshotSource
from .backends import DatedFiles
from .integrity import check_checksum, check_finished, check_row_count, file_digest
from .paths import path_on
from .refusal import reading, refuse

if TYPE_CHECKING:
    import polars as pl

KEPT = "kept"
"""The folder of the workspace with what has arrived."""


class Arrivals(DatedFiles):
    """The snapshots kept of a source without dates, and what has arrived since, which is looked at but not yet kept."""

    def __init__(self, source: SnapshotSource, root: Path) -> None:
        self.origin = source
        ending = ".parquet" if source.database else "".join(Path(source.path or "").suffixes[-2:])
        super().__init__(
            source._replace(
                path=f"{KEPT}/accounts-{{date}}{ending}",
                file_format=AS_TOLD if source.database else source.file_format,
                rows_file=None,
                checksum_file=None,
                done_file=None,
            ),
            root,
        )
        self._arrived: tuple[dt.date, Path] | None = None

    def arrive(self, day: dt.date, *, keep: bool) -> None:
        """Take in what the source has now as the snapshot of a day; with `keep`, keep it, and drop what is too old."""
        found = self._ask(day) if self.origin.database else self._overwritten(day)
        if found is None:
            return
        if keep:
            content = found if isinstance(found, bytes) else self._content(found)
            kept = path_on(self.root, self.pattern, day)
            with reading(self.shown(day)):
                kept.parent.mkdir(mode=0o700, exist_ok=True)
                write_whole(kept, content, private=True)
            found = kept
            self._drop(day - dt.timedelta(days=self.origin.keep_days))
        elif isinstance(found, bytes):
            folder = Path(mkdtemp(prefix="tenure-"))
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            path = folder / "arrived.parquet"
            path.write_bytes(found)
            found = path
        self._arrived = day, found

    def dates(self) -> list[dt.date]:
        """Return the dates of what is kept and what has arrived, in order."""
        arrived = [self._arrived[0]] if self._arrived else []
        return sorted({*super().dates(), *arrived})

    def path(self, day: dt.date) -> Path:
        """Return the path of the date's file, which exists."""
        if self._arrived is not None and self._arrived[0] == day:
            return self._arrived[1]
        return super().path(day)

    def check_rows(self, day: dt.date, rows: int) -> None:
        """Refuse what has just arrived if it has not as many rows as are stated."""
        if self._arrived is not None and self._arrived[0] == day:
            check_row_count(self.origin, self.root, day, rows)

    def _ask(self, day: dt.date) -> bytes:
        from .databases import ask_database

        frame = ask_database(self.origin, self.root)
        if frame.is_empty():
            refuse("empty-snapshot", f"the database's answer of {day} has no rows", "see the query")
        return _as_parquet(frame)

    def _overwritten(self, day: dt.date) -> Path | None:
        """Return the source's file; None if it is not there, or is as it was last kept."""
        path = self.root / (self.origin.path or "")
        shown = self.origin.path or ""
        with reading(shown):
            there = path.exists()
        kept = [each for each in super().dates() if each <= day]
        if not there and kept:
            return None
        if not there:
            refuse("no-snapshot", f"there is no snapshot yet: {shown} is not there")
        check_finished(self.origin, self.root, day)
        digest = file_digest(path, shown)
        check_checksum(self.origin, self.root, day, path, digest)
        last = max(kept, default=None)
        return None if last is not None and last != day and self.digest(last) == digest else path

    def _content(self, path: Path) -> bytes:
        with reading(self.origin.path or ""):
            return read_bounded(path, self.origin.path or "", MAX_SNAPSHOT_BYTES)

    def _drop(self, before: dt.date) -> None:
        """Delete the snapshots kept of days before this one."""
        for day in super().dates():
            if day < before:
                path_on(self.root, self.pattern, day).unlink(missing_ok=True)


def _as_parquet(frame: pl.DataFrame) -> bytes:
    written = io.BytesIO()
    frame.write_parquet(written, compression="zstd")
    return written.getvalue()
