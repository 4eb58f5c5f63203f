"""Account snapshots: read by date, typed by the catalogue, bad values set apart.

Takes a workspace's source and field catalogue, and returns frames with one row per account, sorted by
`account_id`. Only the requested fields and their dependencies are read and converted, so a
bad value in a field that no playbook reads has no effect. A snapshot that cannot be trusted at all raises
`Problems` before any part of it is used.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.ids import ACCOUNT_ID, UNREADABLE_FIELDS
from ..core.problems import Problem, Problems
from ..fields.catalogue import Catalogue, FieldSpec
from ..fields.derivation_order import derivation_order
from ..workspace.settings import WorkspaceSettings
from . import integrity
from .arrivals import Arrivals
from .backends import DatedFiles, Export, OneFile, QueryRows
from .missing_columns import where_to_look
from .refusal import empty_snapshot

if TYPE_CHECKING:
    import polars as pl

    from .partitioned import LargeSnapshot, SnapshotPart
    from .typed import AccountReader


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The accounts as of one date.

    Attributes:
        frame: `account_id` and the requested fields.
        quarantined: A row for each bad value: `account_id` (null if it has none), `row` (the data row, from 1),
            `field`, `value` (as exported) and `reason`. Where the field is essential, the account is not in `frame`.
        rows: The number of the export's rows, including those left out.
        unreadable: `account_id` and `UNREADABLE_FIELDS` of the accounts with some field that cannot be read; None if
            all can.
    """

    on: dt.date
    frame: pl.DataFrame
    quarantined: pl.DataFrame
    digest: str
    rows: int
    warnings: tuple[Problem, ...] = ()
    unreadable: pl.DataFrame | None = None

    def account_ids(self) -> pl.Series:
        """Return the ids of all its accounts, including those left out."""
        ids = self.frame[ACCOUNT_ID]
        if self.quarantined.is_empty():
            return ids
        bad = self.quarantined.select(ACCOUNT_ID).drop_nulls().unique()
        left_out = bad.join(self.frame.select(ACCOUNT_ID), on=ACCOUNT_ID, how="anti")
        return ids.clone().extend(left_out[ACCOUNT_ID].cast(ids.dtype))

    def accounts(self) -> pl.DataFrame:
        """Return the accounts with `UNREADABLE_FIELDS`, as conditions read them."""
        from ..core.schemas import with_unreadable

        if self.unreadable is None:
            return with_unreadable(self.frame)
        return self.frame.join(self.unreadable, on=ACCOUNT_ID, how="left", maintain_order="left")

    def contact_addresses(self) -> pl.DataFrame:
        """Return `account_id`, and `contact_email` if it was requested, of all its accounts."""
        return self.frame

    def merge_rows(self) -> pl.DataFrame:
        """Return `account_id`, and `merged_into` if it was requested, of all its accounts."""
        return self.frame

    def parts(self, size: int) -> Iterator[SnapshotPart]:
        """Yield the accounts in parts of `size` rows; the bad values come with the first part."""
        from .partitioned import SnapshotPart

        accounts = self.accounts()
        ids, height = self.frame[ACCOUNT_ID], self.frame.height
        for start in range(0, max(height, 1), size):
            end = start + size
            stretch = (ids[start] if start else None, ids[end] if end < height else None)
            bad = self.quarantined if start == 0 else self.quarantined.head(0)
            yield SnapshotPart(stretch, accounts.slice(start, size), bad)

    def confirm(self) -> None:
        """Do nothing: the snapshot was read when it was opened."""


class Snapshots:
    """The snapshots of a workspace. Lives for one command; the next one reads the disk again.

    With a query that uses `$on`, every date has a snapshot, computed on request: `newest` returns the date
    itself and `dates` lists none.
    """

    def __init__(
        self, workspace: WorkspaceSettings, catalogue: Catalogue, shared: bool = False
    ) -> None:
        """Open the snapshots; with `shared`, what arrives is put where the workers of a cluster can read it."""
        self.catalogue = catalogue
        self.source = workspace.source
        self._export = _open_export(workspace, catalogue, shared)
        self._dates: list[dt.date] | None = None
        self._digests: dict[dt.date, str] = {}
        self._present: dict[dt.date, dict[str, bool]] = {}
        self._opened: tuple[dt.date, frozenset[str], Snapshot | LargeSnapshot] | None = None

    def arrive(self, today: dt.date) -> list[Problem]:
        """Look at what a source without dates has now, the snapshot of today; other sources have their own dates.

        Returns:
            A warning if an older snapshot is used.

        Raises:
            Problems: The source cannot be read.
        """
        self._dates = self._opened = None
        return self._export.arrive(today) if isinstance(self._export, Arrivals) else []

    def arrive_earlier(self, day: dt.date) -> list[Problem]:
        """Look at what a source has of a date before today, if it has versions or an object for each date.

        Returns:
            A warning if an older snapshot is used.

        Raises:
            Problems: The source cannot be read, or has no version of that date, and nothing older is stored.
        """
        self._dates = self._opened = None
        return self._export.arrive_earlier(day) if isinstance(self._export, Arrivals) else []

    def version(self, on: dt.date) -> str:
        """Return the version of the lake's table that a date's snapshot is, such as `version 7`; else empty."""
        return self._export.version(on) if isinstance(self._export, Arrivals) else ""

    def arrive_columns(self, today: dt.date) -> None:
        """Look at the columns of a lake's table, as the snapshot of today; other sources are left alone.

        Raises:
            Problems: The table cannot be read.
        """
        self._dates = None
        if isinstance(self._export, Arrivals) and self.source.lake:
            self._export.arrive_columns(today)

    def store_arrived(self, day: dt.date) -> None:
        """Store what has arrived of a day, which was read and is about to be committed."""
        if isinstance(self._export, Arrivals):
            self._export.store(day)

    def store_readable(self, today: dt.date) -> None:
        """Store what has arrived and is whole, though no date has read it; delete what is older than `keep`."""
        if isinstance(self._export, Arrivals):
            self._export.store_readable(today)

    def dates(self) -> list[dt.date]:
        """Return the dates that have a snapshot, in order."""
        if self._dates is None:
            self._dates = self._export.dates()
        return list(self._dates)

    @property
    def any_date(self) -> bool:
        """Return whether every date has a snapshot, computed on request."""
        return isinstance(self._export, QueryRows) and self._export.dated

    def newest(self, on: dt.date) -> dt.date | None:
        """Return the date of the newest snapshot that is not later than `on`; None if there is none."""
        if self.any_date:
            return on
        return max((each for each in self.dates() if each <= on), default=None)

    def digest(self, on: dt.date) -> str:
        """Return the snapshot's digest: SHA-256 of its file, or of its rows if one file has several dates."""
        if on not in self._digests:
            self._digests[on] = self._export.digest(on)
        return self._digests[on]

    def load(self, on: dt.date, fields: Collection[str], amounts: Collection[str] = ()) -> Snapshot:
        """Read the snapshot of a date.

        Args:
            on: The snapshot's date.
            fields: Fields of the catalogue.
            amounts: Those of the fields to return as exact decimals.

        Raises:
            Problems: The snapshot cannot be used.
        """
        ordered = derivation_order(self.catalogue.fields, {ACCOUNT_ID, *fields})
        columns = self._columns(on, ordered)
        return self._snapshot(self._reader(on, columns), ordered, fields, amounts)

    def _reader(self, on: dt.date, columns: dict[str, str]) -> AccountReader:
        """Read the rows of a date with these columns."""
        from .typed import AccountReader

        rows, digest = self._export.read(on, set(columns.values()))
        self._digests[on] = digest
        shown, zone = self._export.shown(on), self.source.time_zone
        return AccountReader(shown, on, self.catalogue, rows, columns, zone)

    def _snapshot(
        self,
        reader: AccountReader,
        ordered: Sequence[str],
        fields: Collection[str],
        amounts: Collection[str] = (),
    ) -> Snapshot:
        """Return the accounts of these rows. Raise `Problems` if they cannot be used."""
        frame, quarantined = reader.accounts(ordered, amounts)
        requested = sorted({*fields} - {ACCOUNT_ID})
        return Snapshot(
            reader.on,
            frame.select(ACCOUNT_ID, *requested),
            quarantined,
            self._digests[reader.on],
            reader.rows.frame.height + len(reader.rows.bad),
            tuple(self._unfilled(ordered, reader.columns)),
            _unreadable(frame),
        )

    def open(self, on: dt.date, fields: Collection[str]) -> Snapshot | LargeSnapshot:
        """Open the snapshot as `load` does, but read a large file sorted by account only with its parts.

        The last one is remembered: dates often share a snapshot.
        """
        asked = frozenset(fields)
        if self._opened is None or self._opened[:2] != (on, asked):
            self._opened = None  # before the next one is read: both may be large
            self._opened = on, asked, self._open(on, asked)
        return self._opened[2]

    def _open(self, on: dt.date, fields: Collection[str]) -> Snapshot | LargeSnapshot:
        from .partitioned import open_large

        ordered = derivation_order(self.catalogue.fields, {ACCOUNT_ID, *fields})
        columns = self._columns(on, ordered)
        requested = sorted({*fields} - {ACCOUNT_ID})
        warnings = tuple(self._unfilled(ordered, columns))
        large = open_large(self._export, on, self.catalogue, requested, columns, warnings)
        if large is None:
            return self.load(on, fields)
        self._digests[on] = large.digest
        return large

    def unfilled(self, on: dt.date, fields: Collection[str]) -> list[Problem]:
        """Return a warning for each field that no column of that snapshot fills, nor anything else."""
        ordered = derivation_order(self.catalogue.fields, {ACCOUNT_ID, *fields})
        return self._unfilled(ordered, self._columns(on, ordered))

    def check_age(self, snapshot_on: dt.date, on: dt.date) -> list[Problem]:
        """Return a problem if the snapshot of `snapshot_on` is older than `max_age` allows on the date evaluated."""
        return integrity.check_age(self.source, snapshot_on, on)

    def check_gone(
        self, before: tuple[dt.date, pl.Series], snapshot: Snapshot | LargeSnapshot, limit: float
    ) -> Problem | None:
        """Return a problem if too many accounts of an earlier snapshot are not in this one, or have other ids.

        Args:
            before: The earlier snapshot's date and the ids of its accounts.
            snapshot: The newer one; ids of rows in quarantine count as present.
            limit: The share of accounts that may be absent.
        """
        from .account_ids import find_gone

        return find_gone(before, (snapshot.on, snapshot.account_ids()), limit)

    def missing_columns(self, on: dt.date, fields: Collection[str]) -> list[Problem]:
        """Return a problem for each of these fields that must have a column of the snapshot and has none."""
        ordered = derivation_order(self.catalogue.fields, {ACCOUNT_ID, *fields})
        return self._missing(on, ordered, self._present_columns(on, ordered))

    def readable_fields(self, on: dt.date, fields: Collection[str]) -> list[str]:
        """Return those of these fields that the snapshot has the columns for; its header is read once."""
        catalogue = self.catalogue.fields
        needed = {name: derivation_order(catalogue, {ACCOUNT_ID, name}) for name in fields}
        every = sorted({each for names in needed.values() for each in names})
        present = self._present_columns(on, every)
        return [
            name
            for name, names in needed.items()
            if all(
                each in present or not (catalogue[each].column or each == ACCOUNT_ID)
                for each in names
            )
        ]

    def check_filled(self, on: dt.date) -> list[Problem]:
        """Return a problem if the snapshot of a date is a file without a row; a query's result is not looked at."""
        from .readers import has_rows

        file = self._export.file_of(on)
        if file is None or has_rows(file):
            return []
        return [empty_snapshot(file.shown)]

    def inspect(
        self, on: dt.date, fields: Collection[str]
    ) -> tuple[list[Problem], Snapshot | None]:
        """Read these fields of a snapshot, and return all problems that this has, columns and values together.

        Errors are those for which no run can take the snapshot. Columns with some bad values are warnings.

        Returns:
            The problems, and the snapshot as `load` returns it; None if there are errors.
        """
        try:
            ordered = derivation_order(self.catalogue.fields, {ACCOUNT_ID, *fields})
            columns = self._present_columns(on, ordered)
            missing = self._missing(on, ordered, columns)
            if not columns:
                return missing, None
            reader = self._reader(on, columns)
            problems = [*missing, *reader.problems(ordered)]
            if any(problem.severity == "error" for problem in problems):
                return problems, None
            try:
                return problems, self._snapshot(reader, ordered, fields)
            except Problems as error:
                return [*problems, *error.problems], None
        except Problems as error:
            return list(error.problems), None

    def _columns(self, on: dt.date, ordered: Collection[str]) -> dict[str, str]:
        """Return the export's column of each field that has one.

        Raises:
            Problems: Required columns are missing.
        """
        columns = self._present_columns(on, ordered)
        if missing := self._missing(on, ordered, columns):
            raise Problems(missing)
        return columns

    def _present_columns(self, on: dt.date, ordered: Collection[str]) -> dict[str, str]:
        specs = [self.catalogue.fields[name] for name in ordered]
        ignored = self.catalogue.ignored
        specs = [spec for spec in specs if spec.column or spec.name not in ignored]
        present = self._present_names(on, {_column(spec) for spec in specs})
        return {spec.name: _column(spec) for spec in specs if _column(spec) in present}

    def _missing(
        self, on: dt.date, ordered: Collection[str], columns: dict[str, str]
    ) -> list[Problem]:
        """Return a problem for each field that must have a column and has none."""
        specs = [self.catalogue.fields[name] for name in ordered if name not in columns]
        required = [spec for spec in specs if spec.column or spec.name == ACCOUNT_ID]
        shown = self._export.shown(on)
        return [
            Problem(
                "missing-column",
                f"{shown} has no column `{_column(spec)}`, from which `{spec.name}` is read",
                spec.span,
                where_to_look(_column(spec), partial(self._export.columns, on)),
            )
            for spec in required
        ]

    def _present_names(self, on: dt.date, names: set[str]) -> set[str]:
        """Return those of the names that are columns of the export. Answers are cached, since every playbook asks."""
        known = self._present.setdefault(on, {})
        if new := names - known.keys():
            present = self._export.present(on, new)
            known.update((name, name in present) for name in new)
        return {name for name in names if known[name]}

    def _unfilled(self, ordered: Collection[str], columns: dict[str, str]) -> list[Problem]:
        specs = (self.catalogue.fields[name] for name in sorted(ordered) if name not in columns)
        return [
            Problem(
                "unfilled-field",
                f"nothing fills the field `{spec.name}`: the snapshot has no column of that name",
                spec.span,
                "map it in fields.yaml with `from:`, or give it a `default`",
                severity="warning",
            )
            for spec in specs
            if spec.default is None and not spec.derive and spec.rank is None
        ]


def _open_export(workspace: WorkspaceSettings, catalogue: Catalogue, shared: bool) -> Export:
    """Return the declared source; nothing is read yet."""
    source, root = workspace.source, Path(workspace.root)
    if source.arrives:
        return Arrivals(source, root, _column(catalogue.fields[ACCOUNT_ID]), shared)
    if source.query is not None:
        return QueryRows(source, root)
    return OneFile(source, root) if source.date_column is not None else DatedFiles(source, root)


def _column(spec: FieldSpec) -> str:
    return spec.column or spec.name


def _unreadable(frame: pl.DataFrame) -> pl.DataFrame | None:
    """Return the accounts with a field that cannot be read, and these fields; None if all can."""
    some = frame.select(ACCOUNT_ID, UNREADABLE_FIELDS).drop_nulls()
    return some if some.height else None
