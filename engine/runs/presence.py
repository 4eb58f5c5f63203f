"""Accounts of earlier snapshots: which ones have been absent for long, and which are back.

Reads the ids that the store saves of each snapshot. An account whose row is left out for bad values is not absent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ..core.ids import ACCOUNT_ID, MERGED_INTO
from ..sources.account_ids import compare
from ..store import StoreView
from .parts import Part


@dataclass(frozen=True, slots=True)
class Presence:
    """The presence of accounts in the snapshots up to a date.

    Attributes:
        days: The snapshots that must lack an account for its absence to count; None if there are too few yet.
        returned: The accounts that the last snapshot lacked, new ones among them, or in which they were merged.
    """

    days: Sequence[dt.date] | None
    returned: pl.Series


def read_presence(
    store: StoreView,
    on: dt.date,
    stands_days: int,
    saved_days: Sequence[dt.date],
    before: pl.DataFrame | None,
    listed: pl.Series,
) -> Presence:
    """Return the presence of accounts up to a date.

    Args:
        store: The store.
        on: The date evaluated.
        stands_days: Days that an absence lasts before it counts.
        saved_days: The dates of the snapshots whose accounts are saved, earliest first.
        before: The accounts of the last of these, with `merged_into` if it had the field; None without one.
        listed: The accounts of the snapshot, including those left out.
    """
    return Presence(_days_of_absence(store, on, stands_days, saved_days), _returned(before, listed))


def _days_of_absence(
    store: StoreView, on: dt.date, stands_days: int, saved_days: Sequence[dt.date]
) -> list[dt.date] | None:
    if stands_days == 0:
        return []
    long_ago = on - dt.timedelta(days=stands_days - 1)
    first = max(store.snapshots_seen(long_ago), default=None)
    return None if first is None else [day for day in saved_days if day >= first]


def _returned(before: pl.DataFrame | None, listed: pl.Series) -> pl.Series:
    if before is None:
        return pl.Series(ACCOUNT_ID, [], dtype=pl.String)
    new = compare(before[ACCOUNT_ID], listed)[1].alias(ACCOUNT_ID)
    if MERGED_INTO not in before.columns:
        return new
    merged = before.filter(pl.col(MERGED_INTO).is_not_null())[ACCOUNT_ID]
    return pl.concat([new, merged])


@dataclass(frozen=True, slots=True)
class PartPresence:
    """The presence of the accounts of one part; implements `PresenceLookup`.

    Attributes:
        store: The store, read by several threads.
        presence: The presence of all accounts.
        part: The part.
        listed: The accounts of the snapshot, including those left out; all of them, or those that the part may have.
    """

    store: StoreView
    presence: Presence
    part: Part
    listed: pl.Series

    def long_absent(self, accounts: pl.Series) -> pl.Series:
        """Return those of the accounts that the snapshots have lacked for as long as a doubted date has to stand."""
        if self.presence.days is None:
            return accounts.head(0)
        absent = _without(accounts, self.listed)
        for day in reversed(self.presence.days):
            if absent.len():
                saved = self.store.history(day, (), self.part.stretch)
                absent = _without(absent, saved[ACCOUNT_ID])
        return absent

    def returned(self, also: pl.Series) -> pl.Series:
        """Return the accounts that the snapshot before lacked, new ones among them, or in which they were merged."""
        return pl.concat([self.presence.returned, also]).unique()


def _without(accounts: pl.Series, others: pl.Series) -> pl.Series:
    return accounts.filter(~accounts.is_in(others.implode()))
