"""Earlier values as of a date of each account, such as the one on which its enrolment opened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.in_memory import collect_in_memory
from ..language.look_back import AS_OF, AsOfDate, Back, column_of_back
from ..language.traversal import KNOWN_ON
from .window_values import ReadDay

_DAY = "@day"


def account_dates(
    wanted: Collection[tuple[str, Back]],
    accounts: pl.DataFrame,
    enrolments: pl.LazyFrame | None = None,
) -> pl.DataFrame | None:
    """Return `account_id` and the dates as of which earlier values are read; None where there are none.

    Args:
        wanted: The earlier values of a playbook.
        accounts: The accounts with their fields; a date that they lack is missing.
        enrolments: The states of the playbook, with `account_id` and `opened_on`; None where they are not known.
    """
    names = {back.date for _, back in wanted if isinstance(back, AsOfDate)}
    if not names or accounts.is_empty():
        return None
    dates = accounts.select(ACCOUNT_ID, *sorted(names & {*accounts.columns}))
    if enrolments is None:
        return dates
    opened = enrolments.select(ACCOUNT_ID, pl.col("opened_on").alias("@opened_on"))
    return dates.join(collect_in_memory(opened), on=ACCOUNT_ID, how="left")


def values_as_of(
    wanted: Collection[tuple[str, Back]],
    on: dt.date,
    days: Sequence[dt.date],
    read: ReadDay,
    dates: pl.DataFrame | None,
) -> Iterator[pl.DataFrame]:
    """Yield `account_id` and the values as of dates, for each of these dates.

    They are null where the date is missing, not past, or before the oldest snapshot of the history.

    Args:
        wanted: Earlier values, of which those as of dates are read.
        on: The date evaluated.
        days: The dates of the snapshots in the history, earliest first.
        read: Returns what was known after a snapshot.
        dates: The dates of the accounts, as `account_dates` gives them; None where none is known.
    """
    by_date: dict[str, set[str]] = {}
    for field, back in wanted:
        if isinstance(back, AsOfDate):
            by_date.setdefault(back.date, set()).add(field)
    for date, fields in sorted(by_date.items()):
        known = pl.DataFrame(schema={ACCOUNT_ID: pl.String(), date: pl.Date()})
        if dates is not None and date in dates.columns:
            known = dates.select(ACCOUNT_ID, pl.col(date).cast(pl.Date)).filter(pl.col(date) < on)
        yield _values(known, date, sorted(fields), days, read)


def _values(
    dates: pl.DataFrame, date: str, fields: list[str], days: Sequence[dt.date], read: ReadDay
) -> pl.DataFrame:
    """Return the values of the snapshots that were the newest on the accounts' dates."""
    snapshots = pl.DataFrame({_DAY: days}, schema={_DAY: pl.Date()})
    dated = dates.sort(date).join_asof(snapshots, left_on=date, right_on=_DAY)
    columns = []
    for field in fields:
        column = column_of_back(field, AsOfDate(date))
        columns += [
            pl.col(field).alias(column),
            pl.col(f"{field}{KNOWN_ON}").alias(f"{column}{KNOWN_ON}"),
            pl.col(date).alias(f"{column}{AS_OF}"),
        ]
    parts = [
        # Each snapshot is read whole, and only the accounts whose date it is the newest for stay.
        group.join(read(day, fields), on=ACCOUNT_ID, how="inner").select(ACCOUNT_ID, *columns)
        for (day,), group in dated.partition_by(_DAY, as_dict=True, maintain_order=True).items()
        if isinstance(day, dt.date)
    ]
    empty = dated.head(0).join(read(None, fields), on=ACCOUNT_ID, how="inner")
    return pl.concat([empty.select(ACCOUNT_ID, *columns), *parts], how="vertical_relaxed")
