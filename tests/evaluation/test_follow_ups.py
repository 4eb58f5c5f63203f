"""Open actions that are issued again and escalated: when, how often, and what stops them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.one_account import DAY, MONDAY, row, text
from support.playbook_texts import codes
from support.what_people_did import action_id, record
from support.workspaces import snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

TASK = """\
timeline:
  anchor: renewal_date
  steps:
    - id: s
      at: 0 days
      do:
        - task:
            owner: csm
            title: {en: Ask, fr: Demander}
            again: {after: 2 days, at_most: 2}
            escalate: {after: 3 business days, to: operations}
    - {id: next, at: 1 day}
  outcomes:
    renewed: {when: vip}
    over: {at: 20 days}
"""
FIRST = (0, "task", "1")
AGAIN = (2, "task", "1+2")
AND_AGAIN = (4, "task", "1+3")
ESCALATED = (3, "task_escalated", "1")
LATER = (4, "task_escalated", "1")
TABLE = {
    "nothing": ([], [FIRST, AGAIN, ESCALATED, AND_AGAIN]),
    "done at once": ([(1, "done")], [FIRST]),
    "done on the day of the escalation": ([(3, "done")], [FIRST, AGAIN]),
    "dismissed": ([(2, "dismissed")], [FIRST]),
    "snoozed until the fifth day": ([(1, "snoozed")], [FIRST, AND_AGAIN, LATER]),
    "reopened": ([(2, "done"), (4, "reopened")], [FIRST, AND_AGAIN, LATER]),
}
"""By name: what was recorded on which day after the first, and what is due on which day: action and occurrence."""


def lived(root: Path, body: str, recorded: list[tuple[int, str]], days: int = 9) -> Path:
    """Run day by day; the account is in the playbook from the first day on."""
    workspace(root, {"p": text(body, id="p")})
    snapshot(root, MONDAY, [row(renewal_date=MONDAY)])
    for n in range(days):
        on = MONDAY + n * DAY
        for day, outcome in recorded:
            if day == n:
                record(root, action_id(root, "s", "task"), outcome, on, until=MONDAY + 4 * DAY)
        run(load_project(root), on)
    return root


def issued(root: Path) -> list[tuple[int, str, str]]:
    """What was issued: day after the first, action and occurrence."""
    rows = Reader(root / "store").ledger(statuses=["issued"], history=True).to_dicts()
    found = [((r["due_on"] - MONDAY).days, r["action"], r["occurrence"]) for r in rows]
    return sorted(found)


@pytest.mark.parametrize("name", TABLE)
def test_what_is_open_is_issued_again_and_escalated(tmp_path: Path, name: str) -> None:
    recorded, expected = TABLE[name]
    root = lived(tmp_path / "w", TASK, recorded)
    assert issued(root) == sorted(expected)


def test_a_reminder_that_is_done_ends_it_too(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", TASK, [], 3)
    record(root, action_id(root, "s", "task", "1+2"), "done", MONDAY + 3 * DAY)
    for n in range(3, 9):
        run(load_project(root), MONDAY + n * DAY)
    assert issued(root) == [FIRST, AGAIN]


def test_while_an_action_that_has_a_reminder_is_snoozed_nothing_follows(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", TASK, [], 3)
    first = action_id(root, "s", "task", "1")
    record(root, first, "snoozed", MONDAY + 3 * DAY, until=MONDAY + 6 * DAY)
    for n in range(3, 9):
        run(load_project(root), MONDAY + n * DAY)
    assert issued(root) == sorted([FIRST, AGAIN, (6, "task", "1+3"), (6, "task_escalated", "1")])


def test_when_the_enrolment_ends_nothing_follows(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", TASK, [], 3)
    snapshot(root, MONDAY + 3 * DAY, [row(renewal_date=MONDAY, vip=True)])
    for n in range(3, 9):
        run(load_project(root), MONDAY + n * DAY)
    assert issued(root) == [FIRST, AGAIN]


def test_an_escalation_is_a_task_of_the_other_role_with_its_reason(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", TASK, [])
    (escalated,) = Reader(root / "store").ledger().filter(action="task_escalated").to_dicts()
    assert escalated["title"] == "Escalated: Ask"
    assert (escalated["kind"], escalated["step"]) == ("task", "s")
    assert (escalated["owner_role"], escalated["owner"]) == ("operations", "Ops")
    assert escalated["reason"] == "s/task is open, due 2026-03-02"
    (again,) = Reader(root / "store").ledger().filter(occurrence="1+2").to_dicts()
    assert again["reason"] == "s/task is open, due 2026-03-02; again, 1 of at most 2"


def test_days_without_runs_change_nothing_but_lateness(tmp_path: Path) -> None:
    daily = lived(tmp_path / "daily", TASK, [])
    root = lived(tmp_path / "w", TASK, [], 2)
    run(load_project(root), MONDAY + 8 * DAY)
    assert issued(root) == issued(daily)


def test_a_condition_may_count_the_attempts(tmp_path: Path) -> None:
    body = TASK.replace("when: vip", "when: attempts('s') >= 3")
    root = lived(tmp_path / "w", body, [])
    ended = Reader(root / "store").ended()["ended_on"].to_list()
    assert ended == [MONDAY + 5 * DAY]


HEAD = """\
playbook: p
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
"""


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("to: operations", "to: operatons", "unknown-role"),
        (
            "escalate: {after: 3 business days, to: operations}",
            "escalate: {to: operations}",
            "missing-key",
        ),
        ("{after: 2 days, at_most: 2}", "{after: 2 days}", "missing-key"),
        ("{after: 2 days, at_most: 2}", "{after: 0 days, at_most: 2}", "bad-offset"),
        ("{after: 2 days, at_most: 2}", "{every: 2 days, at_most: 2}", "unknown-key"),
        ("{after: 2 days, at_most: 2}", "{after: 2 days, at_most: 0}", "bad-number"),
        (
            "owner: csm\n",
            "owner: csm\n            repeat: {every: 1 day, at_most: 3}\n",
            "conflicting-keys",
        ),
    ],
)
def test_a_wrong_follow_up_is_refused(old: str, new: str, code: str) -> None:
    assert code in codes(HEAD + TASK.replace(old, new))


@pytest.mark.parametrize(
    "body",
    [
        TASK.replace("    - {id: next, at: 1 day}\n", "").partition("  outcomes")[0],
        "timeline:\n  anchor: renewal_date\n  steps: [{id: s, at: 0 days}]\n"
        "  outcomes: {over: {at: 3 days, do: [{task: {again: {after: 1 day, at_most: 1}}}]}}\n",
    ],
)
def test_where_the_playbook_ends_at_once_nothing_can_follow(body: str) -> None:
    assert "repeat-at-end" in codes(HEAD + body)
