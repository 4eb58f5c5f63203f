"""How much is due, by owner and week: the ledger's issued actions around a date.

In: a store and a date; out: counts. An action counts by its last entry that was issued on the date or before, so
that the page of a date gone by is what it was.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from ...core.ids import ACCOUNT_ID
from ...metrics.ledger_as_of import ledger_entries
from ...metrics.metric_value import Window
from ...store import Reader

BEFORE, AHEAD = 4, 8
"""Weeks around that of the date; what is due later still is one sum."""

_COLUMNS = (ACCOUNT_ID, "action", "anchor", "owner", "due_on", "status")
_WEEK = dt.timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Load:
    """The actions of each owner (None: nobody) in each of the weeks, by Monday, and `later`; who has most is first."""

    weeks: tuple[dt.date, ...]
    owners: tuple[tuple[str | None, tuple[int, ...]], ...]

    @property
    def by_week(self) -> tuple[int, ...]:
        """The actions of each week and later, whoever owns them."""
        rows = [counts for _, counts in self.owners]
        return tuple(sum(row[at] for row in rows) for at in range(len(self.weeks) + 1))


def read_load(actions: pl.DataFrame, on: dt.date) -> Load:
    """Of issued actions, those that are due from four weeks before the date's week on."""
    this = monday(on)
    weeks = tuple(this + at * _WEEK for at in range(-BEFORE, AHEAD + 1))
    week = pl.col("due_on").dt.truncate("1w")
    found = actions.filter(week >= weeks[0]).group_by("owner", week).len()
    counts: dict[str | None, list[int]] = {}
    for owner, week, number in found.iter_rows():
        row = counts.setdefault(owner, [0] * (len(weeks) + 1))
        row[min((week - weeks[0]).days // 7, len(weeks))] += number
    owners = sorted(
        counts.items(), key=lambda each: (-sum(each[1]), each[0] is None, each[0] or "")
    )
    return Load(weeks, tuple((owner, tuple(row)) for owner, row in owners))


def monday(on: dt.date) -> dt.date:
    """The Monday of the date's week."""
    return on - dt.timedelta(days=on.weekday())


def issued(reader: Reader, on: dt.date, since: dt.date) -> pl.DataFrame:
    """`_COLUMNS` of the actions that are due `since` a date or later and stood as issued `on` another."""
    window = Window(since - dt.timedelta(days=1), dt.date.max)
    return ledger_entries(reader, on, window, _COLUMNS).filter(pl.col("status") == "issued")
