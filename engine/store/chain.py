"""A chain of digests: what each run wrote to the database, with the digest of the run before.

A row that was changed, removed or added since its run was committed changes the run's digest. Rows that
are read are checked one by one (see `ledger_rows`), and a run's record whenever it is read; only `verify` reads all
rows.

The chain shows corruption and accidents. It holds no secret: anyone who can write to the store can make a new chain.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import polars as pl

from ..core.problems import Problem, Problems
from ..core.schemas import QUARANTINE
from ..workspace.store_address import StoreRoot
from . import errors, ledger_rows, version_texts
from .filters import EPOCH, Filter
from .ledger_rows import ENDS, ENTRIES, NUMBER, Layout
from .run_record import RUN_COLUMNS, RunRecord, run_from_row
from .store_database import Database, quoted_columns


class Content(NamedTuple):
    """The content of a run without its record: lines of its entries and of its ended enrolments, and other rows."""

    entries: Sequence[str]
    ends: Sequence[str]
    others: Sequence[str]


class Link(NamedTuple):
    """A run's row in `chain`; its rows are those after the run before, up to these numbers.

    `issued_from` and `issued_to` are the first and last date, as days since 1970, that its entries were issued on.
    """

    run: int
    entries_to: int
    ends_to: int
    issued_from: int | None
    issued_to: int | None
    content: bytes
    digest: bytes


START = Link(0, 0, 0, None, None, b"", b"")
"""The link before the first run."""

_NAMES = ", ".join(RUN_COLUMNS)
_LINK = ", ".join(Link._fields)
_ROWS = f" WHERE {NUMBER} > ? AND {NUMBER} <= ?"


def last(database: Database) -> Link:
    """Return the link of the last run."""
    query = f"SELECT {_LINK} FROM chain ORDER BY run DESC LIMIT 1"
    found = database.execute(query).fetchone()
    return Link(*found) if found else START


def others(database: Database, run: int) -> list[str]:
    """Return the run's rows of `replaced` and `quarantine`, its segments, and the digest of its texts, as lines."""
    queries = (
        "SELECT action_id, revision FROM replaced WHERE run = ? ORDER BY action_id, revision",
        f"SELECT run, {quoted_columns(QUARANTINE)} FROM quarantine WHERE run = ? ORDER BY rowid",
        "SELECT name, rows, bytes, sha256 FROM files WHERE kind = 'ledger' AND run = ? ORDER BY name",
    )
    rows = [row for query in queries for row in database.execute(query, [run])]
    return [_line(row) for row in (*rows, *version_texts.version_digests(database, run))]


def add(
    database: Database,
    run: int,
    row: Sequence[Any],
    entries: Sequence[str],
    ends: Sequence[str],
) -> None:
    """Add the run's link, inside its transaction and after all its rows."""
    before = last(database)
    content = _digest(Content(entries, ends, others(database, run)))
    entries_to, ends_to = before.entries_to + len(entries), before.ends_to + len(ends)
    issued_from, issued_to = database.execute(
        f"SELECT min(issued_on), max(issued_on) FROM entries{_ROWS}",
        [before.entries_to, entries_to],
    ).fetchone()
    link = Link(run, entries_to, ends_to, issued_from, issued_to, content, b"")
    marks = ", ".join("?" * len(link))
    database.execute(
        f"INSERT INTO chain VALUES ({marks})",
        link._replace(digest=_chained(before.digest, link, row)),
    )


def rows_issued(database: Database, filters: Sequence[Filter]) -> tuple[str, list[int]]:
    """Return a condition on rows of runs that may have issued entries on these dates, and its values."""
    wanted, values = [], []
    for _, operator, value in filters:
        if not isinstance(value, dt.date):
            raise TypeError(f"{value!r} is not a date")
        bounds = {"=": ("<=", ">="), "<=": ("<=",), ">=": (">=",)}[operator]
        for bound in bounds:
            wanted.append(f"{'issued_from' if bound == '<=' else 'issued_to'} {bound} ?")
            values.append((value - EPOCH).days)
    query = f"SELECT min(run), max(entries_to) FROM chain WHERE {' AND '.join(wanted)}"
    first, to = database.execute(query, values).fetchone()
    before = _stored(database, (first or 0) - 1)
    return _ROWS.removeprefix(" WHERE "), [before.entries_to if before else 0, to or 0]


def records(
    database: Database, root: StoreRoot, clause: str = "", values: Sequence[Any] = ()
) -> list[RunRecord]:
    """Return the records of the runs, in the clause's order.

    Raises:
        Problems: A record is not as it was written.
    """
    return [run_from_row(row) for _, _, row in _read(database, root, clause, values)]


def _read(
    database: Database, root: StoreRoot, clause: str, values: Sequence[Any] = ()
) -> list[tuple[Link, bytes, Sequence[Any]]]:
    """Return each run's link, the digest before it, and its row, checked against each other."""
    own = ", ".join(f"own.{name}" for name in Link._fields[1:])
    query = (
        f"SELECT runs.run, {own}, before.digest, {_NAMES} FROM runs"
        " LEFT JOIN chain AS own ON own.run = runs.run"
        f" LEFT JOIN chain AS before ON before.run = runs.run - 1{clause}"
    )
    found = []
    size = len(Link._fields)
    for each in database.execute(query, values):
        link, before, row = Link(*each[:size]), each[size] or b"", each[size + 1 :]
        if link.digest is None or link.digest != _chained(before, link, row):
            raise Problems([_damaged(root, link.run, "its record is not as it was written")])
        found.append((link, before, row))
    return found


def rows_of(database: Database, run: int) -> tuple[str, list[int]]:
    """Return the clause that selects the run's rows of `entries`, and its values."""
    own, before = _stored(database, run), _stored(database, run - 1)
    values = [before.entries_to if before else 0, own.entries_to if own else 0]
    return _ROWS, values


def check_chain(database: Database, root: StoreRoot) -> list[Problem]:
    """Return a problem for each run of which a row was changed, removed or added since."""
    found: list[Problem] = []
    before = START
    (runs,) = database.execute(
        "SELECT max(run) FROM (SELECT run FROM runs UNION SELECT run FROM chain) AS known"
    ).fetchone()
    for run in range(1, (runs or 0) + 1):
        try:
            read = _read(database, root, " WHERE runs.run = ?", [run])
            if not read:
                raise Problems([_damaged(root, run, "its record is missing")])
            ((link, _, _),) = read
            wrong = _wrong_parts(database, root, before, link)
            before = link
        except Problems as raised:
            found += raised.problems
            before = _stored(database, run) or before
        else:
            found += [_damaged(root, run, wrong)] if wrong else []
    return found + _strays(database, root, before)


def renew_chain(database: Database, root: StoreRoot, changed: Collection[int]) -> None:
    """Compute the digests again, inside the transaction that replaced rows of the runs `changed`."""
    before = START
    runs = database.execute(f"SELECT run, {_NAMES} FROM runs ORDER BY run").fetchall()
    for run, *row in runs:
        link = _stored(database, run)
        if link is None:
            raise Problems([_damaged(root, run, "its digest is missing")])
        if run in changed:
            _, entries = entries_between(database, root, before.entries_to, link.entries_to)
            ends = _between(database, root, ENDS, before.ends_to, link.ends_to)
            link = link._replace(content=_digest(Content(entries, ends, others(database, run))))
        link = link._replace(digest=_chained(before.digest, link, row))
        database.execute(
            "UPDATE chain SET content = ?, digest = ? WHERE run = ?",
            [link.content, link.digest, run],
        )
        before = link


def refuse_changed(database: Database, root: StoreRoot, run: int) -> None:
    """Raise `Problems` if a row of the run is not as it wrote it."""
    link, before = _stored(database, run), _stored(database, run - 1) or START
    wrong = _wrong_parts(database, root, before, link) if link else "its digest is missing"
    if wrong:
        raise Problems([_damaged(root, run, wrong)])


def entries_between(
    database: Database, root: StoreRoot, after: int, to: int
) -> tuple[pl.DataFrame, list[str]]:
    """Return the rows of `entries` with the numbers above `after` up to `to`, and their lines."""
    return ledger_rows.select(database, root, ENTRIES, _ROWS, [after, to])


def _wrong_parts(database: Database, root: StoreRoot, before: Link, link: Link) -> str | None:
    entries = _between(database, root, ENTRIES, before.entries_to, link.entries_to)
    ends = _between(database, root, ENDS, before.ends_to, link.ends_to)
    content = _digest(Content(entries, ends, others(database, link.run)))
    return None if content == link.content else "its rows are not those that were written"


def _between(database: Database, root: StoreRoot, layout: Layout, after: int, to: int) -> list[str]:
    return ledger_rows.select(database, root, layout, _ROWS, [after, to])[1]


def _stored(database: Database, run: int) -> Link | None:
    query = f"SELECT {_LINK} FROM chain WHERE run = ?"
    found = database.execute(query, [run]).fetchone()
    return Link(*found) if found else None


def _strays(database: Database, root: StoreRoot, end: Link) -> list[Problem]:
    """Return a problem if there are rows that belong to no run."""
    asked = (
        (f"SELECT count(*) FROM entries WHERE {NUMBER} > ? OR {NUMBER} < 1", end.entries_to),
        (f"SELECT count(*) FROM ends WHERE {NUMBER} > ? OR {NUMBER} < 1", end.ends_to),
        ("SELECT count(*) FROM replaced WHERE run > ? OR run < 1", end.run),
        ("SELECT count(*) FROM quarantine WHERE run > ? OR run < 1", end.run),
    )
    extra = sum(database.execute(query, [to]).fetchone()[0] for query, to in asked)
    what = f"{extra} rows of the database belong to no run"
    return [errors.damaged(root, what)] if extra else []


def _digest(content: Content) -> bytes:
    whole = hashlib.sha256()
    for lines in content:
        whole.update(hashlib.sha256("\n".join(lines).encode()).digest())
    return whole.digest()


def _chained(before: bytes, link: Link, row: Iterable[Any]) -> bytes:
    line = _line([*link[:-1], *row])
    return hashlib.sha256(before + line.encode()).digest()


def _line(row: Iterable[Any]) -> str:
    values = [value.hex() if isinstance(value, bytes) else value for value in row]
    return json.dumps(values, ensure_ascii=False)


def _damaged(root: StoreRoot, run: int, what: str) -> Problem:
    return errors.damaged(root, f"of run {run}, {what}")
