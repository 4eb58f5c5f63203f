"""A plugin of pytest that records which test reaches which line, for `reach`: one file a process.

What a fixture of a module does is recorded for all tests of its file. Parameters are left out: their ids may change.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

FOLDER = "TENURE_REACH"
"""Environment variable: where the recordings go."""
SOURCES = "TENURE_REACH_SOURCES"
"""Environment variable: the folders whose lines are recorded, as a path list."""

_coverage = coverage.Coverage(
    data_file=None, config_file=False, source=os.environ[SOURCES].split(os.pathsep), messages=False
)
# Tests that reach nothing of the sources are no mistake.
_coverage.set_option("run:disable_warnings", ["no-data-collected"])
_took: dict[str, float] = defaultdict(float)
_failed: set[str] = set()
_properties: set[str] = set()


def test_of(nodeid: str) -> str:
    """Return a test without its parameters."""
    return nodeid.partition("[")[0]


def pytest_configure() -> None:
    """Begin."""
    _coverage.start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Record for one test, and count its seconds of processor, with those of its child processes."""
    test, before = test_of(item.nodeid), sum(os.times()[:4])
    if item.get_closest_marker("hypothesis"):
        _properties.add(test)
    _coverage.switch_context(test)
    try:
        return (yield)
    finally:
        _coverage.switch_context("")
        _took[test] += sum(os.times()[:4]) - before


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Iterator[None]:
    """Record for all tests of a file what is made once for them."""
    if fixturedef.scope == "function":
        return (yield)
    _coverage.switch_context(request.node.nodeid)
    try:
        return (yield)
    finally:
        # The test that needs it goes on.
        _coverage.switch_context(test_of(os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Hold which tests fail."""
    if report.failed:
        _failed.add(test_of(report.nodeid))


def pytest_sessionfinish() -> None:
    """Write what was found, while a process of several is still waited for."""
    _coverage.stop()
    data = _coverage.get_data()
    lines = {file: data.contexts_by_lineno(file) for file in data.measured_files()}
    found = {
        "took": _took,
        "failed": sorted(_failed),
        "properties": sorted(_properties),
        "lines": lines,
    }
    (Path(os.environ[FOLDER]) / f"{os.getpid()}.json").write_text(json.dumps(found))
