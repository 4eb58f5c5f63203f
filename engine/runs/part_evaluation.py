"""Evaluation of one part of a date: a function of what its parts share, and of a range of the snapshot's accounts.

It reads the store as it was before the date, and writes nothing. So a part can be evaluated in any thread or process,
and again after a failure, with the same result.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import STATE_KEY, KeyRange
from ..core.upsert import upsert
from ..evaluation.evaluator import evaluate_day
from ..evaluation.inputs import (
    Day,
    DayEvaluation,
    NoEarlierSnapshots,
    PlanTables,
    Rules,
    Tables,
)
from ..evaluation.prepare import Prepared
from ..evaluation.quiet_accounts import QuietAccounts
from ..project.loading import Project
from ..sources.events import EventValues
from ..sources.merges import Merges
from ..store import StoreView
from ..store.filters import as_expression
from ..store.reader import key_filters
from .action_facts import ActionFacts
from .compiled import CompiledPlaybooks
from .edits import Edits, edit_effects, edits_in_part
from .entry_checks import count_members
from .history import values_alone
from .input_brakes import count_filled, ended_early
from .ledger_lookup import StoreLookup
from .migrations import ended_by_migration, migrate
from .part_totals import PartTotals
from .parts import Part, meeting_part, range_part
from .plan import count_states, stranded
from .presence import PartPresence, Presence
from .stage_history import StageHistory
from .unknown_values import unknown_values

if TYPE_CHECKING:
    from ..sources import SnapshotPart, UnreadPart


@dataclass(frozen=True, slots=True)
class BookValues:
    """Values that are computed from all accounts before the parts are evaluated, by account.

    Attributes:
        events: The values of functions of events.
        facts: Facts about the actions that the playbooks ask about.
        listed: The accounts of the snapshot, including those left out.
    """

    events: EventValues
    facts: ActionFacts
    listed: pl.Series

    def within(self, stretch: KeyRange) -> BookValues:
        """Return the values of the accounts of a range of ids."""
        passes = as_expression(key_filters(stretch))
        listed = self.listed.alias(ACCOUNT_ID).to_frame().filter(passes)[ACCOUNT_ID]
        return BookValues(self.events.within(passes), self.facts.within(passes), listed)


@dataclass(frozen=True, slots=True)
class StageContext:
    """The inputs that all parts of a date share.

    Attributes:
        project: The project.
        compiled: Its playbooks.
        rules: The workspace's rules.
        store: The store before the date, read by several threads.
        day: The dates.
        judged: The playbooks whose promises are judged; None is all of them.
        presence: The accounts of earlier snapshots; None on a belated date, as later ones have judged absences.
        prepared: The playbooks to evaluate.
        since: By playbook, its due date before this one.
        first: The playbooks that were never evaluated before.
        history: The earlier values.
        edits: The playbooks evaluated with a new text.
        moves: The moves by hand up to the date, HAND_MOVES.
        plans: The items of success plans; None on an earlier date than the run's, whose plans are not known.
        merges: The accounts that were merged.
        meeting: The ids of the accounts that meet others; they are evaluated together, after the ranges.
        quiet: The accounts to which nothing happened on dates before; None for a run of one date.
    """

    project: Project
    compiled: CompiledPlaybooks
    rules: Rules
    store: StoreView
    day: Day
    judged: frozenset[str] | None
    presence: Presence | None
    prepared: list[Prepared]
    since: dict[str, dt.date | None]
    first: frozenset[str]
    history: StageHistory
    edits: Edits
    moves: pl.DataFrame
    plans: PlanTables | None
    merges: Merges
    meeting: pl.Series
    quiet: QuietAccounts | None


@dataclass(frozen=True, slots=True)
class PartRows:
    """The rows that a part adds to the store; see `Commit.add`."""

    states: pl.DataFrame
    entries: pl.DataFrame
    ended: pl.DataFrame
    history: pl.DataFrame | None
    carried: pl.DataFrame | None


@dataclass(frozen=True, slots=True)
class PartResult:
    """The result of one part of a date.

    Attributes:
        totals: Its totals.
        rows: Its rows; None if an edit strands accounts of the part.
        meeting: The accounts of the range that meet others, with their values.
    """

    totals: PartTotals
    rows: PartRows | None
    meeting: pl.DataFrame


def evaluate_range(
    context: StageContext, book: BookValues, accounts: SnapshotPart | UnreadPart
) -> PartResult:
    """Evaluate a range of a snapshot's accounts, without those that meet others.

    Args:
        context: The inputs that all ranges share.
        book: The values that are computed from all accounts, at least those of the range.
        accounts: The range, read or to be read.

    Raises:
        Problems: The accounts cannot be read.
    """
    part = range_part(accounts.read(), context.meeting, context.merges)
    return _evaluate(context, book, part)


def evaluate_meeting(context: StageContext, book: BookValues, accounts: pl.DataFrame) -> PartResult:
    """Evaluate the accounts that meet others, as the results of the ranges have them."""
    return _evaluate(context, book, meeting_part(accounts, context.meeting, context.merges))


def _evaluate(context: StageContext, book: BookValues, part: Part) -> PartResult:
    states = part.of_part(context.store.states(stretch=part.stretch, in_order=False))
    totals = _totals(context, part, states)
    if stranded(context.project, totals.standing):
        return PartResult(totals, None, part.meeting())
    day = context.day
    moved = migrate(states, context.project.enabled, day.on)
    present_states = upsert(states, moved)
    earlier = context.history.earlier(part, present_states)
    tables = _tables(context, book, part, present_states, earlier)
    evaluation = evaluate_day(context.prepared, context.rules, day, tables)
    evaluation = _with_moved(evaluation, moved, day.on)
    totals = replace(
        _with_evaluation(totals, context, evaluation),
        edited=edit_effects(tables.edits, states, evaluation, day.on),
    )
    rows = PartRows(
        evaluation.states,
        evaluation.entries,
        evaluation.ended,
        context.history.kept(part),
        context.history.carried(part, earlier, evaluation),
    )
    return PartResult(totals, rows, part.meeting())


def _totals(context: StageContext, part: Part, states: pl.DataFrame) -> PartTotals:
    """Return the totals of a part before it is evaluated."""
    workspace, catalogue, day = context.project.workspace, context.project.catalogue, context.day
    standing = count_states(states)
    # Only a book in which no account is enrolled yet may have no account in any `for`.
    playbooks = [each.playbook for each in context.prepared] if standing.is_empty() else []
    return PartTotals(
        standing,
        part.quarantined,
        unknown_values(part.accounts, workspace.place, catalogue),
        count_members(part.accounts, playbooks, day.on, day.snapshot_on or day.on),
        count_filled(part.accounts, context.compiled.fields),
    )


def _with_evaluation(
    totals: PartTotals, context: StageContext, evaluation: DayEvaluation
) -> PartTotals:
    """Add what the evaluation of the part counts."""
    statuses, ended = {}, {}
    if evaluation.entries.height:
        statuses = dict(evaluation.entries["status"].value_counts().iter_rows())
    if evaluation.ended.height:
        playbooks = [each.playbook for each in context.prepared]
        ended = {p.id: ended_early(p, evaluation.ended, context.day.on) for p in playbooks}
    return replace(totals, counts=evaluation.counts, statuses=statuses, ended=ended)


def _tables(
    context: StageContext,
    book: BookValues,
    part: Part,
    states: pl.DataFrame,
    earlier: dict[str, pl.DataFrame],
) -> Tables:
    """Return the tables that the evaluation of a part reads."""
    store, done_until = context.store, context.day.done_until
    window = max((cap.days for cap in context.rules.policy.caps), default=1)
    recently = context.day.on - dt.timedelta(days=window)
    presence = context.presence
    return Tables(
        book.events.join(part.accounts),
        states,
        {id: values_alone(values) for id, values in earlier.items()},
        context.since,
        StoreLookup(store, done_until, recently, part, context.judged),
        edits_in_part(store, context.edits, part),
        context.first,
        PartPresence(store, presence, part, book.listed) if presence else NoEarlierSnapshots(),
        context.moves,
        book.facts.of_states(states),
        context.plans,
        context.quiet,
    )


def _with_moved(evaluation: DayEvaluation, moved: pl.DataFrame, on: dt.date) -> DayEvaluation:
    """Add the rows that `moved:` changed, except those that the date changed again."""
    if moved.is_empty():
        return evaluation
    return replace(
        evaluation,
        states=upsert(moved, evaluation.states).sort(STATE_KEY),
        ended=pl.concat([evaluation.ended, ended_by_migration(moved, on)]).sort(
            *STATE_KEY, "cycle"
        ),
    )
