"""Settings of all tests: the profile of the property tests, the date that stands in for today, and child processes."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from support import profiles
from tenure.engine.core.problems import Problem
from tenure.engine.fields.catalogue import FieldSpec
from tenure.engine.playbook import playbook_loader
from tenure.engine.playbook.lowering import Symbols
from tenure.engine.playbook.model import Playbook
from tenure.engine.project import loading
from tenure.engine.store import connection
from tenure.engine.text.yaml_nodes import Node
from tenure.engine.workspace import settings_loader

TESTS = Path(__file__).parent
SYNCED = ("faults", "store")
"""The folders whose tests wait until what they write is on the disk."""

# The command line refuses to run for dates to come; the tests' dates must not depend on when they are tried.
os.environ["TENURE_TODAY"] = "2028-12-31"

# Tests are small and run side by side: more threads only get into each other's way.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

# A process that a test starts finds `support` as the test does.
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(Path(__file__).parent), os.getenv("PYTHONPATH")])
)

profiles.load()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Don't wait for the disk in tests that are not about it: what is written is the same."""
    if item.path.relative_to(TESTS).parts[0] in SYNCED:
        return (yield)
    with unsynced():
        return (yield)


def pytest_configure() -> None:
    """Parse each text once in a process: most tests load the same few workspaces, and parsing YAML takes longest."""
    parsed = lru_cache(maxsize=500)(loading.read_yaml)

    def read_yaml(text: str, file: str) -> tuple[Node | None, list[Problem]]:
        node, problems = parsed(text, file)
        return node, problems[:]

    for module in (loading, playbook_loader, settings_loader):
        module.read_yaml = read_yaml
    loading.checked_playbook = checked_once(loading.checked_playbook)
    loading.one_outcome = warned_once(loading.one_outcome)


Checked = tuple[Playbook | None, list[Problem]]


def checked_once(
    check: Callable[[str, str, Symbols], Checked],
) -> Callable[[str, str, Symbols], Checked]:
    """Return a check of playbooks that checks each text once in a process, for each set of names around it."""

    @lru_cache(maxsize=200)
    def remembered(text: str, file: str, symbols: bytes) -> Checked:
        return check(text, file, pickle.loads(symbols))

    def checked_playbook(text: str, file: str, around: Symbols) -> Checked:
        playbook, problems = remembered(text, file, pickle.dumps(around))
        return playbook, problems[:]

    return checked_playbook


Fields = Mapping[str, FieldSpec]
Warned = Callable[[Any, str, Fields], list[Problem]]


def warned_once(warn: Warned) -> Warned:
    """Return a check of conditions that checks the parts of each playbook once, for each catalogue."""
    done: dict[tuple[Any, ...], tuple[Any, Fields, list[Problem]]] = {}

    def one_outcome(value: Any, file: str, fields: Fields) -> list[Problem]:
        if not isinstance(value, tuple):
            return warn(value, file, fields)
        # The parts are kept, so that no others get their ids.
        key = (file, *map(id, value))
        if key not in done or done[key][1] != fields:
            done[key] = (value, fields, warn(value, file, fields))
        return done[key][2][:]

    return one_outcome


@contextmanager
def unsynced() -> Iterator[None]:
    """Let the store commit without syncing, in this process."""
    with (
        mock.patch.object(os, "fsync"),
        mock.patch.object(connection, "SYNCHRONOUS", "OFF"),
    ):
        yield


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process works through one alone in the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
