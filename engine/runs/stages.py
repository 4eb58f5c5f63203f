"""Execute the stages of a plan: evaluate each date in parts of the accounts, and commit it completely."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from ..core.ids import ACCOUNT_ID, MERGED_INTO
from ..core.problems import Problem, Problems
from ..core.schemas import COUNTS, QUARANTINE, STATE_KEY, empty_table, stack
from ..core.upsert import upsert
from ..evaluation.action_ids import first_names
from ..evaluation.capacity import has_capacity
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
from ..evaluation.unmet_needs import PAST_COLUMNS
from ..playbook.model import Playbook
from ..project.loading import Project
from ..sources import Snapshot, Snapshots
from ..sources.events import EventTables, EventValues
from ..sources.left_out import bad_rows, bad_values_by_field, rows_left_out
from ..sources.merges import read_merges
from ..store import CommitTarget, Reader, Retention, RunRecord, Store, StoreView
from ..version import VERSION
from .action_facts import ActionFacts, questions_of, read_facts
from .brake import BRAKE_RUNS, Excess, RunTotal, too_many
from .compiled import CompiledPlaybooks
from .concurrency import map_ordered
from .doubtful_dates import doubt_warnings
from .edits import Edits, edit_effects, edits_in_part, edits_of, sum_effects
from .entry_checks import Membership, count_members, membership_warnings
from .hand_notes import enrolment_warnings, held_note, last_number
from .history import (
    MARGIN_DAYS,
    history_needed_on,
    last_seen,
    previous_due,
    values_alone,
)
from .input_brakes import (
    anchors_moved,
    count_filled,
    ended_early,
    enrolments_ended,
    fields_emptied,
    many_left_out,
    many_values_left_out,
)
from .library_versions import library_versions
from .managers import Managers
from .migrations import ended_by_migration, migrate
from .parts import Part, parts_of
from .plan import STATE_COUNTS, Stage, count_states, orphaned, refuse_stranded, stranded
from .plan_reading import PlanReading, plan_tables, strange_plans
from .presence import PartPresence, Presence
from .required_fields import unfilled_warnings, with_optional
from .stage_history import StageHistory, fields_saved_last, stage_history
from .unknown_values import UnknownValues, unknown_values

if TYPE_CHECKING:
    from ..sources import LargeSnapshot

Progress = Callable[[int, int], None]
"""Called with the number of finished parts of the work, and of all parts."""

BATCH = 500_000
"""Accounts evaluated at a time. It bounds memory, since accounts are evaluated independently.

Measured on a million accounts and all shipped playbooks, an ordinary day: it takes 1.0 GiB. Half as many at a time
take a seventh more processor time and 0.8 GiB, and evaluating all at once is not faster and takes 1.5 GiB.
"""
FIRST_BATCH = 62_500
"""The same on a store's first date, which moves every account and issues nine entries for each.

Measured likewise: twice as many take as long, for 3.1 GiB instead of 1.8.
"""
CONCURRENT_PARTS = 2
"""Parts evaluated at once.

Measured likewise, on two processors: 8.7 s of wall time instead of 10.4, for 1.6 GiB instead of 1.0.
"""


@dataclass(frozen=True, slots=True)
class StageResult:
    """The result of a date: its entries, to be collected; its counts; EDITED; and the state counts before it."""

    entries: list[pl.LazyFrame]
    counts: pl.DataFrame
    edited: pl.DataFrame
    standing: pl.DataFrame
    record: RunRecord


@dataclass(frozen=True, slots=True)
class StageContext:
    """The inputs that all parts of a date share.

    Attributes:
        day: The dates.
        judged: The playbooks whose promises are judged; None is all of them.
        presence: The accounts of earlier snapshots; None on a belated date, as later ones have judged absences.
        prepared: The playbooks to evaluate.
        since: By playbook, its due date before this one.
        first: The playbooks that were never evaluated before.
        history: The earlier values.
        events: The values of functions of events.
        facts: Facts about the actions that the playbooks ask about.
        plans: The items of success plans; None on an earlier date than the run's, whose plans are not known.
        edits: The playbooks evaluated with a new text.
        moves: The moves by hand up to the date, HAND_MOVES.
    """

    day: Day
    judged: frozenset[str] | None
    presence: Presence | None
    prepared: list[Prepared]
    since: dict[str, dt.date | None]
    first: frozenset[str]
    history: StageHistory
    edits: Edits
    events: EventValues
    moves: pl.DataFrame
    facts: ActionFacts
    plans: PlanTables | None


@dataclass(frozen=True, slots=True)
class PartResult:
    """The result of one part of a date: its accounts' states, bad and unknown values, and the values to save.

    `edited` has the effects of edits, EDITED. If an edit strands accounts of the part, they are only counted, and
    `evaluation` is None.
    """

    standing: pl.DataFrame
    quarantined: pl.DataFrame
    unknown: UnknownValues
    members: Membership
    filled: dict[str, int]
    kept: pl.DataFrame | None
    carried: pl.DataFrame | None
    edited: pl.DataFrame | None
    evaluation: DayEvaluation | None


@dataclass(frozen=True, slots=True)
class StoreLookup:
    """The ledger of a store as one part of a date sees it; implements `LedgerLookup`.

    Attributes:
        store: Where the ledger is read.
        done_until: The last date whose actions and contacts have gone out.
        recently: The first date of the contacts that count.
        part: The accounts of the part.
        judged: The playbooks whose promises are judged; what others promise counts as made. None is all of them.
    """

    store: StoreView
    done_until: dt.date
    recently: dt.date
    part: Part
    judged: frozenset[str] | None

    def pending(self) -> pl.DataFrame:
        """Return `LEDGER`: the actions that have not gone out yet: promised for the date or later, or postponed."""
        pending = self.store.pending(self.done_until, stretch=self.part.stretch)
        return self.part.of_part(pending).filter(self._judged())

    def contacts(self, accounts: pl.Series) -> pl.DataFrame:
        """Return `CONTACTS`: the contacts that the accounts had lately."""
        # What is promised for later is judged with the others, and need not be read.
        until = self.done_until if self.judged is None else None
        contacts = self.store.contacts(self.recently, accounts=accounts, until=until)
        return contacts.filter((pl.col("contact_on") <= self.done_until) | ~self._judged())

    def _judged(self) -> pl.Expr:
        if self.judged is None:
            return pl.lit(True)
        return pl.col("playbook").is_in(sorted(self.judged))

    def past(self, accounts: pl.Series, playbooks: Collection[str]) -> pl.DataFrame:
        """Return the columns PAST_COLUMNS of all actions of these accounts and playbooks, as last revised."""
        ids = accounts.to_list()
        return self.store.ledger(accounts=ids, playbooks=playbooks, columns=PAST_COLUMNS)

    def issued(self, action_ids: pl.Series) -> pl.Series:
        """Return those of the ids that the ledger has."""
        if action_ids.is_empty():
            return action_ids
        return self.store.known(action_ids, self.part.stretch)["action_id"]

    def latest(self, accounts: pl.Series) -> pl.DataFrame:
        """Return `LEDGER`: every action of the accounts, as last revised."""
        return self.store.ledger(accounts=accounts.unique().to_list())


@dataclass(slots=True)
class Totals:
    """Totals over the parts of a date."""

    counts: list[pl.DataFrame] = field(default_factory=list)
    edited: list[pl.DataFrame] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    standing: list[pl.DataFrame] = field(default_factory=list)
    quarantined: list[pl.DataFrame] = field(default_factory=list)
    unknown: UnknownValues = field(default_factory=UnknownValues)
    members: Membership = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)

    def add(self, part: PartResult, on: dt.date, playbooks: Sequence[Playbook]) -> None:
        """Add a part of the date, on which these playbooks were evaluated."""
        self.standing.append(part.standing)
        self.quarantined.append(part.quarantined)
        self.unknown.add(part.unknown)
        self.members.update(part.members)
        self.filled.update(part.filled)
        if part.edited is not None:
            self.edited.append(part.edited)
        if part.evaluation is not None:
            self.counts.append(part.evaluation.counts)
            entries, ended = part.evaluation.entries, part.evaluation.ended
            if entries.height:
                self.statuses.update(dict(entries["status"].value_counts().iter_rows()))
            if ended.height:
                self.ended.update({each.id: ended_early(each, ended, on) for each in playbooks})

    def without_members(self, playbooks: Sequence[Playbook]) -> list[Problem]:
        """Return a warning if no account is in any of these playbooks."""
        return membership_warnings(self.members, playbooks, self.filled[ACCOUNT_ID])


class Runner:
    """Executor of stages, in order."""

    def __init__(
        self,
        project: Project,
        compiled: CompiledPlaybooks,
        store: CommitTarget,
        snapshots: Snapshots,
        stages: Sequence[Stage],
        events: EventTables,
        managers: Managers,
        plans: PlanReading,
        *,
        passes: bool,
        force: str = "",
        quiet: QuietAccounts | None = None,
    ) -> None:
        """Make a runner of these stages.

        Args:
            project: The project.
            compiled: Its playbooks.
            store: Where the dates are committed.
            snapshots: The workspace's snapshots.
            stages: The dates of the run.
            events: The tables of events that the playbooks read.
            managers: The managers to whom open actions are escalated.
            plans: The success plans as they are on the run's date.
            passes: True to go on where a brake would stop.
            force: Why brakes are passed, for the records.
            quiet: The accounts to which nothing happened on dates before; None for a run of one date.
        """
        self.project = project
        self._stages = stages
        self._events = events
        self._passes = passes
        self._force = force
        self._quiet = quiet
        self._compiled = compiled
        self.store = store
        # The store's own connection is one thread's; what parts ask of the past they ask of a reader.
        self._past: StoreView = Reader.of(project) if isinstance(store, Store) else store
        self.snapshots = snapshots
        self.quarantined = empty_table(QUARANTINE)
        self.tolerated = True
        self.unfilled: list[Problem] = []
        self.unknown: list[Problem] = []
        self._issued = 0
        self._in_all: list[Excess] = []
        self._on_dates: list[Excess] = []
        self._earlier = store.latest_runs(BRAKE_RUNS)
        self.doubtful: list[Problem] = []
        self.by_hand: list[Problem] = []
        self.note = ""
        self.merges: list[Problem] = []
        self.strange_events: list[Problem] = []
        self.strange_plans: list[Problem] = []
        workspace = project.workspace
        self._managers = managers
        self._plans = plans
        self._rules = Rules(
            workspace.roles,
            workspace.policy,
            workspace.calendar(),
            workspace.language,
            workspace.doubt,
            first_names(project.playbooks),
            project.disabled,
            managers.by_person,
        )

    def preflight(self) -> int:
        """Check the snapshots of all stages: one that cannot be read stops the run before it begins.

        Only accounts, the number of rows, columns and the files that state its integrity are read; values are read
        when the date is evaluated. No snapshot is held in memory.

        Returns:
            The number of rows of all stages together.
        """
        self._events.check()
        rows = {}
        for day in dict.fromkeys(stage.snapshot_on for stage in self._stages):
            snapshot = self.snapshots.open(day, ())
            self.snapshots.unfilled(day, self._compiled.fields)
            rows[day] = snapshot.rows
        return sum(rows[stage.snapshot_on] for stage in self._stages)

    def execute(self, stage: Stage, progress: Progress | None) -> StageResult:
        """Evaluate one date and commit it; unless it is alone, its entries are read back when they are shown."""
        snapshot = self._open(stage)
        presence = self._presence(stage, snapshot)
        on_date = [] if stage.belated else [*self._gone(presence)]
        self._stop(stage, on_date)
        reads = {p.id: self._compiled.reads[p.id] for p in stage.playbooks}
        self.unfilled = unfilled_warnings(reads, self.snapshots, stage.snapshot_on)
        rows = snapshot.merge_rows()
        merges = read_merges(rows, snapshot.account_ids())
        self.merges = merges.warnings()
        events = self._events.values(stage.on, snapshot.on, merges)
        accounts = snapshot.account_ids()
        self.strange_events = [*events.strangers(accounts)]
        self.strange_plans = strange_plans(self._plans, accounts, stage.on)
        moves = self._past.hand_moves(until=stage.on)
        read_to = self._past.outcomes_to(stage.on), last_number(moves)
        sums = Totals()
        begun = self.store.begin(stage.on, stage.attempt, snapshot.on, belated=stage.belated)
        with begun as commit:
            size = BATCH if self.store.last_committed() else min(BATCH, FIRST_BATCH)
            caps_openings = any(playbook.at_most for playbook in stage.playbooks)
            if caps_openings or has_capacity(self._rules.roles):
                size = max(snapshot.rows, 1)  # who has room depends on all accounts
            work = partial(
                self._evaluate_part, self._setting(stage, presence, rows.columns, events, moves)
            )
            for number, result in enumerate(
                map_ordered(work, parts_of(snapshot, size, merges), CONCURRENT_PARTS), 1
            ):
                sums.add(result, stage.on, stage.playbooks)
                if result.evaluation is not None:
                    new = result.evaluation
                    commit.add(new.states, new.entries, new.ended, result.kept, result.carried)
                if progress:
                    progress(number, max(-(-snapshot.rows // size), number))
            standing = sum_counts(sums.standing, STATE_COUNTS)
            refuse_stranded(self.project, standing)
            counts = sum_counts(sums.counts)
            bad = stack(sums.quarantined, QUARANTINE)
            on_date += self._changed(stage, snapshot, sums, counts, standing, bad)
            in_all = self._count(stage, sums.statuses["issued"], snapshot.rows)
            self._stop(stage, [*in_all, *on_date] if isinstance(self.store, Store) else on_date)
            self._on_dates += on_date
            tolerance = self.project.workspace.tolerate
            self.tolerated &= tolerance.allows(bad_rows(bad), snapshot.rows)
            by_table = self._events.bad_rows().values()
            self.tolerated &= all(tolerance.allows(wrong, rows) for wrong, rows in by_table)
            bad = stack([bad, self._events.quarantined], QUARANTINE)
            self.doubtful = doubt_warnings(counts, self.project.workspace.doubt)
            if bad.height:
                self.quarantined = pl.concat([self.quarantined, bad]).unique(maintain_order=True)
            workspace, catalogue = self.project.workspace, self.project.catalogue
            self.unknown = sums.unknown.warnings(workspace, catalogue, self.project.enabled)
            if standing.is_empty():
                self.unknown += sums.without_members(stage.playbooks)
            passed = [each.brake for each in (*in_all, *on_date)]
            self.by_hand = enrolment_warnings(counts)
            self.note = held_note(counts)
            record = self._record(stage, snapshot, counts, bad.height, sums, passed)
            record = replace(record, outcomes_to=read_to[0], moves_to=read_to[1])
            needed_on = self._history_needed_on(stage, standing)
            if isinstance(self.store, Store):
                self.snapshots.store_arrived(stage.snapshot_on)
            commit.finish(record, bad, needed_on, self._retention(stage.on), self.project.texts)
            entries = commit.entries() if len(self._stages) == 1 else commit.read_back()
            return StageResult(entries, counts, sum_effects(sums.edited), standing, record)

    def _retention(self, on: dt.date) -> Retention:
        """Return the dates before which names and quarantined values expire."""
        kept = self.project.workspace.retention
        return Retention(_days_before(on, kept.names_days), _days_before(on, kept.quarantine_days))

    def _history_needed_on(self, stage: Stage, standing: pl.DataFrame) -> dt.date | None:
        """Return the date from which earlier values are needed; None if a playbook that may look back is missing."""
        if self.project.errors or orphaned(self.project, standing):
            return None
        workspace = self.project.workspace
        wanted, keep = (
            self._compiled.look_backs,
            max(workspace.keep_days, workspace.doubt.stands_days),
        )
        shown_again = stage.on - dt.timedelta(days=MARGIN_DAYS)
        seen = (
            last_seen(self.store, id, shown_again)
            for id, fields in self._compiled.compared.items()
            if fields
        )
        return history_needed_on([day for day in seen if day], wanted, stage.on, keep)

    def _open(self, stage: Stage) -> Snapshot | LargeSnapshot:
        """Return the stage's snapshot; its problems stop the run."""
        fields = self._compiled.fields | self._saved_last()
        fields = with_optional(fields, self.snapshots, stage.snapshot_on)
        return self.snapshots.open(stage.snapshot_on, fields)

    def _presence(self, stage: Stage, snapshot: Snapshot | LargeSnapshot) -> Presence:
        days = self.store.history_days()
        before = self.store.history(days[-1], (MERGED_INTO,)) if days else None
        stands_days = self._rules.doubt.stands_days
        return Presence(self._past, snapshot, stage.on, stands_days, days, before)

    def _gone(self, presence: Presence) -> Iterator[Excess]:
        """Yield an excess if the accounts are not those of the last snapshot."""
        if presence.before is None:
            return
        before = presence.saved_days[-1], presence.before[ACCOUNT_ID]
        limit = self.project.workspace.brake.gone
        problem = self.snapshots.check_gone(before, presence.snapshot, limit)
        if problem is not None:
            yield Excess("gone", problem)

    def _setting(
        self,
        stage: Stage,
        presence: Presence,
        read: Collection[str],
        events: EventValues,
        moves: pl.DataFrame,
    ) -> StageContext:
        last = {p.id: self._past.last_evaluation(p.id, stage.on) for p in stage.playbooks}
        return StageContext(
            Day(stage.on, stage.run_on, stage.snapshot_on, stage.done_until),
            frozenset(p.id for p in stage.playbooks) if stage.belated else None,
            None if stage.belated else presence,
            [self._compiled.prepared[playbook.id] for playbook in stage.playbooks],
            {p.id: previous_due(p.schedule, stage.on) for p in stage.playbooks},
            frozenset(id for id, record in last.items() if record is None),
            stage_history(
                self._past,
                self._compiled,
                stage,
                last,
                self._saved_last(),
                frozenset({MERGED_INTO} & {*read}),
            ),
            edits_of(last, self._compiled.digests),
            events,
            moves,
            read_facts(self._past, questions_of(stage.playbooks, self.project.playbooks), stage.on),
            plan_tables(self._plans, self._past, stage.on) if stage.on == stage.run_on else None,
        )

    def _saved_last(self) -> frozenset[str]:
        return fields_saved_last(self.project, self.store)

    def _evaluate_part(self, setting: StageContext, part: Part) -> PartResult:
        """Evaluate one part; others may be evaluated at the same time."""
        states = part.of_part(self._past.states(stretch=part.stretch, in_order=False))
        standing = count_states(states)
        project = self.project
        unknown = unknown_values(part.accounts, project.workspace.place, project.catalogue)
        # Only a book in which no account is enrolled yet may have no account in any `for`.
        playbooks = [each.playbook for each in setting.prepared] if standing.is_empty() else []
        members = count_members(
            part.accounts, playbooks, setting.day.on, setting.day.snapshot_on or setting.day.on
        )
        filled = count_filled(part.accounts, self._compiled.fields)
        if stranded(self.project, standing):
            return PartResult(
                standing, part.quarantined, unknown, members, filled, None, None, None, None
            )
        moved = migrate(states, self.project.enabled, setting.day.on)
        standing_states = upsert(states, moved)
        earlier = setting.history.earlier(part, standing_states)
        tables = self._tables(setting, part, standing_states, earlier)
        evaluation = evaluate_day(setting.prepared, self._rules, setting.day, tables)
        evaluation = _with_moved(evaluation, moved, setting.day.on)
        return PartResult(
            standing,
            part.quarantined,
            unknown,
            members,
            filled,
            setting.history.kept(part),
            setting.history.carried(part, earlier, evaluation),
            edit_effects(tables.edits, states, evaluation, setting.day.on),
            evaluation,
        )

    def _tables(
        self,
        setting: StageContext,
        part: Part,
        states: pl.DataFrame,
        earlier: dict[str, pl.DataFrame],
    ) -> Tables:
        on = setting.day.on
        window = max((cap.days for cap in self.project.workspace.policy.caps), default=1)
        recently = on - dt.timedelta(days=window)
        return Tables(
            setting.events.join(part.accounts),
            states,
            {id: values_alone(values) for id, values in earlier.items()},
            setting.since,
            StoreLookup(self._past, setting.day.done_until, recently, part, setting.judged),
            edits_in_part(self._past, setting.edits, part),
            setting.first,
            PartPresence(setting.presence, part) if setting.presence else NoEarlierSnapshots(),
            setting.moves,
            setting.facts.of_states(states),
            setting.plans,
            self._quiet,
        )

    @property
    def braked(self) -> list[Excess]:
        """Return what the brakes do not allow of the dates executed: of all together, and of each."""
        return [*self._in_all, *self._on_dates]

    def _changed(
        self,
        stage: Stage,
        snapshot: Snapshot | LargeSnapshot,
        sums: Totals,
        counts: pl.DataFrame,
        standing: pl.DataFrame,
        bad: pl.DataFrame,
    ) -> Iterator[Excess]:
        """Yield what the brakes do not allow of the date's input, compared with the date before."""
        brake = self.project.workspace.brake
        out = rows_left_out(bad, self.project.catalogue)
        if not stage.belated:  # its snapshot is older than the last one
            yield from many_left_out(snapshot.on, out, snapshot.rows, brake.left_out)
            wrong = bad_values_by_field(bad, self.project.catalogue)
            yield from many_values_left_out(snapshot.on, wrong, snapshot.rows, brake.left_out)
            before = self.store.latest_runs(1)
            filled = before[-1].filled if before else {}
            yield from fields_emptied(snapshot.on, filled, sums.filled, brake.emptied)
        enrolled: Counter[str] = Counter()
        for playbook, _, accounts in standing.iter_rows():
            enrolled[playbook] += accounts
        yield from anchors_moved(stage.on, counts, enrolled, brake.dates)
        yield from enrolments_ended(stage.on, sums.ended, enrolled, brake.ended)

    def _count(self, stage: Stage, issued: int, accounts: int) -> list[Excess]:
        """Count the actions of a date, and return what the brakes do not allow of the run so far."""
        self._issued += issued
        total = RunTotal(self._stages[0].on, stage.on, len(self._stages), self._issued, accounts)
        self._in_all = [*too_many(total, self.project.workspace.brake, self._earlier)]
        return self._in_all

    def _stop(self, stage: Stage, excesses: Sequence[Excess]) -> None:
        """Stop a run before anything of the date is written; a preview and a forced run go on."""
        if excesses and not self._passes:
            raise Problems([each.stops(self._written(stage)) for each in excesses])

    def _written(self, stage: Stage) -> str:
        """Say what was written. A run of very many accounts commits dates before the last one is judged."""
        written = self._stages if isinstance(self.store, Store) else ()
        before = [each.on for each in written if each.on < stage.on]
        if not before:
            return "nothing was written"
        return f"the dates up to {before[-1]} are committed, and nothing was written of {stage.on}"

    def _record(
        self,
        stage: Stage,
        snapshot: Snapshot | LargeSnapshot,
        counts: pl.DataFrame,
        quarantined: int,
        sums: Totals,
        passed: list[str],
    ) -> RunRecord:
        statuses = sums.statuses
        return RunRecord(
            on=stage.on,
            attempt=stage.attempt,
            run_on=stage.run_on,
            snapshot_on=stage.snapshot_on,
            snapshot_digest=snapshot.digest,
            snapshot_rows=snapshot.rows,
            events=self._events.digests() | self._managers.digests() | self._plans.digests(),
            quarantined=quarantined,
            playbooks={p.id: self._compiled.digests[p.id] for p in stage.playbooks},
            schedules={p.id: p.schedule for p in stage.playbooks},
            engine=VERSION,
            libraries=dict(library_versions()),
            counts=counts.to_dicts(),
            issued=statuses["issued"],
            postponed=statuses["postponed"],
            skipped=statuses["skipped"],
            withheld=statuses["withheld"],
            superseded=statuses["superseded"],
            withdrawn=statuses["withdrawn"],
            filled=dict(sums.filled),
            force_reason=self._force,
            passed=passed,
        )


def _days_before(on: dt.date, days: int | None) -> dt.date | None:
    return None if days is None else dt.date.fromordinal(max(1, on.toordinal() - days))


def sum_counts(parts: list[pl.DataFrame], schema: dict[str, pl.DataType] = COUNTS) -> pl.DataFrame:
    """Return the counts of all parts together; `accounts` is summed."""
    keys = [name for name in schema if name != "accounts"]
    together = stack(parts, schema)
    if together.is_empty():
        return together
    return together.group_by(keys).agg(pl.col("accounts").sum()).sort(keys)


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
