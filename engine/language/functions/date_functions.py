"""Date functions: distances from today, anniversaries, and parts of dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from ...calendar.working_days import PLACE, Calendar
from ...core.offsets import FIXED_DAYS, Offset, shift_date
from ..expressions import Call
from ..operands import offset_of
from .date_arithmetic import (
    months_in_columns,
    months_of,
    row_of_date,
    row_of_date_and_today,
    whole_months,
)
from .date_steps import (
    ANNIVERSARY_STEP,
    MONTH_STEP,
    MONTHS_STEP,
    NEXT_ANNIVERSARY_STEP,
    QUARTER_STEP,
    RECURRENCE_STEP,
    SNAPSHOT_STEP,
    WEEK_STEP,
    YEARS_STEP,
)
from .function_row import LAST_DATE, ColumnCall, Function, NoteCall, Range, RowCall, fixed_range
from .over_time import between_steps, since_date, some_days_until, until_date, with_today

if TYPE_CHECKING:
    import polars as pl

READS_TODAY = frozenset({"today"})
_MAX_DAYS_PER_QUARTER = 92
CALENDAR_COPIES = 8
"""How many times the columns of whole months repeat the date."""


def _anniversary(date: dt.date, today: dt.date) -> dt.date | None:
    years = whole_months(date, today) // 12
    return shift_date(date, Offset(years, "years")) if years >= 1 else None


def _anniversary_in_columns(c: ColumnCall) -> pl.Expr:
    import polars as pl

    years = months_in_columns(c, c.today).floordiv(12)
    offset = pl.concat_str(pl.when(years >= 1).then(years), pl.lit("y"))
    return c.argument().dt.offset_by(offset)


def _next_anniversary(date: dt.date, today: dt.date) -> dt.date:
    years = max(today.year - date.year, 1)
    anniversary = shift_date(date, Offset(years, "years"))
    return anniversary if anniversary >= today else shift_date(date, Offset(years + 1, "years"))


def _next_anniversary_in_columns(c: ColumnCall) -> pl.Expr:
    import polars as pl

    # One year more than were over the day before: adding years is what takes time, so it is done once.
    yesterday = (c.today.cast(pl.Int32) - 1).cast(pl.Date)
    years = months_in_columns(c, yesterday).floordiv(12) + 1
    offset = pl.concat_str(pl.max_horizontal(years, 1), pl.lit("y"))
    return c.argument().dt.offset_by(offset)


def _recurrence(c: RowCall) -> dt.date | None:
    date, today = cast("dt.date | None", c.argument()), cast("dt.date | None", c.name("today"))
    if date is None or today is None:
        return None
    every = offset_of(c.call.arguments[1])
    if every.unit in FIXED_DAYS:
        passed = (today - date).days // (every.count * FIXED_DAYS[every.unit])
    else:
        passed = whole_months(date, today) // months_of(every)
    return shift_date(date, Offset(passed * every.count, every.unit)) if passed >= 1 else None


def _recurrence_in_columns(c: ColumnCall) -> pl.Expr:
    import polars as pl

    every = offset_of(c.call.arguments[1])
    if every.unit in FIXED_DAYS:
        length = every.count * FIXED_DAYS[every.unit]
        date = c.days(c.argument())
        passed = (c.days(c.today) - date).floordiv(length)
        due = (date + passed * length).cast(pl.Int32).cast(pl.Date)
        return pl.when(passed >= 1).then(due)
    passed = months_in_columns(c, c.today).floordiv(months_of(every))
    months = pl.when(passed >= 1).then(passed * months_of(every))
    return c.argument().dt.offset_by(pl.concat_str(months, pl.lit("mo")))


def _business_days_until(c: RowCall) -> float | None:
    date, today = cast("dt.date | None", c.argument()), cast("dt.date | None", c.name("today"))
    country, region = c.argument(1), c.argument(2)
    # A place that is not given is empty; None is one that could not be read.
    if date is None or today is None or country is None or region is None:
        return None
    calendar = _calendar(c.call)
    return float(calendar.count(today, date, calendar.place(country, region)))


def _business_days_in_columns(c: ColumnCall) -> pl.Expr:
    import polars as pl

    calendar = _calendar(c.call)
    names = ("date", "country", "region")
    columns = (c.argument(index).alias(name) for index, name in enumerate(names))

    def count(rows: pl.Series) -> pl.Series:
        table = calendar.with_places(rows.struct.unnest())
        return calendar.count_series(table["today"], table["date"], table[PLACE])

    days = pl.struct(c.today.alias("today"), *columns).map_batches(count, return_dtype=pl.Float64())
    return pl.when(c.argument(1).is_not_null() & c.argument(2).is_not_null()).then(days)


def _calendar(call: Call) -> Calendar:
    """Return the working days that a call counts."""
    if call.calendar is None:
        raise TypeError(f"the call of {call.function} has no calendar")
    return call.calendar


def _snapshot_reaches(c: RowCall) -> bool | None:
    date, snapshot = c.argument(), c.name("snapshot_date")
    if date is None or snapshot is None:
        return None
    return True if cast(dt.date, snapshot) >= cast(dt.date, date) else None


def _snapshot_reaches_in_columns(c: ColumnCall) -> pl.Expr:
    # Kleene's or with an unknown condition: true stays true, false becomes unknown.
    import polars as pl

    return (pl.col("@snapshot_date") >= c.argument()) | pl.lit(None, pl.Boolean)


def _snapshot_note(c: NoteCall) -> str:
    date = c.argument()
    if date is None:
        return c.unknown(c.call.arguments[0])
    snapshot = c.value_text(c.name("snapshot_date"), "date")
    verb = "reaches" if c.value(c.call) else "does not reach"
    return f"the snapshot of {snapshot} {verb} {c.value_text(date, 'date')}"


def _anniversary_range(ranges: Sequence[Range]) -> Range:
    return ranges[0][0], LAST_DATE.toordinal()


def _next_anniversary_range(ranges: Sequence[Range]) -> Range:
    first, last = ranges[0]
    return first + 365, max(last, LAST_DATE.toordinal()) + 366


def _quarter_range(ranges: Sequence[Range]) -> Range:
    first, last = ranges[0]
    return first - _MAX_DAYS_PER_QUARTER, last


DATE_FUNCTIONS = (
    Function(
        "anniversary",
        ("date",),
        "date",
        "anniversary(date)",
        "The latest yearly return of the date on or before today; missing before the first. "
        "29 February returns on the 28th in other years.",
        row_of_date_and_today(_anniversary),
        _anniversary_in_columns,
        reads=READS_TODAY,
        can_fail=True,
        range=_anniversary_range,
        copies=CALENDAR_COPIES,
        next_step=ANNIVERSARY_STEP,
    ),
    Function(
        "business_days_until",
        ("date",),
        "number",
        "business_days_until(date)",
        "The business days after today up to the date, by the account's country and region and the workspace's own "
        "closing days, as in offsets; negative for a past date. Accounts without a country have that of the workspace; "
        "where the country or region cannot be read, the count is missing.",
        _business_days_until,
        _business_days_in_columns,
        reads=READS_TODAY,
        by_place=True,
        whole=True,
        drift=some_days_until,
    ),
    Function(
        "day",
        ("date",),
        "number",
        "day(date)",
        "The day of the month, from 1 to 31.",
        row_of_date(lambda date: float(date.day)),
        lambda c: c.number(c.argument().dt.day()),
        whole=True,
        range=fixed_range(1, 31),
        drift=with_today,
        next_step=MONTH_STEP,
    ),
    Function(
        "days_since",
        ("date",),
        "number",
        "days_since(date)",
        "The days from the date to today; negative for a future date.",
        row_of_date_and_today(lambda date, today: float((today - date).days)),
        lambda c: c.number(c.days(c.today) - c.days(c.argument())),
        counts_days=True,
        reads=READS_TODAY,
        whole=True,
        drift=since_date,
    ),
    Function(
        "days_until",
        ("date",),
        "number",
        "days_until(date)",
        "The days from today to the date; negative for a past date.",
        row_of_date_and_today(lambda date, today: float((date - today).days)),
        lambda c: c.number(c.days(c.argument()) - c.days(c.today)),
        counts_days=True,
        reads=READS_TODAY,
        whole=True,
        drift=until_date,
    ),
    Function(
        "month",
        ("date",),
        "number",
        "month(date)",
        "The month, from 1 for January to 12.",
        row_of_date(lambda date: float(date.month)),
        lambda c: c.number(c.argument().dt.month()),
        whole=True,
        range=fixed_range(1, 12),
        drift=between_steps,
        next_step=MONTH_STEP,
    ),
    Function(
        "months_since",
        ("date",),
        "number",
        "months_since(date)",
        "The whole months from the date to today; negative for a future date.",
        row_of_date_and_today(lambda date, today: float(whole_months(date, today))),
        lambda c: c.number(months_in_columns(c, c.today)),
        reads=READS_TODAY,
        copies=CALENDAR_COPIES,
        whole=True,
        next_step=MONTHS_STEP,
    ),
    Function(
        "next_anniversary",
        ("date",),
        "date",
        "next_anniversary(date)",
        "The first yearly return of the date on or after today. "
        "29 February returns on the 28th in other years.",
        row_of_date_and_today(_next_anniversary),
        _next_anniversary_in_columns,
        reads=READS_TODAY,
        range=_next_anniversary_range,
        copies=CALENDAR_COPIES,
        next_step=NEXT_ANNIVERSARY_STEP,
    ),
    Function(
        "quarter_start",
        ("date",),
        "date",
        "quarter_start(date)",
        "The first day of the date's quarter.",
        row_of_date(lambda date: date.replace(month=(date.month - 1) // 3 * 3 + 1, day=1)),
        lambda c: c.argument().dt.truncate("1q"),
        range=_quarter_range,
        drift=between_steps,
        next_step=QUARTER_STEP,
    ),
    Function(
        "recurrence",
        ("date", "interval"),
        "date",
        "recurrence(date, 1 month)",
        "The latest date on or before today that is one or more intervals after the date; missing before the first. "
        "Each is counted from the date itself: a month after 31 January it is the 28th, two months after it the 31st.",
        _recurrence,
        _recurrence_in_columns,
        reads=READS_TODAY,
        can_fail=True,
        range=_anniversary_range,
        copies=CALENDAR_COPIES,
        next_step=RECURRENCE_STEP,
    ),
    Function(
        "snapshot_reaches",
        ("date",),
        "boolean",
        "snapshot_reaches(date)",
        "Whether the snapshot is dated on or after the date; true or unknown, never false.",
        _snapshot_reaches,
        _snapshot_reaches_in_columns,
        reads=frozenset({"snapshot_date"}),
        can_fail=True,
        fails_for="snapshot_date",
        note=_snapshot_note,
        next_step=SNAPSHOT_STEP,
    ),
    Function(
        "weekday",
        ("date",),
        "number",
        "weekday(date)",
        "The day of the week: 1 on Mondays, 7 on Sundays.",
        row_of_date(lambda date: float(date.isoweekday())),
        lambda c: c.number(c.argument().dt.weekday()),
        whole=True,
        range=fixed_range(1, 7),
        drift=with_today,
        next_step=WEEK_STEP,
    ),
    Function(
        "years_since",
        ("date",),
        "number",
        "years_since(date)",
        "The whole years from the date to today; negative for a future date.",
        row_of_date_and_today(lambda date, today: float(whole_months(date, today) // 12)),
        lambda c: c.number(months_in_columns(c, c.today).floordiv(12)),
        reads=READS_TODAY,
        copies=CALENDAR_COPIES,
        whole=True,
        next_step=YEARS_STEP,
    ),
)
