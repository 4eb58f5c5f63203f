"""Adding entries to the ledger, which is only ever appended to.

Rule: an action's revisions follow one another from 1, and none is written twice.
"""

from __future__ import annotations

import sqlite3

import polars as pl

from ..evaluation.tables import LEDGER
from ..text.problem import Problem, Problems
from . import rows, schema

MANY = 200_000
"""Entries; from here on, building the indexes anew is faster than adding to them."""


def append(database: sqlite3.Connection, run: int, entries: pl.DataFrame) -> None:
    """Add the run's entries, inside its transaction; `Problems` where one is there already."""
    if entries.is_empty():
        return
    (held,) = database.execute("SELECT coalesce(max(entry), 0) FROM ledger").fetchone()
    afresh = entries.height >= max(MANY, held)
    if afresh:
        for name in schema.LEDGER_INDEXES:
            database.execute(f"DROP INDEX {name}")
    try:
        _insert(database, run, entries)
        if afresh:
            for statement in schema.LEDGER_INDEXES.values():
                database.execute(statement)
    except sqlite3.IntegrityError as error:
        raise Problems([_duplicate(database, entries)]) from error
    _replace(database, entries)


def _insert(database: sqlite3.Connection, run: int, entries: pl.DataFrame) -> None:
    marks = ", ".join("?" * len(LEDGER))
    database.executemany(
        f"INSERT INTO ledger (run, {schema.columns(LEDGER)}) VALUES ({run}, {marks})",
        rows.to_rows(entries, LEDGER),
    )


def _replace(database: sqlite3.Connection, entries: pl.DataFrame) -> None:
    """Note the entries that the new ones take the place of."""
    revised = entries.filter(pl.col("revision") > 1).select("action_id", pl.col("revision") - 1)
    noted = database.executemany(
        "INSERT INTO replaced SELECT entry FROM ledger WHERE action_id = ? AND revision = ?",
        revised.iter_rows(),
    )
    if revised.height and noted.rowcount != revised.height:
        raise ValueError("an entry's revision must follow the action's last one")


def _duplicate(database: sqlite3.Connection, entries: pl.DataFrame) -> Problem:
    """Which of the entries the ledger has already, or is there twice; never none."""
    keys = entries.select("action_id", "revision").sort("action_id", "revision")
    twice = keys.filter(keys.is_duplicated())
    query = "SELECT 1 FROM ledger WHERE action_id = ? AND revision = ? LIMIT 1"
    found = (key for key in keys.iter_rows() if database.execute(query, key).fetchone())
    action_id, revision = twice.row(0) if twice.height else next(found)
    return duplicate(action_id, revision)


def duplicate(action_id: str, revision: int) -> Problem:
    """The problem of an entry that would be written a second time."""
    return Problem(
        "store-duplicate",
        f"action {action_id}, revision {revision}, is in the ledger already; nothing is sent twice",
        hint="report this with the command that was run: it is a fault of Tenure",
    )
