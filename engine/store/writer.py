"""Write a store: one commit per date, completely or not at all.

Order: the Parquet files, synced with their folders; then one transaction of the database with the
ledger, the manifest and the run. The next writer clears the remains of a killed run: files
that the manifest doesn't name, and SQLite's journal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import polars as pl

from ..core.problems import Problem, Problems
from ..workspace.store_address import StoreRoot
from . import (
    connection,
    deliveries,
    erase,
    failpoints,
    index_checks,
    places,
    recordings,
)
from . import run_record as records
from .commit import Commit
from .committed import Commits
from .deliveries import Delivery
from .errors import as_problems
from .former_ids import NO_FORMER_IDS, FormerIds
from .newest_run import Notes
from .reader import Reader
from .redaction import Redaction
from .store_database import Database
from .store_files import files_of, vacuum


class Store(Reader):
    """The store, held for writing by this process alone; see `open`."""

    def __init__(
        self,
        root: StoreRoot | str,
        database: Database,
        held: places.WriterLock,
        notes: Notes,
        commits: Commits | None = None,
        former: FormerIds = NO_FORMER_IDS,
    ) -> None:
        super().__init__(root, former)
        self._database = database
        self._held = held
        self._notes = notes
        self._commits = Commits() if commits is None else commits
        self.warnings: tuple[Problem, ...] = ()
        """Problems of opening it that did not prevent that."""

    @classmethod
    @contextmanager
    def open(
        cls,
        root: StoreRoot | str,
        workspace: Path | None = None,
        commits: Commits | None = None,
        former: FormerIds = NO_FORMER_IDS,
    ) -> Iterator[Store]:
        """Hold the store for writing, creating it if there is none; each date committed is added to `commits`.

        The workspace notes which run is the newest, so that an older copy of the store is noticed.

        Raises:
            Locked: Another process holds it.
            Problems: It cannot be opened, holds something else, is damaged or was restored by hand.
        """
        root = places.as_root(root)
        notes = Notes(root, workspace)
        with ExitStack() as held:
            with as_problems(root):
                places.refuse_place(root, workspace)
                if not places.is_store(root):
                    notes.refuse_gone()
                places.prepare_place(root)
                locked = held.enter_context(places.hold(root))
                database = held.enter_context(closing(connection.connect_writer(root)))
                notes.check(database)
                index_checks.check_indexes(database, root)
                store = cls(root, database, locked, notes, commits, former)
                store.warnings = tuple(places.tighten_place(root))
                vacuum(database, files_of(root))
                erase.finish(database)
                notes.write(database)
            yield store

    @contextmanager
    def _session(self) -> Iterator[Database]:
        with as_problems(self.root):
            self._database.execute("BEGIN")
            try:
                yield self._database
            finally:
                # An error may have ended the transaction already.
                if self._database.in_transaction:
                    self._database.execute("COMMIT")

    @contextmanager
    def begin(
        self, on: dt.date, attempt: int, snapshot_on: dt.date, *, belated: bool = False
    ) -> Iterator[Commit]:
        """Yield a commit of one evaluated date, to which parts are added; unfinished, it leaves nothing.

        A belated date, which some playbooks catch up, may be before the last one committed.

        Raises:
            Problems: That date, or that attempt at it, can't come next.
        """
        with as_problems(self.root):
            (attempts,) = self._database.execute(
                "SELECT coalesce(max(attempt), 0) FROM runs WHERE evaluated_on = ?",
                [on.isoformat()],
            ).fetchone()
            refused = records.date_refusal(
                on, attempt, self.last_committed(), attempts, belated=belated
            )
            if refused:
                raise Problems([refused])
            commit = Commit(self.root, self._database, snapshot_on, self._held, self._commits)
        try:
            yield commit
            self._notes.write(self._database)
        finally:
            commit.undo()

    def record(self, outcomes: pl.DataFrame, moves: pl.DataFrame) -> None:
        """Append `OUTCOMES` and `HAND_MOVES` in one transaction; their numbers are given here, not read.

        Raises:
            Problems: They could not be written; then none of them is.
        """
        if outcomes.is_empty() and moves.is_empty():
            return
        with as_problems(self.root):
            database = self._database
            try:
                failpoints.failpoint("before the recording")
                database.execute("BEGIN IMMEDIATE")
                self._held.refuse_lost()
                recordings.append_recording(database, outcomes, moves)
                failpoints.failpoint("before COMMIT of the recording")
                database.execute("COMMIT")
            finally:
                if database.in_transaction:
                    database.execute("ROLLBACK")
            failpoints.failpoint("after COMMIT of the recording")
            self._notes.write(database)

    def plan_deliveries(self, planned: Sequence[Delivery]) -> None:
        """Add to the outbox those deliveries whose keys are new, all of them or none."""
        with self._transaction("planning") as database:
            deliveries.plan_deliveries(database, planned)

    def note_delivery(self, delivery: Delivery) -> None:
        """Write what became of a delivery."""
        self.note_deliveries([delivery])

    def note_deliveries(self, noted: list[Delivery]) -> None:
        """Write what became of deliveries, all or none."""
        with self._transaction(f"noting {noted[0].state}") as database:
            for delivery in noted:
                deliveries.write_delivery(database, delivery)

    @contextmanager
    def _transaction(self, what: str) -> Iterator[Database]:
        with as_problems(self.root):
            database = self._database
            try:
                failpoints.failpoint(f"before {what}")
                database.execute("BEGIN IMMEDIATE")
                self._held.refuse_lost()
                yield database
                failpoints.failpoint(f"before COMMIT of {what}")
                database.execute("COMMIT")
            finally:
                if database.in_transaction:
                    database.execute("ROLLBACK")
            failpoints.failpoint(f"after COMMIT of {what}")

    def erase(self, redaction: Redaction, kind: erase.ErasureKind, on: dt.date) -> erase.Places:
        """Replace names in everything that is stored, all of it or, with `Problems` raised, nothing.

        Returns:
            In how many cells of each table names were replaced.
        """
        with as_problems(self.root):
            places = erase.Erasure(self.root, self._database, self._held).execute(
                redaction, kind, on
            )
            self._notes.write(self._database)
            return places

    @property
    def is_unfinished(self) -> bool:
        """Return whether the database still has to be rewritten after an erasure, for lack of space."""
        return erase.is_unfinished(self._database)
