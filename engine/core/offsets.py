"""A length of calendar time, as written: `90 days`, `-5 business days`, `2 months`."""

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
"""The largest count of each unit, either way: about a hundred years."""

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


def move(day: dt.date, offset: Offset) -> dt.date:
    """`day` moved by days, weeks, months or years; where the month is too short, its last day.

    Business days need a country's calendar: see `Calendar.add`.
    """
    if offset.unit == "days":
        return day + dt.timedelta(days=offset.count)
    if offset.unit == "weeks":
        return day + dt.timedelta(weeks=offset.count)
    if offset.unit == "business days":
        raise ValueError("business days are counted by a Calendar")
    months = offset.count * (12 if offset.unit == "years" else 1)
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return dt.date(year, month, min(day.day, monthrange(year, month)[1]))
