"""Dates with the name of their month, and months, quarters and years, as people write them elsewhere.

`1 January 2026`, `1er janvier 2026`, `Jan 1, 2026` and `1-Jan-26` are dates; `January 2026`, `2026-01`, `Q1 2026` and
`2026` are periods.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

from ..core.offsets import Offset, shift_date
from .calendar_words import MONTH_NUMBERS, names_pattern

_MONTH = rf"(?:{names_pattern(MONTH_NUMBERS)})\b\.?"
_DAY = r"[0-9]{1,2}(?:st|nd|rd|th|er|\.)?"
_YEAR = r"(?:19|20|21)[0-9]{2}\b"
NAMED_DATE = (
    rf"(?:(?:the |le )?\b{_DAY} *(?:of |de )?{_MONTH},? +{_YEAR}"
    rf"|\b{_MONTH} +{_DAY}(?:,? +|, *){_YEAR}"
    rf"|\b{_YEAR}-{_MONTH}-[0-9]{{1,2}}\b"
    rf"|\b[0-9]{{1,2}}[-/]{_MONTH}[-/](?:{_YEAR}|[0-9]{{2}}\b))"
)
"""The regular expression of a date with the name of its month, in any case."""
NAMED_PERIOD = rf"(?:\b{_MONTH},? *{_YEAR}|\b[qt][1-4][ /-]?{_YEAR}|\b{_YEAR}[ /-]?[qt][1-4]\b)"
"""The regular expression of a month with its name, or of a quarter, in any case."""
_NUMBERED_PERIOD = rf"{_YEAR}(?:[-/][0-9]{{1,2}})?"


def named_date(text: str) -> tuple[int, int, int] | None:
    """Return the year, month and day of a date with the name of its month; None for other texts."""
    if not _compiled(NAMED_DATE).fullmatch(text):
        return None
    first, second = (int(digits) for digits in re.findall("[0-9]+", text))
    day, year = (second, first) if first > 31 else (first, second)
    return year + (2000 if year < 100 else 0), _month_in(text), day


def ends_of_period(text: str) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last day of a month, quarter or year; None for other texts."""
    if not _compiled(rf"{NAMED_PERIOD}|{_NUMBERED_PERIOD}").fullmatch(text):
        return None
    numbers = [int(digits) for digits in re.findall("[0-9]+", text)]
    year = max(numbers)
    part = min(numbers) if len(numbers) > 1 else None
    if re.search("[qt][1-4]", text, re.IGNORECASE):
        first, months = 3 * (part or 1) - 2, 3
    elif part is not None or not text.isdigit():
        first, months = part or _month_in(text), 1
    else:
        first, months = 1, 12
    if not 1 <= first <= 12:
        return None
    start = dt.date(year, first, 1)
    return start, shift_date(start, Offset(months, "months")) - dt.timedelta(days=1)


def _month_in(text: str) -> int:
    names = (MONTH_NUMBERS.get(word) for word in re.findall(r"[^\W\d_]+", text.lower()))
    return next(number for number in names if number)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern compiled on first use: most commands read no such text."""
    return re.compile(pattern, re.IGNORECASE)
