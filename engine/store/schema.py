"""The tables of the store's database.

Dates are ISO text, so that the `sqlite3` shell shows what a person can read, and sort as dates do.
"""

from __future__ import annotations

import secrets
import sqlite3

import polars as pl

from ..evaluation.tables import ENDED, LEDGER
from . import seals
from .record import COLUMNS

VERSION = 3
"""Of the store's layout; a store with a higher one is refused."""

BUCKETS = 16
"""Into how many files a new store's states are divided; each store keeps its own number."""

QUARANTINE: dict[str, pl.DataType] = {
    "account_id": pl.String(),
    "row": pl.Int64(),
    "field": pl.String(),
    "value": pl.String(),
    "reason": pl.String(),
}
"""One row a bad value of the snapshot, with its row number there and why it was refused."""

LEDGER_INDEXES: dict[str, str] = {
    "ledger_action": "CREATE UNIQUE INDEX ledger_action ON ledger (action_id, revision)",
    "ledger_due": "CREATE INDEX ledger_due ON ledger (due_on, account_id)",
    "ledger_account": "CREATE INDEX ledger_account ON ledger (account_id)",
    "ledger_contact": "CREATE INDEX ledger_contact ON ledger (contact_on, account_id)"
    " WHERE contact_on IS NOT NULL",
}
"""By name. `ledger_action` is the guarantee that nothing is sent twice."""


def columns(schema: dict[str, pl.DataType]) -> str:
    """The schema's columns, quoted, for a statement."""
    return ", ".join(f'"{name}"' for name in schema)


def _declared(schema: dict[str, pl.DataType]) -> str:
    return ", ".join(
        f'"{name}" {"INTEGER" if kind.is_integer() else "TEXT"}' for name, kind in schema.items()
    )


# `replaced` names the revisions that a later one has taken the place of, in the table or in a volume: the ledger
# itself is only appended to.
TABLES: tuple[str, ...] = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL)",
    f"CREATE TABLE runs (run INTEGER PRIMARY KEY, {', '.join(COLUMNS)},"
    " UNIQUE (evaluated_on, attempt))",
    "CREATE TABLE files (name TEXT PRIMARY KEY, kind TEXT NOT NULL, run INTEGER NOT NULL,"
    " bucket INTEGER, day TEXT, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " sha256 TEXT NOT NULL)",
    f"CREATE TABLE ledger (entry INTEGER PRIMARY KEY, run INTEGER NOT NULL, {_declared(LEDGER)})",
    "CREATE TABLE replaced (action_id TEXT, revision INTEGER, PRIMARY KEY (action_id, revision))"
    " WITHOUT ROWID",
    f"CREATE TABLE ended (run INTEGER NOT NULL, {_declared(ENDED)},"
    " PRIMARY KEY (account_id, playbook, cycle, ended_on))",
    "CREATE INDEX ended_on ON ended (ended_on)",
    f"CREATE TABLE quarantine (run INTEGER NOT NULL, {_declared(QUARANTINE)})",
    "CREATE INDEX quarantine_run ON quarantine (run)",
    seals.TABLE,
)


def create(connection: sqlite3.Connection) -> None:
    """Lay out an empty store in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in (*TABLES, *LEDGER_INDEXES.values()):
        connection.execute(statement)
    connection.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        [("version", VERSION), ("buckets", BUCKETS), ("id", secrets.randbits(62))],
    )
    connection.execute("COMMIT")


def version(connection: sqlite3.Connection) -> int:
    """The layout's version; 0 where nothing is laid out yet."""
    laid_out = connection.execute(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'"
    ).fetchone()
    return meta(connection, "version") if laid_out else 0


def meta(connection: sqlite3.Connection, key: str) -> int:
    """A setting of this store."""
    (value,) = connection.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
    return int(value)
