"""Who was active on the date of each snapshot, by cohort.

A fold over snapshots in the order of their dates; out come the counts that curves are reckoned from. The rule: the
state on a day is that of the newest snapshot not later, if that is not before the signup; where there is none, or it
has a bad value of the account, nobody can tell.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from .curve import Cohorts, Counted, Period
from .groups import Counting

_ACCOUNTS = {ACCOUNT_ID: pl.String(), "signup_date": pl.Date(), "group": pl.String()}


class Seen(NamedTuple):
    """One snapshot: `account_id`, `signup_date`, `group` and `active` of its accounts, and those with a bad value.

    `active` is null where nobody can tell.
    """

    on: dt.date
    frame: pl.DataFrame
    unknown: pl.Series


@dataclass(slots=True)
class Activity:
    """`accounts` has `account_id`, `signup_date` and `group` of each account, as first seen with a signup date.

    `active` says by day, row by row, whether each was active, null where nobody can tell; who was first seen later
    has no row in it.
    """

    accounts: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_ACCOUNTS))
    active: dict[dt.date, pl.Series] = field(default_factory=dict)

    @property
    def days(self) -> list[dt.date]:
        """The dates of the snapshots, in order."""
        return list(self.active)

    def step(self, seen: Seen) -> None:
        """Go on to the next snapshot: who is not in it any more is not active."""
        known = self.accounts.select(ACCOUNT_ID).with_row_index("at")
        placed = seen.frame.join(known, on=ACCOUNT_ID, how="left", maintain_order="left")
        new = placed.filter(pl.col("at").is_null(), pl.col("signup_date").is_not_null())
        again = placed.filter(pl.col("at").is_not_null())
        bad = known.filter(pl.col(ACCOUNT_ID).is_in(seen.unknown.implode()))
        # Written row by row at their places: frames of all accounts would be joined and sorted for each snapshot.
        active = pl.repeat(False, known.height, dtype=pl.Boolean, eager=True)
        active = active.scatter(again["at"], again["active"]).scatter(bad["at"], None)
        self.active[seen.on] = pl.concat([active, new["active"]])
        self.accounts = pl.concat([self.accounts, new.select(list(_ACCOUNTS))])

    def cohorts(self, periods: Sequence[Period], counting: Counting) -> dict[str, Cohorts]:
        """The counts by group; accounts without a signup date are in no cohort."""
        if not self.days:
            return {}
        keys = ["group", "signup_date"]
        accounts = self.accounts.with_columns(
            active.extend_constant(None, self.accounts.height - active.len()).alias(_name(day))
            for day, active in self.active.items()
        )
        if counting == "on_or_after":
            accounts = accounts.with_columns(_or_after(self.days))
        counted = accounts.group_by(keys).agg(
            pl.len().alias("size"),
            *(pl.col(_name(day)).count().alias(f"told {day}") for day in self.days),
            *(pl.col(_name(day)).sum().alias(f"active {day}") for day in self.days),
        )
        told = pl.concat(
            counted.select(
                *keys,
                pl.lit(day).alias("day"),
                pl.col(f"told {day}").alias("told"),
                pl.col(f"active {day}").alias("active"),
            )
            for day in self.days
        )
        places = _places(counted["signup_date"].unique().to_list(), periods, self.days)
        later = told.join(places, on=["signup_date", "day"])
        first = counted.select(
            *keys, pl.lit(0).alias("place"), told=pl.col("size"), active=pl.col("size")
        )
        return _by_group(pl.concat([first, later.select(first.columns)]), periods)


def activity(snapshots: Iterable[Seen]) -> Activity:
    """All of them, which are in the order of their dates."""
    found = Activity()
    for seen in snapshots:
        found.step(seen)
    return found


def all_groups(groups: Mapping[str, Cohorts]) -> Cohorts:
    """All groups together."""
    found: dict[dt.date, dict[Period, Counted]] = {}
    for cohorts in groups.values():
        for month, counts in cohorts.items():
            mine = found.setdefault(month, {})
            for period, counted in counts.items():
                mine[period] = mine.get(period, Counted()) + counted
    return dict(sorted(found.items()))


def _name(day: dt.date) -> str:
    return day.isoformat()


def _or_after(days: Sequence[dt.date]) -> list[pl.Expr]:
    """Active on that day or any later one; who cannot be told on the day is not asked of the others."""
    found: list[pl.Expr] = []
    later = pl.lit(value=False)
    for day in reversed(days):
        known = pl.col(_name(day))
        later = known.fill_null(value=False) | later
        found.append(pl.when(known.is_not_null()).then(later).alias(_name(day)))
    return found


def _places(
    signups: Iterable[dt.date], periods: Sequence[Period], days: Sequence[dt.date]
) -> pl.DataFrame:
    """For each signup and period (but the first, which is the cohort itself) the snapshot that tells, if one does."""
    rows = []
    for signup in signups:
        for place, period in enumerate(periods[1:], start=1):
            newest = bisect_right(days, period.after(signup)) - 1
            if newest >= 0 and days[newest] >= signup:
                rows.append((signup, place, days[newest]))
    schema = {"signup_date": pl.Date(), "place": pl.Int32(), "day": pl.Date()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _by_group(counted: pl.DataFrame, periods: Sequence[Period]) -> dict[str, Cohorts]:
    month = pl.col("signup_date").dt.truncate("1mo").alias("month")
    sums = counted.group_by("group", month, "place").agg(pl.sum("told"), pl.sum("active"))
    found: dict[str, dict[dt.date, dict[Period, Counted]]] = {}
    for group, start, place, told, active in sums.sort("group", "month", "place").iter_rows():
        mine = found.setdefault(group or "", {}).setdefault(start, {})
        mine[periods[place]] = Counted(told, active)
    return dict(found)
