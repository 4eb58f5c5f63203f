"""Rows of the ledger in the database: dates as days since 1970, texts by number, a checksum for each row.

Decoding what was encoded returns the same table. A row that changed since is reported as damage.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problems
from ..core.schemas import ENDED, LEDGER
from . import errors
from .interned_texts import DIGEST, FORM, forms, intern, intern_forms, texts
from .sqlite_rows import SQLITE_CHUNK

NUMBER = "entry"
"""A row's number: rows are only appended, so that each run's rows follow one another."""
CHECK = "check"
"""The CRC-32 of a row's number and content, less 2 ** 31: SQLite then needs four bytes for it, not six."""

_HEX = re.compile("[0-9a-f]{20}", re.ASCII)
_SEPARATOR = "\x1f"
_UNREADABLE = "Could not decode to UTF-8"
"""Python's message for a text that is not UTF-8; SQLite has no code for it."""
_NULL = "\x00"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is stored: under which name, and which of its columns by number.

    If `form` is true, the columns `FORM` share one number, `form`; each of `texts` has a separate one.
    """

    table: str
    schema: dict[str, pl.DataType]
    texts: tuple[str, ...]
    form: bool = False

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
ENDS = Layout("ends", ENDED, (ACCOUNT_ID, "playbook", "cycle", "outcome", "opened_by"))


def insert(
    database: sqlite3.Connection, layout: Layout, frame: pl.DataFrame, first: int
) -> list[str]:
    """Add rows under the numbers from `first` on, and return their lines in the run's digest."""
    numbers = pl.int_range(first, first + frame.height, eager=True)
    refs = intern(database, [frame[name] for name in layout.texts])
    form = _form_numbers(database, frame) if layout.form else None
    lines = _lines(layout, frame, numbers, None if form is None else form[DIGEST])
    columns: dict[str, Iterable[Any]] = {NUMBER: numbers.to_list(), CHECK: map(_check, lines)}
    for name in layout.texts:
        columns[name] = _mapped(frame[name], refs["text"], refs["id"]).to_list()
    if form is not None:
        columns["form"] = form["id"].to_list()
    for name in layout.schema:
        if name in layout.stored and name not in columns:
            columns[name] = _plain(frame[name])
    names = ", ".join(f'"{name}"' for name in layout.stored)
    marks = ", ".join("?" * len(layout.stored))
    database.executemany(
        f"INSERT INTO {layout.table} ({names}) VALUES ({marks})",
        zip(*(columns[name] for name in layout.stored), strict=True),
    )
    return lines


def select(
    database: sqlite3.Connection, root: Path, layout: Layout, clause: str, values: Sequence[Any]
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
        raw = _raw(database.execute(query, values), layout).sort(NUMBER)
        frame, lines = _decoded(database, layout, raw)
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        raise Problems([_changed(root, layout)]) from error
    except sqlite3.OperationalError as error:
        if _UNREADABLE not in str(error):
            raise
        raise Problems([_changed(root, layout)]) from error
    if raw[CHECK].to_list() != [_check(line) for line in lines]:
        raise Problems([_changed(root, layout)])
    return frame, lines


def key(action_id: str) -> str | bytes:
    """Return an action's id as the database stores it. Tenure's ids are 20 hexadecimal digits, so ten bytes."""
    return bytes.fromhex(action_id) if _HEX.fullmatch(action_id) else action_id


def unkey(stored: str | bytes) -> str:
    """Return the id for which `key` returned this."""
    return stored.hex() if isinstance(stored, bytes) else stored


def keys(action_ids: pl.Series) -> Iterator[str | bytes]:
    """Yield the `key` of each."""
    return map(key, action_ids.to_list())


def _raw(cursor: sqlite3.Cursor, layout: Layout) -> pl.DataFrame:
    """Return the rows as they are in the table: numbers, except for the action's id."""
    kinds = {name: pl.String() if name == "action_id" else pl.Int64() for name in layout.stored}
    chunks = [pl.DataFrame(schema=kinds)]
    while rows := cursor.fetchmany(SQLITE_CHUNK):
        columns = dict(zip(layout.stored, zip(*rows, strict=True), strict=True))
        if "action_id" in columns:
            columns["action_id"] = tuple(
                None if each is None else unkey(each) for each in columns["action_id"]
            )
        chunks.append(pl.DataFrame(columns, schema=kinds, orient="col"))
    return pl.concat(chunks)


def _decoded(
    database: sqlite3.Connection, layout: Layout, raw: pl.DataFrame
) -> tuple[pl.DataFrame, list[str]]:
    found = texts(database, [raw[name] for name in layout.texts])
    columns = {name: _mapped(raw[name], found["id"], found["text"]) for name in layout.texts}
    digest = None
    if layout.form:
        written = forms(database, raw["form"])
        for name in FORM:
            columns[name] = _mapped(raw["form"], written["id"], written[name])
        digest = _mapped(raw["form"], written["id"], written[DIGEST])
    for name in layout.schema:
        columns.setdefault(name, raw[name] if name in raw.columns else pl.Series(name, []))
    frame = pl.DataFrame(
        [_typed(columns[name].alias(name), kind) for name, kind in layout.schema.items()]
    )
    return frame, _lines(layout, frame, raw[NUMBER], digest)


def _typed(column: pl.Series, kind: pl.DataType) -> pl.Series:
    if kind == pl.Date:
        return column.cast(pl.Int32).cast(pl.Date)
    return column.cast(kind)


def _mapped(column: pl.Series, old: pl.Series, new: pl.Series) -> pl.Series:
    """Return the column with each old value replaced; null where it is null."""
    return column.replace_strict(old, new, return_dtype=new.dtype).alias(column.name)


def _form_numbers(database: sqlite3.Connection, entries: pl.DataFrame) -> pl.DataFrame:
    """Return `id` and `DIGEST` of each entry's form, in the entries' order."""
    written = intern_forms(database, entries)
    return entries.select(FORM).join(
        written, on=FORM, how="left", nulls_equal=True, maintain_order="left"
    )


def _lines(
    layout: Layout, frame: pl.DataFrame, numbers: pl.Series, form: pl.Series | None
) -> list[str]:
    """Return a line for each row: its number and all of its content, the form by its digest."""
    parts = [numbers.rename(NUMBER)]
    for name in layout.schema:
        if name in layout.stored:
            column = frame[name]
            parts.append(column.cast(pl.Int32) if column.dtype == pl.Date else column)
    if form is not None:
        parts.append(form.rename(DIGEST))
    texts = pl.DataFrame(parts).select(pl.all().cast(pl.String).fill_null(_NULL))
    return texts.select(pl.concat_str(pl.all(), separator=_SEPARATOR)).to_series().to_list()


def _check(line: str) -> int:
    return zlib.crc32(line.encode()) - 2**31


def _plain(column: pl.Series) -> Iterable[Any]:
    if column.name == "action_id":
        return (None if each is None else key(each) for each in column.to_list())
    return (column.cast(pl.Int32) if column.dtype == pl.Date else column).to_list()


def _changed(root: Path, layout: Layout) -> Any:
    what = "an entry of the ledger" if layout is ENTRIES else "an ended enrolment"
    return errors.damaged(root, f"{what} is not as it was written")
