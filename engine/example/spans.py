"""Random dates and spans of days for the events of an example account.

The input is a random generator and the dates of the series. Frequencies are per year, so that a series of six months
has half the events of a year.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

DAY = dt.timedelta(days=1)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class DaySpan:
    """A span of days, both ends included."""

    first: dt.date
    last: dt.date

    def contains(self, on: dt.date) -> bool:
        """Return whether the span contains a date."""
        return self.first <= on <= self.last


def any_contains(spans: Sequence[DaySpan], on: dt.date) -> bool:
    """Return whether one of the spans contains a date."""
    return any(span.contains(on) for span in spans)


def value_on(values: Sequence[tuple[dt.date, _T]], on: dt.date) -> _T | None:
    """Return the value valid on a date, of values that each begin on a date; None before the first."""
    return next((value for since, value in reversed(values) if since <= on), None)


def random_date(random: Random, first: dt.date, last: dt.date, per_year: float) -> dt.date | None:
    """Return a date within the series for this share of the accounts per year, else None."""
    days = (last - first).days
    day = first + random.randint(min(7, days), max(days - 7, min(7, days))) * DAY
    return day if random.random() < per_year * days / 365 else None


def random_spans(
    random: Random, first: dt.date, last: dt.date, per_year: float, longest: int
) -> tuple[DaySpan, ...]:
    """Return at most one span, of a week up to `longest` days, that begins within the series."""
    day = random_date(random, first, last, per_year)
    length = random.randint(7, longest)
    return () if day is None else (DaySpan(day, day + length * DAY),)


def next_weekday(day: dt.date) -> dt.date:
    """Return the day itself or, on a weekend, the Monday after it."""
    return day + max(7 - day.weekday(), 0) * DAY if day.weekday() > 4 else day


def anniversary(day: dt.date, after: dt.date) -> dt.date:
    """Return the first anniversary of a day on or after another day. That of 29 February is the 28th."""
    day_of_month = min(day.day, 28) if day.month == 2 else day.day
    in_year = dt.date(after.year, day.month, day_of_month)
    return in_year if in_year >= after else in_year.replace(year=after.year + 1)
