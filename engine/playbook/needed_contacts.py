"""Contacts that other actions need: `needs: invitation` on a step or an action, checked and resolved.

A need names a step, or else an action, of the same playbook that reaches the customer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.dependencies import cycle_through
from ..core.problems import Span
from ..text.suggest import suggest
from .model import Action, Machine

if TYPE_CHECKING:
    from .lowering import Lowering

ContactKey = tuple[str, str]
"""Step and id of an action."""


def needed_contacts(machine: Machine, action: Action) -> tuple[ContactKey, ...]:
    """Return the contacts of which an action needs one; none where it needs nothing."""
    if action.needs is None:
        return ()
    steps = {state.id for state in machine.states}
    named = action.needs.id
    return tuple(
        dict.fromkeys(
            (other.step, other.id)
            for other in machine.actions()
            if other.customer and named == (other.step if named in steps else other.id)
        )
    )


def check_needs(lowering: Lowering, machine: Machine) -> None:
    """Add a problem for each need that names nothing, or no contact, or leads in a circle."""
    by_key = {f"{action.step}/{action.id}": action for action in machine.actions()}
    for key, action in by_key.items():
        if action.needs is None:
            continue
        if not needed_contacts(machine, action):
            lowering.problems.report("unknown-need", *_no_contact(machine, action))
            continue
        circle = cycle_through(
            lambda key: {"/".join(each) for each in needed_contacts(machine, by_key[key])}, key
        )
        if circle:
            lowering.problems.report(
                "unknown-need",
                f"what `{key}` needs leads back to it: {' needs '.join(circle)}",
                action.needs.span,
                "remove one of these needs",
            )


def _no_contact(machine: Machine, action: Action) -> tuple[str, Span, str]:
    """Return message, place and hint for a need that no contact of the playbook meets."""
    if action.needs is None:
        raise AssertionError("the action must need something")
    named = action.needs.id
    contacts = {
        name for each in machine.actions() if each.customer for name in (each.step, each.id)
    }
    known = {name for each in machine.actions() for name in (each.step, each.id)}
    known |= {state.id for state in machine.states}
    if named in known:
        message = f"`{named}` issues nothing that reaches the customer"
    else:
        message = f"there is no step or action called `{named}` in this playbook"
    near = suggest(named, contacts)
    hint = f"did you mean `{near}`?" if near else f"known: {', '.join(sorted(contacts)) or 'none'}"
    return message, action.needs.span, hint
