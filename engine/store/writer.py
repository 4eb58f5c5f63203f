"""Writing a store: one commit a date, whole or not at all.

Order: the Parquet files, synced with their folders; then one transaction of the database with the
ledger, the manifest and the run. What a killed run leaves behind the next writer clears away: files
that the manifest doesn't name, and SQLite's journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import polars as pl

from ..evaluation.tables import ENDED
from ..text.problem import Problems
from . import boundaries, connection, files, history, ledger, lock, manifest, rows, schema, states
from . import record as records
from .faults import reported
from .manifest import Change
from .reader import Reader
from .record import RunRecord

MOST_IN_MEMORY = 300_000
"""Entries whose pages are held back until the commit, so that readers aren't kept out before it."""

CACHE = 256 * 1024
"""KiB of pages held in memory by a larger commit; the others go to the disk as they are filled."""


class Store(Reader):
    """The store, held for writing by this process alone; see `open`."""

    def __init__(self, root: Path | str, database: sqlite3.Connection) -> None:
        super().__init__(root)
        self._database = database

    @classmethod
    @contextmanager
    def open(cls, root: Path | str) -> Iterator[Store]:
        """Hold the store for writing, made where there is none.

        Raises `Locked` where another process holds it, `Problems` where it cannot be opened.
        """
        root = Path(root)
        with ExitStack() as held:
            with reported(root):
                files.prepare(root)
                held.enter_context(lock.hold(root))
                database = held.enter_context(closing(connection.create(root)))
                manifest.sweep(database, root)
            yield cls(root, database)

    @contextmanager
    def _session(self) -> Iterator[sqlite3.Connection]:
        with reported(self.root):
            self._database.execute("BEGIN")
            try:
                yield self._database
            finally:
                # An error may have ended the transaction already.
                if self._database.in_transaction:
                    self._database.execute("COMMIT")

    def commit(
        self,
        record: RunRecord,
        states: pl.DataFrame,
        entries: pl.DataFrame,
        ended: pl.DataFrame,
        quarantined: pl.DataFrame,
        history: pl.DataFrame | None = None,
    ) -> None:
        """Add one evaluated date: all of it or, with `Problems` raised, nothing.

        `states` are the changed rows of `STATES`; `entries` are `LEDGER`, `ended` `ENDED`,
        `quarantined` `QUARANTINE`; `history` is account_id with the fields to keep of the snapshot
        of `record.snapshot_on`, in place of what is kept of it. An enrolment that ended on a date
        already (after a redo) takes the place of the earlier row.
        """
        with reported(self.root):
            self._admit(record)
            (run,) = self._database.execute("SELECT coalesce(max(run), 0) + 1 FROM runs").fetchone()
            change = self._change(run, record, states, history)
            try:
                self._write(change)
                self._enter(run, record, change, entries, ended, quarantined)
            except BaseException:
                self._undo(run, change)
                raise
        self._tidy(change)

    def _admit(self, record: RunRecord) -> None:
        (attempts,) = self._database.execute(
            "SELECT coalesce(max(attempt), 0) FROM runs WHERE evaluated_on = ?",
            [record.on.isoformat()],
        ).fetchone()
        refused = records.refusal(record, self.last_committed(), attempts)
        if refused:
            raise Problems([refused])

    def _change(
        self, run: int, record: RunRecord, rows: pl.DataFrame, kept: pl.DataFrame | None
    ) -> Change:
        of_states = states.change(self._database, self.root, run, rows)
        of_history = history.change(self._database, run, record.snapshot_on, kept)
        return Change(
            of_states.written + of_history.written, of_states.dropped + of_history.dropped
        )

    def _write(self, change: Change) -> None:
        for file, content in change.written:
            files.write(self.root / file.name, content)
        for folder in sorted({(self.root / file.name).parent for file, _ in change.written}):
            files.sync_folder(folder)

    def _enter(
        self,
        run: int,
        record: RunRecord,
        change: Change,
        entries: pl.DataFrame,
        ended: pl.DataFrame,
        quarantined: pl.DataFrame,
    ) -> None:
        """The transaction."""
        spill = "ON" if entries.height > MOST_IN_MEMORY else "OFF"
        self._database.execute(f"PRAGMA cache_size = -{CACHE}")
        self._database.execute(f"PRAGMA cache_spill = {spill}")
        boundaries.boundary("before the transaction")
        self._database.execute("BEGIN IMMEDIATE")
        ledger.append(self._database, run, entries)
        boundaries.boundary("ledger entered")
        self._insert("ended", run, ended, ENDED)
        boundaries.boundary("ended entered")
        self._insert("quarantine", run, quarantined, schema.QUARANTINE)
        boundaries.boundary("quarantine entered")
        manifest.enter(self._database, change)
        boundaries.boundary("manifest entered")
        marks = ", ".join("?" * len(records.COLUMNS))
        self._database.execute(
            f"INSERT INTO runs VALUES (?, {marks})", [run, *records.to_row(record)]
        )
        boundaries.boundary("before COMMIT")
        self._database.execute("COMMIT")
        boundaries.boundary("after COMMIT")

    def _insert(
        self, table: str, run: int, frame: pl.DataFrame, columns: dict[str, pl.DataType]
    ) -> None:
        marks = ", ".join("?" * len(columns))
        self._database.executemany(
            f"INSERT OR REPLACE INTO {table} VALUES ({run}, {marks})", rows.to_rows(frame, columns)
        )

    def _undo(self, run: int, change: Change) -> None:
        """Leave nothing of a commit that failed.

        An interrupt can arrive when COMMIT has just succeeded: the files then stay. What can't be
        undone here is undone by the next writer.
        """
        with suppress(OSError, sqlite3.Error):
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            if self._database.execute("SELECT 1 FROM runs WHERE run = ?", [run]).fetchone():
                return
            for file, _ in change.written:
                (self.root / file.name).unlink(missing_ok=True)

    def _tidy(self, change: Change) -> None:
        """Delete the files that no reader can be reading any more; see `manifest`."""
        for file in change.dropped:
            boundaries.boundary(f"before deleting {file.name}")
            # The date is committed whatever happens here, and the next writer sweeps.
            with suppress(OSError):
                (self.root / file.name).unlink()
        boundaries.boundary("done")
