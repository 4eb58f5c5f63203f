"""What an example account does with the product: figures that add up, features taken up one by one.

In: how much of the plan it uses, from 0 to 1; out: counts over any stretch of days. A quarter and the
term it lies in are counted from the same work, so the one is never more than the other.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from math import exp, floor, sin
from random import Random

from .spans import DAY, DaySpan, holding, some_spans

FEATURES = ("automation", "integrations", "reports", "templates", "mobile")
BASIC_FEATURES = 5
OTHER_FEATURES = 14


@dataclass(frozen=True, slots=True)
class Usage:
    """How a team works, and since when."""

    first: dt.date
    began: dt.date
    paces: dict[str, float]
    """Projects, hours saved and collaborations a day, at the beginning of the series."""
    growth: float
    """By which share work grows (or shrinks) a day."""
    season: float
    taken_up: dict[str, dt.date]
    """The named features, and others by number, that are in use, each from that day on."""
    growing: tuple[DaySpan, ...]
    curious: tuple[DaySpan, ...]
    taste: float
    adopted: float
    """Which share of the seats was in use at the beginning."""
    rolled_out: tuple[dt.date, ...]
    """When it was rolled out to many more."""

    def active(self, on: dt.date) -> float:
        """Which share of the seats is in use that day."""
        weeks = (on - self.first).days / 7
        spread = 0.3 * sum(day <= on for day in self.rolled_out)
        return min(max(self.adopted + spread + 0.002 * weeks * (self.taste - 0.4), 0.05), 1.0)

    def count(self, what: str, since: dt.date, on: dt.date) -> int:
        """How many (of `paces`) from after `since` up to `on`, all of it after the work began."""
        return self._running(what, max(on, self.began)) - self._running(
            what, max(since, self.began)
        )

    def _running(self, what: str, on: dt.date) -> int:
        """A running count that never falls: its pace grows or shrinks, and has its seasons."""
        day = (on - self.first).days
        work = exp(self.growth * day) / self.growth + 4 * sin(day / 40 + self.season)
        return floor(self.paces[what] * work)

    def features(self, on: dt.date) -> int:
        """Features in use that day."""
        return BASIC_FEATURES + sum(since <= on for since in self.taken_up.values())

    def uses(self, feature: str, on: dt.date) -> bool:
        """Whether a named feature is in use that day."""
        return self.taken_up.get(feature, dt.date.max) <= on

    def utilisation(self, on: dt.date) -> float:
        """Use over the plan's limit, without the ups and downs of a week."""
        week = (on - self.first).days / 7
        return 0.35 + 0.5 * self.taste + 0.005 * week * self.taste

    def invitations(self, random: Random, on: dt.date) -> int:
        """Colleagues invited: several while the team grows, else one now and then."""
        return random.randint(3, 8) if holding(self.growing, on) else random.choice((0, 0, 0, 1))

    def premium_views(self, random: Random, on: dt.date) -> int:
        """Premium pages seen: by those who look around, and by half of those who use it most."""
        looking = holding(self.curious, on) or self.taste > 0.85
        return random.randint(1, 12) if looking else 0


def simulate_usage(
    random: Random,
    taste: float,
    seats: int,
    began: dt.date,
    rolled_out: tuple[dt.date, ...],
    first: dt.date,
    last: dt.date,
) -> Usage:
    """How a team of that many seats works."""
    shared = random.random() < 0.8
    return Usage(
        first=first,
        began=began,
        paces={
            "projects": random.uniform(0.02, 0.25),
            "hours": seats * random.uniform(0.02, 0.08) * (0.5 + taste),
            "collaborations": random.uniform(0.03, 0.4) if shared else 0.0,
        },
        growth=random.choice((-1, 1, 1)) * random.uniform(0.0002, 0.0016),
        season=random.uniform(0, 6.28),
        taken_up=_taken_up(random, taste, began, first, last),
        growing=some_spans(random, first, last, 0.5, 120),
        curious=some_spans(random, first, last, 0.4, 90),
        taste=taste,
        adopted=random.uniform(0.25, 0.65) + 0.3 * taste,
        rolled_out=rolled_out,
    )


def _taken_up(
    random: Random, taste: float, began: dt.date, first: dt.date, last: dt.date
) -> dict[str, dt.date]:
    """Which features are in use, and since when: most from early on, some from within the series."""
    days = (last - first).days
    taken = {}
    for feature in (*FEATURES, *map(str, range(OTHER_FEATURES))):
        later = first + random.randint(0, days) * DAY
        draw = random.random()
        if draw < 0.15 + 0.7 * taste:
            taken[feature] = max(later, began) if draw < 0.15 else began
    return taken
