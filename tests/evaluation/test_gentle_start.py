"""Playbooks with `start`: what was due before the first date counts as done, and is never issued."""

from __future__ import annotations

import datetime as dt

import pytest
from support.lives import DAY, Lives
from support.playbook_texts import with_body

# A Monday, far from holidays.
MONDAY = dt.date(2026, 3, 2)
STEPS = """
anchor: renewal_date
steps:
  - {id: early, at: -90 days, do: [{task: {owner: csm, shift: none}}]}
  - {id: mid, at: -60 days, do: [{task: {owner: csm, shift: none, due: 20 days}}]}
  - {id: near, at: -30 days, do: [{task: {owner: csm, shift: none}}]}
"""
LEVELS = """
since: signup_date
levels:
  - {id: silver, after: 100 days, do: [{grant: {grant: silver}}]}
  - {id: gold, after: 200 days, do: [{grant: {grant: gold}}]}
  - {id: platinum, after: 300 days, do: [{grant: {grant: platinum}}]}
"""


def starting(start: str, kind: str, body: str) -> Lives:
    return Lives(f"start: {start}\n{with_body(kind, body)}")


@pytest.mark.parametrize("start", ["today", "enrolment"])
def test_what_was_due_before_the_first_date_is_not_recorded(start: str) -> None:
    life = starting(start, "timeline", STEPS)
    # In 32 days: `early` was due 58 days ago; `mid` came up 28 days ago, its task was due 8 days ago.
    life.put(renewal_date=MONDAY + 32 * DAY)
    assert life.day(MONDAY) == []
    assert life.state() == "mid"
    assert life.counts()["before_start", "early"] == 1
    assert life.counts()["before_start", "mid"] == 1
    assert life.until(MONDAY + DAY, MONDAY + 10 * DAY) == ["2026-03-04: 2026-03-04 near.task"]


def test_an_action_due_on_the_first_date_or_later_is_issued() -> None:
    life = starting("today", "timeline", STEPS)
    life.put("a", renewal_date=MONDAY + 40 * DAY)
    life.put("b", renewal_date=MONDAY + 41 * DAY)
    life.put("c", renewal_date=MONDAY + 39 * DAY)
    # Tasks of `mid` are due 40 days before the renewal: that of c was due yesterday.
    assert life.day(MONDAY) == ["2026-03-02 mid.task", "2026-03-03 mid.task"]


def test_without_start_what_is_too_late_is_skipped() -> None:
    life = starting("catch_up", "timeline", STEPS)
    life.put(renewal_date=MONDAY + 32 * DAY)
    assert life.day(MONDAY) == ["2026-01-03 early.task skipped", "2026-02-22 mid.task skipped"]


@pytest.mark.parametrize(("start", "recorded"), [("today", 2), ("enrolment", 0)])
def test_accounts_first_seen_later_follow_catch_up_unless_enrolments_start_gently(
    start: str, recorded: int
) -> None:
    life = starting(start, "timeline", STEPS)
    life.put("a", renewal_date=MONDAY + 200 * DAY)
    assert life.day(MONDAY) == []
    life.put("b", renewal_date=MONDAY + DAY + 32 * DAY)
    assert len(life.day(MONDAY + DAY)) == recorded
    assert life.state("b") == "mid"


def test_a_second_enrolment_follows_catch_up() -> None:
    life = starting("enrolment", "timeline", STEPS + "outcomes: {over: {at: 1 days}}\n")
    life.put(renewal_date=MONDAY)
    assert life.until(MONDAY, MONDAY + DAY) == []
    assert life.state() == "over"
    life.put(renewal_date=MONDAY + 42 * DAY)
    # `early` was due 50 days ago; the task of `mid` is due in no day.
    assert life.day(MONDAY + 2 * DAY) == [
        "2026-01-13 early.task skipped",
        "2026-03-04 mid.task",
    ]


def test_levels_reached_long_ago_are_granted_to_none() -> None:
    life = starting("today", "tiers", LEVELS)
    life.put("old", signup_date=MONDAY - 250 * DAY)
    life.put("new", signup_date=MONDAY - 100 * DAY)
    assert life.day(MONDAY) == ["2026-03-02 silver.grant"]
    assert (life.state("old"), life.state("new")) == ("gold", "silver")
    assert life.until(MONDAY + DAY, MONDAY + 49 * DAY) == []
    assert life.day(MONDAY + 50 * DAY) == ["2026-04-21 platinum.grant"]


def test_what_counts_as_done_is_not_issued_when_the_date_moves_and_comes_back() -> None:
    life = starting("today", "timeline", STEPS)
    life.put(renewal_date=MONDAY + 32 * DAY)
    life.day(MONDAY)
    life.put(renewal_date=MONDAY + 35 * DAY)
    assert life.day(MONDAY + DAY) == []
    life.put(renewal_date=MONDAY + 32 * DAY)
    assert life.until(MONDAY + 2 * DAY, MONDAY + 5 * DAY) == ["2026-03-04: 2026-03-04 near.task"]


def test_a_repeating_action_begins_with_its_next_date() -> None:
    life = starting(
        "today",
        "timeline",
        """
        anchor: renewal_date
        steps:
          - id: grace
            at: 0 days
            do: [{task: {owner: csm, shift: none, repeat: {every: 7 days, at_most: 4}}}]
        outcomes: {over: {at: 30 days}}
        """,
    )
    life.put(renewal_date=MONDAY - 10 * DAY)
    assert life.until(MONDAY, MONDAY + 20 * DAY) == [
        "2026-03-06: 2026-03-06 grace.task",
        "2026-03-13: 2026-03-13 grace.task",
    ]


def test_a_contact_that_counts_as_done_is_there_for_what_needs_it() -> None:
    life = starting(
        "today",
        "timeline",
        """
        anchor: renewal_date
        steps:
          - {id: offer, at: -30 days, do: [{email: {owner: csm, shift: none}}]}
          - {id: follow_up, at: -20 days, needs: offer, do: [{task: {owner: csm, shift: none}}]}
        """,
    )
    life.put(renewal_date=MONDAY + 25 * DAY)
    assert life.until(MONDAY, MONDAY + 6 * DAY) == ["2026-03-07: 2026-03-07 follow_up.task"]
