"""Rows of the ledger in the database: dates as days since 1970, texts by number, a checksum for each row.

Decoding what was encoded returns the same table. A row that changed since is reported as damage.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problems
from ..core.schemas import ENDED, HAND_MOVES, LEDGER, OUTCOMES, empty_table, stack
from ..workspace.store_address import StoreRoot
from . import errors
from .interned_texts import DIGEST, FORM, forms, intern, intern_forms, texts
from .postgres import ServerDatabase
from .sqlite_rows import SQLITE_CHUNK
from .store_database import Cursor, Database

NUMBER = "entry"
"""A row's number: rows are only appended, so that each run's rows follow one another."""
CHECK = "check"
"""The CRC-32 of a row's number and content, less 2 ** 31: SQLite then needs four bytes for it, not six."""

_DIGITS = 20
_HEX = re.compile(f"[0-9a-f]{{{_DIGITS}}}", re.ASCII)
_SEPARATOR = "\x1f"
_UNREADABLE = "Could not decode to UTF-8"
"""Python's message for a text that is not UTF-8; SQLite has no code for it."""
_NULL = "\x00"


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How a table is stored: under which name, and which of its columns by number. There is one for each table.

    If `form` is true, the columns `FORM` share one number, `form`; each of `texts` has a separate one. `row` is what
    problems call one of its rows.
    """

    table: str
    schema: dict[str, pl.DataType]
    texts: tuple[str, ...]
    form: bool = False
    row: str = "an entry of the ledger"

    @property
    def stored(self) -> tuple[str, ...]:
        """Return the columns of the table, in order."""
        names = [name for name in self.schema if not (self.form and name in FORM)]
        return (NUMBER, *names, *(["form"] if self.form else []), CHECK)


ENTRIES = Layout(
    "entries",
    LEDGER,
    (ACCOUNT_ID, "account_name", "cycle", "owner", "status", "reason"),
    form=True,
)
ENDS = Layout(
    "ends",
    ENDED,
    (ACCOUNT_ID, "playbook", "cycle", "outcome", "opened_by"),
    row="an ended enrolment",
)


def _unnumbered(
    table: str, schema: dict[str, pl.DataType], row: str, others: tuple[str, ...] = ()
) -> Layout:
    """Return the layout of a table whose column `number` is the row's number."""
    columns = {name: kind for name, kind in schema.items() if name != "number"}
    texts = [n for n, kind in columns.items() if kind == pl.String and n not in others]
    return Layout(table, columns, tuple(texts), row=row)


OUTCOME_ROWS = _unnumbered("outcome_rows", OUTCOMES, "an outcome", ("action_id",))
MOVE_ROWS = _unnumbered("move_rows", HAND_MOVES, "a move by hand")


def insert(database: Database, layout: Layout, frame: pl.DataFrame, first: int) -> list[str]:
    """Add rows under the numbers from `first` on, and return their lines in the run's digest."""
    if frame.is_empty():
        return []
    refs = intern(database, frame.select(layout.texts))
    table = frame.with_columns(pl.int_range(first, first + pl.len()).alias(NUMBER))
    if layout.form:
        written = intern_forms(database, frame).rename({"id": "form"})
        table = table.join(written, on=FORM, how="left", nulls_equal=True, maintain_order="left")
    lines = _lines(layout, table)
    stored = table.select(
        _mapped(name, refs["text"], refs["id"]) if name in layout.texts else _number(layout, name)
        for name in layout.stored
        if name != CHECK
    )
    columns: dict[str, Iterable[Any]] = {each.name: each.to_list() for each in stored}
    columns[CHECK] = _checks(lines)
    if "action_id" in columns:
        columns["action_id"] = keys(database, stored["action_id"])
    names = ", ".join(f'"{name}"' for name in layout.stored)
    marks = ", ".join("?" * len(layout.stored))
    database.executemany(
        f"INSERT INTO {layout.table} ({names}) VALUES ({marks})",
        zip(*(columns[name] for name in layout.stored), strict=True),
    )
    return lines


def select(
    database: Database, root: StoreRoot, layout: Layout, clause: str, values: Sequence[Any]
) -> tuple[pl.DataFrame, list[str]]:
    """Return the rows with all their columns, ordered by number, and their lines.

    The numbers themselves are left out.

    Raises:
        Problems: A row has changed.
    """
    names = ", ".join(f'"{name}"' for name in layout.stored)
    # Not sorted by SQLite: it would then read the whole table in that order, instead of the rows of an index.
    query = f"SELECT {names} FROM {layout.table}{clause}"
    try:
        raw = _raw(database.execute(query, values), layout)
        if raw.is_empty():
            return empty_table(layout.schema), []
        raw = raw.sort(NUMBER)
        frame, lines = _decoded(database, layout, raw)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        raise Problems([_changed(root, layout)]) from error
    except sqlite3.OperationalError as error:
        if _UNREADABLE not in str(error):
            raise
        raise Problems([_changed(root, layout)]) from error
    if raw[CHECK].to_list() != _checks(lines):
        raise Problems([_changed(root, layout)])
    return frame, lines


def key(action_id: str) -> str | bytes:
    """Return an action's id as the database stores it. Tenure's ids are 20 hexadecimal digits, so ten bytes."""
    return bytes.fromhex(action_id) if _HEX.fullmatch(action_id) else action_id


def unkey(stored: str | bytes) -> str:
    """Return the id for which `key` returned this."""
    return stored.hex() if isinstance(stored, bytes) else stored


def key_bounds(database: Database, beginning: str) -> list[tuple[str | bytes, str | bytes]]:
    """Return the bounds, both included, between which the keys are of all ids that begin so."""
    bounds: list[tuple[str | bytes, str | bytes]] = [(beginning, f"{beginning}\U0010ffff")]
    if not isinstance(database, ServerDatabase) and _HEX.fullmatch(beginning.ljust(_DIGITS, "0")):
        bounds.append((key(beginning.ljust(_DIGITS, "0")), key(beginning.ljust(_DIGITS, "f"))))
    return bounds


def keys(database: Database, action_ids: pl.Series) -> list[str | bytes | None]:
    """Return the `key` of each; null is None. A server's columns are of one type, and store each id as text."""
    if isinstance(database, ServerDatabase):
        return action_ids.to_list()
    if action_ids.str.contains(f"^{_HEX.pattern}$").all():
        return action_ids.str.decode("hex").to_list()
    return [None if each is None else key(each) for each in action_ids.to_list()]


def _raw(cursor: Cursor, layout: Layout) -> pl.DataFrame:
    """Return the rows as they are in the table: numbers, except for the action's id."""
    kinds = {name: pl.String() if name == "action_id" else pl.Int64() for name in layout.stored}
    chunks = []
    while rows := cursor.fetchmany(SQLITE_CHUNK):
        columns = dict(zip(layout.stored, zip(*rows, strict=True), strict=True))
        if "action_id" in columns:
            columns["action_id"] = tuple(
                None if each is None else unkey(each) for each in columns["action_id"]
            )
        chunks.append(pl.DataFrame(columns, schema=kinds, orient="col"))
    return stack(chunks, kinds)


def _decoded(
    database: Database, layout: Layout, raw: pl.DataFrame
) -> tuple[pl.DataFrame, list[str]]:
    found = texts(database, raw.select(layout.texts))
    if layout.form:
        written = forms(database, raw["form"]).rename({"id": "form"})
        raw = raw.join(written, on="form", how="left", maintain_order="left")
        if raw[DIGEST].null_count() > raw["form"].null_count():
            raise ValueError("a form is missing")
    table = raw.with_columns(
        _mapped(name, found["id"], found["text"]) if name in layout.texts else _typed(name, kind)
        for name, kind in layout.schema.items()
    )
    return table.select(list(layout.schema)), _lines(layout, table)


@cache
def _typed(name: str, kind: pl.DataType) -> pl.Expr:
    """Return a column that is stored as it is, or as a day number, with its type."""
    stored = pl.col(name)
    return (stored.cast(pl.Int32) if kind == pl.Date else stored).cast(kind)


def _number(layout: Layout, name: str) -> pl.Expr:
    """Return a column as it is stored: a date as a day number."""
    column = pl.col(name)
    return column.cast(pl.Int32) if layout.schema.get(name) == pl.Date else column


def _mapped(name: str, old: pl.Series, new: pl.Series) -> pl.Expr:
    """Return the column with each old value replaced; null where it is null."""
    return pl.col(name).replace_strict(old, new, return_dtype=new.dtype)


def _lines(layout: Layout, table: pl.DataFrame) -> list[str]:
    """Return a line for each row of `NUMBER`, the schema and `DIGEST`: all of its content, the form by its digest."""
    return table.select(_line(layout)).to_series().to_list()


@cache
def _line(layout: Layout) -> pl.Expr:
    """Return the lines as a column. To put so long an expression together takes longer than to compute a few rows."""
    names = [NUMBER, *(name for name in layout.schema if name in layout.stored)]
    names += [DIGEST] if layout.form else []
    texts = [_number(layout, name).cast(pl.String).fill_null(_NULL) for name in names]
    return pl.concat_str(texts, separator=_SEPARATOR)


def _checks(lines: Iterable[str]) -> list[int]:
    return [zlib.crc32(line.encode()) - 2**31 for line in lines]


def _changed(root: StoreRoot, layout: Layout) -> Any:
    return errors.damaged(root, f"{layout.row} is not as it was written")
