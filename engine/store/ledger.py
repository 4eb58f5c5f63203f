"""Append entries to the ledger: to its table, or to a segment on disk. Entries are never changed.

An action's revisions follow one another from 1, and none is written twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import repeat
from typing import Literal

import polars as pl

from ..core.problems import Problem, Problems
from ..core.schemas import LEDGER, stack
from ..workspace.store_address import StoreRoot
from . import ledger_rows, segments
from .filters import Filter
from .interned_texts import wanted
from .ledger_rows import ENTRIES
from .store_database import CONFLICTS, Database

REVISION_KEY: dict[str, pl.DataType] = {name: LEDGER[name] for name in ("action_id", "revision")}


def known_revisions(
    database: Database, root: StoreRoot, action_ids: pl.Series, filters: Sequence[Filter] = ()
) -> pl.DataFrame:
    """Return `KNOWN`: those of the actions that the ledger has, each with its latest revision.

    The filters may narrow down which segments are read.
    """
    found = _revisions(database, root, action_ids, filters)
    return found.group_by("action_id").agg(pl.max("revision")).sort(list(REVISION_KEY))


def _revisions(
    database: Database, root: StoreRoot, action_ids: pl.Series, filters: Sequence[Filter] = ()
) -> pl.DataFrame:
    """Return `KNOWN`: every revision of these actions, in the table and in the segments."""
    ids = action_ids.drop_nulls().unique()
    found = [_filed(database, root, ids, filters)]
    # The first date asks for millions, of a table that is empty.
    if not has_fewer_rows(database, "entries", 1):
        found.append(rows_with_ids(database, "entries", ids))
    return stack(found, REVISION_KEY)


def rows_with_ids(
    database: Database, table: Literal["entries", "replaced"], ids: pl.Series
) -> pl.DataFrame:
    """Return `KNOWN`: the revisions of these actions that the table has."""
    if has_fewer_rows(database, table, len(ids)):
        # Reading a small table whole is faster than looking up each of many actions.
        every = database.execute(f"SELECT action_id, revision FROM {table}")
        unkeyed = ((ledger_rows.unkey(action_id), revision) for action_id, revision in every)
        frame = pl.DataFrame(list(unkeyed), schema=REVISION_KEY, orient="row")
        return frame.filter(pl.col("action_id").is_in(ids.implode())) if frame.height else frame
    query = f"SELECT action_id, revision FROM temp.wanted CROSS JOIN {table} ON action_id = value"
    with wanted(database, ledger_rows.keys(database, ids.unique().sort())):
        found = database.execute(query).fetchall()
    unkeyed = ((ledger_rows.unkey(action_id), revision) for action_id, revision in found)
    return pl.DataFrame(list(unkeyed), schema=REVISION_KEY, orient="row")


def has_fewer_rows(database: Database, table: str, number: int) -> bool:
    """Return whether a table has fewer rows than this number; no more of them are counted."""
    query = f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT ?) AS counted"
    (rows,) = database.execute(query, [number]).fetchone()
    return bool(rows < number)


def entries_with_ids(database: Database, root: StoreRoot, action_ids: pl.Series) -> pl.DataFrame:
    """Return `LEDGER`: every revision of these actions, in the table and in the segments, in no order.

    Raises:
        Problems: A row has changed.
    """
    among = pl.col("action_id").is_in(action_ids.implode())
    clause = " WHERE action_id IN (SELECT value FROM temp.wanted)"
    with wanted(database, ledger_rows.keys(database, action_ids)):
        found, _ = ledger_rows.select(database, root, ENTRIES, clause, [])
    listed = segments.live_segments(database)
    filed = segments.read_actions(root, listed, action_ids, list(LEDGER))
    return pl.concat([found.filter(among), filed])


def ids_beginning(database: Database, root: StoreRoot, beginnings: Collection[str]) -> list[str]:
    """Return the ids of the actions that begin with one of these texts, sorted."""
    query = "SELECT DISTINCT action_id FROM entries WHERE action_id BETWEEN ? AND ?"
    found = {
        ledger_rows.unkey(id)
        for text in beginnings
        for bounds in ledger_rows.key_bounds(database, text)
        for (id,) in database.execute(query, bounds)
    }
    ids = pl.col("action_id")
    same = [
        ids.str.slice(0, length).is_in(sorted(text for text in beginnings if len(text) == length))
        for length in sorted({len(text) for text in beginnings})
    ]
    listed = segments.live_segments(database)
    if listed and same:
        filed = segments.scan_segments(root, listed).select(ids).filter(pl.any_horizontal(same))
        found |= {*filed.collect()["action_id"].to_list()}
    return sorted(found)


def _filed(
    database: Database, root: StoreRoot, ids: pl.Series, filters: Sequence[Filter] = ()
) -> pl.DataFrame:
    """Return `KNOWN`: every revision of these actions in the segments."""
    listed = segments.live_segments(database)
    return segments.read_actions(root, listed, ids, list(REVISION_KEY), filters)


def append(
    database: Database, root: StoreRoot, run: int, first: int, entries: pl.DataFrame
) -> list[str]:
    """Add entries to the table under the numbers from `first` on, inside the run's transaction.

    Returns:
        Their lines in the run's digest.

    Raises:
        Problems: The ledger has one of the entries already.
    """
    if entries.is_empty():
        return []
    filed = _filed(database, root, entries["action_id"].unique())
    _refuse_known(entries, filed)
    try:
        lines = ledger_rows.insert(database, ENTRIES, entries, first)
    except CONFLICTS as error:
        # A server answers nothing more in a transaction with an error.
        database.execute("ROLLBACK")
        _refuse_known(entries, _revisions(database, root, entries["action_id"]))
        raise error
    revised = revised_by(entries)
    if revised.height:
        _refuse_gaps(revised, filed, rows_with_ids(database, "entries", revised["action_id"]))
        replace(database, run, revised)
    return lines


def check_segment(database: Database, root: StoreRoot, entries: pl.DataFrame) -> pl.DataFrame:
    """Return `KNOWN`: the revisions that the entries of a new segment replace.

    Raises:
        Problems: The ledger has one of the entries already, or it is among them twice.
    """
    there = _revisions(database, root, entries["action_id"])
    _refuse_known(entries, there)
    revised = revised_by(entries)
    _refuse_gaps(revised, there, entries.select(list(REVISION_KEY)))
    return revised


def replace(database: Database, run: int, revised: pl.DataFrame) -> None:
    """Record the revisions (`KNOWN`) that others replace, inside the run's transaction."""
    database.executemany(
        "INSERT INTO replaced VALUES (?, ?, ?)",
        zip(
            ledger_rows.keys(database, revised["action_id"]),
            revised["revision"].to_list(),
            repeat(run),
        ),
    )


def revised_by(entries: pl.DataFrame) -> pl.DataFrame:
    """Return `KNOWN`: the revisions that these entries replace."""
    later = entries.filter(pl.col("revision") > 1)
    return later.select("action_id", (pl.col("revision") - 1).cast(REVISION_KEY["revision"]))


def _refuse_known(entries: pl.DataFrame, there: pl.DataFrame) -> None:
    keys = entries.select(list(REVISION_KEY))
    twice = keys.filter(keys.is_duplicated())
    again = pl.concat([keys.join(there, on=list(REVISION_KEY), how="semi"), twice])
    if again.height:
        raise Problems([duplicate(*again.sort(list(REVISION_KEY)).row(0))])


def _refuse_gaps(revised: pl.DataFrame, *there: pl.DataFrame) -> None:
    """Raise `ValueError` if one of the revisions to be replaced is in none of these tables."""
    if revised.join(pl.concat(there), on=list(REVISION_KEY), how="anti").height:
        raise ValueError("an entry's revision must follow the action's last one")


def duplicate(action_id: str, revision: int) -> Problem:
    """Return the problem of an entry that would be written a second time."""
    return Problem(
        "store-duplicate",
        f"action {action_id}, revision {revision}, is in the ledger already; nothing is sent twice",
        hint="report this with the command that was run: it is a fault of Tenure",
    )
