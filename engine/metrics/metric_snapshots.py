"""Snapshots as metrics read them: who is a customer on a date, and what each pays a month.

In go a project's snapshots; out comes, for a date, one row an account, sorted. The rule: an amount is an exact decimal
from the export to the figure, and a row with a bad value says nothing: its account stays what it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..sources.convert import AMOUNT
from ..sources.snapshots import Snapshots
from .groups import By
from .metric_value import Window

AMOUNTS = ("mrr", "arr")
DATE_FIELDS = ("signup_date", "contract_start", "renewal_date", "churn_date")
GONE = ("lapsed", "trial")
"""Statuses of accounts that pay nothing, whatever their amounts say."""
NONE = "(none)"
"""The group of accounts for which the field is empty."""
METRIC_FIELDS: dict[By, str] = {
    "segment": "segment",
    "plan": "plan",
    "owner": "csm",
    "country": "country",
    "cohort": "signup_date",
}
"""The field that each grouping reads."""
_MONTHS = pl.lit(12, pl.Decimal(38, 0))


@dataclass(frozen=True, slots=True)
class SnapshotState:
    """The accounts as one snapshot has them.

    `frame` has `account_id`, `is_there`, `amount` (a month's, null where the export has none), `currency`,
    `was_customer` (by now; null where the row does not tell), the `DATES`, and `group`. `unknown` are the accounts
    with a bad value, `nameless` the rows without even a key.
    """

    on: dt.date
    frame: pl.DataFrame
    unknown: pl.Series
    nameless: int


def read_snapshot_state(snapshots: Snapshots, on: dt.date, by: By | None) -> SnapshotState:
    """The snapshot of that very date; raises `Problems` if it is no good."""
    fields = {"status", "currency", *AMOUNTS, *DATE_FIELDS, *([METRIC_FIELDS[by]] if by else [])}
    snapshot = snapshots.load(on, fields, AMOUNTS)
    bad = snapshot.quarantined[ACCOUNT_ID]
    frame = snapshot.frame.select(
        ACCOUNT_ID,
        _is_there().alias("is_there"),
        _amount().alias("amount"),
        "currency",
        _was_customer().alias("was_customer"),
        *DATE_FIELDS,
        group_of(by).alias("group"),
    )
    return SnapshotState(on, frame, bad.drop_nulls().unique(), bad.null_count())


def days_known(snapshots: Snapshots, window: Window, on: dt.date) -> list[dt.date]:
    """Return the dates with a snapshot up to `on`; where any date has one, the window's months and `on`."""
    if not snapshots.any_date:
        return [day for day in snapshots.dates() if day <= on]
    return sorted(day for day in {*window.months(), on} if day <= on)


def _is_there() -> pl.Expr:
    """A customer by the status; without one, whoever pays."""
    status = pl.col("status")
    pays = (_amount() > 0).fill_null(value=False)
    return pl.when(status.is_null()).then(pays).otherwise(~status.is_in(GONE))


def _was_customer() -> pl.Expr:
    """Who lapsed was a customer, who tries was none."""
    never = pl.when(pl.col("status") == "trial").then(pl.lit(value=False))
    return (
        pl.when(_is_there() | (pl.col("status") == "lapsed"))
        .then(pl.lit(value=True))
        .otherwise(never)
    )


def _amount() -> pl.Expr:
    """A month's revenue; less than nothing, as after a credit note, is nothing."""
    found = pl.coalesce("mrr", pl.col("arr") / _MONTHS)
    return pl.when(found < 0).then(pl.lit(0, AMOUNT)).otherwise(found)


def group_of(by: By | None) -> pl.Expr:
    """The group as text: of a cohort its month, `2026-01`; null without a grouping."""
    if by is None:
        return pl.lit(None, pl.String)
    value = pl.col(METRIC_FIELDS[by])
    return (value.dt.strftime("%Y-%m") if by == "cohort" else value).fill_null(NONE)


def by_group(rows: pl.DataFrame) -> Iterator[tuple[str | None, pl.DataFrame]]:
    """Each group, sorted, with its rows; then all rows under None. Rows without a group stand under None only."""
    for (group,), found in sorted(rows.group_by("group"), key=lambda pair: pair[0][0] or ""):
        if group is not None:
            yield group, found
    yield None, rows


Item = TypeVar("Item")


def prefetch(items: Iterator[Item]) -> Iterator[Item]:
    """The same items, none of which is None, in the same order."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = reader.submit(next, items, None)
            yield item
