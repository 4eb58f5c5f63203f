"""Commit one date to a store: in parts, completely or not at all.

Files are written as parts are added, so that a commit of millions of rows never is in memory completely.
No reader sees them before `finish`, whose one transaction names them in the manifest along with the ledger
and the run. Files of a commit that isn't finished are deleted again, here or, after a kill, by
the next writer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import polars as pl

from ..core.problems import Problems
from ..core.schemas import ENDED, LEDGER, QUARANTINE, STATES, empty_table, stack
from ..workspace.store_address import StoreRoot
from . import (
    chain,
    connection,
    errors,
    failpoints,
    file_names,
    ledger,
    ledger_rows,
    manifest,
    places,
    seals,
    segments,
    snapshot_history,
    sqlite_rows,
    sqlite_schema,
    state_files,
    version_texts,
)
from . import run_record as records
from .committed import Commits
from .erase import Rewritten, encode_files
from .errors import as_problems
from .ledger_rows import ENDS
from .manifest import File, ManifestChange
from .part_files import FileEncoder, PartFiles, PartWriter
from .reader import Reader
from .retention import NOTHING_EXPIRES, Retention, expired
from .retention import write_expired as enter_expired
from .run_record import RunRecord
from .sqlite_rows import lazily
from .store_database import DATABASE_ERRORS, Database, quoted_columns
from .store_files import files_of
from .version_texts import NO_TEXTS

MOST_STATES = 400_000
MOST_ENTRIES = 200_000
"""Rows held in memory before they go to a file."""

MOST_IN_TABLE = 50_000
"""Entries that a commit adds to the table; more than these it writes to a file, in a tenth of the time."""

CACHE = 256 * 1024
"""KiB of pages of the database that a commit reads and changes before it drops those that it only read."""


class Commit:
    """The changes of one run over one date; see `Store.begin`."""

    def __init__(
        self,
        root: StoreRoot,
        database: Database,
        snapshot_on: dt.date,
        held: places.WriterLock,
        commits: Commits,
    ) -> None:
        self.root = root
        self._files = files_of(root)
        self._held = held
        self._commits = commits
        self._on: dt.date | None = None
        self._database = database
        self._snapshot_on = snapshot_on
        (self.run,) = database.execute("SELECT coalesce(max(run), 0) + 1 FROM runs").fetchone()
        buckets = sqlite_schema.meta(database, "buckets")
        self._encoder = FileEncoder(self.run, file_names.new_token(), buckets, snapshot_on)
        self._states: list[pl.DataFrame] = []
        self._entries: list[pl.DataFrame] = []
        self._ended: list[pl.DataFrame] = []
        self._revised: list[pl.DataFrame] = []
        self._written: list[File] = []
        self._finished = False
        self._carries = False
        self._expired = Rewritten(), NOTHING_EXPIRES
        self._texts: Mapping[str, str] = {}

    def add(
        self,
        states: pl.DataFrame,
        entries: pl.DataFrame,
        ended: pl.DataFrame,
        history: pl.DataFrame | None = None,
        carried: pl.DataFrame | None = None,
    ) -> None:
        """Add a part: `STATES` that changed, `LEDGER`, `ENDED`, and `account_id` with the fields to save.

        `carried` are the older values that playbooks still compare with. Of a snapshot of which something is saved
        already, each table replaces its old one, and a new `history` also replaces what was carried. No two parts have
        an account in common. An enrolment that ended on a date already, before a redo, replaces the earlier row.
        """
        with as_problems(self.root):
            self._states.append(states)
            self._entries.append(entries)
            self._ended.append(ended)
            if _height(self._states) > MOST_STATES:
                self._write_delta()
            if _height(self._entries) > MOST_ENTRIES:
                self._write_volume()
            self._carries |= history is not None or carried is not None
            if history is not None:
                self._write_values("history", history)
            if carried is not None and carried.height:
                self._write_values("carried", carried)

    def part_writer(self) -> PartWriter:
        """Return the writer with which other processes write parts of this commit, for `adopt`."""
        return PartWriter(self.root, self.run, self._encoder.buckets, self._snapshot_on)

    def adopt(self, part: PartFiles) -> None:
        """Add a part that another process wrote; the contract is `add`'s.

        Large files become the commit's. The rows of small ones are added as those of any part, and the files deleted:
        many small files would slow every reader down.

        Raises:
            Problems: A file is not there, or not as it was written.
        """
        with as_problems(self.root):
            for file in part.files:
                self._files.scan([file])  # compares it with what was written
                self._written.append(file)
            states = self._take_small(part, "delta", STATES, MOST_STATES // 2)
            entries = self._take_small(part, "ledger", LEDGER, MOST_ENTRIES // 2)
            for file in part.files:
                if file.kind == "ledger" and file in self._written:
                    self._check_segment(
                        self._files.scan([file]).select(list(ledger.REVISION_KEY)).collect()
                    )
            self._carries |= part.carries
        self.add(states, entries, part.ended)

    def _take_small(
        self, part: PartFiles, kind: manifest.FileKind, schema: dict[str, pl.DataType], rows: int
    ) -> pl.DataFrame:
        """Return the rows of the part's files of a kind that have fewer rows than this, and delete the files."""
        small = [file for file in part.files if file.kind == kind and file.rows < rows]
        if not small:
            return empty_table(schema)
        found = self._files.scan(small).select(list(schema)).collect()
        for file in small:
            self._drop(file)
        return found

    def finish(
        self,
        record: RunRecord,
        quarantined: pl.DataFrame,
        history_on: dt.date | None = None,
        retention: Retention = NOTHING_EXPIRES,
        texts: Mapping[str, str] = NO_TEXTS,
    ) -> None:
        """Commit all parts, or raise `Problems` and commit nothing.

        Where a date is named, the values of earlier snapshots go that are not needed to know those of that date.
        Names and quarantined values of runs that are older than `retention` says are replaced.
        `texts` are the files of the workspace that the run read, by name.
        """
        self._on = record.on
        self._texts = texts
        with as_problems(self.root):
            self._held.refuse_lost()
            if self._of("ledger") or _height(self._entries) > MOST_IN_TABLE:
                self._write_volume()
            self._write_delta()
            old = expired(self._database, self.root, retention, self.run)
            dropped = self._rebase() + self._settle_history() + self._prune_history(history_on)
            dropped += self._write_again(old)
            self._files.confirm(self._written)
            self._expired = old, retention
            self._enter(record, quarantined, dropped)
            self._settle(record.on)
        self._tidy(dropped)

    def entries(self) -> list[pl.LazyFrame]:
        """Return the added entries, to be collected; those on disk are read then."""
        filed = [segments.scan_segments(self.root, [file]) for file in self._of("ledger")]
        return [*filed, *(entries.lazy() for entries in self._entries)]

    def read_back(self) -> list[pl.LazyFrame]:
        """Return the entries of a finished commit, all of them on disk: they take no memory until collected."""
        return [lazily(partial(Reader(self.root).entries_of, self.run), LEDGER)]

    def undo(self) -> None:
        """Remove all traces of a commit that was not finished.

        An interrupt can arrive when COMMIT has just succeeded: the files then stay. The next
        writer undoes the rest.
        """
        if self._finished:
            return
        with suppress(OSError, *DATABASE_ERRORS):
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            if self._is_entered(self._database):
                if self._on is not None:
                    self._settle(self._on)
                return
            for file in self._written:
                self._files.remove(file.name)

    def _of(self, kind: manifest.FileKind) -> list[File]:
        # Files of older runs, written again without names, are none of this run's own.
        return [f for f in self._written if f.kind == kind and f.run == self.run]

    def _write(self, described: tuple[File, bytes]) -> None:
        file, content = described
        self._written.append(file)
        self._files.write(file, content)

    def _write_delta(self) -> None:
        changed = stack(map(state_files.conformed, self._states), STATES)
        self._states.clear()
        if changed.is_empty():
            return
        self._write(self._encoder.delta(changed, len(self._of("delta"))))

    def _write_volume(self) -> None:
        entries = stack(self._entries, LEDGER)
        self._entries.clear()
        if entries.is_empty():
            return
        self._check_segment(entries)
        self._write(self._encoder.segment(entries, len(self._of("ledger"))))

    def _check_segment(self, entries: pl.DataFrame) -> None:
        """Refuse entries of a segment that the ledger has, and note which revisions they replace."""
        self._revised.append(ledger.check_segment(self._database, self.root, entries))

    def _write_values(self, kind: manifest.FileKind, values: pl.DataFrame) -> None:
        self._write(self._encoder.values(kind, values, len(self._of(kind))))

    def _rebase(self) -> list[File]:
        """Write all states into a new base if it is time for one, and return the files that it replaces."""
        own = self._of("delta")
        if not own or not state_files.outgrown(self._database, own):
            return []
        for described in state_files.rebase(
            self._database, self.root, self.run, own, self._encoder.token
        ):
            self._write(described)
        for file in own:
            self._drop(file)
        return manifest.live_files(self._database, "base", "delta")

    def _settle_history(self) -> list[File]:
        """Drop what was saved of the same snapshot before, or the new files if they are equal."""
        dropped = []
        for kind in snapshot_history.HISTORY:
            old = manifest.live_files(self._database, kind, day=self._snapshot_on)
            new = self._of(kind)
            if [file.sha256 for file in old] == [file.sha256 for file in new]:
                for file in new:
                    self._drop(file)
            elif new or (kind == "carried" and self._carries):
                dropped += old
        return dropped

    def _write_again(self, old: Rewritten) -> list[File]:
        """Write the files of runs whose names have expired without them, and return those that they replace."""
        # Their numbers follow no part of this commit: the files are of other runs.
        for described in encode_files(old, self._encoder.token):
            self._write(described)
        return [file for file, _ in old.files]

    def _prune_history(self, needed_on: dt.date | None) -> list[File]:
        """Return the files of dates that nothing looks back to any more."""
        if needed_on is None:
            return []
        days = {*snapshot_history.saved_days(self._database), self._snapshot_on}
        # Files that this commit itself replaces are dropped already.
        past = set(snapshot_history.outdated(days, needed_on)) - {self._snapshot_on}
        kinds = snapshot_history.HISTORY
        return [
            file
            for day in sorted(past)
            for file in manifest.live_files(self._database, *kinds, day=day)
        ]

    def _enter(self, record: RunRecord, quarantined: pl.DataFrame, dropped: list[File]) -> None:
        """Run the transaction."""
        entries = stack(self._entries, LEDGER)
        database = self._database
        connection.set_pragma(database, f"cache_size = -{CACHE}")
        # Pages written before the commit would block readers until then.
        connection.set_pragma(database, "cache_spill = OFF")
        failpoints.failpoint("before the transaction")
        if not self._expired[0].is_empty:
            connection.set_pragma(database, "secure_delete = ON")
        database.execute("BEGIN IMMEDIATE")
        self._refuse_overtaken()
        sqlite_schema.raise_layout(database)
        before = chain.last(database)
        lines = ledger.append(database, self.root, self.run, before.entries_to + 1, entries)
        failpoints.failpoint("ledger entered")
        ends = ledger_rows.insert(database, ENDS, stack(self._ended, ENDED), before.ends_to + 1)
        failpoints.failpoint("ended entered")
        self._quarantine(quarantined)
        failpoints.failpoint("quarantine entered")
        manifest.record_change(database, ManifestChange(tuple(self._written), tuple(dropped)))
        failpoints.failpoint("manifest entered")
        enter_expired(database, self.root, *self._expired, self.run, record.on)
        # After what expires: a text of this run that only old runs had read stays.
        version_texts.write_version(database, self.run, self._texts)
        failpoints.failpoint("texts entered")
        ledger.replace(database, self.run, stack(self._revised, ledger.REVISION_KEY))
        marks, row = ", ".join("?" * len(records.RUN_COLUMNS)), records.run_to_row(record)
        database.execute(f"INSERT INTO runs VALUES (?, {marks})", [self.run, *row])
        chain.add(database, self.run, row, lines, ends)
        seals.write_seal(database, self.run)
        failpoints.failpoint("before COMMIT")
        self._confirm(record.on)
        failpoints.failpoint("after COMMIT")

    def _confirm(self, on: dt.date) -> None:
        """Run COMMIT. An error of its last step, after which every reader sees the run, is a warning.

        SQLite deletes its journal, which commits, and then syncs the folder. If that sync fails, COMMIT reports an
        error though nothing can be undone.
        """
        try:
            self._database.execute("COMMIT")
        except DATABASE_ERRORS as error:
            if not self._is_committed():
                raise
            self._commits.warnings.append(errors.unconfirmed(self.root, on, error))

    def _is_committed(self) -> bool:
        """Return whether every reader sees the run: as long as there is a journal, it would be rolled back."""
        if isinstance(self.root, Path) and (self.root / file_names.JOURNAL).exists():
            return False
        with suppress(Problems, *DATABASE_ERRORS), connection.connect_after(self.root) as fresh:
            return self._is_entered(fresh)
        return False

    def _is_entered(self, database: Database) -> bool:
        row = database.execute("SELECT 1 FROM runs WHERE run = ?", [self.run]).fetchone()
        return row is not None

    def _settle(self, on: dt.date) -> None:
        """Complete a commit: the date is committed, whatever fails from now on."""
        if on not in self._commits.dates:
            self._commits.dates.append(on)
        self._finished = True

    def _refuse_overtaken(self) -> None:
        """Raise `Problems` if another process may write too, after the lock's file was deleted.

        The database's lock is held at this point: the next writer sees what is committed now.
        """
        self._held.refuse_lost()
        (newest,) = self._database.execute("SELECT coalesce(max(run), 0) FROM runs").fetchone()
        if newest != self.run - 1:
            raise Problems([errors.overtaken(self.root)])

    def _quarantine(self, frame: pl.DataFrame) -> None:
        names, marks = quoted_columns(QUARANTINE), ", ".join("?" * len(QUARANTINE))
        self._database.executemany(
            f"INSERT INTO quarantine (run, {names}) VALUES ({self.run}, {marks})",
            sqlite_rows.to_rows(frame, QUARANTINE),
        )

    def _tidy(self, dropped: list[File]) -> None:
        """Delete the files that no reader can be reading any more; see `manifest`."""
        # The date is committed whatever happens here, and the next writer cleans up.
        with suppress(*DATABASE_ERRORS), connection.after_readers(self._database) as free:
            for file in dropped if free else ():
                failpoints.failpoint(f"before deleting {file.name}")
                with suppress(OSError):
                    self._files.remove(file.name)
        failpoints.failpoint("done")

    def _drop(self, file: File) -> None:
        """Delete a file that only this commit knows."""
        self._files.remove(file.name)
        self._written.remove(file)


def _height(frames: list[pl.DataFrame]) -> int:
    return sum(frame.height for frame in frames)
