"""How an example account feels: a health score that drifts, falls and recovers, and what it answers.

In: how much the account likes the product, from 0 to 1; out: the score, the ratings and the troubles
of any day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from random import Random

from .spans import DAY, DaySpan, holding, some_spans


@dataclass(frozen=True, slots=True)
class Fall:
    """Points lost at once, and regained (or not) when the span is over."""

    span: DaySpan
    points: int


@dataclass(frozen=True, slots=True)
class Health:
    """A score that starts somewhere, drifts week by week, falls at once and may recover."""

    first: dt.date
    start: float
    weekly: float
    falls: tuple[Fall, ...]
    noise: tuple[int, ...]
    unknown: tuple[DaySpan, ...]
    ratings: tuple[tuple[dt.date, int], ...]
    """Answers to the question of the quarter, each from the day it came."""
    escalated: tuple[DaySpan, ...]
    troubles: tuple[DaySpan, ...]
    """While objectives of the success plan are at risk."""

    def on(self, day: dt.date) -> int | None:
        """The score that day, 3 to 98; None while nobody knows."""
        return None if holding(self.unknown, day) else self.score(day)

    def score(self, day: dt.date) -> int:
        """The score that day, known or not."""
        week = (day - self.first).days // 7
        lost = sum(fall.points for fall in self.falls if fall.span.holds(day))
        score = self.start + self.weekly * week + self.noise[week % len(self.noise)] - lost
        return int(min(max(score, 3), 98))


def simulate_health(random: Random, taste: float, first: dt.date, last: dt.date) -> Health:
    """The health of an account with that taste for the product."""
    steady = random.random() < 0.03
    health = Health(
        first=first,
        start=70.0 if steady else random.gauss(62 + 27 * taste, 9),
        weekly=0.0 if steady else random.choices((0.0, -0.4, 0.3), (60, 20, 20))[0],
        falls=() if steady else _falls(random, first, last),
        noise=(0,) if steady else tuple(random.choice((-2, -1, 0, 0, 1, 2)) for _ in range(53)),
        unknown=_unknown(random, first, last),
        ratings=(),
        escalated=some_spans(random, first, last, 0.14, 28),
        troubles=some_spans(random, first, last, 0.3, 70),
    )
    return replace(health, ratings=_ratings(random, health, first, last))


def _falls(random: Random, first: dt.date, last: dt.date) -> tuple[Fall, ...]:
    """None, one or two, each at once; most are made good after some weeks, some never."""
    spans = [*some_spans(random, first, last, 0.4, 90), *some_spans(random, first, last, 0.15, 60)]
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
    return some_spans(random, first, last, 0.08, 35)


def _ratings(
    random: Random, health: Health, first: dt.date, last: dt.date
) -> tuple[tuple[dt.date, int], ...]:
    """An answer a quarter, now and then none; a quarter of the accounts never answer."""
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
