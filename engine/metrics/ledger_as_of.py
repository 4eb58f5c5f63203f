"""The ledger as it was known on a date: actions as last revised by then, and how enrolments had ended.

In: a store's reader; out: tables with only the columns asked for, since ledgers have millions of rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..store import Reader
from .metric_value import Window

CYCLE_COLUMNS = [ACCOUNT_ID, "playbook", "cycle"]
"""What names an enrolment."""
_REVISED = ["action_id", "revision", "due_on", "issued_on"]


def ledger_entries(
    reader: Reader,
    on: dt.date,
    window: Window,
    columns: Collection[str],
    playbooks: Collection[str] | None = None,
) -> pl.DataFrame:
    """These columns of the actions due after the window's first date and up to its last."""
    after = window.first + dt.timedelta(days=1)
    due = pl.col("due_on").is_between(after, window.last)
    last = reader.last_committed()
    if last is None or on < last:  # what has been revised since counts as it was
        every = reader.ledger(
            issued_to=on,
            history=True,
            playbooks=playbooks,
            columns=list(dict.fromkeys([*columns, *_REVISED])),
        )
        latest = every.sort("revision").unique("action_id", keep="last", maintain_order=True)
        return latest.filter(due).select(columns)
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
    """`CYCLE`, `opened_on` and `outcome`, null while it was open: every enrolment by that date."""
    columns = [*CYCLE_COLUMNS, "opened_on", "outcome", "ended_on"]
    ended = reader.ended(playbooks=playbooks).select(columns)
    standing = reader.states(in_order=False).filter(pl.col("ended_on").is_null())
    if playbooks is not None:
        standing = standing.filter(pl.col("playbook").is_in(list(playbooks)))
    still = standing.with_columns(pl.lit(None, pl.String).alias("outcome")).select(columns)
    over = pl.col("ended_on") <= on
    every = pl.concat([ended, still]).filter(pl.col("opened_on") <= on)
    known = every.with_columns(pl.when(over).then("outcome").alias("outcome"))
    latest = known.sort("ended_on", nulls_last=True).unique(
        CYCLE_COLUMNS, keep="last", maintain_order=True
    )
    return latest.drop("ended_on")
