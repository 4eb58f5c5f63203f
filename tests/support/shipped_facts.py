"""What the shipped playbooks say once they are loaded, as short texts in French by place and kind.

A place is `renewal`, `renewal/health_check` or `renewal/health_check/email`: a playbook, a step of it, an action of
that; or `fields/segment`, a field that follows from others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from tenure.engine.core.languages import Texts
from tenure.engine.fields.catalogue import FieldSpec
from tenure.engine.language.expressions import And, Expression
from tenure.engine.language.formatter import format_expression, format_value
from tenure.engine.playbook.model import (
    Action,
    Agenda,
    Edge,
    EnrolmentRule,
    Lines,
    Minutes,
    Playbook,
)
from tenure.engine.project.loading import Project
from tenure.engine.workspace.settings import WorkspaceSettings


class Fact(NamedTuple):
    """One thing that a playbook says: where, of what kind, and what."""

    place: str
    kind: str
    text: str


Facts = dict[tuple[str, str], list[str]]
"""Everything of one kind that is said in one place."""


def facts_of(project: Project) -> Facts:
    found: Facts = defaultdict(list)
    for spec in project.catalogue.fields.values():
        for fact in _of_field(spec):
            found[fact.place, fact.kind].append(fact.text)
    for playbook in project.playbooks:
        for fact in _of_playbook(playbook, project.workspace):
            found[fact.place, fact.kind].append(" ".join(fact.text.split()))
    return found


def french(texts: Texts) -> str:
    return texts.get("fr") or texts.get("", "")


def _of_field(spec: FieldSpec) -> Iterator[Fact]:
    for case in spec.derive:
        when = format_expression(case.when) if case.when is not None else "otherwise"
        yield Fact(f"fields/{spec.name}", "when", f"{when}: {format_value(case.then)}")
    if spec.rank is not None:
        yield Fact(f"fields/{spec.name}", "rank of", spec.rank.of)


def _of_playbook(playbook: Playbook, workspace: WorkspaceSettings) -> Iterator[Fact]:
    machine, id = playbook.machine, playbook.id
    yield Fact(id, "title", french(playbook.title))
    yield Fact(id, "schedule", playbook.schedule)
    for name, value in playbook.defaults.items():
        yield Fact(id, f"variable {name}", value)
    for name, expression in playbook.definitions.items():
        yield from _conditions(id, f"define {name}", expression)
    for name, choices in playbook.choices.items():
        yield Fact(id, f"take {name}", str(choices.take))
        for item in choices.items:
            yield Fact(id, f"say {name}", french(item.say))
            yield from _conditions(id, f"choose {name}", item.when)
    for opening in machine.enrolment_rules:
        yield from _of_opening(id, opening)
    for state in machine.states:
        yield Fact(f"{id}/{state.id}", "title", french(state.title))
        for action in state.repeats:
            yield from _of_action(playbook, action, workspace)
    for edge in machine.edges:
        yield from _of_edge(id, edge)
        for action in edge.actions:
            yield from _of_action(playbook, action, workspace)
    for each in machine.follow_ups:
        to = "" if each.again else f" to {', '.join(each.to or each.action.owner)}"
        kind = "again" if each.again else "escalate"
        yield Fact(f"{id}/{each.of}", kind, f"after {each.after}{to}")


def _of_opening(id: str, opening: EnrolmentRule) -> Iterator[Fact]:
    name = f" {opening.id}" if opening.id else ""
    yield from _conditions(id, f"open{name}", opening.guard)
    yield from _conditions(id, f"again{name}", opening.again)
    yield from _conditions(id, f"rearm{name}", opening.rearm)
    if opening.anchor is not None:
        yield Fact(id, "anchor", format_expression(opening.anchor))


def _of_edge(id: str, edge: Edge) -> Iterator[Fact]:
    """When a step is entered; the notice ahead of a level is a step of its own."""
    for step in sorted({edge.target, *(action.step for action in edge.actions)}):
        if edge.moment is not None:
            kind = "at" if edge.moment.base == "anchor" else "after"
            yield Fact(f"{id}/{step}", kind, str(edge.moment.offset))
            if edge.guard is not None:
                case = f"{edge.moment.offset} when {format_expression(edge.guard)}"
                yield Fact(f"{id}/{step}", kind, case)
        yield from _conditions(f"{id}/{step}", "when", edge.guard)


def _of_action(playbook: Playbook, action: Action, workspace: WorkspaceSettings) -> Iterator[Fact]:
    place = f"{playbook.id}/{action.step}/{action.id}"
    yield Fact(place, "kind", action.kind)
    yield Fact(place, "title", french(action.title))
    yield Fact(place, "owner", ", ".join(action.owner))
    yield from _conditions(place, "when", action.when)
    yield Fact(place, "due", str(action.due or "0 days"))
    if action.sender:
        yield Fact(place, "from", action.sender)
    for link in action.cta:
        yield Fact(place, "cta", workspace.links[link].label["fr"])
    for _, say in action.because:
        yield Fact(place, "because", french(say))
    for when, priority in action.priorities:
        yield Fact(place, "priority", f"{priority}: {format_expression(when)}")
    if action.repeat:
        yield Fact(place, "repeat", f"every {action.repeat.every}")
    for name, detail in action.detail:
        yield from (Fact(place, kind, text) for kind, text in _details(name, detail))
    if action.message:
        message = playbook.messages[action.message]["fr"]
        yield Fact(place, "subject", message.subject)
        yield Fact(place, "body", message.body)


def _details(name: str, detail: object) -> Iterator[tuple[str, str]]:
    if isinstance(detail, Agenda):
        for part in detail.parts:
            minutes = f" ({part.minutes} min)" if part.minutes else ""
            yield name, f"{french(part.title)}{minutes}"
            yield from (("point", french(point)) for point in part.points)
    elif isinstance(detail, Lines):
        yield from ((name, french(line)) for line in detail.texts)
    elif isinstance(detail, Minutes):
        yield name, f"{detail.least}-{detail.most}"
    else:
        yield name, french(detail) if isinstance(detail, dict) else str(detail)


def _conditions(place: str, kind: str, condition: Expression | None) -> Iterator[Fact]:
    """What a condition's `and`s join, one by one, and the whole."""
    if condition is None:
        return
    if isinstance(condition, And):
        for operand in condition.operands:
            yield from _conditions(place, kind, operand)
    yield Fact(place, kind, format_expression(condition))
