"""Next steps of date functions: the days until their results jump.

The number of months since a date steps on each monthly return of it, an anniversary on each yearly one; the month of
`today` steps at the end of the month.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from typing import TYPE_CHECKING, cast

from ...core.offsets import FIXED_DAYS, Offset, shift_date
from ..operands import offset_of
from .date_arithmetic import (
    months_in_columns,
    months_of,
    row_of_date,
    row_of_date_and_today,
    whole_months,
)
from .function_row import ColumnCall, NextStep, RowCall

if TYPE_CHECKING:
    import polars as pl


def _days_to_return(date: dt.date, today: dt.date, months: int) -> int | None:
    """Return the days from today until some months after a date; None for a date that the calendar does not have."""
    try:
        return (shift_date(date, Offset(months, "months")) - today).days
    except (OverflowError, ValueError):
        return None


def _days_to_return_in_columns(c: ColumnCall, months: pl.Expr) -> pl.Expr:
    import polars as pl

    returns = c.argument().dt.offset_by(pl.concat_str(months, pl.lit("mo")))
    return c.days(returns) - c.days(c.today)


def _months_in_columns(c: ColumnCall) -> pl.Expr:
    """Return the days until the next monthly return, of parts of dates, since adding months takes time."""
    import polars as pl

    day, end = c.today.dt.day(), c.today.dt.month_end()
    next_end = (end.cast(pl.Int32) + 1).cast(pl.Date).dt.month_end()
    on = c.argument().dt.day()
    this_month = pl.min_horizontal(on, end.dt.day()) - day
    next_month = end.dt.day() - day + pl.min_horizontal(on, next_end.dt.day())
    # `min_horizontal` ignores the missing date.
    return pl.when(this_month > 0).then(this_month).otherwise(next_month) + (on - on)


def _years_in_columns(c: ColumnCall, least: int | None) -> pl.Expr:
    import polars as pl

    years = months_in_columns(c, c.today).floordiv(12) + 1
    counted = years if least is None else pl.max_horizontal(years, least)
    return _days_to_return_in_columns(c, counted * 12)


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


def _recurrence_in_columns(c: ColumnCall) -> pl.Expr:
    import polars as pl

    every = offset_of(c.call.arguments[1])
    if every.unit in FIXED_DAYS:
        length = every.count * FIXED_DAYS[every.unit]
        passed = c.days(c.today) - c.days(c.argument())
        return (passed.floordiv(length) + 1).clip(1) * length - passed
    months = months_of(every)
    returns = pl.max_horizontal(months_in_columns(c, c.today).floordiv(months) + 1, 1)
    return _days_to_return_in_columns(c, returns * months)


def _snapshot(c: RowCall) -> int | None:
    """Return the days until the snapshot can reach the date: it is never of a later date than today."""
    date, today, snapshot = c.argument(), c.name("today"), c.name("snapshot_date")
    if date is None or today is None:
        return None
    if snapshot is not None and cast(dt.date, snapshot) >= cast(dt.date, date):
        return None
    return max((cast(dt.date, date) - cast(dt.date, today)).days, 1)


def _snapshot_in_columns(c: ColumnCall) -> pl.Expr:
    import polars as pl

    date = c.argument()
    reached = (pl.col("@snapshot_date") >= date).fill_null(False)
    return pl.when(reached.not_()).then((c.days(date) - c.days(c.today)).clip(1))


def _quarter_after(date: dt.date) -> dt.date:
    later = shift_date(date, Offset(3, "months"))
    return later.replace(month=(later.month - 1) // 3 * 3 + 1, day=1)


ANNIVERSARY_STEP = NextStep(
    row_of_date_and_today(
        lambda date, today: _days_to_return(
            date, today, max(whole_months(date, today) // 12 + 1, 1) * 12
        )
    ),
    lambda c: _years_in_columns(c, 1),
)
"""Each yearly return of the date, from the first one."""
YEARS_STEP = NextStep(
    row_of_date_and_today(
        lambda date, today: _days_to_return(date, today, (whole_months(date, today) // 12 + 1) * 12)
    ),
    lambda c: _years_in_columns(c, None),
)
"""Each yearly return of the date, and those before it."""
MONTHS_STEP = NextStep(
    row_of_date_and_today(
        lambda date, today: _days_to_return(date, today, whole_months(date, today) + 1)
    ),
    _months_in_columns,
)
"""Each monthly return of the date, and those before it."""
NEXT_ANNIVERSARY_STEP = NextStep(
    _next_anniversary,
    lambda c: c.days(c.value(c.call)) - c.days(c.today) + 1,
)
"""The day after each yearly return of the date."""
RECURRENCE_STEP = NextStep(_recurrence, _recurrence_in_columns)
"""Each return of the date after an interval."""
SNAPSHOT_STEP = NextStep(_snapshot, _snapshot_in_columns)
"""The date, or each day after it until the snapshot reaches it. Snapshots never get older."""
MONTH_STEP = NextStep(
    row_of_date(lambda date: monthrange(date.year, date.month)[1] - date.day + 1),
    lambda c: c.days(c.argument().dt.month_end()) - c.days(c.argument()) + 1,
)
"""The first day of the month after a date that moves with today."""
WEEK_STEP = NextStep(
    row_of_date(lambda date: 8 - date.isoweekday()),
    lambda c: 8 - c.argument().dt.weekday(),
)
"""The Monday after a date that moves with today."""
QUARTER_STEP = NextStep(
    row_of_date(lambda date: (_quarter_after(date) - date).days),
    lambda c: c.days(c.argument().dt.offset_by("3mo").dt.truncate("1q")) - c.days(c.argument()),
)
"""The first day of the quarter after a date that moves with today."""
