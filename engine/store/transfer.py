"""Copy a store between a folder and servers: the same runs, ledger, files and digests in both.

All digests are of values, not of how a database stores them: a copy that verifies is the same store.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import Any

from ..core.problems import Problem, Problems
from ..workspace.store_address import StoreAddress, StoreRoot
from . import chain, connection, failpoints, ledger_rows, manifest, places, recordings
from . import sqlite_schema as schema
from .errors import as_problems
from .ledger_rows import ENTRIES, OUTCOME_ROWS
from .manifest import File
from .newest_run import Note, Notes, of
from .postgres import ServerDatabase
from .sqlite_rows import SQLITE_CHUNK
from .store_database import Database, quoted_columns
from .store_files import files_of, vacuum
from .verify import verify

_WITH_KEYS = (ENTRIES.table, OUTCOME_ROWS.table, "replaced")
"""Tables whose `action_id` is a key, which the kinds of databases store each in its way."""


def import_store(source: Path, target: StoreRoot, workspace: Path | None) -> Note:
    """Copy the store in the folder `source` into servers that have none, and return its newest run.

    Files first, then everything else in one transaction, as a run does it.

    Raises:
        Locked: A run is under way.
        Problems: There is a store already, the folder has none, or it is damaged or older; nothing was imported.
    """
    if not isinstance(target, StoreAddress):
        hint = "put the folder in its place, or name `files` and `database` under `store:`"
        raise Problems([Problem("store-backup", f"the store {target} is on no servers", hint=hint)])
    if problems := verify(source):
        raise Problems(problems)
    with as_problems(target), ExitStack() as held:
        old = held.enter_context(connection.connect_reader(source))
        _refuse_source(old, source)
        places.refuse_place(target, workspace)
        places.prepare_place(target)
        locked = held.enter_context(places.hold(target))
        new = held.enter_context(closing(connection.connect_writer(target)))
        _refuse_filled(new, target)
        # What an import left that was killed has the names of the files to come.
        vacuum(new, files_of(target))
        listed = _listed(old)
        _copy_files(source, target, listed)
        failpoints.failpoint("files imported")
        new.execute("BEGIN IMMEDIATE")
        locked.refuse_lost()
        copy_tables(old, new)
        failpoints.failpoint("before COMMIT of the import")
        new.execute("COMMIT")
        if problems := verify(target):
            raise Problems(problems)
        Notes(target, workspace).write(new)
        note = of(new)
    if note is None:
        raise Problems([_without_runs(source)])
    return note


def copy_to_folder(source: StoreAddress, target: Path) -> None:
    """Copy one commit of the store into a folder that has no store yet."""
    with connection.connect_reader(source) as old:
        with closing(connection.connect_writer(target)) as new:
            new.execute("BEGIN IMMEDIATE")
            copy_tables(old, new)
            new.execute("COMMIT")
        # Still in the transaction, as long as which no file is deleted.
        _copy_files(source, target, _listed(old))


def copy_tables(old: Database, new: Database) -> None:
    """Copy the rows of all tables into those of a new store, inside transactions of both."""
    new.execute("DELETE FROM meta")
    for table, columns in _tables().items():
        order = " ORDER BY rowid" if table == "quarantine" else ""
        found = old.execute(f"SELECT {quoted_columns(columns)} FROM {table}{order}")
        place = columns.index("action_id") if table in _WITH_KEYS else None
        marks = ", ".join("?" * len(columns))
        insert = f"INSERT INTO {table} ({quoted_columns(columns)}) VALUES ({marks})"
        while rows := found.fetchmany(SQLITE_CHUNK):
            new.executemany(insert, rows if place is None else _with_keys(new, rows, place))


def _with_keys(new: Database, rows: list[tuple[Any, ...]], place: int) -> Iterator[tuple[Any, ...]]:
    """Yield rows with the keys of actions as the new database stores them."""
    for row in rows:
        id = ledger_rows.unkey(row[place])
        stored = id if isinstance(new, ServerDatabase) else ledger_rows.key(id)
        yield (*row[:place], stored, *row[place + 1 :])


@cache
def _tables() -> dict[str, list[str]]:
    """Return the names of all tables, each with its columns."""
    with closing(connection.connect_empty()) as empty:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        names = [name for (name,) in empty.execute(query)]
        return {
            name: [column[1] for column in empty.execute(f"PRAGMA table_info({name})")]
            for name in names
        }


def _listed(database: Database) -> list[File]:
    return manifest.live_files(database, *manifest.FILE_KINDS)


def _copy_files(
    source: Path | StoreAddress, target: Path | StoreAddress, listed: list[File]
) -> None:
    read, write = files_of(source), files_of(target)
    for file in listed:
        write.write(file, read.read(file.name))
    write.confirm(listed)


def _refuse_source(database: Database, source: Path) -> None:
    if not connection.in_file(database) or of(database) is None:
        raise Problems([_without_runs(source)])
    found = schema.meta(database, "version")
    if found < schema.LAYOUT_VERSION:
        hint = "run once with the folder as the store, then import it"
        what = f"the store {source} has layout {found}, which only a run raises"
        raise Problems([Problem("store-backup", what, hint=hint)])


def _refuse_filled(database: Database, target: StoreAddress) -> None:
    empty = recordings.last_recording(database) == recordings.NOTHING_RECORDED
    if chain.last(database) != chain.START or not empty:
        hint = "name another `schema` and other `files` under `store:`"
        what = f"the store {target} has runs already; nothing was imported"
        raise Problems([Problem("store-backup", what, hint=hint)])


def _without_runs(source: Path) -> Problem:
    hint = "name a folder with a store, or one that `tenure store export` made"
    return Problem("store-backup", f"there is no store with a run in {source}", hint=hint)
