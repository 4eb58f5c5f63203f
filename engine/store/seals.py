"""Digests of the database's rows other than the ledger's, written with each run.

`whole` covers the settings, the list of files, the run records and the other sums; it is compared whenever
a process first reads the database. The sums of the tables `ended`, `quarantine` and `replaced` are compared
by `verify`, that of a run's quarantine also when it is read. They find rot, not malice.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..text.problem import Problem, Problems
from . import faults, names

TABLE = (
    "CREATE TABLE seals (run INTEGER PRIMARY KEY, ended TEXT NOT NULL, quarantine TEXT NOT NULL,"
    " replaced TEXT NOT NULL, whole TEXT NOT NULL)"
)
_WHOLE = (
    "SELECT * FROM meta ORDER BY key",
    "SELECT * FROM files ORDER BY name",
    "SELECT * FROM runs ORDER BY run",
    "SELECT run, ended, quarantine, replaced FROM seals ORDER BY run",
)
_SIZE = 16
_LIMIT = 1 << 8 * _SIZE

_checked: dict[str, tuple[int, ...]] = {}
"""By database: its file's identity when this process last compared it."""


class Sums:
    """The sums of one commit, taken while its rows are entered."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        last = _last(database)
        self._ended = int(last[0], 16) if last else 0
        self._replaced = int(last[1], 16) if last else 0
        (self._rowid,) = database.execute("SELECT coalesce(max(rowid), 0) FROM ended").fetchone()

    def replace_ended(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Take away what is there under the keys (account, playbook, cycle, date) of new rows."""
        keys = "account_id = ? AND playbook = ? AND cycle = ? AND ended_on = ?"
        for row in set(rows):
            self._ended -= _sum(self._database.execute(f"SELECT * FROM ended WHERE {keys}", row))

    def add_replaced(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Add revisions that later ones replace."""
        self._replaced += _sum(rows)

    def enter(self, run: int) -> None:
        """Write the run's seal, when all else of the commit is entered."""
        database = self._database
        new = database.execute("SELECT * FROM ended WHERE rowid > ?", [self._rowid])
        ended = _text(self._ended + _sum(new))
        values = [run, ended, _quarantine(database, run), _text(self._replaced), ""]
        database.execute("INSERT INTO seals VALUES (?, ?, ?, ?, ?)", values)
        database.execute("UPDATE seals SET whole = ? WHERE run = ?", [_whole(database), run])


def check(database: sqlite3.Connection, root: Path) -> None:
    """Raise `Problems` if settings, list of files or run records are not as the last run wrote them.

    Compared once for each state of the file: sessions are many.
    """
    status = (root / names.DATABASE).stat()
    identity = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    if _checked.get(str(root)) == identity:
        return
    if found := differences(database, root):
        raise Problems(found)
    _checked[str(root)] = identity


def differences(database: sqlite3.Connection, root: Path) -> list[Problem]:
    """Return what is wrong with settings, list of files and run records."""
    (runs,) = database.execute("SELECT count(*) FROM runs").fetchone()
    last = database.execute("SELECT run, whole FROM seals ORDER BY run DESC LIMIT 1").fetchone()
    newest = database.execute("SELECT max(run) FROM runs").fetchone()[0]
    if runs == 0 and last is None:
        return []
    if last is None or last[0] != newest or last[1] != _whole(database):
        return [_changed(root, "its list of files or its run records")]
    return []


def check_quarantine(database: sqlite3.Connection, root: Path, run: int) -> None:
    """Raise `Problems` if the quarantined values of the run are not as it wrote them."""
    found = database.execute("SELECT quarantine FROM seals WHERE run = ?", [run]).fetchone()
    if found is None or found[0] != _quarantine(database, run):
        raise Problems([_changed(root, f"the quarantined values of run {run}")])


def table_differences(database: sqlite3.Connection, root: Path) -> list[Problem]:
    """Return what is wrong with the tables that are too large to compare at each reading."""
    last = _last(database) or (_text(0), _text(0))
    wrong = []
    if _text(_sum(database.execute("SELECT * FROM ended"))) != last[0]:
        wrong.append(_changed(root, "the enrolments that ended"))
    replaced = database.execute("SELECT action_id, revision FROM replaced")
    if _text(_sum(replaced)) != last[1]:
        wrong.append(_changed(root, "the list of replaced revisions"))
    found: dict[int, int] = {}
    for row in database.execute("SELECT * FROM quarantine"):
        found[row[0]] = found.get(row[0], 0) + _hash(row)
    sums = dict(database.execute("SELECT run, quarantine FROM seals").fetchall())
    runs = sorted(sums.keys() | found.keys(), key=str)
    changed = (run for run in runs if sums.get(run) != _text(found.get(run, 0)))
    return wrong + [_changed(root, f"the quarantined values of run {run}") for run in changed]


def _changed(root: Path, what: str) -> Problem:
    return faults.damaged(root, f"in {names.DATABASE}, {what} are not as they were written")


def _last(database: sqlite3.Connection) -> tuple[str, str] | None:
    query = "SELECT ended, replaced FROM seals ORDER BY run DESC LIMIT 1"
    found: tuple[str, str] | None = database.execute(query).fetchone()
    return found


def _quarantine(database: sqlite3.Connection, run: int) -> str:
    return _text(_sum(database.execute("SELECT * FROM quarantine WHERE run = ?", [run])))


def _whole(database: sqlite3.Connection) -> str:
    found = hashlib.sha256()
    for row in _rows(database):
        found.update(repr(row).encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def _rows(database: sqlite3.Connection) -> Iterator[tuple[Any, ...]]:
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
