"""Offsets of calendar time: parse them, limit them, and shift dates by them.

Units, their limits and the shifting of dates are defined in this module only.
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from dataclasses import dataclass
from typing import Literal

ONE_DAY = dt.timedelta(days=1)

Unit = Literal["days", "business days", "weeks", "months", "years"]

Shift = Literal["earlier", "later", "none"]
"""How a date that is not a working day is moved to one."""

LIMITS: dict[Unit, int] = {
    "days": 36500,
    "business days": 36500,
    "weeks": 5214,
    "months": 1200,
    "years": 100,
}
"""Largest count of each unit in either direction, in offsets and in conditions: about a hundred years."""

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
_OFFSET = re.compile(r"([+-]?)\s*(\d{1,6})\s+(business\s+day|day|week|month|year)s?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offset:
    """A signed count of a unit; months and years keep the day of the month where it exists."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        unit = self.unit[:-1] if abs(self.count) == 1 else self.unit
        return f"{self.count} {unit}"


def offset_days(offset: Offset) -> float:
    """Return an offset's approximate length in days, to compare offsets."""
    return offset.count * APPROXIMATE_DAYS[offset.unit]


def round_days(offset: Offset) -> int:
    """Return an offset in days where no date is known: a month as 30 of them, a year as 365."""
    return offset.count * {**FIXED_DAYS, "months": 30, "years": 365}.get(offset.unit, 1)


def parse_offset(text: str) -> Offset | None:
    """Parse an offset such as `-90 days` or `5 business days`.

    Returns:
        The offset; None where the text is not an offset, or exceeds `LIMITS`.
    """
    match = _OFFSET.fullmatch(text.strip())
    if match is None:
        return None
    sign, count, unit_text = match.groups()
    unit = _UNITS[" ".join(unit_text.split())]
    number = int(count)
    if number > LIMITS[unit]:
        return None
    return Offset(-number if sign == "-" else number, unit)


def add_offsets(first: Offset, second: Offset) -> Offset | None:
    """Return the offset that is as long as two others together; None where their units do not add up."""
    if first.unit == second.unit:
        return Offset(first.count + second.count, first.unit)
    if not first.count:
        return second
    if first.unit in FIXED_DAYS and second.unit in FIXED_DAYS:
        days = (each.count * FIXED_DAYS[each.unit] for each in (first, second))
        return Offset(sum(days), "days")
    return None


def shift_date(on: dt.date, offset: Offset, sign: int = 1) -> dt.date:
    """Return a date shifted by an offset.

    Months and years keep the day of the month. Where the month is too short, its last day is used.

    Args:
        on: The date to shift.
        offset: How far, in days, weeks, months or years.
        sign: 1 to add the offset, -1 to subtract it.

    Raises:
        ValueError: For business days, which need a country's calendar: see `Calendar.add`.
        OverflowError: Where the result is before year 1 or after year 9999.
    """
    count = offset.count * sign
    if offset.unit in FIXED_DAYS:
        return on + dt.timedelta(days=count * FIXED_DAYS[offset.unit])
    if offset.unit == "business days":
        raise ValueError("business days are counted by a Calendar")
    months = count * (12 if offset.unit == "years" else 1)
    years, month = divmod(on.month - 1 + months, 12)
    year, month = on.year + years, month + 1
    return dt.date(year, month, min(on.day, monthrange(year, month)[1]))
