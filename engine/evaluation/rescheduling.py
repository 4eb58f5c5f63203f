"""Promises: actions issued with a due date still to come, when their cycle's anchor moves or the cycle is cut short.

A change of mind is a new ledger entry: `superseded` with the old date and then issued with the new one, or
`withdrawn`. What is already due stands.
"""

from __future__ import annotations

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..playbook.model import Action, Edge
from .drafts import Drafts, moment_reason
from .inputs import Day
from .prepare import Prepared, condition, outcomes
from .transitions import bases

CYCLE_KEY = [ACCOUNT_ID, "playbook", "cycle"]
PROMISE_SCHEMA = [ACCOUNT_ID, "@cycle", "occurrence"]
"""What tells apart the promises of one action of one step."""


def withdraw_promises(
    pending: pl.DataFrame, prepared: Prepared, ended: pl.DataFrame, day: Day
) -> pl.DataFrame:
    """Ledger entries that withdraw what the cut-short cycles (`account_id`, `@cycle`) had promised."""
    cycles = ended.select(
        ACCOUNT_ID,
        pl.lit(prepared.playbook.id).alias("playbook"),
        pl.col("@cycle").alias("cycle"),
    )
    rows = pending.join(cycles, on=CYCLE_KEY, how="semi")
    return next_revision(rows, day, "withdrawn", pl.lit("the cycle ended before it was due"))


def next_revision(rows: pl.DataFrame, day: Day, status: str, why: pl.Expr) -> pl.DataFrame:
    """The next revision of these entries, with another status."""
    return rows.with_columns(
        pl.lit(status).alias("status"),
        why.alias("reason"),
        (pl.col("revision") + 1).cast(pl.Int32).alias("revision"),
        pl.lit(day.run_on).alias("issued_on"),
        pl.lit(day.on).alias("evaluated_on"),
        pl.lit(None, pl.Date).alias("contact_on"),
        pl.lit(0, pl.Int32).alias("late_days"),
    )


def redate_promises(
    pending: pl.DataFrame, prepared: Prepared, moved: pl.DataFrame, drafts: Drafts, day: Day
) -> pl.DataFrame:
    """Supersedes the promises of cycles whose anchor moved, and drafts them anew.

    `moved` has the snapshot's columns, `@cycle`, the new `@anchor` and `@old_anchor`.
    """
    own = pending.filter(pl.col("playbook") == prepared.playbook.id).rename({"cycle": "@cycle"})
    entries = own.join(moved.select(ACCOUNT_ID, "@cycle"), on=[ACCOUNT_ID, "@cycle"], how="semi")
    superseded = []
    for (step, action), group in entries.partition_by("step", "action", as_dict=True).items():
        rows = moved.join(
            group.select(*PROMISE_SCHEMA, "revision", pl.col("due_on").alias("@was")),
            on=[ACCOUNT_ID, "@cycle"],
        )
        for edge, its_action, changed in _redated(rows, prepared, str(step), str(action), drafts):
            _draft(changed, edge, its_action, drafts)
            superseded.append(
                group.join(changed.select(*PROMISE_SCHEMA, "@why"), on=PROMISE_SCHEMA)
            )
    if not superseded:
        return pending.head(0)
    rows = pl.concat(superseded).rename({"@cycle": "cycle"})
    changed = next_revision(rows, day, "superseded", pl.col("@why"))
    return changed.select(pending.columns)


def _origins(prepared: Prepared, step: str, action: str) -> list[tuple[Edge, Action]]:
    """The dated edges that issue an action: several where its date goes by cases, or many ways lead to it."""
    return [
        (edge, candidate)
        for edge in prepared.machine.edges
        if edge.dated and edge.moment and edge.moment.base == "anchor"
        for candidate in edge.actions
        if candidate.step == step and candidate.id == action
    ]


def _redated(
    rows: pl.DataFrame, prepared: Prepared, step: str, action: str, drafts: Drafts
) -> list[tuple[Edge, Action, pl.DataFrame]]:
    """The promises whose date changes, each with the edge that dated it.

    Which one that was, nobody noted: it is one that gives the date promised, and of several the one whose
    condition holds now.
    """
    origins = _origins(prepared, step, action)
    found = []
    for must_hold in (True, False):
        for edge, its_action in origins:
            asked = rows
            if must_hold:
                asked = rows.filter(outcomes(rows, condition(edge.guard).outcome).fill_null(False))
            own = _dated_by(asked, edge, its_action, drafts)
            rows = rows.join(own, on=PROMISE_SCHEMA, how="anti")
            changed = own.filter(pl.col("@new") != pl.col("@was"))
            if changed.height:
                found.append((edge, its_action, changed))
    return found


def _dated_by(rows: pl.DataFrame, edge: Edge, action: Action, drafts: Drafts) -> pl.DataFrame:
    """The rows that this edge dated under the old anchor, with the date that the new one gives."""
    if edge.moment is None:
        raise AssertionError("only dated edges are asked for")
    before = rows.with_columns(pl.col("@old_anchor").alias("@anchor"))
    was = drafts.due(action, edge, rows, bases(edge.moment, before, drafts.rules))
    new = drafts.due(action, edge, rows, bases(edge.moment, rows, drafts.rules))
    why = pl.format(
        "the date moved from {} to {}",
        pl.col("@old_anchor").dt.to_string("iso"),
        pl.col("@anchor").dt.to_string("iso"),
    )
    dated = rows.with_columns(was.alias("@before"), new.alias("@new"), why.alias("@why"))
    return dated.filter(pl.col("@before") == pl.col("@was"))


def _draft(rows: pl.DataFrame, edge: Edge, action: Action, drafts: Drafts) -> None:
    if edge.moment is None:
        raise AssertionError("only dated edges are asked for")
    drafts.add(
        rows,
        action,
        rows["@new"],
        pl.col("occurrence"),
        pl.concat_str(moment_reason(edge.moment), pl.lit("; "), pl.col("@why")),
        pl.col("revision") + 2,
    )
