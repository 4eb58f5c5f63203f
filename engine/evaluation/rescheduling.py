"""Rescheduling of promises: actions that are still to come when their anchor moves or their cycle ends early.

Returns new ledger entries and never changes old ones: a moved action is `superseded` and issued again with its new
date, an action of a cycle that ended is `withdrawn`. An action that is due already keeps its date.
"""

from __future__ import annotations

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.membership import is_one_of
from ..playbook.model import Action, Edge
from .drafts import Drafts, moment_reason
from .inputs import Day
from .prepare import Prepared, condition, outcomes
from .transitions import base_dates

CUT_SHORT = "the cycle ended before it was due"
"""Why the promises of a cycle that ended early are withdrawn."""
GOES_ON = "the cycle goes on"
"""Why the promises of an outcome are withdrawn, and those of its cycle come back."""
DATE_MOVED = "the date moved from {} to {}"
"""Why a promise has another date."""

PROMISE_KEY = [ACCOUNT_ID, "@cycle", "occurrence"]
"""Key of a promise among those of one action of one step."""


def withdraw_promises(pending: pl.DataFrame, ended: pl.DataFrame, day: Day) -> pl.DataFrame:
    """Return the ledger entries that withdraw the promises of cycles cut short.

    Args:
        pending: The playbook's LEDGER rows that are still to come.
        ended: The cycles, columns `account_id` and `cycle`.
        day: The date evaluated.
    """
    rows = pending.join(ended, on=[ACCOUNT_ID, "cycle"], how="semi")
    return next_revision(rows, day, "withdrawn", pl.lit(CUT_SHORT))


def withdraw_step(pending: pl.DataFrame, resumed: pl.DataFrame, day: Day) -> pl.DataFrame:
    """Return the ledger entries that withdraw what an outcome promised, where its cycle goes on.

    Args:
        pending: The playbook's LEDGER rows that are still to come.
        resumed: The cycles, columns `account_id`, `@cycle`, and `@outcome`, the state in which they had ended.
        day: The date evaluated.
    """
    promised = resumed.select(
        ACCOUNT_ID, pl.col("@cycle").alias("cycle"), _outcome_steps().alias("step")
    ).explode("step")
    rows = pending.join(promised, on=[ACCOUNT_ID, "cycle", "step"], how="semi")
    return next_revision(rows, day, "withdrawn", pl.lit(GOES_ON))


def restore_promises(
    latest: pl.DataFrame, prepared: Prepared, resumed: pl.DataFrame, drafts: Drafts
) -> None:
    """Draft again what was withdrawn when a cycle ended that now goes on.

    Args:
        latest: LEDGER rows of the accounts, as last revised.
        prepared: The playbook.
        resumed: The accounts, with the snapshot's columns, `@cycle`, `@anchor`, `@outcome` and `@quiet_from`, the date
            on which the cycle had ended.
        drafts: Takes the new drafts.
    """
    withdrawn = latest.filter(playbook=prepared.playbook.id, status="withdrawn")
    first = prepared.playbook.first_steps
    actions = {
        (step, action.id): action
        for action in prepared.machine.actions()
        for step in (action.step, first.get(action.step, action.step))
    }
    for (step, id), group in withdrawn.partition_by("step", "action", as_dict=True).items():
        action = actions.get((str(step), str(id)))
        if action is None:
            continue
        promised = group.select(
            ACCOUNT_ID,
            pl.col("cycle").alias("@cycle"),
            pl.col("anchor").alias("@anchor"),
            pl.col("evaluated_on").alias("@quiet_from"),
            "occurrence",
            "revision",
            pl.col("due_on").alias("@was"),
        )
        rows = resumed.join(
            promised, on=[ACCOUNT_ID, "@cycle", "@anchor", "@quiet_from"], nulls_equal=True
        ).filter(~pl.lit(str(step)).is_in(_outcome_steps()))
        if rows.height:
            why = pl.lit(GOES_ON)
            again = pl.col("revision") + 1
            drafts.add(rows, action, rows["@was"], pl.col("occurrence"), why, again)


def _outcome_steps() -> pl.Expr:
    """Return the steps whose actions the outcome of a cycle issued: its state's, and its transition's."""
    return pl.concat_list("@outcome", pl.concat_str(pl.lit("to_"), "@outcome"))


def restore_redated(
    latest: pl.DataFrame, prepared: Prepared, moved: pl.DataFrame, drafts: Drafts
) -> None:
    """Draft again, for the date that is back, what was promised for it and then skipped or withheld for the wrong one.

    Args:
        latest: LEDGER rows of the accounts, as last revised.
        prepared: The playbook.
        moved: The accounts, with the snapshot's columns, `@cycle`, the present `@anchor` and the wrong `@old_anchor`.
        drafts: Takes the new drafts.
    """
    lost = latest.filter(
        pl.col("playbook") == prepared.playbook.id,
        is_one_of(pl.col("status"), ("skipped", "withheld")),
        pl.col("revision") > 1,
    ).rename({"cycle": "@cycle", "anchor": "@old_anchor"})
    for (step, action), group in lost.partition_by("step", "action", as_dict=True).items():
        rows = moved.join(
            group.select(*PROMISE_KEY, "@old_anchor", "revision", playbook_date().alias("@was")),
            on=[ACCOUNT_ID, "@cycle", "@old_anchor"],
        )
        for edge, its_action, changed in _redated(rows, prepared, str(step), str(action), drafts):
            _draft(changed, edge, its_action, drafts, pl.col("revision") + 1)


def next_revision(rows: pl.DataFrame, day: Day, status: str, why: pl.Expr) -> pl.DataFrame:
    """Return the next revision of these entries, with another status and reason."""
    return rows.with_columns(
        pl.lit(status).alias("status"),
        why.alias("reason"),
        (pl.col("revision") + 1).cast(pl.Int32).alias("revision"),
        pl.lit(day.run_on).alias("issued_on"),
        pl.lit(day.on).alias("evaluated_on"),
        *(pl.lit(None, pl.Date).alias(name) for name in ("contact_on", "planned_on", "until")),
        pl.lit(0, pl.Int32).alias("late_days"),
    )


def redate_promises(
    pending: pl.DataFrame, prepared: Prepared, moved: pl.DataFrame, drafts: Drafts, day: Day
) -> pl.DataFrame:
    """Supersede the promises of cycles whose anchor moved, and draft them with their new dates.

    Args:
        pending: The playbook's LEDGER rows that are still to come.
        prepared: The playbook.
        moved: The accounts, with the snapshot's columns, `@cycle`, the new `@anchor` and `@old_anchor`.
        drafts: Takes the new drafts.
        day: The date evaluated.

    Returns:
        The superseding ledger entries.
    """
    later = pl.max_horizontal("due_on", "contact_on") > day.on
    entries = pending.filter(later | (pl.col("status") == "postponed"))
    entries = entries.rename({"cycle": "@cycle"}).join(
        moved.select(ACCOUNT_ID, "@cycle"), on=[ACCOUNT_ID, "@cycle"], how="semi"
    )
    superseded = []
    for (step, action), group in entries.partition_by("step", "action", as_dict=True).items():
        rows = moved.join(
            group.select(*PROMISE_KEY, "revision", playbook_date().alias("@was")),
            on=[ACCOUNT_ID, "@cycle"],
        )
        for edge, its_action, changed in _redated(rows, prepared, str(step), str(action), drafts):
            _draft(changed, edge, its_action, drafts, pl.col("revision") + 2)
            superseded.append(group.join(changed.select(*PROMISE_KEY, "@why"), on=PROMISE_KEY))
    if not superseded:
        return pending.head(0)
    rows = pl.concat(superseded).rename({"@cycle": "cycle"})
    changed = next_revision(rows, day, "superseded", pl.col("@why"))
    return changed.select(pending.columns)


def playbook_date() -> pl.Expr:
    """Return the date that the playbook gave an action, before the run was late or the contact plan postponed it."""
    planned = pl.col("planned_on") - pl.duration(days=pl.col("late_days"))
    return pl.coalesce(planned, "due_on")


def _origins(prepared: Prepared, step: str, action: str) -> list[tuple[Edge, Action]]:
    """Return the dated edges that issue an action: several where its date has cases, or several edges lead to it."""
    return [
        (edge, candidate)
        for edge in prepared.machine.edges
        if edge.dated and edge.moment and edge.moment.base == "anchor"
        for candidate in edge.actions
        if step in (candidate.step, prepared.playbook.first_steps.get(candidate.step))
        and candidate.id == action
    ]


def _redated(
    rows: pl.DataFrame, prepared: Prepared, step: str, action: str, drafts: Drafts
) -> list[tuple[Edge, Action, pl.DataFrame]]:
    """Return the promises whose date changes, each with the edge that dated it.

    The ledger does not record the edge. It is an edge that gives the promised date; among several, the one whose
    condition is true now.
    """
    origins = _origins(prepared, step, action)
    redated = []
    for guard_is_true in (True, False):
        for edge, its_action in origins:
            eligible = rows
            if guard_is_true:
                guard = outcomes(rows, condition(edge.guard).outcome)
                eligible = rows.filter(guard.fill_null(False))
            dated = _dated_by(eligible, edge, its_action, drafts)
            rows = rows.join(dated, on=PROMISE_KEY, how="anti")
            changed = dated.filter(pl.col("@new") != pl.col("@was"))
            if changed.height:
                redated.append((edge, its_action, changed))
    return redated


def _dated_by(rows: pl.DataFrame, edge: Edge, action: Action, drafts: Drafts) -> pl.DataFrame:
    """Return the rows that this edge dated under the old anchor, with the date under the new one (`@new`)."""
    if edge.moment is None:
        raise AssertionError("the edge must be dated")
    before = rows.with_columns(pl.col("@old_anchor").alias("@anchor"))
    was = drafts.due(action, edge, rows, base_dates(edge.moment, before, drafts.rules))
    new = drafts.due(action, edge, rows, base_dates(edge.moment, rows, drafts.rules))
    why = pl.format(
        DATE_MOVED,
        pl.col("@old_anchor").dt.to_string("iso"),
        pl.col("@anchor").dt.to_string("iso"),
    )
    dated = rows.with_columns(was.alias("@before"), new.alias("@new"), why.alias("@why"))
    return dated.filter(pl.col("@before") == pl.col("@was"))


def _draft(
    rows: pl.DataFrame, edge: Edge, action: Action, drafts: Drafts, revision: pl.Expr
) -> None:
    if edge.moment is None:
        raise AssertionError("the edge must be dated")
    drafts.add(
        rows,
        action,
        rows["@new"],
        pl.col("occurrence"),
        pl.concat_str(moment_reason(edge.moment), pl.lit("; "), pl.col("@why")),
        revision,
    )
