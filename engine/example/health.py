"""The health of an example account: a score that drifts, falls and recovers, ratings and troubles.

The input is the engagement of the account, from 0 to 1. The output is the score, the ratings and the troubles on any
date.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from random import Random

from .spans import DAY, DaySpan, any_contains, random_spans


@dataclass(frozen=True, slots=True)
class Fall:
    """Points lost at once, and regained (or not) when the span ends."""

    span: DaySpan
    points: int


@dataclass(frozen=True, slots=True)
class Health:
    """A health score over time: a start, a weekly drift, and falls that may recover."""

    first: dt.date
    start: float
    weekly: float
    falls: tuple[Fall, ...]
    noise: tuple[int, ...]
    unknown: tuple[DaySpan, ...]
    ratings: tuple[tuple[dt.date, int], ...]
    """The NPS ratings, each from the day it arrived."""
    escalated: tuple[DaySpan, ...]
    troubles: tuple[DaySpan, ...]
    """The spans in which objectives of the success plan are at risk."""

    def known_score(self, on: dt.date) -> int | None:
        """Return the score on a date, 3 to 98; None while it is unknown."""
        return None if any_contains(self.unknown, on) else self.score(on)

    def score(self, on: dt.date) -> int:
        """Return the score on a date, whether it is known or not."""
        week = (on - self.first).days // 7
        lost = sum(fall.points for fall in self.falls if fall.span.contains(on))
        score = self.start + self.weekly * week + self.noise[week % len(self.noise)] - lost
        return int(min(max(score, 3), 98))


def simulate_health(random: Random, engagement: float, first: dt.date, last: dt.date) -> Health:
    """Return the health of an account with this engagement."""
    steady = random.random() < 0.03
    health = Health(
        first=first,
        start=70.0 if steady else random.gauss(62 + 27 * engagement, 9),
        weekly=0.0 if steady else random.choices((0.0, -0.4, 0.3), (60, 20, 20))[0],
        falls=() if steady else _falls(random, first, last),
        noise=(0,) if steady else tuple(random.choice((-2, -1, 0, 0, 1, 2)) for _ in range(53)),
        unknown=_unknown(random, first, last),
        ratings=(),
        escalated=random_spans(random, first, last, 0.14, 28),
        troubles=random_spans(random, first, last, 0.3, 70),
    )
    return replace(health, ratings=_ratings(random, health, first, last))


def _falls(random: Random, first: dt.date, last: dt.date) -> tuple[Fall, ...]:
    """Return up to two falls. Most recover after some weeks, some never."""
    spans = [
        *random_spans(random, first, last, 0.4, 90),
        *random_spans(random, first, last, 0.15, 60),
    ]
    return tuple(
        Fall(
            span if random.random() < 0.7 else DaySpan(span.first, dt.date.max),
            random.choice((12, 16, 18, 22, 28)),
        )
        for span in spans
    )


def _unknown(random: Random, first: dt.date, last: dt.date) -> tuple[DaySpan, ...]:
    if random.random() < 0.07:
        return (DaySpan(first, last),)
    return random_spans(random, first, last, 0.08, 35)


def _ratings(
    random: Random, health: Health, first: dt.date, last: dt.date
) -> tuple[tuple[dt.date, int], ...]:
    """Return one rating per quarter, with gaps. A quarter of the accounts never rate."""
    if random.random() < 0.25:
        return ()
    day = first - random.randint(0, 90) * DAY
    answers = []
    while day <= last:
        if random.random() < 0.8:
            rating = round(random.gauss(health.score(max(day, first)) / 10 + 0.6, 1.2))
            answers.append((day, min(max(rating, 0), 10)))
        day += 91 * DAY
    return tuple(answers)
