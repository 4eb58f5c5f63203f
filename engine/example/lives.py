"""The life of an example account, simulated for the whole series at once.

The input is a seed, the account's number and the dates of the series. The output is a `Life`, which gives the row of
any date. So the rows of an account agree with each other, and do not depend on the number of accounts. Each theme has a
separate random generator, so that one can change without the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from .companies import COUNTRIES, COUNTRY_WEIGHTS, INDUSTRIES, ExampleCountry, company
from .contracts import Contract, export_end, simulate_contract
from .example_reviews import Review, rhythm_of, simulate_reviews
from .example_usage import Usage, simulate_usage
from .health import Health, simulate_health
from .people import People, simulate_people
from .spans import DAY, anniversary, random_date


@dataclass(frozen=True, slots=True)
class Life:
    """One account over the whole series."""

    seed: int
    number: int
    country: ExampleCountry
    name: str
    industry: str
    contract: Contract
    people: People
    health: Health
    usage: Usage
    go_lives: tuple[dt.date, ...]
    reviews: tuple[Review, ...]
    export_end: dt.date | None
    """The date from which the export omits the account."""
    engagement: float
    """From 0 to 1: how satisfied the account is, and how much of the plan it uses."""

    def exported(self, on: dt.date) -> bool:
        """Return whether the export of a date contains the account."""
        return self.contract.signup <= on and (self.export_end is None or on < self.export_end)

    def weekly_random(self, on: dt.date) -> Random:
        """Return a generator for what varies from week to week. It is the same for all dates of a week."""
        return Random(f"{self.seed}/{self.number}/{on.toordinal() // 7}")


def simulate_account(seed: int, number: int, first: dt.date, last: dt.date) -> Life:
    """Return the life of account `number` in a series from `first` to `last`."""

    def draw(theme: str) -> Random:
        return Random(f"{seed}/{number}/{theme}")

    identity = draw("identity")
    country = identity.choices(COUNTRIES, COUNTRY_WEIGHTS)[0]
    industry = identity.choice(INDUSTRIES)
    engagement = identity.random()
    contract = simulate_contract(draw("contract"), number, first, last)
    arr = contract.terms[0].arr
    people = simulate_people(draw("people"), number, country, arr, first, last)
    health = simulate_health(draw("health"), engagement, first, last)
    go_lives = _go_lives(draw("go-live"), contract.signup, first, last)
    seats = max(2, round(arr / contract.seat_price))
    events = sorted(_events(contract, people, health, go_lives, first))
    return Life(
        seed=seed,
        number=number,
        country=country,
        name=company(identity, country, industry),
        industry=industry,
        contract=contract,
        people=people,
        health=health,
        usage=simulate_usage(
            draw("usage"), engagement, seats, contract.signup, go_lives[1:], first, last
        ),
        go_lives=go_lives,
        reviews=simulate_reviews(draw("reviews"), rhythm_of(arr), events, first, last),
        export_end=export_end(draw("gone"), number, first, last),
        engagement=engagement,
    )


def _go_lives(
    random: Random, signup: dt.date, first: dt.date, last: dt.date
) -> tuple[dt.date, ...]:
    """Return the first go-live after the signup and, for some, a major roll-out during the series.

    Half of the roll-outs are within a week of an anniversary of the signup.
    """
    start = signup + random.randint(20, 120) * DAY
    rollout = random_date(random, first, last, 0.32)
    yearly = random.random() < 0.5
    near = random.randint(-7, 7) * DAY
    if rollout is None:
        return (start,)
    if yearly:
        rollout = anniversary(signup, first) + near
    return (start, rollout) if rollout >= start + 60 * DAY else (start,)


def _events(
    contract: Contract,
    people: People,
    health: Health,
    go_lives: tuple[dt.date, ...],
    first: dt.date,
) -> Iterator[dt.date]:
    """Yield the dates of events that call for a review, and the dates 90 days before renewals."""
    for assignments in (people.sponsors, people.champions):
        yield from (day for day, _ in assignments[1:])
    yield from (fall.span.first for fall in health.falls)
    yield from (day for day in go_lives if day >= first)
    if contract.terms[0].arr >= 5000:
        yield from (term.end - 90 * DAY for term in contract.terms)
