"""Settings of all tests: the profile of the property tests, the date that stands in for today, and child processes."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from support import once, profiles
from tenure.engine.store import connection

if TYPE_CHECKING:
    from support.store_servers import StoreServers

TESTS = Path(__file__).parent
SYNCED = ("faults", "store")
"""The folders whose tests wait until what they write is on the disk."""
LONGEST = (
    *("delivery/test_kills.py", "programme/test_programme.py", "programme/test_scenarios.py"),
    *("scenarios/messy/test_messy_year.py", "scenarios/messy/test_people_year.py"),
    *("store/test_crash.py", "store/test_servers.py", "programme/test_ravenstack.py"),
    *("evaluation/test_wrong_dates.py", "api/test_api.py", "foresight/test_simulate.py"),
    *("docs/test_docs.py", "runs/test_moves_by_hand.py", "evaluation/test_candidates.py"),
    *("cli/test_cli.py", "evaluation/test_asked_actions.py", "evaluation/test_doubt.py"),
    *("metrics/test_cohorts.py", "evaluation/test_contact_plan.py", "foresight/test_diff.py"),
    *("sources/test_queries_sandbox.py", "evaluation/test_last_known.py", "runs/test_executors.py"),
    *("cli/test_endings.py", "evaluation/test_last_known_lives.py", "lints/test_data_lints.py"),
    *("runs/test_runs.py", "runs/test_renamed_playbooks.py", "importing/test_import.py"),
    *(
        "runs/test_disabled_playbooks.py",
        "runs/test_edited_steps.py",
        "documents/test_portfolio.py",
    ),
)
"""The files that take longest, the longest first."""

GARBAGE = (20_000, 20, 50)
"""How often garbage is looked for: less often than usual.

What is done once in a process stays, and to look through all of it again and again takes a tenth of the time.
"""

IN_MEMORY = Path("/dev/shm")
ROOM = 2**30
"""Bytes that all tests together need at most, for each of the processes that run them."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Use a process more than there are processors, as tests wait for processes and servers that they start.

    Not in CI, where the slow tests use all processors by themselves.
    """
    return (os.cpu_count() or 1) + (profiles.chosen() == "quick")


def work_in_memory() -> None:
    """Let the tests write where no disk is waited for, if there is such a place, it is large, and none is named.

    To replace a file, as each commit does, takes a disk a hundred times as long.
    """
    if "TMPDIR" in os.environ or not os.access(IN_MEMORY, os.W_OK):
        return
    if shutil.disk_usage(IN_MEMORY).free > ROOM * pytest_xdist_auto_num_workers():
        os.environ["TMPDIR"] = str(IN_MEMORY)
        tempfile.tempdir = None


work_in_memory()

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
    """Do once in a process what most tests would repeat."""
    once.install()


def _no_fsync(handle: int) -> None:
    del handle


@contextmanager
def unsynced() -> Iterator[None]:
    """Let the store commit without syncing, in this process."""
    # A mock would remember each of the calls.
    with (
        mock.patch.object(os, "fsync", _no_fsync),
        mock.patch.object(connection, "SYNCHRONOUS", "OFF"),
    ):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Look for no garbage among the tests and modules that are collected: all of them stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process works through one alone in the end.

    A process that works through all of them keeps the order that was asked for.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    rank = {TESTS / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.fixture(scope="module")
def servers() -> Iterator[StoreServers]:
    """Servers on which stores of several machines can be."""
    from support.store_servers import store_servers

    with store_servers() as started:
        yield started


@pytest.fixture(scope="module")
def clusters(servers: StoreServers) -> Iterator[Callable[[str], str]]:
    """Clusters whose workers have the environment of the servers."""
    from support.clusters import clusters_on_demand

    with clusters_on_demand() as start:
        yield start
