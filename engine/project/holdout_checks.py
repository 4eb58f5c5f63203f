"""Check that a holdout leaves out nothing that a customer has to know: grace periods and legal notices.

A step under `exempt` of the contact policy passes every cap, because its customer must hear of it, as in a grace
period. A playbook whose contacts are all `must_reach` consists of notices.
"""

from __future__ import annotations

from typing import NamedTuple

from ..core.problems import Problem
from ..playbook.model import Playbook
from ..workspace.settings import ContactPolicy


def may_hold_out(playbook: Playbook, policy: ContactPolicy) -> bool:
    """Return whether a playbook may have a holdout."""
    return _refusal(playbook, policy) is None


def check_holdout(playbook: Playbook, policy: ContactPolicy) -> list[Problem]:
    """Return the problem of a playbook with a holdout that must have none."""
    refusal = None if playbook.holdout is None else _refusal(playbook, policy)
    if refusal is None:
        return []
    node = playbook.document.node().get("holdout")
    return [
        Problem("holdout-refused", refusal.why, None if node is None else node.span, refusal.hint)
    ]


class _Refusal(NamedTuple):
    why: str
    hint: str


def _refusal(playbook: Playbook, policy: ContactPolicy) -> _Refusal | None:
    states = (state.id for state in playbook.machine.states)
    exempt = next((id for id in states if f"{playbook.id}/{id}" in policy.exempt), None)
    if exempt is not None:
        return _Refusal(
            f"no account can be held out here: `{playbook.id}/{exempt}` is under `exempt` of the contact policy, as "
            "its customers must hear of it",
            "move what a customer can do without to a playbook for it alone, with the holdout there",
        )
    contacts = [action for action in playbook.machine.actions() if action.customer]
    if contacts and all(action.must_reach for action in contacts):
        return _Refusal(
            f"no account can be held out here: every contact of `{playbook.id}` is `must_reach`",
            "leave `holdout` out: these are notices, which go out to every account",
        )
    return None
