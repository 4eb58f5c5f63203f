"""The store's database: a connection as the store uses it, and the errors that one can raise.

SQLite's own connection is one. The store's statements are written in SQLite's SQL.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Protocol


class Cursor(Protocol):
    """The rows of one statement."""

    def fetchone(self) -> Any:
        """Return the next row; None after the last one."""
        ...

    def fetchmany(self, size: int = ..., /) -> list[Any]:
        """Return the next rows, at most `size`."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the remaining rows."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Yield the remaining rows."""
        ...


class Database(Protocol):
    """A connection to the store's database; a statement outside a transaction is one by itself."""

    @property
    def in_transaction(self) -> bool:
        """Return whether a transaction has begun that has not ended."""
        ...

    def execute(self, statement: str, values: Any = ..., /) -> Cursor:
        """Execute a statement, with a value for each `?`."""
        ...

    def executemany(self, statement: str, rows: Iterable[Any], /) -> object:
        """Execute a statement with the values of each row."""
        ...

    def close(self) -> None:
        """Close the connection; a transaction that has not ended is rolled back."""
        ...


class ServerError(Exception):
    """An error of a database server. `state` is its SQLSTATE; None if the server was not reached."""

    def __init__(self, message: str, state: str | None = None) -> None:
        super().__init__(message)
        self.state = state


class ServerConflict(ServerError):
    """A row that is there already."""


DATABASE_ERRORS: tuple[type[Exception], ...] = (sqlite3.Error, ServerError)
"""The errors of a connection."""

CONFLICTS: tuple[type[Exception], ...] = (sqlite3.IntegrityError, ServerConflict)
"""The errors of a row that is there already."""


def quoted_columns(names: Iterable[str]) -> str:
    """Return names of columns, quoted, for a statement."""
    return ", ".join(f'"{name}"' for name in names)
