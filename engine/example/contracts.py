"""The contract of an example account: its terms, their prices, and their renewals.

Renewals come early, on time, late, within the month of win-back, long after, or not at all. Some extend the old term
by a few weeks. Prices rise and fall from term to term.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

from .spans import DAY, DaySpan, any_contains, random_date, random_spans

CHURN_REASONS = ("price", "product", "bought by another company", "no budget")
CONTRACT_SEGMENTS = ((100001, 480000), (20000, 100000), (5000, 19999), (480, 4999))


@dataclass(frozen=True, slots=True)
class Term:
    """A paid term. It is known from the day it was signed."""

    signed: dt.date
    start: dt.date
    end: dt.date
    arr: float

    @property
    def months(self) -> int:
        """Return the length in months."""
        return round((self.end - self.start).days / 30.4375)


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract of an account over the whole series."""

    signup: dt.date
    trial_until: dt.date | None
    auto_renew: bool | None
    terms: tuple[Term, ...]
    seat_price: int
    churn_reason: str
    overdue: tuple[DaySpan, ...]

    def latest_signed(self, on: dt.date) -> Term | None:
        """Return the signed term that ends last. It may not have begun. None during the trial."""
        return max((t for t in self.terms if t.signed <= on), key=_end, default=None)

    def current(self, on: dt.date) -> Term | None:
        """Return the current term or, after a lapse, the last one. None before the first."""
        begun = [term for term in self.terms if max(term.signed, term.start) <= on]
        return max(begun, key=_end, default=None)

    def arr(self, on: dt.date) -> float:
        """Return the annual revenue; during the trial, that of the first term."""
        return (self.current(on) or self.terms[0]).arr

    def status(self, on: dt.date) -> str:
        """Return Trial, Active, Suspended (four weeks after an unpaid invoice) or Lapsed."""
        term = self.latest_signed(on)
        if term is None:
            return "Trial"
        if term.end < on:
            return "Lapsed"
        unpaid = any_contains(self.overdue, on) and any_contains(self.overdue, on - 28 * DAY)
        return "Suspended" if unpaid else "Active"

    def outcome(self, on: dt.date) -> str | None:
        """Return the outcome of the last renewal; None in the first term."""
        term = self.latest_signed(on)
        if term is None:
            return None
        if term.end < on:
            return "lapsed"
        return "renewed" if term.start > self.signup + 60 * DAY else None


def _end(term: Term) -> dt.date:
    return term.end


def simulate_contract(random: Random, number: int, first: dt.date, last: dt.date) -> Contract:
    """Return the contract of account `number` in a series from `first` to `last`."""
    arr = _revenue(random)
    signup = _signup(random, number, first, last)
    trial_until = signup + 30 * DAY if signup > first - 30 * DAY else None
    auto_renew = random.choices((True, False, None), (35, 60, 5))[0]
    months = random.choices((12, 24, 6, 36), (80, 9, 6, 5))[0]
    length = round(months * 30.4375) * DAY
    begin = trial_until or max(signup, first - random.randint(0, length.days + 40) * DAY)
    return Contract(
        signup=signup,
        trial_until=trial_until,
        auto_renew=auto_renew,
        terms=_terms(random, Term(begin, begin, begin + length, arr), last, bool(auto_renew)),
        seat_price=random.randint(250, 600),
        churn_reason=random.choice(CHURN_REASONS),
        overdue=random_spans(random, first, last, 0.2, 50),
    )


def _revenue(random: Random) -> float:
    """Return an ARR, by segment: enterprise, strategic, growth and self-serve. Some are on a segment's edge."""
    low, high = random.choices(CONTRACT_SEGMENTS, (8, 22, 35, 35))[0]
    if random.random() < 0.03:
        return float(low)
    return float(round(random.uniform(low, high), -2 if low >= 5000 else -1))


def _signup(random: Random, number: int, first: dt.date, last: dt.date) -> dt.date:
    """Return a signup date, mostly in the years before the series.

    One in twelve is during the series, one in forty on a 29 February, and one in twenty long before the others.
    """
    if number % 12 == 5:
        return first + random.randint(0, (last - first).days) * DAY
    early = 2200 if number % 20 == 14 else 0
    signup = first - (random.randint(30, random.choice((800, 2600))) + early) * DAY
    return _leap_day(first, random.choice((1, 2))) if number % 40 == 3 else signup


def _leap_day(before: dt.date, count: int) -> dt.date:
    """Return the last 29 February before the year of a date; with `count` 2, the one before it."""
    years = (year for year in range(before.year - 1, 0, -1) if _is_leap(year))
    return dt.date([next(years) for _ in range(count)][-1], 2, 29)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _terms(random: Random, term: Term, last: dt.date, auto_renew: bool) -> tuple[Term, ...]:
    """Return the paid terms until the series is over, or until the account lets one lapse."""
    terms = [term]
    while terms[-1].end <= last + 130 * DAY:
        renewal = _renewal(random, auto_renew)
        if renewal == "lapse":
            break
        terms.append(_following(random, renewal, terms[-1], term.end - term.start))
    return tuple(terms)


def _renewal(random: Random, auto_renew: bool) -> str:
    if auto_renew:
        return random.choices(("on time", "lapse"), (96, 4))[0]
    ways = ("on time", "early", "late", "won back", "return", "extend", "lapse")
    return random.choices(ways, (46, 16, 9, 8, 4, 5, 12))[0]


def _following(random: Random, renewal: str, old: Term, length: dt.timedelta) -> Term:
    after = old.end + DAY
    if renewal == "extend":
        signed = old.end - random.randint(1, 14) * DAY
        return Term(signed, old.start, old.end + 25 * DAY, old.arr)
    arr = _repriced(random, old.arr)
    if renewal in _DAYS_AFTER:
        signed = old.end + random.randint(*_DAYS_AFTER[renewal]) * DAY
        return Term(signed, signed, signed + length, arr)
    days_before = random.randint(15, 100) if renewal == "early" else random.randint(0, 10)
    return Term(old.end - days_before * DAY, after, old.end + length, arr)


_DAYS_AFTER = {"late": (2, 13), "won back": (14, 30), "return": (35, 90)}


def _repriced(random: Random, arr: float) -> float:
    """Return the price of the next term. The largest customers cut it more often than others."""
    cut = 30 if arr > 300000 else 6
    low, high = random.choices(
        ((1.0, 1.0), (1.03, 1.12), (1.15, 1.5), (0.7, 0.9), (0.15, 0.4)), (40, 30, 15, 9, cut)
    )[0]
    return arr if low == high else float(round(arr * random.uniform(low, high), -1))


def export_end(random: Random, number: int, first: dt.date, last: dt.date) -> dt.date | None:
    """Return the date from which the export omits the account; a few accounts disappear like that."""
    return random_date(random, first, last, 365.0) if number % 131 == 57 else None
