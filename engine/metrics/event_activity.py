"""Activity by events: an account is active at J+N with an event on that very day, and at M+N with one in that month.

The cohorts are those of the snapshots. An account's activity at a period is known if the table of events has begun by
then, and the period has ended by the last snapshot.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.offsets import ONE_DAY
from ..fields.catalogue import EVENT_DATE
from ..sources.events import load_events
from ..sources.left_out import bad_rows
from .curve import Cohorts, Period, count_cohorts
from .groups import Counting
from .merged_lives import Survivors
from .request import MetricRequest


def read_activity_events(request: MetricRequest, survivors: Survivors) -> pl.DataFrame:
    """Return `account_id` and the dates of its events; those of a merged account are of the one that goes on."""
    workspace, catalogue = request.project.workspace, request.project.catalogue
    table = workspace.metrics.active_events
    loaded = load_events(workspace, catalogue.events[table], ())
    request.event_rows[table] = bad_rows(loaded.quarantined), loaded.rows
    events = loaded.frame.select(ACCOUNT_ID, EVENT_DATE).unique()
    if not survivors:
        return events
    return events.with_columns(pl.col(ACCOUNT_ID).replace(dict(survivors))).unique()


def cohorts_by_events(
    accounts: pl.DataFrame,
    events: pl.DataFrame,
    periods: Sequence[Period],
    counting: Counting,
    last: dt.date,
) -> dict[str, Cohorts]:
    """Return the counts by group.

    Args:
        accounts: `account_id`, `signup_date` and `group` of each account.
        events: `account_id` and the date of each event.
        periods: The periods, in order; at the first, every account is active.
        counting: True activity at the period alone, or at it or later.
        last: The last date that is known.
    """
    known = accounts.select(ACCOUNT_ID, "group", "signup_date")
    dated = events.filter(pl.col(EVENT_DATE) <= last).join(known, on=ACCOUNT_ID)
    begun = events[EVENT_DATE].min()
    counted = [known.group_by("group", "signup_date").agg(_counts(0, pl.len()))]
    signups = known["signup_date"].unique().to_list()
    for index, period in enumerate(periods[1:], start=1):
        spans = _spans(signups, period, begun if isinstance(begun, dt.date) else last, last)
        at = pl.col(EVENT_DATE) >= pl.col("first")
        if counting == "n_day":
            at &= pl.col(EVENT_DATE) <= pl.col("last")
        active = dated.join(spans, on="signup_date").filter(at).select(ACCOUNT_ID).unique()
        is_active = pl.col(ACCOUNT_ID).is_in(active[ACCOUNT_ID].implode())
        rows = known.join(spans, on="signup_date").with_columns(is_active.alias("active"))
        grouped = rows.group_by("group", "signup_date")
        counted.append(grouped.agg(_counts(index, pl.col("active").sum())))
    return count_cohorts(pl.concat(counted), periods)


def _counts(period: int, active: pl.Expr) -> Iterator[pl.Expr]:
    """Yield the counts of a cohort at a period; no snapshot is read for it, so the distance to it is 0."""
    yield pl.lit(period, pl.Int32).alias("period")
    yield pl.len().cast(pl.Int64).alias("known")
    yield active.cast(pl.Int64).alias("active")
    yield pl.lit(0, pl.Int64).alias("distance")


def _spans(
    signups: Sequence[dt.date], period: Period, begun: dt.date, last: dt.date
) -> pl.DataFrame:
    """Return by `signup_date` the `first` and `last` date of a period, where its events are known."""
    rows = []
    for signup in signups:
        end = period.after(signup)
        before = Period(period.count - 1, "months").after(signup)
        start = end if period.unit == "days" else before + ONE_DAY
        if begun <= start and end <= last:
            rows.append((signup, start, end))
    schema = {"signup_date": pl.Date(), "first": pl.Date(), "last": pl.Date()}
    return pl.DataFrame(rows, schema=schema, orient="row")
