"""Account snapshots: read by date, typed by the catalogue, bad rows set apart.

In go a workspace's source and field catalogue; out come frames with one row an account, sorted by
`account_id`. The rules: only the fields asked for, and what they follow from, are read and converted, so a
bad value in a field that nobody reads harms nobody; and a snapshot that cannot be trusted as a whole raises
`Problems` before anything of it is used.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem
from ..fields.catalogue import Catalogue, FieldSpec
from ..fields.derivation import derivation_order
from ..workspace.settings import Workspace
from . import integrity
from .backends import QueryRows, open_export
from .refusal import refuse

if TYPE_CHECKING:
    import polars as pl

    from .partitioned import LargeSnapshot, SnapshotPart


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The accounts as of one date.

    `frame` has `account_id` and the fields asked for. `quarantined` has a row for each bad value:
    `account_id` (null if it has none), `row` (the data row, from 1), `field`, `value` (as exported) and
    `reason`. `rows` counts the export's rows, quarantined ones too.
    """

    on: dt.date
    frame: pl.DataFrame
    quarantined: pl.DataFrame
    digest: str
    rows: int
    warnings: tuple[Problem, ...] = ()

    def account_ids(self) -> pl.Series:
        """Return the ids of all its accounts, those in quarantine too."""
        return (
            self.frame[ACCOUNT_ID]
            .clone()
            .extend(self.quarantined[ACCOUNT_ID].cast(self.frame[ACCOUNT_ID].dtype))
        )

    def parts(self, size: int) -> Iterator[SnapshotPart]:
        """The accounts in parts of so many; the bad values come with the first."""
        from .partitioned import SnapshotPart

        ids, height = self.frame[ACCOUNT_ID], self.frame.height
        for start in range(0, max(height, 1), size):
            end = start + size
            stretch = (ids[start] if start else None, ids[end] if end < height else None)
            bad = self.quarantined if start == 0 else self.quarantined.head(0)
            yield SnapshotPart(stretch, self.frame.slice(start, size), bad)


class Snapshots:
    """The snapshots of a workspace. Lives for one command: what is on disk is looked at anew by the next.

    With a query that uses `$on`, every date has a snapshot, made when asked for: `newest` gives the date
    itself and `dates` lists none.
    """

    def __init__(self, workspace: Workspace, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.source = workspace.source
        self._export = open_export(workspace.source, Path(workspace.root))
        self._dates: list[dt.date] | None = None
        self._digests: dict[dt.date, str] = {}
        self._present: dict[dt.date, dict[str, bool]] = {}

    def dates(self) -> list[dt.date]:
        """The dates that have a snapshot, in order."""
        if self._dates is None:
            self._dates = self._export.dates()
        return list(self._dates)

    @property
    def any_date(self) -> bool:
        """Whether every date has a snapshot, made when asked for."""
        return isinstance(self._export, QueryRows) and self._export.dated

    def newest(self, on: dt.date) -> dt.date | None:
        """The date of the newest snapshot that is not later than `on`; None if there is none."""
        if self.any_date:
            return on
        return max((day for day in self.dates() if day <= on), default=None)

    def digest(self, day: dt.date) -> str:
        """What the snapshot is known by: SHA-256 of its file, or of its rows among others' in one file."""
        if day not in self._digests:
            self._digests[day] = self._export.digest(day)
        return self._digests[day]

    def load(
        self, day: dt.date, fields: Collection[str], amounts: Collection[str] = ()
    ) -> Snapshot:
        """The snapshot of `day` with these fields of the catalogue; raises `Problems` if it is no good.

        Those of the fields that are among `amounts` are exact decimals.
        """
        from .typed import AccountReader

        wanted = derivation_order(self.catalogue.fields, {ACCOUNT_ID, *fields})
        columns = self._columns(day, wanted)
        rows, digest = self._export.read(day, set(columns.values()))
        self._digests[day] = digest
        reader = AccountReader(self._export.shown(day), day, self.catalogue, rows, columns)
        frame, quarantined = reader.accounts(wanted, amounts)
        asked = sorted({*fields} - {ACCOUNT_ID})
        return Snapshot(
            day,
            frame.select(ACCOUNT_ID, *asked),
            quarantined,
            digest,
            rows.frame.height + len(rows.bad),
            tuple(self._unfilled(wanted, columns)),
        )

    def open(self, day: dt.date, fields: Collection[str]) -> Snapshot | LargeSnapshot:
        """As `load`, but a large file sorted by account is only read with its parts."""
        from .partitioned import open_large

        wanted = derivation_order(self.catalogue.fields, {ACCOUNT_ID, *fields})
        columns = self._columns(day, wanted)
        asked = sorted({*fields} - {ACCOUNT_ID})
        warnings = tuple(self._unfilled(wanted, columns))
        large = open_large(self._export, day, self.catalogue, asked, columns, warnings)
        if large is None:
            return self.load(day, fields)
        self._digests[day] = large.digest
        return large

    def unfilled(self, day: dt.date, fields: Collection[str]) -> list[Problem]:
        """A warning for each field that no column of that snapshot fills, nor anything else."""
        wanted = derivation_order(self.catalogue.fields, {ACCOUNT_ID, *fields})
        return self._unfilled(wanted, self._columns(day, wanted))

    def check_age(self, day: dt.date, on: dt.date) -> list[Problem]:
        """A problem if the snapshot of `day` is older than `max_age` allows on the date evaluated."""
        return integrity.check_age(self.source, day, on)

    def check_shrink(self, previous_rows: int, rows: int) -> list[Problem]:
        """A problem if the snapshot lost a larger share of rows than `max_shrink` allows."""
        return integrity.check_shrink(self.source, previous_rows, rows)

    def check_gone(
        self, before: tuple[dt.date, pl.Series], snapshot: Snapshot | LargeSnapshot
    ) -> Problem | None:
        """Return a problem if too many accounts of an earlier snapshot are not in this one, or have other ids.

        Args:
            before: The earlier snapshot's date and the ids of its accounts.
            snapshot: The newer one; ids of rows in quarantine count as there.
        """
        from .account_ids import find_gone

        return find_gone(self.source, before, (snapshot.on, snapshot.account_ids()))

    def _columns(self, day: dt.date, wanted: Collection[str]) -> dict[str, str]:
        """The export's column of each field that has one; refuses a snapshot without one it must have."""
        specs = [self.catalogue.fields[name] for name in wanted]
        there = self._there(day, {_column(spec) for spec in specs})
        shown = self._export.shown(day)
        for spec in specs:
            if _column(spec) in there or (spec.column is None and spec.name != ACCOUNT_ID):
                continue
            refuse(
                "missing-column",
                f"{shown} has no column `{_column(spec)}`, from which `{spec.name}` is read",
                "see what the export calls it now, and map it in fields.yaml with `from:`",
            )
        return {spec.name: _column(spec) for spec in specs if _column(spec) in there}

    def _there(self, day: dt.date, names: set[str]) -> set[str]:
        """Those of the names that are columns of the export; each is looked for once, since every playbook asks."""
        known = self._present.setdefault(day, {})
        if new := names - known.keys():
            found = self._export.present(day, new)
            known.update((name, name in found) for name in new)
        return {name for name in names if known[name]}

    def _unfilled(self, wanted: Collection[str], columns: dict[str, str]) -> list[Problem]:
        specs = (self.catalogue.fields[name] for name in sorted(wanted) if name not in columns)
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


def _column(spec: FieldSpec) -> str:
    return spec.column or spec.name
