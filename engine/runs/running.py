"""Runs and previews: execute a plan date by date, committing each date completely or not at all.

A preview is a run whose store holds its commits in memory: the same code, the same result.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

import polars as pl

from ..core.offsets import ONE_DAY
from ..core.problems import Problem, Problems
from ..core.schemas import LEDGER, empty_table
from ..evaluation.quiet_accounts import QuietAccounts
from ..project.loading import Project
from ..sources import Snapshots
from ..sources.events import EventTables
from ..store import Commits, CommitTarget, Overlay, Reader, Store, StoreView
from .brake import forced_note
from .compiled import CompiledPlaybooks, compile_playbooks
from .edits import EDITED, sum_effects
from .executors import open_executor
from .managers import Managers, read_managers
from .observer import UNOBSERVED, Observer
from .outcome_sources import SourceResult, record_source
from .part_tasks import Executor
from .plan import RunPlan, count_states, make_plan, orphaned, refuse_after, refuse_far
from .plan_reading import PlanReading, read_plans, record_marks
from .stages import Progress, Runner, StageResult, in_one_part, sum_counts
from .world import World

REHEARSED_ROWS = 5_000_000
"""Rows over all dates up to which a run of several dates is evaluated in memory before one of them is committed.

So a brake writes nothing. A larger run commits date by date, and stops before the date that is too much.
"""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The result of a run or preview: its new entries (LEDGER) and counts (COUNTS) over all dates evaluated.

    The order of the entries has no meaning: output sorts them as the contract says. Those of a large run,
    and of one over several dates, are on disk and read on demand.
    """

    on: dt.date
    dates: tuple[dt.date, ...]
    found: pl.LazyFrame
    counts: pl.DataFrame
    quarantined: pl.DataFrame
    tolerated: bool
    """True if on each date no more rows had bad values than the workspace tolerates."""
    warnings: tuple[Problem, ...]
    store: StoreView
    """The store with what was committed, a preview's commits in memory among it."""
    note: str = ""
    edited: pl.DataFrame = field(default_factory=partial(pl.DataFrame, schema=EDITED))
    """EDITED: the playbooks evaluated with a new text for the first time, with the accounts that this changed."""
    disabled: tuple[str, ...] = ()
    """The ids of the playbooks that were not evaluated because they are disabled, sorted."""

    @property
    def entries(self) -> pl.DataFrame:
        """Return all new entries, read into memory."""
        return self.found.collect()


def run(
    project: Project,
    on: dt.date,
    *,
    redo: bool = False,
    force: str = "",
    today: dt.date | None = None,
    progress: Progress | None = None,
    commits: Commits | None = None,
    observer: Observer | None = None,
    everybody: bool = False,
) -> RunOutcome:
    """Evaluate every due date after the last one committed, up to `on`, and commit each.

    Each date is added to `commits` as soon as it is committed, so that it is known whatever fails afterwards.
    With `force`, the reason, no brake stops the run. Accounts to which nothing can happen are left out of dates after
    the first one, except with `everybody`.

    Raises:
        Problems: Nothing may be done; for example, `on` is after `today`.
        Locked: Another run is in progress.
    """
    refuse_after(on, today)
    shared = project.workspace.executor != "local"
    snapshots = Snapshots(project.workspace, project.catalogue, shared)
    with (
        open_executor(project.workspace.executor) as executor,
        Store.open(project.store, project.root, commits, project.former_ids) as store,
    ):
        # What a committed date has read stays as it is, unless it is to be read again.
        asks = redo or store.last_committed() != on
        warnings = _look(snapshots, on, today) if asks else []
        outcomes = record_source(project.workspace, store, today or on)
        plans = _read_plans(project, store, today or on)
        result = _advance(
            project,
            _compiled(project),
            store,
            snapshots,
            read_managers(project.workspace, project.enabled),
            plans,
            on,
            redo,
            progress,
            observer,
            force=force,
            everybody=everybody,
            executor=executor,
        )
        snapshots.store_readable(today or on)
        result = replace(result, warnings=(*warnings, *result.warnings))
        return _with_sources(result, outcomes, plans)


def preview(
    project: Project,
    on: dt.date,
    *,
    until: dt.date | None = None,
    today: dt.date | None = None,
    progress: Progress | None = None,
    observer: Observer | None = None,
    everybody: bool = False,
) -> RunOutcome:
    """Return what `run` would do for `on`, and for every date up to `until` if accounts stayed as they are now."""
    last = max(until or on, on)
    days = preview_days(
        project,
        on,
        last,
        today=today,
        progress=progress,
        observer=observer,
        everybody=everybody,
    )
    return _together(list(days))


def _together(outcomes: Sequence[RunOutcome]) -> RunOutcome:
    """Return the outcomes of one date after another as one; warnings are those of the first."""
    first = outcomes[0]
    return replace(
        first,
        dates=tuple(on for each in outcomes for on in each.dates),
        found=pl.concat([each.found for each in outcomes]),
        counts=sum_counts([each.counts for each in outcomes]),
        edited=pl.concat([each.edited for each in outcomes]),
    )


def preview_days(
    project: Project,
    on: dt.date,
    until: dt.date,
    *,
    today: dt.date | None = None,
    progress: Progress | None = None,
    observer: Observer | None = None,
    world: World | None = None,
    store: Overlay | None = None,
    everybody: bool = False,
) -> Iterator[RunOutcome]:
    """Yield what runs would do from `on` to `until`, one day after the other, in one store in memory.

    Args:
        project: The project.
        on: The first date.
        until: The last one.
        today: The present date.
        progress: Called with the parts of the first date.
        observer: Receives each date evaluated.
        world: The events of these days; None leaves the accounts as they are now.
        store: The store before them; by default the workspace's, with its sources of outcomes.
        everybody: Evaluate every account on every date.
    """
    refuse_far(on, until, today)
    compiled = _compiled(project)
    snapshots = Snapshots(project.workspace, project.catalogue)
    # Once for all dates: the table of people may be the answer of a database.
    managers = read_managers(project.workspace, project.enabled)
    warnings, outcomes, plans = list[Problem](), SourceResult(), PlanReading()
    if store is None:
        reader = Reader.of(project)
        reader.refuse_taken_back(project.root)
        store = Overlay(reader)
        warnings = _look(snapshots, on, today)
        outcomes = record_source(project.workspace, store, today or on)
        plans = _read_plans(project, store, today or on)
    quiet = QuietAccounts() if until > on and not everybody else None
    known_on = on if world is None else None
    begun = False
    for day in (on + n * ONE_DAY for n in range((until - on).days + 1)):
        if world is not None:
            given = world.snapshots(day)
            if given is None:
                continue
            snapshots = given
        result = _advance(
            project,
            compiled,
            store,
            snapshots,
            managers,
            plans,
            day,
            False,
            progress,
            observer,
            known_on,
            quiet=quiet,
            everybody=everybody,
        )
        if not begun:
            result = replace(result, warnings=(*warnings, *result.warnings))
            result = _with_sources(result, outcomes, plans)
            progress, begun = None, True
        yield result
        if world is not None:
            world.act(store, day)


def _read_plans(project: Project, store: CommitTarget, today: dt.date) -> PlanReading:
    """Read the success plans, and record what they say is done."""
    before = store.latest_runs(1)
    plans = read_plans(project, before[-1].events if before else {})
    record_marks(plans, store, today)
    return plans


def _with_sources(result: RunOutcome, outcomes: SourceResult, plans: PlanReading) -> RunOutcome:
    """Return the result with what was wrong in the source of outcomes and in the success plans."""
    return replace(
        result,
        warnings=(*outcomes.warnings, *plans.warnings, *result.warnings),
        tolerated=result.tolerated and outcomes.tolerated and not plans.warnings,
    )


def _look(snapshots: Snapshots, on: dt.date, today: dt.date | None) -> list[Problem]:
    """Look at what arrives: it is of today, or of the date itself; of an earlier date only what has its date."""
    if today is None or on >= today:
        return snapshots.arrive(today or on)
    return snapshots.arrive_earlier(on)


@lru_cache(maxsize=1)
def _compiled(project: Project) -> CompiledPlaybooks:
    """Compile the project's playbooks once, for every date and for the next run or preview of the same project."""
    return compile_playbooks(project.playbooks, project.workspace)


def _advance(
    project: Project,
    compiled: CompiledPlaybooks,
    store: CommitTarget,
    snapshots: Snapshots,
    managers: Managers,
    plans: PlanReading,
    on: dt.date,
    redo: bool,
    progress: Progress | None,
    observer: Observer | None,
    known_on: dt.date | None = None,
    force: str = "",
    quiet: QuietAccounts | None = None,
    everybody: bool = False,
    executor: Executor | None = None,
) -> RunOutcome:
    plan = make_plan(project, store, snapshots, on, redo=redo, known_on=known_on)
    several = len(plan.stages) > 1
    events = EventTables(project.workspace, project.catalogue.events, compiled.events)
    passes = bool(force) or not isinstance(store, Store)
    make = partial(
        Runner,
        project,
        compiled,
        snapshots=snapshots,
        stages=plan.stages,
        events=events,
        managers=managers,
        plans=plans,
        passes=passes,
    )
    quiet = quiet or (QuietAccounts() if several and not everybody else None)
    runner = make(store, force=force, quiet=quiet, executor=executor)
    rows = runner.preflight() if several else 0
    seen = observer or UNOBSERVED
    if several and not passes and isinstance(store, Store) and rows <= REHEARSED_ROWS:
        below = store if in_one_part(rows) else Reader.of(project)
        rehearsal = make(Overlay(below), quiet=None if everybody else QuietAccounts())
        if _evaluated_again(project, executor):
            steps = _Steps(progress, 2 * len(plan.stages))
            _rehearse(rehearsal, plan, steps, UNOBSERVED)
            done = _execute(runner, plan, steps, seen)
        else:
            runner = rehearsal
            done = _rehearse(runner, plan, _Steps(progress, len(plan.stages)), seen)
            done = _commit(runner, plan, done, store, seen)
    else:
        done = _execute(runner, plan, _Steps(progress, len(plan.stages)), seen)
    standing = done[-1].standing if done else count_states(store.states())
    return RunOutcome(
        on,
        tuple(stage.on for stage in plan.stages),
        pl.concat(
            [empty_table(LEDGER).lazy(), *(entries for each in done for entries in each.entries)]
        ),
        sum_counts([each.counts for each in done]),
        runner.quarantined,
        runner.tolerated,
        (
            *project.problems,
            *(store.warnings if isinstance(store, Store) else ()),
            *plan.warnings,
            *(each.warns() for each in runner.braked),
            *runner.doubtful,
            *runner.by_hand,
            *runner.merges,
            *runner.strange_events,
            *runner.strange_plans,
            *managers.warnings,
            *runner.unfilled,
            *runner.unknown,
            *orphaned(project, standing),
        ),
        store if isinstance(store, Overlay) else Reader.of(project),
        "; ".join(
            note for note in (plan.note, forced_note(runner.braked, force), runner.note) if note
        ),
        sum_effects(each.edited for each in done),
        tuple(sorted(project.disabled)),
    )


def _evaluated_again(project: Project, executor: Executor | None) -> bool:
    """Return whether the dates of a run are evaluated again once they have been rehearsed.

    A cluster is there to evaluate. And in memory no name expires, so that one of a date's could get into the next's.
    """
    return executor is not None or project.workspace.retention.names_days is not None


def _execute(runner: Runner, plan: RunPlan, steps: _Steps, observer: Observer) -> list[StageResult]:
    """Evaluate and commit one date after the other."""
    done = []
    for stage in plan.stages:
        observer.begin_stage(stage)
        done.append(runner.execute(stage, steps.next()))
        observer.end_stage(done[-1].record)
    return done


def _rehearse(
    runner: Runner, plan: RunPlan, steps: _Steps, observer: Observer
) -> list[StageResult]:
    """Evaluate all dates in memory, and raise `Problems` if a brake stops them, before one of them is written."""
    done = []
    for stage in plan.stages:
        observer.begin_stage(stage)
        done.append(runner.execute(stage, steps.next()))
        observer.rest_stage(stage)
    if runner.braked:
        raise Problems([each.stops("nothing was written") for each in runner.braked])
    return done


def _commit(
    runner: Runner, plan: RunPlan, rehearsed: list[StageResult], store: Store, observer: Observer
) -> list[StageResult]:
    """Commit dates as they were rehearsed, one after the other."""
    done = []
    for stage in plan.stages:
        observer.begin_stage(stage)
        done.append(runner.commit(rehearsed.pop(0), store))
        observer.end_stage(done[-1].record)
    return done


class _Steps:
    """The progress of a run in equal steps, one for each date evaluated."""

    def __init__(self, progress: Progress | None, number: int) -> None:
        self._progress = progress
        self._number = number
        self._begun = 0

    def next(self) -> Progress | None:
        """Return the progress of the next step within that of all."""
        progress, done, number = self._progress, self._begun, self._number
        self._begun += 1
        if progress is None:
            return None
        return lambda part, parts: progress(done * parts + part, number * parts)
