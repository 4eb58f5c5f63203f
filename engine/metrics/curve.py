"""What a retention curve says: how many are left, how many went, whether it flattens.

In: counts of a group's cohorts by month of signup and period; out: exact points of one curve over them. Rule: a
cohort counts at a period only if its youngest possible account is that old, and what happened since an earlier period
is reckoned over the cohorts that are told at both.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ..core.offsets import Offset, shift_date
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
