"""Lives of accounts that were merged, under the account that goes on.

Takes the snapshots up to a date and the mergers that they state. A merger holds for the snapshots before it too, so
that it is neither churn of one account nor expansion of the other. The row of a merged account counts no more as soon
as it says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from ..core.ids import ACCOUNT_ID, MERGED_INTO
from ..sources.convert import AMOUNT
from ..sources.merges import MERGES, follow_merges
from ..sources.snapshots import Snapshots
from .currency import Exchange
from .curve import ActivitySnapshot
from .metric_snapshots import SnapshotState

Survivors = Mapping[str, str]
"""By merged account, the account that goes on."""
_OWN = "@own"


def read_survivors(snapshots: Snapshots, days: Iterable[dt.date]) -> Survivors:
    """Return the mergers that the snapshots of these dates state, in order; the last word on an account counts.

    An account that later snapshots lack stays merged. Snapshots without the field are not read.
    """
    into: dict[str, str] = {}
    for day in days:
        if snapshots.unfilled(day, (MERGED_INTO,)):
            continue
        rows = snapshots.load(day, {MERGED_INTO}).frame
        undone = rows.filter(pl.col(MERGED_INTO).is_null())[ACCOUNT_ID]
        for account in undone.filter(undone.is_in([*into])) if into else ():
            del into[account]
        into.update(rows.select(ACCOUNT_ID, MERGED_INTO).drop_nulls().iter_rows())
    return follow_merges(into)[0]


def state_of_survivors(
    state: SnapshotState, survivors: Survivors, exchange: Exchange
) -> SnapshotState:
    """Return the state with one row for all accounts that one goes on for.

    Their amounts are summed, and missing where one of them is; those in several currencies are converted first, and
    missing without rates. Dates, terms and groups are those of the account that
    goes on, or of the first one by id where the snapshot lacks it. With a bad value in one row, all are unknown.
    """
    if not survivors:
        return state
    gone = state.merged.filter(state.merged.is_in([*survivors]))
    unknown = _renamed_ids(state.unknown, gone, survivors)
    rows = _renamed(state.frame, gone, survivors)
    rows = rows.filter(~pl.col(ACCOUNT_ID).is_in(unknown.implode()))
    rows = _in_one_currency(rows, exchange)
    there = pl.col("is_there")
    of_customers = pl.col("amount").filter(there)
    amount = pl.when(of_customers.null_count() == 0).then(of_customers.sum())
    frame = _together(
        rows,
        state.frame.columns,
        is_there=there.any(),
        amount=pl.when(there.any()).then(amount).otherwise(pl.col("amount").first()),
        is_negative=pl.col("is_negative").any(),
        signup_date=pl.col("signup_date").min(),
    )
    return replace(state, frame=frame, unknown=unknown)


def activity_of_survivors(
    snapshot: ActivitySnapshot, merged: pl.Series, survivors: Survivors
) -> ActivitySnapshot:
    """Return the snapshot with one row for all accounts that one goes on for; it is active if one of them is.

    With a bad value in one row, all are unknown.

    Args:
        snapshot: The snapshot.
        merged: The ids of accounts whose row says that they were merged.
        survivors: By merged account, the account that goes on.
    """
    if not survivors:
        return snapshot
    gone = merged.filter(merged.is_in([*survivors]))
    unknown = _renamed_ids(snapshot.unknown, gone, survivors)
    rows = _renamed(snapshot.frame, gone, survivors)
    rows = rows.filter(~pl.col(ACCOUNT_ID).is_in(unknown.implode()))
    frame = _together(
        rows,
        snapshot.frame.columns,
        active=pl.col("active").max(),
        signup_date=pl.col("signup_date").min(),
    )
    return snapshot._replace(frame=frame, unknown=unknown)


def _in_one_currency(rows: pl.DataFrame, exchange: Exchange) -> pl.DataFrame:
    """Return the rows, those of one account in several currencies with amounts in the reporting currency."""
    several = pl.col("currency").n_unique().over(ACCOUNT_ID) > 1
    rate = exchange.rate(pl.col("currency"))
    converted = pl.lit(None) if rate is None else pl.col("amount") * rate
    return rows.with_columns(
        pl.when(several).then(converted).otherwise("amount").cast(AMOUNT).alias("amount"),
        pl.when(several)
        .then(pl.lit(exchange.currency, pl.String))
        .otherwise("currency")
        .alias("currency"),
    )


def _renamed_ids(ids: pl.Series, gone: pl.Series, survivors: Survivors) -> pl.Series:
    return _renamed(ids.to_frame(ACCOUNT_ID), gone, survivors)[ACCOUNT_ID].unique()


def _renamed(rows: pl.DataFrame, gone: pl.Series, survivors: Survivors) -> pl.DataFrame:
    """Return the rows, without those that are gone, under the ids of the accounts that go on; `@own` marks theirs."""
    rows = rows.filter(~pl.col(ACCOUNT_ID).is_in(gone.implode()))
    into = pl.DataFrame([*survivors.items()], schema=MERGES, orient="row")
    joined = rows.join(into, on=ACCOUNT_ID, how="left", maintain_order="left")
    return joined.with_columns(
        pl.coalesce(MERGED_INTO, ACCOUNT_ID).alias(ACCOUNT_ID),
        pl.col(MERGED_INTO).is_null().alias(_OWN),
    ).drop(MERGED_INTO)


def _together(rows: pl.DataFrame, columns: Sequence[str], **sums: pl.Expr) -> pl.DataFrame:
    """Return one row per account, sorted by id; what `sums` does not name is that of the first row."""
    several = pl.col(ACCOUNT_ID).is_duplicated()
    groups = rows.filter(several).sort(_OWN, descending=True, maintain_order=True)
    first = [pl.col(name).first() for name in columns if name not in {ACCOUNT_ID, *sums}]
    summed = groups.group_by(ACCOUNT_ID, maintain_order=True).agg(
        *first, *(expression.alias(name) for name, expression in sums.items())
    )
    alone = rows.filter(~several).select(columns)
    types = [pl.col(name).cast(type) for name, type in alone.schema.items()]
    return pl.concat([alone, summed.select(types)]).sort(ACCOUNT_ID)
