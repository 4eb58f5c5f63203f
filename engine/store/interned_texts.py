"""Interned texts: each text of the ledger is stored once, and its rows have numbers.

The text of a number never changes, and a number without a text is damage, not an empty text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl

from ..core.schemas import stack
from .postgres import ServerDatabase
from .sqlite_rows import SQLITE_CHUNK, to_frame
from .store_database import Database

FORM = (
    "playbook",
    "step",
    "kind",
    "title",
    "owner_role",
    "priority",
    "action",
    "occurrence",
    "message",
    "detail",
)
"""The columns of an entry that a playbook sets: few combinations, so that all ten share one number."""

DIGEST = "digest"
"""Of a form: the first 96 bits of its SHA-256, in hexadecimal. It finds a form, and shows that it is unchanged."""

_TEXTS: dict[str, pl.DataType] = {"id": pl.Int64(), "text": pl.String()}
_FORMS: dict[str, pl.DataType] = {
    "id": pl.Int64(),
    DIGEST: pl.String(),
    **dict.fromkeys(FORM, pl.String()),
}


@contextmanager
def wanted(database: Database, values: Iterable[Any]) -> Iterator[None]:
    """Put values into the temporary table `wanted` while a statement joins it.

    `json_each` would cut a text off at a NUL and cannot carry bytes.
    """
    if isinstance(database, ServerDatabase):
        with database.wanting(list(values)):
            yield
        return
    database.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (value)")
    try:
        database.executemany("INSERT INTO temp.wanted VALUES (?)", ((value,) for value in values))
        yield
    finally:
        database.execute("DELETE FROM temp.wanted")


def intern(database: Database, columns: pl.DataFrame) -> pl.DataFrame:
    """Return `text` and `id` of every text in the columns, adding new ones to the store."""
    texts = _distinct(columns).rename("text")
    known = _known(database, texts)
    new = texts.filter(~texts.is_in(known["text"].implode())).sort()
    first = _next(database, "texts")
    database.executemany("INSERT INTO texts VALUES (?, ?)", enumerate(new.to_list(), first))
    added = pl.DataFrame({"id": pl.int_range(first, first + len(new), eager=True), "text": new})
    return pl.concat([known, added])


def _known(database: Database, texts: pl.Series) -> pl.DataFrame:
    with wanted(database, texts.to_list()):
        query = "SELECT id, text FROM temp.wanted JOIN texts ON text = value"
        return to_frame(database.execute(query), _TEXTS)


def texts(database: Database, ids: pl.DataFrame) -> pl.DataFrame:
    """Return `id` and `text` of those of the numbers in the columns that the store has."""
    return _by_id(database, "texts", _distinct(ids), _TEXTS)


def intern_forms(database: Database, entries: pl.DataFrame) -> pl.DataFrame:
    """Return `FORM`, `DIGEST` and `id` of every form among the entries, adding new ones to the store."""
    forms = entries.select(FORM).unique()
    forms = forms.with_columns(_digests(forms)).sort(DIGEST)
    with wanted(database, forms[DIGEST].to_list()):
        query = "SELECT digest, id FROM temp.wanted JOIN forms ON digest = value"
        known = to_frame(database.execute(query), {DIGEST: _FORMS[DIGEST], "id": _FORMS["id"]})
    new = forms.join(known, on=DIGEST, how="anti", maintain_order="left")
    first = _next(database, "forms")
    new = new.with_columns(pl.int_range(first, first + new.height).alias("id"))
    marks = ", ".join("?" * len(_FORMS))
    database.executemany(f"INSERT INTO forms VALUES ({marks})", new.select(list(_FORMS)).rows())
    there = forms.join(known, on=DIGEST)
    return pl.concat([there.select(list(_FORMS)), new.select(list(_FORMS))])


def forms(database: Database, ids: pl.Series) -> pl.DataFrame:
    """Return `id`, `DIGEST` and `FORM` of these numbers; `DIGEST` is computed from the form that was read."""
    found = _by_id(database, "forms", _distinct(ids.to_frame()), _FORMS)
    return found.with_columns(_digests(found))


def _digests(forms: pl.DataFrame) -> pl.Series:
    rows = (json.dumps(row, ensure_ascii=False) for row in forms.select(FORM).iter_rows())
    digests = [hashlib.sha256(row.encode()).hexdigest()[:24] for row in rows]
    return pl.Series(DIGEST, digests, dtype=pl.String)


def _distinct(columns: pl.DataFrame) -> pl.Series:
    """Return every value of the columns, all of one type, once, without null."""
    distinct = columns.select(pl.all().unique().implode())
    values: list[pl.Series] = [each[0].rename("id") for each in distinct]
    return pl.concat(values).drop_nulls().unique()


def _by_id(
    database: Database, table: str, ids: pl.Series, schema: dict[str, pl.DataType]
) -> pl.DataFrame:
    names = ", ".join(f"{table}.{name}" for name in schema)
    query = f"SELECT {names} FROM json_each(?) JOIN {table} ON {table}.id = value"
    found = []
    for chunk in ids.sort().to_frame().iter_slices(SQLITE_CHUNK):
        asked = json.dumps(chunk.to_series().to_list())
        found.append(to_frame(database.execute(query, [asked]), schema))
    return stack(found, schema)


def remove_unused(database: Database, references: Mapping[str, Sequence[str]]) -> None:
    """Delete every text and form to which no row refers, given the columns with references by table."""
    used = " UNION ".join(
        f'SELECT "{column}" FROM {table} WHERE "{column}" IS NOT NULL'
        for table, columns in references.items()
        for column in columns
    )
    database.execute(f"DELETE FROM texts WHERE id NOT IN ({used})")
    forms = "SELECT form FROM entries WHERE form IS NOT NULL"
    database.execute(f"DELETE FROM forms WHERE id NOT IN ({forms})")


def _next(database: Database, table: str) -> int:
    (last,) = database.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
    return int(last) + 1
