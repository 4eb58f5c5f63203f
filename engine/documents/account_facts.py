"""Values of one account on a date, and about a quarter before.

Takes a project, an account and a date. Returns its values in the newest snapshot as of the date, and in one about a
quarter older. A bad value makes only its own field missing, so that a document can name it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem, Problems
from ..language.expressions import Row
from ..sources import Snapshots
from ..text.suggest import suggest

if TYPE_CHECKING:
    from ..project.loading import Project

QUARTER_DAYS = dt.timedelta(days=90)
OLDEST = dt.timedelta(days=135)
"""Maximum age of the earlier snapshot: an older one does not describe the last quarter."""

NAME_FIELD = "account_name"

COMPARED_FIELDS = 20_000
"""Maximum number of ids searched for a similar one; ten times as many take a second."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account on a date: all fields of the catalogue, None where a value is missing or bad."""

    account: str
    on: dt.date
    snapshot_on: dt.date
    values: Row
    bad: Mapping[str, str]
    """The reason why the export's value of a field is bad, by field."""
    before_on: dt.date | None
    """The date of the snapshot of about a quarter before; None without one."""
    before: Row

    @property
    def name(self) -> str:
        """Return the account's name, or its id where it has no name."""
        return str(self.values.get("account_name") or self.account)


def read_account_facts(project: Project, account: str, on: dt.date) -> AccountFacts | None:
    """Return the account as of a date; None where the newest snapshot lacks it.

    Raises:
        Problems: There is no snapshot, or the newest one is older than the workspace's `max_age`: documents go to
            people, as the actions of a run do.
    """
    snapshots = _snapshots(project)
    snapshot_on = newest_snapshot(snapshots, on)
    if stale := snapshots.check_age(snapshot_on, on):
        raise Problems(stale)
    values, bad = _row(snapshots, snapshot_on, account)
    if values is None:
        return None
    before_on = quarter_before(snapshots, on)
    before = None if before_on is None else _earlier(snapshots, before_on, account)
    return AccountFacts(
        account, on, snapshot_on, values, bad, before_on if before else None, before or {}
    )


def values_on(project: Project, account: str, on: dt.date) -> Row:
    """Return the account's values in the newest snapshot as of `on`; empty without the snapshot or the account."""
    snapshots = _snapshots(project)
    snapshot_on = snapshots.newest(on)
    return (_earlier(snapshots, snapshot_on, account) if snapshot_on else None) or {}


def newest_snapshot(snapshots: Snapshots, on: dt.date) -> dt.date:
    """Return the date of the newest snapshot as of `on`. Raise `Problems` without one."""
    snapshot_on = snapshots.newest(on)
    if snapshot_on is None:
        hint = "name a later date with --on, or see where `snapshots` in tenure.yaml looks for them"
        raise Problems([Problem("no-snapshot", f"there is no snapshot for {on}", None, hint)])
    return snapshot_on


def quarter_before(snapshots: Snapshots, on: dt.date) -> dt.date | None:
    """Return the date of the newest snapshot at least 90 days older than `on`; None if it is over 135 days older."""
    snapshot_on = snapshots.newest(on - QUARTER_DAYS)
    return snapshot_on if snapshot_on is not None and snapshot_on >= on - OLDEST else None


def _row(
    snapshots: Snapshots, snapshot_on: dt.date, account: str
) -> tuple[Row | None, dict[str, str]]:
    """Return the account's values, and the reasons why fields are bad."""
    fields = snapshots.catalogue.fields.keys() - {ACCOUNT_ID}
    snapshot = snapshots.load(snapshot_on, fields)
    entries = snapshot.quarantined.filter(pl.col(ACCOUNT_ID) == account).iter_rows(named=True)
    bad = {entry["field"]: f"{entry['value']} is {entry['reason']}" for entry in entries}
    return _values_of(snapshot.frame, account), bad


def _snapshots(project: Project) -> Snapshots:
    """Return the snapshots with every account in them, whatever is bad in its row."""
    return Snapshots(project.workspace, project.catalogue.without_essentials())


def _earlier(snapshots: Snapshots, snapshot_on: dt.date, account: str) -> Row | None:
    """Return the values in an earlier snapshot; None where it lacks the account or is not readable any more."""
    try:
        return _row(snapshots, snapshot_on, account)[0]
    except Problems:
        return None


def _values_of(frame: pl.DataFrame, account: str) -> Row | None:
    rows = frame.filter(pl.col(ACCOUNT_ID) == account)
    return rows.row(0, named=True) if rows.height else None


def has_snapshot_account(project: Project, on: dt.date, account: str) -> bool:
    """Return whether the newest snapshot as of a date has the account; false without a snapshot."""
    snapshots = _snapshots(project)
    snapshot_on = snapshots.newest(on)
    if snapshot_on is None:
        return False
    return account in snapshots.load(snapshot_on, {NAME_FIELD}).frame[ACCOUNT_ID]


def suggest_account(project: Project, on: dt.date, account: str) -> str | None:
    """Return the similar account of the newest snapshot: by id without zeros, by name, or by similar id."""
    snapshots = Snapshots(project.workspace, project.catalogue)
    snapshot_on = snapshots.newest(on)
    if snapshot_on is None:
        return None
    known = snapshots.load(snapshot_on, {NAME_FIELD}).frame
    bare = pl.col(ACCOUNT_ID).str.strip_chars_start("0") == account.strip().lstrip("0")
    named = pl.col(NAME_FIELD).str.to_lowercase() == account.strip().lower()
    for matches in (bare, named):
        ids = known.filter(matches)[ACCOUNT_ID].to_list() if account.strip() else []
        if len(ids) == 1:
            return str(ids[0])
    all_ids = known[ACCOUNT_ID]
    return suggest(account, all_ids.to_list()) if len(all_ids) <= COMPARED_FIELDS else None
