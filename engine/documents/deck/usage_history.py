"""How an account's usage went: a point a month over the last four quarters, out of the snapshots themselves.

In: a project, an account, a date; out: dates with values. A month without a snapshot has no point, and where the
account was missing, or its row no good, its values are None.
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
"""Back from the date, besides the month that it is in."""


class UsagePoint(NamedTuple):
    """What a snapshot said of the account."""

    on: dt.date
    values: Mapping[str, ConstantValue | None]


def read_history(
    project: Project, account: str, on: dt.date, fields: Collection[str]
) -> list[UsagePoint]:
    """The fields' values in the newest snapshot of the date, of a month before, and so on; the earliest first."""
    snapshots = Snapshots(project.workspace, project.catalogue)
    newest = {snapshots.newest(_months_before(on, back)) for back in range(HISTORY_MONTHS + 1)}
    oldest = _months_before(on, HISTORY_MONTHS + 1)
    days = sorted(day for day in newest if day is not None and day >= oldest)
    return [UsagePoint(day, _values(snapshots, day, account, fields)) for day in days]


def _months_before(on: dt.date, months: int) -> dt.date:
    """The same day of an earlier month, or that month's last."""
    return shift_date(on, Offset(-months, "months"))


def _values(
    snapshots: Snapshots, day: dt.date, account: str, fields: Collection[str]
) -> Mapping[str, ConstantValue | None]:
    """The account's values; none where an old snapshot can't be read any more."""
    try:
        frame = snapshots.load(day, fields).frame
    except Problems:
        return {}
    found = frame.filter(pl.col(ACCOUNT_ID) == account)
    return found.row(0, named=True) if found.height else {}
