"""Errors of a store, as problems that people in operations can act on."""

from __future__ import annotations

import datetime as dt
import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import polars as pl

from ..core.problems import Problem, Problems
from ..workspace.store_address import StoreAddress, StoreRoot
from . import file_names
from .store_database import DATABASE_ERRORS, ServerError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PIECE = 1 << 20
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}

# A panic is not an `Exception`: Polars raises one for some files that are cut off or changed.
_REPORTED: tuple[type[BaseException], ...] = (
    OSError,
    UnicodeError,
    *DATABASE_ERRORS,
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
)


@contextmanager
def as_problems(root: StoreRoot) -> Iterator[None]:
    """Raise errors of the system and of SQLite about the store at `root` as `Problems`."""
    try:
        yield
    except _REPORTED as error:
        # SQLite's message may contain the corrupt bytes, which Python then cannot decode.
        raise Problems([store_problem(error, root)]) from error


@contextmanager
def rot_reported(root: StoreRoot, table: str) -> Iterator[None]:
    """Raise as `Problems` that the table's rows have values of types that were never written there."""
    try:
        yield
    except (TypeError, ValueError, OverflowError) as error:
        what = f"in {file_names.DATABASE}, the table {table} is not as it was written"
        raise Problems([damaged(root, what)]) from error


def store_problem(error: BaseException, root: StoreRoot) -> Problem:
    """Return the problem for an error, in plain words, with what to do about it."""
    if isinstance(error, ServerError):
        return _of_server(error, root)
    if isinstance(error, sqlite3.Error) and isinstance(root, Path):
        return _of_database(error, root)
    if isinstance(error, FileNotFoundError):
        return damaged(root, f"{error.filename or error} is missing")
    if isinstance(error, OSError):
        return _of_system(error, root)
    return damaged(root, str(error).partition("\n")[0])


def _of_system(error: OSError, root: StoreRoot) -> Problem:
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in _FULL:
        return _full(root, reason)
    if error.errno in _CLOSED:
        return _closed(root, reason)
    if error.errno == errno.ELOOP:
        return link(Path(error.filename or str(root)))
    return _failed(root, reason)


def _of_database(error: sqlite3.Error, root: Path) -> Problem:
    # The low byte is the kind of error, the rest its detail.
    kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if kind == sqlite3.SQLITE_FULL:
        return _full(root, str(error))
    if kind in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return _closed(root, str(error))
    if kind == sqlite3.SQLITE_CORRUPT:
        return _unreadable(root, str(error))
    # The general error is a table that is missing, or a text that is not UTF-8: nothing wrote that.
    if kind in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
        return damaged(root, str(error))
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Problem(
            "store-busy",
            f"the store {root} stayed in use by another program; nothing of this date was written",
            hint="close what reads store.db for long, then run again",
        )
    return _failed(root, str(error))


def _of_server(error: ServerError, root: StoreRoot) -> Problem:
    kind = error.state or ""
    if kind == "53100":
        return _full(root, str(error))
    if kind.startswith(("42501", "28")):
        return Problem(
            "store-closed",
            f"the database of the store {root} cannot be used as needed: {error}",
            hint="let the user in its address create a schema, or use one that is theirs",
        )
    if kind.startswith("XX"):
        return damaged(root, str(error))
    if kind == "55P03":
        return Problem(
            "store-busy",
            f"the store {root} stayed in use by another run; nothing of this date was written",
            hint="see what waits in `pg_stat_activity`, then run again",
        )
    return Problem(
        "store-failed",
        f"the database of the store {root} failed: {error}",
        hint="see that it runs and can be reached, then run again",
    )


def _unreadable(root: Path, reason: str) -> Problem:
    """Tell a damaged database from a disk that could not be read.

    SQLite reports an input/output error as damage. Putting a backup back would not help against a bad disk, and would
    lose what was issued since: so the whole file is read again, and then checked.
    """
    path = root / file_names.DATABASE
    try:
        with path.open("rb") as file:
            while file.read(_PIECE):
                pass
    except OSError as error:
        return store_problem(error, root)
    sound = _is_sound(path)
    if sound is False:
        return damaged(root, reason)
    second = ", but is whole at a second look" if sound else ""
    return Problem(
        "store-failed",
        f"the store {root} could not be used: {file_names.DATABASE} could not be read{second}",
        hint="see that its disk is well, then run again; `tenure store verify` reads everything",
    )


def _is_sound(path: Path) -> bool | None:
    """Return whether SQLite finds the database whole; None while a commit under way keeps it from looking."""
    try:
        address = f"file:{quote(str(path.absolute()))}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=0)) as database:
            (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except (sqlite3.Error, UnicodeError) as error:
        kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        busy = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY)
        return None if kind in busy else False
    return bool(found == "ok")


def _full(root: StoreRoot, reason: str) -> Problem:
    return Problem(
        "store-full",
        f"the store {root} could not be written: {reason}; nothing of this date was kept",
        hint="free some space, then run again",
    )


def _closed(root: StoreRoot, reason: str) -> Problem:
    return Problem(
        "store-closed",
        f"the store {root} cannot be opened as needed: {reason}",
        hint="run as the user who owns the store, or correct the folder's permissions",
    )


def unread_object(address: str, error: OSError) -> Problem:
    """Return the problem of a file in object storage that could not be read."""
    if isinstance(error, FileNotFoundError):
        return damaged(address, f"{error} is missing")
    return Problem(
        "store-failed",
        f"the files of the store in {address} could not be read: {error}",
        hint="see that the object storage answers, and that this machine may use it; then run again",
    )


def _failed(root: StoreRoot, reason: str) -> Problem:
    where = "its disk is well and has room"
    if isinstance(root, StoreAddress) and not root.in_folder:
        where = "the object storage answers, and this machine may use it"
    return Problem(
        "store-failed",
        f"the store {root} could not be used: {reason}",
        hint=f"see that {where}, then run again",
    )


def overtaken(root: StoreRoot) -> Problem:
    """Return the problem of a writer that another one overtook, or whose lock ended."""
    if isinstance(root, StoreAddress):
        return server_lock_lost(root)
    return lock_lost(root)


def lock_lost(root: Path) -> Problem:
    """Return the problem of a writer whose lock's file was deleted."""
    return Problem(
        "store-lock-lost",
        f"the file {root / file_names.LOCK} was deleted or another run wrote to the store meanwhile;"
        " this date was not committed",
        hint="leave that file alone while a run is under way, and run again",
    )


def server_lock_lost(root: StoreAddress) -> Problem:
    """Return the problem of a writer whose lock in the database ended before it did."""
    return Problem(
        "store-lock-lost",
        f"the database of the store {root} ended the run's lock, or another run wrote to it meanwhile;"
        " this date was not committed",
        hint="let the server keep the transaction that holds the lock as long as a run takes, and run again",
    )


def unconfirmed(root: StoreRoot, on: dt.date, error: Exception) -> Problem:
    """Return the problem of a date that is committed, but not confirmed by the disk or the server.

    A power cut right now could undo it on a disk.
    """
    if isinstance(root, StoreAddress):
        return Problem(
            "store-unconfirmed",
            f"{on} is committed in the store {root}, but its database's answer was lost: {error}",
            hint="see that the database can be reached, then run again",
            severity="warning",
        )
    return Problem(
        "store-unconfirmed",
        f"{on} is committed in the store {root}, but its disk did not confirm the last step: {error}",
        hint="see that the disk is well; after a power cut, run again",
        severity="warning",
    )


def damaged(root: StoreRoot | str, what: str) -> Problem:
    """Return the problem of something in the store that is missing, cut off or changed."""
    return Problem(
        "store-damaged",
        f"the store {root} is damaged: {what}",
        hint="see what still holds with `tenure store verify`, then put a backup back with"
        " `tenure store restore DIR`; nothing was deleted",
    )


def link(path: Path) -> Problem:
    """Return the problem of a symbolic link in place of a file or folder of the store."""
    return Problem(
        "store-link",
        f"{path} is a symbolic link; a store holds none",
        hint="name the real folder in tenure.yaml under `store:`, and remove links inside it",
    )


def newer(root: StoreRoot, found: int, known: int) -> Problem:
    """Return the problem of a store that was written by a later version."""
    return Problem(
        "store-newer",
        f"the store {root} has layout {found}; this version of Tenure knows up to {known}",
        hint="install the newer version of Tenure that wrote it",
    )


def older(root: StoreRoot, found: int, known: int) -> Problem:
    """Return the problem of a store that was written by a version from before the first release."""
    return Problem(
        "store-older",
        f"the store {root} has layout {found}; this version of Tenure reads layout {known} and later ones",
        hint="move it away and begin a new one, or install the version of Tenure that wrote it",
    )


def interrupted(root: StoreRoot) -> Problem:
    """Return the problem of a killed writer whose half-written changes can't be undone by this user."""
    return Problem(
        "store-interrupted",
        f"a run was killed while it wrote to the store {root}, and it cannot be tidied from here",
        hint="run any command once as a user who may write to the store",
    )
