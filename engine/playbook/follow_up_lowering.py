"""Lowering of `again` and `escalate`: what is issued while an action stays open."""

from __future__ import annotations

from ..core.person_names import MANAGER
from ..language.actions_read import ActionReference
from ..text.translations import catalogue_text
from ..text.yaml_nodes import Entry, Mapping, Node
from .lowering import Lowering, node_items, required_value, whole_value
from .model import Action, FollowUp

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
        to = _receivers(lowering, required_value(escalate, "to"))
        roles = tuple(role for role in to if role in lowering.symbols.roles)
        if (
            MANAGER in to
        ):  # Where no manager is known, somebody else who may own the action gets it.
            roles = tuple(dict.fromkeys((*roles, *action.owner, *lowering.owner)))
        issued = Action(
            id=f"{action.id}_{ESCALATED}",
            step=action.step,
            kind="task",
            title=catalogue_text("actions", ESCALATED, title=action.title),
            span=escalate.span,
            owner=roles,
            shift="later",
            priority=action.priority,
        )
        to = to if MANAGER in to else ()
        _add(lowering, FollowUp(of, issued, after, 1, again=False, to=to))


def _receivers(lowering: Lowering, node: Node) -> tuple[str, ...]:
    """Return who gets an escalation: roles, and `MANAGER` for the manager of the action's owner.

    `MANAGER` alone needs a table of people, or a role of that name.
    """
    items = node_items(node) or (node,)
    known = (*lowering.symbols.roles, MANAGER)
    to = tuple(lowering.known(item, known, "role") for item in items)
    if to == (MANAGER,) and not lowering.symbols.has_people and MANAGER not in known[:-1]:
        lowering.problems.report(
            "unknown-role",
            "nothing says who the manager is: tenure.yaml has neither `people` nor a role `manager`",
            items[0].span,
            "name the table of people that has managers, `people: {file: people.csv}`, or add a role:"
            " `to: [manager, leadership]`",
        )
    return to


def _add(lowering: Lowering, follow_up: FollowUp) -> None:
    name = "again" if follow_up.again else "escalate"
    lowering.follow_ups[f"{name} {follow_up.text}"] = follow_up
    for text in dict.fromkeys((follow_up.of, follow_up.text)):
        lowering.actions_read[ActionReference(text, name, follow_up.action.span)] = None
