"""Next steps of date functions: the days until their results jump.

The number of months since a date steps on each monthly return of it, an anniversary on each yearly one; the month of
`today` steps at the end of the month.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from typing import cast

from ...core.offsets import FIXED_DAYS, Offset, shift_date
from ..operands import offset_of
from .date_arithmetic import (
    months_of,
    row_of_date,
    row_of_date_and_today,
    whole_months,
)
from .function_row import NextStep, RowCall


def _days_to_return(date: dt.date, today: dt.date, months: int) -> int | None:
    """Return the days from today until some months after a date; None for a date that the calendar does not have."""
    try:
        return (shift_date(date, Offset(months, "months")) - today).days
    except (OverflowError, ValueError):
        return None


def _next_anniversary(c: RowCall) -> int | None:
    value, today = c.value(c.call), c.name("today")
    if value is None or today is None:
        return None
    return (cast(dt.date, value) - cast(dt.date, today)).days + 1


def _recurrence(c: RowCall) -> int | None:
    date, today = cast("dt.date | None", c.argument()), cast("dt.date | None", c.name("today"))
    if date is None or today is None:
        return None
    every = offset_of(c.call.arguments[1])
    if every.unit in FIXED_DAYS:
        length, passed = every.count * FIXED_DAYS[every.unit], (today - date).days
        return max(passed // length + 1, 1) * length - passed
    months = months_of(every)
    returns = max(whole_months(date, today) // months + 1, 1)
    return _days_to_return(date, today, returns * months)


def _snapshot(c: RowCall) -> int | None:
    """Return the days until the snapshot can reach the date: it is never of a later date than today."""
    date, today, snapshot = c.argument(), c.name("today"), c.name("snapshot_date")
    if date is None or today is None:
        return None
    if snapshot is not None and cast(dt.date, snapshot) >= cast(dt.date, date):
        return None
    return max((cast(dt.date, date) - cast(dt.date, today)).days, 1)


def _quarter_after(date: dt.date) -> dt.date:
    later = shift_date(date, Offset(3, "months"))
    return later.replace(month=(later.month - 1) // 3 * 3 + 1, day=1)


ANNIVERSARY_STEP: NextStep = row_of_date_and_today(
    lambda date, today: _days_to_return(
        date, today, max(whole_months(date, today) // 12 + 1, 1) * 12
    )
)
"""Each yearly return of the date, from the first one."""
YEARS_STEP: NextStep = row_of_date_and_today(
    lambda date, today: _days_to_return(date, today, (whole_months(date, today) // 12 + 1) * 12)
)
"""Each yearly return of the date, and those before it."""
MONTHS_STEP: NextStep = row_of_date_and_today(
    lambda date, today: _days_to_return(date, today, whole_months(date, today) + 1)
)
"""Each monthly return of the date, and those before it."""
NEXT_ANNIVERSARY_STEP: NextStep = _next_anniversary
"""The day after each yearly return of the date."""
RECURRENCE_STEP: NextStep = _recurrence
"""Each return of the date after an interval."""
SNAPSHOT_STEP: NextStep = _snapshot
"""The date, or each day after it until the snapshot reaches it. Snapshots never get older."""
MONTH_STEP: NextStep = row_of_date(lambda date: monthrange(date.year, date.month)[1] - date.day + 1)
"""The first day of the month after a date that moves with today."""
WEEK_STEP: NextStep = row_of_date(lambda date: 8 - date.isoweekday())
"""The Monday after a date that moves with today."""
QUARTER_STEP: NextStep = row_of_date(lambda date: (_quarter_after(date) - date).days)
"""The first day of the quarter after a date that moves with today."""
