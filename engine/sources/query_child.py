"""The process in which DuckDB runs a query: it holds the tables in memory and has access to nothing.

The parent (see `duckdb_queries`) hands over the open files of the tables and writes one JSON object per line to
standard input: first the order, then requests. An answer (see `query_pipe`) has rows as an Arrow stream.
The tables are read first. Then DuckDB's access is closed, and so is the process's: it can open no file and no
connection, write no file, and use no more memory than the order allows. Only then is the query read.
The process ends when the parent closes its end of the pipe, also in the middle of a query.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import resource
import sys
import threading
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import duckdb
import polars as pl

from .query_pipe import PipeMessage, send
from .sql_guard import PARAMETER, Refused, check_query, unstable_functions

_BEYOND = 512 << 20
"""Bytes that the process may need in addition to twice DuckDB's limit: DuckDB does not count every allocation."""

_READERS = {
    "csv": "read_csv({path}, all_varchar = true, header = true{more})",
    "parquet": "read_parquet({path})",
    "jsonl": "read_json({path}, format = 'newline_delimited'{more})",
}
_CONFIG = {
    "threads": "1",  # Sums of floats and the order of rows depend on how threads share the work.
    "allow_community_extensions": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}
_INSTANT = "[T ].*(Z|[+-][0-9]{2}:?[0-9]{2})$"
"""A regular expression for the end of a text that is a time with its offset from UTC."""

_LOCK = (
    "SET TimeZone = 'UTC'",
    "SET temp_directory = ''",
    "SET allowed_paths = []",
    "SET allowed_directories = []",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def serve(answers: int) -> None:
    """Answer requests until standard input ends; `answers` is the pipe to write to."""
    lines: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    order = json.loads(lines.get())
    opened: _Session | PipeMessage
    try:
        opened = _Session(order)
    except BaseException as error:
        opened = _problem(error), b""
    while True:
        request = json.loads(lines.get())
        if isinstance(opened, _Session):
            send(answers, _answer(opened, request))
        else:
            send(answers, opened)


def _answer(session: _Session, request: dict[str, Any]) -> PipeMessage:
    # A panic of Polars is not an `Exception`.
    try:
        return session.answer(request)
    except BaseException as error:
        return _problem(error), b""


def _listen(lines: SimpleQueue[bytes]) -> None:
    """Pass on each line. End the process with the input, even while the other thread works."""
    for line in sys.stdin.buffer:
        lines.put(line)
    os._exit(0)


def open_database(tables: list[dict[str, Any]], memory: int) -> duckdb.DuckDBPyConnection:
    """Return a database in memory with the tables read. The process loses all other access for good."""
    _limit_memory(2 * memory + _BEYOND)
    database = duckdb.connect(":memory:", config=dict(_CONFIG))
    database.execute(f"SET memory_limit = '{memory}B'")
    for table in tables:
        _create(database, table)
    for setting in _LOCK:
        database.execute(setting)
    _close_access()
    return database


class _Session:
    """A locked database, and the query over its tables."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.database = open_database(order["tables"], order["memory"])
        self.seconds: int = order["seconds"]
        self.date_column: str | None = order["date_column"]
        self.time_zone: str = order["time_zone"]
        self._limit_time()
        names = [table["name"] for table in order["tables"]]
        unstable = unstable_functions(self.database)
        self.statement = check_query(self.database, order["text"], names, unstable)

    def answer(self, request: dict[str, Any]) -> PipeMessage:
        self._limit_time()
        if request["ask"] == "columns":
            return {"columns": self._relation(None).columns}, b""
        if request["ask"] == "dates":
            relation = self._relation(None).project(f"{self._day()} AS day").distinct()
            days = [row[0].isoformat() for row in relation.fetchall() if row[0] is not None]
            return {"dates": sorted(days)}, b""
        on = dt.date.fromisoformat(request["on"])
        relation = self._relation(on)
        if self.date_column is not None:
            relation = relation.filter(f"coalesce({self._day()} = DATE '{on}', true)")
        stream = io.BytesIO()
        pl.DataFrame(relation).write_ipc_stream(stream)
        return {}, stream.getvalue()

    def _relation(self, on: dt.date | None) -> duckdb.DuckDBPyRelation:
        parameters = {PARAMETER: on} if self.statement.takes_date else None
        # DuckDB makes the names of columns unique where a relation is read from, not where it is made.
        return self.database.sql(self.statement.text, params=parameters).project("*")

    def _day(self) -> str:
        """Return the date of a row in SQL; an instant has that of the workspace's time zone, as in `convert`."""
        name, relation = self.date_column or "", self._relation(None)
        if name not in relation.columns:
            message = f"the query's result has no column `{name}`, which `date_column` names"
            raise Refused("missing-column", message)
        column, zone = _quoted(name), _literal(self.time_zone)
        kind = str(relation.types[relation.columns.index(name)])
        local = f"CAST(timezone({zone}, TRY_CAST({column} AS TIMESTAMPTZ)) AS DATE)"
        written = f"TRY_CAST({column} AS DATE)"
        if kind == "TIMESTAMP WITH TIME ZONE":
            return local
        if kind != "VARCHAR":
            return written
        is_instant = f"regexp_matches(trim({column}), {_literal(_INSTANT)})"
        return f"CASE WHEN {is_instant} THEN {local} ELSE {written} END"

    def _limit_time(self) -> None:
        """End the process after its limit of CPU time, in case the parent no longer exists to end it."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + self.seconds + 2
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _create(database: duckdb.DuckDBPyConnection, table: dict[str, Any]) -> None:
    """Read a table from its open file, and close that."""
    path = f"/dev/fd/{table['file']}"
    packed = table["compression"]
    more = f", compression = {_literal(packed)}" if packed else ""
    reader = _READERS[table["format"]].format(path=_literal(path), more=more)
    before = _stamp(table["file"])
    try:
        database.execute(f"CREATE TABLE {_quoted(table['name'])} AS SELECT * FROM {reader}")
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        why = str(error).partition("\n\nLINE ")[0].strip().replace(path, table["shown"])
        message = f"the table `{table['name']}` cannot be read from {table['shown']}: {why}"
        raise Refused("unreadable-snapshot", message) from None
    if _stamp(table["file"]) != before:
        hint = "run again once it is complete"
        raise Refused("file-changed", f"{table['shown']} changed while it was read", hint)
    os.close(table["file"])


def _stamp(file: int) -> tuple[int, int]:
    stat = os.fstat(file)
    return stat.st_size, stat.st_mtime_ns


def _limit_memory(more: int) -> None:
    """Limit the process to `more` bytes than it has now, if the system can."""
    try:
        now = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    except OSError:
        now = 1 << 30  # Not Linux: about twice what Python with DuckDB and Polars has mapped.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (now + more, now + more))


def _close_access() -> None:
    """Prevent the process, and any program that it starts, from opening or writing files from now on."""
    # Polars opens what its writer needs with the first table that it writes.
    pl.DataFrame({"text": ["a", None], "number": [1, 2]}).write_ipc_stream(io.BytesIO())
    for name in ("RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NOFILE"):
        resource.setrlimit(getattr(resource, name), (0, 0))


def _problem(error: BaseException) -> dict[str, Any]:
    if isinstance(error, Refused):
        return {"code": error.code, "message": error.message, "hint": error.hint}
    text = str(error).strip()
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException) or "Out of Memory" in text:
        return {"code": "query-limit", "limit": "memory"}
    return {"code": "query-failed", "message": f"DuckDB refuses the query: {text}", "hint": None}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
