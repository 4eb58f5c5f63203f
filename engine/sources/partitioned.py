"""Snapshots too large to hold at once: Parquet files sorted by account, read a stretch of accounts at a time.

What needs every account, its rank among them, is computed first, from the few columns it takes. The parts
together are what `Snapshots.load` gives whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem
from ..core.schemas import KeyRange
from ..fields.catalogue import Catalogue
from ..fields.derivation import derivation_order, needs
from .backends import DatedFiles, Export, Stamp
from .convert import convert
from .readers import parquet_rows, read_stretch
from .typed import AccountReader, ascends

LARGE_ROWS = 600_000
"""Rows; a smaller snapshot is read whole, which is a little faster."""


@dataclass(frozen=True, slots=True)
class SnapshotPart:
    """The accounts of one stretch; see `Snapshot` for the tables."""

    stretch: KeyRange
    frame: pl.DataFrame
    quarantined: pl.DataFrame


@dataclass(frozen=True, slots=True)
class LargeSnapshot:
    """The accounts as of one date, not yet read; see `Snapshot` for what it is known by."""

    on: dt.date
    digest: str
    rows: int
    warnings: tuple[Problem, ...]
    export: DatedFiles
    catalogue: Catalogue
    asked: tuple[str, ...]
    columns: dict[str, str]
    ids: pl.Series
    stamp: Stamp

    def account_ids(self) -> pl.Series:
        """Return the ids of all its accounts, those in quarantine too."""
        return self.ids

    def parts(self, size: int) -> Iterator[SnapshotPart]:
        """The accounts in parts of so many rows; raises `Problems` where one is no good."""
        wanted = derivation_order(self.catalogue.fields, {ACCOUNT_ID, *self.asked})
        ranked = following_ranks(self.catalogue, wanted)
        apart = [name for name in wanted if name not in ranked]
        facts = self._facts(ranked) if ranked else None
        for start in range(0, self.rows, size):
            frame, quarantined = self._read(apart, start, size)
            stretch = self._stretch(start, size)
            if facts is not None:
                # Of all accounts' facts, those of the part alone: a join over all of them costs as much for each part.
                own = facts.slice(*_place(facts[ACCOUNT_ID], stretch))
                frame = frame.join(own, on=ACCOUNT_ID, how="left", maintain_order="left")
            yield SnapshotPart(stretch, frame.select(ACCOUNT_ID, *self.asked), quarantined)
        self.export.confirm(self.on, self.stamp)

    def _facts(self, ranked: frozenset[str]) -> pl.DataFrame:
        """What hangs on every account, by account."""
        frame, _ = self._read(
            derivation_order(self.catalogue.fields, {ACCOUNT_ID, *ranked}), 0, self.rows
        )
        return frame.select(ACCOUNT_ID, *sorted(ranked))

    def _stretch(self, start: int, size: int) -> KeyRange:
        end = start + size
        return (
            self.ids[start] if start else None,
            self.ids[end] if end < self.rows else None,
        )

    def _read(
        self, wanted: Sequence[str], start: int, rows: int
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        columns = {name: self.columns[name] for name in wanted if name in self.columns}
        path, shown = self.export.path(self.on), self.export.shown(self.on)
        found = read_stretch(path, columns.values(), shown, start, rows)
        return AccountReader(shown, self.on, self.catalogue, found, columns).accounts(wanted)


def _place(ids: pl.Series, stretch: KeyRange) -> tuple[int, int]:
    """Where the accounts of a stretch begin among sorted ids, and how many they are."""
    first, end = stretch
    start = ids.search_sorted(first) if first is not None else 0
    return start, (ids.search_sorted(end) if end is not None else len(ids)) - start


def following_ranks(catalogue: Catalogue, wanted: Sequence[str]) -> frozenset[str]:
    """Those of the fields, each after what it follows from, that are a rank or follow from one."""
    found: set[str] = set()
    for name in wanted:
        spec = catalogue.fields[name]
        if spec.rank is not None or needs(spec) & found:
            found.add(name)
    return frozenset(found)


def open_large(
    export: Export,
    day: dt.date,
    catalogue: Catalogue,
    asked: Sequence[str],
    columns: dict[str, str],
    warnings: tuple[Problem, ...],
) -> LargeSnapshot | None:
    """The snapshot, if it is a large Parquet file sorted by account; None if it is to be read whole."""
    if (
        not isinstance(export, DatedFiles)
        or export.format != "parquet"
        or ACCOUNT_ID not in columns
    ):
        return None
    path, shown = export.path(day), export.shown(day)
    rows = parquet_rows(path, shown)
    wanted = derivation_order(catalogue.fields, {ACCOUNT_ID, *asked})
    if rows < LARGE_ROWS or following_ranks(catalogue, wanted) & columns.keys():
        return None
    digest, stamp = export.checked(day)
    raw = read_stretch(path, [columns[ACCOUNT_ID]], shown, 0, rows).frame[columns[ACCOUNT_ID]]
    ids, _ = convert(raw, catalogue.fields[ACCOUNT_ID])
    if not ascends(ids):
        return None
    export.check_rows(day, rows)
    return LargeSnapshot(
        day, digest, rows, warnings, export, catalogue, tuple(asked), columns, ids, stamp
    )
