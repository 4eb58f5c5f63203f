"""What a suppression of the contact policy may look at, and what quiet days do to what comes up on one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from support.one_account import DAY, GRACE, HEALTH, MONDAY, row, text, told
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.core.problems import Problems
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader


def test_a_suppression_may_count_the_days(tmp_path: Path) -> None:
    settings = SETTINGS.replace(
        "status == 'lapsed'",
        "days_until(renewal_date) < 3 and snapshot_date >= renewal_date - 9 days",
    )
    root = workspace(tmp_path / "w", {"p": text(GRACE)}, settings)
    snapshot(root, MONDAY, [row(renewal_date=MONDAY)])
    run(load_project(root), MONDAY)
    assert told(root) == ["2026-03-02 grace.email.1 1 postponed"]


def test_a_suppression_may_not_look_back(tmp_path: Path) -> None:
    settings = SETTINGS.replace("status == 'lapsed'", "changed(csm)")
    root = workspace(tmp_path / "w", {"p": text(GRACE)}, settings)
    snapshot(root, MONDAY, [row(renewal_date=MONDAY)])
    with pytest.raises(Problems):
        run(load_project(root), MONDAY)


def test_what_comes_up_on_a_quiet_day_waits_for_its_end(tmp_path: Path) -> None:
    quiet = SETTINGS + "  quiet: [{from: 2026-03-09, to: 2026-03-13}]\n"
    root = workspace(tmp_path / "w", {"p": text(HEALTH)}, quiet)
    snapshot(root, MONDAY, [row(health_score=80)])
    run(load_project(root), MONDAY)
    snapshot(root, MONDAY + 8 * DAY, [row(health_score=60)])
    run(load_project(root), MONDAY + 8 * DAY)
    on = Reader(root / "store").ledger()["contact_on"][0]
    assert not dt.date(2026, 3, 9) <= on <= dt.date(2026, 3, 13)


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        # The step comes on Sunday the 15th: Friday was before anybody could know of it.
        ("0 days", "2026-03-16"),
        # What is due a week before, on Sunday the 8th, was never to wait for the step.
        ("-7 days", "2026-03-06"),
    ],
)
def test_only_what_could_not_be_known_before_shifts_later(
    tmp_path: Path, due: str, expected: str
) -> None:
    body = f"""\
timeline:
  anchor: renewal_date
  steps:
    - {{id: notice, at: -30 days, do: [{{email: {{owner: csm, due: {due}, shift: earlier}}}}]}}
  outcomes: {{over: {{at: 30 days}}}}
"""
    root = workspace(tmp_path / "w", {"p": text(body, within="30 days")})
    sunday = dt.date(2026, 3, 15)
    snapshot(root, MONDAY, [row(renewal_date=sunday + 30 * DAY)])
    run(load_project(root), MONDAY)
    run(load_project(root), sunday)
    assert told(root) == [f"{expected} notice.email.1 1 issued"]
