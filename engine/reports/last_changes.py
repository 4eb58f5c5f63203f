"""The date on which a field's value last changed for any account, from the snapshots there are.

Compares each snapshot with the one before it, the newest first, until all fields have changed. An account counts where
both have it, so that one that comes or goes changes nothing. A snapshot that cannot be read is left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from itertools import pairwise

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problems
from ..sources import Snapshots

CHANGE_UNKNOWN = "unknown"
"""The answer where there are not two snapshots to compare."""

MOST_SNAPSHOTS = 400
"""The most snapshots that are read, the newest: as many days as those of sources without dates are stored."""


def last_changes(
    snapshots: Snapshots, on: dt.date, fields: Collection[str]
) -> dict[str, dt.date | str]:
    """Return the date of the last change of each field: that of the first snapshot with the new value.

    Returns:
        A date; `before` a date where no snapshot since then has another value; or `unknown`.
    """
    found: dict[str, dt.date | str] = {}
    left = [name for name in fields if name != ACCOUNT_ID]
    oldest: dict[str, dt.date] = {}
    for (day, newer), (_, older) in pairwise(_frames(snapshots, on, left)):
        common = [name for name in left if name in newer.columns and name in older.columns]
        changed = _changed(newer, older, common)
        found |= dict.fromkeys(changed, day)
        oldest |= dict.fromkeys(common, day)
        left = [name for name in left if name not in changed]
        if not left:
            break
    for name in left:
        found[name] = f"before {oldest[name]}" if name in oldest else CHANGE_UNKNOWN
    return found


def _frames(
    snapshots: Snapshots, on: dt.date, fields: Collection[str]
) -> Iterator[tuple[dt.date, pl.DataFrame]]:
    """Yield the snapshots up to a date with those of the fields that they have, the newest first."""
    days = [day for day in snapshots.dates() if day <= on]
    for day in sorted(days, reverse=True)[:MOST_SNAPSHOTS]:
        try:
            yield day, snapshots.load(day, snapshots.readable_fields(day, fields)).frame
        except Problems:
            continue


def _changed(newer: pl.DataFrame, older: pl.DataFrame, fields: Collection[str]) -> list[str]:
    """Return the fields that have another value for an account that both have."""
    if not fields:
        return []
    both = newer.select(ACCOUNT_ID, *fields).join(
        older.select(ACCOUNT_ID, *fields), on=ACCOUNT_ID, suffix="@before"
    )
    differ = [pl.col(name).ne_missing(pl.col(f"{name}@before")).any() for name in fields]
    names = both.select(each.alias(name) for each, name in zip(differ, fields, strict=True))
    return [name for name in fields if names[name].item()]
