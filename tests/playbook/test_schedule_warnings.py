"""Warnings about schedules: two fields of which one is enough, and gaps that are longer than `catch_up`."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import pytest
from support.one_account import DAY, MONDAY, row
from support.playbook_texts import codes, timeline, with_body
from support.workspaces import snapshot, workspace
from tenure.engine.calendar.schedule import due_dates, weekdays
from tenure.engine.machine.playbook_warnings import longest_gap
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

NOTICE = timeline("steps: [{id: notice, at: -30 days, do: [{email: {owner: csm, shift: none}}]}]")


def found(schedule: str, within: str, text: str = NOTICE) -> list[str]:
    text = text.replace('"0 6 * * *"', f'"{schedule}"').replace(
        "within: 7 days", f"within: {within}"
    )
    return codes(text)


@pytest.mark.parametrize("schedule", ["0 6 1-7 * 1", "0 6 1 * 1-5", "0 6 */2 * 1", "0 6 L * 5"])
def test_two_fields_of_which_one_is_enough(schedule: str) -> None:
    assert found(schedule, "31 days") == ["either-day"]


@pytest.mark.parametrize("schedule", ["0 6 1-7 * *", "0 6 * 1-6 1", "0 6 * * 1#1", "0 6 * * *"])
def test_one_field_is_clear(schedule: str) -> None:
    assert "either-day" not in found(schedule, "31 days")


@pytest.mark.parametrize(
    ("schedule", "within", "warned"),
    [
        ("0 6 * * 1", "5 days", True),
        ("0 6 * * 1", "6 days", False),
        ("0 6 * * 1,4", "2 days", True),
        ("0 6 * * 1,4", "3 days", False),
        ("0 6 1 * *", "29 days", True),
        ("0 6 1 * *", "30 days", False),
        ("0 6 * * 1#1", "33 days", True),
        ("0 6 * * 1#1", "34 days", False),
        ("0 6 * * 1-5", "0 days", False),
        ("0 6 * * *", "0 days", False),
    ],
)
def test_a_gap_longer_than_what_may_be_late(schedule: str, within: str, warned: bool) -> None:
    assert found(schedule, within) == (["catch-up-too-short"] if warned else [])


def test_only_contacts_that_are_skipped_count() -> None:
    assert found("0 6 * * 1", "2 days", NOTICE.replace("then: skip", "then: issue")) == []
    assert found("0 6 * * 1", "2 days", NOTICE.replace("email", "task")) == []
    assert found("0 6 * * 1", "2 days", NOTICE.replace("shift: none", "late: issue")) == []
    late = NOTICE.replace("then: skip", "then: issue").replace("shift: none", "late: skip")
    assert found("0 6 * * 1", "2 days", late) == ["catch-up-too-short"]


def test_what_is_due_on_the_day_it_is_evaluated_is_never_late() -> None:
    body = (
        "open: [{id: t, when: changed(csm)}]\nsteps: [{id: s, at: %s, do: [{email: {owner: csm}}]}]"
    )
    assert found("0 6 * * 1", "2 days", with_body("triggers", body % "0 days")) == []
    assert found("0 6 * * 1", "2 days", with_body("triggers", body % "3 days")) == [
        "catch-up-too-short"
    ]


@pytest.mark.parametrize(
    "field", ["*", "1", "1,4", "1-5", "0,7", "sun", "MON-wed,fri", "*/2", "1/3", "6-7", "2-6/2"]
)
def test_weekdays_are_those_on_which_it_fires(field: str) -> None:
    schedule = f"0 6 * * {field}"
    sunday = dt.date(2026, 3, 1)
    fires = {on.isoweekday() % 7 for on in due_dates(schedule, sunday - DAY, sunday + 6 * DAY)}
    assert weekdays(schedule) == fires
    dates = due_dates(schedule, sunday - DAY, sunday + 60 * DAY)
    assert longest_gap(schedule) == max((b - a).days for a, b in pairwise(dates))


def test_what_the_warning_says_is_what_a_run_does(tmp_path: Path) -> None:
    text = NOTICE.replace('"0 6 * * *"', '"0 6 * * 1"').replace("within: 7 days", "within: 5 days")
    text += "  outcomes: {over: {at: 10 days}}\n"
    root = workspace(tmp_path / "w", {"random": text})
    # Due on a Tuesday, and evaluated on the Monday after, six days late.
    snapshot(root, MONDAY, [row(renewal_date=MONDAY + 31 * DAY)])
    for n in (0, 7):
        run(load_project(root), MONDAY + n * DAY)
    [entry] = Reader(root / "store").ledger().iter_rows(named=True)
    assert (entry["status"], entry["late_days"]) == ("skipped", 6)


@pytest.mark.parametrize(
    ("at", "warned"), [("-40 days", True), ("-30 days", False), ("0 days", False)]
)
def test_an_outcome_before_the_last_step_is_a_warning(at: str, warned: bool) -> None:
    text = timeline(
        "steps: [{id: notice, at: -30 days, do: [{task: {owner: csm}}]}]\n"
        f"outcomes: {{closed: {{at: {at}}}}}"
    )
    assert codes(text) == (["outcome-too-early"] if warned else [])


def test_an_outcome_may_end_a_cycle_as_soon_as_the_last_step_is_reached() -> None:
    steps = "steps: [{id: notice, at: 30 days, do: [{task: {owner: csm}}]}]\n"
    assert codes(timeline(f"{steps}outcomes: {{closed: {{at: 0 days}}}}")) == []
