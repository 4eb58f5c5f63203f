"""Snapshots of days to come: that of the first day, with the values that a simulation has for the day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from ..core.problems import Problem, Problems
from ..project.loading import Project
from ..sources.snapshots import Snapshot, Snapshots

if TYPE_CHECKING:
    from ..sources.typed import AccountReader


class SimulatedSnapshots(Snapshots):
    """The snapshots of a workspace, and from the first simulated day on one of each day, read from the newest one."""

    def __init__(self, project: Project, first: dt.date) -> None:
        """Make the snapshots from `first` on.

        Raises:
            Problems: There is no snapshot to begin with.
        """
        super().__init__(project.workspace, project.catalogue)
        self._first = first
        newest = super().newest(first)
        if newest is None:
            message = f"there is no snapshot of {first} or earlier to simulate from"
            hint = "check `snapshots:` in tenure.yaml, and whether the export has run"
            raise Problems([Problem("no-snapshot", message, hint=hint)])
        self.base = newest
        self._replaced: pl.DataFrame | None = None
        self._base_readers: dict[tuple[tuple[str, str], ...], AccountReader] = {}

    def filled_fields(self, fields: Collection[str]) -> list[str]:
        """Return those of the fields that the snapshot or the catalogue fills."""
        return [name for name in fields if not self.unfilled(self.base, (name,))]

    def replace_values(self, values: pl.DataFrame) -> None:
        """Take these values, by `account_id`, for those of the accounts from now on."""
        self._replaced = values

    def newest(self, on: dt.date) -> dt.date | None:
        """Return the date itself if it is simulated, else that of the newest real snapshot."""
        return on if on >= self._first else super().newest(on)

    def digest(self, on: dt.date) -> str:
        """Return the digest of the snapshot that the date is read from."""
        return super().digest(self._read_on(on))

    def version(self, on: dt.date) -> str:
        """Return the version of the snapshot that the date is read from."""
        return super().version(self._read_on(on))

    def open(self, on: dt.date, fields: Collection[str]) -> Snapshot:
        """Return the accounts as of the date; they are in memory."""
        return self.load(on, fields)

    def _read_on(self, on: dt.date) -> dt.date:
        return self.base if on >= self._first else on

    def _present_names(self, on: dt.date, names: set[str]) -> set[str]:
        return super()._present_names(self._read_on(on), names)

    def _reader(self, on: dt.date, columns: dict[str, str]) -> AccountReader:
        if on < self._first:
            return super()._reader(on, columns)
        key = tuple(sorted(columns.items()))
        if key not in self._base_readers:
            self._base_readers[key] = super()._reader(self.base, columns)
        self._digests[on] = self._digests[self.base]
        return replace(self._base_readers[key], on=on, replaced=self._replaced)
