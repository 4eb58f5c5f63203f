"""Coverage of playbooks by their tests: states, transitions, branches and actions that no test reaches.

A branch is a part of a condition with one of its outcomes: true, or not true. Parts are what `and` joins; one is known
by its place in the file, so a condition that several actions share counts once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ..core.problems import Span
from ..language.expressions import And, Call, EventCall, Expression, Field, Name, Not, Row
from ..language.formatter import format_expression
from ..language.interpreter import evaluate_expression
from ..language.traversal import walk
from ..playbook.model import ENROLLED, LEFT, Edge, EnrolmentRule, Machine, Playbook, moment_text
from .account_days import AccountLife

ReachableKind = Literal["state", "transition", "branch", "action"]
REACHABLE_KINDS: tuple[ReachableKind, ...] = ("state", "transition", "branch", "action")
"""The kinds of things that are covered, in the order in which they are listed."""


class Reachable(NamedTuple):
    """Something of a playbook that a test can reach; `span` is its place in the file."""

    kind: ReachableKind
    text: str
    span: Span

    @property
    def key(self) -> tuple[str, int, int, str]:
        """Return what identifies it, in the order of the file."""
        return self.span.file, self.span.line, self.span.column, self.text


@dataclass(frozen=True, slots=True)
class PlaybookCoverage:
    """The coverage of one playbook."""

    playbook: str
    total: int
    missed: tuple[Reachable, ...]

    @property
    def covered(self) -> int:
        """Return how much was reached."""
        return self.total - len(self.missed)

    @property
    def percent(self) -> float:
        """Return the share that was reached, in per cent."""
        return 100.0 if not self.total else 100.0 * self.covered / self.total


@dataclass(slots=True)
class CoverageRecorder:
    """A recorder of what tests reach, by playbook."""

    reached: set[tuple[str, int, int, str]] = field(default_factory=set)
    _parts: dict[int, tuple[Expression, tuple[Expression, ...]]] = field(default_factory=dict)
    _looked: dict[tuple[int, bool], Reachable] = field(default_factory=dict)

    def observe(self, playbook: Playbook, condition: Expression, row: Row) -> None:
        """Record the outcomes of a condition's parts."""
        del playbook
        if id(condition) not in self._parts:
            self._parts[id(condition)] = (condition, joined_parts(condition))
        for part in self._parts[id(condition)][1]:
            if (id(part), True) in self._looked and (id(part), False) in self._looked:
                continue
            holds = evaluate_expression(part, row) is True
            branch = _branch(part, holds)
            self._looked[id(part), holds] = branch
            self.reached.add(branch.key)

    def add(self, life: AccountLife, playbooks: Iterable[Playbook]) -> None:
        """Record what the account of a test went through."""
        by_id = {each.id: each for each in playbooks}
        for id, edge in life.taken:
            self.reached.add(_transition(edge).key)
            self.reached |= {each.key for each in _states(by_id[id].machine, edge.target)}
        self.reached |= {_opening(rule).key for _, rule in life.opened}
        issued = {
            (e["playbook"], e["step"], e["action"]) for e in life.entries if e["status"] == "issued"
        }
        for playbook in by_id.values():
            for action in playbook.machine.actions():
                if (playbook.id, action.step, action.id) in issued:
                    self.reached.add(_action(action.step, action.id, action.span).key)

    def of(self, playbook: Playbook) -> PlaybookCoverage:
        """Return the coverage of a playbook."""
        every = {each.key: each for each in reachable_of(playbook)}
        missed = [each for key, each in every.items() if key not in self.reached]
        order = sorted(missed, key=lambda each: (REACHABLE_KINDS.index(each.kind), each.key))
        return PlaybookCoverage(playbook.id, len(every), tuple(order))


def reachable_of(playbook: Playbook) -> Iterator[Reachable]:
    """Yield everything of a playbook that a test can reach."""
    machine = playbook.machine
    for rule in machine.enrolment_rules:
        yield _opening(rule)
        yield from _branches(rule.guard)
        yield from _branches(rule.rearm)
    rests = resting_states(playbook)
    for edge in machine.edges:
        if edge.target == LEFT and not rests.intersection(edge.sources):
            continue
        yield _transition(edge)
        yield from _states(machine, edge.target)
        # Which year it is, the transitions tell that were taken.
        if playbook.body != "anniversaries":
            yield from _branches(edge.guard)
    for action in machine.actions():
        yield _action(action.step, action.id, action.span)
        yield from _branches(action.when)
        for when, _ in (*action.priorities, *action.because):
            yield from _branches(when)


def resting_states(playbook: Playbook) -> frozenset[str]:
    """Return the states in which an account can be at the end of a day: no edge leaves them at once."""
    machine = playbook.machine
    # Of the years of an anniversary, one is always reached.
    sure = playbook.body == "anniversaries"
    opens_late = all(
        rule.anchor is None or (rule.first is not None and rule.first.offset.count >= 0)
        for rule in machine.enrolment_rules
    )
    fixed = machine.anchor is None and opens_late
    at_once = {
        source
        for edge in machine.edges
        if (sure or edge.guard is None)
        and not edge.ending
        and (edge.moment is None or (fixed and edge.moment.offset.count <= 0))
        for source in edge.sources
    }
    running = {state.id for state in machine.states if not state.final}
    return frozenset(running - at_once)


def joined_parts(condition: Expression | None) -> tuple[Expression, ...]:
    """Return what a condition's `and` joins, without its `not`, and without what is always the same."""
    if condition is None:
        return ()
    if isinstance(condition, Not):
        return joined_parts(condition.operand)
    if isinstance(condition, And):
        return tuple(part for operand in condition.operands for part in joined_parts(operand))
    varies = any(isinstance(node, Field | Name | Call | EventCall) for node in walk(condition))
    return (condition,) if varies else ()


def _branches(condition: Expression | None) -> Iterator[Reachable]:
    for part in joined_parts(condition):
        yield _branch(part, True)
        yield _branch(part, False)


def _branch(part: Expression, holds: bool) -> Reachable:
    outcome = "true" if holds else "not true"
    return Reachable("branch", f"`{format_expression(part)}` is {outcome}", part.span)


def _opening(rule: EnrolmentRule) -> Reachable:
    return Reachable("transition", f"enrols by `{rule.id}`" if rule.id else "enrols", rule.span)


def _transition(edge: Edge) -> Reachable:
    moment = f", {moment_text(edge.moment)}" if edge.moment else ""
    return Reachable("transition", f"to `{edge.target}`{moment}", edge.span)


def _states(machine: Machine, id: str) -> Iterator[Reachable]:
    for state in machine.states:
        if state.id == id and id not in (ENROLLED, LEFT):
            yield Reachable("state", f"`{id}`", state.span)


def _action(step: str, id: str, span: Span) -> Reachable:
    return Reachable("action", f"`{step}/{id}`", span)
