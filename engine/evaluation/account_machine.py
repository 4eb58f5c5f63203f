"""Machine of one playbook as one account walks through it: its edges by state, its loops, and what its conditions ask.

All of it follows from the playbook alone, so it is computed once for all accounts and dates.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING

from ..language.expressions import Expression
from ..language.traversal import events
from ..machine.dates import first_moment, followed_field, last_moment, moments_into
from ..machine.state_machine import AccountModel, build_machine, take_edge
from ..machine.topology import looping
from ..playbook.model import DueOffset, Edge, Playbook

if TYPE_CHECKING:
    import transitions

_MOST = 64
"""Machines that stay in memory."""
_BUILT: OrderedDict[int, AccountMachine] = OrderedDict()


def account_machine(playbook: Playbook) -> AccountMachine:
    """Return the machine of a playbook; the same one each time, while it is used."""
    found = _BUILT.get(id(playbook))
    if found is None or found.playbook is not playbook:
        found = _BUILT[id(playbook)] = AccountMachine(playbook)
        if len(_BUILT) > _MOST:
            _BUILT.popitem(last=False)
    return found


class AccountMachine:
    """The machine of one playbook, prepared for stepping accounts one by one."""

    def __init__(self, playbook: Playbook) -> None:
        """Prepare a playbook's machine; what is not used is not computed."""
        self.playbook = playbook
        self._edges: dict[tuple[str, bool], tuple[Edge, ...]] = {}
        self._events: dict[int, tuple[tuple[Expression, frozenset[str]], ...]] = {}
        self._moments: dict[str, tuple[DueOffset, ...]] = {}

    @cached_property
    def loops(self) -> frozenset[str]:
        """Return the states that an enrolment can enter more than once."""
        return looping(self.playbook.machine)

    @cached_property
    def final(self) -> frozenset[str]:
        """Return the states that end an enrolment."""
        return frozenset(state.id for state in self.playbook.machine.states if state.final)

    @cached_property
    def running(self) -> frozenset[str]:
        """Return the states that do not."""
        return frozenset(state.id for state in self.playbook.machine.states) - self.final

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Return the positions of the states, by which their actions are ranked."""
        return {state.id: index for index, state in enumerate(self.playbook.machine.states)}

    @cached_property
    def by_year(self) -> bool:
        """Return whether its cycles are anniversaries, named by their number."""
        return any(rule.cycle == "year" for rule in self.playbook.machine.enrolment_rules)

    @cached_property
    def followed(self) -> str | None:
        """Return the field that the anchor is; None where there is none, or it is computed."""
        return followed_field(self.playbook.machine)

    @cached_property
    def first(self) -> DueOffset | None:
        """Return the first date of a cycle's window to open; None where it opens at any time."""
        return first_moment(self.playbook.machine)

    @cached_property
    def last(self) -> DueOffset | None:
        """Return the last of a cycle's dates; None where it has none, or is for life."""
        return last_moment(self.playbook.machine)

    @cached_property
    def _built(self) -> transitions.Machine:
        return build_machine(self.playbook.machine)

    @cached_property
    def _index(self) -> dict[int, int]:
        return {id(edge): index for index, edge in enumerate(self.playbook.machine.edges)}

    def edges(self, state: str, *, ending: bool) -> tuple[Edge, ...]:
        """Return the edges that leave a state, in the order in which they are tried."""
        key = state, ending
        if key not in self._edges:
            self._edges[key] = tuple(
                edge
                for edge in self.playbook.machine.edges
                if edge.ending is ending and state in edge.sources
            )
        return self._edges[key]

    def events(self, guard: Expression) -> tuple[tuple[Expression, frozenset[str]], ...]:
        """Return the comparisons of one of its conditions with previous values, and the fields compared."""
        if id(guard) not in self._events:
            self._events[id(guard)] = tuple(events(guard))
        return self._events[id(guard)]

    def moments_into(self, state: str) -> tuple[DueOffset, ...]:
        """Return the dates, counted from the anchor, on which edges lead to a state."""
        if state not in self._moments:
            self._moments[state] = moments_into(self.playbook.machine, state)
        return self._moments[state]

    def step(self, state: str, edge: Edge) -> str:
        """Return the state to which an edge leads from another one, by the `transitions` machine.

        Raises:
            transitions.MachineError: The edge does not leave the state.
        """
        walker = AccountModel(state)
        take_edge(self._built, walker, self._index[id(edge)])
        return walker.state
