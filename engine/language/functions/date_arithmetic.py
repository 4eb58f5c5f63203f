"""Whole months between dates, as `shift_date` adds them, and functions of a date and today on one row."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

from ...core.offsets import Offset
from .function_row import ColumnCall, RowCall

if TYPE_CHECKING:
    import polars as pl

_Result = TypeVar("_Result")


def row_of_date_and_today(
    compute: Callable[[dt.date, dt.date], _Result],
) -> Callable[[RowCall], _Result | None]:
    """Return the implementation on rows of a function of its date and today."""

    def row(c: RowCall) -> _Result | None:
        date, today = c.argument(), c.name("today")
        if date is None or today is None:
            return None
        return compute(cast(dt.date, date), cast(dt.date, today))

    return row


def row_of_date(compute: Callable[[dt.date], _Result]) -> Callable[[RowCall], _Result | None]:
    """Return the implementation on rows of a function of its date alone."""

    def row(c: RowCall) -> _Result | None:
        date = c.argument()
        return None if date is None else compute(cast(dt.date, date))

    return row


def whole_months(date: dt.date, today: dt.date) -> int:
    """Return the whole months from a date to today, consistent with `shift_date`."""
    months = (today.year - date.year) * 12 + today.month - date.month
    last = calendar.monthrange(today.year, today.month)[1]
    return months - (today.day < min(date.day, last))


def months_in_columns(c: ColumnCall, today: pl.Expr) -> pl.Expr:
    """Return `whole_months` of a call's first argument, in columns."""
    import polars as pl

    date = c.argument()
    year = today.dt.year().cast(pl.Int32) - date.dt.year().cast(pl.Int32)
    month = today.dt.month().cast(pl.Int32) - date.dt.month().cast(pl.Int32)
    last = today.dt.month_end().dt.day()
    early = today.dt.day() < pl.min_horizontal(date.dt.day(), last)
    return year * 12 + month - early.cast(pl.Int32)


def months_of(every: Offset) -> int:
    """Return the months of an interval of months or years."""
    return every.count * (12 if every.unit == "years" else 1)
