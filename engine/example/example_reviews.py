"""The reviews of an example account: booked some weeks before, sometimes moved, held or not.

The input is the dates of events that call for a review, and the rhythm of regular reviews. The output is the reviews,
which give the last one held and the next one booked on any date. This module does not depend on any playbook.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from .spans import DAY, next_weekday


@dataclass(frozen=True, slots=True)
class Review:
    """One review. It is known from the day it was booked."""

    booked: dt.date
    planned: dt.date
    moved: dt.date | None
    """The day it was moved to `date`, if it was. Before that day the date is `planned`."""
    date: dt.date
    held: bool
    kind: str
    attendance: float
    rating: int

    def date_known(self, on: dt.date) -> dt.date:
        """Return the date of the review as the calendar shows it on a day."""
        return self.date if self.moved is not None and self.moved <= on else self.planned


def last_held(reviews: Sequence[Review], on: dt.date) -> Review | None:
    """Return the last review held before a day. A morning's export does not have the reviews of that day."""
    return next((each for each in reversed(reviews) if each.held and each.date < on), None)


def next_booked(reviews: Sequence[Review], on: dt.date) -> Review | None:
    """Return the next review in the calendar. A review that was not held stays there for ten days."""
    for each in reversed(reviews):
        if each.booked <= on:
            until = each.date if each.held else each.date + 10 * DAY
            return each if on <= until else None
    return None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The rhythm of an account's reviews.

    Attributes:
        kinds: The kinds of regular reviews, repeated in this order.
        event_kind: The kind of a review after an event.
        gap: The least and the most days from one review to the next.
        min_gap: The least days to a review after an event.
        lead_days: The least and the most days between booking and review.
    """

    kinds: tuple[str, ...]
    event_kind: str
    gap: tuple[int, int]
    min_gap: int
    lead_days: tuple[int, int]


GROWTH = Rhythm(("mbr",), "success_call", (28, 38), 21, (6, 20))
STRATEGIC = Rhythm(("qbr",), "qbr", (84, 102), 46, (14, 45))
ENTERPRISE = Rhythm(("ebr", "qbr", "qbr", "qbr"), "qbr", (84, 102), 46, (14, 45))


def rhythm_of(arr: float) -> Rhythm | None:
    """Return the rhythm of accounts of that size. The smallest have none and are called after events."""
    if arr < 5000:
        return None
    return ENTERPRISE if arr > 100000 else STRATEGIC if arr >= 20000 else GROWTH


def simulate_reviews(
    random: Random,
    rhythm: Rhythm | None,
    events: Sequence[dt.date],
    first: dt.date,
    last: dt.date,
) -> tuple[Review, ...]:
    """Return the reviews of an account. One in six is not held, one in six is moved."""
    if rhythm is None:
        return _calls(random, events)
    books = random.random() < 0.85
    day = next_weekday(first - random.randint(5, rhythm.gap[1] + 20) * DAY)
    reviews: list[Review] = []
    after_event = False
    while day <= last + 100 * DAY:
        kind = rhythm.event_kind if after_event else rhythm.kinds[len(reviews) % len(rhythm.kinds)]
        earliest = reviews[-1].date + 2 * DAY if reviews else dt.date.min
        review = _review(random, rhythm, day, earliest, kind, books)
        reviews.append(review)
        day, after_event = _next_day(random, rhythm, review, events)
    return tuple(reviews)


def _calls(random: Random, events: Sequence[dt.date]) -> tuple[Review, ...]:
    """Return a call after each event, unless there was one shortly before."""
    reviews: list[Review] = []
    for event in events:
        day = _after(random, event)
        if not reviews or day >= reviews[-1].date + 45 * DAY:
            reviews.append(_review(random, GROWTH, day, event, GROWTH.event_kind, books=False))
    return tuple(reviews)


def _after(random: Random, event: dt.date) -> dt.date:
    """Return the date of a meeting about an event, a week or two later, because it takes days to be noticed."""
    return next_weekday(event + random.randint(7, 12) * DAY)


def _review(
    random: Random, rhythm: Rhythm, day: dt.date, earliest: dt.date, kind: str, books: bool
) -> Review:
    booked = max(day - random.randint(*rhythm.lead_days) * DAY, earliest)
    moved, date = None, day
    if books and random.random() < 0.16:
        moved = booked + (day - booked) * random.random() * 0.8
        date = next_weekday(max(day + random.randint(-5, 15) * DAY, moved + 2 * DAY))
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
    random: Random, rhythm: Rhythm, review: Review, events: Sequence[dt.date]
) -> tuple[dt.date, bool]:
    """Return the date of the next review, and whether an event brings it forward."""
    gap = random.randint(*rhythm.gap) if review.held else random.randint(12, 30)
    following = review.date + gap * DAY
    for event in events:
        called_on = max(_after(random, event), review.date + rhythm.min_gap * DAY)
        if review.date < event and called_on < following:
            return next_weekday(called_on), True
    return next_weekday(following), False
