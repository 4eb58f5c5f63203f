"""Conditions that ask what became of actions: over columns in runs, and one account in `explain`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from support.one_account import DAY, MONDAY, row, text
from support.what_people_did import action_id, record
from support.workspaces import snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.reports.explanation import explain_account
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

ASKING = """\
machine:
  initial: s
  states:
    - {id: s, do: [{task: {owner: csm}}]}
    - {id: seen, final: true}
  transitions: [{from: s, to: seen, when: "%s"}]
"""
"""On the first day, a task; its state ends when a condition is true."""
OTHER = """\
machine:
  initial: s
  states:
    - {id: s, do: [{task: {owner: csm}}, {email: {owner: csm}}]}
    - {id: never, final: true}
  transitions: [{from: s, to: never, when: account_id == 'nowhere'}]
"""
OUTCOMES = {
    "nothing": [],
    "done": [(3, "done", {"result": "no answer"})],
    "dismissed": [(2, "dismissed", {})],
    "snoozed": [(1, "snoozed", {"until": MONDAY + 4 * DAY}), (5, "done", {"result": "yes"})],
    "reopened": [(2, "done", {"result": "yes"}), (4, "reopened", {})],
}
"""By name: on which day after the first what was recorded of the task."""
NEVER = None
TABLE: list[tuple[str, str, int | None]] = [
    ("issued('s')", "nothing", 1),
    ("issued('s/task')", "nothing", 1),
    ("issued('p/s/task')", "nothing", 1),
    ("not issued('s')", "nothing", 0),
    ("open('s')", "nothing", 1),
    ("open('s')", "snoozed", 1),
    ("done('s')", "nothing", NEVER),
    ("done('s/task')", "done", 3),
    ("done('s')", "dismissed", NEVER),
    ("done('s')", "snoozed", 5),
    ("done('s')", "reopened", 2),
    ("issued('s') and not open('s')", "nothing", NEVER),
    ("issued('s') and not open('s')", "done", 3),
    ("issued('s') and not open('s')", "dismissed", 2),
    ("issued('s') and not open('s')", "snoozed", 5),
    ("result('s') == 'no answer'", "done", 3),
    ("result('s') == 'no answer'", "reopened", NEVER),
    ("result('s') in ('yes', 'no')", "snoozed", 5),
    ("not result('s') == 'no answer'", "nothing", NEVER),
    ("result('s') is missing", "nothing", 0),
    ("result('s') is not missing", "done", 3),
    ("days_since_done('s') >= 2", "done", 5),
    ("days_since_done('s') >= 2", "reopened", NEVER),
    ("days_since_done('s') == 0", "done", 3),
    ("days_since_done('s') is missing", "done", 0),
    ("attempts('s') == 1", "nothing", 1),
    ("attempts('s') >= 2", "done", NEVER),
    ("not done('s')", "done", 0),
]


def lived(root: Path, playbooks: dict[str, str], name: str, days: int = 8) -> Path:
    """Run day by day; what became of the task of `p` is recorded in the morning of its day."""
    workspace(root, {id: text(body, id=id) for id, body in playbooks.items()})
    snapshot(root, MONDAY, [row(renewal_date=MONDAY)])
    for n in range(days):
        for day, outcome, more in OUTCOMES[name]:
            if day == n:
                id = action_id(root, "s", "task", playbook="p")
                record(root, id, outcome, MONDAY + n * DAY, **more)
        run(load_project(root), MONDAY + n * DAY)
    return root


def ended_on(root: Path, playbook: str = "p") -> int | None:
    """The day after the first on which the playbook ended."""
    ended = Reader(root / "store").ended(playbooks=[playbook])["ended_on"].to_list()
    return (ended[0] - MONDAY).days if ended else None


@pytest.mark.parametrize(("condition", "name", "day"), TABLE)
def test_a_condition_is_true_from_the_day_after_its_action_and_on_the_day_of_its_outcome(
    tmp_path: Path, condition: str, name: str, day: int | None
) -> None:
    root = lived(tmp_path / "w", {"p": ASKING % condition}, name)
    assert ended_on(root) == day


@pytest.mark.parametrize("reader", ["a", "z"])
@pytest.mark.parametrize(
    ("condition", "name", "day"),
    [
        ("done('p/s/task')", "done", 3),
        ("result('p/s/task') == 'yes'", "snoozed", 5),
        ("open('p/s/email')", "done", 1),
        ("done('p/s/email')", "done", NEVER),
        ("done('p/s/task') or done('s')", "done", 3),
    ],
)
def test_another_playbook_is_asked_whatever_the_order(
    tmp_path: Path, condition: str, name: str, day: int | None, reader: str
) -> None:
    root = lived(tmp_path / "w", {"p": OTHER, reader: ASKING % condition}, name)
    assert ended_on(root, reader) == day


def test_two_playbooks_may_ask_about_each_other(tmp_path: Path) -> None:
    playbooks = {"p": ASKING % "open('q/s/task')", "q": ASKING % "done('p/s/task')"}
    root = lived(tmp_path / "w", playbooks, "done")
    assert (ended_on(root, "p"), ended_on(root, "q")) == (1, 3)


AGAIN = """\
machine:
  again: opened_on < today
  initial: s
  states:
    - {id: s, do: [{task: {owner: csm}}]}
    - {id: seen, final: true}
  transitions: [{from: s, to: seen, when: "done('s') or days_since(opened_on) >= 5"}]
"""


def test_a_new_cycle_knows_nothing_of_the_actions_of_the_one_before(tmp_path: Path) -> None:
    """The task of the first cycle is done on day 3. That of the second, of the same day, is not."""
    root = lived(tmp_path / "w", {"p": AGAIN}, "nothing", 3)
    record(root, action_id(root, "s", "task", cycle="1"), "done", MONDAY + 3 * DAY)
    for n in range(3, 12):
        run(load_project(root), MONDAY + n * DAY)
    ended = Reader(root / "store").ended().sort("ended_on")
    assert ended.select("cycle", "ended_on").rows() == [
        ("1", MONDAY + 3 * DAY),
        ("2", MONDAY + 8 * DAY),
    ]


@pytest.mark.parametrize(
    ("condition", "name", "day", "note"),
    [
        ("done('s')", "nothing", 0, "not issued in this cycle"),
        ("done('s')", "nothing", 1, "overdue, due 2026-03-02"),
        ("done('s')", "snoozed", 2, "snoozed, due 2026-03-02"),
        ("open('s')", "dismissed", 2, "dismissed, due 2026-03-02"),
        ("not done('s')", "done", 4, "done on 2026-03-05 with the result 'no answer'"),
        ("result('s') == 'yes'", "done", 3, "done on 2026-03-05 with the result 'no answer'"),
        ("days_since_done('s') > 8", "done", 5, "days_since_done('s') is 2"),
        ("attempts('s') > 3", "nothing", 2, "attempts('s') is 1"),
    ],
)
def test_explain_says_what_became_of_the_action(
    tmp_path: Path, condition: str, name: str, day: int, note: str
) -> None:
    root = lived(tmp_path / "w", {"p": ASKING % f"({condition}) and vip"}, name, day + 1)
    assert note in _explained(root, MONDAY + day * DAY)


def _explained(root: Path, on: dt.date) -> str:
    project = load_project(root)
    found = explain_account(project, row()["account_id"], on, project.playbooks)
    assert found is not None
    return "\n".join(
        note
        for move in found.playbooks[0].moves
        for condition in move.conditions
        for note in _notes(condition.trace)
    )


def _notes(trace: Any) -> list[str]:
    return [trace.note, *(note for child in trace.children for note in _notes(child))]


WAITING = """\
timeline:
  anchor: renewal_date
  steps:
    - {id: s, at: 0 days, do: [{task: {owner: csm}}]}
    - {id: thanks, at: 1 day, wait_for: "done('s')", wait_at_most: 4 days, do: [{task: {owner: csm}}]}
  outcomes: {over: {at: 20 days}}
"""


@pytest.mark.parametrize(
    ("name", "day", "reason"),
    [
        ("done", 3, "done('s')"),
        ("dismissed", 5, "5 days after 2026-03-02"),
        ("nothing", 5, "5 days after 2026-03-02"),
    ],
)
def test_a_step_waits_until_an_action_is_done_or_as_long_as_it_may(
    tmp_path: Path, name: str, day: int, reason: str
) -> None:
    root = lived(tmp_path / "w", {"p": WAITING}, name)
    (issued,) = Reader(root / "store").ledger(steps=["thanks"]).to_dicts()
    assert issued["evaluated_on"] == MONDAY + day * DAY
    assert issued["reason"] == reason
