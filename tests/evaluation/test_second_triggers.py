"""Triggers that come while a follow-up is open: counted and shown, and what `while_open` makes of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from support.lives import DAY, Lives
from support.one_account import MONDAY, row
from support.playbook_texts import codes, loaded, timeline, with_body
from support.workspaces import snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.reports.explain_text import explanation_text
from tenure.engine.reports.explanation import explain_account
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

FALL = """
open: [{id: drop, when: "crossed_below(health_score, 70)"}, {id: tickets, when: tickets_open > 3}]
steps:
  - {id: call, at: 0 days, do: [{task: {owner: csm, shift: none}}]}
  - {id: again, at: 8 days, do: [{task: {owner: csm, shift: none}}]}
outcomes: {over: {at: 20 days}}
"""
RESTART = f"while_open: restart{FALL}"


def two_falls(body: str, days: int = 30) -> Lives:
    """Falls below 70 on the second day and on the sixth."""
    life = Lives(with_body("triggers", body))
    for n in range(days):
        life.put(health_score=60.0 if n in (1, 5) else 80.0)
        life.day(MONDAY + n * DAY)
    return life


def due(life: Lives) -> list[tuple[str, dt.date, str]]:
    return life.ledger.select("step", "due_on", "status").rows()


def test_a_second_trigger_is_counted_once_and_changes_nothing() -> None:
    life = Lives(with_body("triggers", FALL))
    counted = {}
    for n in range(10):
        life.put(health_score=60.0 if n in (1, 5, 6) else 80.0)
        life.day(MONDAY + n * DAY)
        counted |= {(n, *key): number for key, number in life.counts().items()}
    ignored = {key: number for key, number in counted.items() if key[1] == "ignored"}
    assert ignored == {(5, "ignored", "drop"): 1}
    assert due(life) == [
        ("call", MONDAY + DAY, "issued"),
        ("again", MONDAY + 9 * DAY, "issued"),
    ]


def test_a_second_trigger_starts_the_follow_up_again() -> None:
    life = two_falls(RESTART)
    # The last step would have come on the ninth day after the first fall, and comes on that after the second.
    assert due(life) == [
        ("call", MONDAY + DAY, "issued"),
        ("call", MONDAY + 5 * DAY, "issued"),
        ("again", MONDAY + 13 * DAY, "issued"),
    ]
    assert life.ledger["cycle"].unique(maintain_order=True).to_list() == [
        "2026-03-03 drop",
        "2026-03-07 drop",
    ]
    assert life.state() == "over"


def test_a_restart_is_counted_and_ends_the_first_follow_up() -> None:
    life = two_falls(RESTART, 6)
    counts = life.counts()
    assert counts["restarted", "drop"] == 1
    assert ("ignored", "drop") not in counts
    assert life.last is not None
    assert life.last.ended.select("cycle", "outcome").rows() == [("2026-03-03 drop", "restarted")]


def test_what_is_not_yet_due_is_withdrawn_on_a_restart() -> None:
    later = RESTART.replace("do: [{task: {owner: csm,", "do: [{task: {owner: csm, due: 5 days,", 1)
    life = two_falls(later, 6)
    assert due(life) == [
        ("call", MONDAY + 6 * DAY, "issued"),
        ("call", MONDAY + 6 * DAY, "withdrawn"),
        ("call", MONDAY + 10 * DAY, "issued"),
    ]


def test_a_condition_that_stays_true_comes_once() -> None:
    life = Lives(with_body("triggers", RESTART))
    counted = []
    tickets = [0, 0, 4, 5, 6, 0, 0, 4, 4, 4]
    for n, open_tickets in enumerate(tickets):
        life.put(health_score=60.0 if n == 1 else 80.0, tickets_open=float(open_tickets))
        life.day(MONDAY + n * DAY)
        counted += [n] * life.counts().get(("restarted", "tickets"), 0)
    assert counted == [2, 7]
    assert life.states["opened_by"].to_list() == ["tickets"]


def test_an_unknown_condition_does_not_come_and_does_not_end() -> None:
    life = Lives(with_body("triggers", FALL))
    counted = []
    for n, tickets in enumerate([0.0, 0.0, 4.0, None, 4.0, None, 0.0, 4.0]):
        life.put(health_score=60.0 if n == 1 else 80.0, tickets_open=tickets)
        life.day(MONDAY + n * DAY)
        counted += [n] * life.counts().get(("ignored", "tickets"), 0)
    assert counted == [2, 7]


def test_a_trigger_that_is_not_rearmed_does_not_come() -> None:
    body = RESTART.replace('70)"}', '70)", rearm: health_score >= 75}')
    life = Lives(with_body("triggers", body))
    scores = [80.0, 60.0, 72.0, 65.0, 76.0, 66.0]
    found = []
    for n, score in enumerate(scores):
        life.put(health_score=score)
        life.day(MONDAY + n * DAY)
        found.append(life.counts().get(("restarted", "drop"), 0))
    assert found == [0, 0, 0, 0, 0, 1]


def test_openings_are_apart_also_where_they_restart() -> None:
    life = Lives(with_body("triggers", f"apart: 6 days\n{RESTART}"))
    found = []
    for n in range(12):
        life.put(health_score=60.0 if n in (1, 5, 9) else 80.0)
        life.day(MONDAY + n * DAY)
        found += [(n, what) for what, step in life.counts() if step == "drop"]
    # Four days after the opening it is only counted; eight days after it restarts.
    assert found == [(5, "ignored"), (9, "restarted")]


def test_a_timeline_takes_a_later_date_for_a_new_event_where_an_outcome_says_so() -> None:
    body = """
    steps:
      - {id: first, at: 0 days, do: [{task: {owner: csm, shift: none}}]}
      - {id: second, at: 3 days, do: [{task: {owner: csm, shift: none}}]}
    outcomes:
      failed_again: {when: renewal_date > anchor}
      over: {at: 20 days}
    """
    life = Lives(timeline(body))
    life.put(renewal_date=MONDAY)
    life.until(MONDAY, MONDAY + 4 * DAY)
    life.put(renewal_date=MONDAY + 5 * DAY)
    assert life.until(MONDAY + 5 * DAY, MONDAY + 9 * DAY) == [
        "2026-03-07: 2026-03-07 first.task",
        "2026-03-10: 2026-03-10 second.task",
    ]


def test_a_word_that_is_not_a_choice_is_refused() -> None:
    assert codes(with_body("triggers", FALL.replace("open:", "while_open: queue\nopen:", 1))) == [
        "unknown-word"
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (FALL, "trigger `tickets`, only counted while the follow-up is open, true already"),
        (RESTART, "to start again, by `drop` when it becomes true"),
    ],
)
def test_runs_count_it_and_explain_shows_it(tmp_path: Path, body: str, said: str) -> None:
    playbook = with_body("triggers", body).replace("random", "p")
    root = workspace(tmp_path / "w", {"p": playbook})
    for n, (score, tickets) in enumerate([(80, 0), (60, 0), (80, 0), (80, 5)]):
        snapshot(root, MONDAY + n * DAY, [row(health_score=score, tickets_open=tickets)])
        result = run(load_project(root), MONDAY + n * DAY)
    what = "restarted" if body == RESTART else "ignored"
    counts = result.counts.select("step", "what", "accounts").rows()
    assert ("tickets", what, 1) in counts
    on = MONDAY + 3 * DAY
    explanation = explain_account(load_project(root), "a", on, (loaded(playbook),))
    assert explanation is not None
    assert said in explanation_text(explanation)
    ended = Reader(root / "store").ended()["outcome"].to_list()
    assert ended == (["restarted"] if body == RESTART else [])
