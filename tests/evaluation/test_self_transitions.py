"""A transition to its own state: taken each time its date has come, in runs, catch-ups and explanations."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from support.lives import DAY, Lives
from support.one_account import MONDAY, row
from support.playbook_texts import codes, loaded, with_body
from support.workspaces import snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.reports.explain_text import explanation_text
from tenure.engine.reports.explanation import explain_account
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

WATCH = """
initial: watching
states: [{id: watching}, {id: gone, final: true}]
transitions:
  - {from: watching, to: watching, after: 7 days, do: [{task: {owner: csm}}]}
  - {from: watching, to: gone, when: churn_date is not missing}
"""


def mondays(first: int, last: int) -> list[dt.date]:
    """The Mondays from the `first` week after MONDAY to the `last`."""
    return [MONDAY + 7 * n * DAY for n in range(first, last + 1)]


def test_a_state_is_entered_again_every_seven_days() -> None:
    life = Lives(with_body("machine", WATCH))
    life.put()
    weeks = mondays(1, 4)
    expected = [f"{day}: {day} to_watching.task" for day in weeks]
    assert life.until(MONDAY, MONDAY + 30 * DAY) == expected
    assert life.ledger["action_id"].is_unique().all()
    assert life.ledger["cycle"].unique().to_list() == ["1"]
    assert life.states["entered_on"].to_list() == [weeks[-1]]


def test_days_count_from_the_last_time_where_the_condition_came_late() -> None:
    life = Lives(with_body("machine", WATCH.replace("after: 7 days", "after: 7 days, when: vip")))
    life.put(vip=False)
    assert life.until(MONDAY, MONDAY + 8 * DAY) == []
    life.put(vip=True)
    found = life.until(MONDAY + 9 * DAY, MONDAY + 24 * DAY)
    assert found == [
        "2026-03-11: 2026-03-11 to_watching.task",
        "2026-03-18: 2026-03-18 to_watching.task",
        "2026-03-25: 2026-03-25 to_watching.task",
    ]


def test_the_state_does_again_what_it_does_on_entering_and_repeats_from_there() -> None:
    text = WATCH.replace(
        "{id: watching}",
        "{id: watching, do: [{task: {owner: csm}}, "
        "{task: {id: remind, owner: csm, repeat: {every: 2 days, at_most: 2}}}]}",
    )
    life = Lives(with_body("machine", text))
    life.put()
    assert sorted(life.until(MONDAY, MONDAY + 8 * DAY)) == [
        "2026-03-02: 2026-03-02 watching.remind",
        "2026-03-02: 2026-03-02 watching.task",
        "2026-03-04: 2026-03-04 watching.remind",
        "2026-03-09: 2026-03-09 to_watching.task",
        "2026-03-09: 2026-03-09 watching.remind",
        "2026-03-09: 2026-03-09 watching.task",
    ]


def test_the_state_s_first_transition_is_tried_first_after_entering_again() -> None:
    life = Lives(
        with_body(
            "machine",
            """
            initial: watching
            states: [{id: watching}, {id: early, final: true}, {id: late, final: true}]
            transitions:
              - {from: watching, to: early, when: entered_on == today and opened_on < today}
              - {from: watching, to: watching, after: 7 days}
              - {from: watching, to: late, when: opened_on < today - 6 days}
            """,
        )
    )
    life.put()
    life.until(MONDAY, MONDAY + 7 * DAY)
    assert life.state() == "early"


def test_a_state_left_on_a_date_can_be_entered_again_on_it() -> None:
    life = Lives(
        with_body(
            "machine",
            """
            initial: calm
            states: [{id: calm}, {id: alarm, do: [{task: {owner: csm}}]}, {id: gone, final: true}]
            transitions:
              - {from: alarm, to: calm, after: 3 days}
              - {from: calm, to: alarm, when: "crossed_below(health_score, 70)"}
              - {from: any, to: gone, when: churn_date is not missing}
            """,
        )
    )
    scores = [80.0, 60.0, 80.0, 80.0, 60.0]
    for n, score in enumerate(scores):
        life.put(health_score=score)
        life.day(MONDAY + n * DAY)
    # Calm again on the fourth day after the first fall, which is the day of the second one.
    assert life.ledger["due_on"].to_list() == [MONDAY + DAY, MONDAY + 4 * DAY]


@pytest.mark.parametrize("date", ["when: vip", "at: 7 days", "when: today > anchor"])
def test_a_transition_to_its_own_state_needs_a_time_after_which_it_is_taken(date: str) -> None:
    text = "anchor: renewal_date" + WATCH.replace("after: 7 days", date)
    assert codes(with_body("machine", text)) == ["never-rests"]


SHORT = with_body("machine", WATCH.replace("7 days", "3 days")).replace("random", "p")


Rows = list[tuple[Any, ...]]


def lived(root: Path, off: set[int]) -> tuple[Rows, Rows]:
    """Return the ledger and the states after twenty days, with no run on some of them."""
    workspace(root, {"p": SHORT})
    for n in range(20):
        if n not in off:
            snapshot(root, MONDAY + n * DAY, [row()])
            run(load_project(root), MONDAY + n * DAY)
    reader = Reader(root / "store")
    ledger = reader.ledger(history=True).select("action_id", "due_on")
    return ledger.rows(), reader.states().rows()


@pytest.fixture(scope="module")
def never_off(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, Rows]:
    return lived(tmp_path_factory.mktemp("on") / "w", set())


@pytest.mark.parametrize("off", [{1}, {3}, {2, 3, 4}, {3, 4, 5, 6, 7}, set(range(1, 19))])
def test_a_machine_that_was_off_loses_and_repeats_none(
    tmp_path: Path, never_off: tuple[Rows, Rows], off: set[int]
) -> None:
    assert lived(tmp_path / "w", off) == never_off
    assert len(never_off[0]) == 6  # After 3, 6, ... 18 days.


def test_explain_names_the_next_time(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": SHORT})
    snapshot(root, MONDAY, [row()])
    for n in (0, 4):
        run(load_project(root), MONDAY + n * DAY)
    explanation = explain_account(load_project(root), "a", MONDAY + 4 * DAY, (loaded(SHORT),))
    assert explanation is not None
    text = explanation_text(explanation)
    assert "in `watching` since 2026-03-05" in text
    assert "3 days after entering, 2026-03-08, in 2 days" in text
    assert "dates to come: 2026-03-08 watching" in text
