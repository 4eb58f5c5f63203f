"""Monthly usage history of an account over the last year, read from the snapshots.

Takes a project, an account and a date, and returns one point per month with a snapshot. Values are None where the
account was missing, or where its row had bad values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from ...core.ids import ACCOUNT_ID
from ...core.offsets import Offset, shift_date
from ...core.problems import Problems
from ...sources import Snapshots

if TYPE_CHECKING:
    from ...language.expressions import ConstantValue
    from ...project.loading import Project

HISTORY_MONTHS = 12
"""Months before that of the date."""


class UsagePoint(NamedTuple):
    """Values of an account in a snapshot, with the snapshot's date."""

    on: dt.date
    values: Mapping[str, ConstantValue | None]


def read_usage_history(
    project: Project, account: str, on: dt.date, fields: Collection[str]
) -> list[UsagePoint]:
    """Return the fields' values in the newest snapshot as of the date and of each month before; earliest first."""
    snapshots = Snapshots(project.workspace, project.catalogue)
    dates = {snapshots.newest(_months_before(on, back)) for back in range(HISTORY_MONTHS + 1)}
    oldest = _months_before(on, HISTORY_MONTHS + 1)
    known = sorted(date for date in dates if date is not None and date >= oldest)
    return [UsagePoint(date, _values(snapshots, date, account, fields)) for date in known]


def _months_before(on: dt.date, months: int) -> dt.date:
    """Return the same day of an earlier month, or that month's last day."""
    return shift_date(on, Offset(-months, "months"))


def _values(
    snapshots: Snapshots, date: dt.date, account: str, fields: Collection[str]
) -> Mapping[str, ConstantValue | None]:
    """Return the account's values; an empty map where an old snapshot is not readable any more."""
    try:
        frame = snapshots.load(date, fields).frame
    except Problems:
        return {}
    rows = frame.filter(pl.col(ACCOUNT_ID) == account)
    return rows.row(0, named=True) if rows.height else {}
