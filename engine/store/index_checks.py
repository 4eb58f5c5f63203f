"""Compare a part of the ledger's rows with its indexes at the start of a run.

A rotten index can hide a row, and with it that an action was issued already. Only `verify` reads everything. A run
looks up the newest rows, and one slice of all, in each index. The slice moves with each run, so that no row is left out
for good, at a cost that does not grow with the past.
"""

from __future__ import annotations

from ..core.problems import Problems
from ..workspace.store_address import StoreRoot
from . import chain, errors
from .ledger_rows import NUMBER
from .postgres import ServerDatabase
from .store_database import Database

SLICE = 2_000
"""Rows in a slice, and as many of the newest; both together take 0.006 s on the processor."""
_GOLDEN = (5**0.5 - 1) / 2
"""Its multiples, without their whole part, are spread evenly over 0 to 1, however many there are."""

_COLUMNS: dict[str, tuple[str, ...]] = {
    "entries_action": ("action_id", "revision"),
    "entries_due": ("due_on", "account_id"),
    "entries_account": ("account_id",),
    "entries_contact": ("contact_on", "account_id"),
    "entries_waiting": ("planned_on", "account_id"),
}
"""By index of `entries`: its columns."""

_PARTIAL: dict[str, tuple[str, ...]] = {
    "entries_contact": ("contact_on IS NOT NULL",),
    "entries_waiting": ("planned_on IS NOT NULL", "contact_on IS NULL"),
}
"""By index with only some of the rows: the conditions that these meet."""


def check_indexes(database: Database, root: StoreRoot) -> None:
    """Raise `Problems` if an index hides one of the rows looked up."""
    last = chain.last(database)
    if last.entries_to == 0 or isinstance(database, ServerDatabase):
        # PostgreSQL chooses its indexes by itself, and checks them with `pg_amcheck`.
        return
    for after, to in sorted({(last.entries_to - SLICE, last.entries_to), slice_of(last)}):
        for index in _COLUMNS:
            (hidden,) = database.execute(_query(index), [after, to]).fetchone()
            if hidden:
                what = f"its index {index} hides {hidden} entries of the ledger"
                raise Problems([errors.damaged(root, what)])


def slice_of(last: chain.Link) -> tuple[int, int]:
    """Return the slice that is due after a run: the numbers that its rows come after, and go up to.

    It may begin before the first row, so that the first and last rows are as often in a slice as others.
    """
    after = int(last.run * _GOLDEN % 1 * (last.entries_to + SLICE)) - SLICE
    return after, after + SLICE


def _query(index: str) -> str:
    """Count the rows of a range of numbers that are not found through the index."""
    same = " AND ".join(f"other.{name} IS entry.{name}" for name in (*_COLUMNS[index], NUMBER))
    conditions = _PARTIAL.get(index, ())
    has = "".join(f" AND entry.{condition}" for condition in conditions)
    meets = "".join(f" AND other.{condition}" for condition in conditions)
    return (
        f"SELECT count(*) FROM entries AS entry WHERE entry.{NUMBER} > ? AND entry.{NUMBER} <= ?{has}"
        f" AND NOT EXISTS (SELECT 1 FROM entries AS other INDEXED BY {index} WHERE {same}{meets})"
    )
