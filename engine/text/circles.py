"""Things that need each other: in which order to take them, and whether any needs itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Needs = Callable[[str], Iterable[str]]
"""What a thing directly needs."""


def in_order(needs: Needs, wanted: Iterable[str]) -> list[str]:
    """The wanted things and all they need, each after what it needs, else by name; there are no circles."""
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in order:
            return
        for need in sorted(needs(name)):
            visit(need)
        order[name] = None

    for name in sorted(wanted):
        visit(name)
    return list(order)


def way_back(needs: Needs, name: str) -> list[str]:
    """The way from a thing back to itself over what it needs, both ends in; empty if there is none."""
    stack = [[name]]
    seen: set[str] = set()
    while stack:
        path = stack.pop()
        for need in sorted(needs(path[-1])):
            if need == name:
                return [*path, name]
            if need not in seen:
                seen.add(need)
                stack.append([*path, need])
    return []
