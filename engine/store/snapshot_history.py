"""Values of earlier snapshots: the fields that playbooks need, one file per snapshot, several for a large one.

A snapshot's `history` has its accounts and their values. Its `carried` values are older ones that a playbook still
compares with, because the snapshot lacks the value or the account: few rows, one per account and playbook.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import READER, empty_table
from ..workspace.store_address import StoreRoot
from . import parquet_files
from .filters import Filter, as_expression
from .manifest import File, FileKind
from .store_database import Database
from .store_files import files_of

HISTORY: tuple[FileKind, FileKind] = ("history", "carried")
"""The kinds of files with values of earlier snapshots."""

NOTHING_CARRIED: dict[str, pl.DataType] = {ACCOUNT_ID: pl.String(), READER: pl.String()}
"""The columns of carried values without those of the fields."""


def encode_history(frame: pl.DataFrame) -> bytes:
    """Return the content of a file of either kind."""
    order = [name for name in NOTHING_CARRIED if name in frame.columns]
    # To see that accounts are in order takes a hundredth of the time of sorting them.
    if order != [ACCOUNT_ID] or not frame[ACCOUNT_ID].is_sorted():
        frame = frame.sort(order)
    return parquet_files.encode_parquet(frame)


def saved_days(connection: Database) -> list[dt.date]:
    """Return the dates of the snapshots that have a history, earliest first."""
    query = "SELECT DISTINCT day FROM files WHERE kind = 'history' ORDER BY day"
    return [dt.date.fromisoformat(day) for (day,) in connection.execute(query)]


def outdated(days: Iterable[dt.date], needed_on: dt.date) -> list[dt.date]:
    """Return the dates before the newest one that is not after `needed_on`: nothing looks back to them any more."""
    days = list(days)
    newest = max((day for day in days if day <= needed_on), default=None)
    return [] if newest is None else [day for day in days if day < newest]


def read_history(
    root: StoreRoot, listed: Sequence[File], fields: Collection[str], filters: Sequence[Filter] = ()
) -> pl.DataFrame:
    """Return `account_id` and those of the fields that the files have, in the given order."""
    rows = files_of(root).scan(listed).filter(as_expression(filters))
    stored = rows.collect_schema().names()
    names = [name for name in fields if name in stored and name != ACCOUNT_ID]
    return rows.select(ACCOUNT_ID, *dict.fromkeys(names)).collect()


def saved_fields(root: StoreRoot, listed: Sequence[File]) -> frozenset[str]:
    """Return the fields that the files have; no row of them is read."""
    return frozenset(files_of(root).scan(listed).collect_schema().names()) - {ACCOUNT_ID}


def read_carried(
    root: StoreRoot, listed: Sequence[File], filters: Sequence[Filter] = ()
) -> pl.DataFrame:
    """Return the carried values: `account_id`, `READER`, and each field with the date that its value is of."""
    if not listed:
        return empty_table(NOTHING_CARRIED)
    return files_of(root).scan(listed).filter(as_expression(filters)).collect()
