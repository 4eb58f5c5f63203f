"""Lowering of `again` and `escalate`: what is issued while an action stays open."""

from __future__ import annotations

from ..language.actions_read import ActionReference
from ..text.translations import catalogue_text
from ..text.yaml_nodes import Entry, Mapping
from .lowering import Lowering, required_value, whole_value
from .model import Action, FollowUp, Machine

ESCALATED = "escalated"
"""End of the id of an escalation: `call_escalated` is that of `call`."""


def follow_up(lowering: Lowering, action: Action, entry: Entry) -> None:
    """Take in what an action's `again` and `escalate` say.

    Args:
        lowering: The file's lowering.
        action: The action.
        entry: Its kind and its keys.
    """
    body = entry.value if isinstance(entry.value, Mapping) else Mapping((), entry.key_span)
    of = f"{action.step}/{action.id}"
    if isinstance(again := body.get("again"), Mapping):
        if action.repeat is not None:
            lowering.problems.report(
                "conflicting-keys",
                "the action has both `repeat` and `again`",
                again.span,
                "keep `repeat` to issue it whether or not it is done, or `again` until it is done",
            )
        after = lowering.duration(required_value(again, "after"), "after")
        most = whole_value(required_value(again, "at_most"))
        issued = action._replace(when=None, due=None, repeat=None)
        _add(lowering, FollowUp(of, issued, after, most, again=True))
    if isinstance(escalate := body.get("escalate"), Mapping):
        after = lowering.duration(required_value(escalate, "after"), "after")
        issued = Action(
            id=f"{action.id}_{ESCALATED}",
            step=action.step,
            kind="task",
            title=catalogue_text("actions", ESCALATED, title=action.title),
            span=escalate.span,
            owner=lowering.roles(required_value(escalate, "to")),
            shift="later",
            priority=action.priority,
        )
        _add(lowering, FollowUp(of, issued, after, 1, again=False))


def _add(lowering: Lowering, follow_up: FollowUp) -> None:
    name = "again" if follow_up.again else "escalate"
    lowering.follow_ups[f"{name} {follow_up.text}"] = follow_up
    for text in dict.fromkeys((follow_up.of, follow_up.text)):
        lowering.actions_read[ActionReference(text, name, follow_up.action.span)] = None


def check_follow_ups(lowering: Lowering, machine: Machine) -> None:
    """Add a problem for each follow-up of a step at which the enrolment ends at once: it would never come."""
    final = {state.id for state in machine.states if state.final}
    ending = {
        source
        for edge in machine.edges
        if edge.target in final and edge.moment is None and edge.guard is None
        for source in edge.sources
    }
    for follow_up in machine.follow_ups:
        if follow_up.action.step in final | ending:
            name = "again" if follow_up.again else "escalate"
            lowering.problems.report(
                "repeat-at-end",
                f"the playbook ends for the account at `{follow_up.action.step}`: `{name}` never comes",
                follow_up.action.span,
                "add an outcome with a date, such as `over: {at: 30 days}`, or take it out",
            )
