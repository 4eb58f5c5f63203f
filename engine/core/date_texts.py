"""Dates and numbers of days in arguments: of the command line, and of the Python API."""

from __future__ import annotations

import datetime as dt
import re

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAYS = re.compile(r"\+(\d{1,4})d", re.ASCII)


def iso_date(text: str) -> dt.date | None:
    """Return the date of a text such as `2026-03-02`; None for any other text."""
    try:
        return dt.date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def days_after(text: str) -> dt.timedelta | None:
    """Return the number of days of a text such as `+30d`; None for any other text."""
    days = _DAYS.fullmatch(text)
    return dt.timedelta(days=int(days[1])) if days else None
