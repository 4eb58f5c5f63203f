"""Working days by country: test a date, shift it to a working day, and add business days.

Weekends and public holidays come from the `holidays` package, one country and year at a time, on first use.
A process computes them once, whatever calendars use them.
The quiet periods of the contact policy are non-working days for actions that reach the customer, and for no others.
The methods for Series return the same as those for single dates; they compute each distinct pair of date
and country once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from ..core.offsets import Offset, Shift, shift_date
from .countries import iso_country

if TYPE_CHECKING:
    import polars as pl
    from holidays import HolidayBase

Quiet = tuple[tuple[dt.date, dt.date], ...]

_MAX_SEARCH_DAYS = 1500
"""Days that a search for a working day visits before it gives up and leaves the date unchanged."""
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of a workspace.

    Attributes:
        country: The two-letter code used for accounts whose country is missing or unknown.
        quiet: The quiet periods of the contact policy: first and last dates, both included.
    """

    country: str
    quiet: Quiet = ()

    def is_working(self, on: dt.date, country: str | None, contact: bool) -> bool:
        """Return whether a date is a working day; for a contact, it must also be outside the quiet periods."""
        return self._works(on, self._code(country), contact)

    def shift(self, on: dt.date, shift: Shift, country: str | None, contact: bool) -> dt.date:
        """Return the nearest working day.

        Args:
            on: The date to shift.
            shift: `earlier` searches backwards from the date, `later` forwards, both starting at the date;
                `none` returns it unchanged.
            country: A name or code; None, or an unknown one, means the workspace's country.
            contact: True if the quiet periods are non-working too.
        """
        if shift == "none":
            return on
        return self._nearest(on, 1 if shift == "later" else -1, self._code(country), contact)

    def add(self, on: dt.date, offset: Offset, country: str | None, contact: bool) -> dt.date:
        """Return a date plus an offset; business days are counted on the country's working days.

        Raises:
            OverflowError: Where the result is before year 1 or after year 9999.
        """
        if offset.unit != "business days":
            return shift_date(on, offset)
        code = self._code(country)
        step = 1 if offset.count > 0 else -1
        for _ in range(abs(offset.count)):
            on = self._nearest(on + step * _DAY, step, code, contact)
        return on

    def count(self, start: dt.date, end: dt.date, country: str | None) -> int:
        """Return the working days after one date up to another; negative for those from an earlier one to before it.

        It is the number of business days that `add` takes from the one working day to the other.
        """
        code = self._code(country)
        if end < start:
            return -_working_days(end, start - _DAY, code)
        return _working_days(start + _DAY, end, code)

    def count_series(self, starts: pl.Series, ends: pl.Series, countries: pl.Series) -> pl.Series:
        """Return `count` of each row, as floats; null where a date is null."""
        import polars as pl

        rows = pl.DataFrame({"start": starts, "end": ends, "country": countries})
        distinct = rows.unique()
        counts = [
            None if start is None or end is None else float(self.count(start, end, country))
            for start, end, country in distinct.iter_rows()
        ]
        lookup = distinct.with_columns(pl.Series("count", counts, dtype=pl.Float64))
        joined = rows.join(
            lookup, on=rows.columns, how="left", nulls_equal=True, maintain_order="left"
        )
        return joined["count"]

    def shift_series(
        self, dates: pl.Series, shift: Shift, countries: pl.Series, contact: bool
    ) -> pl.Series:
        """Return `shift` of each row.

        Args:
            dates: Date column; nulls stay null.
            shift: As for `shift`.
            countries: String column of the same length; null means the workspace's country.
            contact: As for `shift`.
        """
        if shift == "none":
            return dates
        return self._over_pairs(
            dates, countries, lambda on, code: self.shift(on, shift, code, contact)
        )

    def add_series(
        self, dates: pl.Series, offset: Offset, countries: pl.Series, contact: bool
    ) -> pl.Series:
        """Return `add` of each row, for columns as `shift_series` takes them."""
        if offset.unit == "business days":
            return self._over_pairs(
                dates, countries, lambda on, code: self.add(on, offset, code, contact)
            )
        if offset.unit in ("days", "weeks"):
            days = offset.count * (7 if offset.unit == "weeks" else 1)
            return (dates.to_physical() + days).cast(dates.dtype)
        unit = {"months": "mo", "years": "y"}[offset.unit]
        return dates.dt.offset_by(f"{offset.count}{unit}")

    def _over_pairs(
        self,
        dates: pl.Series,
        countries: pl.Series,
        compute: Callable[[dt.date, str | None], dt.date],
    ) -> pl.Series:
        import polars as pl

        rows = pl.DataFrame({"on": dates, "country": countries.cast(pl.String)})
        pairs = rows.unique(maintain_order=True)
        results = [None if on is None else compute(on, code) for on, code in pairs.iter_rows()]
        computed = pl.Series(dates.name, results, dtype=pl.Date)
        if pairs.height == rows.height:
            return computed
        lookup = pairs.hstack([computed.alias("result")])
        joined = rows.join(
            lookup, on=["on", "country"], how="left", nulls_equal=True, maintain_order="left"
        )
        return joined["result"].alias(dates.name)

    def _nearest(self, on: dt.date, step: int, code: str, contact: bool) -> dt.date:
        candidate = on
        for _ in range(_MAX_SEARCH_DAYS):
            if self._works(candidate, code, contact):
                return candidate
            candidate += step * _DAY
        return on

    def _works(self, on: dt.date, code: str, contact: bool) -> bool:
        if on in days_off(code, on.year):
            return False
        return not contact or not any(first <= on <= last for first, last in self.quiet)

    def _code(self, country: str | None) -> str:
        return (iso_country(country) if country else None) or self.country


def _working_days(first: dt.date, last: dt.date, code: str) -> int:
    """Return the number of working days from one date to another, both included."""
    off = (days_off(code, year) for year in range(first.year, last.year + 1))
    return (last - first).days + 1 - sum(first <= on <= last for days in off for on in days)


_computing = Lock()


@cache
def days_off(country: str, year: int) -> frozenset[dt.date]:
    """Return the dates of a year that are not working days in a country: weekends alone where it is not supported."""
    first = dt.date(year, 1, 1).toordinal()
    last = dt.date(year, 12, 31).toordinal()
    dates = (dt.date.fromordinal(number) for number in range(first, last + 1))
    # The package fills its tables on demand, and another thread could read a half-filled one.
    with _computing:
        table = _holidays(country)
        if table is None:
            return frozenset(on for on in dates if on.weekday() >= 5)
        return frozenset(on for on in dates if not table.is_working_day(on))


@cache
def _holidays(country: str) -> HolidayBase | None:
    """Return the holidays of a country; None for a country that the package does not support."""
    from holidays import country_holidays

    try:
        return country_holidays(iso_country(country) or country)
    except NotImplementedError:
        return None
