"""Reviews and action items that people recorded as done: five accounts lived through March by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from support.what_people_did import action_id, record
from support.workspaces import snapshot, workspace
from tenure.engine.metrics.metric_value import Window
from tenure.engine.metrics.request import MetricRequest
from tenure.engine.metrics.review_programme import compute_reviews
from tenure.engine.project.loading import Project, load_project
from tenure.engine.runs.running import run

PLAYBOOK = """\
playbook: reviews
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 14 days, then: skip}
define:
  dated: last_review_date is not missing and opened_on <= last_review_date <= today
  held: dated or done('meeting')
triggers:
  open:
    - {id: booked, when: 0 <= days_until(next_review_date) <= 14}
  apart: 45 days
  anchor: choose(dated, last_review_date, first(anchor, next_review_date))
  steps:
    - {id: meeting, at: 0 days, do: [meeting: {owner: csm, customer: false, shift: none}]}
    - id: follow_up
      at: 0 days
      wait_for: held
      do: [task: {id: action_items, owner: csm, due: 7 days, shift: none}]
  outcomes:
    not_held: {when: not held and today >= anchor + 7 days}
    done: {at: 0 days}
"""
WINDOW = Window(dt.date(2026, 2, 28), dt.date(2026, 3, 31))
LAST = dt.date(2026, 3, 31)
DATED = {12: {"c": "2026-03-09"}, 29: {"e": "2026-03-28"}}
"""By day of March: what the CRM comes to know of the last review."""
RECORDED = {
    11: [(id, "meeting", "meeting", "done") for id in "abce"],
    16: [("a", "follow_up", "action_items", "done")],
    18: [("b", "follow_up", "action_items", "dismissed")],
    30: [("e", "follow_up", "action_items", "done")],
}


def march(
    root: Path, recorded: dict[int, list[tuple[str, str, str, str]]], plan: str = ""
) -> Project:
    """Daily runs through March. All are to be reviewed on the 10th; `d` never was, and `c` is in the CRM too."""
    workspace(root, {"reviews": PLAYBOOK})
    if plan:
        (root / "plans").mkdir()
        (root / "plans" / "a.yaml").write_text(plan)
    known = dict.fromkeys("abcde", "")
    for day in range(1, 32):
        on = dt.date(2026, 3, day)
        known |= DATED.get(day, {})
        rows = [
            {
                "account_id": id,
                "status": "active",
                "segment": "enterprise" if id in "ab" else "strategic",
                "csm": "Zoé",
                "next_review_date": "2026-03-10",
                "last_review_date": held,
                "action_items_done": "1",
                "action_items_open": "1",
            }
            for id, held in known.items()
        ]
        snapshot(root, on, rows)
        for account, step, action, outcome in recorded.get(day, ()):
            occurrence = "one" if action == "item" else "1"
            id = action_id(root, step, action, occurrence, account_id=account)
            record(root, id, outcome, on)
        run(load_project(root), on)
    return load_project(root)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return march(tmp_path_factory.mktemp("march") / "w", RECORDED)


def values(project: Project, on: dt.date, group: str | None = None) -> dict[str, tuple]:
    found = compute_reviews(MetricRequest(project, on, WINDOW, by="segment" if group else None))
    return {f.metric.id: (f.value, f.accounts) for f in found if f.group == group}


def test_a_meeting_that_is_done_is_a_review_that_was_held(lived: Project) -> None:
    found = values(lived, LAST)
    # a, b, c, and e twice: the CRM's review of the 28th is another one, and c's of the 9th is that of the meeting.
    assert found["reviews_held"] == (5, 4)
    assert found["review_coverage"] == (80, 5)
    assert found["reviews_on_time"] == (80, 5)


def test_action_items_are_those_recorded_as_done_before_the_next_review(lived: Project) -> None:
    # a; neither b, which dismissed it, nor c, which did not do it, nor e, which did it after the next review.
    assert values(lived, LAST)["action_items_done"] == (25, 4)
    assert values(lived, LAST, "enterprise")["action_items_done"] == (50, 2)
    assert values(lived, LAST, "strategic")["action_items_done"] == (0, 2)
    found = compute_reviews(MetricRequest(lived, LAST, WINDOW))
    (notes,) = (f.notes for f in found if f.metric.id == "action_items_done")
    assert [note["en"] for note in notes] == [
        "counted from the outcomes of action items in the ledger"
    ]


PLAN = """\
account: a
objectives: [{objective: Grow, owner: csm, due: 2026-03-15}]
reviews:
  - on: 2026-03-01
    actions:
      - {action: One, owner: csm, due: 2026-03-10, id: one}
      - {action: Two, owner: Zoé, due: 2026-03-12}
      - {action: Three, owner: Zoé, due: 2026-03-31}
      - {action: After the window, owner: Zoé, due: 2026-04-01}
"""


def test_the_items_of_a_success_plan_are_counted_each_in_place_of_the_task(tmp_path: Path) -> None:
    done = {5: [("a", "actions", "item", "done")]}
    found = values(march(tmp_path / "w", RECORDED | done, PLAN), LAST)
    # One of the plan's three, and none of the tasks of b, c and e.
    assert found["action_items_done"] == (Decimal(100) / 6, 4)


def test_what_is_recorded_later_is_not_known(lived: Project) -> None:
    # They are due seven days after the 11th, on which the reviews were known to be held; e's is not done yet.
    assert values(lived, dt.date(2026, 3, 18))["action_items_done"] == (25, 4)
    # Before, no action item is due, and the CRM says it.
    assert values(lived, dt.date(2026, 3, 17))["action_items_done"] == (50, 4)


def test_without_outcomes_of_action_items_the_crm_says_it(tmp_path: Path) -> None:
    project = march(tmp_path / "w", {11: RECORDED[11]})
    found = values(project, LAST)
    assert found["action_items_done"] == (Decimal(50), 4)
