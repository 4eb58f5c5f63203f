"""Quality of a window's data: bad values, and columns that are empty at one of its ends.

A column that an export renamed or emptied leaves last known values in its place, which would read as no change at all.
So figures that depend on such a column are unknown, with the reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from ..core.languages import Texts
from ..sources.snapshots import Snapshot
from ..workspace.settings import Tolerance
from .groups import By
from .metric_snapshots import BadValues, SnapshotState, bad_values_of, state_of
from .metric_value import remark

COLUMNS = {
    "status": "status",
    "amount": "mrr, arr",
    "currency": "currency",
    "renewal_date": "renewal_date",
}
"""The fields behind each column whose absence is noticed."""


@dataclass(slots=True)
class WindowQuality:
    """The quality of the snapshots of a window. Call `add` with each state from the window's start to its end.

    Attributes:
        unknown: The ids of accounts with a bad value.
        nameless: The number of rows without an id.
        negative: The number of accounts with a negative amount at one of the ends.
        amountless: The number of customers without an amount at one of the ends.
        bad_rows: The number of bad rows and of all rows, by snapshot.
        filled: By date of an end, the columns with a value.
    """

    unknown: set[str] = field(default_factory=set)
    nameless: int = 0
    negative: int = 0
    amountless: int = 0
    bad_rows: list[tuple[int, int]] = field(default_factory=list)
    filled: dict[dt.date, set[str]] = field(default_factory=dict)

    def add(self, state: SnapshotState, *, at_end: bool) -> None:
        """Add a snapshot; `at_end` is true for the two snapshots at the window's ends."""
        self.add_bad_values(state.bad)
        if not at_end:
            return
        customers = state.frame.filter(pl.col("is_there").fill_null(value=True))
        self.negative += customers.filter("is_negative").height
        self.amountless += customers["amount"].null_count()
        rows = {name: state.frame if name == "status" else customers for name in COLUMNS}
        self.filled[state.on] = {
            name for name, frame in rows.items() if frame.is_empty() or frame[name].count()
        }

    def add_snapshot(self, snapshot: Snapshot, by: By | None, *, at_end: bool) -> None:
        """Add a snapshot with the fields of `load_state`. Its state is computed at the window's ends only."""
        if at_end:
            self.add(state_of(snapshot, by), at_end=True)
        else:
            self.add_bad_values(bad_values_of(snapshot))

    def add_fields(self, snapshot: Snapshot, *, at_end: bool) -> None:
        """Add a snapshot of which only some fields are read. Those that are not count as filled."""
        self.add_bad_values(bad_values_of(snapshot))
        if at_end:
            read = {
                name: [field for field in fields.split(", ") if field in snapshot.frame.columns]
                for name, fields in COLUMNS.items()
            }
            self.filled[snapshot.on] = {
                name
                for name, fields in read.items()
                if not fields or any(snapshot.frame[field].count() for field in fields)
            }

    def add_bad_values(self, bad: BadValues) -> None:
        """Add the bad values of a snapshot."""
        self.unknown.update(bad.unknown)
        self.nameless += bad.nameless
        self.bad_rows.append((bad.bad_rows, bad.rows))

    @property
    def no_customers(self) -> Texts | None:
        """Return why the customers are unknown; None where they are known."""
        for on, columns in self.filled.items():
            if not columns & {"status", "amount"}:
                return _empty(on, "status", "amount")
        return self._emptied("status")

    @property
    def no_amounts(self) -> Texts | None:
        """Return why the amounts are unknown; None where they are known."""
        empty = (on for on, columns in self.filled.items() if "amount" not in columns)
        return next((_empty(on, "amount") for on in empty), None)

    @property
    def no_terms(self) -> Texts | None:
        """Return why the terms are unknown; None where they are known."""
        return self._emptied("renewal_date")

    @property
    def notes(self) -> tuple[Texts, ...]:
        """Return the remarks for the reader of figures."""
        return (*self.left_out, *self._imputed())

    @property
    def left_out(self) -> tuple[Texts, ...]:
        """Return the remarks on accounts and rows with bad values."""
        notes = []
        if self.unknown:
            notes.append(remark("bad_values", accounts=len(self.unknown)))
        if self.nameless:
            notes.append(remark("rows_without_account", rows=self.nameless))
        return tuple(notes)

    @property
    def emptied(self) -> tuple[Texts, ...]:
        """Return the reasons for unknown figures, each once."""
        reasons: list[Texts] = []
        for reason in (self.no_customers, self.no_amounts, self.no_terms):
            if reason is not None and reason not in reasons:
                reasons.append(reason)
        return tuple(reasons)

    def tolerated(self, tolerance: Tolerance) -> bool:
        """Return whether no snapshot has more bad rows than the workspace tolerates."""
        return all(tolerance.allows(bad, rows) for bad, rows in self.bad_rows)

    def _imputed(self) -> Iterator[Texts]:
        if self.negative:
            yield remark("negative_amounts", accounts=self.negative)
        if self.amountless and not self.no_amounts:
            yield remark("amounts_missing", accounts=self.amountless)
        if on := self._emptied_on("currency"):
            yield remark("currency_empty", on=on)

    def _emptied(self, column: str) -> Texts | None:
        """Return the remark on a column that the start has and the end lacks; None where there is none."""
        on = self._emptied_on(column)
        return _empty(on, column) if on else None

    def _emptied_on(self, column: str) -> dt.date | None:
        """Return the date of the end if it lacks a column that the start has."""
        if len(self.filled) < 2:
            return None
        (_, before), (on, after) = sorted(self.filled.items())
        return on if column in before - after else None


def _empty(on: dt.date, *columns: str) -> Texts:
    return remark("column_empty", on=on, fields=", ".join(COLUMNS[each] for each in columns))
