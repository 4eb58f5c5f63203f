"""Plan a run: which dates it evaluates, with which playbooks and snapshot, and what prevents it.

Takes the project, the store and the date, and returns a plan of frozen stages. Run and preview execute the same plan.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ..calendar.schedule import due_dates
from ..core.in_memory import collect_in_memory
from ..core.offsets import ONE_DAY
from ..core.problems import Problem, Problems
from ..core.schemas import empty_table
from ..playbook.model import Playbook
from ..project.loading import Project
from ..sources import Snapshots
from ..sources.events import EventTables
from ..store import RunRecord, StoreView
from .managers import changed_managers
from .plan_reading import changed_plans
from .required_fields import events_of

MOST_AHEAD = 400
"""Days that a preview may look ahead: each of them is evaluated."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One date to evaluate.

    Attributes:
        on: The date.
        run_on: The run's date.
        snapshot_on: The date of the snapshot.
        playbooks: The playbooks to evaluate.
        attempt: 1, or more if the date was committed before.
        done_until: The last date whose actions have gone out.
        belated: True if the date was over when these playbooks could not be evaluated, broken or disabled.
            The promises of others stay as they are, since later dates have judged them.
    """

    on: dt.date
    run_on: dt.date
    snapshot_on: dt.date
    playbooks: tuple[Playbook, ...]
    done_until: dt.date
    attempt: int = 1
    belated: bool = False


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The dates of a run in order. `note` explains an empty plan or a changed one, `warnings` what was left out."""

    stages: tuple[Stage, ...]
    note: str = ""
    warnings: tuple[Problem, ...] = ()


def make_plan(
    project: Project,
    store: StoreView,
    snapshots: Snapshots,
    on: dt.date,
    *,
    redo: bool = False,
    known_on: dt.date | None = None,
) -> RunPlan:
    """Return the plan of a run for `on`.

    Args:
        project: The project.
        store: The store, or the preview's overlay.
        snapshots: The workspace's snapshots.
        on: The date of the run.
        redo: Evaluate a committed date again if its inputs changed.
        known_on: For a preview of later dates: the date up to which snapshots are known.

    Raises:
        Problems: The run must not start.
    """
    last = store.last_committed()
    if last is not None and on < last:
        raise Problems([_too_early(on, last)])
    if last == on:
        return _again(project, store, snapshots, on, redo)
    due = _due_dates(project, last, on)
    missed = _missed(project, store, last) if last else {}
    if not project.playbooks:
        return RunPlan((), "there is no good playbook: nothing was evaluated")
    if not due and not missed:
        return RunPlan((), f"nothing is due: no playbook's schedule names {on.isoformat()}")
    _fresh_snapshot(snapshots, known_on or on)
    stages, without = _belated(missed, store, snapshots, last or on, on)
    for date, playbooks in due.items():
        day = snapshots.newest(min(date, known_on or date))
        if day is None:
            without.append(date)
        else:
            stages.append(Stage(date, on, day, playbooks, date - ONE_DAY))
    return RunPlan(tuple(stages), warnings=_passed_over(without))


def refuse_after(on: dt.date, today: dt.date | None) -> None:
    """Raise `Problems` for a run of a date after today: later runs could not evaluate the dates before it."""
    if today is None or on <= today:
        return
    message = f"{on.isoformat()} is after today, {today.isoformat()}: nothing was written"
    hint = "look ahead with `tenure preview --on DATE`; only dates that have come are committed"
    raise Problems([Problem("date-ahead", message, hint=hint)])


def refuse_far(on: dt.date, until: dt.date, today: dt.date | None) -> None:
    """Raise `Problems` for a preview that would evaluate thousands of later dates."""
    days = max((until - on).days, (on - (today or on)).days)
    if days <= MOST_AHEAD:
        return
    message = f"a preview looks at most {MOST_AHEAD} days ahead, and {until.isoformat()} is later"
    raise Problems([Problem("date-ahead", message, hint="name an earlier date")])


def _passed_over(dates: list[dt.date]) -> tuple[Problem, ...]:
    """Return a warning for past dates without snapshots. They can never be evaluated, and must not stop today's run."""
    if not dates:
        return ()
    return (
        Problem(
            "no-snapshot",
            f"there is no snapshot for {_span(dates)}: not evaluated",
            hint="keep snapshots until they have been run, so that a machine that was off can catch up",
            severity="warning",
        ),
    )


def _span(dates: list[dt.date]) -> str:
    first, last = dates[0].isoformat(), dates[-1].isoformat()
    return first if first == last else f"{first} to {last}"


ByDate = dict[dt.date, tuple[Playbook, ...]]
"""By date, earliest first, the playbooks to evaluate on it."""


def _due_dates(project: Project, last: dt.date | None, on: dt.date) -> ByDate:
    """Return every date on which a playbook is due, after the last one committed.

    The first run of a store is of `on` alone, due or not, so that later ones know where to begin catching up. On the
    dates of a disabled playbook, what it promised is judged.
    """
    dates = {on} if last is None else set[dt.date]()
    for playbook in project.playbooks if last else ():
        dates.update(due_dates(playbook.schedule, last, on))
    return {date: _due(project, date) for date in sorted(dates)}


def _due(project: Project, on: dt.date) -> tuple[Playbook, ...]:
    """Return the playbooks to evaluate on a date."""
    return tuple(p for p in project.enabled if due_dates(p.schedule, None, on))


def _missed(project: Project, store: StoreView, last: dt.date) -> ByDate:
    """Return the dates up to the last one committed that playbooks missed, broken or disabled (rule 2).

    They are those of the schedule that a playbook had then; an edited schedule counts after `last` only.
    """
    found: dict[dt.date, list[Playbook]] = {}
    for playbook in project.enabled:
        record = store.last_evaluation(playbook.id, last + ONE_DAY)
        if record is not None and record.on < last:
            schedule = record.schedules.get(playbook.id, playbook.schedule)
            for date in due_dates(schedule, record.on, last):
                found.setdefault(date, []).append(playbook)
    return {date: tuple(found[date]) for date in sorted(found)}


def _belated(
    missed: ByDate, store: StoreView, snapshots: Snapshots, last: dt.date, on: dt.date
) -> tuple[list[Stage], list[dt.date]]:
    """Return the stages that catch up what playbooks missed, and the dates without a snapshot.

    Args:
        missed: The dates that playbooks missed.
        store: The store.
        snapshots: The workspace's snapshots.
        last: The last date committed.
        on: The date of the run.
    """
    stages, without = [], []
    for date, playbooks in missed.items():
        day = snapshots.newest(date)
        if day is None:
            without.append(date)
        else:
            attempt = max((run.attempt for run in store.runs(date)), default=0) + 1
            stages.append(Stage(date, on, day, playbooks, last, attempt, belated=True))
    return stages, without


def _too_early(on: dt.date, last: dt.date) -> Problem:
    return Problem(
        "date-before-last",
        f"{on.isoformat()} is before {last.isoformat()}, which is committed already",
        hint=f"the past is not evaluated again; run for {last.isoformat()} or later",
    )


def _again(
    project: Project, store: StoreView, snapshots: Snapshots, on: dt.date, redo: bool
) -> RunPlan:
    """Return the plan for a committed date: empty, unless inputs changed and `redo` is set."""
    records = store.runs(on)
    missed = _missed(project, store, on)
    changes = _changes(project, records, snapshots, on, missed)
    changes += _recorded_since(store, records[-1], on)
    if not changes:
        return RunPlan(
            (), f"{on.isoformat()} is committed already, with the same inputs: nothing to do"
        )
    what = f"since {on.isoformat()} was committed, {'; '.join(changes)}"
    if not redo:
        return RunPlan((), f"{what}: nothing done; `--redo` adds what is new")
    day, attempt = _fresh_snapshot(snapshots, on), records[-1].attempt + 1
    missed.pop(on, None)  # the stage of the date itself evaluates all playbooks
    stages, without = _belated(missed, store, snapshots, on, on)
    stages.append(Stage(on, on, day, _due(project, on), on, attempt))
    return RunPlan(tuple(stages), what, _passed_over(without))


def _changes(
    project: Project,
    records: Sequence[RunRecord],
    snapshots: Snapshots,
    on: dt.date,
    missed: ByDate,
) -> list[str]:
    """Return what is not as it was when the date was committed, in one run or in several."""
    changes = []
    record = records[-1]
    before = {id: digest for each in records for id, digest in each.playbooks.items()}
    day = _fresh_snapshot(snapshots, on)
    if day != record.snapshot_on:
        changes.append(
            f"a newer snapshot came ({day.isoformat()}, was {record.snapshot_on.isoformat()})"
        )
    elif snapshots.digest(day) != record.snapshot_digest:
        changes.append(f"the snapshot of {day.isoformat()} changed")
    changes += _changed_events(project, record)
    changes += changed_managers(project.workspace, project.enabled, record.events)
    changes += changed_plans(project, record.events)
    now = {playbook.id: playbook.digest for playbook in _due(project, on)}
    late = {playbook.id for playbooks in missed.values() for playbook in playbooks}
    for id in sorted(now.keys() | before.keys() | late):
        if id in late:
            changes.append(f"playbook {id} is back, and has missed dates")
        elif id not in before:
            changes.append(f"playbook {id} is new")
        elif id in project.disabled:
            changes.append(f"playbook {id} is disabled")
        elif id not in now:
            changes.append(f"playbook {id} is gone")
        elif now[id] != before[id]:
            changes.append(f"playbook {id} changed")
    return changes


def _recorded_since(store: StoreView, record: RunRecord, on: dt.date) -> list[str]:
    """Return how many outcomes and moves by hand, up to the date, came after the run had read them."""
    outcomes = 0
    # Nearly always there is none, and that is known without reading them.
    if store.outcomes_to(on) > record.outcomes_to:
        outcomes = store.outcomes(until=on).filter(pl.col("number") > record.outcomes_to).height
    moves = store.hand_moves(until=on).filter(pl.col("number") > record.moves_to).height
    counts = ((outcomes, "outcome{}"), (moves, "move{} by hand"))
    return [_recorded(number, noun) for number, noun in counts if number]


def _recorded(number: int, noun: str) -> str:
    one = number == 1
    return f"{number:,} {noun.format('' if one else 's')} {'was' if one else 'were'} recorded"


def _changed_events(project: Project, record: RunRecord) -> list[str]:
    """Return the tables of events that are not as they were when playbooks read them."""
    calls = events_of(project.enabled, project.workspace)
    digests = EventTables(project.workspace, project.catalogue.events, calls).digests()
    changed = [name for name, digest in digests.items() if record.events.get(name) != digest]
    return [f"the events of {name} changed" for name in changed if name in record.events]


def _fresh_snapshot(snapshots: Snapshots, on: dt.date) -> dt.date:
    """Return the date of the run's newest snapshot, if it is not too old.

    `max_age` applies to the run date only. Catch-up dates use the newest snapshot of their time: after an export that
    failed for longer than `max_age`, no better one will ever come, and the run would be stopped for good.
    """
    day = snapshots.newest(on)
    if day is None:
        raise Problems(
            [
                Problem(
                    "no-snapshot",
                    f"there is no snapshot of {on.isoformat()} or earlier",
                    hint="check `snapshots:` in tenure.yaml, and whether the export has run",
                )
            ]
        )
    problems = snapshots.check_age(day, on)
    if problems:
        raise Problems(problems)
    return day


STATE_COUNTS: dict[str, pl.DataType] = {
    "playbook": pl.String(),
    "state": pl.String(),
    "accounts": pl.Int64(),
}
"""The number of open enrolments in each state of each playbook."""


def count_states(states: pl.DataFrame) -> pl.DataFrame:
    """Return `STATE_COUNTS` of these states."""
    if states.is_empty():
        return empty_table(STATE_COUNTS)
    # Lazily: of millions of states only three columns are read.
    open_ones = states.lazy().filter(pl.col("ended_on").is_null())
    counted = open_ones.group_by("playbook", "state").agg(accounts=pl.len().cast(pl.Int64))
    return collect_in_memory(counted.sort("playbook", "state"))


def refuse_stranded(project: Project, standing: pl.DataFrame) -> None:
    """Raise `Problems` if an edit removed a state that accounts are in (rule 11)."""
    problems = stranded(project, standing)
    if problems:
        raise Problems(problems)


def stranded(project: Project, standing: pl.DataFrame) -> list[Problem]:
    """Return a problem for each state that accounts are in and that its playbook does not have any more.

    Accounts in a disabled playbook stay where they are, whatever its states.
    """
    playbooks = {playbook.id: playbook for playbook in project.enabled}
    problems = []
    for id, state, accounts in standing.iter_rows():
        playbook = playbooks.get(id)
        if playbook is None or state in playbook.moved:
            continue
        known = {each.id for each in playbook.machine.states}
        if state not in known:
            problems.append(_stranded(playbook, state, accounts))
    return problems


def _stranded(playbook: Playbook, state: str, accounts: int) -> Problem:
    return Problem(
        "stranded-accounts",
        f"{_accounts(accounts)} in `{state}` of playbook `{playbook.id}`, which has no such step any more",
        playbook.span,
        f"say where they go, under `moved:`, as in `{state}: another_step`, or put the step back",
    )


def _accounts(number: int) -> str:
    return "1 account is" if number == 1 else f"{number} accounts are"


def orphaned(project: Project, standing: pl.DataFrame) -> list[Problem]:
    """Return warnings for playbooks with enrolled accounts that are missing or have errors."""
    present = {playbook.id for playbook in project.playbooks}
    gone: Counter[str] = Counter()
    for id, _, accounts in standing.iter_rows():
        if id not in present:
            gone[id] += accounts
    return [
        Problem(
            "playbook-gone",
            f"{_accounts(accounts)} enrolled in playbook `{id}`, which this run did not evaluate",
            hint=f"they stay where they are until it is back; if it has another id now, write `was: {id}` there",
            severity="warning",
        )
        for id, accounts in sorted(gone.items())
    ]
