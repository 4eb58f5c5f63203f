"""Working days by country: which dates they are, moving a date onto one, and counting them.

Weekends and public holidays come from the `holidays` package, a country and a year at a time, when
first asked. Quiet stretches of the contact policy count as non-working for what reaches the
customer, and for nothing else. The methods over Series give what the single ones give, working on
the distinct pairs of date and country.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Literal

from ..core.offsets import Offset, shift_date
from .countries import iso_country

if TYPE_CHECKING:
    import polars as pl
    from holidays import HolidayBase

Shift = Literal["earlier", "later", "none"]
Quiet = tuple[tuple[dt.date, dt.date], ...]

_FARTHEST = 1500
"""Days in a row without a working one after which a search gives up and the date stays."""
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of a workspace: `country` is for accounts whose own is missing or unknown.

    Holds what it has computed, so keep one for a run; several threads may ask it.
    """

    country: str
    quiet: Quiet = ()
    _holidays: dict[str, HolidayBase | None] = field(
        default_factory=dict, repr=False, compare=False
    )
    _off: dict[tuple[str, int], frozenset[dt.date]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _computing: Lock = field(default_factory=Lock, repr=False, compare=False)

    def is_working(self, day: dt.date, country: str | None, contact: bool) -> bool:
        """Whether people work on `day`; for a contact, also whether it lies in no quiet stretch."""
        return self._works(day, self._code(country), contact)

    def shift(self, day: dt.date, shift: Shift, country: str | None, contact: bool) -> dt.date:
        """The nearest working day at or before (`earlier`) or at or after (`later`) `day`."""
        if shift == "none":
            return day
        return self._nearest(day, 1 if shift == "later" else -1, self._code(country), contact)

    def add(self, day: dt.date, offset: Offset, country: str | None, contact: bool) -> dt.date:
        """`day` moved by `offset`; business days count the working days after it (before it)."""
        if offset.unit != "business days":
            return shift_date(day, offset)
        code = self._code(country)
        step = 1 if offset.count > 0 else -1
        for _ in range(abs(offset.count)):
            day = self._nearest(day + step * _DAY, step, code, contact)
        return day

    def shift_series(
        self, days: pl.Series, shift: Shift, countries: pl.Series, contact: bool
    ) -> pl.Series:
        """`shift` for each row; a null day stays null, a null country is the workspace's."""
        if shift == "none":
            return days
        return self._over_pairs(
            days, countries, lambda day, code: self.shift(day, shift, code, contact)
        )

    def add_series(
        self, days: pl.Series, offset: Offset, countries: pl.Series, contact: bool
    ) -> pl.Series:
        """`add` for each row; a null day stays null, a null country is the workspace's."""
        if offset.unit == "business days":
            return self._over_pairs(
                days, countries, lambda day, code: self.add(day, offset, code, contact)
            )
        unit = {"days": "d", "weeks": "w", "months": "mo", "years": "y"}[offset.unit]
        return days.dt.offset_by(f"{offset.count}{unit}")

    def _over_pairs(
        self,
        days: pl.Series,
        countries: pl.Series,
        compute: Callable[[dt.date, str | None], dt.date],
    ) -> pl.Series:
        import polars as pl

        rows = pl.DataFrame({"day": days, "country": countries.cast(pl.String)})
        pairs = rows.drop_nulls("day").unique(maintain_order=True)
        moved = [compute(day, code) for day, code in pairs.iter_rows()]
        lookup = pairs.with_columns(pl.Series("moved", moved, dtype=pl.Date))
        joined = rows.join(
            lookup, on=["day", "country"], how="left", nulls_equal=True, maintain_order="left"
        )
        return joined["moved"].alias(days.name)

    def _nearest(self, day: dt.date, step: int, code: str, contact: bool) -> dt.date:
        found = day
        for _ in range(_FARTHEST):
            if self._works(found, code, contact):
                return found
            found += step * _DAY
        return day

    def _works(self, day: dt.date, code: str, contact: bool) -> bool:
        off = self._off.get((code, day.year))
        if off is None:
            # The package's tables grow as they are asked, and half-grown ones answer too.
            with self._computing:
                off = self._off[code, day.year] = self._days_off(code, day.year)
        if day in off:
            return False
        return not contact or not any(first <= day <= last for first, last in self.quiet)

    def _days_off(self, code: str, year: int) -> frozenset[dt.date]:
        table = self._table(code)
        first = dt.date(year, 1, 1).toordinal()
        last = dt.date(year, 12, 31).toordinal()
        days = (dt.date.fromordinal(number) for number in range(first, last + 1))
        if table is None:
            return frozenset(day for day in days if day.weekday() >= 5)
        return frozenset(day for day in days if not table.is_working_day(day))

    def _table(self, code: str) -> HolidayBase | None:
        """The country's holidays; None for a country that the package does not know."""
        if code not in self._holidays:
            from holidays import country_holidays

            try:
                self._holidays[code] = country_holidays(iso_country(code) or code)
            except NotImplementedError:
                self._holidays[code] = None
        return self._holidays[code]

    def _code(self, country: str | None) -> str:
        return (iso_country(country) if country else None) or self.country
