"""Earlier values, read from what the store kept of earlier snapshots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import polars as pl

from ..calendar.schedule import due_dates
from ..playbook.model import Playbook
from ..store import Overlay, Store
from .needs import history_of

LOOK_BACK = (7, 40, 400, 1500)
"""Days in which the due date before a date is sought: most schedules are daily, few are yearly."""


def previous_due(schedule: str, on: dt.date) -> dt.date | None:
    """The schedule's last due date before `on`; None where there is none for years."""
    for days in LOOK_BACK:
        found = due_dates(schedule, on - dt.timedelta(days=days + 1), on - dt.timedelta(days=1))
        if found:
            return found[-1]
    return None


def earlier_values(
    playbook: Playbook, store: Store | Overlay, on: dt.date, since: dt.date | None
) -> pl.DataFrame | None:
    """`account_id` with a column for each earlier value that the playbook reads; None where it reads none.

    `field@previous` is the value that its previous due date saw, `field@30` the one known 30 days ago.
    """
    wanted = sorted(history_of(playbook), key=str)
    if not wanted:
        return None
    days = store.history_days()
    frame: pl.DataFrame | None = None
    for field, back in wanted:
        limit = since if back is None else on - dt.timedelta(days=back)
        name = f"{field}@{'previous' if back is None else back}"
        values = _known_on(store, days, limit, field, name)
        frame = (
            values
            if frame is None
            else frame.join(values, on="account_id", how="full", coalesce=True)
        )
    return frame


def _known_on(
    store: Store | Overlay, days: Sequence[dt.date], limit: dt.date | None, field: str, name: str
) -> pl.DataFrame:
    """The field's values of the newest kept snapshot that is not later than `limit`."""
    before = [day for day in days if limit is not None and day <= limit]
    values = store.history(before[-1], [field]) if before else None
    if values is None or field not in values.columns:
        return pl.DataFrame(schema={"account_id": pl.String, name: pl.Null})
    return values.rename({field: name})
