"""The ledger as of a date: actions as last revised by then, and the enrolments with their outcomes.

The input is a store's reader. The output is tables with only the requested columns, because ledgers have millions of
rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.revisions import last_revisions
from ..store import Reader
from .metric_value import Window

CYCLE_COLUMNS = [ACCOUNT_ID, "playbook", "cycle"]
"""The key of an enrolment."""
_REVISED = ["action_id", "revision", "due_on", "issued_on"]


def ledger_entries(
    reader: Reader,
    on: dt.date,
    window: Window,
    columns: Collection[str],
    playbooks: Collection[str] | None = None,
) -> pl.DataFrame:
    """Return the actions due after the window's first date and up to its last.

    Args:
        reader: The store.
        on: The date as of which the ledger is read.
        window: The window of due dates.
        columns: The columns to return.
        playbooks: The playbooks to read; all if None.
    """
    after = window.first + dt.timedelta(days=1)
    due = pl.col("due_on").is_between(after, window.last)
    last = reader.last_committed()
    if last is None or on < last:  # later revisions do not count
        every = reader.ledger(
            issued_to=on,
            history=True,
            playbooks=playbooks,
            columns=list(dict.fromkeys([*columns, *_REVISED])),
        )
        return last_revisions(every).filter(due).select(columns)
    return reader.ledger(
        date_from=after,
        date_to=window.last,
        issued_to=on,
        playbooks=playbooks,
        columns=list(columns),
    )


def enrolments(
    reader: Reader, on: dt.date, playbooks: Collection[str] | None = None
) -> pl.DataFrame:
    """Return `CYCLE_COLUMNS`, `opened_on` and `outcome` (null while open) of every enrolment opened by `on`."""
    columns = [*CYCLE_COLUMNS, "opened_on", "outcome", "ended_on"]
    ended = reader.ended(playbooks=playbooks).select(columns)
    current = reader.states(in_order=False).filter(pl.col("ended_on").is_null())
    if playbooks is not None:
        current = current.filter(pl.col("playbook").is_in(list(playbooks)))
    ongoing = current.with_columns(pl.lit(None, pl.String).alias("outcome")).select(columns)
    has_ended = pl.col("ended_on") <= on
    every = pl.concat([ended, ongoing]).filter(pl.col("opened_on") <= on)
    known = every.with_columns(pl.when(has_ended).then("outcome").alias("outcome"))
    latest = known.sort("ended_on", nulls_last=True).unique(
        CYCLE_COLUMNS, keep="last", maintain_order=True
    )
    return latest.drop("ended_on")
