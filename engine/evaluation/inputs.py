"""What evaluation is given besides the playbooks: the dates, the tables, and the workspace's rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from ..calendar.working_days import Calendar
from ..core.ids import ACCOUNT_ID
from ..core.schemas import LEDGER, STATES
from ..workspace.settings import ContactPolicy, Role


@dataclass(frozen=True, slots=True)
class Day:
    """The date evaluated, the run's own date (later when catching up), and the snapshot's."""

    on: dt.date
    run_on: dt.date
    snapshot_on: dt.date | None


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


CONTACTS = (ACCOUNT_ID, "playbook", "cycle", "step", "occurrence", "contact_on")
"""Columns of the contacts already made or promised."""


def nothing_pending(_: pl.Series) -> pl.DataFrame:
    """The answer of an empty ledger: none of these accounts has been promised anything."""
    return pl.DataFrame(schema=LEDGER)


def no_contacts(_: pl.Series) -> pl.DataFrame:
    """The answer of an empty ledger: none of these accounts has been contacted."""
    return pl.DataFrame(schema={name: LEDGER[name] for name in CONTACTS})


@dataclass(frozen=True, slots=True)
class Tables:
    """The state of the world before the date.

    `snapshot`: a row an account, `account_id` unique; `states`: STATES; `history`: by playbook, earlier values by
    `account_id`; `since`: by playbook, its due date before this one. Of the ledger, which is large, only what is
    asked for is read: the LEDGER rows issued to some accounts and due after the date (`pending`), the contacts they
    had lately or are promised (`contacts`), and which of some action ids it holds (`issued`).
    """

    snapshot: pl.DataFrame
    states: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=STATES))
    history: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    since: Mapping[str, dt.date | None] = field(default_factory=dict)
    pending: Callable[[pl.Series], pl.DataFrame] = nothing_pending
    contacts: Callable[[pl.Series], pl.DataFrame] = no_contacts
    issued: Callable[[pl.Series], pl.Series] = nothing_issued


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a date changed: state rows, ledger entries, enrolments ended, counts; all sorted."""

    states: pl.DataFrame
    entries: pl.DataFrame
    ended: pl.DataFrame
    counts: pl.DataFrame
