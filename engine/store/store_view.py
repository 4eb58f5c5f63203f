"""Protocols of a store: what can be read of it, and how a date is committed to it.

`Reader`, `Store` and `Overlay` provide all of `StoreView`; `Store` and `Overlay` provide `CommitTarget`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import polars as pl

from ..core.schemas import ALL_KEYS, CONTACTS, LEDGER, KeyRange
from .retention import NOTHING_EXPIRES, Retention
from .run_record import RunRecord
from .version_texts import NO_TEXTS


class StoreView(Protocol):
    """A store that can be read; `Reader` describes each method."""

    def last_committed(self) -> dt.date | None:
        """Return the latest date committed."""
        ...

    def runs(self, on: dt.date | None = None) -> list[RunRecord]:
        """Return the records in the order committed: all, or those of one date."""
        ...

    def latest_runs(self, most: int, snapshot_before: dt.date | None = None) -> list[RunRecord]:
        """Return up to `most` of the last records, in the order committed."""
        ...

    def snapshots_seen(self, before: dt.date) -> set[dt.date]:
        """Return the dates of snapshots in the history that runs over dates before this one read."""
        ...

    def last_evaluation(self, playbook: str, before: dt.date) -> RunRecord | None:
        """Return the record of the last run over a date before this one that evaluated the playbook."""
        ...

    def states(
        self,
        playbook: str | None = None,
        stretch: KeyRange = ALL_KEYS,
        *,
        in_order: bool = True,
    ) -> pl.DataFrame:
        """Return `STATES`: the latest state of each account and playbook."""
        ...

    def pending(
        self,
        after: dt.date,
        accounts: pl.Series | None = None,
        stretch: KeyRange = ALL_KEYS,
        *,
        in_order: bool = True,
    ) -> pl.DataFrame:
        """Return `LEDGER`: the actions that are still to come after the date, as last revised; in `ORDER` if needed."""
        ...

    def contacts(
        self,
        since: dt.date,
        columns: Sequence[str] = tuple(CONTACTS),
        accounts: pl.Series | None = None,
        until: dt.date | None = None,
    ) -> pl.DataFrame:
        """Return `CONTACTS`, or other columns of `LEDGER`: what reaches customers from one date to another."""
        ...

    def known(self, action_ids: pl.Series, stretch: KeyRange = ALL_KEYS) -> pl.DataFrame:
        """Return `REVISION_KEY`: the latest revision of each of the actions that the ledger has."""
        ...

    def ledger(
        self,
        *,
        issued_on: dt.date | None = None,
        date_from: dt.date | None = None,
        date_to: dt.date | None = None,
        owner: str | None = None,
        accounts: Collection[str] | None = None,
        playbooks: Collection[str] | None = None,
        steps: Collection[str] | None = None,
        statuses: Collection[str] | None = None,
        history: bool = False,
        issued_to: dt.date | None = None,
        columns: Sequence[str] = tuple(LEDGER),
    ) -> pl.DataFrame:
        """Return `LEDGER`, or these columns of it: actions as last revised, or every revision."""
        ...

    def step_history(
        self,
        playbooks: Collection[str],
        steps: Collection[str],
        actions: Collection[str],
        columns: Sequence[str],
    ) -> pl.DataFrame:
        """Return columns of `LEDGER`: every revision of these actions of these steps."""
        ...

    def revisions(
        self, action_ids: pl.Series, columns: Sequence[str] = tuple(LEDGER)
    ) -> pl.DataFrame:
        """Return `LEDGER`, or these columns of it: every revision of these actions, by action and revision."""
        ...

    def action_ids(self, beginnings: Collection[str]) -> list[str]:
        """Return the ids of all actions that begin with one of these texts, sorted."""
        ...

    def ended(
        self,
        *,
        date_from: dt.date | None = None,
        date_to: dt.date | None = None,
        accounts: Collection[str] | None = None,
        playbooks: Collection[str] | None = None,
    ) -> pl.DataFrame:
        """Return `ENDED`: the enrolments that ended between the dates, both included."""
        ...

    def outcomes(
        self,
        *,
        until: dt.date | None = None,
        actions: pl.Series | None = None,
    ) -> pl.DataFrame:
        """Return `OUTCOMES` in order of number, with a date those that happened on it or before."""
        ...

    def outcomes_to(self, until: dt.date) -> int:
        """Return the highest number of an outcome that happened on the date or before; 0 without any."""
        ...

    def hand_moves(self, until: dt.date | None = None) -> pl.DataFrame:
        """Return `HAND_MOVES` in order of number, with a date those made on it or before."""
        ...

    def history_days(self) -> list[dt.date]:
        """Return the dates of the snapshots in the history, earliest first."""
        ...

    def history(
        self, day: dt.date, fields: Collection[str], stretch: KeyRange = ALL_KEYS
    ) -> pl.DataFrame:
        """Return `account_id` and those of the fields that the history has of the snapshot of that date."""
        ...

    def history_fields(self, day: dt.date) -> frozenset[str]:
        """Return the fields that the history has of the snapshot of that date."""
        ...

    def carried(self, day: dt.date, stretch: KeyRange = ALL_KEYS) -> pl.DataFrame:
        """Return the older values that playbooks still compare with after the snapshot of that date."""
        ...

    def quarantine(self, on: dt.date) -> pl.DataFrame:
        """Return `QUARANTINE`: the bad values of the last run over that date."""
        ...


class PartialCommit(Protocol):
    """One date on its way into a store, in parts; `Commit` describes each method."""

    def add(
        self,
        states: pl.DataFrame,
        entries: pl.DataFrame,
        ended: pl.DataFrame,
        history: pl.DataFrame | None = None,
        carried: pl.DataFrame | None = None,
    ) -> None:
        """Take in a part."""
        ...

    def finish(
        self,
        record: RunRecord,
        quarantined: pl.DataFrame,
        history_on: dt.date | None = None,
        retention: Retention = NOTHING_EXPIRES,
        texts: Mapping[str, str] = NO_TEXTS,
    ) -> None:
        """Make all parts part of the store, or with `Problems` raised nothing."""
        ...

    def entries(self) -> list[pl.LazyFrame]:
        """Return the entries taken in, to be collected."""
        ...

    def read_back(self) -> list[pl.LazyFrame]:
        """Return the same entries, read from the store when they are collected."""
        ...


class CommitTarget(StoreView, Protocol):
    """A store that takes in dates, and what people did."""

    def record(self, outcomes: pl.DataFrame, moves: pl.DataFrame) -> None:
        """Append `OUTCOMES` and `HAND_MOVES`, all of them or none; their numbers are given here."""
        ...

    def begin(
        self, on: dt.date, attempt: int, snapshot_on: dt.date, *, belated: bool = False
    ) -> AbstractContextManager[PartialCommit]:
        """Begin the commit of one evaluated date; unfinished, it leaves nothing. A belated one may be before others."""
        ...
