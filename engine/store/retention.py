"""Replacing names of runs that are older than the workspace keeps them, inside a later run's commit.

The facts stay, as with an erasure. Each run is done once: `meta` has the number of the last one, for each table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from ..evaluation.hand_orders import replace_remark
from ..workspace.store_address import StoreRoot
from . import chain, erase, seals, sqlite_schema, version_texts
from .redaction import ERASED, NAME_COLUMNS, NameMatcher, Redaction
from .store_database import Database

_DONE = {"names": "names_erased_to", "quarantine": "quarantine_erased_to"}


@dataclass(frozen=True, slots=True)
class Retention:
    """The date before which runs lose the names of their entries, and their quarantined values; None for never."""

    names_before: dt.date | None = None
    quarantine_before: dt.date | None = None


NOTHING_EXPIRES = Retention()
"""For workspaces that keep names for ever."""


@dataclass(frozen=True, slots=True)
class _OldNames(Redaction):
    """Replaces every name of an entry, the same names in its texts, and who made a move by hand, with the remark."""

    def ledger(self, entries: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """Return `LEDGER` rows without names, and the number of cells that changed."""
        names = [entries[name].drop_nulls().unique().to_list() for name in NAME_COLUMNS]
        within = Redaction(NameMatcher(name for each in names for name in each))
        changed, _ = within.ledger(entries)
        changed, _ = self._changed(
            changed, {"reason": lambda reason: replace_remark(reason, ERASED, by=ERASED)}
        )
        return changed, sum(
            int(changed[name].ne_missing(entries[name]).sum()) for name in changed.columns
        )


@dataclass(frozen=True, slots=True)
class _OldRecords(Redaction):
    """Replaces who did what, and remarks, of outcomes and moves by hand that were recorded before a date.

    A reassignment keeps both names, because it goes on to have an effect.
    """

    names: NameMatcher = field(default_factory=lambda: NameMatcher(()))
    before: dt.date = dt.date.min

    def outcomes(self, outcomes: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """Return `OUTCOMES` in which the old ones have no names, and the number of cells that changed."""
        return _erased(outcomes, pl.col("recorded_on") < self.before, ("by", "to", "note"))

    def moves(self, moves: pl.DataFrame) -> tuple[pl.DataFrame, int]:
        """Return `HAND_MOVES` in which the old ones have no names, and the number of cells that changed."""
        return _erased(moves, pl.col("recorded_on") < self.before, ("by", "because"))


def _erased(frame: pl.DataFrame, old: pl.Expr, names: Sequence[str]) -> tuple[pl.DataFrame, int]:
    """Return the frame whose old rows have `ERASED` for each text in these columns, and how many cells changed."""
    changed = frame.with_columns(
        pl.when(old & pl.col(name).is_not_null()).then(pl.lit(ERASED)).otherwise(name).alias(name)
        for name in names
    )
    return changed, sum(int(changed[name].ne_missing(frame[name]).sum()) for name in names)


def expired(database: Database, root: StoreRoot, retention: Retention, run: int) -> erase.Rewritten:
    """Return what a commit of the run has to write again; refuse runs that are damaged."""
    found = erase.Rewritten()
    names = _due(database, "names", retention.names_before, run)
    if names:
        erase.collect_entries(database, root, _OldNames(NameMatcher(())), found, names)
    for each in _due(database, "quarantine", retention.quarantine_before, run):
        query = "SELECT reason, rowid FROM quarantine WHERE run = ? AND value IS NOT NULL"
        rows = database.execute(query, [each]).fetchall()
        found.quarantine += [(ERASED, reason, number) for reason, number in rows]
        found.places.quarantine += len(rows)
        found.runs |= {each} if rows else set()
    if retention.names_before is not None:
        redaction = _OldRecords(before=retention.names_before)
        erase.collect_recorded(database, root, redaction, found)
    if names:
        found.texts = version_texts.texts_until(database, max(names))
        found.places.texts = len(found.texts)
    for each in sorted(found.runs):
        chain.refuse_changed(database, root, each)
    return found


def write_expired(
    database: Database,
    root: StoreRoot,
    found: erase.Rewritten,
    retention: Retention,
    run: int,
    on: dt.date,
) -> None:
    """Write it inside the run's transaction, before the run itself; its new files are on the list already."""
    for table, before in (
        ("names", retention.names_before),
        ("quarantine", retention.quarantine_before),
    ):
        if due := _due(database, table, before, run):
            sqlite_schema.set_meta(database, _DONE[table], max(due))
    if found.is_empty:
        return
    erase.replace_rows(database, root, found)
    chain.renew_chain(database, root, found.runs)
    seals.renew_runs(database, found.runs)
    seals.record_erasure(database, run, (on.isoformat(), "retention", found.places.total), "")


def _due(database: Database, table: str, before: dt.date | None, run: int) -> list[int]:
    """Return the runs before this one over dates before the date, without those that were done."""
    if before is None:
        return []
    done = database.execute("SELECT value FROM meta WHERE key = ?", [_DONE[table]]).fetchone()
    query = "SELECT run FROM runs WHERE run > ? AND run < ? AND evaluated_on < ? ORDER BY run"
    values = [done[0] if done else 0, run, before.isoformat()]
    return [number for (number,) in database.execute(query, values)]
