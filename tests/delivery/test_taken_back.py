"""Nothing arrives, on any channel, that is not open any more when it would be sent."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.deliveries import DAY, TestClock, deliver_day, run_day
from support.every_channel import (
    PER_ACTION,
    Servers,
    record_outcomes,
    revise,
    serving_every_channel,
)

OUTCOMES = {"a3": "done", "a4": "dismissed", "a5": "snoozed"}
STATUSES = {"a6": "superseded", "a7": "withdrawn", "a8": "withheld"}
OPEN = {"a1", "a2"}
ACCOUNTS = len(OPEN) + len(OUTCOMES) + len(STATUSES)
EARLY = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
LATE = dt.datetime(2026, 3, 2, 11, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with serving_every_channel(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@pytest.fixture
def servers(running: Servers, monkeypatch: pytest.MonkeyPatch) -> Servers:
    for name, value in running.environment().items():
        monkeypatch.setenv(name, value)
    running.forget()
    return running


def take_back(project: Any) -> None:
    snoozed = {account: each for account, each in OUTCOMES.items() if each == "snoozed"}
    finished = {account: each for account, each in OUTCOMES.items() if each != "snoozed"}
    record_outcomes(project, finished)
    record_outcomes(project, snoozed, until=DAY + dt.timedelta(days=9))
    revise(project, STATUSES)


def test_what_is_taken_back_after_the_run_never_arrives(tmp_path: Path, servers: Servers) -> None:
    root = servers.lay_out(tmp_path / "w", ACCOUNTS)
    project = run_day(root)
    take_back(project)
    report = deliver_day(root)
    assert (report.failed, report.waiting) == (0, 0)
    for channel, found in servers.arrived(root).items():
        assert found == Counter(OPEN), channel


def test_what_is_taken_back_while_it_waits_does_not_arrive(
    tmp_path: Path, servers: Servers
) -> None:
    root = servers.lay_out(tmp_path / "w", ACCOUNTS, hours="10:00-18:00")
    project = run_day(root)
    report = deliver_day(root, TestClock(EARLY))
    assert report.waiting == len(PER_ACTION) * ACCOUNTS + 2
    assert not any(servers.arrived(root).values())
    take_back(project)
    report = deliver_day(root, TestClock(LATE))
    assert (report.failed, report.waiting) == (0, 0)
    for channel, found in servers.arrived(root).items():
        assert found == Counter(OPEN), channel


def test_what_is_taken_back_after_it_arrived_does_not_arrive_again_until_it_is_reopened(
    tmp_path: Path, servers: Servers
) -> None:
    root = servers.lay_out(tmp_path / "w", ACCOUNTS)
    project = run_day(root)
    deliver_day(root)
    everyone = {f"a{number}" for number in range(1, ACCOUNTS + 1)}
    before = servers.arrived(root)
    for channel, found in before.items():
        assert found == Counter(everyone), channel
    take_back(project)
    report = deliver_day(root)
    assert (report.failed, report.waiting) == (0, 0)
    # What is in a calendar can be taken out of it, and nothing is ever sent a second time.
    assert servers.arrived(root) == before | {"calendar": Counter(OPEN)}
    record_outcomes(project, dict.fromkeys(OUTCOMES, "reopened"))
    deliver_day(root)
    assert servers.arrived(root) == before | {"calendar": Counter(OPEN | set(OUTCOMES))}
