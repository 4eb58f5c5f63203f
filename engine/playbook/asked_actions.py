"""Actions that conditions ask about: each reference resolved to a playbook, a step and an action."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Map
from typing import NamedTuple

from ..language.actions_read import ActionReference
from .model import Playbook


class AskedAction(NamedTuple):
    """An action that a condition asks about.

    Attributes:
        playbook: The id of its playbook.
        step: The id of its step.
        action: The id of the action.
        steps: The names of the step in the ledger: the present one, and the first one of a renamed step.
    """

    playbook: str
    step: str
    action: str
    steps: frozenset[str]


def resolve_action(
    reference: ActionReference, own: Playbook, playbooks: Map[str, Playbook | None]
) -> AskedAction | None:
    """Return the action that a reference names; None where there is none.

    Args:
        reference: The reference.
        own: The playbook of the condition.
        playbooks: The playbooks by id.
    """
    playbook = own if is_own(reference, own) else playbooks.get(reference.playbook)
    if playbook is None:
        return None
    ids = actions_of_step(playbook, reference.step)
    action = reference.action or only_action(playbook, reference.step)
    if action not in ids:
        return None
    first = playbook.first_steps.get(reference.step, reference.step)
    return AskedAction(playbook.id, reference.step, action, frozenset({reference.step, first}))


def is_own(reference: ActionReference, own: Playbook) -> bool:
    """Return whether a reference names an action of the condition's own playbook."""
    return reference.playbook in ("", own.id)


def own_references(playbook: Playbook) -> Iterable[ActionReference]:
    """Return the references of a playbook to its own actions."""
    return (each for each in playbook.actions_read if is_own(each, playbook))


def only_action(playbook: Playbook, step: str) -> str | None:
    """Return the action of a step that has one, apart from its escalation; None where it has none or several."""
    escalations = {each.action.id for each in playbook.machine.follow_ups if not each.again}
    ids = [id for id in actions_of_step(playbook, step) if id not in escalations]
    return ids[0] if len(ids) == 1 else None


def actions_of_step(playbook: Playbook, step: str) -> list[str]:
    """Return the ids of the actions of a step, in the playbook's order."""
    found = (action.id for action in playbook.machine.actions() if action.step == step)
    return list(dict.fromkeys(found))
