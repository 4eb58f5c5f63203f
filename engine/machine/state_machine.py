"""The machine as `transitions` knows it: what the reference executor steps and what the graph is drawn from.

`transitions` resolves callbacks given as text to importable names, so no text from a playbook reaches it as one:
guards and actions stay with us, and each edge is a trigger called `edge_` and its number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..playbook.model import ENROLLED, Machine

if TYPE_CHECKING:
    import transitions


@dataclass(slots=True)
class AccountModel:
    """The light model that stands for one account: nothing but its state."""

    state: str


def build_machine(machine: Machine) -> transitions.Machine:
    """One machine shared by all walkers, without automatic transitions."""
    from transitions import Machine as Transitions

    built = Transitions(
        model=None,
        states=[state.id for state in machine.states],
        initial=ENROLLED,
        auto_transitions=False,
    )
    for number, edge in enumerate(machine.edges):
        built.add_transition(trigger_name(number), list(edge.sources), edge.target)
    return built


def trigger_name(number: int) -> str:
    """The trigger of the edge that stands at this place in the machine's edges."""
    return f"edge_{number}"


def take_edge(built: transitions.Machine, walker: AccountModel, number: int) -> None:
    """Takes an edge; raises `transitions.MachineError` where it does not leave the walker's state."""
    built.events[trigger_name(number)].trigger(walker)
