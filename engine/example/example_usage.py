"""The product usage of an example account: consistent counts, and features adopted one by one.

The input is the engagement of the account, from 0 to 1. The output is counts over any period. A quarter and the term
around it are counted from the same cumulative function, so a quarter never exceeds its term.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from math import exp, floor, sin
from random import Random

from .spans import DAY, DaySpan, any_contains, random_spans

FEATURES = ("automation", "integrations", "reports", "templates", "mobile")
BASIC_FEATURES = 5
OTHER_FEATURES = 14


@dataclass(frozen=True, slots=True)
class Usage:
    """The usage of an account over time."""

    first: dt.date
    began: dt.date
    daily_rates: dict[str, float]
    """Projects, hours saved and collaborations per day, at the start of the series."""
    growth: float
    """The relative growth of usage per day; negative where it shrinks."""
    season: float
    adoption_dates: dict[str, dt.date]
    """The date of adoption of each feature in use: the named ones, and others by number."""
    growing: tuple[DaySpan, ...]
    exploring: tuple[DaySpan, ...]
    engagement: float
    initial_share: float
    """The share of the seats in use at the start."""
    rollouts: tuple[dt.date, ...]
    """The dates of roll-outs to many more people."""

    def active(self, on: dt.date) -> float:
        """Return the share of the seats in use on a date."""
        weeks = (on - self.first).days / 7
        spread = 0.3 * sum(day <= on for day in self.rollouts)
        return min(
            max(self.initial_share + spread + 0.002 * weeks * (self.engagement - 0.4), 0.05), 1.0
        )

    def count(self, name: str, since: dt.date, on: dt.date) -> int:
        """Return the count of one of `daily_rates` after `since` and up to `on`. Nothing counts before `began`."""
        return self._cumulative(name, max(on, self.began)) - self._cumulative(
            name, max(since, self.began)
        )

    def _cumulative(self, name: str, on: dt.date) -> int:
        """Return the cumulative count on a date. Its rate grows or shrinks, and has seasons, but is never negative."""
        day = (on - self.first).days
        work = exp(self.growth * day) / self.growth + 4 * sin(day / 40 + self.season)
        return floor(self.daily_rates[name] * work)

    def features(self, on: dt.date) -> int:
        """Return the number of features in use on a date."""
        return BASIC_FEATURES + sum(since <= on for since in self.adoption_dates.values())

    def uses(self, feature: str, on: dt.date) -> bool:
        """Return whether a named feature is in use on a date."""
        return self.adoption_dates.get(feature, dt.date.max) <= on

    def utilisation(self, on: dt.date) -> float:
        """Return usage as a share of the plan's limit, without the weekly variation."""
        week = (on - self.first).days / 7
        return 0.35 + 0.5 * self.engagement + 0.005 * week * self.engagement

    def invitations(self, random: Random, on: dt.date) -> int:
        """Return the number of invitations: several while the team grows, else few."""
        return (
            random.randint(3, 8) if any_contains(self.growing, on) else random.choice((0, 0, 0, 1))
        )

    def premium_views(self, random: Random, on: dt.date) -> int:
        """Return the number of premium pages seen: some while exploring or at high engagement, else none."""
        is_exploring = any_contains(self.exploring, on) or self.engagement > 0.85
        return random.randint(1, 12) if is_exploring else 0


def simulate_usage(
    random: Random,
    engagement: float,
    seats: int,
    began: dt.date,
    rollouts: tuple[dt.date, ...],
    first: dt.date,
    last: dt.date,
) -> Usage:
    """Return the usage of an account with this number of seats."""
    collaborates = random.random() < 0.8
    return Usage(
        first=first,
        began=began,
        daily_rates={
            "projects": random.uniform(0.02, 0.25),
            "hours": seats * random.uniform(0.02, 0.08) * (0.5 + engagement),
            "collaborations": random.uniform(0.03, 0.4) if collaborates else 0.0,
        },
        growth=random.choice((-1, 1, 1)) * random.uniform(0.0002, 0.0016),
        season=random.uniform(0, 6.28),
        adoption_dates=_adoption_dates(random, engagement, began, first, last),
        growing=random_spans(random, first, last, 0.5, 120),
        exploring=random_spans(random, first, last, 0.4, 90),
        engagement=engagement,
        initial_share=random.uniform(0.25, 0.65) + 0.3 * engagement,
        rollouts=rollouts,
    )


def _adoption_dates(
    random: Random, engagement: float, began: dt.date, first: dt.date, last: dt.date
) -> dict[str, dt.date]:
    """Return the adopted features with their dates: most from the start, some within the series."""
    days = (last - first).days
    adopted_on = {}
    for feature in (*FEATURES, *map(str, range(OTHER_FEATURES))):
        later = first + random.randint(0, days) * DAY
        draw = random.random()
        if draw < 0.15 + 0.7 * engagement:
            adopted_on[feature] = max(later, began) if draw < 0.15 else began
    return adopted_on
