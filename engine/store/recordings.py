"""Outcomes of actions and moves by hand, as people record them between runs.

Rows are only appended, with numbers from 1 on without a gap. Each recording has a digest of its rows and of the
recording before: `verify` finds a row that was changed, removed or added since. A row that is read is checked by
itself, and their number by the last recording.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import polars as pl

from ..core.problems import Problem, Problems
from ..core.schemas import HAND_MOVES, OUTCOMES
from ..language.actions_read import FINISHED
from ..workspace.store_address import StoreRoot
from . import errors, failpoints, ledger_rows
from .filters import EPOCH
from .interned_texts import wanted
from .ledger_rows import MOVE_ROWS, NUMBER, OUTCOME_ROWS, Layout
from .store_database import Database

_ROWS = f" WHERE {NUMBER} > ? AND {NUMBER} <= ?"


class Recording(NamedTuple):
    """A row of `recordings`; its rows are those after the recording before, up to these numbers."""

    number: int
    outcomes_to: int
    moves_to: int
    digest: bytes


NOTHING_RECORDED = Recording(0, 0, 0, b"")
"""The recording before the first one."""


def last_recording(database: Database) -> Recording:
    """Return the last recording."""
    query = "SELECT number, outcomes_to, moves_to, digest FROM recordings ORDER BY number DESC"
    found = database.execute(f"{query} LIMIT 1").fetchone()
    return Recording(*found) if found else NOTHING_RECORDED


def append_recording(database: Database, outcomes: pl.DataFrame, moves: pl.DataFrame) -> Recording:
    """Append outcomes and moves, whose numbers are given here, inside a transaction."""
    before = last_recording(database)
    lines = ledger_rows.insert(
        database, OUTCOME_ROWS, _stored(OUTCOME_ROWS, outcomes), before.outcomes_to + 1
    )
    failpoints.failpoint("outcomes entered")
    more = ledger_rows.insert(database, MOVE_ROWS, _stored(MOVE_ROWS, moves), before.moves_to + 1)
    failpoints.failpoint("moves entered")
    recording = Recording(
        before.number + 1, before.outcomes_to + len(lines), before.moves_to + len(more), b""
    )
    recording = recording._replace(digest=_digest(before, recording, lines, more))
    database.execute("INSERT INTO recordings VALUES (?, ?, ?, ?)", recording)
    return recording


def stored_outcomes(
    database: Database,
    root: StoreRoot,
    actions: pl.Series | None = None,
    since: dt.date | None = None,
) -> pl.DataFrame:
    """Return `OUTCOMES` of all actions, or of these, in order of number.

    With a date, those of all actions that happened on it or later, or snooze an action until it or later.

    Raises:
        Problems: A row has changed, or one of all is missing.
    """
    to = last_recording(database).outcomes_to
    if actions is not None and to < actions.len():
        # Reading few outcomes whole is faster than looking up each of many actions.
        every = _read(database, root, OUTCOME_ROWS, OUTCOMES, to)
        return every.filter(pl.col("action_id").is_in(actions.implode()))
    if actions is not None:
        with wanted(database, ledger_rows.keys(database, actions.drop_nulls().unique())):
            among = "action_id IN (SELECT value FROM temp.wanted)"
            return _outcomes_where(database, root, among, [])
    if since is not None:
        day = (since - EPOCH).days
        return _outcomes_where(database, root, '("on" >= ? OR until >= ?)', [day, day])
    return _read(database, root, OUTCOME_ROWS, OUTCOMES, to)


def _outcomes_where(
    database: Database, root: StoreRoot, condition: str, values: Sequence[int]
) -> pl.DataFrame:
    clause = f"{_ROWS} AND {condition}"
    values = [0, last_recording(database).outcomes_to, *values]
    found, _ = ledger_rows.select(database, root, OUTCOME_ROWS, clause, values)
    query = f"SELECT {NUMBER} FROM {OUTCOME_ROWS.table}{clause} ORDER BY {NUMBER}"
    numbers = [number for (number,) in database.execute(query, values)]
    return found.with_columns(pl.Series("number", numbers, dtype=pl.Int64)).select(list(OUTCOMES))


def stored_moves(database: Database, root: StoreRoot) -> pl.DataFrame:
    """Return all `HAND_MOVES`, in order of number.

    Raises:
        Problems: A row has changed, or one is missing.
    """
    return _read(database, root, MOVE_ROWS, HAND_MOVES, last_recording(database).moves_to)


def finished_actions(on: dt.date) -> str:
    """Return a query for the actions that an outcome up to a date finishes, without those that another may reopen."""

    def with_outcomes(which: str, texts: Iterable[str]) -> str:
        known = f"SELECT id FROM texts WHERE text IN ({', '.join(map(repr, texts))})"
        return f"SELECT action_id FROM {OUTCOME_ROWS.table} WHERE outcome {which} ({known})"

    finished = with_outcomes("IN", FINISHED)
    reopened = with_outcomes("NOT IN", (*FINISHED, "assigned"))
    return f'{finished} AND "on" <= {(on - EPOCH).days} EXCEPT {reopened}'


def last_outcome_number(database: Database, until: dt.date) -> int:
    """Return the highest number of an outcome that happened on a date or before; 0 without any."""
    query = f'SELECT coalesce(max({NUMBER}), 0) FROM {OUTCOME_ROWS.table} WHERE "on" <= ?'
    (number,) = database.execute(query, [(until - EPOCH).days]).fetchone()
    return int(number)


def check_recordings(database: Database, root: StoreRoot) -> list[Problem]:
    """Return a problem for each recording of which a row was changed, removed or added since."""
    found: list[Problem] = []
    before = NOTHING_RECORDED
    for recording in _recordings(database):
        try:
            lines, more = _lines(database, root, before, recording)
        except Problems as raised:
            found += raised.problems
        else:
            follows = recording.number == before.number + 1
            if not follows or recording.digest != _digest(before, recording, lines, more):
                what = f"the rows of recording {recording.number} are not those that were written"
                found.append(errors.damaged(root, what))
        before = recording
    for layout, to in ((OUTCOME_ROWS, before.outcomes_to), (MOVE_ROWS, before.moves_to)):
        query = f"SELECT count(*) FROM {layout.table} WHERE {NUMBER} > ? OR {NUMBER} < 1"
        (extra,) = database.execute(query, [to]).fetchone()
        if extra:
            what = f"{extra} rows of {layout.table} belong to no recording"
            found.append(errors.damaged(root, what))
    return found


def renew_recordings(
    database: Database,
    root: StoreRoot,
    outcomes: pl.DataFrame | None,
    moves: pl.DataFrame | None,
) -> None:
    """Replace all outcomes, or all moves, by the same without names, and renew the digests, in a transaction."""
    for layout, frame in ((OUTCOME_ROWS, outcomes), (MOVE_ROWS, moves)):
        if frame is not None:
            database.execute(f"DELETE FROM {layout.table}")
            ledger_rows.insert(database, layout, _stored(layout, frame), 1)
    before = NOTHING_RECORDED
    for recording in _recordings(database):
        lines, more = _lines(database, root, before, recording)
        before = recording._replace(digest=_digest(before, recording, lines, more))
        values = [before.digest, before.number]
        database.execute("UPDATE recordings SET digest = ? WHERE number = ?", values)


def _recordings(database: Database) -> list[Recording]:
    query = "SELECT number, outcomes_to, moves_to, digest FROM recordings ORDER BY number"
    return [Recording(*row) for row in database.execute(query).fetchall()]


def _stored(layout: Layout, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(kind) for name, kind in layout.schema.items())


def _read(
    database: Database,
    root: StoreRoot,
    layout: Layout,
    schema: dict[str, pl.DataType],
    to: int,
) -> pl.DataFrame:
    found, _ = ledger_rows.select(database, root, layout, _ROWS, [0, to])
    if found.height != to:
        missing = f"{to - found.height} rows of {layout.table} are missing"
        raise Problems([errors.damaged(root, missing)])
    numbers = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    return found.with_columns(numbers.alias("number")).select(list(schema))


def _lines(
    database: Database, root: StoreRoot, before: Recording, recording: Recording
) -> tuple[list[str], list[str]]:
    ranges = (
        (OUTCOME_ROWS, before.outcomes_to, recording.outcomes_to),
        (MOVE_ROWS, before.moves_to, recording.moves_to),
    )
    outcomes, moves = (
        ledger_rows.select(database, root, layout, _ROWS, [after, to])[1]
        for layout, after, to in ranges
    )
    return outcomes, moves


def _digest(
    before: Recording, recording: Recording, outcomes: Sequence[str], moves: Sequence[str]
) -> bytes:
    content = [*recording[:-1], list(outcomes), list(moves)]
    return hashlib.sha256(before.digest + json.dumps(content).encode()).digest()
