"""The store's database in PostgreSQL: it takes the store's statements, which are SQLite's, in PostgreSQL's words.

It works behind a pooler that gives out connections by transaction: nothing is prepared, and no lock, setting or
temporary table outlives its transaction. A statement outside a transaction gets one by itself.

Three locks, each held by a transaction. The writer's lasts as long as a run; the transaction that holds it does nothing
else (see `hold_writer`). A transaction that writes holds the one of commits, so that one writes at a time. One that
reads shares the table of files, so that no file is deleted that it may still open (see `without_readers`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..core.problems import Problem, Problems
from ..workspace.environment_secrets import mask, reveal
from ..workspace.store_address import StoreAddress
from .store_database import Cursor, Database, ServerConflict, ServerError

if TYPE_CHECKING:
    import psycopg
    from psycopg.abc import Buffer
    from psycopg.adapt import Loader

CONNECT_PATIENCE = 30.0
"""Seconds for which a server that does not answer is tried again."""

_PAUSE = 0.25
_LOCK_WAIT = "60s"
_WRITER, _COMMIT = 1, 2
"""The second keys of the advisory locks; the first is the store's."""

_PASSING = ("starting up", "shutting down", "in recovery", "too many", "remaining connection slots")
"""Words of the refusals of a server that has no lasting reason."""
_SETTINGS: dict[str, Any] = {
    "autocommit": True,
    # Prepared statements would belong to one session of a pooler, and the next one may be another.
    "prepare_threshold": None,
    "connect_timeout": 10,
    # A connection that a network has forgotten is noticed within a minute.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}

_INSERT = re.compile(r"INSERT INTO (\w+)( \([^)]*\))? VALUES \(\?(?:, \?)*\)")
_WORDS = {
    "?": "%s",
    "%": "%%",
    "CROSS JOIN": "JOIN",
    "instr(": "strpos(",
    "temp.wanted": "unnest(%s::text[]) AS wanted (value)",
    "json_each(?)": "(SELECT CAST(id AS BIGINT) AS value"
    " FROM json_array_elements_text(CAST(%s AS json)) AS ids (id)) AS numbers",
}
"""PostgreSQL's words for those of the store's statements that it has others for."""
_SAID = re.compile("|".join(re.escape(word) for word in sorted(_WORDS, key=len, reverse=True)))


class ServerDatabase:
    """A connection to PostgreSQL that can do what the store asks of one to SQLite."""

    def __init__(self, connection: psycopg.Connection[Any], address: StoreAddress) -> None:
        self._connection = connection
        self.address = address
        self._wanted: list[Any] = []

    @property
    def in_transaction(self) -> bool:
        """Return whether a transaction has begun; false on a lost connection, which rolled it back."""
        from psycopg.pq import TransactionStatus

        idle = (TransactionStatus.IDLE, TransactionStatus.UNKNOWN)
        return self._connection.info.transaction_status not in idle

    def execute(self, statement: str, values: Any = (), /) -> Cursor:
        """Execute a statement, with a value for each `?`."""
        with _reported():
            if statement == "BEGIN":
                self.begin("REPEATABLE READ READ ONLY", "LOCK TABLE files IN ACCESS SHARE MODE")
                return self._connection.cursor()
            if statement == "BEGIN IMMEDIATE":
                keys = f"{_key(self.address)}, {_COMMIT}"
                self.begin("READ COMMITTED", f"SELECT pg_advisory_xact_lock({keys})")
                return self._connection.cursor()
            if statement in ("COMMIT", "ROLLBACK"):
                return self._connection.execute(statement)
            with self._transaction():
                return self._connection.execute(*self._said(statement, values))

    def executemany(self, statement: str, rows: Iterable[Any], /) -> object:
        """Execute a statement with the values of each row; rows of a plain INSERT are copied in, many at once."""
        with _reported(), self._transaction(), self._connection.cursor() as cursor:
            if inserted := _INSERT.fullmatch(statement):
                with cursor.copy(f"COPY {inserted[1]}{inserted[2] or ''} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                cursor.executemany(_words(statement), list(rows))
            return cursor

    @contextmanager
    def wanting(self, values: list[Any]) -> Iterator[None]:
        """Let `temp.wanted` have these values, all of them texts."""
        before, self._wanted = self._wanted, values
        try:
            yield
        finally:
            self._wanted = before

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Give a statement a transaction if there is none."""
        if self.in_transaction:
            yield
            return
        self.begin("READ COMMITTED")
        try:
            yield
        except BaseException:
            with suppress(Exception):
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def begin(self, kind: str, *more: str) -> None:
        """Begin a transaction of an isolation level, with more statements at its beginning."""
        statements = (
            f"BEGIN ISOLATION LEVEL {kind}",
            f'SET LOCAL search_path TO "{self.address.schema}"',
            f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'",
            *more,
        )
        self._connection.execute("; ".join(statements))

    def _said(self, statement: str, values: Any) -> tuple[str, list[Any]]:
        """Return the statement in PostgreSQL's words, with the values of its places in order."""
        left = iter(values)
        bound = []
        for word in _SAID.findall(statement):
            if word == "temp.wanted":
                bound.append(self._wanted)
            elif "?" in word:
                bound.append(next(left))
        return _words(statement), bound


@lru_cache(maxsize=1_000)
def _words(statement: str) -> str:
    def said(match: re.Match[str]) -> str:
        return _WORDS[match[0]]

    return _SAID.sub(said, statement)


def connect_server(address: StoreAddress) -> ServerDatabase:
    """Return a connection, or raise `Problems` or `ServerError` after some patience."""
    if find_spec("psycopg") is None:
        message = "the store's database is used with a package that is not installed"
        hint = "pip install 'tenure[postgres]'"
        raise Problems([Problem("driver-missing", message, hint=hint)])
    import psycopg

    shown, secrets = reveal(address.database, "database")
    end = time.monotonic() + CONNECT_PATIENCE
    while True:
        try:
            connection = psycopg.connect(shown, **_SETTINGS)
        except psycopg.OperationalError as error:
            if time.monotonic() > end or not _may_pass(error):
                hidden = "the database cannot be reached"
                raise ServerError(
                    mask(_first_line(error), secrets, hidden), error.sqlstate
                ) from None
            time.sleep(_PAUSE)
            continue
        connection.adapters.register_loader("numeric", _whole_numbers())
        return ServerDatabase(connection, address)


def has_tables(database: ServerDatabase) -> bool:
    """Return whether the store's tables are there."""
    query = "SELECT to_regclass(?) IS NOT NULL"
    (found,) = database.execute(query, [f'"{database.address.schema}".meta']).fetchone()
    return bool(found)


def create_schema(database: ServerDatabase) -> None:
    """Create the schema of the store's tables, if it is missing."""
    schema = database.address.schema
    query = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?"
    if database.execute(query, [schema]).fetchone() is None:
        database.execute(f'CREATE SCHEMA "{schema}"')


@contextmanager
def try_writer(address: StoreAddress) -> Iterator[ServerDatabase | None]:
    """Hold the lock of writers in a transaction, and yield its connection; None if another has the lock."""
    with closing(connect_server(address)) as database:
        with _reported():
            database.begin("READ COMMITTED", "SET LOCAL idle_in_transaction_session_timeout = 0")
        query = "SELECT pg_try_advisory_xact_lock(?, ?)"
        (held,) = database.execute(query, [_key(address), _WRITER]).fetchone()
        try:
            yield database if held else None
        finally:
            # The server sees the end of a connection a moment later, and the next run would be refused until then.
            with suppress(ServerError):
                database.execute("ROLLBACK")


def writing_since(address: StoreAddress) -> dt.datetime:
    """Return when the transaction began that holds the lock of writers; now if it has ended meanwhile."""
    query = (
        "SELECT min(xact_start) FROM pg_catalog.pg_locks JOIN pg_catalog.pg_stat_activity USING (pid)"
        " WHERE locktype = 'advisory' AND granted AND classid = ? AND objid = ?"
    )
    with closing(connect_server(address)) as database:
        # PostgreSQL shows keys as numbers without a sign.
        (since,) = database.execute(query, [_key(address) % 2**32, _WRITER]).fetchone()
    return (since or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)


@contextmanager
def without_readers(database: Database) -> Iterator[bool]:
    """Hold a transaction in which nothing else reads or writes; yield false if something reads just now."""
    database.execute("BEGIN IMMEDIATE")
    free = True
    if isinstance(database, ServerDatabase):
        try:
            database.execute("LOCK TABLE files IN ACCESS EXCLUSIVE MODE NOWAIT")
        except ServerError:
            free = False
    try:
        yield free
    finally:
        if database.in_transaction:
            database.execute("COMMIT" if free else "ROLLBACK")


@contextmanager
def _reported() -> Iterator[None]:
    """Raise the driver's errors as the store's."""
    import psycopg

    try:
        yield
    except psycopg.IntegrityError as error:
        raise ServerConflict(_first_line(error), error.sqlstate) from error
    except psycopg.Error as error:
        raise ServerError(_first_line(error), error.sqlstate) from error


def _may_pass(error: Exception) -> bool:
    """Return whether the server may take a connection a moment later: it is away, starts, stops or is full."""
    message = str(error)
    return "FATAL" not in message or any(word in message for word in _PASSING)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _key(address: StoreAddress) -> int:
    """Return the first key of the store's advisory locks, which count in one database."""
    digest = hashlib.sha256(f"tenure {address.schema}".encode()).digest()
    return int.from_bytes(digest[:4], signed=True)


def _whole_numbers() -> type[Loader]:
    """Return a loader of PostgreSQL's sums of whole numbers, which are of a type with decimals."""
    from psycopg.adapt import Loader

    class WholeNumbers(Loader):
        def load(self, data: Buffer) -> int:
            return int(bytes(data))

    return WholeNumbers
