"""Several exports, one an entity, as one table with a row for each account.

The first file has the accounts; the others are joined to it by the account's key. Where a file has several rows for a
key, only a person can say which counts: the newest, or the sum of their amounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem, Problems
from ..fields.catalogue import PLAIN_NUMBERS, FieldSpec
from ..sources.convert import convert, exact_decimals
from .proposal import Proposal, ReadColumn
from .written_dates import date_spec

Repeated = Literal["newest", "sum"]
SUMMED = ("arr", "mrr", "seats_licensed", "seats_active")
"""Fields whose values of several contracts add up."""
NEWEST_BY = ("renewal_date", "contract_start", "signup_date", "churn_date")
"""Fields by which the newest of several rows is chosen: the first that the file has."""
_SHOWN = 3
_ID = "@id"
"""The column of the ids without spaces around them, while tables are joined."""


class NamedTable(NamedTuple):
    """The rows of a file, the file's name, and how its columns were recognised."""

    name: str
    table: pl.DataFrame
    proposal: Proposal

    @property
    def key(self) -> str | None:
        """Return the column with the accounts' ids."""
        read = self.proposal.columns.get(ACCOUNT_ID)
        return read.column.name if read is not None else None


class JoinedTable(NamedTuple):
    """The rows of all files, one an account, and a sentence for each file whose ids differ from the accounts'."""

    table: pl.DataFrame
    notes: tuple[str, ...] = ()


def join_tables(tables: Sequence[NamedTable], repeated: Repeated | None) -> JoinedTable:
    """Return the first table with the columns of the others, one row for each of its accounts.

    Raises:
        Problems: A file has no key, or several rows for one and nothing says which counts, or none of the accounts.
    """
    first, *others = tables
    joined = single_rows(first, repeated).with_columns(_ids(_key_of(first)))
    notes: list[str] = []
    for other in others:
        own = _key_of(other)
        rows = single_rows(other, repeated).with_columns(_ids(own)).drop(own)
        notes += _differences(first.name, joined[_ID], other.name, rows[_ID])
        stem = other.name.rpartition(".")[0] or other.name
        taken = {name: f"{name} ({stem})" for name in rows.columns if name in joined.columns}
        rows = rows.rename({name: new for name, new in taken.items() if name != _ID})
        joined = joined.join(rows, on=_ID, how="left", maintain_order="left")
    return JoinedTable(joined.drop(_ID), tuple(notes))


def _ids(key: str) -> pl.Expr:
    return pl.col(key).str.strip_chars().alias(_ID)


def _differences(first: str, accounts: pl.Series, other: str, ids: pl.Series) -> list[str]:
    """Return which rows match no account, and which accounts have no row; raises `Problems` if nothing matches."""
    without_account = ids.filter(~ids.is_in(accounts.to_list()))
    without_row = accounts.filter(~accounts.is_in(ids.to_list()))
    if without_account.len() == ids.len() > 0 and accounts.len() > 0:
        message = (
            f"no row of {other} is about an account of {first}: it has the ids {_some(ids)}, "
            f"and the accounts are {_some(accounts)}"
        )
        hint = "name the column with the accounts' ids with --key COLUMN, or give the files the same ids"
        raise Problems([Problem("not-importable", message, hint=hint)])
    notes = []
    if not without_account.is_empty():
        notes.append(
            f"of {ids.len():,} rows of {other}, {without_account.len():,} with an id that {first} "
            f"has not, so left out: {_some(without_account)}"
        )
    if not without_row.is_empty():
        notes.append(
            f"of {accounts.len():,} accounts, {without_row.len():,} without a row in {other}: "
            f"{_some(without_row)}"
        )
    return notes


def _some(ids: pl.Series) -> str:
    """Return the first ids, and the number of the others."""
    listed = ", ".join(f"`{id}`" for id in ids.head(_SHOWN))
    return f"{listed} and {ids.len() - _SHOWN:,} more" if ids.len() > _SHOWN else listed


def _key_of(named: NamedTable) -> str:
    key = named.key
    if key is not None:
        return key
    listed = ", ".join(f"`{name}`" for name in named.table.columns[:12])
    message = f"no column of {named.name} names the account of each row"
    hint = f"name it with --key COLUMN; the file has {listed}"
    raise Problems([Problem("no-key-column", message, hint=hint)])


def single_rows(named: NamedTable, repeated: Repeated | None) -> pl.DataFrame:
    """Return the rows with a key, one for each: the newest of several, with the sum of its amounts if that is asked."""
    key = _key_of(named)
    table = named.table.filter(pl.col(key).str.strip_chars() != "")
    ids = table[key].str.strip_chars()
    if ids.n_unique() == len(ids):
        return table
    if repeated is None:
        different = table.unique(maintain_order=True)
        if different[key].str.strip_chars().n_unique() == different.height:
            return different
        _refuse_repeated(named.name, key, ids)
    newest = _newest(table, ids, named.proposal)
    return _summed(newest, table, ids, named) if repeated == "sum" else newest


def _refuse_repeated(name: str, key: str, ids: pl.Series) -> None:
    counts = (
        ids.value_counts().filter(pl.col("count") > 1).sort("count", key, descending=[True, False])
    )
    listed = ", ".join(f"{id} ({rows} rows)" for id, rows in counts.head(_SHOWN).iter_rows())
    more = f" and {counts.height - _SHOWN:,} more" if counts.height > _SHOWN else ""
    message = f"{name} has several rows for one `{key}`: {listed}{more}"
    hint = (
        "a snapshot has one row an account. Name another column with --key; or take one row of each: "
        "`--repeated newest`, or `--repeated sum` to add up their amounts"
    )
    raise Problems([Problem("repeated-account", message, hint=hint)])


def _newest(table: pl.DataFrame, ids: pl.Series, proposal: Proposal) -> pl.DataFrame:
    """Return of each key the row with the latest date, in the order of the file."""
    read = next((proposal.columns[name] for name in NEWEST_BY if name in proposal.columns), None)
    rows = table.with_row_index("@row").with_columns(ids.alias("@id"))
    if read is not None:
        dates, _ = convert(table[read.column.name], date_spec(read.format), "UTC")
        rows = rows.with_columns(dates.alias("@date")).sort("@date", "@row", nulls_last=False)
    last = rows.group_by("@id", maintain_order=True).last().sort("@row")
    return last.select(table.columns)


def _summed(
    newest: pl.DataFrame, table: pl.DataFrame, ids: pl.Series, named: NamedTable
) -> pl.DataFrame:
    """Return the rows with the sums of their amounts, written as plain numbers."""
    reads = [named.proposal.columns[name] for name in SUMMED if name in named.proposal.columns]
    # One column may fill two fields: the revenue of a month, and twelve times as much.
    columns = list({read.column.name: read for read in reads}.values())
    if not columns:
        return newest
    numbers = [_numbers(table, read) for read in columns]
    sums = pl.DataFrame([ids.alias("@id"), *numbers]).group_by("@id").agg(pl.all().sum())
    plain = pl.exclude("@id").cast(pl.String).str.strip_chars_end("0").str.strip_suffix(".")
    written = sums.with_columns(plain)
    key = named.key or ""
    return (
        newest.with_columns(pl.col(key).str.strip_chars().alias("@id"))
        .drop([read.column.name for read in columns])
        .join(written, on="@id", how="left", maintain_order="left")
        .select(newest.columns)
    )


def _numbers(table: pl.DataFrame, read: ReadColumn) -> pl.Series:
    """Return a column's numbers, as exact decimals."""
    style = read.numbers.style if read.numbers is not None else PLAIN_NUMBERS
    spec = FieldSpec("sum", "number", numbers=style)
    return exact_decimals(table[read.column.name], spec).alias(read.column.name)
