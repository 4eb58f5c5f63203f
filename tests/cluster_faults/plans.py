"""Trials drawn from their numbers: who evaluates which accounts, where the store is, and what goes wrong when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from support.profiles import RELAXED

IN_TASKS = ("executor killed", "task twice", "task late")
OF_DATABASE = ("database gone", "database stalls")
OF_STORAGE = ("storage fails", "storage slow")
DRIVER_KILLED = "driver killed"

POINTS = (
    "before the transaction",
    "ledger entered",
    "manifest entered",
    "before COMMIT",
    "before COMMIT",
    "after COMMIT",
    "done",
)
"""Points of the driver's commit, by their names."""


@dataclass(frozen=True)
class Fault:
    """A fault and its moment.

    Attributes:
        kind: One of those above.
        task: The number of the task in which it comes; -1 is the driver.
        point: The name of a point of the driver; "" is any.
        nth: The how-manieth such point, or in a task any point; a task that has fewer meets it at its end.
        strength: How long, or how often of three.
    """

    kind: str
    task: int
    point: str
    nth: int
    strength: float


@dataclass(frozen=True)
class Plan:
    """A trial. `size` is the number of accounts of a part."""

    number: int
    executor: str
    place: str
    book: str
    parts: int
    faults: tuple[Fault, ...]


def plan(number: int, executors: tuple[str, ...]) -> Plan:
    """Return the trial of this number."""
    chance = Random(f"cluster {number}")
    executor = chance.choice(executors)
    place = chance.choice(("sqlite", "folder", "bucket", "bucket"))
    parts = chance.choice((1, 7, 7, 20))
    kinds = [DRIVER_KILLED]
    if executor != "local":
        kinds += IN_TASKS
    if place != "sqlite":
        kinds += OF_DATABASE
    if place == "bucket":
        kinds += OF_STORAGE
    drawn = chance.sample(kinds, min(len(kinds), chance.choice((1, 1, 2))))
    faults = tuple(_fault(chance, kind, executor, parts) for kind in sorted(drawn))
    return Plan(number, executor, place, chance.choice(("random", "small")), parts, faults)


def _fault(chance: Random, kind: str, executor: str, parts: int) -> Fault:
    strength = chance.choice((0.3, 1.0, 2.5))
    in_task = kind in IN_TASKS or (executor != "local" and chance.random() < 0.5)
    if in_task:
        return Fault(kind, chance.randrange(parts), "", chance.randint(1, 6), strength)
    if chance.random() < 0.7:
        return Fault(kind, -1, chance.choice(POINTS), 1, strength)
    return Fault(kind, -1, "", chance.randint(1, 12), strength)


def drawn(strategy: st.SearchStrategy[Any], number: int) -> Any:
    """Return what a strategy gives for this number; not its simplest example."""
    found = []

    @seed(number)
    @settings(RELAXED, max_examples=5, database=None, phases=[Phase.generate])
    @given(strategy)
    def keep(value: Any) -> None:
        found.append(value)

    run: Callable[[], None] = keep
    run()
    return found[-1]


def plans(numbers: range, executors: tuple[str, ...]) -> Iterator[Plan]:
    """Yield the trials of these numbers."""
    for number in numbers:
        yield plan(number, executors)
