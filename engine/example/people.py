"""The people around an example account: whom messages go to, who decides there, who looks after it here.

Sponsors and champions change, champions leave without a successor for a while, accounts change hands,
and some get an executive only during the series.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from random import Random

from .companies import ExampleCountry, person
from .spans import DAY, some_day

CSMS = ("Alice Martin", "Bruno Keller", "Claire Dubois", "David Osei", "Eva Lindqvist")
ACCOUNT_MANAGERS = ("Farid Benali", "Grace Turner", "Hélène Roux")
EXECUTIVES = ("Isabelle Faure", "James Whitfield")

Turns = tuple[tuple[dt.date, str], ...]
"""Who it is, from which day on; an empty name is nobody."""


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who has to do with one account."""

    contact: tuple[str, str]
    email: str
    opt_out: bool
    sponsors: Turns
    champions: Turns
    csms: Turns
    account_manager: str
    executives: Turns


def simulate_people(
    random: Random, number: int, place: ExampleCountry, arr: float, first: dt.date, last: dt.date
) -> People:
    """The people of account `number`; from 20,000 on each account has a CSM, below 5,000 none."""
    contact = person(random, place)
    looked_after = arr >= 20000 or (arr >= 5000 and random.random() < 0.6)
    return People(
        contact=contact,
        email=_email(*contact, number),
        opt_out=random.random() < 0.04,
        sponsors=_changing(random, _names(random, place), first, last, 0.22),
        champions=_champions(random, place, first, last),
        csms=_changing(random, CSMS, first, last, 0.12) if looked_after else (),
        account_manager=random.choice(ACCOUNT_MANAGERS) if random.random() < 0.9 else "",
        executives=_executives(random, arr, first, last),
    )


def _names(random: Random, place: ExampleCountry) -> tuple[str, ...]:
    return tuple(" ".join(person(random, place)) for _ in range(3))


def _changing(
    random: Random, names: tuple[str, ...], first: dt.date, last: dt.date, a_year: float
) -> Turns:
    """One of them from the beginning, perhaps another one later."""
    before, after = random.sample(names, 2)
    day = some_day(random, first, last, a_year)
    return ((dt.date.min, before),) if day is None else ((dt.date.min, before), (day, after))


def _champions(random: Random, place: ExampleCountry, first: dt.date, last: dt.date) -> Turns:
    """One in five accounts has none; some champions hand over, and some just leave."""
    if random.random() < 0.2:
        return ()
    turns = _changing(random, _names(random, place), first, last, 0.25)
    if len(turns) == 1 or random.random() < 0.6:
        return turns
    (begin, old), (day, new) = turns
    return (begin, old), (day, ""), (day + random.randint(30, 80) * DAY, new)


def _executives(random: Random, arr: float, first: dt.date, last: dt.date) -> Turns:
    """Half of the enterprise accounts have one from the beginning, some are given one later."""
    name = random.choice(EXECUTIVES)
    draw = random.random()
    if draw < (0.5 if arr > 100000 else 0.04 if arr >= 20000 else 0):
        return ((dt.date.min, name),)
    day = some_day(random, first, last, 0.6)
    return ((day, name),) if day is not None and arr > 100000 else ()


def _email(first_name: str, last_name: str, number: int) -> str:
    letters = unicodedata.normalize("NFKD", f"{first_name}.{last_name}".lower())
    plain = "".join(letter for letter in letters if letter.isascii() and letter not in " '")
    return f"{plain}@customer{number + 1}.example"
