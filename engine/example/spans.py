"""When things happen in an example account's life: days, spans of days, and what holds from when.

In: a random generator and the dates of the series; out: dates. How often is said per year, so that a
series of six months has half the events of a year.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

DAY = dt.timedelta(days=1)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Something that holds from one day to another, both in."""

    first: dt.date
    last: dt.date

    def holds(self, on: dt.date) -> bool:
        """Whether it holds on that day."""
        return self.first <= on <= self.last


def holding(spans: Sequence[DaySpan], on: dt.date) -> bool:
    """Whether one of the spans holds on that day."""
    return any(span.holds(on) for span in spans)


def held(turns: Sequence[tuple[dt.date, T]], on: dt.date) -> T | None:
    """What holds on that day, of things that each hold from a day on; None before the first."""
    return next((what for since, what in reversed(turns) if since <= on), None)


def some_day(random: Random, first: dt.date, last: dt.date, a_year: float) -> dt.date | None:
    """A day within the series, for this share of the accounts in a year; None for the others."""
    days = (last - first).days
    day = first + random.randint(min(7, days), max(days - 7, min(7, days))) * DAY
    return day if random.random() < a_year * days / 365 else None


def some_spans(
    random: Random, first: dt.date, last: dt.date, a_year: float, longest: int
) -> tuple[DaySpan, ...]:
    """At most one span of a week up to `longest` days that begins within the series."""
    day = some_day(random, first, last, a_year)
    length = random.randint(7, longest)
    return () if day is None else (DaySpan(day, day + length * DAY),)


def on_a_working_day(day: dt.date) -> dt.date:
    """The day, or the Monday after it."""
    return day + max(7 - day.weekday(), 0) * DAY if day.weekday() > 4 else day


def anniversary(day: dt.date, after: dt.date) -> dt.date:
    """The day's first yearly return on or after another day; 29 February's on the 28th."""
    kept = min(day.day, 28) if day.month == 2 else day.day
    returned = dt.date(after.year, day.month, kept)
    return returned if returned >= after else returned.replace(year=after.year + 1)
