"""Large snapshots, read in parts: Parquet files sorted by account, one key range at a time.

Values that depend on every account, such as ranks, are computed first from the few columns they need. The parts
together equal the result of `Snapshots.load`. A part is read where it is evaluated, in any thread or process.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from ..core.account_values import with_values
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

    def read(self) -> SnapshotPart:
        """Return the part itself: it is in memory."""
        return self


@dataclass(frozen=True, slots=True)
class SortedFile:
    """The file of a date, sorted by account, of which any rows can be read."""

    on: dt.date
    export: DatedFiles
    catalogue: Catalogue
    columns: dict[str, str]

    def read(
        self, names: Sequence[str], start: int, rows: int
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the accounts of these rows with these fields, each after its dependencies, and the quarantine."""
        columns = {name: self.columns[name] for name in names if name in self.columns}
        exported = read_stretch(self.export.file(self.on), columns.values(), start, rows)
        shown = self.export.shown(self.on)
        zone = self.export.source.time_zone
        reader = AccountReader(shown, self.on, self.catalogue, exported, columns, zone)
        return reader.accounts(names)


@dataclass(frozen=True, slots=True)
class UnreadPart:
    """The accounts of one key range of a large snapshot, to be read.

    Attributes:
        stretch: The key range.
        start: The first of its rows in the file.
        size: The number of its rows.
        file: The file.
        names: The fields to read, each after its dependencies.
        requested: The fields to return.
        ranks: By account, the values that depend on all accounts; None where no field is one.
    """

    stretch: KeyRange
    start: int
    size: int
    file: SortedFile
    names: tuple[str, ...]
    requested: tuple[str, ...]
    ranks: pl.DataFrame | None

    def read(self) -> SnapshotPart:
        """Read the part.

        Raises:
            Problems: It cannot be used.
        """
        frame, quarantined = self.file.read(self.names, self.start, self.size)
        if self.ranks is not None:
            frame = with_values(frame, self.ranks).with_columns(with_marks(pl.col(_OF_RANKS)))
        columns = ACCOUNT_ID, *self.requested, UNREADABLE_FIELDS
        return SnapshotPart(self.stretch, frame.select(columns), quarantined)


@dataclass(frozen=True, slots=True)
class LargeSnapshot:
    """The accounts as of one date, not read yet; see `Snapshot` for its digest and counts."""

    digest: str
    rows: int
    warnings: tuple[Problem, ...]
    file: SortedFile
    requested: tuple[str, ...]
    ids: pl.Series
    stamp: Stamp

    @property
    def on(self) -> dt.date:
        """Return the date."""
        return self.file.on

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
        names = derivation_order(self.file.catalogue.fields, {ACCOUNT_ID, field})
        return self.file.read(names, 0, self.rows)[0]

    def parts(self, size: int) -> Iterator[UnreadPart]:
        """Yield the accounts in parts of `size` rows, to be read."""
        fields = self.file.catalogue.fields
        names = derivation_order(fields, {ACCOUNT_ID, *self.requested})
        ranked = following_ranks(self.file.catalogue, names)
        alone = tuple(name for name in names if name not in ranked)
        facts = self._facts(ranked) if ranked else None
        for start in range(0, self.rows, size):
            stretch = self._stretch(start, size)
            # Join only the ranks of this part: a join over those of all accounts costs as much for each part.
            ranks = None if facts is None else facts.slice(*_position(facts[ACCOUNT_ID], stretch))
            yield UnreadPart(stretch, start, size, self.file, alone, self.requested, ranks)

    def confirm(self) -> None:
        """Raise `Problems` if the file has changed since the snapshot was opened; call it after the parts are read."""
        self.file.export.confirm(self.on, self.stamp)

    def _facts(self, ranked: frozenset[str]) -> pl.DataFrame:
        """Return the values that depend on all accounts, by account."""
        names = derivation_order(self.file.catalogue.fields, {ACCOUNT_ID, *ranked})
        frame, _ = self.file.read(names, 0, self.rows)
        # Fields that are no ranks have their marks in the parts.
        marks = pl.col(UNREADABLE_FIELDS).str.extract_all(_marks_of(ranked)).list.join("")
        return frame.select(ACCOUNT_ID, *sorted(ranked), marks.replace("", None).alias(_OF_RANKS))

    def _stretch(self, start: int, size: int) -> KeyRange:
        end = start + size
        return (
            self.ids[start] if start else None,
            self.ids[end] if end < self.rows else None,
        )


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
    sorted_file = SortedFile(on, export, catalogue, columns)
    return LargeSnapshot(digest, rows, warnings, sorted_file, tuple(requested), ids, stamp)
