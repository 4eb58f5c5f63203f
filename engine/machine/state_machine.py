"""The state machine of a playbook as a `transitions` machine, for the reference executor and the graph.

`transitions` resolves callbacks given as text to importable names, so no text of a playbook may reach it as one.
Guards and actions are therefore not passed to it, and each edge is a trigger named `edge_` and its index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..playbook.model import ENROLLED, Machine

if TYPE_CHECKING:
    import transitions


@dataclass(slots=True)
class AccountModel:
    """A `transitions` model of one account: its state only."""

    state: str


def build_machine(machine: Machine) -> transitions.Machine:
    """Build one machine, shared by all account models, without automatic transitions."""
    from transitions import Machine as Transitions

    built = Transitions(
        model=None,
        states=[state.id for state in machine.states],
        initial=ENROLLED,
        auto_transitions=False,
    )
    for index, edge in enumerate(machine.edges):
        built.add_transition(trigger_name(index), list(edge.sources), edge.target)
    return built


def trigger_name(index: int) -> str:
    """Return the trigger name of the edge at this index of the machine's edges."""
    return f"edge_{index}"


def take_edge(built: transitions.Machine, model: AccountModel, index: int) -> None:
    """Move an account model along an edge.

    Raises:
        transitions.MachineError: Where the edge does not leave the model's state.
    """
    built.events[trigger_name(index)].trigger(model)
