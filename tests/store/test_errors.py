"""Each error of the system, of SQLite, of PostgreSQL and of object storage, as a problem to act on."""

from __future__ import annotations

import datetime as dt
import errno
import os
import sqlite3
from pathlib import Path

import polars as pl
import pytest
from tenure.engine.store.errors import overtaken, store_problem, unconfirmed, unread_object
from tenure.engine.store.store_database import ServerError
from tenure.engine.workspace.store_address import StoreAddress, StoreRoot

FOLDER = Path("store")
SERVERS = StoreAddress("/srv/files", "postgresql://db/crm")
BUCKET = StoreAddress("s3://files", "postgresql://db/crm")


def of_system(code: int) -> OSError:
    return OSError(code, os.strerror(code), "store/x")


def of_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("said")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (of_system(errno.ENOSPC), "store-full"),
        (of_system(errno.EDQUOT), "store-full"),
        (of_system(errno.EFBIG), "store-full"),
        (of_system(errno.EACCES), "store-closed"),
        (of_system(errno.EPERM), "store-closed"),
        (of_system(errno.EROFS), "store-closed"),
        (of_system(errno.ELOOP), "store-link"),
        (of_system(errno.ENOENT), "store-damaged"),
        (of_system(errno.EIO), "store-failed"),
        (OSError("said"), "store-failed"),
        (of_sqlite(sqlite3.SQLITE_FULL), "store-full"),
        (of_sqlite(sqlite3.SQLITE_READONLY), "store-closed"),
        (of_sqlite(sqlite3.SQLITE_CANTOPEN), "store-closed"),
        (of_sqlite(sqlite3.SQLITE_PERM), "store-closed"),
        (of_sqlite(sqlite3.SQLITE_NOTADB), "store-damaged"),
        (of_sqlite(sqlite3.SQLITE_ERROR), "store-damaged"),
        (sqlite3.Error("said"), "store-damaged"),
        (of_sqlite(sqlite3.SQLITE_BUSY), "store-busy"),
        (of_sqlite(sqlite3.SQLITE_LOCKED), "store-busy"),
        (of_sqlite(sqlite3.SQLITE_IOERR), "store-failed"),
        # The detail of an error, in its higher bytes, does not change its kind.
        (of_sqlite(sqlite3.SQLITE_IOERR_FSYNC), "store-failed"),
        (of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), "store-busy"),
        (pl.exceptions.ComputeError("said"), "store-damaged"),
    ],
)
def test_an_error_of_a_folder_has_its_code(error: BaseException, code: str) -> None:
    found = store_problem(error, FOLDER)
    assert found.code == code
    assert "store" in found.message
    assert found.hint


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53100", "store-full"),
        ("42501", "store-closed"),
        ("28P01", "store-closed"),
        ("XX001", "store-damaged"),
        ("55P03", "store-busy"),
        ("57P01", "store-failed"),
        ("53200", "store-failed"),
        (None, "store-failed"),
    ],
)
def test_an_error_of_postgresql_has_its_code(state: str | None, code: str) -> None:
    found = store_problem(ServerError("said", state), SERVERS)
    assert found.code == code
    assert f"the store {SERVERS}" in found.message


@pytest.mark.parametrize(
    ("root", "where"),
    [
        (FOLDER, "its disk is well"),
        (SERVERS, "its disk is well"),
        (BUCKET, "the object storage answers"),
    ],
)
def test_the_hint_names_what_holds_the_files(root: StoreRoot, where: str) -> None:
    assert where in store_problem(of_system(errno.EIO), root).hint


def test_a_missing_file_is_named() -> None:
    assert "store/x is missing" in store_problem(of_system(errno.ENOENT), FOLDER).message
    assert "deltas/x is missing" in store_problem(FileNotFoundError("deltas/x"), BUCKET).message
    gone = unread_object("s3://files", FileNotFoundError("deltas/x"))
    assert (gone.code, "deltas/x is missing" in gone.message) == ("store-damaged", True)
    silent = unread_object("s3://files", OSError("said"))
    assert (silent.code, "could not be read: said" in silent.message) == ("store-failed", True)


def test_a_writer_that_was_overtaken_is_told_where_its_lock_was() -> None:
    assert f"the file {FOLDER / 'lock'} was deleted" in overtaken(FOLDER).message
    assert f"the database of the store {SERVERS} ended" in overtaken(SERVERS).message


@pytest.mark.parametrize(
    ("root", "what"), [(FOLDER, "its disk did not confirm"), (SERVERS, "answer was lost")]
)
def test_what_is_committed_and_not_confirmed_is_a_warning(root: StoreRoot, what: str) -> None:
    found = unconfirmed(root, dt.date(2026, 1, 5), OSError("said"))
    assert found.severity == "warning"
    assert what in found.message
