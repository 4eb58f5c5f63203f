"""Lowering of `moved:` and of a step's `was:`.

`moved:` maps removed states to those that their accounts go to. `was:` names the step with whose actions those of a
renamed or split step go on.
"""

from __future__ import annotations

from ..text.suggest import suggest
from ..text.yaml_nodes import Node
from .lowering import Lowering, node_entries, node_text
from .model import Machine


def lower_moved(lowering: Lowering, node: Node | None, machine: Machine) -> dict[str, str]:
    """Return the map of old to new states, and check that only the new ones are in the machine.

    Accounts in a step that was renamed go with it.
    """
    known = {state.id for state in machine.states}
    moved: dict[str, str] = {}
    for step, first in lowering.first_steps.items():
        if first not in known:
            moved.setdefault(first, step)
    for entry in node_entries(node):
        old, new = entry.key, node_text(entry.value)
        moved[old] = new
        if new not in known:
            suggestion = suggest(new, known)
            lowering.problems.report(
                "unknown-state",
                f"there is no step or state called `{new}` for accounts to go to",
                entry.value.span,
                f"did you mean `{suggestion}`?"
                if suggestion
                else f"known: {', '.join(sorted(known))}",
            )
        if old in known:
            lowering.problems.report(
                "moved-still-there",
                f"`{old}` is still there, so no account has to leave it",
                entry.key_span,
                f"take this line out, or take `{old}` out of the playbook",
            )
    return moved


def check_first_steps(lowering: Lowering, machine: Machine) -> None:
    """Report actions that `was:` makes one with an action of another step."""
    first = lowering.first_steps
    steps: dict[tuple[str, str], str] = {}
    for action in machine.actions():
        step = steps.setdefault((first.get(action.step, action.step), action.id), action.step)
        if step != action.step:
            lowering.problems.report(
                "repeated-id",
                f"`was` makes the action `{action.id}` of `{action.step}` one with that of `{step}`",
                action.span,
                f"give one of them another id, such as `id: {action.id}_2`",
            )
