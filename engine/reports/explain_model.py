"""Where one account stands in one playbook, and what it waits for.

In: the playbook, the account's values and its state; out: each way on, with its date and what its
condition comes to. Conditions are traced by the language itself, so what is shown is what decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..calendar.working_days import Calendar
from ..core.problems import Span
from ..language.expressions import ConstantValue, Expression
from ..language.interpreter import evaluate
from ..language.trace import Trace, trace
from ..machine.topology import reachable
from ..playbook.lowering import moment_text
from ..playbook.model import Action, DueOffset, Edge, EnrolmentRule, Machine, Playbook

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


@dataclass(frozen=True, slots=True)
class Scene:
    """The account's values on a date, and whose days off count."""

    row: AccountValues
    on: dt.date
    calendar: Calendar

    def date_of(self, moment: DueOffset, base: object) -> dt.date | None:
        """The date on which a moment comes; None where what it counts from is missing."""
        if not isinstance(base, dt.date):
            return None
        country = self.row.get("country")
        code = country if isinstance(country, str) else None
        date = self.calendar.add(base, moment.offset, code, False)
        return self.calendar.shift(date, "earlier", code, True) if moment.early else date


def explain_standing(playbook: Playbook, state: StateRow | None, scene: Scene) -> Standing:
    """The account's standing: in an open enrolment the ways out of its state, else the ways in."""
    if state is None or state["ended_on"] is not None:
        scene = _with_names(scene, playbook, state)
        ways = [_way_in(opening, state, scene) for opening in playbook.machine.openings]
        return Standing(playbook, state, tuple(ways), tuple(_opening_dates(playbook, scene)))
    before = _with_names(scene, playbook, state)
    scene = _anchor_followed(before, playbook)
    leaving = [e for e in playbook.machine.edges if state["state"] in e.sources]
    ways = [_way_on(edge, before) for edge in leaving if edge.ending]
    ways += [_way_on(edge, scene) for edge in leaving if not edge.ending]
    dates = _dates_ahead(playbook.machine, state["state"], scene)
    return Standing(playbook, state, tuple(ways), tuple(dates))


def _with_names(scene: Scene, playbook: Playbook, state: StateRow | None) -> Scene:
    """The scene with the enrolment's names."""
    row: AccountValues = dict(scene.row)
    if state is not None:
        for name in ("anchor", "opened_on", "entered_on", "opened_by"):
            row[f"@{name}"] = state[name]
        if any(opening.cycle == "year" for opening in playbook.machine.openings):
            row["@year"] = float(state["cycle"])
    return Scene(row, scene.on, scene.calendar)


def _anchor_followed(scene: Scene, playbook: Playbook) -> Scene:
    """The scene with the account's present date as anchor: outcomes see the one before, all else this one."""
    if playbook.machine.anchor is None:
        return scene
    present = evaluate(playbook.machine.anchor, scene.row)
    anchor = scene.row["@anchor"] if present is None else present
    return Scene({**scene.row, "@anchor": anchor}, scene.on, scene.calendar)


def _way_on(edge: Edge, scene: Scene) -> PossibleMove:
    date, words = None, ""
    if edge.moment is not None:
        date = scene.date_of(edge.moment, scene.row.get(f"@{edge.moment.base}"))
        words = moment_text(edge.moment)
    findings = tuple(_found("if", edge.guard, scene))
    shut = any(finding.trace.value is False for finding in findings)
    actions = () if shut else tuple(_issues(edge.actions, scene))
    return PossibleMove(edge.target, edge.span, words, date, findings, actions)


def _issues(actions: tuple[Action, ...], scene: Scene) -> Iterator[Finding]:
    """The actions that hang on a condition of their own."""
    for action in actions:
        yield from _found(action.id, action.when, scene)


def _way_in(opening: EnrolmentRule, state: StateRow | None, scene: Scene) -> PossibleMove:
    findings = list(_found("for", opening.guard, scene))
    if state is not None and opening.again is not None:
        findings += _found("again", opening.again, scene)
    if state is not None and f";{opening.id};" in (state["disarmed"] or ""):
        findings += _found("rearm", opening.rearm, scene)
    anchor = _new_anchor(opening, scene)
    date = scene.date_of(opening.first, anchor) if opening.first else None
    words = moment_text(opening.first) if opening.first else ""
    return PossibleMove(opening.id, opening.span, words, date, tuple(findings), ())


def _new_anchor(opening: EnrolmentRule, scene: Scene) -> ConstantValue | None:
    """The anchor that a cycle opened on this date would have."""
    if opening.anchor is None:
        return scene.on
    return evaluate(opening.anchor, {**scene.row, "@opened_on": scene.on})


def _found(label: str, condition: Expression | None, scene: Scene) -> Iterator[Finding]:
    if condition is not None:
        yield Finding(label, trace(condition, scene.row))


def _dates_ahead(machine: Machine, state: str, scene: Scene) -> Iterator[tuple[dt.date, str]]:
    """The dates still to come of the steps that can be reached, counted from the anchor."""
    ahead = {state, *reachable(machine, state)}
    found = set()
    for edge in machine.edges:
        here = state in edge.sources
        if edge.moment is None or not ahead & set(edge.sources):
            continue
        if edge.moment.base != "anchor" and not here:
            continue
        # Of dates that go by cases, only the one that counts as things stand.
        if edge.dated and edge.guard is not None and evaluate(edge.guard, scene.row) is False:
            continue
        date = scene.date_of(edge.moment, scene.row.get(f"@{edge.moment.base}"))
        if date is not None and date > scene.on:
            found.add((date, edge.target))
    yield from sorted(found)


def _opening_dates(playbook: Playbook, scene: Scene) -> Iterator[tuple[dt.date, str]]:
    found = set()
    for opening in playbook.machine.openings:
        if opening.first is not None:
            date = scene.date_of(opening.first, _new_anchor(opening, scene))
            if date is not None and date > scene.on:
                found.add((date, "enrolled"))
    yield from sorted(found)


def place_text(span: Span) -> str:
    """A place as `file:line`."""
    return f"{span.file}:{span.line}"
