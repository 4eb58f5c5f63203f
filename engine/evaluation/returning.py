"""Return of accounts to where they were: their date came back, or the playbook is for them again.

A cycle that ended goes on where it was while the last of its dates is ahead. Issued actions are not issued again, as
their ids are in the ledger. Actions that were skipped, withheld or withdrawn for the wrong date can still be issued.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.upsert import without
from ..machine.dates import moments_into
from ..playbook.model import BY_HAND, LEFT
from .candidates import MOVED_BACK, may_resume
from .doubt import has_lasted
from .hand_moves import resumes_by_hand
from .inputs import LedgerLookup
from .prepare import Prepared, all_rows, is_true, outcomes
from .prior import FORGET, RESTORED
from .rescheduling import redate_promises, restore_promises, restore_redated, withdraw_step
from .transitions import Transitions, base_dates


def returned_late(transitions: Transitions, rows: pl.DataFrame) -> pl.Series:
    """Return the mask of ended cycles whose date came back later than mistakes are corrected.

    Such a return is a move backwards, and is doubted like any other.
    """
    stands = dt.timedelta(days=transitions.rules.doubt.stands_days)
    long_ago = pl.col("@ended_on") < pl.lit(transitions.day.on - stands)
    late = long_ago & ~has_lasted(transitions) & pl.lit(stands > dt.timedelta(0))
    return _resumable(transitions, rows, (pl.col("@state") != LEFT) & late)


@dataclass(slots=True)
class Return:
    """The accounts after those that came back are where they were, and the changes to their promises.

    Attributes:
        rows: The accounts.
        entries: Ledger entries that withdraw or supersede.
        resumed: The number of cycles that go on.
    """

    rows: pl.DataFrame
    entries: list[pl.DataFrame] = field(default_factory=list)
    resumed: int = 0


def take_back(
    transitions: Transitions,
    rows: pl.DataFrame,
    late: pl.Series,
    pending: pl.DataFrame,
    ledger: LedgerLookup,
) -> Return:
    """Bring accounts back to where they were, except those whose return is `late`.

    Args:
        transitions: The playbook on the date.
        rows: The accounts, with `@date`.
        late: Mask of the ended cycles whose return is doubted.
        pending: The playbook's LEDGER rows that are still to come.
        ledger: The ledger's look-ups.
    """
    ended = _resumable(transitions, rows, pl.lit(True)) & ~late
    by_hand = outcomes(rows, resumes_by_hand(transitions.prepared))
    if by_hand.any():
        ended |= by_hand
        rows = _opened_by_hand(transitions.prepared, rows, by_hand)
    moved = _moved_back(rows)
    back = Return(rows.filter(~ended & ~moved) if (ended | moved).any() else rows)
    if ended.any():
        _resume(transitions, rows.filter(ended), pending, ledger, back)
    if moved.any():
        _move_back(transitions, rows.filter(moved), pending, ledger, back)
    return back


def _opened_by_hand(prepared: Prepared, rows: pl.DataFrame, by_hand: pl.Series) -> pl.DataFrame:
    """Mark enrolments that go on by hand as opened by hand, where the playbook is not for their accounts."""
    left = (pl.col("@state") == LEFT) | ~prepared.entry.outcome.fill_null(False)
    opener = pl.when(pl.lit(by_hand) & left).then(pl.lit(BY_HAND)).otherwise("@opened_by")
    return rows.with_columns(opener.alias("@opened_by"))


def _moved_back(rows: pl.DataFrame) -> pl.Series:
    """Return the mask of open enrolments whose date is again the one before their anchor last moved."""
    if rows["@prior_anchor"].null_count() == rows.height:
        return all_rows(rows, False)
    return outcomes(rows, MOVED_BACK)


def _resumable(transitions: Transitions, rows: pl.DataFrame, also: pl.Expr) -> pl.Series:
    """Return the mask of ended enrolments that may go on and whose last date is ahead."""
    prepared, on = transitions.prepared, transitions.day.on
    if rows["@ended_on"].null_count() == rows.height:
        return all_rows(rows, False)
    mask = is_true(outcomes(rows, may_resume(prepared) & also))
    if prepared.last is None or not mask.any():
        return mask
    before = rows.filter(mask).with_columns(pl.col("@prior_anchor").alias("@anchor"))
    ahead = (base_dates(prepared.last, before, transitions.rules) >= on).fill_null(False)
    return (mask & ~mask).scatter(mask.arg_true().filter(ahead), True)


def _resume(
    transitions: Transitions,
    rows: pl.DataFrame,
    pending: pl.DataFrame,
    ledger: LedgerLookup,
    back: Return,
) -> None:
    """Let cycles that had ended go on."""
    prepared, day = transitions.prepared, transitions.day
    restored = rows.with_columns(
        *RESTORED,
        *FORGET,
        pl.col("@anchor").alias("@old_anchor"),
        pl.col("@ended_on").alias("@quiet_from"),
        pl.col("@state").alias("@outcome"),
        pl.lit(None, pl.Date).alias("@ended_on"),
        pl.lit(";").alias("@visited"),
        pl.lit(True).alias("@changed"),
    )
    withdrawn = withdraw_step(pending, restored, day)
    back.entries.append(withdrawn)
    pending = without(pending, withdrawn, "action_id")
    latest = ledger.latest(rows[ACCOUNT_ID])
    back.entries.append(_redate(transitions, restored, pending, latest))
    restore_promises(latest, prepared, restored, transitions.drafts)
    back.resumed += rows.height
    back.rows = pl.concat([back.rows, restored.select(back.rows.columns)])


def _move_back(
    transitions: Transitions,
    rows: pl.DataFrame,
    pending: pl.DataFrame,
    ledger: LedgerLookup,
    back: Return,
) -> None:
    """Give open enrolments their last anchor again; a step that is not due by it is still to come."""
    old = rows.with_columns(pl.col("@anchor").alias("@old_anchor"))
    anchored = old.with_columns(
        pl.col("@prior_anchor").alias("@anchor"), pl.lit(True).alias("@changed")
    )
    back.entries.append(_redate(transitions, anchored, pending, ledger.latest(rows[ACCOUNT_ID])))
    early = _not_due_yet(transitions, anchored)
    rewound = anchored.filter(early).with_columns(
        *RESTORED,
        pl.lit(";").alias("@visited"),
    )
    back.rows = pl.concat(
        frame.select(back.rows.columns).with_columns(FORGET) if frame is not back.rows else frame
        for frame in (back.rows, rewound, anchored.filter(~early))
    )


def _redate(
    transitions: Transitions, rows: pl.DataFrame, pending: pl.DataFrame, latest: pl.DataFrame
) -> pl.DataFrame:
    moved = rows.filter(pl.col("@old_anchor") != pl.col("@anchor"))
    if not moved.height:
        return pending.head(0)
    restore_redated(latest, transitions.prepared, moved, transitions.drafts)
    return redate_promises(
        pending, transitions.prepared, moved, transitions.drafts, transitions.day
    )


def _not_due_yet(transitions: Transitions, rows: pl.DataFrame) -> pl.Series:
    """Return the mask of rows in a state that only dates of the anchor lead to, none of which has come."""
    machine, on = transitions.prepared.machine, transitions.day.on
    early = outcomes(rows, pl.lit(False))
    for state in rows["@state"].unique():
        moments = moments_into(machine, state)
        if not moments:
            continue
        ahead = rows["@state"] == state
        for moment in moments:
            ahead &= (base_dates(moment, rows, transitions.rules) > on).fill_null(False)
        early |= ahead
    return early
