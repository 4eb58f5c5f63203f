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
from ..workspace.store_address import StoreAddress, StoreRoot
from . import errors, file_names, lock, ownership, parquet_files, postgres, seals, sqlite_schema
from .store_database import Database

SYNCHRONOUS = "EXTRA"
"""How SQLite syncs what it writes: the journal's folder too, so that a power cut takes no commit back."""

_PATIENCE = 60.0
"""Seconds to wait for another process to finish with the database."""


def connect_writer(root: StoreRoot) -> Database:
    """Return the writer's connection, under the lock; create the tables in a new store."""
    connection: Database = (
        _server_writer(root) if isinstance(root, StoreAddress) else _folder_writer(root)
    )
    try:
        seals.check_seals(connection, root)
    except BaseException:
        connection.close()
        raise
    return connection


def _folder_writer(root: Path) -> sqlite3.Connection:
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
    except BaseException:
        connection.close()
        raise
    return connection


def _server_writer(root: StoreAddress) -> postgres.ServerDatabase:
    database = postgres.connect_server(root)
    try:
        if not postgres.has_tables(database):
            postgres.create_schema(database)
            sqlite_schema.create_tables(database, sqlite_schema.POSTGRES)
        _refuse_version(sqlite_schema.meta(database, "version"), root)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def connect_reader(root: StoreRoot, *, unchecked: bool = False) -> Iterator[Database]:
    """Yield a read-only connection in one transaction; if there is no store, one to an empty store.

    Its small tables are checked first, unless `unchecked` is set because the caller checks them.
    """
    with closing(
        _server_reader(root) if isinstance(root, StoreAddress) else _reader(root)
    ) as found:
        found.execute("BEGIN")
        if in_file(found) and not unchecked:
            seals.check_seals(found, root)
        yield found


def _server_reader(root: StoreAddress) -> Database:
    database = postgres.connect_server(root)
    try:
        if postgres.has_tables(database):
            _refuse_version(sqlite_schema.meta(database, "version"), root)
            return database
    except BaseException:
        database.close()
        raise
    database.close()
    return connect_empty()


def _reader(root: Path) -> Database:
    parquet_files.refuse_links(root)
    return _read_only(root)


def _read_only(root: Path) -> sqlite3.Connection:
    if not ownership.is_store_folder(root):
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
    _refuse_version(found, root)
    return found


def _refuse_version(found: int, root: StoreRoot) -> None:
    if found > sqlite_schema.LAYOUT_VERSION:
        raise Problems([errors.newer(root, found, sqlite_schema.LAYOUT_VERSION)])
    if 0 < found < sqlite_schema.OLDEST_LAYOUT:
        raise Problems([errors.older(root, found, sqlite_schema.OLDEST_LAYOUT)])


def in_file(connection: Database) -> bool:
    """Return whether the connection is to a store on disk or on a server, not to an empty one in memory."""
    if isinstance(connection, postgres.ServerDatabase):
        return True
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


def set_pragma(database: Database, setting: str) -> None:
    """Change a setting of SQLite, for this connection; a server has no such settings."""
    if not isinstance(database, postgres.ServerDatabase):
        database.execute(f"PRAGMA {setting}")


@contextmanager
def connect_after(root: StoreRoot) -> Iterator[Database]:
    """Yield a new connection that sees whatever became of a COMMIT in doubt.

    A server may go on with it after the connection was lost: it holds the lock of commits until it has ended.
    """
    if not isinstance(root, StoreAddress):
        with connect_reader(root) as fresh:
            yield fresh
        return
    with closing(postgres.connect_server(root)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield database


@contextmanager
def after_readers(database: Database) -> Iterator[bool]:
    """Yield whether files may be deleted that are not on the list any more; see `manifest`.

    SQLite has waited with the commit for those who read. A server goes on with what they read.
    """
    if isinstance(database, postgres.ServerDatabase):
        with postgres.without_readers(database) as free:
            yield free
    else:
        yield True


@cache
def _empty_store() -> bytes:
    """Return the content of an empty store: to create its tables takes five times as long as to copy them."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        sqlite_schema.create_tables(connection)
        return connection.serialize()
