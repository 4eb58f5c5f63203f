"""Order things by what they need, and find circles among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from graphlib import TopologicalSorter

Needs = Callable[[str], Iterable[str]]
"""A function that returns the direct needs of a thing."""


def dependency_order(needs: Needs, wanted: Iterable[str]) -> list[str]:
    """Return the wanted things and all they need, each after what it needs, otherwise by name.

    Raises:
        graphlib.CycleError: Where things need each other; see `cycle_through`.
    """
    sorter = TopologicalSorter(_graph(needs, wanted))
    sorter.prepare()
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return order


def cycle_through(needs: Needs, name: str) -> list[str]:
    """Return a shortest circle that leads from a thing back to itself, both ends included; empty if there is none."""
    paths = [[name]]
    seen: set[str] = set()
    for path in paths:
        for need in sorted(needs(path[-1])):
            if need == name:
                return [*path, name]
            if need not in seen:
                seen.add(need)
                paths.append([*path, need])
    return []


def _graph(needs: Needs, wanted: Iterable[str]) -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in graph:
            graph[name] = set(needs(name))
            waiting += graph[name]
    return graph
