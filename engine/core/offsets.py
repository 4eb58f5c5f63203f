"""Lengths of calendar time: parse them, limit them, and shift dates by them.

The only home of these facts: which units there are, how long each may be, and how a date moves by one.
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from dataclasses import dataclass
from typing import Literal

Unit = Literal["days", "business days", "weeks", "months", "years"]

LIMITS: dict[Unit, int] = {
    "days": 36500,
    "business days": 36500,
    "weeks": 5214,
    "months": 1200,
    "years": 100,
}
"""The largest count of each unit in either direction, in offsets and conditions alike: about a hundred years."""

FIXED_DAYS: dict[str, int] = {"days": 1, "weeks": 7}
"""Days of the units that always have the same length."""

APPROXIMATE_DAYS: dict[Unit, float] = {
    "days": 1.0,
    "business days": 1.4,
    "weeks": 7.0,
    "months": 30.44,
    "years": 365.25,
}
"""Mean days of each unit, to order offsets of different units."""

_UNITS: dict[str, Unit] = {
    "day": "days",
    "business day": "business days",
    "week": "weeks",
    "month": "months",
    "year": "years",
}
_WRITTEN = re.compile(r"([+-]?)\s*(\d{1,6})\s+(business\s+day|day|week|month|year)s?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offset:
    """A signed count of a unit; months and years keep the day of the month where it exists."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        unit = self.unit[:-1] if abs(self.count) == 1 else self.unit
        return f"{self.count} {unit}"


def parse_offset(text: str) -> Offset | None:
    """The offset that `text` states, or None if it states none or one beyond `LIMITS`."""
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        return None
    sign, count, written = match.groups()
    unit = _UNITS[" ".join(written.split())]
    number = int(count)
    if number > LIMITS[unit]:
        return None
    return Offset(-number if sign == "-" else number, unit)


def shift_date(day: dt.date, offset: Offset, sign: int = 1) -> dt.date:
    """Return `day` shifted by days, weeks, months or years, or back with `sign` -1.

    Months and years keep the day of the month; where the month is too short, its last day is used.

    Raises:
        ValueError: For business days, which need a country's calendar: see `Calendar.add`.
        OverflowError: Where the result leaves the calendar.
    """
    count = offset.count * sign
    if offset.unit in FIXED_DAYS:
        return day + dt.timedelta(days=count * FIXED_DAYS[offset.unit])
    if offset.unit == "business days":
        raise ValueError("business days are counted by a Calendar")
    months = count * (12 if offset.unit == "years" else 1)
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return dt.date(year, month, min(day.day, monthrange(year, month)[1]))
