"""Lowering of `moved:`, which maps removed or renamed states to the states that their accounts go to."""

from __future__ import annotations

from ..text.suggest import suggest
from ..text.yaml_nodes import Node
from .lowering import Lowering, node_entries, node_text
from .model import Machine


def lower_moved(lowering: Lowering, node: Node | None, machine: Machine) -> dict[str, str]:
    """Return the map of old to new states, and check that only the new ones are in the machine."""
    known = {state.id for state in machine.states}
    moved = {}
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
