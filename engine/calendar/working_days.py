"""Working days by country and region: test a date, shift it to a working day, and add business days.

Weekends and public holidays come from the `holidays` package, one place and year at a time, on first use.
A process computes them once, whatever calendars use them.
A workspace adds its own closing days, which are working days for no action.
The quiet periods of the contact policy and the workspace's half days are non-working days for actions that reach the
customer, and for no others.
The methods for Series return the same as those for single dates; they compute each distinct pair of date
and place once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from ..core.offsets import Offset, Shift, shift_date
from .holiday_tables import holiday_table
from .regions import place_of

if TYPE_CHECKING:
    import polars as pl
    from holidays import HolidayBase

Quiet = tuple[tuple[dt.date, dt.date], ...]

_MAX_SEARCH_DAYS = 1500
"""Days that a search for a working day visits before it gives up and leaves the date unchanged."""
_FEW = 64
"""Rows; of no more, each is computed, as looking for equal ones takes longer."""
_DAY = dt.timedelta(days=1)

PLACE = "@place"
"""The column of accounts' places."""
EVERYWHERE = ""
"""The key of own days that hold at every place."""


class OwnDays(NamedTuple):
    """The days that a workspace declares itself, by place: a country, a region or `EVERYWHERE`.

    Attributes:
        closed: Days that are not working days.
        half: Days on which work goes on, but no customer is contacted.
    """

    closed: Mapping[str, frozenset[dt.date]] = MappingProxyType({})
    half: Mapping[str, frozenset[dt.date]] = MappingProxyType({})

    def total(self) -> int:
        """Return the number of days, each counted at each place."""
        return sum(len(days) for by_place in self for days in by_place.values())


NO_OWN_DAYS = OwnDays()


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of a workspace.

    Attributes:
        country: The place used for accounts whose country is missing or unknown, such as `FR` or `GB-ENG`.
        quiet: The quiet periods of the contact policy: first and last dates, both included.
        own_days: The workspace's own closing days and half days.
    """

    country: str
    quiet: Quiet = ()
    own_days: OwnDays = NO_OWN_DAYS

    def place(self, country: object, region: object) -> str | None:
        """Return the place of an account, from its country and its region; None for the workspace's."""
        name = country if isinstance(country, str) else None
        if not isinstance(region, str) or not region:
            return name
        return place_of(name, region, self.country)

    def with_places(self, accounts: pl.DataFrame) -> pl.DataFrame:
        """Add the column PLACE: `place` of each account, of its columns `country` and `region` where it has them."""
        import polars as pl

        texts = [
            accounts[name].cast(pl.String)
            if name in accounts.columns
            else pl.Series(name, [None], dtype=pl.String).new_from_index(0, accounts.height)
            for name in ("country", "region")
        ]
        pairs = pl.DataFrame(texts)
        if texts[1].null_count() == accounts.height:
            return accounts.with_columns(texts[0].alias(PLACE))
        distinct = pairs.unique(maintain_order=True)
        places = [self.place(*pair) for pair in distinct.iter_rows()]
        lookup = distinct.with_columns(pl.Series(PLACE, places, dtype=pl.String))
        joined = pairs.join(
            lookup, on=["country", "region"], how="left", nulls_equal=True, maintain_order="left"
        )
        return accounts.with_columns(joined[PLACE])

    @property
    def extra_days(self) -> int:
        """Return the number of days off that no country has: how much farther than usual a date can be shifted."""
        quiet = sum((last - first).days + 1 for first, last in self.quiet)
        return quiet + self.own_days.total()

    def is_working(self, on: dt.date, place: str | None, contact: bool) -> bool:
        """Return whether a date is a working day; for a contact, it must also be no half day and not be quiet."""
        return self._works(on, self._code(place), contact)

    def shift(self, on: dt.date, shift: Shift, place: str | None, contact: bool) -> dt.date:
        """Return the nearest working day.

        Args:
            on: The date to shift.
            shift: `earlier` searches backwards from the date, `later` forwards, both starting at the date;
                `none` returns it unchanged.
            place: A place, or a country's name; None, or an unknown one, means the workspace's place.
            contact: True if the quiet periods and half days are non-working too.
        """
        if shift == "none":
            return on
        return self._nearest(on, 1 if shift == "later" else -1, self._code(place), contact)

    def add(self, on: dt.date, offset: Offset, place: str | None, contact: bool) -> dt.date:
        """Return a date plus an offset; business days are counted on the place's working days.

        Raises:
            OverflowError: Where the result is before year 1 or after year 9999.
        """
        if offset.unit != "business days":
            return shift_date(on, offset)
        code = self._code(place)
        step = 1 if offset.count > 0 else -1
        for _ in range(abs(offset.count)):
            on = self._nearest(on + step * _DAY, step, code, contact)
        return on

    def count(self, start: dt.date, end: dt.date, place: str | None) -> int:
        """Return the working days after one date up to another; negative for those from an earlier one to before it.

        It is the number of business days that `add` takes from the one working day to the other.
        """
        code = self._code(place)
        if end < start:
            return -self._count(end, start - _DAY, code)
        return self._count(start + _DAY, end, code)

    def count_series(self, starts: pl.Series, ends: pl.Series, places: pl.Series) -> pl.Series:
        """Return `count` of each row, as floats; null where a date is null."""
        import polars as pl

        rows = pl.DataFrame({"start": starts, "end": ends, "place": places})
        distinct = rows.unique()
        counts = [
            None if start is None or end is None else float(self.count(start, end, place))
            for start, end, place in distinct.iter_rows()
        ]
        lookup = distinct.with_columns(pl.Series("count", counts, dtype=pl.Float64))
        joined = rows.join(
            lookup, on=rows.columns, how="left", nulls_equal=True, maintain_order="left"
        )
        return joined["count"]

    def working_series(self, dates: pl.Series, places: pl.Series, contact: bool) -> pl.Series:
        """Return `is_working` of each row, for columns as `shift_series` takes them."""
        import polars as pl

        return self._over_pairs(
            dates, places, lambda on, place: self.is_working(on, place, contact), pl.Boolean()
        )

    def shift_series(
        self, dates: pl.Series, shift: Shift, places: pl.Series, contact: bool
    ) -> pl.Series:
        """Return `shift` of each row.

        Args:
            dates: Date column; nulls stay null.
            shift: As for `shift`.
            places: String column of the same length; null means the workspace's place.
            contact: As for `shift`.
        """
        if shift == "none":
            return dates
        return self._over_pairs(
            dates, places, lambda on, code: self.shift(on, shift, code, contact), dates.dtype
        )

    def add_series(
        self, dates: pl.Series, offset: Offset, places: pl.Series, contact: bool
    ) -> pl.Series:
        """Return `add` of each row, for columns as `shift_series` takes them."""
        if offset.unit == "business days":
            return self._over_pairs(
                dates, places, lambda on, code: self.add(on, offset, code, contact), dates.dtype
            )
        if offset.unit in ("days", "weeks"):
            days = offset.count * (7 if offset.unit == "weeks" else 1)
            return (dates.to_physical() + days).cast(dates.dtype)
        unit = {"months": "mo", "years": "y"}[offset.unit]
        return dates.dt.offset_by(f"{offset.count}{unit}")

    def _over_pairs(
        self,
        dates: pl.Series,
        places: pl.Series,
        compute: Callable[[dt.date, str | None], dt.date | bool],
        dtype: pl.DataType,
    ) -> pl.Series:
        import polars as pl

        rows = pl.DataFrame({"on": dates, "place": places.cast(pl.String)})
        # Where no row has a place, only the dates are searched.
        keys = ["on"] if rows["place"].null_count() == rows.height else ["on", "place"]
        pairs = rows.unique(keys, maintain_order=True) if rows.height > _FEW else rows
        results = [None if on is None else compute(on, code) for on, code in pairs.iter_rows()]
        computed = pl.Series(dates.name, results, dtype=dtype)
        if pairs.height == rows.height:
            return computed
        lookup = pairs.select(keys).hstack([computed.alias("result")])
        joined = rows.join(lookup, on=keys, how="left", nulls_equal=True, maintain_order="left")
        return joined["result"].alias(dates.name)

    def _nearest(self, on: dt.date, step: int, code: str, contact: bool) -> dt.date:
        candidate = on
        for _ in range(_MAX_SEARCH_DAYS):
            if self._works(candidate, code, contact):
                return candidate
            candidate += step * _DAY
        return on

    def _works(self, on: dt.date, code: str, contact: bool) -> bool:
        if on in days_off(code, on.year) or _is_own(self.own_days.closed, on, code):
            return False
        if not contact:
            return True
        quiet = any(first <= on <= last for first, last in self.quiet)
        return not quiet and not _is_own(self.own_days.half, on, code)

    def _count(self, first: dt.date, last: dt.date, code: str) -> int:
        """Return the number of working days from one date to another, both included."""
        closed = _own(self.own_days.closed, code)
        off = (days_off(code, year) | closed for year in range(first.year, last.year + 1))
        return (
            (last - first).days
            + 1
            - len({on for days in off for on in days if first <= on <= last})
        )

    def _code(self, place: str | None) -> str:
        return place_of(place, None, self.country)


NO_HOLIDAYS = Calendar("")
"""The working days of a country that is not known: all but weekends."""


def _is_own(days: Mapping[str, frozenset[dt.date]], on: dt.date, place: str) -> bool:
    """Return whether a date is among the days declared for a place."""
    return bool(days) and on in _own(days, place)


def _own(days: Mapping[str, frozenset[dt.date]], place: str) -> frozenset[dt.date]:
    """Return the days declared for a place, for its country and for every place."""
    keys = (EVERYWHERE, place[:2], place)
    return frozenset[dt.date]().union(*(days.get(key, frozenset()) for key in keys))


_computing = Lock()


@cache
def days_off(place: str, year: int) -> frozenset[dt.date]:
    """Return the dates of a year that are not working days at a place: weekends alone in an unsupported country."""
    first = dt.date(year, 1, 1).toordinal()
    last = dt.date(year, 12, 31).toordinal()
    dates = (dt.date.fromordinal(number) for number in range(first, last + 1))
    # The package fills its tables on demand, and another thread could read a half-filled one.
    with _computing:
        table = _holidays(place)
        if table is None:
            return frozenset(on for on in dates if on.weekday() >= 5)
        return frozenset(on for on in dates if not table.is_working_day(on))


@cache
def _holidays(place: str) -> HolidayBase | None:
    """Return the holidays of a place; None for a country that the package does not support.

    Without a region they are the days common to all of the country.
    """
    country, _, region = place.partition("-")
    try:
        return holiday_table(country, region or None)
    except NotImplementedError:
        return None
