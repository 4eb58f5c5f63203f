"""Erasing names from the store: every row and file that has them is written again, in one transaction.

Order: new Parquet files, then one transaction with the rows, the texts, the list of files, the digests and a record
of the erasure, then the old files are deleted, and the database is rewritten without its free pages. A process killed
before COMMIT leaves the store as it was. One killed later leaves it erased, and the next writer does the rest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problems
from ..core.schemas import QUARANTINE, empty_table
from ..workspace.store_address import StoreRoot
from . import (
    chain,
    connection,
    failpoints,
    file_names,
    interned_texts,
    ledger_rows,
    manifest,
    places,
    recordings,
    seals,
    segments,
    snapshot_history,
    sqlite_rows,
    state_files,
    version_texts,
)
from .errors import as_problems
from .ledger_rows import ENDS, ENTRIES, MOVE_ROWS, OUTCOME_ROWS
from .manifest import File, ManifestChange
from .postgres import ServerDatabase
from .redaction import Redaction
from .store_database import DATABASE_ERRORS, Database, quoted_columns
from .store_files import files_of
from .verify import verify

ErasureKind = Literal["account", "person", "retention"]


@dataclass(slots=True)
class Places:
    """How many cells of each table hold what is to be erased."""

    ledger: int = 0
    history: int = 0
    quarantine: int = 0
    recorded: int = 0
    """Outcomes and moves by hand."""
    texts: int = 0
    """Settings and playbooks of runs, each as a whole."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.ledger + self.history + self.quarantine + self.recorded + self.texts


@dataclass(slots=True)
class Rewritten:
    """The rewritten content of an erasure: files, rows by run, and quarantined rows by their number."""

    places: Places = field(default_factory=Places)
    files: list[tuple[File, pl.DataFrame]] = field(default_factory=list)
    entries: dict[int, tuple[int, pl.DataFrame]] = field(default_factory=dict)
    """By run: the number before its first row, and all its rows."""
    quarantine: list[tuple[str | None, str | None, int]] = field(default_factory=list)
    outcomes: pl.DataFrame | None = None
    """All outcomes, if one of them changes."""
    moves: pl.DataFrame | None = None
    """All moves by hand, if one of them changes."""
    texts: list[str] = field(default_factory=list)
    """The digests of texts of runs."""
    runs: set[int] = field(default_factory=set)
    """Whose digests change."""

    @property
    def is_empty(self) -> bool:
        """Return whether nothing changes."""
        return not (self.runs or self.texts) and self.outcomes is None and self.moves is None


def count_places(root: StoreRoot, redaction: Redaction) -> Places:
    """Return how many places an erasure would change; change nothing."""
    with as_problems(root), connection.connect_reader(root) as database:
        return _collect(database, root, redaction).places


def has_account(root: StoreRoot, account: str) -> bool:
    """Return whether the store knows an account of this id."""
    with as_problems(root), connection.connect_reader(root) as database:
        ours = pl.col(ACCOUNT_ID) == account
        among = " WHERE account_id IN (SELECT id FROM texts WHERE text = ?) LIMIT 1"
        for query in (
            f"SELECT 1 FROM entries{among}",
            f"SELECT 1 FROM ends{among}",
            f"SELECT 1 FROM {MOVE_ROWS.table}{among}",
            "SELECT 1 FROM quarantine WHERE account_id = ? LIMIT 1",
        ):
            if database.execute(query, [account]).fetchone():
                return True
        if state_files.read_states(database, root).filter(ours).height:
            return True
        listed = manifest.live_files(database, "ledger", *snapshot_history.HISTORY)
        return any(files_of(root).scan([file]).filter(ours).collect().height for file in listed)


def names_of_account(root: StoreRoot, redaction: Redaction) -> dict[str, set[str]]:
    """Return what the store has in the personal fields of the redaction's account, by field."""
    found: dict[str, set[str]] = {}
    ours = pl.col(ACCOUNT_ID) == redaction.account
    with as_problems(root), connection.connect_reader(root) as database:
        among = " WHERE account_id IN (SELECT id FROM texts WHERE text = ?)"
        rows, _ = ledger_rows.select(database, root, ENTRIES, among, [redaction.account])
        filed = segments.scan_segments(root, segments.live_segments(database))
        columns = [rows["account_name"], filed.filter(ours).collect()["account_name"]]
        for file in manifest.live_files(database, *snapshot_history.HISTORY):
            kept = files_of(root).scan([file]).filter(ours).collect()
            columns += [kept[name] for name in redaction.personal(kept)]
    for column in columns:
        found.setdefault(column.name, set()).update(column.drop_nulls().unique().to_list())
    return found


class Erasure:
    """One erasure, by the writer that holds the store."""

    def __init__(self, root: StoreRoot, database: Database, held: places.WriterLock) -> None:
        self._root = root
        self._files = files_of(root)
        self._database = database
        self._held = held
        self._token = file_names.new_token()
        self._written: list[File] = []
        self._committed = False

    def execute(self, redaction: Redaction, kind: ErasureKind, on: dt.date) -> Places:
        """Replace the names everywhere, or with an error raised nowhere; return in how many places.

        A damaged store is refused: new digests would hide the damage.
        """
        if problems := verify(self._root):
            raise Problems(problems)
        found = _collect(self._database, self._root, redaction)
        try:
            self._write_files(found)
            self._enter(found, kind, on)
        except BaseException:
            self._undo()
            raise
        with suppress(*DATABASE_ERRORS), connection.after_readers(self._database) as free:
            for file, _ in found.files if free else ():
                failpoints.failpoint(f"before deleting {file.name}")
                with suppress(OSError):
                    self._files.remove(file.name)
        finish(self._database)
        return found.places

    def _write_files(self, found: Rewritten) -> None:
        for file, content in encode_files(found, self._token):
            self._written.append(file)
            self._files.write(file, content)
        self._files.confirm(self._written)

    def _enter(self, found: Rewritten, kind: ErasureKind, on: dt.date) -> None:
        """Write everything in one transaction."""
        database = self._database
        # The bytes of deleted rows are overwritten, not only unlinked.
        connection.set_pragma(database, "secure_delete = ON")
        failpoints.failpoint("before the erasure")
        database.execute("BEGIN IMMEDIATE")
        self._held.refuse_lost()
        replace_rows(database, self._root, found)
        dropped = tuple(file for file, _ in found.files)
        manifest.record_change(database, ManifestChange(tuple(self._written), dropped))
        chain.renew_chain(database, self._root, found.runs)
        seals.renew_seals(database, found.runs, (on.isoformat(), kind, found.places.total))
        connection.set_pragma(database, f"user_version = {_UNCLEAN}")
        failpoints.failpoint("before COMMIT of the erasure")
        database.execute("COMMIT")
        self._committed = True
        failpoints.failpoint("after COMMIT of the erasure")

    def _undo(self) -> None:
        """Leave nothing of an erasure that was not committed; what stays is removed by the next writer."""
        with suppress(OSError, *DATABASE_ERRORS):
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            if self._committed:
                return
            names = {
                file.name
                for file in manifest.live_files(self._database, "ledger", *snapshot_history.HISTORY)
            }
            for file in self._written:
                if file.name not in names:
                    self._files.remove(file.name)


_UNCLEAN = 1
"""SQLite's `user_version` while free pages of the database may still hold what was erased."""


def finish(database: Database) -> None:
    """Rewrite the database without its free pages, if an erasure left that to do.

    For lack of space it may fail; then the next writer tries again.
    """
    if not is_unfinished(database):
        return
    failpoints.failpoint("before VACUUM")
    with suppress(*DATABASE_ERRORS):
        connection.set_pragma(database, "secure_delete = ON")
        database.execute("VACUUM")
        failpoints.failpoint("after VACUUM")
        database.execute("PRAGMA user_version = 0")


def is_unfinished(database: Database) -> bool:
    """Return whether the database's free pages may still hold what was erased."""
    if isinstance(database, ServerDatabase):
        return False
    (state,) = database.execute("PRAGMA user_version").fetchone()
    return bool(state == _UNCLEAN)


def _collect(database: Database, root: StoreRoot, redaction: Redaction) -> Rewritten:
    found = Rewritten()
    for file in manifest.live_files(database, *snapshot_history.HISTORY):
        changed, cells = redaction.history(files_of(root).scan([file]).collect())
        if cells:
            found.files.append((file, changed))
            found.places.history += cells
    runs = [run for (run,) in database.execute("SELECT run FROM chain ORDER BY run")]
    collect_entries(database, root, redaction, found, runs)
    _collect_quarantine(database, redaction, found)
    collect_recorded(database, root, redaction, found)
    found.texts = version_texts.texts_with(database, redaction.is_in_text)
    found.places.texts = len(found.texts)
    return found


def collect_recorded(
    database: Database, root: StoreRoot, redaction: Redaction, found: Rewritten
) -> None:
    """Add the outcomes and moves by hand to `found` if they have names."""
    outcomes = recordings.stored_outcomes(database, root)
    if outcomes.height:
        owned = outcomes.join(
            _accounts_of(database, root, redaction),
            on="action_id",
            how="left",
            maintain_order="left",
        )
        changed, cells = redaction.outcomes(owned)
        found.outcomes = changed.select(outcomes.columns) if cells else None
        found.places.recorded += cells
    moves = recordings.stored_moves(database, root)
    changed, cells = redaction.moves(moves)
    found.moves = changed if cells else None
    found.places.recorded += cells


def _accounts_of(database: Database, root: StoreRoot, redaction: Redaction) -> pl.DataFrame:
    """Return `action_id` and `account_id` of the actions of the redaction's account; of none without one."""
    columns = ["action_id", ACCOUNT_ID]
    if redaction.account is None:
        return empty_table({name: pl.String() for name in columns})
    among = " WHERE account_id IN (SELECT id FROM texts WHERE text = ?)"
    rows, _ = ledger_rows.select(database, root, ENTRIES, among, [redaction.account])
    filed = segments.scan_segments(root, segments.live_segments(database))
    ours = filed.filter(pl.col(ACCOUNT_ID) == redaction.account).select(columns).collect()
    return pl.concat([rows.select(columns), ours]).unique("action_id")


def collect_entries(
    database: Database,
    root: StoreRoot,
    redaction: Redaction,
    found: Rewritten,
    runs: Collection[int],
) -> None:
    """Add the entries of these runs that have names, in the table and in files, to `found`."""
    for file in manifest.live_files(database, "ledger"):
        if file.run in runs:
            changed, cells = redaction.ledger(segments.scan_segments(root, [file]).collect())
            if cells:
                found.files.append((file, changed))
                found.places.ledger += cells
                found.runs.add(file.run)
    before = 0
    for run, to in database.execute("SELECT run, entries_to FROM chain ORDER BY run").fetchall():
        if run in runs and to > before:
            rows, _ = chain.entries_between(database, root, before, to)
            changed, cells = redaction.ledger(rows)
            if cells:
                found.entries[run] = (before, changed)
                found.places.ledger += cells
                found.runs.add(run)
        before = to


def encode_files(found: Rewritten, token: str) -> Iterator[tuple[File, bytes]]:
    """Yield the new files with their content; each belongs to the run of the file that it replaces."""
    for number, (old, frame) in enumerate(found.files):
        dated = old.kind in snapshot_history.HISTORY
        day = old.on if dated else None
        name = file_names.parquet(old.kind, old.run, token, number, day)
        content = (
            snapshot_history.encode_history(frame) if dated else segments.encode_segment(frame)
        )
        yield manifest.describe_file(name, old.kind, old.run, frame.height, content, day=day)


def replace_rows(database: Database, root: StoreRoot, found: Rewritten) -> None:
    """Replace the rows of the database, inside a transaction, and overwrite the bytes of the old ones."""
    for before, frame in found.entries.values():
        range_ = [before, before + frame.height]
        database.execute("DELETE FROM entries WHERE entry > ? AND entry <= ?", range_)
        ledger_rows.insert(database, ENTRIES, frame, before + 1)
    failpoints.failpoint("entries replaced")
    database.executemany(
        "UPDATE quarantine SET value = ?, reason = ? WHERE rowid = ?", found.quarantine
    )
    if found.outcomes is not None or found.moves is not None:
        recordings.renew_recordings(database, root, found.outcomes, found.moves)
        failpoints.failpoint("outcomes replaced")
    version_texts.erase_texts(database, found.texts)
    if found.entries or found.outcomes is not None or found.moves is not None:
        layouts = (ENTRIES, ENDS, OUTCOME_ROWS, MOVE_ROWS)
        interned_texts.remove_unused(database, {each.table: each.texts for each in layouts})
    failpoints.failpoint("texts removed")


def _collect_quarantine(database: Database, redaction: Redaction, found: Rewritten) -> None:
    extra: dict[str, pl.DataType] = {"number": pl.Int64(), "run": pl.Int64()}
    names = quoted_columns(QUARANTINE)
    query = f"SELECT rowid, run, {names} FROM quarantine ORDER BY rowid"
    rows = sqlite_rows.to_frame(database.execute(query), extra | QUARANTINE)
    changed, cells = redaction.quarantine(rows)
    found.places.quarantine += cells
    differs = (changed["value"].ne_missing(rows["value"])) | (
        changed["reason"].ne_missing(rows["reason"])
    )
    touched: list[tuple[Any, ...]] = (
        changed.filter(differs).select("value", "reason", "number").rows()
    )
    found.quarantine += touched
    found.runs |= set(changed.filter(differs)["run"].to_list())
