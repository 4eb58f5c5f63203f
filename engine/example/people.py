"""The people of an example account: its contact, sponsors and champions, and the team in charge of it.

Sponsors and champions change. Some champions leave without a successor for a while. Accounts change their CSM, and some
get an executive only during the series.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from random import Random

from .companies import ExampleCountry, person
from .spans import DAY, random_date

CSMS = ("Alice Martin", "Bruno Keller", "Claire Dubois", "David Osei", "Eva Lindqvist")
ACCOUNT_MANAGERS = ("Farid Benali", "Grace Turner", "Hélène Roux")
EXECUTIVES = ("Isabelle Faure", "James Whitfield")

Assignments = tuple[tuple[dt.date, str], ...]
"""Names, each from a date on. An empty name means none."""


@dataclass(frozen=True, slots=True)
class People:
    """The people of one account."""

    contact: tuple[str, str]
    email: str
    opt_out: bool
    sponsors: Assignments
    champions: Assignments
    csms: Assignments
    account_manager: str
    executives: Assignments


def simulate_people(
    random: Random, number: int, country: ExampleCountry, arr: float, first: dt.date, last: dt.date
) -> People:
    """Return the people of account `number`. From an ARR of 20,000 all accounts have a CSM, below 5,000 none."""
    contact = person(random, country)
    has_csm = arr >= 20000 or (arr >= 5000 and random.random() < 0.6)
    return People(
        contact=contact,
        email=_email(*contact, number),
        opt_out=random.random() < 0.04,
        sponsors=_changing(random, _names(random, country), first, last, 0.22),
        champions=_champions(random, country, first, last),
        csms=_changing(random, CSMS, first, last, 0.12) if has_csm else (),
        account_manager=random.choice(ACCOUNT_MANAGERS) if random.random() < 0.9 else "",
        executives=_executives(random, arr, first, last),
    )


def _names(random: Random, country: ExampleCountry) -> tuple[str, ...]:
    return tuple(" ".join(person(random, country)) for _ in range(3))


def _changing(
    random: Random, names: tuple[str, ...], first: dt.date, last: dt.date, per_year: float
) -> Assignments:
    """Return one of the names from the beginning, and perhaps another one later."""
    before, after = random.sample(names, 2)
    day = random_date(random, first, last, per_year)
    return ((dt.date.min, before),) if day is None else ((dt.date.min, before), (day, after))


def _champions(
    random: Random, country: ExampleCountry, first: dt.date, last: dt.date
) -> Assignments:
    """Return the champions. One in five accounts has none. Some champions hand over, and some just leave."""
    if random.random() < 0.2:
        return ()
    assignments = _changing(random, _names(random, country), first, last, 0.25)
    if len(assignments) == 1 or random.random() < 0.6:
        return assignments
    (begin, old), (day, new) = assignments
    return (begin, old), (day, ""), (day + random.randint(30, 80) * DAY, new)


def _executives(random: Random, arr: float, first: dt.date, last: dt.date) -> Assignments:
    """Return the executives. Half of the enterprise accounts have one from the beginning, some get one later."""
    name = random.choice(EXECUTIVES)
    draw = random.random()
    if draw < (0.5 if arr > 100000 else 0.04 if arr >= 20000 else 0):
        return ((dt.date.min, name),)
    day = random_date(random, first, last, 0.6)
    return ((day, name),) if day is not None and arr > 100000 else ()


def _email(first_name: str, last_name: str, number: int) -> str:
    letters = unicodedata.normalize("NFKD", f"{first_name}.{last_name}".lower())
    local_part = "".join(letter for letter in letters if letter.isascii() and letter not in " '")
    return f"{local_part}@customer{number + 1}.example"
