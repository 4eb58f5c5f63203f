"""Windows of earlier values: a field's values of each day since some days ago, as one.

On each day, the value is the one that was last known then.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import polars as pl

from ..columns.compiler import compile_expression
from ..core.ids import ACCOUNT_ID
from ..language.expressions import Expression, Field
from ..language.look_back import Back, DayWindow, column_of_back
from ..language.traversal import walk
from ..sources.convert import POLARS_TYPES

_HELD = "@held"
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
    by_column = {
        column_of_back(name, back): (name, back)
        for name, back in wanted
        if isinstance(back, DayWindow)
    }
    windows = [by_column[column] for column in sorted(by_column)]
    for name, window in windows:
        if window.condition is not None:
            held = _held(window.condition, _snapshots_by_day(on, window.days, days), read)
            yield held.rename({_HELD: column_of_back(name, window)})
    windows = [(field, window) for field, window in windows if window.condition is None]
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
    return list(Counter(_snapshots_by_day(on, length, days).values()).items())


def _snapshots_by_day(
    on: dt.date, length: int, days: Sequence[dt.date]
) -> dict[dt.date, dt.date | None]:
    """Return the newest snapshot on each day of a window, earliest first."""
    window = [on - dt.timedelta(days=back) for back in range(length, 0, -1)]
    return {date: max((day for day in days if day <= date), default=None) for date in window}


def _held(
    condition: Expression, snapshots: Mapping[dt.date, dt.date | None], read: ReadDay
) -> pl.DataFrame:
    """Return the accounts known on the first day, with Kleene's and of the condition on each day."""
    types = {
        node.name: POLARS_TYPES[node.type] for node in walk(condition) if isinstance(node, Field)
    }
    columns = [pl.col(name).cast(type) for name, type in types.items()]
    holds = compile_expression(condition)
    frame: pl.DataFrame | None = None
    newest: dt.date | None = None
    for date, day in snapshots.items():
        if frame is None:
            frame = read(day, types).select(ACCOUNT_ID, *columns, pl.lit(True).alias(_HELD))
        elif day != newest:
            known = read(day, types).select(ACCOUNT_ID, *columns)
            frame = frame.join(known, on=ACCOUNT_ID, how="left", suffix="@now")
            latest = (pl.coalesce(f"{name}@now", name).alias(name) for name in types)
            frame = frame.with_columns(latest).drop(f"{name}@now" for name in types)
        newest = day
        dates = (pl.lit(date).alias("@today"), pl.lit(day, pl.Date).alias("@snapshot_date"))
        frame = frame.with_columns(dates).with_columns(pl.col(_HELD) & holds)
    if frame is None:
        raise ValueError("a window has one or more days")
    return frame.select(ACCOUNT_ID, _HELD)


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
