"""Actions that an account need not get, since one that was merged into it had them in the same cycle of a playbook.

Takes actions that are new or still to come, the states and the ledger. The merged account's enrolment must have been
open when it was merged. Cycles that are only numbered are the same if both enrolments were open at the same time.
"""

from __future__ import annotations

import polars as pl

from ..core.ids import ACCOUNT_ID, MERGED_INTO
from ..core.schemas import STATE_KEY, empty_table
from ..core.upsert import upsert
from ..playbook.model import LEFT
from .action_ids import identify
from .cross_references import StateIndex
from .inputs import CHECK_STEP, Day, Rules, Tables
from .merged_accounts import merged_accounts
from .rescheduling import next_revision

_OTHER = "@merged"
_HAD = {"action_id": pl.String(), "@had": pl.String()}


def had_before_merge(
    actions: pl.DataFrame, day: Day, tables: Tables, rules: Rules, state_index: StateIndex
) -> pl.DataFrame:
    """Return `action_id` and `@had`, the reason, of the actions that a merged account had.

    Args:
        actions: Columns of LEDGER.
        day: The date evaluated.
        tables: The snapshot, the states and the ledger's look-ups.
        rules: The first names of playbooks and steps.
        state_index: The accounts' states in all playbooks.
    """
    merged = merged_accounts(tables.snapshot).rename({ACCOUNT_ID: _OTHER, MERGED_INTO: ACCOUNT_ID})
    if merged.is_empty():
        return empty_table(_HAD)
    rows = actions.filter(pl.col("step") != CHECK_STEP).join(merged, on=ACCOUNT_ID)
    if rows.is_empty():
        return empty_table(_HAD)
    rows = _same_cycles(rows, state_index)
    of_other = rows.with_columns(pl.col(_OTHER).alias(ACCOUNT_ID))
    rows = rows.with_columns(identify(of_other, rules.first_names).alias("@other_id"))
    latest = tables.ledger.latest(rows[_OTHER])
    made = latest.select(
        pl.col("action_id").alias("@other_id"),
        pl.max_horizontal("due_on", "contact_on").alias("@made_on"),
        pl.col("status").alias("@status"),
    ).filter(pl.col("@status") == "issued", pl.col("@made_on") <= day.done_until)
    had = pl.format(
        "account {} had it on {}, before it was merged into this one",
        _OTHER,
        pl.col("@made_on").dt.to_string("iso"),
    )
    found = rows.join(made, on="@other_id").sort("action_id", "@made_on", _OTHER)
    return found.select("action_id", had.alias("@had")).unique("action_id", keep="first")


def _same_cycles(rows: pl.DataFrame, state_index: StateIndex) -> pl.DataFrame:
    """Return the rows whose cycle is that in which the merged account was."""
    accounts = pl.concat([rows[ACCOUNT_ID], rows[_OTHER]]).unique()
    of_them = pl.col(ACCOUNT_ID).is_in(accounts.implode())
    states = state_index.before.filter(of_them)
    for changed in state_index.moved.values():
        states = upsert(states, changed.filter(of_them), STATE_KEY)
    cycle = [ACCOUNT_ID, "playbook", "cycle"]
    own = states.select(*cycle, pl.col("opened_on").alias("@opened_on"))
    others = states.filter(pl.col("ended_on").is_null() | (pl.col("state") == LEFT))
    others = others.select(
        pl.col(ACCOUNT_ID).alias(_OTHER), "playbook", "cycle", pl.col("ended_on").alias("@left_on")
    )
    both = rows.join(others, on=[_OTHER, "playbook", "cycle"]).join(own, on=cycle, how="left")
    numbered = pl.col("cycle").str.contains(r"^\d+$")
    apart = (pl.col("@opened_on") > pl.col("@left_on")).fill_null(False)
    return both.filter(~(numbered & apart)).drop("@left_on", "@opened_on")


def skip_had(entries: pl.DataFrame, had: pl.DataFrame) -> pl.DataFrame:
    """Return the new entries that a merged account had, as skipped."""
    if had.is_empty():
        return entries.clear()
    rows = entries.join(had, on="action_id")
    return rows.with_columns(
        pl.lit("skipped").alias("status"),
        pl.concat_str("reason", pl.lit("; skipped: "), "@had").alias("reason"),
        *(pl.lit(None, pl.Date).alias(name) for name in ("planned_on", "until")),
    ).drop("@had")


def withdraw_had(pending: pl.DataFrame, had: pl.DataFrame, day: Day) -> pl.DataFrame:
    """Return the ledger entries that withdraw the promises that a merged account had."""
    if had.is_empty():
        return pending.clear()
    rows = pending.join(had, on="action_id")
    return next_revision(rows, day, "withdrawn", pl.col("@had")).drop("@had")
