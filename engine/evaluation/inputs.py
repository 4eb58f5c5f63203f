"""Inputs and results of evaluation: the dates, the tables, and the workspace's rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import polars as pl

from ..calendar.working_days import Calendar
from ..core.ids import ACCOUNT_ID
from ..core.schemas import CONTACTS, HAND_MOVES, LEDGER, STATES, empty_table
from ..workspace.settings import ContactPolicy, Doubt, Role
from .quiet_accounts import QuietAccounts

DEFAULT_DOUBT = Doubt()
CHECK_STEP = "check_date"
"""Step of the task to check a doubted date; it belongs to no playbook's machine."""


@dataclass(frozen=True, slots=True)
class Day:
    """The dates of an evaluation.

    Attributes:
        on: The date evaluated.
        run_on: The run's date, later than `on` when catching up.
        snapshot_on: The snapshot's date.
        over_until: The last date that is over; None is the day before `on`.
    """

    on: dt.date
    run_on: dt.date
    snapshot_on: dt.date | None
    over_until: dt.date | None = None

    @property
    def done_until(self) -> dt.date:
        """Return the last date whose actions and contacts have gone out."""
        return self.over_until or self.on - dt.timedelta(days=1)


class FirstNames(NamedTuple):
    """The names by which the actions of renamed playbooks and steps are known.

    `playbooks` has first ids by present id, `steps` first ids by playbook and step, written `playbook/step`.
    """

    playbooks: Mapping[str, str]
    steps: Mapping[str, str]


NO_FIRST_NAMES = FirstNames({}, {})


@dataclass(frozen=True, slots=True)
class Rules:
    """The workspace's rules: roles, contact policy, working days, the language of titles, and which dates it doubts.

    `first_names` has the names by which actions of renamed playbooks and steps are known.
    `disabled` has the ids of the playbooks that are not evaluated: no account is in them, and their contacts wait.
    `managers` has the manager of each person of the table of people, by the person's `name_key`.
    """

    roles: Mapping[str, Role]
    policy: ContactPolicy
    calendar: Calendar
    language: str
    doubt: Doubt = DEFAULT_DOUBT
    first_names: FirstNames = NO_FIRST_NAMES
    disabled: frozenset[str] = frozenset()
    managers: Mapping[str, str] = field(default_factory=dict)


class LedgerLookup(Protocol):
    """The ledger before the date, of which only what is asked for is read: it is large."""

    def pending(self) -> pl.DataFrame:
        """Return `LEDGER`: the actions that have not gone out yet: promised for the date or later, or postponed."""
        ...

    def contacts(self, accounts: pl.Series) -> pl.DataFrame:
        """Return `CONTACTS`: the contacts that these accounts had lately."""
        ...

    def past(self, accounts: pl.Series, playbooks: Collection[str]) -> pl.DataFrame:
        """Return `LEDGER`, or columns of it: all actions of these accounts and playbooks, as last revised."""
        ...

    def issued(self, action_ids: pl.Series) -> pl.Series:
        """Return those of the action ids that the ledger has."""
        ...

    def latest(self, accounts: pl.Series) -> pl.DataFrame:
        """Return `LEDGER`: every action of these accounts, as last revised."""
        ...


class EmptyLedger:
    """A `LedgerLookup` without entries."""

    def pending(self) -> pl.DataFrame:
        """Return no action."""
        return empty_table(LEDGER)

    def contacts(self, accounts: pl.Series) -> pl.DataFrame:  # noqa: ARG002
        """Return no contact."""
        return empty_table(CONTACTS)

    def past(self, accounts: pl.Series, playbooks: Collection[str]) -> pl.DataFrame:  # noqa: ARG002
        """Return no action."""
        return empty_table(LEDGER)

    def issued(self, action_ids: pl.Series) -> pl.Series:
        """Return no id."""
        return action_ids.head(0)

    def latest(self, accounts: pl.Series) -> pl.DataFrame:  # noqa: ARG002
        """Return no action."""
        return empty_table(LEDGER)


class PresenceLookup(Protocol):
    """The accounts of earlier snapshots, of which only what is asked for is read."""

    def long_absent(self, accounts: pl.Series) -> pl.Series:
        """Return those of the accounts that the snapshots have lacked for as long as a doubted date has to stand."""
        ...

    def returned(self, also: pl.Series) -> pl.Series:
        """Return the accounts that the snapshot before lacked, new ones among them, or in which they were merged.

        Those of `also` are among them, where absences are judged on this date.
        """
        ...


class NoEarlierSnapshots:
    """A `PresenceLookup` without earlier snapshots."""

    def long_absent(self, accounts: pl.Series) -> pl.Series:
        """Return no account."""
        return accounts.head(0)

    def returned(self, also: pl.Series) -> pl.Series:  # noqa: ARG002
        """Return no account."""
        return pl.Series(ACCOUNT_ID, [], dtype=pl.String)


@dataclass(frozen=True, slots=True)
class PlaybookEdit:
    """An edit of a playbook whose new text is evaluated for the first time.

    Attributes:
        after: The last date on which the earlier text was evaluated.
        accounts: The accounts that were evaluated then.
    """

    after: dt.date
    accounts: pl.Series


@dataclass(frozen=True, slots=True)
class PlanTables:
    """Tables of success plans that an evaluation reads.

    Attributes:
        items: PLAN_ITEMS, of the plans that can be read.
        known: LEDGER, the actions of success plans as last revised, with `@finished`, true if done or dismissed.
        unread: The accounts whose plan cannot be read: their actions stay as they are.
    """

    items: pl.DataFrame
    known: pl.DataFrame
    unread: pl.Series


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables that an evaluation reads, as of before the date.

    Attributes:
        snapshot: One row per account; `account_id` is unique.
        states: `STATES`.
        history: By playbook, earlier values by `account_id`.
        since: By playbook, its due date before this one.
        ledger: The actions issued before.
        edits: By playbook, for those whose present text is evaluated for the first time, the edit.
        first: The ids of playbooks that are evaluated for the first time.
        presence: The accounts of earlier snapshots.
        moves: `HAND_MOVES`; those of later dates do not count.
        facts: By playbook, what became of the actions that it asks about, by `account_id`; see `fact_columns`.
        plans: The items of success plans; None on a date whose plans are not known.
        quiet: The accounts to which nothing happened on the dates before; None where only one date is evaluated.
    """

    snapshot: pl.DataFrame
    states: pl.DataFrame = field(default_factory=lambda: empty_table(STATES))
    history: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    since: Mapping[str, dt.date | None] = field(default_factory=dict)
    ledger: LedgerLookup = field(default_factory=EmptyLedger)
    edits: Mapping[str, PlaybookEdit] = field(default_factory=dict)
    first: frozenset[str] = frozenset()
    presence: PresenceLookup = field(default_factory=NoEarlierSnapshots)
    moves: pl.DataFrame = field(default_factory=lambda: empty_table(HAND_MOVES))
    facts: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    plans: PlanTables | None = None
    quiet: QuietAccounts | None = None


@dataclass(frozen=True, slots=True)
class DayEvaluation:
    """The changes of a date, all sorted.

    Attributes:
        states: Rows of STATES that changed.
        entries: New ledger entries, LEDGER.
        ended: Enrolments that ended, ENDED.
        counts: COUNTS.
        undecided: UNDECIDED; a later date has to compare with the older values again.
    """

    states: pl.DataFrame
    entries: pl.DataFrame
    ended: pl.DataFrame
    counts: pl.DataFrame
    undecided: pl.DataFrame

    def undecided_by_field(self, playbook: str) -> dict[str, pl.Series]:
        """Return by field the accounts whose change the playbook could not decide."""
        if self.undecided.is_empty():
            return {}
        rows = self.undecided.filter(pl.col("playbook") == playbook)
        return {str(name): part[ACCOUNT_ID] for (name,), part in rows.group_by("field")}
