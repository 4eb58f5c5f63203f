"""A query that a database server or a SQLite file answers: read only, for a limited time, with its secrets unseen.

SQLite is read with Python's own driver. For PostgreSQL, Snowflake and BigQuery an extra installs an ADBC driver, which
is imported when the query is asked. The address names secrets as `${NAME}`, and they are read from the environment
then: no file has them, and no message shows them.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote

from ..core.problems import Problems
from ..workspace.database_address import ADDRESSES, EXTRA_BY_SCHEME, SPARK, scheme_of
from ..workspace.environment_secrets import mask, reveal
from ..workspace.settings import SnapshotSource
from .arrow_metadata import declared_types
from .refusal import first_line, need_package, refuse

if TYPE_CHECKING:
    import polars as pl

DRIVERS = {
    "postgres": "adbc_driver_postgresql",
    "snowflake": "adbc_driver_snowflake",
    "bigquery": "adbc_driver_bigquery",
}
"""The modules of the ADBC drivers, by the extra that installs them."""
_BEFORE = {
    "adbc_driver_postgresql": (
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SET statement_timeout = '{seconds}s'",
    ),
    "adbc_driver_snowflake": ("ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = {seconds}",),
}
"""Statements that limit a session to reading, and its time."""
_UUID_BYTES = 16
_UUID = "^(.{8})(.{4})(.{4})(.{4})(.{12})$"
"""The parts of a UUID in hexadecimal, which are written with hyphens between them."""
_MONEY = "money"
"""PostgreSQL's type of amounts, which comes as a whole number of the smallest coins of the server's currency."""
CONNECT_SECONDS = 30
"""How long a server may take to accept a connection."""
_STEPS = 10_000
"""Steps of SQLite between two looks at the time."""


def ask_database(source: SnapshotSource, root: Path) -> pl.DataFrame:
    """Return the rows of a source's query, asked now.

    Raises:
        Problems: `missing-secret`, `driver-missing`, `query-failed` or `query-limit`.
    """
    address, secrets = reveal(source.database or "", "database")
    scheme = scheme_of(address)
    if scheme is None:
        message = "`database` leads to no address of a database that Tenure can read"
        refuse("bad-database", message, f"begin it with one of {ADDRESSES}")
    if scheme == SPARK:
        from .spark_queries import ask_spark

        return ask_spark(source.query or "", source.query_seconds)
    if scheme == "sqlite":
        path = _sqlite_path(address, root)
        with _told_plainly("the SQLite file refused the query", secrets):
            return _ask_sqlite(source, path)
    return _ask_server(source, scheme, address, secrets)


def ask_by_account(source: SnapshotSource, root: Path, id_column: str) -> Iterator[pl.DataFrame]:
    """Yield the rows of a source's query in batches, asked now; Spark sorts them by account.

    Raises:
        Problems: As `ask_database`.
    """
    address, _ = reveal(source.database or "", "database")
    if scheme_of(address) != SPARK:
        yield ask_database(source, root)
        return
    from .spark_queries import ask_spark_by_account

    yield from ask_spark_by_account(source.query or "", source.query_seconds, id_column)


@contextmanager
def _told_plainly(what: str, secrets: Collection[str]) -> Iterator[None]:
    """Turn a driver's error into a problem, with the first line of its message, without secrets."""
    try:
        yield
    except Problems:
        raise
    except Exception as error:
        message = first_line(error)
        message = mask(message, secrets, "the driver's message has a secret in it, and is left out")
        if re.search(r"statement timeout|interrupted", message, re.IGNORECASE):
            hint = "select fewer rows, or allow more under `limits: {time: …}`"
            refuse("query-limit", "the database's query took longer than it may", hint)
        refuse("query-failed", f"{what}: {message}")


def _sqlite_path(address: str, root: Path) -> Path:
    """Return the file of an address such as `sqlite:///data/crm.db`, which is relative to the workspace."""
    path = root / unquote(address.removeprefix("sqlite:///"))
    if not path.is_file():
        refuse("query-failed", "the SQLite file that `database` names is not there")
    return path


def _ask_sqlite(source: SnapshotSource, path: Path) -> pl.DataFrame:
    import polars as pl

    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    with closing(connection):
        connection.execute("PRAGMA query_only = ON")
        end = time.monotonic() + source.query_seconds
        connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        cursor = connection.execute(source.query or "")
        if cursor.description is None:
            _refuse_rowless()
        names = [column[0] for column in cursor.description]
        if len(set(names)) < len(names):
            _refuse_repeated()
        rows = cursor.fetchall()
    return pl.DataFrame({name: _column(rows, index) for index, name in enumerate(names)})


def _column(rows: list[tuple[Any, ...]], index: int) -> pl.Series:
    """Return a column of SQLite, whose values may differ in type: as text then."""
    import polars as pl

    values = [row[index] for row in rows]
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int} or kinds <= {float}:
        return pl.Series(values, dtype=pl.Float64 if kinds == {float} else pl.Int64, strict=True)
    texts = [value if value is None or isinstance(value, str) else str(value) for value in values]
    return pl.Series(texts, dtype=pl.String)


def _ask_server(
    source: SnapshotSource, scheme: str, address: str, secrets: Collection[str]
) -> pl.DataFrame:
    import polars as pl

    extra = EXTRA_BY_SCHEME[scheme]
    driver = DRIVERS[extra]
    need_package(driver, f"a {scheme} database", extra)
    with _told_plainly(f"the {scheme} database cannot be reached", secrets):
        connection = _connect(driver, address)
    refused = _told_plainly(f"the {scheme} database refused the query", secrets)
    with closing(connection), closing(connection.cursor()) as cursor, refused:
        for statement in _BEFORE.get(driver, ()):
            cursor.execute(statement.format(seconds=source.query_seconds))
        cursor.execute(source.query or "")
        stream = cursor.fetch_arrow()
        amounts = [name for name, kind in declared_types(stream).items() if kind == _MONEY]
        try:
            found = pl.DataFrame(stream)
        except pl.exceptions.DuplicateError:
            _refuse_repeated()
        except pl.exceptions.PanicException:
            message = "a column of the query's result is of a type that Polars does not read, such as an interval"
            refuse("query-failed", message, "cast it in the query, such as `term::text`")
        if amounts:
            cursor.execute(f"SELECT '1'::{_MONEY} AS unit")
            found = _in_units(found, amounts, pl.DataFrame(cursor.fetch_arrow()).item())
    if not found.width:
        _refuse_rowless()
    return found.with_columns(_plain(values) for values in found.iter_columns())


def _in_units(table: pl.DataFrame, columns: Collection[str], unit: int) -> pl.DataFrame:
    """Return amounts that count the smallest coins as decimals; `unit` is the number of coins of one."""
    import polars as pl

    exact = pl.Decimal(38, len(str(unit)) - 1)
    return table.with_columns(pl.col(name).cast(exact) / unit for name in columns)


def _connect(driver: str, address: str) -> Any:
    """Return a connection of an ADBC driver."""
    dbapi = import_module(f"{driver}.dbapi")
    if driver == "adbc_driver_bigquery":
        project, _, dataset = address.partition("://")[2].partition("/")
        options = {"adbc.bigquery.sql.project_id": project}
        return dbapi.connect(
            options | ({"adbc.bigquery.sql.dataset_id": dataset} if dataset else {})
        )
    if driver == "adbc_driver_snowflake":
        return dbapi.connect(address.partition("://")[2])
    separator = "&" if "?" in address else "?"
    limit = "" if "connect_timeout=" in address else f"{separator}connect_timeout={CONNECT_SECONDS}"
    return dbapi.connect(address + limit, autocommit=True)


def _plain(values: pl.Series) -> pl.Series:
    """Return values of types that Arrow lacks as texts: exact numbers come so in a wrapper, a UUID as 16 bytes."""
    import polars as pl

    plain = values.ext.storage() if isinstance(values.dtype, pl.BaseExtension) else values
    if plain.dtype != pl.Binary or not (plain.drop_nulls().bin.size() == _UUID_BYTES).all():
        return plain
    return plain.bin.encode("hex").str.replace(_UUID, "$1-$2-$3-$4-$5")


def _refuse_repeated() -> NoReturn:
    message = "the query's result has several columns of one name"
    refuse("repeated-column", message, "name each column once, with AS")


def _refuse_rowless() -> NoReturn:
    refuse("query-not-select", "the query gives no rows: it is no SELECT")
