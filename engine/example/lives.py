"""How an example account lives: its contract, its people, what becomes of it, settled beforehand.

In: a seed, a number and the dates of the series; out: a `Life`, from which any day's row is read.
So an account's rows agree with each other, and its life doesn't depend on how many others there are.
Each theme draws from a generator of its own, so that one can change without the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from .companies import INDUSTRIES, PLACE_WEIGHTS, PLACES, ExampleCountry, company
from .contracts import Contract, leaving, simulate_contract
from .example_reviews import Review, habit_of, simulate_reviews
from .example_usage import Usage, simulate_usage
from .health import Health, simulate_health
from .people import People, simulate_people
from .spans import DAY, anniversary, some_day


@dataclass(frozen=True, slots=True)
class Life:
    """Everything that is settled about one account."""

    seed: int
    number: int
    place: ExampleCountry
    name: str
    industry: str
    contract: Contract
    people: People
    health: Health
    usage: Usage
    go_lives: tuple[dt.date, ...]
    reviews: tuple[Review, ...]
    gone: dt.date | None
    """From when the export leaves it out."""
    taste: float
    """From 0 to 1: how much it likes the product and how much of the plan it uses."""

    def exported(self, on: dt.date) -> bool:
        """Whether the export of that day has it."""
        return self.contract.signup <= on and (self.gone is None or on < self.gone)

    def chance(self, on: dt.date) -> Random:
        """What differs from one week to the next without a reason."""
        return Random(f"{self.seed}/{self.number}/{on.toordinal() // 7}")


def simulate_account(seed: int, number: int, first: dt.date, last: dt.date) -> Life:
    """The life of account `number` in a series from `first` to `last`."""

    def draw(theme: str) -> Random:
        return Random(f"{seed}/{number}/{theme}")

    who = draw("identity")
    place = who.choices(PLACES, PLACE_WEIGHTS)[0]
    industry = who.choice(INDUSTRIES)
    taste = who.random()
    contract = simulate_contract(draw("contract"), number, first, last)
    arr = contract.terms[0].arr
    people = simulate_people(draw("people"), number, place, arr, first, last)
    health = simulate_health(draw("health"), taste, first, last)
    go_lives = _go_lives(draw("go-live"), contract.signup, first, last)
    seats = max(2, round(arr / contract.seat_price))
    events = sorted(_events(contract, people, health, go_lives, first))
    return Life(
        seed=seed,
        number=number,
        place=place,
        name=company(who, place, industry),
        industry=industry,
        contract=contract,
        people=people,
        health=health,
        usage=simulate_usage(
            draw("usage"), taste, seats, contract.signup, go_lives[1:], first, last
        ),
        go_lives=go_lives,
        reviews=simulate_reviews(draw("reviews"), habit_of(arr), events, first, last),
        gone=leaving(draw("gone"), number, first, last),
        taste=taste,
    )


def _go_lives(
    random: Random, signup: dt.date, first: dt.date, last: dt.date
) -> tuple[dt.date, ...]:
    """The first one after the signup, and for some a major roll-out during the series.

    Half of the roll-outs come with a new year of the contract, within a week of the signup's return.
    """
    start = signup + random.randint(20, 120) * DAY
    again = some_day(random, first, last, 0.32)
    yearly = random.random() < 0.5
    near = random.randint(-7, 7) * DAY
    if again is None:
        return (start,)
    if yearly:
        again = anniversary(signup, first) + near
    return (start, again) if again >= start + 60 * DAY else (start,)


def _events(
    contract: Contract,
    people: People,
    health: Health,
    go_lives: tuple[dt.date, ...],
    first: dt.date,
) -> Iterator[dt.date]:
    """The days on which something happened that people meet about, and those ahead of renewals."""
    for turns in (people.sponsors, people.champions):
        yield from (day for day, _ in turns[1:])
    yield from (fall.span.first for fall in health.falls)
    yield from (day for day in go_lives if day >= first)
    if contract.terms[0].arr >= 5000:
        yield from (term.end - 90 * DAY for term in contract.terms)
