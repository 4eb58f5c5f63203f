"""Inputs and results of evaluation: the dates, the tables, and the workspace's rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from ..calendar.working_days import Calendar
from ..core.schemas import CONTACTS, LEDGER, STATES
from ..workspace.settings import ContactPolicy, Role


@dataclass(frozen=True, slots=True)
class Day:
    """The dates of an evaluation.

    Attributes:
        on: The date evaluated.
        run_on: The run's date, later than `on` when catching up.
        snapshot_on: The snapshot's date.
    """

    on: dt.date
    run_on: dt.date
    snapshot_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Rules:
    """The workspace's rules: roles, contact policy, working days, and the language of titles."""

    roles: Mapping[str, Role]
    policy: ContactPolicy
    calendar: Calendar
    language: str


def nothing_issued(action_ids: pl.Series) -> pl.Series:
    """Return no ids, as an empty ledger does for `Tables.issued`."""
    return action_ids.head(0)


def nothing_pending(_: pl.Series) -> pl.DataFrame:
    """Return no entries, as an empty ledger does for `Tables.pending`."""
    return pl.DataFrame(schema=LEDGER)


def no_contacts(_: pl.Series) -> pl.DataFrame:
    """Return no contacts, as an empty ledger does for `Tables.contacts`."""
    return pl.DataFrame(schema=CONTACTS)


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables that an evaluation reads, as of before the date.

    The ledger is large, so it is read through three look-ups instead of a table.

    Attributes:
        snapshot: One row an account, `account_id` unique.
        states: The accounts' states, STATES.
        history: By playbook: earlier values, one row for each `account_id`.
        since: By playbook: the due date before this one.
        pending: Takes account ids; returns their issued LEDGER rows that are due after the date.
        contacts: Takes account ids; returns their recent and promised contacts, CONTACTS.
        issued: Takes action ids; returns those that are in the ledger.
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
    """The changes of a date, all sorted.

    Attributes:
        states: Rows of STATES that changed.
        entries: New ledger entries, LEDGER.
        ended: Enrolments that ended, ENDED.
        counts: COUNTS.
    """

    states: pl.DataFrame
    entries: pl.DataFrame
    ended: pl.DataFrame
    counts: pl.DataFrame
