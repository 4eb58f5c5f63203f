"""The state machine of a playbook as a graph: successors, reachability, loops and processing order."""

from __future__ import annotations

from ..playbook.model import ENROLLED, Machine


def successors(machine: Machine) -> dict[str, tuple[str, ...]]:
    """Return, for each state, the targets of its edges, in the order in which the edges are tried."""
    following: dict[str, list[str]] = {state.id: [] for state in machine.states}
    for edge in machine.edges:
        for source in edge.sources:
            if edge.target not in following[source]:
                following[source].append(edge.target)
    return {state: tuple(targets) for state, targets in following.items()}


def reachable(machine: Machine, start: str = ENROLLED) -> frozenset[str]:
    """Return the states that can be reached from `start`; `start` only where a loop leads back to it."""
    following = successors(machine)
    visited: set[str] = set()
    waiting = list(following.get(start, ()))
    while waiting:
        state = waiting.pop()
        if state not in visited:
            visited.add(state)
            waiting.extend(following.get(state, ()))
    return frozenset(visited)


def looping(machine: Machine) -> frozenset[str]:
    """Return the states that an enrolment can enter more than once."""
    return frozenset(s.id for s in machine.states if s.id in reachable(machine, s.id))


def working_order(machine: Machine) -> tuple[str, ...]:
    """Return the states in topological order; edges that close a loop lead backwards.

    Without loops, one pass over the states in this order takes every edge.
    """
    following = successors(machine)
    finished: list[str] = []
    visited: set[str] = set()

    def visit(state: str) -> None:
        visited.add(state)
        for target in following[state]:
            if target not in visited:
                visit(target)
        finished.append(state)

    for state in machine.states:
        if state.id not in visited:
            visit(state.id)
    return tuple(reversed(finished))
