"""Earlier values, read from the store's history of snapshots: the last known ones, as a playbook has seen them.

A playbook compares with what it knew when it was last evaluated: the values of the snapshot that it read then and,
where that lacks a value or an account, the older ones carried over it. Which other playbooks run changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

import polars as pl

from ..calendar.schedule import due_dates
from ..core.account_values import with_values
from ..core.ids import ACCOUNT_ID
from ..core.schemas import ALL_KEYS, READER, KeyRange, empty_table
from ..language.look_back import AsOfDate, Back, DayWindow, column_of_back
from ..language.traversal import KNOWN_ON
from ..store import StoreView
from .values_as_of import values_as_of
from .window_values import window_values

LOOK_BACK = (1, 7, 40, 400, 1500)
"""Days in which the due date before a date is sought: most schedules are daily, few are yearly."""

MARGIN_DAYS = 31
"""Days that earlier values stay beyond the longest look-back of the playbooks.

So the messages of the last month can be shown again, and a playbook may look back a little further after an edit.
"""

Wanted = Collection[tuple[str, Back]]
"""Earlier values: fields, and how far back."""


def previous_due(schedule: str, on: dt.date) -> dt.date | None:
    """Return the schedule's last due date before `on`; None where there is none for years."""
    for days in LOOK_BACK:
        found = due_dates(schedule, on - dt.timedelta(days=days + 1), on - dt.timedelta(days=1))
        if found:
            return found[-1]
    return None


@dataclass(frozen=True, slots=True)
class LookBack:
    """Where the earlier values of a playbook are, as of before a date.

    Attributes:
        on: The date.
        playbook: The playbook's id.
        seen: The date of the snapshot that its last evaluation read; None without one.
        days: The dates of the snapshots in the history, earliest first.
    """

    on: dt.date
    playbook: str
    seen: dt.date | None
    days: Sequence[dt.date]


def look_back(store: StoreView, playbook: str, on: dt.date) -> LookBack:
    """Return where the playbook's earlier values are; a message reads again later what the evaluation of `on` read."""
    return LookBack(on, playbook, last_seen(store, playbook, on), history_dates(store, on))


def last_seen(store: StoreView, playbook: str, before: dt.date) -> dt.date | None:
    """Return the date of the snapshot that the playbook's last evaluation before a date read."""
    record = store.last_evaluation(playbook, before)
    return record.snapshot_on if record else None


def history_dates(store: StoreView, on: dt.date) -> list[dt.date]:
    """Return the dates of the snapshots in the history before `on` was evaluated, earliest first."""
    return sorted(store.snapshots_seen(on))


def history_needed_on(
    seen: Iterable[dt.date],
    wanted: Collection[int | None],
    on: dt.date,
    keep_days: int,
) -> dt.date:
    """Return the earliest date of which a later run, or a message of the last `MARGIN_DAYS` days, may ask a value.

    Args:
        seen: The snapshots that playbooks read in their last evaluation before those days.
        wanted: How many days they look back; None for their last evaluation.
        on: The date evaluated.
        keep_days: The fewest days that values stay, whether or not a playbook reads them.
    """
    back = max([days for days in wanted if days is not None], default=0)
    first = min(on.toordinal() - back - MARGIN_DAYS, on.toordinal() - keep_days)
    return min(dt.date.fromordinal(max(1, first)), *seen, dt.date.max)


def earlier_values(
    wanted: Wanted,
    store: StoreView,
    back: LookBack,
    stretch: KeyRange = ALL_KEYS,
    dates: pl.DataFrame | None = None,
) -> pl.DataFrame | None:
    """Return `account_id` with a column for each earlier value, and one for its date; None where none is wanted.

    `field@previous` is the value that the playbook knew at its last evaluation, `field@30` the one known 30 days
    before; `field@30@on` is the date of the snapshot that has it. `field@lowest30` combines those of all days since
    then. `field@since_x` is the value as of the account's date `x` in `dates`, as `account_dates` gives them.
    """
    asked: dict[tuple[dt.date | None, str | None], list[tuple[str, str]]] = {}
    for field, days in sorted(wanted, key=str):
        if isinstance(days, DayWindow | AsOfDate):
            continue
        reader, limit = None, back.seen
        if days is None:
            reader = back.playbook
        else:
            limit = back.on - dt.timedelta(days=days)
        before = [day for day in back.days if limit is not None and day <= limit]
        name = column_of_back(field, days)
        asked.setdefault((before[-1] if before else None, reader), []).append((field, name))
    frames = []
    for (day, reader), names in asked.items():
        found = known_values(store, day, reader, [field for field, _ in names], stretch)
        values = found.select(
            ACCOUNT_ID,
            *(pl.col(field).alias(name) for field, name in names),
            *(pl.col(f"{field}{KNOWN_ON}").alias(f"{name}{KNOWN_ON}") for field, name in names),
        )
        frames.append(values)

    def read(day: dt.date | None, fields: Collection[str]) -> pl.DataFrame:
        return known_values(store, day, None, fields, stretch)

    frames += window_values(wanted, back.on, back.days, read)
    frames += values_as_of(wanted, back.on, back.days, read, dates)
    return reduce(_join_accounts, frames) if frames else None


def _join_accounts(values: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Return the values of both, for accounts of either one."""
    if values[ACCOUNT_ID].equals(more[ACCOUNT_ID]):
        # Most of all: both are of the same snapshot.
        return values.hstack(more.drop(ACCOUNT_ID))
    # Before the first snapshot no account is known.
    if more.is_empty():
        return with_values(values, more)
    if values.is_empty():
        return with_values(more, values)
    return values.join(more, on=ACCOUNT_ID, how="full", coalesce=True)


def values_alone(earlier: pl.DataFrame) -> pl.DataFrame:
    """Return earlier values without the columns of their dates, which evaluation does not need."""
    return earlier.select(name for name in earlier.columns if not name.endswith(KNOWN_ON))


def known_values(
    store: StoreView,
    day: dt.date | None,
    reader: str | None,
    fields: Collection[str],
    stretch: KeyRange = ALL_KEYS,
) -> pl.DataFrame:
    """Return what was known after the snapshot of `day`: `account_id`, the fields, and each one's date, `field@on`.

    Args:
        store: The store.
        day: The date of a snapshot in the history; None for nothing known.
        reader: The playbook that compares with the values; None for values that are read some days back.
        fields: The fields.
        stretch: The accounts.
    """
    dates = [f"{field}{KNOWN_ON}" for field in fields]
    if day is None:
        schema: dict[str, pl.DataType] = dict.fromkeys(fields, pl.Null())
        schema |= dict.fromkeys(dates, pl.Date())
        return empty_table({ACCOUNT_ID: pl.String(), **schema})
    saved = store.history(day, fields, stretch)
    saved = saved.with_columns(
        pl.lit(None).alias(name) for name in fields if name not in saved.columns
    )
    known = saved.with_columns(
        pl.when(pl.col(name).is_not_null()).then(pl.lit(day)).alias(date)
        for name, date in zip(fields, dates, strict=True)
    )
    carried = store.carried(day, stretch).filter(pl.col(READER).eq_missing(pl.lit(reader)))
    return _prefer_carried(known, carried) if carried.height else known


def _prefer_carried(known: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Return the values with those that are carried in place of them."""
    names = [name for name in known.columns if name in carried.columns and name != ACCOUNT_ID]
    both = known.join(
        carried.select(ACCOUNT_ID, *names), on=ACCOUNT_ID, how="full", coalesce=True, suffix="@"
    )
    return both.select(
        pl.coalesce(f"{name}@", name).alias(name) if name in names else name
        for name in known.columns
    )
