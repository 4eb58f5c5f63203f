"""How an example account lives: its contract, its people, what becomes of it, settled beforehand.

In: a seed, a number and the dates of the series; out: a `Life`, from which any day's row is read.
So an account's rows agree with each other, and its life doesn't depend on how many others there are.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

from .names import INDUSTRIES, PLACE_WEIGHTS, PLACES, Place, company, person

DAY = dt.timedelta(days=1)
CSMS = ("Alice Martin", "Bruno Keller", "Claire Dubois", "David Osei", "Eva Lindqvist")
ACCOUNT_MANAGERS = ("Farid Benali", "Grace Turner", "Hélène Roux")
EXECUTIVES = ("Isabelle Faure", "James Whitfield")


@dataclass(frozen=True, slots=True)
class Term:
    """A paid term: known from the day it was signed."""

    signed: dt.date
    start: dt.date
    end: dt.date


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something that holds from one day to another, both in."""

    first: dt.date
    last: dt.date

    def holds(self, on: dt.date) -> bool:
        """Whether it holds on that day."""
        return self.first <= on <= self.last


@dataclass(frozen=True, slots=True)
class Health:
    """A score that starts somewhere, drifts week by week, and may fall (or rise) at once."""

    start: float
    weekly: float
    jump_on: dt.date
    jump: float
    noise: tuple[int, ...]
    unknown: Stretch | None

    def on(self, day: dt.date, first: dt.date) -> int | None:
        """The score that day, 0 to 100; None while nobody knows."""
        if self.unknown is not None and self.unknown.holds(day):
            return None
        week = (day - first).days // 7
        score = self.start + self.weekly * week + self.noise[week % len(self.noise)]
        if day >= self.jump_on:
            score += self.jump
        return int(min(max(score, 3), 98))


@dataclass(frozen=True, slots=True)
class Life:
    """Everything that is settled about one account."""

    number: int
    place: Place
    name: str
    industry: str
    contact: tuple[str, str]
    sponsors: tuple[str, str]
    """Before and from `sponsor_changes` on."""
    sponsor_changes: dt.date
    champion: str
    signup: dt.date
    go_live: dt.date
    trial_until: dt.date | None
    arr: float
    seats: int
    csm: str
    account_manager: str
    executive: str
    auto_renew: bool | None
    terms: tuple[Term, ...]
    churn_reason: str
    health: Health
    overdue: Stretch | None
    escalated: Stretch | None
    reviews: tuple[dt.date, ...]
    next_reviews: tuple[dt.date, ...]
    nps: tuple[int, int, int] | None
    opt_out: bool
    gone: dt.date | None
    """From when the export leaves it out."""
    taste: float
    """From 0 to 1: how much of the plan it uses, and how it grows."""


def live(seed: int, number: int, first: dt.date, last: dt.date) -> Life:
    """The life of account `number` in a series from `first` to `last`."""
    random = Random(f"{seed}/{number}")
    place = random.choices(PLACES, PLACE_WEIGHTS)[0]
    industry = random.choice(INDUSTRIES)
    arr = _revenue(random)
    signup = _signup(random, number, first, last)
    trial_until = signup + 30 * DAY if signup > first - 30 * DAY else None
    looked_after = arr >= 20000 or (arr >= 5000 and random.random() < 0.6)
    auto_renew = random.choices((True, False, None), (35, 60, 5))[0]
    reviews, planned = _reviews(random, looked_after, first, last)
    return Life(
        number=number,
        place=place,
        name=company(random, place, industry),
        industry=industry,
        contact=person(random, place),
        sponsors=(" ".join(person(random, place)), " ".join(person(random, place))),
        sponsor_changes=_some_day(random, first, last, 0.12),
        champion=" ".join(person(random, place)) if random.random() < 0.8 else "",
        signup=signup,
        go_live=signup + random.randint(20, 120) * DAY,
        trial_until=trial_until,
        arr=arr,
        seats=max(2, round(arr / random.randint(250, 600))),
        csm=random.choice(CSMS) if looked_after else "",
        account_manager=random.choice(ACCOUNT_MANAGERS) if random.random() < 0.9 else "",
        executive=random.choice(EXECUTIVES) if arr > 100000 else "",
        auto_renew=auto_renew,
        terms=_terms(random, trial_until or signup, first, last, bool(auto_renew)),
        churn_reason=random.choice(("price", "product", "bought by another company", "no budget")),
        health=_health(random, first, last),
        overdue=_stretch(random, first, last, 0.10, 45),
        escalated=_stretch(random, first, last, 0.06, 21),
        reviews=reviews,
        next_reviews=planned,
        nps=_nps(random),
        opt_out=random.random() < 0.04,
        gone=_some_day(random, first, last, 1.0) if number % 131 == 57 else None,
        taste=random.random(),
    )


def _revenue(random: Random) -> float:
    """ARR by segment: enterprise, strategic, growth and self-serve, with the edges among them."""
    low, high = random.choices(
        ((100001, 480000), (20000, 100000), (5000, 19999), (480, 4999)), (8, 22, 35, 35)
    )[0]
    if random.random() < 0.03:
        return float(low)
    return float(round(random.uniform(low, high), -2 if low >= 5000 else -1))


def _signup(random: Random, number: int, first: dt.date, last: dt.date) -> dt.date:
    """Mostly some years before, one in twelve during the series, some on a 29 February."""
    if number % 12 == 5:
        return first + random.randint(0, (last - first).days) * DAY
    signup = first - random.randint(60, 2600) * DAY
    if number % 40 == 3:
        leap = next(year for year in range(first.year - 1, 0, -1) if _is_leap(year))
        return dt.date(leap, 2, 29)
    return signup


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _terms(
    random: Random, signup: dt.date, first: dt.date, last: dt.date, auto_renew: bool
) -> tuple[Term, ...]:
    """One paid term after another until the series is over, or until the account lets it lapse."""
    months = random.choices((12, 24, 6, 36), (82, 8, 6, 4))[0]
    length = round(months * 30.4375) * DAY
    start = max(signup, first - random.randint(0, length.days + 40) * DAY)
    terms = [Term(start, start, start + length)]
    while terms[-1].end <= last + 90 * DAY:
        end = terms[-1].end
        how = _renewal(random, auto_renew)
        if how == "lapse":
            break
        signed, begins = _signing(random, how, end)
        terms.append(Term(signed, begins, begins + (25 * DAY if how == "extend" else length)))
    return tuple(terms)


def _renewal(random: Random, auto_renew: bool) -> str:
    if auto_renew:
        return random.choices(("on time", "lapse"), (96, 4))[0]
    return random.choices(
        ("on time", "early", "late", "lapse", "return", "extend"), (48, 16, 14, 12, 5, 5)
    )[0]


def _signing(random: Random, how: str, end: dt.date) -> tuple[dt.date, dt.date]:
    """When a term that follows one ending on `end` is signed, and when it begins."""
    after = end + DAY
    if how == "early":
        return end - random.randint(15, 100) * DAY, after
    if how == "late":
        signed = end + random.randint(2, 25) * DAY
        return signed, signed
    if how == "return":
        signed = end + random.randint(35, 90) * DAY
        return signed, signed
    return end - random.randint(0, 10) * DAY, after


def _health(random: Random, first: dt.date, last: dt.date) -> Health:
    weekly = random.choices((0.0, -0.9, 0.6), (60, 25, 15))[0]
    start = 70.0 if random.random() < 0.03 else random.gauss(76, 13)
    steady = start == 70.0
    unknown = Stretch(first, last) if random.random() < 0.08 else None
    return Health(
        start=start,
        weekly=0.0 if steady else weekly,
        jump_on=_some_day(random, first, last, 0.0 if steady else 0.18),
        jump=random.choice((-28, -22, -16, 12)),
        noise=(0,) if steady else tuple(random.choice((-2, -1, 0, 0, 1, 2)) for _ in range(53)),
        unknown=unknown or _stretch(random, first, last, 0.05, 35),
    )


def _reviews(
    random: Random, looked_after: bool, first: dt.date, last: dt.date
) -> tuple[tuple[dt.date, ...], tuple[dt.date, ...]]:
    """The reviews held and those planned: about every 90 days, one in five missed."""
    if not looked_after:
        return (), ()
    planned = []
    day = first - random.randint(10, 150) * DAY
    while day <= last + 100 * DAY:
        planned.append(day)
        day += random.randint(80, 105) * DAY
    return tuple(day for day in planned if random.random() < 0.8), tuple(planned)


def _nps(random: Random) -> tuple[int, int, int] | None:
    """Three answers, one a quarter; some accounts never answer."""
    if random.random() < 0.25:
        return None
    return random.randint(2, 10), random.randint(2, 10), random.randint(4, 10)


def _stretch(
    random: Random, first: dt.date, last: dt.date, share: float, longest: int
) -> Stretch | None:
    """For this share of accounts, a stretch of up to `longest` days within the series."""
    day = _some_day(random, first, last, share)
    length = random.randint(7, longest)
    return Stretch(day, day + length * DAY) if day <= last else None


def _some_day(random: Random, first: dt.date, last: dt.date, share: float) -> dt.date:
    """For this share of accounts a day within the series, for the others one that never comes."""
    day = first + random.randint(7, max(8, (last - first).days - 7)) * DAY
    return day if random.random() < share else dt.date.max
