"""What evaluation is given besides the playbooks: the dates, the tables, and the workspace's rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from ..calendar.days import Calendar
from ..workspace.model import ContactPolicy, Role
from .tables import LEDGER, STATES


@dataclass(frozen=True, slots=True)
class Day:
    """The date evaluated, the run's own date (later when catching up), and the snapshot's."""

    on: dt.date
    run_on: dt.date
    snapshot_on: dt.date


@dataclass(frozen=True, slots=True)
class Rules:
    """What the workspace says: who owns what, how often a customer is contacted, which days are off."""

    roles: Mapping[str, Role]
    policy: ContactPolicy
    calendar: Calendar
    language: str


def nothing_issued(action_ids: pl.Series) -> pl.Series:
    """The answer of an empty ledger: none of these ids is in it."""
    return action_ids.head(0)


CONTACTS = ("account_id", "playbook", "cycle", "step", "occurrence", "contact_on")
"""Columns of the contacts already made or promised."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The state of the world before the date.

    `snapshot`: a row an account, `account_id` unique; `states`: STATES; `pending`: LEDGER rows issued and due
    after the date; `contacts`: recent and promised ones; `history`: by playbook, earlier values by `account_id`;
    `since`: by playbook, its due date before this one; `issued`: which of some action ids the ledger holds.
    """

    snapshot: pl.DataFrame
    states: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=STATES))
    pending: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LEDGER))
    contacts: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={name: LEDGER[name] for name in CONTACTS})
    )
    history: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    since: Mapping[str, dt.date | None] = field(default_factory=dict)
    issued: Callable[[pl.Series], pl.Series] = nothing_issued


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a date changed: state rows, ledger entries, enrolments ended, counts; all sorted."""

    states: pl.DataFrame
    entries: pl.DataFrame
    ended: pl.DataFrame
    counts: pl.DataFrame
