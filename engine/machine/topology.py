"""The machine as a graph: what can be reached from where, and in which order states are worked through."""

from __future__ import annotations

from ..playbook.model import ENROLLED, Machine


def successors(machine: Machine) -> dict[str, tuple[str, ...]]:
    """For each state, the states its edges lead to, in the order they are tried."""
    following: dict[str, list[str]] = {state.id: [] for state in machine.states}
    for edge in machine.edges:
        for source in edge.sources:
            if edge.target not in following[source]:
                following[source].append(edge.target)
    return {state: tuple(targets) for state, targets in following.items()}


def reachable(machine: Machine, start: str = ENROLLED) -> frozenset[str]:
    """The states that can be reached from `start`; itself only where a loop leads back to it."""
    following = successors(machine)
    seen: set[str] = set()
    waiting = list(following.get(start, ()))
    while waiting:
        state = waiting.pop()
        if state not in seen:
            seen.add(state)
            waiting.extend(following.get(state, ()))
    return frozenset(seen)


def looping(machine: Machine) -> frozenset[str]:
    """The states that an enrolment can enter more than once."""
    return frozenset(s.id for s in machine.states if s.id in reachable(machine, s.id))


def working_order(machine: Machine) -> tuple[str, ...]:
    """States so that every edge leads forward, where there are no loops: one sweep then moves all."""
    following = successors(machine)
    done: list[str] = []
    seen: set[str] = set()

    def visit(state: str) -> None:
        seen.add(state)
        for target in following[state]:
            if target not in seen:
                visit(target)
        done.append(state)

    for state in machine.states:
        if state.id not in seen:
            visit(state.id)
    return tuple(reversed(done))
