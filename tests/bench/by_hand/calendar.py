"""Working days, as tables that whole columns are looked up in: a row for each country and date, side by side."""

from __future__ import annotations

import datetime as dt

import holidays
import polars as pl

BACK, AHEAD = dt.timedelta(days=200), dt.timedelta(days=200)
DAY = dt.timedelta(days=1)


class Calendar:
    """Around one date, and further back once somebody asks."""

    def __init__(self, countries: list[str], on: dt.date) -> None:
        self.countries = countries
        self.last = on + AHEAD
        self._tabulate(on - BACK)

    def reach(self, earliest: dt.date | None) -> None:
        """Have the tables begin early enough for this date."""
        if earliest is not None and earliest < self.first:
            self._tabulate(earliest - 31 * DAY)

    def shifted(self, date: pl.Expr, way: str) -> pl.Expr:
        """Dates on the working day not after them (`earlier`), or not before them (`later`)."""
        return date if way == "none" else self._at(date, way)

    def number(self, date: pl.Expr) -> pl.Expr:
        """How many working days there were, this one counted."""
        return self._at(date, "number")

    def works(self, date: pl.Expr) -> pl.Expr:
        """Whether it is one."""
        return self._at(date, "works")

    def add(self, date: pl.Expr, days: int) -> pl.Expr:
        """So many working days later."""
        return self.numbered(self.number(date) + days)

    def numbered(self, number: pl.Expr) -> pl.Expr:
        """The working day of that number."""
        starts = pl.lit(self._starts).gather(pl.col("country").to_physical())
        return pl.lit(self._working).gather(starts + number - 1)

    def _at(self, date: pl.Expr, column: str) -> pl.Expr:
        days = (date - pl.lit(self.first)).dt.total_days()
        place = pl.col("country").to_physical().cast(pl.Int64) * self._span + days
        return pl.lit(self._table[column]).gather(place)

    def _tabulate(self, first: dt.date) -> None:
        self.first = first
        self._span = (self.last - first).days + 1
        days = [first + n * DAY for n in range(self._span)]
        years = range(first.year, self.last.year + 1)
        works = []
        for country in self.countries:
            off = holidays.country_holidays(country, years=years)
            works += [day.weekday() not in off.weekend and day not in off for day in days]
        table = pl.DataFrame({"day": days * len(self.countries), "works": works}).with_columns(
            (pl.int_range(pl.len()) // self._span).alias("country"),
            pl.when("works").then("day").alias("at"),
        )
        self._table = table.with_columns(
            pl.col("at").forward_fill().over("country").alias("earlier"),
            pl.col("at").backward_fill().over("country").alias("later"),
            pl.col("works").cast(pl.Int64).cum_sum().over("country").alias("number"),
        )
        working = table.filter("works")
        self._working = working["day"]
        counts = working.group_by("country", maintain_order=True).len()["len"].cast(pl.Int64)
        self._starts = counts.cum_sum() - counts
