"""The tables of the store's database.

The ledger is stored with numbers for texts, in `entries` and `ends`; `texts` and `forms` have the texts. The views
`ledger` and `ended` show both with their texts, for a person with the `sqlite3` shell, as `outcomes` and `hand_moves`
show what people did.
"""

from __future__ import annotations

import secrets
import sqlite3
from typing import NamedTuple

import polars as pl

from ..core.schemas import QUARANTINE
from . import deliveries, seals, version_texts
from .interned_texts import DIGEST, FORM
from .ledger_rows import ENDS, ENTRIES, MOVE_ROWS, NUMBER, OUTCOME_ROWS, Layout
from .run_record import RUN_COLUMNS, RUN_NUMBERS
from .store_database import Database

LAYOUT_VERSION = version_texts.FIRST_LAYOUT_WITH_TEXTS
"""Of the store's layout; a store with a higher one is refused."""

OLDEST_LAYOUT = 6
"""The oldest layout that is read. The next run raises it, in its transaction."""

BUCKETS = 16
"""The number of files for a new store's states; each store has its number in `meta`."""

LEDGER_INDEXES: dict[str, str] = {
    "entries_action": "CREATE UNIQUE INDEX entries_action ON entries (action_id, revision)",
    "entries_due": "CREATE INDEX entries_due ON entries (due_on, account_id)",
    "entries_account": "CREATE INDEX entries_account ON entries (account_id)",
    "entries_contact": "CREATE INDEX entries_contact ON entries (contact_on, account_id)"
    " WHERE contact_on IS NOT NULL",
    "entries_waiting": "CREATE INDEX entries_waiting ON entries (planned_on, account_id)"
    " WHERE planned_on IS NOT NULL AND contact_on IS NULL",
}
"""Indexes by name. `entries_action` is the guarantee that nothing is sent twice; `entries_waiting` has what waits."""


class Dialect(NamedTuple):
    """How a kind of database says what differs in the statements of its tables.

    Attributes:
        text: The kind of columns with texts, or with keys of actions, to which SQLite gives none.
        number: The same of columns with numbers.
        words: Words of the other columns, each with what replaces it.
        day: A day number as a date, for people.
        action_id: An action's key as text, for people.
        quarantine: More columns of quarantined values.
        more: More statements.
    """

    text: str = ""
    number: str = ""
    words: tuple[tuple[str, str], ...] = ()
    day: str = "date(\"{}\" * 86400, 'unixepoch')"
    action_id: str = (
        "CASE typeof(action_id) WHEN 'blob' THEN lower(hex(action_id)) ELSE action_id END"
    )
    quarantine: str = ""
    more: tuple[str, ...] = ()


SQLITE = Dialect()
"""Columns without a kind, so that values are stored unchanged."""

POSTGRES = Dialect(
    text=" TEXT",
    number=" INTEGER",
    words=(
        ("text TEXT NOT NULL UNIQUE", "text TEXT NOT NULL"),
        # By bytes, as SQLite does, whatever the order of the database's language.
        ("TEXT", 'TEXT COLLATE "C"'),
        ("INTEGER", "BIGINT"),
        ("BLOB", "BYTEA"),
        (" WITHOUT ROWID", ""),
    ),
    day="DATE '1970-01-01' + CAST(\"{}\" AS INT)",
    action_id="action_id",
    # SQLite numbers the rows of every table by itself.
    quarantine=", rowid BIGSERIAL",
    # An index in the order of texts takes none of more than 2,700 bytes.
    more=("CREATE INDEX texts_text ON texts USING HASH (text)",),
)
"""Columns all have a kind."""


def _declared(schema: dict[str, pl.DataType]) -> str:
    return ", ".join(
        f'"{name}" {"INTEGER" if kind.is_integer() else "TEXT"}' for name, kind in schema.items()
    )


def _narrow(layout: Layout, dialect: Dialect) -> str:
    """Return the table of a layout."""
    kinds = {"action_id": dialect.text}
    names = [
        f'"{name}"{kinds.get(name, dialect.number)}' for name in layout.stored if name != NUMBER
    ]
    return f"CREATE TABLE {layout.table} ({NUMBER} INTEGER PRIMARY KEY, {', '.join(names)})"


def _view(name: str, layout: Layout, dialect: Dialect) -> str:
    """Return a view for people: the layout's table with its dates and texts written out."""
    shown = ", ".join(
        f'{_shown(column, layout, dialect)} AS "{column}"' for column in layout.schema
    )
    forms = " LEFT JOIN forms ON forms.id = form" if layout.form else ""
    return f"CREATE VIEW {name} AS SELECT {shown} FROM {layout.table}{forms}"


def _shown(column: str, layout: Layout, dialect: Dialect) -> str:
    if column in layout.texts:
        return f'(SELECT text FROM texts WHERE id = {layout.table}."{column}")'
    if layout.form and column in FORM:
        return f"forms.{column}"
    if column == "action_id":
        return dialect.action_id
    if layout.schema[column] == pl.Date:
        return dialect.day.format(column)
    return f'"{column}"'


# `replaced` names the revisions that a later one replaces, in the table or in a segment: the ledger
# itself is only appended to. `chain` has for each run up to which number its rows go, and the digests of `chain.py`.
# `recordings` has the same for each time that outcomes and moves by hand were recorded; see `recordings.py`.
def table_statements(dialect: Dialect = SQLITE) -> list[str]:
    """Return the statements that create the tables and views, without the indexes of the ledger."""
    columns_of_runs = ", ".join(
        f"{name}{dialect.number if name in RUN_NUMBERS else dialect.text}" for name in RUN_COLUMNS
    )
    tables = [
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL)",
        f"CREATE TABLE runs (run INTEGER PRIMARY KEY, {columns_of_runs},"
        " UNIQUE (evaluated_on, attempt))",
        "CREATE TABLE files (name TEXT PRIMARY KEY, kind TEXT NOT NULL, run INTEGER NOT NULL,"
        " bucket INTEGER, day TEXT, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,"
        " sha256 TEXT NOT NULL)",
        "CREATE INDEX files_kind ON files (kind, day)",
        "CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)",
        f"CREATE TABLE forms (id INTEGER PRIMARY KEY, {DIGEST} TEXT NOT NULL UNIQUE,"
        f" {', '.join(f'{name} TEXT' for name in FORM)})",
        _narrow(ENTRIES, dialect),
        f"CREATE TABLE replaced (action_id{dialect.text}, revision INTEGER, run INTEGER NOT NULL,"
        " PRIMARY KEY (action_id, revision)) WITHOUT ROWID",
        "CREATE INDEX replaced_run ON replaced (run)",
        _narrow(ENDS, dialect),
        "CREATE INDEX ends_on ON ends (ended_on, account_id)",
        "CREATE INDEX ends_account ON ends (account_id)",
        f"CREATE TABLE quarantine (run INTEGER NOT NULL, {_declared(QUARANTINE)}{dialect.quarantine})",
        "CREATE INDEX quarantine_run ON quarantine (run)",
        "CREATE TABLE chain (run INTEGER PRIMARY KEY, entries_to INTEGER NOT NULL,"
        " ends_to INTEGER NOT NULL, issued_from INTEGER, issued_to INTEGER, content BLOB NOT NULL,"
        " digest BLOB NOT NULL)",
        _narrow(OUTCOME_ROWS, dialect),
        _narrow(MOVE_ROWS, dialect),
        "CREATE TABLE recordings (number INTEGER PRIMARY KEY, outcomes_to INTEGER NOT NULL,"
        " moves_to INTEGER NOT NULL, digest BLOB NOT NULL)",
        deliveries.DELIVERIES_TABLE,
        deliveries.DELIVERIES_INDEX,
        version_texts.VERSIONS_TABLE,
        version_texts.VERSION_TEXTS_TABLE,
        seals.TABLE,
        seals.ERASURES_TABLE,
    ]
    for old, new in dialect.words:
        tables = [statement.replace(old, new) for statement in tables]
    names = {"ledger": ENTRIES, "ended": ENDS, "outcomes": OUTCOME_ROWS, "hand_moves": MOVE_ROWS}
    views = [_view(name, layout, dialect) for name, layout in names.items()]
    return [*tables, *views, *dialect.more]


def create_tables(connection: Database, dialect: Dialect = SQLITE) -> None:
    """Create the tables of an empty store in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in (*table_statements(dialect), *LEDGER_INDEXES.values()):
        connection.execute(statement)
    connection.executemany(
        "INSERT INTO meta VALUES (?, ?)",
        [("version", LAYOUT_VERSION), ("buckets", BUCKETS), ("id", secrets.randbits(62))],
    )
    connection.execute("COMMIT")


def raise_layout(connection: Database) -> None:
    """Add to an older store the tables that it lacks, inside the transaction of a run."""
    if meta(connection, "version") < LAYOUT_VERSION:
        connection.execute(version_texts.VERSIONS_TABLE)
        connection.execute(version_texts.VERSION_TEXTS_TABLE)
        set_meta(connection, "version", LAYOUT_VERSION)


def version(connection: sqlite3.Connection) -> int:
    """Return the layout's version; 0 before the tables exist. Raise `DatabaseError` for another database."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if names and "meta" not in names:
        raise _corrupt("its table `meta` is missing")
    return meta(connection, "version") if names else 0


def meta(connection: Database, key: str) -> int:
    """Return a setting of this store."""
    found = connection.execute("SELECT value FROM meta WHERE key = ?", [key]).fetchone()
    if found is None or not isinstance(found[0], int):
        raise _corrupt(f"its setting `{key}` is missing")
    return found[0]


def set_meta(connection: Database, key: str, value: int) -> None:
    """Change or add a setting of this store, inside a transaction."""
    upsert = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    connection.execute(upsert, [key, value])


def _corrupt(what: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(what)
    # Not SQLITE_CORRUPT, which SQLite also reports where the disk could not be read.
    error.sqlite_errorcode = sqlite3.SQLITE_NOTADB
    return error
