"""SQL queries over the workspace's declared files, run by DuckDB, which the extra `tenure[sql]` installs.

Locked down: the files under `tables` are all that a query can read, it can write nothing, install and load
nothing, and cannot undo these settings. Columns of CSV tables are text, so that `007` stays `007`: a query
casts what it reckons with. A query that uses `$on` is given the date asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..workspace.model import Source
from ..workspace.source import asks_for_date, format_of
from .refusal import refuse

if TYPE_CHECKING:
    import duckdb
    import polars as pl

MEMORY = "1GB"
_READERS = {
    "csv": "read_csv({path}, all_varchar = true, header = true)",
    "parquet": "read_parquet({path})",
    "jsonl": "read_json({path}, format = 'newline_delimited')",
}
_SETTINGS = {
    "allow_community_extensions": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


class Query:
    """The declared query over its files; holds a database in memory until it is let go."""

    def __init__(self, source: Source, root: Path) -> None:
        self.text = (source.query or "").strip().rstrip(";")
        self.dated = asks_for_date(self.text)
        self.date_column = source.date_column
        self.database = _open(source, root)

    def columns(self, day: dt.date) -> list[str]:
        """The columns that the query gives, in order."""
        return self._relation(day).columns

    def dates(self) -> list[dt.date]:
        """The dates that its rows are true of; for a query that asks for the date, none is listed."""
        if self.dated or self.date_column is None:
            return []
        days = self._rows(dt.date.min, f"SELECT DISTINCT {self._day()} FROM rows")
        return sorted(day for day in days.to_series().to_list() if day is not None)

    def read(self, day: dt.date, names: Collection[str] | None) -> pl.DataFrame:
        """The rows of that date, and of no date, with these columns (None: all)."""
        listed = "*" if names is None else ", ".join(_quoted(name) for name in sorted(names))
        over = f"SELECT {listed} FROM rows"
        if not self.dated:
            over += f" WHERE coalesce({self._day()} = $on, true)"
        return self._rows(day, over)

    def _day(self) -> str:
        return f"TRY_CAST({_quoted(self.date_column or '')} AS DATE)"

    def _relation(self, day: dt.date, over: str = "SELECT * FROM rows") -> duckdb.DuckDBPyRelation:
        import duckdb

        text = f"WITH rows AS (\n{self.text}\n) {over}"
        given = {"on": day} if asks_for_date(text) else None
        try:
            relation = self.database.sql(text, params=given)
        except duckdb.Error as error:
            _refuse(error)
        if relation is None:
            refuse("query-failed", "the query gives no rows: it must be one SELECT")
        return relation

    def _rows(self, day: dt.date, over: str) -> pl.DataFrame:
        import duckdb
        import polars as pl

        try:
            return pl.DataFrame(self._relation(day, over))
        except (duckdb.Error, pl.exceptions.PolarsError) as error:
            _refuse(error)


def _open(source: Source, root: Path) -> duckdb.DuckDBPyConnection:
    try:
        import duckdb
    except ImportError:
        refuse(
            "duckdb-missing",
            "a `query` is run by DuckDB, which is not installed",
            "install it where Tenure is installed: pip install duckdb",
        )
    database = duckdb.connect(":memory:", config=dict(_SETTINGS))
    paths = {name: str((root / path).resolve()) for name, path in source.files.items()}
    try:
        for name, path in paths.items():
            format = source.format or format_of(path) or "csv"
            reader = _READERS[format].format(path=_literal(path))
            database.execute(f"CREATE VIEW {_quoted(name)} AS SELECT * FROM {reader}")
        allowed = ", ".join(_literal(path) for path in paths.values())
        database.execute(f"SET allowed_paths = [{allowed}]")
        database.execute(f"SET memory_limit = '{MEMORY}'")
        database.execute("SET temp_directory = ''")
        database.execute("SET enable_external_access = false")
        database.execute("SET lock_configuration = true")
    except duckdb.Error as error:
        _refuse(error)
    return database


def _refuse(error: Exception) -> NoReturn:
    refuse("query-failed", f"DuckDB refuses the query: {str(error).strip()}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
