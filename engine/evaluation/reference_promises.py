"""Actions of one account that are still to come, as its enrolments change: the counterpart of `rescheduling`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..language.interpreter import evaluate_expression
from ..playbook.model import Action, DueOffset, Edge
from .inputs import Day
from .reference_enrolment import Enrolment, PromisingExecutor
from .rescheduling import DATE_MOVED, GOES_ON

AccountEntry = dict[str, Any]
"""A row of LEDGER of one account, without its id; and `rank`, the position of its step."""

ENTRY_KEY = ("playbook", "cycle", "step", "action", "occurrence")
"""Columns that identify an action of one account."""


def entry_key(entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the identity of an action among those of its account."""
    return tuple(entry[name] for name in ENTRY_KEY)


def playbook_date_of(entry: Mapping[str, Any]) -> dt.date:
    """Return the date that the playbook gave an action, before it was late or postponed."""
    due: dt.date = entry["due_on"]
    if entry["planned_on"] is None:
        return due
    planned: dt.date = entry["planned_on"]
    return planned - dt.timedelta(days=entry["late_days"])


def revise(entry: AccountEntry, day: Day, status: str, why: str) -> AccountEntry:
    """Return the next revision of an entry, with another status and reason."""
    return entry | {
        "status": status,
        "reason": why,
        "revision": entry["revision"] + 1,
        "issued_on": day.run_on,
        "evaluated_on": day.on,
        "contact_on": None,
        "planned_on": None,
        "until": None,
        "late_days": 0,
    }


@dataclass(slots=True)
class AccountPromises:
    """The changes of one date to the actions of one playbook that are still to come; a `PromiseListener`.

    Attributes:
        pending: The playbook's actions that are still to come.
        latest: All actions of the account, as last revised.
        day: The date evaluated.
        changes: Entries that supersede or withdraw.
    """

    pending: list[AccountEntry]
    latest: Collection[AccountEntry]
    day: Day
    changes: list[AccountEntry] = field(default_factory=list)
    _gone: set[tuple[str, ...]] = field(default_factory=set)

    def anchor_moved(self, executor: PromisingExecutor, old: dt.date) -> None:
        """Supersede the promises whose date moves, and draft them with their new dates."""
        cycle = _current(executor).cycle
        for entry in self.pending:
            last = max(entry["due_on"], entry["contact_on"] or entry["due_on"])
            over = last <= self.day.on and entry["status"] != "postponed"
            if over or entry["cycle"] != cycle or entry_key(entry) in self._gone:
                continue
            for moved in _redated(executor, entry, old):
                moved.draft(executor, entry, entry["revision"] + 2)
                self.changes.append(revise(entry, self.day, "superseded", moved.why))

    def moved_back(self, executor: PromisingExecutor, old: dt.date) -> None:
        """Do the same, and draft again what was skipped or withheld for the wrong date."""
        current = _current(executor)
        for entry in self.latest:
            lost = entry["status"] in ("skipped", "withheld") and entry["revision"] > 1
            if lost and _of(entry, executor) and entry["anchor"] == old:
                for moved in _redated(executor, entry, old):
                    moved.draft(executor, entry, entry["revision"] + 1)
        if current.anchor != old:
            self.anchor_moved(executor, old)

    def resumed(self, executor: PromisingExecutor, before: Enrolment) -> None:
        """Withdraw what the outcome promised, and draft again what was withdrawn when the cycle ended."""
        current = _current(executor)
        of_outcome = (before.state, f"to_{before.state}")
        for entry in self.pending:
            if entry["cycle"] == current.cycle and entry["step"] in of_outcome:
                self.changes.append(revise(entry, self.day, "withdrawn", GOES_ON))
                self._gone.add(entry_key(entry))
        if before.anchor is not None and before.anchor != current.anchor:
            self.moved_back(executor, before.anchor)
        actions = _actions(executor)
        for entry in self.latest:
            action = actions.get((entry["step"], entry["action"]))
            restored = (
                _of(entry, executor)
                and entry["status"] == "withdrawn"
                and entry["anchor"] == current.anchor
                and entry["evaluated_on"] == before.ended_on
                and entry["step"] not in of_outcome
            )
            if action is not None and restored:
                occurrence, again = entry["occurrence"], entry["revision"] + 1
                executor.draft(action, entry["due_on"], occurrence, GOES_ON, revision=again)

    def cut_short(self, executor: PromisingExecutor, cycle: str, why: str) -> None:
        """Withdraw the promises of a cycle, whatever became of them earlier on the date."""
        self.changes = [entry for entry in self.changes if entry["cycle"] != cycle]
        executor.drafts[:] = [
            draft for draft in executor.drafts if draft["cycle"] != cycle or draft["revision"] == 1
        ]
        self.changes += [
            revise(entry, self.day, "withdrawn", why)
            for entry in self.pending
            if entry["cycle"] == cycle
        ]


@dataclass(frozen=True, slots=True)
class _Moved:
    """A promise whose date changes: the edge that dated it, its action, its new date, and why."""

    edge: Edge
    action: Action
    due: dt.date
    why: str

    def draft(self, executor: PromisingExecutor, entry: AccountEntry, revision: int) -> None:
        reason = f"{executor.moment_reason(_moment(self.edge))}; {self.why}"
        executor.draft(self.action, self.due, entry["occurrence"], reason, revision=revision)


def _redated(executor: PromisingExecutor, entry: AccountEntry, old: dt.date) -> Iterator[_Moved]:
    """Yield the new date of a promise, if it changes, with the edge that dated it under the old anchor."""
    origins = [*_origins(executor, entry)]
    values = executor.values()
    was, anchor = playbook_date_of(entry), _current(executor).anchor
    held = [
        (edge, action)
        for edge, action in origins
        if edge.guard is None or evaluate_expression(edge.guard, values) is True
    ]
    for edge, action in [*held, *origins]:
        moment = _moment(edge)
        before = executor.due(action, edge, executor.offset_from(old, moment))
        if before == was and anchor is not None:
            new = executor.due(action, edge, executor.offset_from(anchor, moment))
            if new != was:
                why = DATE_MOVED.format(old.isoformat(), anchor.isoformat())
                yield _Moved(edge, action, new, why)
            return


def _origins(executor: PromisingExecutor, entry: AccountEntry) -> Iterator[tuple[Edge, Action]]:
    """Yield the dated edges that issue the action of an entry."""
    first = executor.playbook.first_steps
    for edge in executor.playbook.machine.edges:
        if edge.dated and edge.moment and edge.moment.base == "anchor":
            for action in edge.actions:
                steps = (action.step, first.get(action.step))
                if entry["step"] in steps and action.id == entry["action"]:
                    yield edge, action


def _actions(executor: PromisingExecutor) -> dict[tuple[str, str], Action]:
    first = executor.playbook.first_steps
    return {
        (step, action.id): action
        for action in executor.playbook.machine.actions()
        for step in (action.step, first.get(action.step, action.step))
    }


def _of(entry: AccountEntry, executor: PromisingExecutor) -> bool:
    """Return whether an entry is of the executor's playbook and cycle."""
    return (entry["playbook"], entry["cycle"]) == (
        executor.playbook.id,
        _current(executor).cycle,
    )


def _current(executor: PromisingExecutor) -> Enrolment:
    if executor.enrolment is None:
        raise LookupError("the account is not enrolled")
    return executor.enrolment


def _moment(edge: Edge) -> DueOffset:
    if edge.moment is None:
        raise AssertionError("the edge must be dated")
    return edge.moment


def still_to_come(latest: Iterable[AccountEntry], day: Day) -> list[AccountEntry]:
    """Return the actions that have not gone out before the date: promised for it or later, or postponed."""
    after = day.done_until

    def waits(entry: AccountEntry) -> bool:
        if entry["status"] == "postponed":
            return True
        contact = entry["contact_on"]
        later = entry["due_on"] > after or (contact is not None and contact > after)
        return entry["status"] == "issued" and later

    return [entry for entry in latest if waits(entry)]
