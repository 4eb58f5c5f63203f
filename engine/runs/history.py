"""Earlier values, read from the store's history of snapshots."""

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
"""Days in which the due date before a date is sought: most schedules are daily, few are yearly."""

MARGIN = 31
"""Days that earlier values stay beyond the longest look-back of the playbooks.

So the messages of the last month can be shown again, and a playbook may look back a little further after an edit.
"""


def previous_due(schedule: str, on: dt.date) -> dt.date | None:
    """Return the schedule's last due date before `on`; None where there is none for years."""
    for days in LOOK_BACK:
        found = due_dates(schedule, on - dt.timedelta(days=days + 1), on - dt.timedelta(days=1))
        if found:
            return found[-1]
    return None


def days_kept(store: StoreView, on: dt.date) -> list[dt.date]:
    """Return the dates of the snapshots in the history before `on` was evaluated, earliest first.

    So what is read again later, for a message, is what evaluation read.
    """
    return sorted(store.snapshots_seen(on))


def history_needed_on(
    playbooks: Iterable[Playbook],
    wanted: Collection[int | None],
    on: dt.date,
    keep_days: int,
) -> dt.date:
    """Return the earliest date of which a later run, or a message of the last `MARGIN` days, may ask a value.

    Args:
        playbooks: The workspace's playbooks, whose previous dates may be asked for.
        wanted: How many days they look back; None for their previous date.
        on: The date evaluated.
        keep_days: The fewest days that values stay, whether or not a playbook reads them.
    """
    back = max([days for days in wanted if days is not None], default=0)
    first = on.toordinal() - back
    if None in wanted:
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
    """`account_id` with a column for each earlier value wanted, of the snapshots of these days; None for none wanted.

    `field@previous` is the value that the date `since`, the playbook's previous due date, saw; `field@30` the one
    known 30 days before `on`.
    """
    asked: dict[dt.date | None, list[tuple[str, str]]] = {}
    for field, back in sorted(wanted, key=str):
        limit = since if back is None else on - dt.timedelta(days=back)
        before = [day for day in days if limit is not None and day <= limit]
        name = f"{field}@{'previous' if back is None else back}"
        asked.setdefault(before[-1] if before else None, []).append((field, name))
    frame: pl.DataFrame | None = None
    for day, names in asked.items():
        values = _known_on(store, day, names, stretch)
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
    """Return the fields' values, under other names, in the history of that date; none without a date."""
    if day is None:
        return pl.DataFrame(schema={ACCOUNT_ID: pl.String, **{name: pl.Null for _, name in asked}})
    kept = store.history(day, sorted({field for field, _ in asked}), stretch)
    return kept.select(
        ACCOUNT_ID,
        *(
            (pl.col(field) if field in kept.columns else pl.lit(None)).alias(name)
            for field, name in asked
        ),
    )
