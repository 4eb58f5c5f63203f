"""Connections to the store's database.

A rollback journal with `synchronous=EXTRA`: write-ahead logs of SQLite before 3.51.3 can corrupt,
and Python's own library is often older.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

from ..core.problems import Problems
from . import errors, file_names, lock, ownership, parquet_files, seals, sqlite_schema

SYNCHRONOUS = "EXTRA"
"""How SQLite syncs what it writes: the journal's folder too, so that a power cut takes no commit back."""

_PATIENCE = 60.0
"""Seconds to wait for another process to finish with the database."""


def connect_writer(root: Path) -> sqlite3.Connection:
    """Return the writer's connection, under the lock; create the tables in a new store."""
    path = root / file_names.DATABASE
    if not path.exists():
        # Created explicitly, because SQLite would leave the mode to the umask.
        path.touch(mode=0o600)
        parquet_files.sync_folder(root)
    connection = _connect(root, "rw")
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
        if _version(connection, root) == 0:
            sqlite_schema.create_tables(connection)
        seals.check_seals(connection, root)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def connect_reader(root: Path, *, unchecked: bool = False) -> Iterator[sqlite3.Connection]:
    """Yield a read-only connection in one transaction; if there is no store, one to an empty store.

    Its small tables are checked first, unless `unchecked` is set because the caller checks them.
    """
    parquet_files.refuse_links(root)
    with closing(_read_only(root)) as connection:
        connection.execute("BEGIN")
        if in_file(connection) and not unchecked:
            seals.check_seals(connection, root)
        yield connection


def _read_only(root: Path) -> sqlite3.Connection:
    if not ownership.is_store(root):
        return connect_empty()
    connection = _connect(root, "ro")
    try:
        version = _version(connection, root)
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
            raise
        _roll_back(root)
        return _read_only(root)
    except BaseException:
        connection.close()
        raise
    if version == 0:
        connection.close()
        return connect_empty()
    return connection


def _roll_back(root: Path) -> None:
    """Let SQLite roll back what a killed writer left half-written.

    A read-only connection meets the dead writer's journal as an error. If another writer
    holds the lock by now, it rolls back itself: wait for it.
    """
    try:
        with lock.hold_lock(root), closing(_connect(root, "rw")) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except lock.Locked:
        time.sleep(0.05)
    except (OSError, sqlite3.OperationalError) as error:
        raise Problems([errors.interrupted(root)]) from error


def _version(connection: sqlite3.Connection, root: Path) -> int:
    found = sqlite_schema.version(connection)
    ownership.refuse_tables(connection, root, found)
    if found > sqlite_schema.LAYOUT_VERSION:
        raise Problems([errors.newer(root, found, sqlite_schema.LAYOUT_VERSION)])
    if 0 < found < sqlite_schema.OLDEST_LAYOUT:
        raise Problems([errors.older(root, found, sqlite_schema.OLDEST_LAYOUT)])
    return found


def in_file(connection: sqlite3.Connection) -> bool:
    """Return whether the connection is to a store on disk, not to an empty one in memory."""
    (_, _, path), *_ = connection.execute("PRAGMA database_list").fetchall()
    # What was copied into memory has a name too, but no path.
    return Path(path).is_absolute()


def _connect(root: Path, mode: str) -> sqlite3.Connection:
    address = f"file:{quote(str((root / file_names.DATABASE).absolute()))}?mode={mode}"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=_PATIENCE)
    # Rows and indexes are checked as they are read from the disk: a page whose cells overlap hides no row.
    connection.execute("PRAGMA cell_size_check = ON")
    # Account ids that a query looks for, and what it sorts, never lie in a file outside the store.
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def connect_empty() -> sqlite3.Connection:
    """Return a connection to an empty store in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(_empty_store())
    return connection


@cache
def _empty_store() -> bytes:
    """Return the content of an empty store: to create its tables takes five times as long as to copy them."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        sqlite_schema.create_tables(connection)
        return connection.serialize()
