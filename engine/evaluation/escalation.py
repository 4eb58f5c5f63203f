"""Who gets an escalation to the manager of an action's owner: one function for both executors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..core.person_names import MANAGER, name_key
from ..playbook.model import FollowUp
from .inputs import Rules


class Receiver(NamedTuple):
    """Who gets an escalation: the role, the person, and the end of the reason."""

    role: str | None
    owner: str | None
    why: str = ""


def receiver_of(
    follow_up: FollowUp, rules: Rules, values: Mapping[str, Any], owner: str | None
) -> Receiver:
    """Return who gets an escalation.

    It is the first of `to` that is known: the manager of the owner in the table of people, or the holder of a role.
    Where none is, it is the first role of the action or of the playbook that somebody else than the owner holds; so no
    escalation is lost.

    Args:
        follow_up: The escalation.
        rules: The workspace's rules.
        values: The account's fields.
        owner: The owner of the action that is open.
    """
    why = ""
    for id in follow_up.to or follow_up.action.owner:
        if id == MANAGER:
            manager = rules.managers.get(name_key(owner))
            if manager is not None and name_key(manager) != name_key(owner):
                return Receiver(MANAGER, manager)
            if MANAGER not in rules.roles:
                why = f"; no manager of {owner or 'its owner'} is known"
        if (holder := _holder(id, rules, values)) is not None:
            return Receiver(id, holder, why)
    holders = [(id, _holder(id, rules, values)) for id in follow_up.action.owner]
    present = [(id, holder) for id, holder in holders if holder is not None]
    others = [each for each in present if name_key(each[1]) != name_key(owner)]
    if present:
        return Receiver(*(others or present)[0], why)
    return Receiver(follow_up.action.owner[0] if holders else None, None, why)


def _holder(id: str, rules: Rules, values: Mapping[str, Any]) -> str | None:
    """Return the person who holds a role for the account; None where it is not a role, or not filled."""
    role = rules.roles.get(id)
    return None if role is None else role.holder(values)
