"""Explain one account in one playbook: its state, and what each way on waits for.

Edges, dates and anchors are the reference executor's; conditions are traced by the language itself. So what is shown
is what decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.problems import Span
from ..evaluation.reference_executor import ReferenceExecutor
from ..language.expressions import ConstantValue, Expression
from ..language.interpreter import evaluate
from ..language.trace import Trace, trace
from ..machine.topology import reachable
from ..playbook.lowering import moment_text
from ..playbook.model import ENROLLED, Action, Edge, EnrolmentRule, Playbook

AccountValues = dict[str, ConstantValue | None]
StateRow = Mapping[str, Any]
"""One row of the store's states."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition with its outcome; `label` says what it decides."""

    label: str
    trace: Trace


@dataclass(frozen=True, slots=True)
class PossibleMove:
    """One way on: where to, from which date (None: any), what it hangs on, and what it would issue.

    The conditions of its actions are given unless the way is shut, when they say nothing.
    """

    target: str
    place: Span
    moment: str
    date: dt.date | None
    findings: tuple[Finding, ...]
    actions: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """An account in one playbook; `state` is None where it was never enrolled."""

    playbook: Playbook
    state: StateRow | None
    ways: tuple[PossibleMove, ...]
    dates: tuple[tuple[dt.date, str], ...]
    """What comes next by the calendar alone, soonest first."""


def explain_standing(executor: ReferenceExecutor, state: StateRow | None) -> Standing:
    """Return the account's standing: the ways out of the state of an open enrolment, else the ways in.

    The executor says which edges there are, on which dates they come, and which anchor counts.
    """
    playbook = executor.playbook
    if not executor.is_open():
        ways = [_way_in(opening, executor) for opening in playbook.machine.openings]
        return Standing(playbook, state, tuple(ways), tuple(_opening_dates(executor)))
    # Outcomes see the anchor as it was; all else sees the account's present date.
    ways = [_way_on(edge, executor) for edge in executor.edges(ending=True)]
    executor.follow_anchor()
    ways += [_way_on(edge, executor) for edge in executor.edges(ending=False)]
    return Standing(playbook, state, tuple(ways), tuple(_dates_ahead(executor)))


def _way_on(edge: Edge, executor: ReferenceExecutor) -> PossibleMove:
    values = executor.values()
    date = executor.date(edge.moment) if edge.moment else None
    words = moment_text(edge.moment) if edge.moment else ""
    findings = tuple(_found("if", edge.guard, values))
    shut = any(finding.trace.value is False for finding in findings)
    actions = () if shut else tuple(_issues(edge.actions, values))
    return PossibleMove(edge.target, edge.span, words, date, findings, actions)


def _issues(actions: tuple[Action, ...], values: AccountValues) -> Iterator[Finding]:
    """Yield the actions that hang on a condition of their own."""
    for action in actions:
        yield from _found(action.id, action.when, values)


def _way_in(opening: EnrolmentRule, executor: ReferenceExecutor) -> PossibleMove:
    values, before = executor.values(), executor.enrolment
    findings = list(_found("for", opening.guard, values))
    if before is not None and opening.again is not None:
        findings += _found("again", opening.again, values)
    if before is not None and f";{opening.id};" in before.disarmed:
        findings += _found("rearm", opening.rearm, values)
    date, words = None, ""
    if opening.first is not None:
        date = executor.date(opening.first, executor.fresh_enrolment(opening))
        words = moment_text(opening.first)
    return PossibleMove(opening.id, opening.span, words, date, tuple(findings), ())


def _found(label: str, condition: Expression | None, values: AccountValues) -> Iterator[Finding]:
    if condition is not None:
        yield Finding(label, trace(condition, values))


def _dates_ahead(executor: ReferenceExecutor) -> Iterator[tuple[dt.date, str]]:
    """Yield the dates still to come of the steps that can be reached, counted from the anchor."""
    machine, values = executor.playbook.machine, executor.values()
    state = executor.enrolment.state if executor.enrolment else ENROLLED
    ahead = {state, *reachable(machine, state)}
    found = set()
    for edge in machine.edges:
        here = state in edge.sources
        if edge.moment is None or not ahead & set(edge.sources):
            continue
        if edge.moment.base != "anchor" and not here:
            continue
        # Of dates that go by cases, only the one that counts as things are.
        if edge.dated and edge.guard is not None and evaluate(edge.guard, values) is False:
            continue
        date = executor.date(edge.moment)
        if date is not None and date > executor.day.on:
            found.add((date, edge.target))
    yield from sorted(found)


def _opening_dates(executor: ReferenceExecutor) -> Iterator[tuple[dt.date, str]]:
    found = set()
    for opening in executor.playbook.machine.openings:
        if opening.first is not None:
            date = executor.date(opening.first, executor.fresh_enrolment(opening))
            if date is not None and date > executor.day.on:
                found.add((date, "enrolled"))
    yield from sorted(found)


def place_text(span: Span) -> str:
    """A place as `file:line`."""
    return f"{span.file}:{span.line}"
