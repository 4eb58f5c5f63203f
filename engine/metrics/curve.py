"""What a retention curve says: how many are left, how many went, whether it flattens.

In: counts of a group's cohorts by month of signup and period; out: exact points of one curve over them. Rule: a
cohort counts at a period only if its youngest possible account is that old, and what happened since an earlier period
is reckoned over the cohorts that are told at both.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.offsets import Offset, shift_date
from .groups import Counting
from .metric_value import HUNDRED, ratio

THIRTY = 30
HALF = Decimal("0.5")
SLOW = Decimal(1)
"""Percent in 30 days: a curve that loses less is as good as flat."""


@dataclass(frozen=True, slots=True)
class Period:
    """So many days or calendar months after signup."""

    count: int
    unit: Literal["days", "months"] = "days"

    @property
    def label(self) -> str:
        """`J30`, as the source has it for a day; `M2` for a month."""
        return f"{'J' if self.unit == 'days' else 'M'}{self.count}"

    @property
    def thirties(self) -> Decimal:
        """How many times 30 days, or months, it is."""
        return Decimal(self.count) / THIRTY if self.unit == "days" else Decimal(self.count)

    def after(self, on: dt.date) -> dt.date:
        """The date that is as long after; a month's end where it has no such day."""
        return shift_date(on, Offset(self.count, self.unit))


DAY_PERIODS = tuple(Period(n) for n in (0, 1, 7, 14, 30, 60, 90, 180, 365))
MONTH_PERIODS = tuple(Period(n, "months") for n in range(13))
CORNER = {"days": (Period(30), Period(60)), "months": (Period(1, "months"), Period(2, "months"))}
"""Between which periods a curve should flatten: "Flattening après J30-J60"."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Accounts that can be told at a period, and how many of them are active."""

    told: int = 0
    active: int = 0

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.told + other.told, self.active + other.active)


Cohorts = Mapping[dt.date, Mapping[Period, Counted]]
"""By the first day of the month of signup."""


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a curve.

    `churn` is in points and `hazard` the share of those left that went, in percent, since `since`: the nearest period
    before of which some of the cohorts told now are told too.
    """

    period: Period
    counted: Counted
    since: Period | None = None
    churn: Decimal | None = None
    hazard: Decimal | None = None

    @property
    def retention(self) -> Decimal | None:
        """Active of those told, in percent."""
        return ratio(self.counted.active, self.counted.told)


@dataclass(frozen=True, slots=True)
class Plateau:
    """How fast a curve falls in 30 days, in percent: in its corner, and after it up to `last`."""

    corner: Decimal
    after: Decimal
    last: Period

    @property
    def flattens(self) -> bool:
        """Whether it falls at most half as fast as in the corner, or less than `SLOW`."""
        return self.after <= self.corner * HALF or self.after < SLOW


def points(cohorts: Cohorts, periods: Sequence[Period], known: dt.date) -> list[Point]:
    """The curve over these cohorts; `known` is the last date that anything is known of."""
    found = []
    for place, period in enumerate(periods):
        old = old_enough(cohorts, period, known)
        steps = ((before, known_at(old, before, period)) for before in reversed(periods[:place]))
        since, same = next(((before, both) for before, both in steps if both), (None, {}))
        if since is None:
            found.append(Point(period, total_counts(old, period)))
            continue
        then, now = total_counts(same, since), total_counts(same, period)
        lost = then.active * now.told - now.active * then.told
        churn, hazard = ratio(lost, then.told * now.told), ratio(lost, then.active * now.told)
        found.append(Point(period, total_counts(old, period), since, churn, hazard))
    return found


def plateau(cohorts: Cohorts, periods: Sequence[Period], known: dt.date) -> Plateau | None:
    """Whether the curve flattens, over the cohorts that can be followed from its corner to the last period.

    The last period is the last one up to which some can be; None where there is none, or nobody was left.
    """
    start, end = CORNER[periods[0].unit]
    for last in reversed([period for period in periods if period.count > end.count]):
        same = known_at(old_enough(cohorts, last, known), start, end, last)
        if same:
            first, middle, final = (total_counts(same, each) for each in (start, end, last))
            corner = falls(first, middle, end.thirties - start.thirties)
            after = falls(middle, final, last.thirties - end.thirties)
            return None if corner is None or after is None else Plateau(corner, after, last)
    return None


def falls(then: Counted, now: Counted, thirties: Decimal) -> Decimal | None:
    """The share of those left that goes in 30 days, were it the same all along: 1 - (now / then) ^ (1 / thirties)."""
    if not then.active or not now.told:
        return None
    left = Decimal(now.active * then.told) / Decimal(now.told * then.active)
    return (1 - left ** (1 / thirties)) * HUNDRED if left else HUNDRED


def old_enough(cohorts: Cohorts, period: Period, known: dt.date) -> Cohorts:
    """Those whose youngest possible account, signed up on the month's last day, is that old."""
    return {
        month: counts for month, counts in cohorts.items() if period.after(_end(month)) <= known
    }


def known_at(cohorts: Cohorts, *periods: Period) -> Cohorts:
    """Those of which something is told at each of the periods."""
    return {
        month: counts
        for month, counts in cohorts.items()
        if all(counts.get(period, Counted()).told for period in periods)
    }


def total_counts(cohorts: Cohorts, period: Period) -> Counted:
    """All cohorts' counts at a period."""
    return sum((counts.get(period, Counted()) for counts in cohorts.values()), Counted())


def _end(month: dt.date) -> dt.date:
    return month.replace(day=monthrange(month.year, month.month)[1])


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
