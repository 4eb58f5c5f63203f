"""Snapshots as metrics read them: the customers on a date, and the monthly revenue of each.

The input is a project's snapshots. The output is, for each date, one row per account, sorted by id. Amounts are exact
decimals from the export to the figure. A row with a bad value is ignored: its account keeps its last known state.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import polars as pl

from ..core.ids import ACCOUNT_ID, MERGED_INTO
from ..sources.convert import AMOUNT
from ..sources.derived import count_missing
from ..sources.left_out import bad_rows
from ..sources.merges import read_merges
from ..sources.snapshots import Snapshot, Snapshots
from .groups import By
from .metric_value import Window

AMOUNTS = ("mrr", "arr")
DATE_FIELDS = ("signup_date", "contract_start", "renewal_date", "churn_date")
TERM = "contract_term_months"
GONE = ("lapsed", "trial")
"""Statuses of accounts that pay nothing, whatever their amounts are."""
NONE = "(none)"
"""The group of accounts whose field is empty."""
METRIC_FIELDS: dict[By, str] = {
    "segment": "segment",
    "plan": "plan",
    "owner": "csm",
    "country": "country",
    "cohort": "signup_date",
}
"""The field that each grouping reads."""
_MONTHS = pl.lit(12, pl.Decimal(38, 0))


class BadValues(NamedTuple):
    """The bad values of one snapshot.

    Attributes:
        unknown: The ids of accounts with a bad value.
        nameless: The number of rows without an id.
        rows: The number of the export's rows.
        bad_rows: The number of rows with bad values.
    """

    unknown: pl.Series
    nameless: int
    rows: int
    bad_rows: int


@dataclass(frozen=True, slots=True)
class SnapshotState:
    """The accounts of one snapshot.

    Attributes:
        on: The snapshot's date.
        frame: One row per account: `account_id`, `is_there` (a customer now; null where the row
            does not say), `status`, `amount` (monthly, null where the export has none), `currency`, the `DATE_FIELDS`,
            `contract_term_months`, and `group`.
        unknown: The ids of accounts with a bad value, those that go on for merged accounts among them.
        bad: The bad values, by the ids that the export has.
        merged: The ids of accounts whose row says that they were merged.
    """

    on: dt.date
    frame: pl.DataFrame
    unknown: pl.Series
    bad: BadValues
    merged: pl.Series


def read_snapshot_state(snapshots: Snapshots, on: dt.date, by: By | None) -> SnapshotState:
    """Return the state of the snapshot of exactly that date.

    Raises:
        Problems: Where the snapshot cannot be used.
    """
    return state_of(load_state(snapshots, on, by), by)


def load_state(snapshots: Snapshots, on: dt.date, by: By | None) -> Snapshot:
    """Return the snapshot of exactly that date with the fields that `state_of` needs."""
    grouping = [METRIC_FIELDS[by]] if by else []
    fields = {"status", "currency", TERM, *AMOUNTS, *DATE_FIELDS, *grouping}
    return snapshots.load(on, with_merged(snapshots, on, fields), AMOUNTS)


def state_of(snapshot: Snapshot, by: By | None) -> SnapshotState:
    """Return the state of a snapshot with the fields of `load_state`."""
    bad = bad_values_of(snapshot)
    good = all_good(snapshot)
    stated = good.with_columns(_stated_amount(good).alias("amount"))
    frame = stated.select(
        ACCOUNT_ID,
        _is_there().alias("is_there"),
        "status",
        _amount(stated).alias("amount"),
        (pl.col("amount") < 0).alias("is_negative"),
        "currency",
        *DATE_FIELDS,
        TERM,
        group_of(by).alias("group"),
    )
    return SnapshotState(snapshot.on, frame, bad.unknown, bad, says_merged(snapshot.frame))


def bad_values_of(snapshot: Snapshot) -> BadValues:
    """Return the bad values of a snapshot with the fields of `load_state`."""
    ids = snapshot.quarantined[ACCOUNT_ID]
    unknown, nameless = ids.drop_nulls().unique(), ids.null_count()
    return BadValues(unknown, nameless, snapshot.rows, bad_rows(snapshot.quarantined))


def with_merged(snapshots: Snapshots, on: dt.date, fields: Collection[str]) -> set[str]:
    """Return the fields, and `merged_into` if the snapshot of the date has it."""
    return {*fields} if snapshots.unfilled(on, (MERGED_INTO,)) else {*fields, MERGED_INTO}


def says_merged(accounts: pl.DataFrame) -> pl.Series:
    """Return the ids of the accounts whose row says that they were merged."""
    if MERGED_INTO not in accounts.columns:
        return accounts[ACCOUNT_ID].head(0)
    return accounts.filter(pl.col(MERGED_INTO).is_not_null())[ACCOUNT_ID]


def all_good(snapshot: Snapshot) -> pl.DataFrame:
    """Return the accounts without a bad value; the others keep their last known state."""
    if snapshot.quarantined.is_empty():
        return snapshot.frame
    return snapshot.frame.join(snapshot.quarantined, on=ACCOUNT_ID, how="anti")


def without_merged(snapshot: Snapshot) -> pl.DataFrame:
    """Return the accounts without those that were merged into others."""
    merges = read_merges(snapshot.merge_rows(), snapshot.account_ids())
    return snapshot.frame.filter(~pl.col(ACCOUNT_ID).is_in([*merges.survivors]))


def days_known(snapshots: Snapshots, window: Window, on: dt.date) -> list[dt.date]:
    """Return the dates with a snapshot up to `on`; where any date has one, the window's months and `on`."""
    if not snapshots.any_date:
        return [day for day in snapshots.dates() if day <= on]
    return sorted(day for day in {*window.months(), on} if day <= on)


def _is_there() -> pl.Expr:
    """Return whether an account is a customer: by its status or, without one, by its amount; null without either."""
    status = pl.col("status")
    return pl.when(status.is_null()).then(pl.col("amount") > 0).otherwise(~status.is_in(GONE))


def _stated_amount(accounts: pl.DataFrame) -> pl.Expr:
    """Return the monthly revenue as stated. Years are divided only where an account has no monthly amount."""
    if count_missing(accounts, "mrr") == 0 or count_missing(accounts, "arr") == accounts.height:
        return pl.col("mrr")
    return pl.coalesce("mrr", pl.col("arr") / _MONTHS)


def _amount(stated: pl.DataFrame) -> pl.Expr:
    """Return the monthly revenue. A negative amount, as after a credit note, counts as zero."""
    amount = pl.col("amount")
    if not stated.select((amount < 0).any()).item():
        return amount
    return pl.when(amount < 0).then(pl.lit(0, AMOUNT)).otherwise(amount)


def group_of(by: By | None) -> pl.Expr:
    """Return the group as text. A cohort is its month, such as `2026-01`. Null without a grouping.

    A value that is written as `NONE` is quoted, so that it is a group other than that of accounts without a value.
    """
    if by is None:
        return pl.lit(None, pl.String)
    value = pl.col(METRIC_FIELDS[by])
    if by == "cohort":
        return value.dt.strftime("%Y-%m").fill_null(NONE)
    quoted = pl.when(value == NONE).then(pl.lit(f'"{NONE}"')).otherwise(value)
    return quoted.fill_null(NONE)


def by_group(rows: pl.DataFrame) -> Iterator[tuple[str | None, pl.DataFrame]]:
    """Yield each group, sorted, with its rows; then None with all rows. Rows without a group are under None only."""
    for (group,), members in sorted(rows.group_by("group"), key=lambda pair: pair[0][0] or ""):
        if group is not None:
            yield group, members
    yield None, rows


Item = TypeVar("Item")


def prefetch(items: Iterator[Item]) -> Iterator[Item]:
    """Yield the same items in the same order, and fetch the next one in a background thread.

    Reading a snapshot and computing on the one before it then use two processors. No item may be None.
    """
    with ThreadPoolExecutor(max_workers=1) as reader:
        pending = reader.submit(next, items, None)
        while (item := pending.result()) is not None:
            pending = reader.submit(next, items, None)
            yield item
