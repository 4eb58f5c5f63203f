"""A window as the snapshots show it: read once, whatever is asked of it.

In go a project, a date, a window and a grace; out come the accounts with what they paid at both ends, and the terms
that fell due. Which snapshots are read: all up to the end of the window, and as many after it, none later than the date
asked, as tell who came back within grace.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ..fields.load import KEY
from ..playbook.model import Texts
from ..sources.snapshots import Snapshots
from .ahead import ahead
from .course import ACCOUNTS, TERMS, Course, Ends
from .rates import currencies_paid, read_exchange
from .reading import read_state

if TYPE_CHECKING:
    from .asked import Asked


@dataclass(frozen=True, slots=True)
class Observed:
    """What the snapshots show; `why` says why there is nothing to see, and then the tables are empty.

    `accounts` has a row for each account seen: `account_id`, `group` (at the window's start; of those not there then,
    at its end; of those first seen later, the last), `signup_date`, `start` and `end` (a month's revenue, null where it
    is not there), `expansion` and `contraction` (step by step, of those there at the start until they churn), `churned`
    (there at the start, gone at some point up to the end), `joined` (came within the window), `was_customer` (before
    the window).
    `terms` are those that fell due in the window: `account_id`, its `group`, `due_on`, `amount` (what it paid a month)
    and `outcome` (renewed, lapsed or pending).
    `days` are the dates of the snapshots read; `unknown` are how many accounts had a bad value in the window, and
    `nameless` the rows without a key.
    """

    accounts: pl.DataFrame
    terms: pl.DataFrame
    days: tuple[dt.date, ...] = ()
    unknown: int = 0
    nameless: int = 0
    currency: str | None = None
    no_currency: Texts | None = None
    why: Texts | None = None

    @property
    def no_amounts(self) -> Texts | None:
        """Why there is nothing to say of amounts."""
        return self.why or self.no_currency

    @property
    def note(self) -> Texts | None:
        """What to know about every figure: accounts of which a snapshot says nothing."""
        if not self.unknown and not self.nameless:
            return None
        return {
            "en": f"accounts with a bad value in a snapshot: {self.unknown}, rows without an account: {self.nameless}; "
            "there, the last known state counts",
            "fr": f"comptes avec une valeur erronée dans un instantané : {self.unknown}, lignes sans compte : "
            f"{self.nameless} ; le dernier état connu y compte",
        }


def observe(asked: Asked) -> Observed:
    """Reads the snapshots; raises `Problems` where one is no good."""
    snapshots = Snapshots(asked.project.workspace, asked.project.catalogue)
    days = list(_days(snapshots, asked))
    start = max((day for day in days if day <= asked.window.first), default=None)
    end = max((day for day in days if day <= asked.window.last), default=None)
    if start is None or end is None:
        return _nothing(_too_early(days[0] if days else None))
    course = Course(
        Ends(start, end, asked.window.first, asked.window.last), asked.grace, asked.method
    )
    exchange = read_exchange(asked.project.workspace, asked.window.first)
    paid: set[str] = set()
    unknown: set[str] = set()
    nameless = 0
    for state in ahead(read_state(snapshots, day, asked.by) for day in days):
        course.step(exchange.convert(state))
        if start <= state.on <= end:
            paid |= currencies_paid(state)
            unknown.update(state.unknown)
            nameless += state.nameless
    currency, no_currency = exchange.reported(paid, asked.window.first)
    accounts = course.accounts()
    terms = course.terms().join(
        accounts.select(KEY, "group"), on=KEY, how="left", maintain_order="left"
    )
    return Observed(accounts, terms, tuple(days), len(unknown), nameless, currency, no_currency)


def _days(snapshots: Snapshots, asked: Asked) -> Iterator[dt.date]:
    """The dates of the snapshots to read, in order."""
    told = asked.window.last + dt.timedelta(days=asked.grace)
    days = _monthly(asked, told) if snapshots.any_date else snapshots.dates()
    for day in days:
        if day > asked.on:
            return
        yield day
        if day > told:
            return


def _monthly(asked: Asked, told: dt.date) -> list[dt.date]:
    """Where any date has a snapshot: a grace before the window, each month of it, its ends, and a grace after it."""
    before = asked.window.first - dt.timedelta(days=asked.grace)
    after = max(asked.window.last, min(asked.on, told + dt.timedelta(days=1)))
    return sorted({before, *asked.window.months(), after})


def _nothing(why: Texts) -> Observed:
    terms = pl.DataFrame(schema={**TERMS, "group": pl.String()})
    return Observed(pl.DataFrame(schema=ACCOUNTS), terms, why=why)


def _too_early(first: dt.date | None) -> Texts:
    if first is None:
        return {
            "en": "there is no snapshot by then",
            "fr": "il n'y a pas encore d'instantané à cette date",
        }
    return {
        "en": f"the first snapshot is of {first}; ask --from {first} or later",
        "fr": f"le premier instantané est du {first} ; demandez --from {first} ou plus tard",
    }
