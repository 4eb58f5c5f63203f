"""Accounts merged into others: their enrolments end as `left`, and nothing of them is done any more.

Takes snapshots in which `merged_into` is the id of the account that goes on, null for all others. If that is undone,
the enrolments go on where they were.
"""

from __future__ import annotations

import polars as pl

from ..core.ids import ACCOUNT_ID, MERGED_INTO
from ..core.schemas import LEDGER, empty_table
from ..playbook.model import LEFT
from .inputs import Day
from .prior import remember
from .rescheduling import next_revision
from .transitions import Transitions

MERGED = "the account was merged into "
"""Begin of the reason for what is called off; the other account's id follows."""


def merged_mask(accounts: pl.DataFrame) -> pl.Series:
    """Return the mask of accounts that were merged."""
    if MERGED_INTO not in accounts.columns:
        return pl.Series([False]).new_from_index(0, accounts.height)
    return accounts[MERGED_INTO].is_not_null()


def merged_accounts(snapshot: pl.DataFrame) -> pl.DataFrame:
    """Return `account_id` and `merged_into` of the merged accounts."""
    if MERGED_INTO not in snapshot.columns:
        return empty_table({ACCOUNT_ID: pl.String(), MERGED_INTO: pl.String()})
    return snapshot.select(ACCOUNT_ID, MERGED_INTO).drop_nulls()


def end_merged(
    transitions: Transitions, rows: pl.DataFrame, pending: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """End the open enrolments of merged accounts.

    Args:
        transitions: The playbook on the date.
        rows: The accounts, enrolled, with the snapshot's columns.
        pending: The playbook's LEDGER rows that are still to come.

    Returns:
        The accounts in their new state, and the ledger entries that withdraw their promises.
    """
    if rows.is_empty():
        return rows, pending.head(0)
    on = pl.lit(transitions.day.on)
    ended = remember(rows, pl.lit(True)).with_columns(
        pl.lit(LEFT).alias("@state"),
        *(on.alias(name) for name in ("@entered_on", "@due_on", "@ended_on")),
        pl.col("@moves") + 1,
        pl.lit(True).alias("@changed"),
    )
    transitions.moves[LEFT] = transitions.moves.get(LEFT, 0) + ended.height
    transitions.ended.append(ended)
    cycles = ended.select(ACCOUNT_ID, pl.col("@cycle").alias("cycle"), MERGED_INTO)
    promised = pending.join(cycles, on=[ACCOUNT_ID, "cycle"])
    why = pl.lit(MERGED) + pl.col(MERGED_INTO)
    return ended, next_revision(promised, transitions.day, "withdrawn", why).select(list(LEDGER))


def withdraw_merged(pending: pl.DataFrame, snapshot: pl.DataFrame, day: Day) -> pl.DataFrame:
    """Return the ledger entries that withdraw tasks of merged accounts, LEDGER.

    They are of cycles that had ended before, or of playbooks that are not due. They keep their last day, `until`, which
    says whether they can be issued again.
    """
    merged = merged_accounts(snapshot)
    if merged.is_empty():
        return empty_table(LEDGER)
    tasks = pending.join(merged, on=ACCOUNT_ID)
    tasks = tasks.filter(pl.col("planned_on").is_null(), pl.col("status") == "issued")
    why = pl.concat_str("reason", pl.lit(f"; withdrawn: {MERGED}"), MERGED_INTO)
    withdrawn = next_revision(tasks, day, "withdrawn", why)
    return withdrawn.with_columns(tasks["until"]).select(list(LEDGER))
