"""Reference executor: evaluates one account in one playbook on one date, without columns.

Interprets each condition and steps the `transitions` machine. `explain` computes on it. Evaluation over columns must
give the same results; a property test checks that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from ..core.ids import ACCOUNT_ID, MERGED_INTO
from ..core.languages import choose_text
from ..core.offsets import ONE_DAY
from ..language.expressions import Call, ConstantValue, Expression, Row
from ..language.formatter import format_expression
from ..language.interpreter import evaluate_expression
from ..language.next_change import next_change, next_jump
from ..language.unknown_causes import unknown_causes
from ..machine.dates import ends_by_condition
from ..playbook.holdouts import held_out_reason
from ..playbook.model import (
    BY_HAND,
    CLOSED,
    ENROLLED,
    LEFT,
    RESTARTED,
    Action,
    DueOffset,
    Edge,
    EnrolmentRule,
    Playbook,
    held_mark,
    moment_text,
)
from .account_machine import AccountMachine, account_machine
from .candidates import UNBELIEVED
from .drafts import PASSED_BEFORE_EDIT, encode_detail, max_late_days, patience_days, starts
from .fact_columns import columns_of_cycle
from .gentle_start import is_first_date
from .hand_orders import NO_ORDERS, HandOrders, Move, hand_orders
from .inputs import Day, Rules
from .reference_dates import (
    ask_about_unbelieved_date,
    hold_account,
    present_date,
    remember_account_end,
    take_back_account,
)
from .reference_enrolment import Enrolment, PromiseListener
from .reference_follow_ups import follow_up_account
from .rescheduling import CUT_SHORT

_T = TypeVar("_T")

ENROLMENT_NAMES = ("@anchor", "@opened_on", "@entered_on", "@opened_by", "@year")
"""Columns of what conditions may read of the enrolment."""


@dataclass(slots=True)
class ReferenceExecutor:
    """The evaluation of one account in one playbook on one date, with its results.

    Attributes:
        playbook: The playbook.
        rules: The workspace's rules.
        day: The date evaluated.
        row: The account's fields.
        enrolment: The account's last enrolment; changed as it moves.
        since: The playbook's due date before this one.
        edited_after: If the playbook's present text is evaluated for the first time: the last date on which the account
            was evaluated with the earlier one.
        drafts: Actions, with the columns of DRAFT_SCHEMA.
        ended: Enrolments that ended.
        unknowns: Pairs of step and missing field of unknown conditions.
        undecided: Fields whose change could not be decided; see `evaluation.undecided`.
        came: Pairs of a trigger that came while a follow-up was open, and `ignored` or `restarted`.
        quiet_from: The date from which nothing of the enrolment was issued, as it was held or had ended.
        first_evaluation: True if the playbook is evaluated for the first time.
        may_open: False if the playbook's `at_most` leaves no room for the account.
        waits_for: The first enrolment rule by which the account would enrol if it had room.
        before_start: Steps with an action that counts as done; see `evaluation.gentle_start`.
        moves: The account's rows of HAND_MOVES, in order of `number`.
        orders: Those that count in the playbook on the date.
        not_enrolled: True if somebody enrols the account, but its date is missing, or its cycle has ended.
        entered: The states that it entered.
        doubts: The number of doubted dates: one that holds the enrolment, or one that would open a cycle.
        went_back: True if the account is back where it was, as its date came back or the playbook is for it again.
        promises: The listener that changes the actions still to come; None where they are not known.
        observe: Called with each condition that is looked at and the values that it reads; None for nothing.
        taken: The edges that were taken.
        opened: The enrolment rules by which the account enrolled.
        changes_on: The first date after this one on which something that was looked at can be another, while the row
            and the enrolment stay; the last date where none is known. None where that is not asked.
    """

    playbook: Playbook
    rules: Rules
    day: Day
    row: Row
    enrolment: Enrolment | None
    since: dt.date | None = None
    edited_after: dt.date | None = None
    drafts: list[dict[str, Any]] = field(default_factory=list)
    ended: list[Enrolment] = field(default_factory=list)
    unknowns: set[tuple[str, str]] = field(default_factory=set)
    undecided: set[str] = field(default_factory=set)
    came: list[tuple[str, str]] = field(default_factory=list)
    quiet_from: dt.date | None = None
    first_evaluation: bool = False
    may_open: bool = True
    waits_for: str | None = None
    before_start: set[str] = field(default_factory=set)
    moves: Sequence[Move] = ()
    orders: HandOrders = NO_ORDERS
    not_enrolled: bool = False
    entered: list[str] = field(default_factory=list)
    doubts: int = 0
    went_back: bool = False
    promises: PromiseListener | None = None
    observe: Callable[[Expression, Row], None] | None = None
    taken: list[Edge] = field(default_factory=list)
    opened: list[EnrolmentRule] = field(default_factory=list)
    changes_on: dt.date | None = None
    machine: AccountMachine = field(init=False)
    _first_date: bool = False
    _values: dict[str, ConstantValue | None] | None = None
    _names: tuple[ConstantValue | None, ...] | None = None
    _known: dict[int, ConstantValue | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find which moves by hand count on the date."""
        self.machine = account_machine(self.playbook)
        by_hand = self.enrolment.by_hand if self.enrolment else ""
        self.orders = hand_orders(
            self.moves, self.playbook.id, self.day.on, self.since, by_hand, is_open=self.is_open()
        )
        self.quiet_from = self.quiet_from or self.orders.quiet_from

    def run(self) -> None:
        """Evaluate the date, in the order that `evaluator` names."""
        self._run()
        if self.ended:
            self._current().by_hand += self.orders.past
        elif self.is_open() and self.orders.hold is None:
            self._current().by_hand += self.orders.done
        if self.row.get(UNBELIEVED) is not None:
            self.undecided.add(self.machine.followed or "")

    def is_uneventful(self, before: Enrolment | None) -> bool:
        """Return whether the evaluation changed nothing of the enrolment before, and nothing is of the date itself."""
        happened = (self.drafts, self.ended, self.came, self.before_start, self.doubts)
        if any(happened) or self.enrolment != before or self.row.get(UNBELIEVED) is not None:
            return False
        if before is None:
            return True
        dates = (before.opened_on, before.entered_on, before.ended_on)
        return before.doubted is None and all(date is None or date < self.day.on for date in dates)

    def _run(self) -> None:
        if self.is_merged():
            self.undecided = set(self._undecided(held=True))
            self._end_merged()
            return
        if self.orders.decision == "close":
            self._end_without_edge(CLOSED, self.orders.why)
        if self.orders.hold is not None:
            self.undecided = set(self._undecided(held=True))
            return
        self._first_date = is_first_date(
            self.playbook,
            first_evaluation=self.first_evaluation,
            first_enrolment=self.enrolment is None,
        )
        self._rearm()
        take_back_account(self)
        undecided = set(self._undecided())
        if hold_account(self):
            self.doubts += 1
            self.undecided = set(self._undecided(held=True))
            return
        if self.is_open():
            self._end()
        if self.is_open():
            if not self._restart():
                self.follow_anchor()
            self._settle()
        if not self.is_open() and self._enrol():
            self._settle()
        if not self.is_open():
            ask_about_unbelieved_date(self)
        if self.is_open():
            self._repeat()
            follow_up_account(self)
            self._note_triggers()
        moved = self.enrolment is not None and self.enrolment.entered_on == self.day.on
        if self.waits_for is not None and not moved:
            undecided = set(self._undecided(held=True))
        if not self.drafts and not moved:
            self.undecided = undecided

    def _undecided(self, *, held: bool = False) -> Iterator[str]:
        """Yield the fields of changes that happened, or may have, in conditions that are unknown.

        While the account is held, nothing is decided: a condition that is true counts as well.
        """
        for guard in self._open_guards((None, True) if held else (None,)):
            for event, changing in self.machine.events(guard):
                if self.value_of(event) is not False:
                    yield from changing

    def _open_guards(self, outcomes: tuple[bool | None, ...]) -> Iterator[Expression]:
        """Yield the guards of changes with these outcomes: of edges without a date or, if not enrolled, of openings."""
        if self.is_open():
            for edge in (*self.edges(ending=True), *self.edges(ending=False)):
                guard = edge.guard if edge.moment is None else None
                if guard and self.machine.events(guard) and self.value_of(guard) in outcomes:
                    yield guard
            return
        before = self.enrolment
        for opening in self.playbook.machine.enrolment_rules:
            if opening.guard is None or not self.machine.events(opening.guard):
                continue
            parts: list[bool | None] = [self._kleene(opening.guard, True)]
            if before is not None:
                parts.append(before.opened_on != self.day.on)
                parts.append(self._kleene(opening.again, False))
                parts.append(opening.rearm is None or f";{opening.id};" not in before.disarmed)
            if False not in parts and self.fresh_enrolment(opening).anchor is None:
                parts.append(None)
            outcome = False if False in parts else None if None in parts else True
            if outcome in outcomes:
                yield opening.guard

    def is_merged(self) -> bool:
        """Return whether the account was merged into another one."""
        return self.row.get(MERGED_INTO) is not None

    def _end_merged(self) -> None:
        """End the enrolment of an account that was merged."""
        if self.is_open():
            self._end_without_edge(LEFT)

    def _end_without_edge(self, outcome: str, why: str = CUT_SHORT) -> None:
        """End the enrolment, which no edge of its machine does."""
        current = self._current()
        self._cut_short(current, why)
        current.remember()
        current.state = outcome
        current.entered_on = current.due_on = current.ended_on = self.day.on
        current.moves += 1
        self.entered.append(outcome)
        self.ended.append(current)

    def _cut_short(self, enrolment: Enrolment, why: str = CUT_SHORT) -> None:
        if self.promises is not None:
            self.promises.cut_short(self, enrolment.cycle, why)

    def note_resumed(self, before: Enrolment) -> None:
        """Bring back what was promised in the enrolment that had ended as `before`."""
        if self.promises is not None:
            self.promises.resumed(self, before)

    def note_moved_back(self, old: dt.date) -> None:
        """Bring back what was promised for the present anchor, which was `old` for a while."""
        if self.promises is not None:
            self.promises.moved_back(self, old)

    def is_open(self) -> bool:
        """Return whether the account is enrolled now."""
        return self.enrolment is not None and self.enrolment.ended_on is None

    def values(self) -> Row:
        """Return the values that conditions read: the account's fields, the dates, and the enrolment's names.

        The next call returns the same object, with the names as they are then.
        """
        current = self.enrolment
        names = self._names_of(current) if current else (None,) * len(ENROLMENT_NAMES)
        if self._values is None:
            dates = {"@today": self.day.on, "@snapshot_date": self.day.snapshot_on}
            self._values, self._names = {**self.row, **dates}, None
        if names != self._names:
            self._known.clear()
            self._values.update(zip(ENROLMENT_NAMES, names, strict=True))
            self._names = names
        return self._values

    def _names_of(self, current: Enrolment) -> tuple[ConstantValue | None, ...]:
        year = float(current.cycle) if self.machine.by_year else None
        return current.anchor, current.opened_on, current.entered_on, current.opened_by, year

    def value_of(self, expression: Expression) -> ConstantValue | None:
        """Return the value of one of the playbook's conditions or dates for the account as it is now.

        Several parts of the evaluation ask the same conditions, so each is computed once while nothing changes.
        """
        values, key = self.values(), id(expression)
        if key not in self._known:
            self._known[key] = evaluate_expression(expression, values)
            if self.changes_on is not None and self.changes_on > self.day.on + ONE_DAY:
                self._note_change(next_change(expression, values))
        return self._known[key]

    def _note_change(self, on: dt.date | None) -> None:
        """Note that something that was looked at can be another on a date."""
        if self.changes_on is not None and on is not None:
            self.changes_on = min(self.changes_on, on)

    def has_come(self, date: dt.date) -> bool:
        """Return whether a date is not after this one."""
        if date <= self.day.on:
            return True
        self._note_change(date)
        return False

    def is_true(self, expression: Expression | None, step: str) -> bool:
        """Return whether a condition is true; note the causes under the step where it is unknown."""
        if expression is None:
            return True
        if self.observe is not None:
            self.observe(expression, self.values())
        outcome = self.value_of(expression)
        if outcome is None:
            causes = unknown_causes(expression, self.values())
            self.unknowns |= {(step, name) for name in causes}
        return outcome is True

    def base(self, moment: DueOffset, enrolment: Enrolment | None = None) -> dt.date | None:
        """Return the moment's date as written; None where its base is missing."""
        current = enrolment or self._current()
        start: dt.date | None = getattr(current, moment.base)
        if start is None:
            return None
        return self.offset_from(start, moment)

    def offset_from(self, start: dt.date, moment: DueOffset) -> dt.date:
        """Return the moment's date as written, counted from a date."""
        return self.rules.calendar.add(start, moment.offset, self.place(), False)

    def date(self, moment: DueOffset, enrolment: Enrolment | None = None) -> dt.date | None:
        """Return the date on which the moment comes."""
        base = self.base(moment, enrolment)
        if base is None or not moment.early:
            return base
        return self.rules.calendar.shift(base, "earlier", self.place(), True)

    def _current(self) -> Enrolment:
        if self.enrolment is None:
            raise LookupError("the account is not enrolled")
        return self.enrolment

    def place(self) -> str | None:
        """Return the account's place, whose working days count."""
        return self.rules.calendar.place(self.row.get("country"), self.row.get("region"))

    def _end(self) -> None:
        for edge in self.edges(ending=True):
            if self.is_true(edge.guard, edge.target):
                self._take(edge)
                return

    def edges(self, *, ending: bool) -> tuple[Edge, ...]:
        """Return the edges that leave the account's state, in the order they are tried."""
        current = self._current()
        edges = self.machine.edges(current.state, ending=ending)
        if current.opened_by != BY_HAND:
            return edges
        return tuple(edge for edge in edges if edge.target != LEFT)

    def follow_anchor(self) -> None:
        """Let the enrolment take the account's present date as its anchor."""
        new = present_date(self)
        old = self._current().anchor
        if new is not None and old is not None and old != new:
            self._current().remember()
            self._current().anchor = new
            if self.promises is not None:
                self.promises.anchor_moved(self, old)

    def _settle(self) -> None:
        loops = self.machine.loops
        visited: set[str] = set()
        while self.is_open():
            edge = next(
                (e for e in self.edges(ending=False) if self._enabled(e, visited & loops)), None
            )
            if edge is None:
                return
            self._take(edge)
            visited.add(edge.target)

    def _enabled(self, edge: Edge, visited: set[str]) -> bool:
        if edge.moment is not None:
            date = self.date(edge.moment)
            if date is None or not self.has_come(date):
                return False
        return edge.target not in visited and self.is_true(edge.guard, edge.target)

    def _take(self, edge: Edge) -> None:
        current = self._current()
        self.taken.append(edge)
        due = self.base(edge.moment) if edge.dated and edge.moment else None
        if edge.target in self.machine.final:
            remember_account_end(self, edge)
        current.state = self.machine.step(current.state, edge)
        self.entered.append(current.state)
        current.entered_on = current.entered_on if edge.inner else self.day.on
        current.due_on = due or self.day.on
        current.moves += 1
        if edge.target in self.machine.final:
            current.ended_on = self.day.on
            self.ended.append(current)
            if ends_by_condition(edge) and current.opened_on < self.day.on:
                self._cut_short(current)
        occurrence = str(current.moves) if edge.target in self.machine.loops else "1"
        for action in edge.actions:
            if self.is_true(action.when, action.step):
                due_on = self.due(action, edge, current.due_on)
                self.draft(action, due_on, occurrence, self._why(edge))

    def _why(self, edge: Edge) -> str:
        if edge.moment is not None and edge.dated:
            return self.moment_reason(edge.moment)
        if edge.guard is not None:
            return format_expression(edge.guard)
        return "enrolled" if edge.moment is None else self.moment_reason(edge.moment)

    def moment_reason(self, moment: DueOffset) -> str:
        """Return a due offset in words, its base given as a date."""
        anchor = self._current().anchor
        if moment.base != "anchor":
            return moment_text(moment)
        prefix = moment_text(moment).removesuffix("the anchor")
        return f"{prefix}{anchor.isoformat()}" if anchor else "enrolled"

    def due(self, action: Action, edge: Edge, base: dt.date) -> dt.date:
        """Return the due date of an action, from its step's date and never before the step could be taken."""
        calendar, place, date = self.rules.calendar, self.place(), base
        if action.due is not None:
            date = calendar.add(date, action.due, place, action.customer)
        due = calendar.shift(date, action.shift, place, action.customer)
        start = starts(edge, self.playbook.machine)
        known = self._current().opened_on if start == "opening" else base
        missed = action.shift == "earlier" and start is not None and due < known <= date
        return calendar.shift(date, "later", place, action.customer) if missed else due

    def draft(
        self,
        action: Action,
        due: dt.date,
        occurrence: str,
        why: str,
        receiver: tuple[str | None, str | None] | None = None,
        revision: int = 1,
    ) -> None:
        """Draft an action, unless it counts as done; what an edit made due before today is due today.

        `receiver` is the role and the person who own it; by default the first of the action's roles that is filled.
        """
        if self._first_date and due < self.day.on:
            self.before_start.add(action.step)
            return
        by_edit = self.edited_after is not None and due <= self.edited_after
        edited = PASSED_BEFORE_EDIT.format(due.isoformat()) if by_edit else ""
        role, owner = receiver or self._owner(action)
        because = f"; {format_expression(action.when)}" if action.when is not None else ""
        ranks = self.machine.ranks
        self.drafts.append(
            {
                ACCOUNT_ID: self.row[ACCOUNT_ID],
                "account_name": self.row.get("account_name"),
                "playbook": self.playbook.id,
                "cycle": self._current().cycle,
                "step": action.step,
                "kind": action.kind,
                "title": choose_text(action.title, self.rules.language),
                "owner_role": role,
                "owner": owner,
                "priority": next(self._true_of(action.priorities), action.priority),
                "action": action.id,
                "occurrence": occurrence,
                "anchor": self._current().anchor,
                "due_on": self.day.on if by_edit else due,
                "message": action.message,
                "detail": encode_detail(action, self.rules.language),
                "reason": f"{why}{because}{self._grounds(action)}{edited}",
                "revision": revision,
                "customer": action.customer,
                "held_out": held_out_reason(self.playbook, action, str(self.row[ACCOUNT_ID])),
                "within": max_late_days(action, self.playbook),
                "patience": patience_days(action, self.playbook),
                "rank": ranks.get(action.step, len(ranks)),
            }
        )

    def _grounds(self, action: Action) -> str:
        texts = [choose_text(text, self.rules.language) for text in self._true_of(action.because)]
        return f"; because {', '.join(texts)}" if texts else ""

    def _true_of(self, cases: Iterable[tuple[Expression, _T]]) -> Iterator[_T]:
        """Yield the result of each case whose condition is true."""
        cases = tuple(cases)
        if self.observe is not None:
            for when, _ in cases:
                self.observe(when, self.values())
        return (result for when, result in cases if self.value_of(when) is True)

    def _owner(self, action: Action) -> tuple[str | None, str | None]:
        for id in action.owner:
            holder = self.rules.roles[id].holder(self.row)
            if holder is not None:
                return id, holder
        return (action.owner[0] if action.owner else None), None

    def _rearm(self) -> None:
        for opening in self.playbook.machine.enrolment_rules:
            current, mark = self.enrolment, f";{opening.id};"
            if self._closed_while_true(opening) and self._kleene(opening.guard, True) is False:
                self._current().disarmed = self._current().disarmed.replace(
                    held_mark(opening.id), "", 1
                )
            waits = current is not None and opening.rearm is not None and mark in current.disarmed
            if current and waits and opening.rearm and self.value_of(opening.rearm) is True:
                current.disarmed = current.disarmed.replace(mark, "", 1)

    def _restart(self) -> bool:
        """Start the follow-up again if a trigger has come and the playbook says so; return whether it did."""
        if self.playbook.machine.while_open != "restart":
            return False
        current = self._current()
        for opening in self.playbook.machine.enrolment_rules:
            if not self._came(opening):
                continue
            fresh = self.fresh_enrolment(opening)
            if self.may_open_by(opening, fresh):
                self.ended.append(replace(current, state=RESTARTED, ended_on=self.day.on))
                self._cut_short(current)
                self.came.append((opening.id, "restarted"))
                self._open(fresh, opening)
                return True
        return False

    def _open(self, fresh: Enrolment, opening: EnrolmentRule) -> None:
        """Open a cycle, of which nothing was issued before."""
        self.opened.append(opening)
        self.enrolment = fresh
        self.row = {**self.row, **dict.fromkeys(columns_of_cycle(self.playbook))}
        self._values = None
        self._known.clear()

    def _note_triggers(self) -> None:
        """Note the triggers that came to an open follow-up, and mark in the enrolment which are true now."""
        current = self._current()
        for opening in self.playbook.machine.enrolment_rules:
            if opening.cycle != "trigger":
                continue
            if self._came(opening) and current.opened_on < self.day.on:
                self.came.append((opening.id, "ignored"))
            now, mark = self._triggered(opening), held_mark(opening.id)
            if now is False:
                current.disarmed = current.disarmed.replace(mark, "", 1)
            elif now and mark not in current.disarmed:
                current.disarmed += mark

    def _triggered(self, opening: EnrolmentRule) -> bool | None:
        """Return whether a trigger is true and armed; None where it is unknown."""
        disarmed = self.enrolment.disarmed if self.enrolment else ""
        if opening.rearm is not None and f";{opening.id};" in disarmed:
            return False
        if self._closed_while_true(opening):
            return False
        return self._kleene(opening.guard, True)

    def _closed_while_true(self, opening: EnrolmentRule) -> bool:
        """Return whether the follow-up was closed by hand while the trigger was true, as it has been since."""
        current = self.enrolment
        closed = current is not None and current.state == CLOSED and opening.cycle == "trigger"
        return closed and current is not None and held_mark(opening.id) in current.disarmed

    def _came(self, opening: EnrolmentRule) -> bool:
        """Return whether a trigger has become true since the last date."""
        held = held_mark(opening.id) in self._current().disarmed
        return self._triggered(opening) is True and not held

    def _enrol(self) -> bool:
        for opening in self.playbook.machine.enrolment_rules:
            if self.observe is not None and opening.guard is not None:
                self.observe(opening.guard, self.values())
            if self._is_refused(opening):
                continue
            fresh = self.fresh_enrolment(opening)
            outcome = self.may_open_by(opening, fresh)
            if outcome is None:
                self.unknowns |= {("for", name) for name in self._enrolment_causes(opening, fresh)}
            if outcome and self.may_open:
                self._open(fresh, opening)
                return True
            if outcome and self.waits_for is None:
                self.waits_for = opening.id
        return self._enrol_by_hand()

    def _is_refused(self, opening: EnrolmentRule) -> bool:
        """Return whether a rule opens no cycle, whichever it would be: of most rules that is all there is to know."""
        if self._triggered(opening) is False:
            return True
        before = self.enrolment
        if before is None:
            return False
        return before.opened_on == self.day.on or self._kleene(opening.again, False) is False

    def _enrol_by_hand(self) -> bool:
        """Open an enrolment that somebody asks for; an account whose enrolment ended today stays closed."""
        before = self.enrolment
        if self.orders.decision != "enrol" or self.ended:
            return False
        for rule in self.playbook.machine.enrolment_rules:
            opening = rule._replace(id=BY_HAND, rearm=None)
            fresh = self.fresh_enrolment(opening)
            # Without the date there is no cycle that could be new.
            if fresh.anchor is not None and (before is None or self._new(opening, fresh, before)):
                self._open(fresh, rule)
                return True
        self.not_enrolled = True
        return False

    def fresh_enrolment(
        self, opening: EnrolmentRule, anchor_date: dt.date | None = None
    ) -> Enrolment:
        """Return the enrolment that would open on this date, with another anchor where one is given."""
        on = self.day.on
        anchor: ConstantValue | None = anchor_date or on
        if opening.anchor is not None and anchor_date is None:
            anchor = self._new_anchor(opening, opening.anchor)
        anchor_date = anchor if isinstance(anchor, dt.date) else None
        disarmed = self.enrolment.disarmed if self.enrolment else ""
        if opening.rearm is not None:
            disarmed += f";{opening.id};"
        cycle = self._cycle(opening, anchor_date)
        by_hand = self.enrolment.by_hand if self.enrolment else ""
        return Enrolment(
            cycle,
            ENROLLED,
            anchor_date,
            on,
            opening.id,
            on,
            on,
            disarmed=disarmed,
            by_hand=by_hand,
        )

    def _new_anchor(self, opening: EnrolmentRule, anchor: Expression) -> ConstantValue | None:
        """Return the anchor of a cycle that would open; where it names no cycle, only whether it is known decides."""
        if opening.cycle in ("anchor", "year") or opening.first or opening.last:
            return self.value_of(anchor)
        if self.changes_on is not None:
            self._note_change(next_jump(anchor, self.values()))
        return evaluate_expression(anchor, self.values())

    def _cycle(self, opening: EnrolmentRule, anchor: dt.date | None) -> str:
        if opening.cycle == "anchor":
            return anchor.isoformat() if anchor else ""
        if opening.cycle == "year":
            start = (
                self.value_of(opening.anchor.arguments[0])
                if isinstance(opening.anchor, Call)
                else None
            )
            return str(anchor.year - start.year) if anchor and isinstance(start, dt.date) else ""
        if opening.cycle == "trigger":
            return f"{self.day.on.isoformat()} {opening.id}"
        return str(int(self.enrolment.cycle) + 1 if self.enrolment else 1)

    def may_open_by(self, opening: EnrolmentRule, fresh: Enrolment) -> bool | None:
        """Return Kleene's and of guard, `again`, arming, a new cycle, anchor and window."""
        before = self.enrolment
        parts: list[bool | None] = [self._triggered(opening)]
        if before is not None:
            parts.append(before.opened_on != self.day.on)
            parts.append(self._kleene(opening.again, False))
            parts.append(not fresh.cycle or self._new(opening, fresh, before))
        parts.append(None if fresh.anchor is None else self._in_window(opening, fresh))
        if False in parts:
            return False
        return None if None in parts else True

    def _kleene(self, expression: Expression | None, default: bool) -> bool | None:
        outcome = default if expression is None else self.value_of(expression)
        return None if outcome is None else bool(outcome)

    def _new(self, opening: EnrolmentRule, fresh: Enrolment, before: Enrolment) -> bool:
        if opening.cycle == "year":
            return int(fresh.cycle) > int(before.cycle)
        return fresh.cycle != before.cycle

    def _in_window(self, opening: EnrolmentRule, fresh: Enrolment) -> bool:
        first = self.date(opening.first, fresh) if opening.first else None
        last = self.date(opening.last, fresh) if opening.last else None
        if opening.anchor is None and (first or last):
            self._note_change(self.day.on + ONE_DAY)
        over = last is not None and self.has_come(last + ONE_DAY)
        return (first is None or self.has_come(first)) and not over

    def _enrolment_causes(self, opening: EnrolmentRule, fresh: Enrolment) -> set[str]:
        values = self.values()
        causes: set[str] = set()
        conditions = [opening.guard, opening.again if self.enrolment else None]
        for expression in conditions:
            if expression is not None and self.value_of(expression) is None:
                causes |= unknown_causes(expression, values)
        if fresh.anchor is None and opening.anchor is not None:
            causes |= unknown_causes(opening.anchor, values)
        return causes

    def _repeat(self) -> None:
        current = self._current()
        for action in self.playbook.machine.state(current.state).repeats:
            latest = self._latest(action)
            if latest is None:
                continue
            number, due = latest
            fresh = self.since is None or due > self.since or current.entered_on == self.day.on
            fresh = fresh or (self.quiet_from is not None and due >= self.quiet_from)
            if fresh:
                self._note_change(self.day.on + ONE_DAY)
            if fresh and action.repeat and self.is_true(action.when, action.step):
                revisited = current.state in self.machine.loops
                occurrence = f"{current.moves}.{number}" if revisited else str(number)
                why = f"{number} of at most {action.repeat.at_most}, every {action.repeat.every}"
                self.draft(action, due, occurrence, why)

    def _latest(self, action: Action) -> tuple[int, dt.date] | None:
        """Return the number and date of the last occurrence that has come due."""
        latest = None
        repeat = action.repeat
        for number in range(1, (repeat.at_most if repeat else 0) + 1):
            date = self.occurrence(action, number)
            if not self.has_come(date):
                break
            latest = number, date
        return latest

    def occurrence(self, action: Action, number: int) -> dt.date:
        """Return the date of a repeating action's nth occurrence.

        Raises:
            ValueError: The action does not repeat.
        """
        if action.repeat is None:
            raise ValueError("the action does not repeat")
        calendar, place, contact = self.rules.calendar, self.place(), action.customer
        date = self._current().due_on
        if action.due is not None:
            date = calendar.add(date, action.due, place, contact)
        every = action.repeat.every
        shift = "later" if action.shift == "earlier" else action.shift
        if every.unit == "business days":
            date = calendar.shift(date, shift, place, contact)
        for_n = type(every)(every.count * (number - 1), every.unit)
        date = calendar.add(date, for_n, place, contact)
        return (
            date if every.unit == "business days" else calendar.shift(date, shift, place, contact)
        )
