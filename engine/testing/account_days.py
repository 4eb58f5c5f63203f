"""One account over days, evaluated as runs evaluate it, with the one-account executor.

Takes a case and gives the account's life: its actions, its states, and the edges it took. Every day is evaluated as
a run of that day: the same order of playbooks, earlier values, doubts, facts about actions and contact plan. Decisions
that depend on other accounts are left out: shared addresses, capacities, `at_most`, ranks, mergers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from ..calendar.schedule import due_dates
from ..core.offsets import ONE_DAY
from ..evaluation.cross_references import reading_order, standing_values
from ..evaluation.hand_orders import HandOrders, Move
from ..evaluation.inputs import Day, Rules
from ..evaluation.reference_dates import without_doubted_dates
from ..evaluation.reference_enrolment import Enrolment
from ..evaluation.reference_executor import ReferenceExecutor
from ..evaluation.reference_facts import RecordedOutcome, action_facts
from ..evaluation.reference_history import AccountHistory
from ..evaluation.reference_ledger import AccountLedger, playbook_facts
from ..evaluation.reference_promises import AccountEntry, AccountPromises, entry_key
from ..language.expressions import ConstantValue, Expression, Row
from ..language.look_back import AsOfDate, Back, DayWindow
from ..language.traversal import KNOWN_ON, references
from ..playbook.asked_actions import only_action
from ..playbook.model import Edge, EnrolmentRule, Playbook
from ..project.loading import Project
from ..runs.action_facts import questions_of
from ..runs.managers import read_managers
from ..runs.required_fields import earlier_read
from .case_model import CaseDay, PersonalOutcome, PlaybookCase
from .typical_account import typical_account, with_derived

DAYS_A_YEAR = 365
Observe = Callable[[Playbook, Expression, Row], None]
"""Is called with each condition that is looked at."""
Watch = Callable[[ReferenceExecutor], None]
"""Is called with each evaluation before it changes the account."""


@dataclass(slots=True)
class AccountLife:
    """The life of one account over the days of a case.

    Attributes:
        entries: Its ledger, in the order of the runs.
        states: By playbook, its enrolment, as a mapping of STATES.
        taken: By playbook, the edges that were taken.
        opened: By playbook, the rules by which it enrolled.
        rows: By playbook and date, the values that messages of that date read.
        problems: Outcomes that could not be recorded, each with its reason.
    """

    entries: list[AccountEntry] = field(default_factory=list)
    states: dict[str, Enrolment] = field(default_factory=dict)
    taken: list[tuple[str, Edge]] = field(default_factory=list)
    opened: list[tuple[str, EnrolmentRule]] = field(default_factory=list)
    rows: dict[tuple[str, dt.date], Row] = field(default_factory=dict)
    problems: list[tuple[PersonalOutcome, str]] = field(default_factory=list)

    @property
    def latest(self) -> list[AccountEntry]:
        """Return the actions as last revised."""
        return [*{entry_key(e): e for e in self.entries}.values()]


class AccountDays:
    """The evaluation of cases of some playbooks of a workspace, one account at a time."""

    def __init__(self, project: Project, playbooks: Iterable[Playbook]) -> None:
        """Prepare what all cases of these playbooks share.

        Args:
            project: The workspace.
            playbooks: The playbooks that are evaluated; others have no account.
        """
        workspace = project.workspace
        self.project = project
        self.playbooks = reading_order([*playbooks])
        self.rules = Rules(
            workspace.roles,
            workspace.policy,
            workspace.calendar(),
            workspace.language,
            workspace.doubt,
            managers=read_managers(workspace, self.playbooks).by_person,
        )
        self.facts = playbook_facts(self.playbooks)
        self.questions = questions_of(self.playbooks, self.playbooks)
        stands = workspace.doubt.stands_days
        self.wanted = {each.id: earlier_read(each, stands) for each in self.playbooks}
        self.longest_back = _longest_back(self.wanted.values())
        self.suppressing = [rule.when for rule in workspace.policy.suppress]
        self.read_by_policy = {
            each.playbook for when in self.suppressing for each in references(when)
        }
        self._typical: dict[tuple[str, dt.date], dict[str, ConstantValue | None]] = {}

    def typical(self, case: PlaybookCase) -> dict[str, ConstantValue | None]:
        """Return the typical account of a case."""
        key = (case.playbook, case.starts)
        if key not in self._typical:
            tested = [each for each in self.playbooks if each.id == case.playbook]
            self._typical[key] = typical_account(
                self.project.catalogue, self.project.workspace, tested, case.starts
            )
        return self._typical[key]

    def live(
        self, case: PlaybookCase, observe: Observe | None = None, watch: Watch | None = None
    ) -> AccountLife:
        """Return what becomes of the account of a case.

        Args:
            case: The case.
            observe: Is called with each condition that is looked at; None for nothing.
            watch: Is called with each evaluation before it changes the account; None for nothing.
        """
        return _Life(self, case, observe, watch).run()


class _QuietPlaybook(NamedTuple):
    """A playbook whose last evaluation changed nothing; while its values stay, nothing happens before `until`."""

    until: dt.date
    row: Row
    earlier: Row
    facts: Row


class _Life:
    """The days of one account.

    Most days change nothing. So the executor is asked, on the second such day of a playbook, until when its outcome
    stays; the days before that are not evaluated while all that the playbooks read is the same. Once the account has
    been the same for longer than they look back, even that is not read again until a date of an action comes.
    """

    def __init__(
        self, shared: AccountDays, case: PlaybookCase, observe: Observe | None, watch: Watch | None
    ) -> None:
        self.shared, self.case, self.observe, self.watch = shared, case, observe, watch
        self.life = AccountLife()
        self.ledger = AccountLedger(shared.rules, shared.facts)
        self.history = AccountHistory(shared.wanted)
        self.outcomes: list[RecordedOutcome] = []
        self.moves: list[Move] = []
        self.given: dict[str, ConstantValue | None] = dict(case.account)
        self.evaluated: set[str] = set()
        self.uneventful: set[str] = set()
        self.quiet: dict[str, _QuietPlaybook] = {}
        self.row_since = case.starts
        self.steady_until = case.starts

    def run(self) -> AccountLife:
        on = self.case.starts
        row = self._row(on)
        waiting: list[tuple[Day, Row]] = []
        snapshot_on = on
        while on <= self.case.until:
            happens = self.case.days.get(on)
            if happens is not None:
                # Nothing is known of the dates to come, nor of those that wait for a run.
                self.steady_until = self.case.starts
                self._record(happens)
            if happens is not None and happens.fields:
                self.given |= happens.fields
                row, self.row_since = self._row(on), on
            if self.case.daily_snapshots or (happens is not None and happens.fields):
                snapshot_on = on
            waiting.append((Day(on, on, snapshot_on, on - ONE_DAY), row))
            if happens is None or happens.run:
                for day, values in waiting:
                    self._evaluate(replace(day, run_on=on), values)
                waiting = []
            on += ONE_DAY
        return self.life

    def _row(self, on: dt.date) -> Row:
        catalogue = self.shared.project.catalogue
        return with_derived(
            {**self.shared.typical(self.case), **self.given}, self.given, catalogue, on
        )

    def _record(self, happens: CaseDay) -> None:
        """Record what people did on a day."""
        for move in happens.moves:
            self.moves.append(
                {
                    "number": len(self.moves) + 1,
                    "move": move.move,
                    "playbook": None if move.move in ("hold", "release") else self.case.playbook,
                    "step": move.step,
                    "on": happens.on,
                    "until": move.until,
                    "by": None,
                    "because": move.because,
                }
            )
        for outcome in happens.outcomes:
            self._outcome(outcome, happens.on)

    def _outcome(self, outcome: PersonalOutcome, on: dt.date) -> None:
        """Record an outcome of the action that was issued last, of those that it names."""
        action = outcome.action or self._only_action(outcome.step)
        issued = [
            entry
            for entry in self.ledger.latest.values()
            if entry["status"] == "issued"
            and (entry["step"], entry["action"]) == (outcome.step, action)
            and entry["playbook"] == self.case.playbook
        ]
        if not issued:
            self.life.problems.append((outcome, f"no such action was issued before {on}"))
            return
        of = max(issued, key=lambda e: (e["due_on"], len(e["occurrence"]), e["occurrence"]))
        self.outcomes.append(
            RecordedOutcome(
                entry_key(of), outcome.outcome, on, outcome.result, outcome.until, outcome.to
            )
        )

    def _only_action(self, step: str) -> str | None:
        tested = next(p for p in self.shared.playbooks if p.id == self.case.playbook)
        return only_action(tested, step)

    def _evaluate(self, day: Day, row: Row) -> None:
        """Evaluate the playbooks that are due on a date."""
        on, snapshot_on = day.on, day.snapshot_on or day.on
        due = [each for each in self.shared.playbooks if on in _due(each.schedule, on.year)]
        if not due:
            return
        if on < self.steady_until:
            self.history.add(snapshot_on, row)
            return
        pending = self.ledger.pending(day)
        earlier = {each.id: self._earlier(each, on, row) for each in due}
        facts = self._facts(on)
        if not pending and self._stay_quiet(due, on, row, earlier, facts):
            for playbook in due:
                self.history.compared(playbook.id, snapshot_on, row, ())
            self.history.add(snapshot_on, row)
            self.steady_until = self._steady_until(due, on)
            return
        before = [self._executor(p, day, {**row, **earlier[p.id]}, None) for p in due]
        seen = {each.id: without_doubted_dates(row, each, before) for each in due}
        drafts, changes = [], []
        orders: dict[str, HandOrders] = {}
        for playbook in due:
            promises = AccountPromises(
                [entry for entry in pending if entry["playbook"] == playbook.id],
                [*self.ledger.latest.values()],
                day,
            )
            read = {reference.playbook for reference in playbook.references}
            values = {**seen[playbook.id], **earlier[playbook.id], **facts.get(playbook.id, {})}
            executor = self._executor(playbook, day, {**values, **self._standing(read)}, promises)
            if self.watch is not None:
                self.watch(replace(executor, enrolment=_copied(executor.enrolment)))
            self._look(playbook, executor)
            stood = _copied(executor.enrolment)
            if playbook.id in self.uneventful:
                executor.changes_on = dt.date.max
            executor.run()
            drafts += executor.drafts
            changes += promises.changes
            changed = promises.changes or executor.undecided
            # A date that another playbook doubts can be read again once only this one is due.
            hidden = seen[playbook.id] != row
            eventful = bool(changed) or hidden or not executor.is_uneventful(stood)
            self._note_quiet(executor, eventful, row, earlier[playbook.id], facts)
            orders[playbook.id] = executor.orders
            self.history.compared(playbook.id, snapshot_on, row, executor.undecided)
            self._note(playbook, executor)
        self.history.add(snapshot_on, row)
        policy_row = {**row, "@today": on, "@snapshot_date": snapshot_on}
        policy_row |= self._standing(self.shared.read_by_policy)
        doubted = {id for id, each in self.life.states.items() if each.doubted is not None}
        if self.moves:
            orders |= self._orders_of_others(day, due)
        entries = self.ledger.commit(day, policy_row, drafts, changes, orders, doubted)
        for id in {entry["playbook"] for entry in entries} & earlier.keys():
            self.life.rows[id, on] = {**row, **earlier[id]}
        self.life.entries += entries

    def _stay_quiet(
        self,
        due: Iterable[Playbook],
        on: dt.date,
        row: Row,
        earlier: Mapping[str, Row],
        facts: Mapping[str, Row],
    ) -> bool:
        """Return whether nothing happens in any of the playbooks on a date, as on the dates before."""
        if self.moves or self.observe is not None or self.watch is not None:
            return False
        for playbook in due:
            quiet = self.quiet.get(playbook.id)
            if quiet is None or on >= quiet.until or quiet.row is not row:
                return False
            if quiet.facts != facts.get(playbook.id, {}):
                return False
            if quiet.earlier != _without_dates(earlier[playbook.id]):
                return False
        return True

    def _steady_until(self, due: Iterable[Playbook], on: dt.date) -> dt.date:
        """Return the date before which nothing that the playbooks read can be another; the date itself if any can.

        Of the playbooks that are due on the date, all are quiet; what others would find is not known.
        """
        same_days, back = (on - self.row_since).days, self.shared.longest_back
        if back is None or same_days <= back:
            return on
        quiet = {each.id: self.quiet[each.id].until for each in due}
        dates = [
            quiet.get(each.id) or _next_due(each.schedule, on) for each in self.shared.playbooks
        ]
        issued = (entry["due_on"] for entry in self.ledger.latest.values())
        dates += [date + ONE_DAY for date in issued if date >= on]
        dates += [
            outcome.until for outcome in self.outcomes if outcome.until and outcome.until > on
        ]
        return min(dates)

    def _note_quiet(
        self,
        executor: ReferenceExecutor,
        eventful: bool,
        row: Row,
        earlier: Row,
        facts: Mapping[str, Row],
    ) -> None:
        """Note whether an evaluation changed anything; if it did, all others may find something else."""
        id = executor.playbook.id
        if eventful:
            self.quiet.clear()
            self.uneventful.discard(id)
            return
        if executor.changes_on is not None:
            given = facts.get(id, {})
            until = executor.changes_on
            self.quiet[id] = _QuietPlaybook(until, row, _without_dates(earlier), given)
        self.uneventful.add(id)

    def _executor(
        self, playbook: Playbook, day: Day, row: Row, promises: AccountPromises | None
    ) -> ReferenceExecutor:
        enrolment = self.life.states.get(playbook.id)
        observe = self.observe
        return ReferenceExecutor(
            playbook,
            self.shared.rules,
            day,
            row,
            _copied(enrolment),
            _previous_due(playbook.schedule, day.on),
            first_evaluation=playbook.id not in self.evaluated,
            moves=self.moves,
            promises=promises,
            observe=None if observe is None else lambda e, r: observe(playbook, e, r),
        )

    def _look(self, playbook: Playbook, executor: ReferenceExecutor) -> None:
        """Let the conditions be observed that the account meets on this date, whichever is true first."""
        if self.observe is None:
            return
        values = executor.values()
        if executor.is_open():
            for ending in (True, False):
                for edge in executor.edges(ending=ending):
                    if edge.guard is not None:
                        self.observe(playbook, edge.guard, values)
        disarmed = executor.enrolment.disarmed if executor.enrolment else ""
        for rule in playbook.machine.enrolment_rules:
            if rule.rearm is not None and f";{rule.id};" in disarmed:
                self.observe(playbook, rule.rearm, values)

    def _note(self, playbook: Playbook, executor: ReferenceExecutor) -> None:
        """Take over what an evaluation gave."""
        self.evaluated.add(playbook.id)
        if executor.enrolment is not None:
            self.life.states[playbook.id] = executor.enrolment
        self.life.taken += [(playbook.id, edge) for edge in executor.taken]
        self.life.opened += [(playbook.id, rule) for rule in executor.opened]

    def _earlier(self, playbook: Playbook, on: dt.date, row: Row) -> Row:
        if not self.shared.wanted[playbook.id]:
            return {}
        enrolment = self.life.states.get(playbook.id)
        opened_on = enrolment.opened_on if enrolment else None
        return self.history.values(playbook.id, on, row, opened_on)

    def _facts(self, on: dt.date) -> dict[str, dict[str, ConstantValue | None]]:
        """Return by playbook what became of the actions that it asks about."""
        found: dict[str, dict[str, ConstantValue | None]] = {}
        for question in self.shared.questions:
            enrolment = self.life.states.get(question.asked.playbook)
            found.setdefault(question.playbook, {}).update(
                action_facts(
                    question.asked,
                    question.text,
                    self.ledger.latest.values(),
                    self.outcomes,
                    enrolment.cycle if enrolment else None,
                    on,
                )
            )
        return found

    def _standing(self, playbooks: Iterable[str]) -> dict[str, ConstantValue | None]:
        found: dict[str, ConstantValue | None] = {}
        for id in playbooks:
            enrolment = self.life.states.get(id)
            found |= standing_values(id, None if enrolment is None else _as_row(enrolment))
        return found

    def _orders_of_others(self, day: Day, due: Iterable[Playbook]) -> dict[str, HandOrders]:
        """Return the moves by hand that count in playbooks that are not due."""
        ids = {each.id for each in due}
        return {
            each.id: self._executor(each, day, {}, None).orders
            for each in self.shared.playbooks
            if each.id not in ids
        }


def _longest_back(wanted: Iterable[Collection[tuple[str, Back]]]) -> int | None:
    """Return how many days the playbooks look back; None where that depends on a date of the account."""
    backs = {back for each in wanted for _, back in each}
    if any(isinstance(back, AsOfDate) for back in backs):
        return None
    days = (back.days if isinstance(back, DayWindow) else back for back in backs)
    return max((each for each in days if isinstance(each, int)), default=1)


def _without_dates(earlier: Row) -> Row:
    """Return earlier values without the dates that they are of, which only explanations read."""
    return {name: value for name, value in earlier.items() if not name.endswith(KNOWN_ON)}


def _copied(enrolment: Enrolment | None) -> Enrolment | None:
    return None if enrolment is None else replace(enrolment)


def _as_row(enrolment: Enrolment) -> Mapping[str, ConstantValue | None]:
    names = ("state", "opened_on", "entered_on", "ended_on")
    return {name: getattr(enrolment, name) for name in names}


@lru_cache(maxsize=256)
def _due(schedule: str, year: int) -> frozenset[dt.date]:
    """Return the dates of a year on which a schedule is due."""
    return frozenset(due_dates(schedule, dt.date(year - 1, 12, 31), dt.date(year, 12, 31)))


def _next_due(schedule: str, on: dt.date) -> dt.date:
    """Return the first due date after a date, at most a year later."""
    days = (on + n * ONE_DAY for n in range(1, DAYS_A_YEAR))
    return next((d for d in days if d in _due(schedule, d.year)), on + DAYS_A_YEAR * ONE_DAY)


def _previous_due(schedule: str, on: dt.date) -> dt.date | None:
    """Return the schedule's last due date before a date; None where there is none for some years."""
    return next(_due_before(schedule, on), None)


def _due_before(schedule: str, on: dt.date) -> Iterator[dt.date]:
    for year in range(on.year, on.year - 5, -1):
        dates = _due(schedule, year)
        yesterday = on - ONE_DAY
        if yesterday in dates:
            yield yesterday
        yield from sorted((date for date in dates if date < on), reverse=True)[:1]
