"""The reviews of an example account: booked some weeks ahead, moved, held or not, as people do it.

In: when something happened that calls for one, and how often they are due; out: the reviews, from
which the last one held and the next one booked follow for any day. Nothing here knows a playbook.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from .spans import DAY, on_a_working_day


@dataclass(frozen=True, slots=True)
class Review:
    """One review, from the day it was booked."""

    booked: dt.date
    planned: dt.date
    moved: dt.date | None
    """When it was moved, if it was: from then on `date` counts."""
    date: dt.date
    held: bool
    kind: str
    attendance: float
    rating: int

    def date_known(self, on: dt.date) -> dt.date:
        """Its date, as it stands in the calendar that day."""
        return self.date if self.moved is not None and self.moved <= on else self.planned


def last_held(reviews: Sequence[Review], on: dt.date) -> Review | None:
    """The last review held before that day: an export of the morning doesn't know the day's own."""
    return next((each for each in reversed(reviews) if each.held and each.date < on), None)


def next_booked(reviews: Sequence[Review], on: dt.date) -> Review | None:
    """The review in the calendar; one that was not held stays there for ten days."""
    for each in reversed(reviews):
        if each.booked <= on:
            until = each.date if each.held else each.date + 10 * DAY
            return each if on <= until else None
    return None


@dataclass(frozen=True, slots=True)
class Habit:
    """How a kind of account is reviewed: days from one review to the next, the fewest, and ahead."""

    kinds: tuple[str, ...]
    """One after another, year in, year out."""
    called: str
    """Its kind when something called for it."""
    gap: tuple[int, int]
    apart: int
    ahead: tuple[int, int]


GROWTH = Habit(("mbr",), "success_call", (28, 38), 21, (6, 20))
STRATEGIC = Habit(("qbr",), "qbr", (84, 102), 46, (14, 45))
ENTERPRISE = Habit(("ebr", "qbr", "qbr", "qbr"), "qbr", (84, 102), 46, (14, 45))


def habit_of(arr: float) -> Habit | None:
    """The habit for accounts of that size; the smallest have none, and are called when something happens."""
    if arr < 5000:
        return None
    return ENTERPRISE if arr > 100000 else STRATEGIC if arr >= 20000 else GROWTH


def simulate_reviews(
    random: Random,
    habit: Habit | None,
    events: Sequence[dt.date],
    first: dt.date,
    last: dt.date,
) -> tuple[Review, ...]:
    """The reviews of an account: one in six is not held, one in six moved."""
    if habit is None:
        return _calls(random, events)
    books = random.random() < 0.85
    day = on_a_working_day(first - random.randint(5, habit.gap[1] + 20) * DAY)
    reviews: list[Review] = []
    called = False
    while day <= last + 100 * DAY:
        kind = habit.called if called else habit.kinds[len(reviews) % len(habit.kinds)]
        earliest = reviews[-1].date + 2 * DAY if reviews else dt.date.min
        review = _review(random, habit, day, earliest, kind, books)
        reviews.append(review)
        day, called = _next_day(random, habit, review, events)
    return tuple(reviews)


def _calls(random: Random, events: Sequence[dt.date]) -> tuple[Review, ...]:
    """A call after each event, unless another was just before."""
    reviews: list[Review] = []
    for event in events:
        day = _after(random, event)
        if not reviews or day >= reviews[-1].date + 45 * DAY:
            reviews.append(_review(random, GROWTH, day, event, GROWTH.called, books=False))
    return tuple(reviews)


def _after(random: Random, event: dt.date) -> dt.date:
    """When people meet about something: a week or two later, for it takes days to be noticed."""
    return on_a_working_day(event + random.randint(7, 12) * DAY)


def _review(
    random: Random, habit: Habit, day: dt.date, earliest: dt.date, kind: str, books: bool
) -> Review:
    booked = max(day - random.randint(*habit.ahead) * DAY, earliest)
    moved, date = None, day
    if books and random.random() < 0.16:
        moved = booked + (day - booked) * random.random() * 0.8
        date = on_a_working_day(max(day + random.randint(-5, 15) * DAY, moved + 2 * DAY))
    return Review(
        booked=booked if books else date,
        planned=day,
        moved=moved,
        date=date,
        held=random.random() < 0.84,
        kind=kind,
        attendance=round(random.uniform(0.4, 1), 2),
        rating=random.choices((6, 7, 8, 9, 10), (1, 2, 4, 4, 2))[0],
    )


def _next_day(
    random: Random, habit: Habit, review: Review, events: Sequence[dt.date]
) -> tuple[dt.date, bool]:
    """When the next one is planned, and whether something calls for it before its time."""
    gap = random.randint(*habit.gap) if review.held else random.randint(12, 30)
    following = review.date + gap * DAY
    for event in events:
        called = max(_after(random, event), review.date + habit.apart * DAY)
        if review.date < event and called < following:
            return on_a_working_day(called), True
    return on_a_working_day(following), False
