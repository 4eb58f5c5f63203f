"""Seals: digests of the database's small tables, written with each run.

`whole` covers the settings, the list of files, which runs there are, and the end of the chain (see `chain`, which
covers all rows that runs wrote); it is compared whenever a process first reads the database. The sum of a run's
quarantine is compared when that is read. They find corruption, not malice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from ..core.problems import Problem, Problems
from ..core.schemas import QUARANTINE
from ..workspace.store_address import StoreAddress, StoreRoot
from . import errors, file_names
from .store_database import Database, quoted_columns

TABLE = (
    "CREATE TABLE seals (run INTEGER PRIMARY KEY, quarantine TEXT NOT NULL, whole TEXT NOT NULL)"
)
ERASURES_TABLE = (
    "CREATE TABLE erasures (number INTEGER PRIMARY KEY, run INTEGER NOT NULL, erased_on TEXT NOT NULL,"
    " kind TEXT NOT NULL, places INTEGER NOT NULL, seal_before TEXT NOT NULL)"
)
"""A row for each erasure: the newest run then, the date, its kind, and how many cells changed; never a name.

`seal_before` is the newest run's seal until then: a note that still has it is not newer than the store.
"""
_WHOLE = (
    "SELECT * FROM meta ORDER BY key",
    "SELECT * FROM files ORDER BY name",
    "SELECT run, evaluated_on, attempt FROM runs ORDER BY run",
    "SELECT run, quarantine FROM seals ORDER BY run",
    "SELECT digest FROM chain ORDER BY run DESC LIMIT 1",
    "SELECT * FROM erasures ORDER BY number",
)
_QUARANTINED = f"SELECT run, {quoted_columns(QUARANTINE)} FROM quarantine WHERE run = ?"
_SIZE = 16
_LIMIT = 1 << 8 * _SIZE

_checked: dict[str, tuple[Any, ...]] = {}
"""By database: its file's identity when this process last compared it."""


def write_seal(database: Database, run: int) -> None:
    """Write the run's seal, inside its transaction and after everything else that it writes."""
    values = [run, _quarantine(database, run), ""]
    database.execute("INSERT INTO seals VALUES (?, ?, ?)", values)
    database.execute("UPDATE seals SET whole = ? WHERE run = ?", [_whole(database), run])


def renew_seals(database: Database, runs: Iterable[int], erasure: tuple[str, str, int]) -> None:
    """Record an erasure, and write the seals of the runs whose rows it replaced, last in its transaction.

    Args:
        database: The connection, in the transaction.
        runs: Whose quarantined values may have changed.
        erasure: Its date, its kind, and how many cells changed.
    """
    found = database.execute("SELECT run, whole FROM seals ORDER BY run DESC LIMIT 1").fetchone()
    if found is None:
        # Without a run there are moves by hand at most, and no seal covers them.
        return
    newest, before = found
    renew_runs(database, runs)
    record_erasure(database, newest, erasure, before)
    database.execute("UPDATE seals SET whole = ? WHERE run = ?", [_whole(database), newest])


def renew_runs(database: Database, runs: Iterable[int]) -> None:
    """Write the sums of these runs' quarantined values again."""
    for run in sorted(runs):
        values = [_quarantine(database, run), run]
        database.execute("UPDATE seals SET quarantine = ? WHERE run = ?", values)


def record_erasure(
    database: Database, run: int, erasure: tuple[str, str, int], seal_before: str
) -> None:
    """Add a row to `erasures`: the newest run, the erasure's date, kind and number of cells, and the seal before."""
    database.execute(
        "INSERT INTO erasures SELECT coalesce(max(number), 0) + 1, ?, ?, ?, ?, ? FROM erasures",
        [run, *erasure, seal_before],
    )


def is_seal(database: Database, run: int, seal: str) -> bool:
    """Return whether the run has, or before an erasure had, this seal."""
    query = (
        "SELECT 1 FROM seals WHERE run = ? AND whole = ?"
        " UNION SELECT 1 FROM erasures WHERE run = ? AND seal_before = ?"
    )
    return database.execute(query, [run, seal, run, seal]).fetchone() is not None


def check_seals(database: Database, root: StoreRoot) -> None:
    """Raise `Problems` if settings, list of files or run records are not as the last run wrote them.

    Compared once for each state of the file, since there are many sessions.
    """
    identity = _identity(database, root)
    if _checked.get(str(root)) == identity:
        return
    if found := differences(database, root):
        raise Problems(found)
    _checked[str(root)] = identity


def _identity(database: Database, root: StoreRoot) -> tuple[Any, ...]:
    """Return what changes with each commit: the state of the file, or on a server the last seal."""
    if isinstance(root, StoreAddress):
        query = "SELECT run, whole FROM seals ORDER BY run DESC LIMIT 1"
        return (root, database.execute(query).fetchone())
    status = (root / file_names.DATABASE).stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def differences(database: Database, root: StoreRoot) -> list[Problem]:
    """Return the differences in settings, list of files and run records."""
    (runs,) = database.execute("SELECT count(*) FROM runs").fetchone()
    last = database.execute("SELECT run, whole FROM seals ORDER BY run DESC LIMIT 1").fetchone()
    newest = database.execute("SELECT max(run) FROM runs").fetchone()[0]
    if runs == 0 and last is None:
        return []
    if last is None or last[0] != newest or last[1] != _whole(database):
        return [_changed(root, "its list of files or its run records")]
    return []


def check_quarantine(database: Database, root: StoreRoot, run: int) -> None:
    """Raise `Problems` if the quarantined values of the run are not as it wrote them."""
    found = database.execute("SELECT quarantine FROM seals WHERE run = ?", [run]).fetchone()
    if found is None or found[0] != _quarantine(database, run):
        raise Problems([_changed(root, f"the quarantined values of run {run}")])


def _changed(root: StoreRoot, what: str) -> Problem:
    return errors.damaged(root, f"in {file_names.DATABASE}, {what} are not as they were written")


def _quarantine(database: Database, run: int) -> str:
    return _text(_sum(database.execute(_QUARANTINED, [run])))


def _whole(database: Database) -> str:
    found = hashlib.sha256()
    for row in _rows(database):
        found.update(repr(row).encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def _rows(database: Database) -> Iterator[tuple[Any, ...]]:
    for query in _WHOLE:
        yield (query,)
        yield from database.execute(query)


def _sum(rows: Iterable[tuple[Any, ...]]) -> int:
    """Return the sum of the rows' digests: the same in any order."""
    return sum(map(_hash, rows))


def _hash(row: tuple[Any, ...]) -> int:
    content = repr(row).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(content).digest()[:_SIZE])


def _text(number: int) -> str:
    return f"{number % _LIMIT:0{2 * _SIZE}x}"
