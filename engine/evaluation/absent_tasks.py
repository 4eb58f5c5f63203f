"""Tasks for people about accounts that the snapshots lack: withdrawn after some days, and issued again on return.

Takes the actions that are still to come. The contact plan postpones contacts of an absent account from the first day
on, so they are not concerned. An account that is absent for a day or two keeps its tasks, since exports fail. A task is
issued again if its account is back while its patience lasts.
"""

from __future__ import annotations

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import LEDGER, empty_table
from .contact_holds import ABSENT
from .hand_moves import HandMoves
from .inputs import Day, Tables
from .merged_accounts import MERGED, merged_mask
from .rescheduling import next_revision

WITHDRAWN_NOTE = rf"; withdrawn: (?:{ABSENT}\d{{4}}-\d\d-\d\d|{MERGED}.*)$"
"""The end of the reason of a task that is withdrawn because its account is absent or was merged."""
RETURNED_NOTE = "; the account is back"
"""The end of the reason of a task that is issued again."""


def withdraw_absent(pending: pl.DataFrame, day: Day, tables: Tables) -> pl.DataFrame:
    """Return the ledger entries that withdraw tasks whose due date has not come, of accounts that are absent for long.

    They keep their last day, `until`, which says whether they can be issued again.

    Args:
        pending: LEDGER rows that are still to come.
        day: The date evaluated.
        tables: The snapshot, and the accounts of earlier ones.
    """
    is_task = pl.col("planned_on").is_null() & (pl.col("status") == "issued")
    with_tasks = pending[ACCOUNT_ID].filter(pending.select(is_task).to_series()).unique()
    absent = with_tasks.filter(~with_tasks.is_in(tables.snapshot[ACCOUNT_ID].implode()))
    if absent.is_empty():
        return pending.clear()
    gone = tables.presence.long_absent(absent)
    tasks = pending.filter(is_task & pl.col(ACCOUNT_ID).is_in(gone.implode()))
    note = f"; withdrawn: {ABSENT}{day.snapshot_on}"
    withdrawn = next_revision(tasks, day, "withdrawn", pl.col("reason") + pl.lit(note))
    return withdrawn.with_columns(tasks["until"])


def returned_tasks(day: Day, tables: Tables, moves: HandMoves) -> pl.DataFrame:
    """Return the tasks that were withdrawn for an absence or a merger and can be issued again, LEDGER, as last revised.

    Their accounts are back and not on hold, and their patience lasts.
    """
    returned = tables.presence.returned(moves.accounts())
    if returned.is_empty():
        return empty_table(LEDGER)
    present = tables.snapshot.filter(pl.col(ACCOUNT_ID).is_in(returned.implode()))
    back = present.filter(~merged_mask(present))[ACCOUNT_ID]
    if back.is_empty():
        return empty_table(LEDGER)
    tasks = tables.ledger.latest(back).filter(
        pl.col("status") == "withdrawn",
        pl.col("reason").str.contains(WITHDRAWN_NOTE),
        pl.col("until") >= day.run_on,
    )
    # An account may have come back while it was on hold.
    return tasks.join(moves.holds(tasks), on=[ACCOUNT_ID, "playbook"], how="anti")


def issue_again(tasks: pl.DataFrame, day: Day) -> pl.DataFrame:
    """Return the ledger entries that issue returned tasks again, with their present owners."""
    late = (pl.lit(day.run_on) - pl.col("due_on")).dt.total_days().clip(0)
    reason = pl.col("reason").str.replace(WITHDRAWN_NOTE, RETURNED_NOTE)
    issued = next_revision(tasks, day, "issued", reason)
    return issued.with_columns(tasks["until"], late.cast(pl.Int32).alias("late_days"))
