"""Earlier values of fields, read from the snapshot history in the store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

import polars as pl

from ..calendar.schedule import due_dates
from ..core.ids import ACCOUNT_ID
from ..core.schemas import ALL_KEYS, KeyRange
from ..playbook.model import Playbook
from ..store import StoreView

LOOK_BACK = (7, 40, 400, 1500)
"""Days in which the previous due date is searched: most schedules are daily, few are yearly."""

MARGIN = 31
"""Days that earlier values are saved longer than the longest look-back of the playbooks needs them.

So the messages of the last month can be shown again, and a playbook may look back a little further after an edit.
"""


def previous_due(schedule: str, on: dt.date) -> dt.date | None:
    """Return the schedule's last due date before `on`; None if there is none for years."""
    for days in LOOK_BACK:
        due = due_dates(schedule, on - dt.timedelta(days=days + 1), on - dt.timedelta(days=1))
        if due:
            return due[-1]
    return None


def days_kept(store: StoreView, on: dt.date) -> list[dt.date]:
    """The dates of the snapshots that were kept before `on` was evaluated, earliest first.

    So a message that is rendered later reads what evaluation read.
    """
    return sorted(store.snapshots_seen(on))


def history_needed_on(
    playbooks: Iterable[Playbook],
    look_backs: Collection[int | None],
    on: dt.date,
    keep_days: int,
) -> dt.date:
    """Return the earliest date whose values a later run, or a message of the last `MARGIN` days, may need.

    Args:
        playbooks: The workspace's playbooks, whose previous dates may be needed.
        look_backs: The days that they look back; None for their previous date.
        on: The date evaluated.
        keep_days: The least days that values are saved, even if no playbook looks back to them.
    """
    back = max([days for days in look_backs if days is not None], default=0)
    first = on.toordinal() - back
    if None in look_backs:
        due = (previous_due(playbook.schedule, on) for playbook in playbooks)
        first = min([first, *(each.toordinal() for each in due if each is not None)])
    return dt.date.fromordinal(max(1, min(first - MARGIN, on.toordinal() - keep_days)))


def earlier_values(
    wanted: Collection[tuple[str, int | None]],
    store: StoreView,
    days: Sequence[dt.date],
    on: dt.date,
    since: dt.date | None,
    stretch: KeyRange = ALL_KEYS,
) -> pl.DataFrame | None:
    """Return `account_id` with a column for each earlier value, read from the snapshots of these days.

    `field@previous` is the value on the date `since`, the playbook's previous due date; `field@30` the value
    known 30 days before `on`. Without earlier values to read, return None.
    """
    by_date: dict[dt.date | None, list[tuple[str, str]]] = {}
    for field, back in sorted(values_read, key=str):
        limit = since if back is None else on - dt.timedelta(days=back)
        before = [each for each in days if limit is not None and each <= limit]
        name = f"{field}@{'previous' if back is None else back}"
        by_date.setdefault(before[-1] if before else None, []).append((field, name))
    frame: pl.DataFrame | None = None
    for on_date, names in by_date.items():
        values = _known_on(store, on_date, names, stretch)
        frame = (
            values
            if frame is None
            else frame.join(values, on=ACCOUNT_ID, how="full", coalesce=True)
        )
    return frame


def _known_on(
    store: StoreView,
    day: dt.date | None,
    asked: Sequence[tuple[str, str]],
    stretch: KeyRange,
) -> pl.DataFrame:
    """Return the fields' values, renamed, of the saved snapshot of that date; no rows if none was saved."""
    if on is None:
        return pl.DataFrame(
            schema={ACCOUNT_ID: pl.String, **{name: pl.Null for _, name in renamed}}
        )
    saved = store.history(on, sorted({field for field, _ in renamed}), stretch)
    return saved.select(
        ACCOUNT_ID,
        *(
            (pl.col(field) if field in saved.columns else pl.lit(None)).alias(name)
            for field, name in renamed
        ),
    )
