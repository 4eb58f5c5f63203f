"""Ledger entries that record the contact plan: new contacts, and a revision of each action of before that changed.

An action changes where its contact day moves, where it waits or goes out no more, and where its owner is another one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from ..core.schemas import LEDGER, stack
from .contact_plan import plan_contacts
from .cross_references import StateIndex
from .inputs import Day, Rules, Tables
from .must_reach import other_way_tasks
from .rescheduling import playbook_date

REACHING = pl.col("planned_on").is_not_null()
"""True for the actions that reach a customer and are not withheld."""
PLAN_NOTE = r"(; (?:postponed from \d{4}-\d\d-\d\d: .*|no longer postponed))$"
"""The end of a reason that the plan added; a later plan replaces it."""
OWNER_CHANGED = "; the owner changed"
"""The end of a reason before the plan's note, once the owner changed; said once, however often owners change."""


def waiting_reason(reason: str) -> str:
    """Return why an action was postponed, out of the reason of its entry."""
    note = re.search(PLAN_NOTE, reason)
    return note[1].partition(": ")[2] if note else ""


def planned_entries(
    entries: pl.DataFrame,
    pending: pl.DataFrame,
    day: Day,
    tables: Tables,
    rules: Rules,
    state_index: StateIndex,
) -> pl.DataFrame:
    """Return the new entries as planned, the revisions of pending ones, and tasks for what cannot go out, LEDGER.

    Args:
        entries: New entries, columns of LEDGER and `rank`.
        pending: Actions of before that are still to come, with `@reassigned`.
        day: The date evaluated.
        tables: The snapshot and the ledger's look-ups.
        rules: The contact policy and the working days.
        state_index: The accounts' states in all playbooks.
    """
    tasks = pending.filter(~REACHING & pl.col("@reassigned"))
    if not (entries["planned_on"].count() or pending["planned_on"].count()):
        return ledger_rows(entries, _renewed_tasks(tasks, day))
    columns = {**LEDGER, "rank": pl.Int32(), "@reassigned": pl.Boolean(), "@new": pl.Boolean()}
    # On a first day one entry in thirty reaches a customer. The others need not be rewritten.
    new = entries.filter(REACHING).with_columns(
        pl.lit(False).alias("@reassigned"), pl.lit(True).alias("@new")
    )
    # Of contacts that are equal otherwise, one that has a day keeps it: its rank is the lowest.
    before = pending.with_columns(pl.lit(-1).alias("rank"), pl.lit(False).alias("@new"))
    contacts = pl.concat([_conformed(each, columns) for each in (new, before.filter(REACHING))])
    judged = plan_contacts(contacts, day, tables, rules, state_index)
    moved = pl.col("@day").ne_missing(pl.col("contact_on"))
    judged = judged.with_columns((pl.col("@new") | moved).alias("@moved"))
    changed = pl.col("@moved") | pl.col("@over") | pl.col("@reassigned")
    unreachable = judged.filter("@unreachable").with_columns(_base_reason().alias("reason"))
    return ledger_rows(
        entries.filter(~REACHING),
        _with_verdict(judged.filter(changed), day),
        _renewed_tasks(tasks, day),
        other_way_tasks(unreachable, day, tables.ledger, rules),
    )


def ledger_rows(*frames: pl.DataFrame) -> pl.DataFrame:
    """Return LEDGER out of frames with its columns and others."""
    return stack((_conformed(frame, LEDGER) for frame in frames if frame.height), LEDGER)


def _renewed_tasks(tasks: pl.DataFrame, day: Day) -> pl.DataFrame:
    """Return the next revisions of tasks whose owner is another one."""
    if tasks.is_empty():
        return tasks
    renewed = tasks.with_columns(_base_reason().alias("reason"), pl.lit(False).alias("@new"))
    return _next_revisions(renewed, day)


def _with_verdict(rows: pl.DataFrame, day: Day) -> pl.DataFrame:
    """Return the entries that record the plan: their status, days and reasons.

    Texts become columns first, as in `add_lateness`.
    """
    planned = pl.col("planned_on")
    if rows.is_empty():
        return rows
    placed, final, on_time = (
        pl.col("@day").is_not_null(),
        pl.col("@over"),
        pl.col("@day") == planned,
    )
    since = planned.dt.to_string("iso")
    rows = rows.with_columns(
        pl.col("reason").str.extract(PLAN_NOTE).fill_null("").alias("@note"),
        _base_reason().alias("@base"),
        pl.concat_str(pl.lit("; withheld: "), "@why").alias("@withheld"),
        pl.concat_str(pl.lit("; postponed from "), since, pl.lit(": "), "@why").alias("@postponed"),
    )
    suffix = (
        pl.when(final)
        .then("@withheld")
        .when(~pl.col("@moved") | (on_time & pl.col("@new")))
        .then("@note")
        .when(on_time)
        .then(pl.lit("; no longer postponed"))
        .otherwise(pl.coalesce("@postponed", "@note"))
    )
    status = pl.when(placed).then(pl.lit("issued")).when(final).then(pl.lit("withheld"))
    decided = rows.with_columns(suffix.alias("@suffix")).with_columns(
        status.otherwise(pl.lit("postponed")).alias("status"),
        pl.concat_str("@base", "@suffix").alias("reason"),
        pl.when(placed & ~on_time).then("@day").otherwise(playbook_date()).alias("due_on"),
        pl.col("@day").alias("contact_on"),
        *(pl.when(~final).then(name).alias(name) for name in ("planned_on", "until")),
    )
    return _next_revisions(decided, day)


def _base_reason() -> pl.Expr:
    """Return the reason without the plan's note, and with a note if the owner changed."""
    base = pl.col("reason").str.replace(PLAN_NOTE, "")
    adds = pl.col("@reassigned") & ~base.str.ends_with(OWNER_CHANGED)
    return base + pl.when(adds).then(pl.lit(OWNER_CHANGED)).otherwise(pl.lit(""))


def _next_revisions(rows: pl.DataFrame, day: Day) -> pl.DataFrame:
    """Return the entries of this run: what is not new is the next revision."""
    return rows.with_columns(
        pl.when("@new").then("revision").otherwise(pl.col("revision") + 1).alias("revision"),
        pl.lit(day.run_on).alias("issued_on"),
        pl.lit(day.on).alias("evaluated_on"),
    )


def _conformed(frame: pl.DataFrame, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    kinds = frame.schema
    return frame.select(
        name if kinds[name] == kind else pl.col(name).cast(kind) for name, kind in columns.items()
    )
