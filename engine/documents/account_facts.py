"""What is known of one account on a date, and what was a quarter before.

In: a project, an account and a date; out: its values in the newest snapshot not later than that, and in the one
about a quarter older. The rule: a bad value hides itself alone, so that a document can say which one is bad.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem, Problems
from ..fields.derivation import derivation_order
from ..language.expressions import ConstantValue
from ..sources import Snapshots
from ..text.suggest import suggest

if TYPE_CHECKING:
    from ..project.loading import Project

QUARTER_DAYS = dt.timedelta(days=90)
OLDEST = dt.timedelta(days=135)
"""A snapshot older than a quarter and a half says nothing of the last quarter."""

NAME_FIELD = "account_name"

COMPARED_FIELDS = 20_000
"""Ids among which one that is nearly the one asked for is sought; it takes a second for ten times as many."""

AccountValues = Mapping[str, ConstantValue | None]


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account on a date: all fields of the catalogue, None where a value is missing or bad."""

    account: str
    on: dt.date
    snapshot_on: dt.date
    values: AccountValues
    bad: Mapping[str, str]
    """What is wrong with the export's value of a field, for each that has a bad one."""
    before_on: dt.date | None
    """The date of the snapshot of about a quarter before; None where there is none."""
    before: AccountValues

    @property
    def name(self) -> str:
        """The account's name, or its id where it has none."""
        return str(self.values.get("account_name") or self.account)


def read_account_facts(project: Project, account: str, on: dt.date) -> AccountFacts | None:
    """The account as of `on`; None where the newest snapshot lacks it.

    Raises `Problems` without a snapshot, or where the newest one is older than the workspace's `max_age`: what is
    written of an account goes to people, as what a run issues does.
    """
    snapshots = Snapshots(project.workspace, project.catalogue)
    day = newest_snapshot(snapshots, on)
    if stale := snapshots.check_age(day, on):
        raise Problems(stale)
    values, bad = _row(snapshots, day, account)
    if values is None:
        return None
    before_on = quarter_before(snapshots, on)
    before = None if before_on is None else _earlier(snapshots, before_on, account)
    return AccountFacts(account, on, day, values, bad, before_on if before else None, before or {})


def values_on(project: Project, account: str, on: dt.date) -> AccountValues:
    """The account's values in the newest snapshot not later than `on`; nothing where that lacks it, or is none."""
    snapshots = Snapshots(project.workspace, project.catalogue)
    day = snapshots.newest(on)
    return (_earlier(snapshots, day, account) if day else None) or {}


def newest_snapshot(snapshots: Snapshots, on: dt.date) -> dt.date:
    """The date of the newest snapshot not later than `on`; raises `Problems` where there is none."""
    day = snapshots.newest(on)
    if day is None:
        hint = "name a later date with --on, or see where `snapshots` in tenure.yaml looks for them"
        raise Problems([Problem("no-snapshot", f"there is no snapshot for {on}", None, hint)])
    return day


def quarter_before(snapshots: Snapshots, on: dt.date) -> dt.date | None:
    """The date of the newest snapshot that is 90 days older than `on` or more; None if that is over 135."""
    day = snapshots.newest(on - QUARTER_DAYS)
    return day if day is not None and day >= on - OLDEST else None


def _row(
    snapshots: Snapshots, day: dt.date, account: str
) -> tuple[AccountValues | None, dict[str, str]]:
    """The account's values, and what is wrong with those of its fields that are bad."""
    fields = snapshots.catalogue.fields.keys() - {ACCOUNT_ID}
    snapshot = snapshots.load(day, fields)
    found = _of(snapshot.frame, account)
    if found is not None:
        return found, {}
    entries = snapshot.quarantined.filter(pl.col(ACCOUNT_ID) == account).iter_rows(named=True)
    bad = {entry["field"]: f"{entry['value']} is {entry['reason']}" for entry in entries}
    if not bad:
        return None, {}
    good = _of(snapshots.load(day, fields - _following(snapshots, bad)).frame, account)
    return None if good is None else {**dict.fromkeys(fields), **good}, bad


def _following(snapshots: Snapshots, bad: Collection[str]) -> set[str]:
    """The bad fields, and those that follow from them."""
    fields = snapshots.catalogue.fields
    return {name for name in fields if not set(bad).isdisjoint(derivation_order(fields, {name}))}


def _earlier(snapshots: Snapshots, day: dt.date, account: str) -> AccountValues | None:
    """The values in an earlier snapshot; None where it lacks the account, or can't be read any more."""
    try:
        return _row(snapshots, day, account)[0]
    except Problems:
        return None


def _of(frame: pl.DataFrame, account: str) -> AccountValues | None:
    found = frame.filter(pl.col(ACCOUNT_ID) == account)
    return found.row(0, named=True) if found.height else None


def suggest_account(project: Project, on: dt.date, account: str) -> str | None:
    """The account of the newest snapshot that is meant, perhaps: by id without zeros, by name, or by nearly its id."""
    snapshots = Snapshots(project.workspace, project.catalogue)
    day = snapshots.newest(on)
    if day is None:
        return None
    known = snapshots.load(day, {NAME_FIELD}).frame
    bare = pl.col(ACCOUNT_ID).str.strip_chars_start("0") == account.strip().lstrip("0")
    named = pl.col(NAME_FIELD).str.to_lowercase() == account.strip().lower()
    for same in (bare, named):
        found = known.filter(same)[ACCOUNT_ID].to_list() if account.strip() else []
        if len(found) == 1:
            return str(found[0])
    ids = known[ACCOUNT_ID]
    return suggest(account, ids.to_list()) if len(ids) <= COMPARED_FIELDS else None
