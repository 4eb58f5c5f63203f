"""Windows of earlier values: a field's values of each day since some days ago, as one.

On each day, the value is the one that was last known then.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..language.look_back import Back, DayWindow, column_of_back

ReadDay = Callable[[dt.date | None, Collection[str]], pl.DataFrame]
"""Return what was known after the snapshot of a date: `account_id` and the fields; of None, nothing."""


def window_values(
    wanted: Collection[tuple[str, Back]], on: dt.date, days: Sequence[dt.date], read: ReadDay
) -> Iterator[pl.DataFrame]:
    """Yield `account_id` and the values of windows, for each length of them.

    They are null where nothing was known on the first day.

    Args:
        wanted: Earlier values, of which windows are computed.
        on: The date evaluated, which the windows do not include.
        days: The dates of the snapshots in the history, earliest first.
        read: Returns what was known after a snapshot.
    """
    windows = [(field, back) for field, back in wanted if isinstance(back, DayWindow)]
    for length in sorted({window.days for _, window in windows}):
        of_length = [(field, window) for field, window in windows if window.days == length]
        fields = sorted({field for field, _ in of_length})
        counted = _snapshots_of(on, length, days)
        columns = (
            _value(field, window).alias(column_of_back(field, window))
            for field, window in of_length
        )
        yield _combined(fields, counted, read).select(ACCOUNT_ID, *columns)


def _snapshots_of(
    on: dt.date, length: int, days: Sequence[dt.date]
) -> list[tuple[dt.date | None, int]]:
    """Return the snapshot that is the newest on each day of a window, and on how many days it is, earliest first."""
    newest: Counter[dt.date | None] = Counter()
    for back in range(length, 0, -1):
        date = on - dt.timedelta(days=back)
        newest[max((day for day in days if day <= date), default=None)] += 1
    return list(newest.items())


def _combined(
    fields: Sequence[str], counted: Sequence[tuple[dt.date | None, int]], read: ReadDay
) -> pl.DataFrame:
    """Return the accounts known on the first day, with the sum, least and greatest of their daily values."""
    (day, count), *later = counted
    frame = read(day, fields).select(ACCOUNT_ID, pl.col(fields).cast(pl.Float64))
    frame = frame.with_columns(
        column
        for field in fields
        for column in (
            (pl.col(field) * count).alias(f"{field}@total"),
            pl.col(field).alias(f"{field}@lowest"),
            pl.col(field).alias(f"{field}@highest"),
        )
    )
    for day, count in later:
        known = read(day, fields).select(ACCOUNT_ID, pl.col(fields).cast(pl.Float64))
        frame = frame.join(known, on=ACCOUNT_ID, how="left", suffix="@now", maintain_order="left")
        latest = (pl.coalesce(f"{field}@now", field).alias(field) for field in fields)
        frame = frame.with_columns(latest).drop(f"{field}@now" for field in fields)
        frame = frame.with_columns(
            column
            for field in fields
            for column in (
                pl.col(f"{field}@total") + pl.col(field) * count,
                pl.min_horizontal(f"{field}@lowest", field).alias(f"{field}@lowest"),
                pl.max_horizontal(f"{field}@highest", field).alias(f"{field}@highest"),
            )
        )
    return frame


def _value(field: str, window: DayWindow) -> pl.Expr:
    """Return the value of a window; null where the field was unknown on its first day."""
    total = pl.col(f"{field}@total")
    if window.function == "average":
        return total / window.days
    return pl.when(total.is_not_null()).then(pl.col(f"{field}@{window.function}"))
