"""Workload by owner and week: the ledger's issued actions around a date.

Takes a store and a date, and returns counts. The status of an action is that of its last entry as of the date, so
the page of a past date does not change.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from ...core.ids import ACCOUNT_ID
from ...metrics.ledger_as_of import ledger_entries
from ...metrics.metric_value import Window
from ...store import Reader

WEEKS_BEFORE, WEEKS_AFTER = 4, 8
"""Weeks before and after that of the date; later actions are one sum."""

_COLUMNS = (ACCOUNT_ID, "action", "anchor", "owner", "due_on", "status")
_WEEK = dt.timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Load:
    """Actions by owner (None: no owner) in each week, by its Monday, and later; the owner with the most is first."""

    weeks: tuple[dt.date, ...]
    owners: tuple[tuple[str | None, tuple[int, ...]], ...]

    @property
    def by_week(self) -> tuple[int, ...]:
        """Return the number of actions of each week, and of later ones, over all owners."""
        rows = [counts for _, counts in self.owners]
        return tuple(sum(row[at] for row in rows) for at in range(len(self.weeks) + 1))


def read_load(actions: pl.DataFrame, on: dt.date) -> Load:
    """Return the load of issued actions due from four weeks before the date's week."""
    current = monday(on)
    weeks = tuple(current + at * _WEEK for at in range(-WEEKS_BEFORE, WEEKS_AFTER + 1))
    week = pl.col("due_on").dt.truncate("1w")
    due = actions.filter(week >= weeks[0]).group_by("owner", week).len()
    counts: dict[str | None, list[int]] = {}
    for owner, week, number in due.iter_rows():
        row = counts.setdefault(owner, [0] * (len(weeks) + 1))
        row[min((week - weeks[0]).days // 7, len(weeks))] += number
    owners = sorted(
        counts.items(), key=lambda each: (-sum(each[1]), each[0] is None, each[0] or "")
    )
    return Load(weeks, tuple((owner, tuple(row)) for owner, row in owners))


def monday(on: dt.date) -> dt.date:
    """Return the Monday of the date's week."""
    return on - dt.timedelta(days=on.weekday())


def issued(reader: Reader, on: dt.date, since: dt.date) -> pl.DataFrame:
    """Return `_COLUMNS` of the actions that are due on `since` or later and had been issued as of `on`."""
    window = Window(since - dt.timedelta(days=1), dt.date.max)
    return ledger_entries(reader, on, window, _COLUMNS).filter(pl.col("status") == "issued")
