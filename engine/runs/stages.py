"""Execute the stages of a plan: evaluate each date in parts of the accounts, and commit it completely."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from ..core.ids import ACCOUNT_ID, MERGED_INTO
from ..core.problems import Problem, Problems
from ..core.schemas import COUNTS, QUARANTINE, empty_table, stack
from ..evaluation.action_ids import first_names
from ..evaluation.capacity import has_capacity
from ..evaluation.inputs import Day, Rules
from ..evaluation.quiet_accounts import QuietAccounts
from ..project.loading import Project
from ..sources import Snapshot, Snapshots
from ..sources.events import EventTables
from ..sources.left_out import bad_rows, bad_values_by_field, rows_left_out
from ..sources.merges import Merges, read_merges
from ..store import (
    CommitTarget,
    MemoryCommit,
    Reader,
    Retention,
    RunRecord,
    Store,
    StoreView,
)
from ..store.run_record import VERSION_READ
from ..version import VERSION
from .action_facts import ActionFacts, questions_of, read_facts
from .brake import BRAKE_RUNS, Excess, RunTotal, too_many
from .compiled import CompiledPlaybooks
from .doubtful_dates import doubt_warnings
from .edits import edits_of, sum_effects
from .hand_notes import enrolment_warnings, held_note, last_number
from .history import (
    MARGIN_DAYS,
    history_needed_on,
    last_seen,
    previous_due,
)
from .input_brakes import (
    anchors_moved,
    enrolments_ended,
    fields_emptied,
    many_left_out,
    many_values_left_out,
)
from .library_versions import library_versions
from .managers import Managers
from .part_evaluation import BookValues, StageContext
from .part_execution import execute_parts
from .part_tasks import Executor
from .part_totals import Totals
from .parts import accounts_that_meet, is_one_part
from .plan import STATE_COUNTS, Stage, orphaned, refuse_stranded
from .plan_reading import PlanReading, plan_tables, strange_plans
from .presence import Presence, read_presence
from .required_fields import unfilled_warnings, with_optional
from .stage_history import fields_saved_last, stage_history

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


@dataclass(frozen=True, slots=True)
class StageResult:
    """The result of a date.

    Attributes:
        entries: Its entries, to be collected.
        counts: Its counts.
        edited: EDITED.
        standing: The state counts before it.
        record: Its record.
        rehearsed: Its commit in memory; None where it was committed to a store.
    """

    entries: list[pl.LazyFrame]
    counts: pl.DataFrame
    edited: pl.DataFrame
    standing: pl.DataFrame
    record: RunRecord
    rehearsed: MemoryCommit | None = None


@dataclass(frozen=True, slots=True)
class StageInput:
    """The data read for a date before its accounts are evaluated.

    Attributes:
        snapshot: The snapshot.
        listed: The accounts of the snapshot, including those left out.
        saved_days: The dates of the snapshots whose accounts are saved, earliest first.
        before: The accounts of the last of these, with `merged_into` if it had the field; None without one.
        merge_rows: The accounts, with `merged_into` if the snapshot has the field.
        merges: The mergers.
        moves: The moves by hand up to the date, HAND_MOVES.
    """

    snapshot: Snapshot | LargeSnapshot
    listed: pl.Series
    saved_days: Sequence[dt.date]
    before: pl.DataFrame | None
    merge_rows: pl.DataFrame
    merges: Merges
    moves: pl.DataFrame

    @property
    def saved_with_merges(self) -> frozenset[str]:
        """Return the fields that are saved where the snapshot has them, whether or not a playbook reads them."""
        return frozenset({MERGED_INTO} & {*self.merge_rows.columns})


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
        executor: Executor | None = None,
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
            executor: The cluster that evaluates the parts, of a run that writes; None is this process.
        """
        self._executor = executor
        self.project = project
        self._stages = stages
        self._events = events
        self._passes = passes
        self._force = force
        self._quiet = quiet
        self._compiled = compiled
        self.store = store
        # The store's own connection is one thread's; parts in other threads ask a reader.
        self._shared: StoreView = Reader.of(project) if isinstance(store, Store) else store
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
        given = self._read_input(stage)
        snapshot = given.snapshot
        on_date = [] if stage.belated else [*self._gone(given)]
        self._stop(stage, on_date)
        reads = {p.id: self._compiled.reads[p.id] for p in stage.playbooks}
        self.unfilled = unfilled_warnings(reads, self.snapshots, stage.snapshot_on)
        self.merges = given.merges.warnings()
        events = self._events.values(stage.on, snapshot.on, given.merges)
        self.strange_events = [*events.strangers(given.listed)]
        self.strange_plans = strange_plans(self._plans, given.listed, stage.on)
        read_to = self.store.outcomes_to(stage.on), last_number(given.moves)
        sums = Totals()
        begun = self.store.begin(stage.on, stage.attempt, snapshot.on, belated=stage.belated)
        with begun as commit:
            size = BATCH if self.store.last_committed() else min(BATCH, FIRST_BATCH)
            caps_openings = any(playbook.at_most for playbook in stage.playbooks)
            if caps_openings or has_capacity(self._rules.roles):
                size = max(snapshot.rows, 1)  # who has room depends on all accounts
            alone = self._executor is None and is_one_part(snapshot.rows, size)
            past = self.store if alone else self._shared
            context = self._context(stage, given, size, past)
            book = BookValues(events, self._facts(stage), given.listed)
            parts = execute_parts(context, book, snapshot, size, commit, self._executor)
            for number, totals in enumerate(parts, 1):
                sums.add(totals)
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
            rehearsed = commit if isinstance(commit, MemoryCommit) else None
            edited = sum_effects(sums.edited)
            return StageResult(entries, counts, edited, standing, record, rehearsed)

    def commit(self, result: StageResult, store: Store) -> StageResult:
        """Commit a date that was executed in memory, as one of several, and return its result."""
        record, rehearsed = result.record, result.rehearsed
        if rehearsed is None:
            return result
        begun = store.begin(
            record.on, record.attempt, record.snapshot_on, belated=rehearsed.belated
        )
        with begun as commit:
            self.snapshots.store_arrived(record.snapshot_on)
            rehearsed.repeat(commit)
            return replace(result, entries=commit.read_back(), rehearsed=None)

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

    def _read_input(self, stage: Stage) -> StageInput:
        """Read what a date needs of all accounts together; problems of the snapshot stop the run."""
        snapshot = self._open(stage)
        saved_days = self.store.history_days()
        before = self.store.history(saved_days[-1], (MERGED_INTO,)) if saved_days else None
        rows, listed = snapshot.merge_rows(), snapshot.account_ids()
        merges = read_merges(rows, listed)
        moves = self.store.hand_moves(until=stage.on)
        return StageInput(snapshot, listed, saved_days, before, rows, merges, moves)

    def _gone(self, given: StageInput) -> Iterator[Excess]:
        """Yield an excess if the accounts are not those of the last snapshot."""
        if given.before is None:
            return
        before = given.saved_days[-1], given.before[ACCOUNT_ID]
        limit = self.project.workspace.brake.gone
        problem = self.snapshots.check_gone(before, given.snapshot, limit)
        if problem is not None:
            yield Excess("gone", problem)

    def _facts(self, stage: Stage) -> ActionFacts:
        questions = questions_of(stage.playbooks, self.project.playbooks)
        return read_facts(self.store, questions, stage.on)

    def _context(self, stage: Stage, given: StageInput, size: int, past: StoreView) -> StageContext:
        """Return what the parts of a date share, where a part has about `size` accounts and asks `past`."""
        last = {p.id: self.store.last_evaluation(p.id, stage.on) for p in stage.playbooks}
        return StageContext(
            self.project,
            self._compiled,
            self._rules,
            past,
            Day(stage.on, stage.run_on, stage.snapshot_on, stage.done_until),
            frozenset(p.id for p in stage.playbooks) if stage.belated else None,
            None if stage.belated else self._presence(stage, given),
            [self._compiled.prepared[playbook.id] for playbook in stage.playbooks],
            {p.id: previous_due(p.schedule, stage.on) for p in stage.playbooks},
            frozenset(id for id, record in last.items() if record is None),
            stage_history(
                past,
                self._compiled,
                stage,
                last,
                self._saved_last(),
                given.saved_with_merges,
            ),
            edits_of(last, self._compiled.digests),
            given.moves,
            plan_tables(self._plans, self.store, stage.on) if stage.on == stage.run_on else None,
            given.merges,
            accounts_that_meet(given.snapshot, size, given.merges),
            self._quiet,
        )

    def _presence(self, stage: Stage, given: StageInput) -> Presence:
        stands_days = self._rules.doubt.stands_days
        return read_presence(
            self.store, stage.on, stands_days, given.saved_days, given.before, given.listed
        )

    def _saved_last(self) -> frozenset[str]:
        return fields_saved_last(self.project, self.store)

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

    def _inputs(self, stage: Stage) -> dict[str, str]:
        """Return by name what identifies the inputs other than accounts, and the version of a lake's table."""
        digests = self._events.digests() | self._managers.digests() | self._plans.digests()
        version = self.snapshots.version(stage.snapshot_on)
        return digests | ({VERSION_READ: version} if version else {})

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
            events=self._inputs(stage),
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


def in_one_part(rows: int) -> bool:
    """Return whether a snapshot with this number of rows is one part on any date, which one thread evaluates."""
    return is_one_part(rows, min(BATCH, FIRST_BATCH))


def _days_before(on: dt.date, days: int | None) -> dt.date | None:
    return None if days is None else dt.date.fromordinal(max(1, on.toordinal() - days))


def sum_counts(parts: list[pl.DataFrame], schema: dict[str, pl.DataType] = COUNTS) -> pl.DataFrame:
    """Return the counts of all parts together; `accounts` is summed."""
    keys = [name for name in schema if name != "accounts"]
    together = stack(parts, schema)
    if together.is_empty():
        return together
    return together.group_by(keys).agg(pl.col("accounts").sum()).sort(keys)
