"""Large snapshots, read in parts: Parquet files sorted by account, one key range at a time.

Values that depend on every account, such as ranks, are computed first from the few columns they need. The parts
together equal the result of `Snapshots.load`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from ..core.ids import ACCOUNT_ID, MERGED_INTO, UNREADABLE_FIELDS, unreadable_mark
from ..core.problems import Problem
from ..core.schemas import KeyRange, with_marks
from ..fields.catalogue import Catalogue
from ..fields.derivation_order import derivation_order, needs
from ..text.email_address import CONTACT_EMAIL
from .backends import DatedFiles, Export, Stamp
from .convert import convert
from .readers import parquet_rows, read_stretch
from .typed import AccountReader, ascends

_OF_RANKS = "@unreadable ranks"
"""Column: `UNREADABLE_FIELDS` of the values that depend on all accounts."""
LARGE_ROWS = 600_000
"""Rows; a smaller snapshot is read at once, which is a little faster."""


@dataclass(frozen=True, slots=True)
class SnapshotPart:
    """The accounts of one key range; see `Snapshot` for the tables."""

    stretch: KeyRange
    frame: pl.DataFrame
    quarantined: pl.DataFrame


@dataclass(frozen=True, slots=True)
class LargeSnapshot:
    """The accounts as of one date, not read yet; see `Snapshot` for its digest and counts."""

    on: dt.date
    digest: str
    rows: int
    warnings: tuple[Problem, ...]
    export: DatedFiles
    catalogue: Catalogue
    requested: tuple[str, ...]
    columns: dict[str, str]
    ids: pl.Series
    stamp: Stamp

    def account_ids(self) -> pl.Series:
        """Return the ids of all its accounts, including those left out."""
        return self.ids

    def contact_addresses(self) -> pl.DataFrame:
        """Return `account_id`, and `contact_email` if it was requested, of all its accounts."""
        return self._read_alone(CONTACT_EMAIL)

    def merge_rows(self) -> pl.DataFrame:
        """Return `account_id`, and `merged_into` if it was requested, of all its accounts."""
        return self._read_alone(MERGED_INTO)

    def _read_alone(self, field: str) -> pl.DataFrame:
        """Return `account_id` and, if it was requested, the field."""
        if field not in self.requested:
            return self.ids.alias(ACCOUNT_ID).to_frame()
        names = derivation_order(self.catalogue.fields, {ACCOUNT_ID, field})
        return self._read(names, 0, self.rows)[0]

    def parts(self, size: int) -> Iterator[SnapshotPart]:
        """Yield the accounts in parts of `size` rows.

        Raises:
            Problems: A part cannot be used.
        """
        names = derivation_order(self.catalogue.fields, {ACCOUNT_ID, *self.requested})
        ranked = following_ranks(self.catalogue, names)
        apart = [name for name in names if name not in ranked]
        facts = self._facts(ranked) if ranked else None
        for start in range(0, self.rows, size):
            frame, quarantined = self._read(apart, start, size)
            stretch = self._stretch(start, size)
            if facts is not None:
                # Join only the ranks of this part: a join over those of all accounts costs as much for each part.
                in_part = facts.slice(*_position(facts[ACCOUNT_ID], stretch))
                frame = frame.join(in_part, on=ACCOUNT_ID, how="left", maintain_order="left")
                frame = frame.with_columns(with_marks(pl.col(_OF_RANKS)))
            columns = ACCOUNT_ID, *self.requested, UNREADABLE_FIELDS
            yield SnapshotPart(stretch, frame.select(columns), quarantined)
        self.export.confirm(self.on, self.stamp)

    def _facts(self, ranked: frozenset[str]) -> pl.DataFrame:
        """Return the values that depend on all accounts, by account."""
        frame, _ = self._read(
            derivation_order(self.catalogue.fields, {ACCOUNT_ID, *ranked}), 0, self.rows
        )
        # Fields that are no ranks have their marks in the parts.
        marks = pl.col(UNREADABLE_FIELDS).str.extract_all(_marks_of(ranked)).list.join("")
        return frame.select(ACCOUNT_ID, *sorted(ranked), marks.replace("", None).alias(_OF_RANKS))

    def _stretch(self, start: int, size: int) -> KeyRange:
        end = start + size
        return (
            self.ids[start] if start else None,
            self.ids[end] if end < self.rows else None,
        )

    def _read(
        self, names: Sequence[str], start: int, rows: int
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        columns = {name: self.columns[name] for name in names if name in self.columns}
        exported = read_stretch(self.export.file(self.on), columns.values(), start, rows)
        shown = self.export.shown(self.on)
        zone = self.export.source.time_zone
        reader = AccountReader(shown, self.on, self.catalogue, exported, columns, zone)
        return reader.accounts(names)


def _marks_of(fields: Collection[str]) -> str:
    """Return a regular expression for the marks of these fields in `UNREADABLE_FIELDS`."""
    return "|".join(re.escape(unreadable_mark(field)) for field in sorted(fields))


def _position(ids: pl.Series, stretch: KeyRange) -> tuple[int, int]:
    """Return the index of a key range's first account among sorted ids, and the number of its accounts."""
    first, end = stretch
    start = ids.search_sorted(first) if first is not None else 0
    return start, (ids.search_sorted(end) if end is not None else len(ids)) - start


def following_ranks(catalogue: Catalogue, names: Sequence[str]) -> frozenset[str]:
    """Return those of the fields, each after its dependencies, that are a rank or depend on one."""
    ranked: set[str] = set()
    for name in names:
        spec = catalogue.fields[name]
        if spec.rank is not None or needs(spec) & ranked:
            ranked.add(name)
    return frozenset(ranked)


def open_large(
    export: Export,
    on: dt.date,
    catalogue: Catalogue,
    requested: Sequence[str],
    columns: dict[str, str],
    warnings: tuple[Problem, ...],
) -> LargeSnapshot | None:
    """Return the snapshot if it is a large Parquet file sorted by account; None if it must be read at once."""
    if not isinstance(export, DatedFiles) or ACCOUNT_ID not in columns:
        return None
    file = export.file(on)
    if file.format != "parquet" or not file.plain:
        return None
    rows = parquet_rows(file)
    ordered = derivation_order(catalogue.fields, {ACCOUNT_ID, *requested})
    if rows < LARGE_ROWS or following_ranks(catalogue, ordered) & columns.keys():
        return None
    digest, stamp = export.checked(on)
    raw = read_stretch(file, [columns[ACCOUNT_ID]], 0, rows).frame[columns[ACCOUNT_ID]]
    ids, _ = convert(raw, catalogue.fields[ACCOUNT_ID], export.source.time_zone)
    if not ascends(ids):
        return None
    export.check_rows(on, rows)
    return LargeSnapshot(
        on, digest, rows, warnings, export, catalogue, tuple(requested), columns, ids, stamp
    )
