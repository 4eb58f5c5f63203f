"""The state machine of a playbook as a `transitions` machine, for the reference executor and the graph.

`transitions` resolves callbacks given as text to importable names, so no text of a playbook may reach it as one.
Guards and actions are therefore not passed to it, and each edge is a trigger named `edge_` and its index.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ..playbook.model import ENROLLED, Edge, Machine
from .topology import looping

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


class MachineIndex:
    """A machine with what stepping an account looks up again and again, each computed once."""

    def __init__(self, machine: Machine) -> None:
        """Take the machine."""
        self.machine = machine
        self._edges: dict[tuple[str, bool], list[Edge]] = {}
        self._numbers = {id(edge): number for number, edge in enumerate(machine.edges)}

    @cached_property
    def built(self) -> transitions.Machine:
        """Return the machine of `transitions`."""
        return build_machine(self.machine)

    @cached_property
    def loops(self) -> frozenset[str]:
        """Return the states that an enrolment can enter more than once."""
        return looping(self.machine)

    def number(self, edge: Edge) -> int:
        """Return the position of one of the machine's edges."""
        return self._numbers[id(edge)]

    def edges(self, state: str, *, ending: bool) -> list[Edge]:
        """Return the edges that leave a state, in the order in which they are tried."""
        key = (state, ending)
        if key not in self._edges:
            self._edges[key] = [
                edge
                for edge in self.machine.edges
                if edge.ending is ending and state in edge.sources
            ]
        return self._edges[key]
