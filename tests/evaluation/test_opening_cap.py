"""Playbooks with `at_most`: who enrols first, who waits, and what the reference executor makes of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.both_executors import evaluate_both_ways
from support.lives import DAY, Lives
from support.playbook_texts import loaded as loaded_text
from support.playbook_texts import with_body
from support.random_days import (
    RULES,
    days_of,
    earlier_of,
    enrolment_of,
    frame_of,
    history_of,
    loaded,
    merged,
    series,
)
from support.random_playbooks import playbooks
from tenure.engine.core.schemas import STATES
from tenure.engine.evaluation.inputs import Day, Tables
from tenure.engine.evaluation.prepare import prepare
from tenure.engine.evaluation.reference_dates import without_doubted_dates
from tenure.engine.evaluation.reference_executor import ReferenceExecutor
from tenure.engine.playbook.model import OpeningCap, Playbook
from tenure.engine.playbook.playbook_loader import load_playbook

# A Monday, far from holidays.
MONDAY = dt.date(2026, 3, 2)
REVIEWS = """
open:
  - {id: cadence, every: 90 days, since: last_review_date}
  - {id: low, when: health_score < 50}
apart: 60 days
steps: [{id: review, at: 0 days, do: [{task: {owner: csm, shift: none}}]}]
outcomes: {over: {at: 3 days}}
"""
DROPS = """
open: [{id: drop, when: "crossed_below(health_score, 70)"}]
steps: [{id: call, at: 0 days, do: [{task: {owner: csm, shift: none}}]}]
"""


def capped(cap: str, body: str = REVIEWS) -> Lives:
    return Lives(f"owner: csm\nat_most: {cap}\n{with_body('triggers', body)}")


def opened(life: Lives, on: dt.date) -> list[str]:
    """Evaluate a date; return the accounts that enrolled on it, in order."""
    life.day(on)
    return sorted(life.states.filter(opened_on=on)["account_id"].to_list())


def overdue(life: Lives, *ids: str, csm: str = "Zoé") -> None:
    for id in ids:
        life.put(id, csm=csm, last_review_date=MONDAY - 200 * DAY)


def test_each_owner_has_room_of_their_own_and_the_rest_wait() -> None:
    life = capped("{openings: 2, each: owner, within: 1 day}")
    overdue(life, "e", "c", "a", "d", "b")
    overdue(life, "z", "y", "x", csm="Max")
    assert opened(life, MONDAY) == ["a", "b", "x", "y"]
    assert life.counts()["waiting", ""] == 4
    assert opened(life, MONDAY + DAY) == ["c", "d", "z"]
    assert opened(life, MONDAY + 2 * DAY) == ["e"]
    assert opened(life, MONDAY + 3 * DAY) == []
    assert ("waiting", "") not in life.counts()


def test_the_playbook_as_a_whole_may_have_the_room() -> None:
    life = capped("{openings: 2, each: playbook, within: 1 day}")
    overdue(life, "c", "a")
    overdue(life, "b", csm="Max")
    assert opened(life, MONDAY) == ["a", "b"]
    assert opened(life, MONDAY + DAY) == ["c"]


def test_openings_count_for_all_days_of_the_span() -> None:
    life = capped("{openings: 2, each: owner, within: 3 days}")
    overdue(life, "a", "b", "c", "d", "e")
    found = [len(opened(life, MONDAY + n * DAY)) for n in range(8)]
    assert found == [2, 0, 0, 2, 0, 0, 1, 0]


def test_an_enrolment_that_ended_within_the_span_counts() -> None:
    life = capped("{openings: 1, each: owner, within: 10 days}")
    overdue(life, "a", "b")
    found = [len(opened(life, MONDAY + n * DAY)) for n in range(11)]
    assert life.state("a") == "over"
    assert found == [1, *[0] * 9, 1]


def test_the_playbooks_triggers_come_in_their_order() -> None:
    life = capped("{openings: 1, each: owner, within: 1 day}")
    life.put("a", health_score=40.0, last_review_date=MONDAY)
    overdue(life, "b")
    # The cadence is the first trigger, so b comes before a.
    assert opened(life, MONDAY) == ["b"]
    assert opened(life, MONDAY + DAY) == ["a"]


def test_an_account_waits_only_while_it_may_enrol() -> None:
    life = capped("{openings: 1, each: owner, within: 1 day}")
    overdue(life, "a", "b", "c")
    assert opened(life, MONDAY) == ["a"]
    life.put("b", last_review_date=MONDAY)
    assert opened(life, MONDAY + DAY) == ["c"]
    assert opened(life, MONDAY + 2 * DAY) == []


@pytest.mark.parametrize(("later", "enrols"), [(60.0, ["b"]), (75.0, [])])
def test_a_change_is_not_lost_while_its_account_waits(later: float, enrols: list[str]) -> None:
    life = capped("{openings: 1, each: owner, within: 2 days}", DROPS)
    for id in ("a", "b"):
        life.put(id, health_score=80.0)
    assert opened(life, MONDAY) == []
    for id in ("a", "b"):
        life.put(id, health_score=65.0)
    assert opened(life, MONDAY + DAY) == ["a"]
    assert life.last is not None
    assert life.last.undecided["account_id"].to_list() == ["b"]
    # What b compares with stays the score before the fall, as a run carries it; the fall must still be there.
    before = life.before
    assert before is not None
    before["b"]["health_score"] = 80.0
    assert opened(life, MONDAY + 2 * DAY) == []
    life.before = {**before, "b": {**before["b"], "health_score": 80.0}}
    life.put("b", health_score=later)
    assert opened(life, MONDAY + 3 * DAY) == enrols


def test_accounts_without_an_owner_share_the_room() -> None:
    life = capped("{openings: 1, each: owner, within: 1 day}")
    for id in ("a", "b"):
        life.put(id, csm=None, last_review_date=MONDAY - 200 * DAY)
    assert opened(life, MONDAY) == ["a"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("at_most: {openings: 2, each: owner, within: 1 day}", "missing-key"),
        ("owner: csm\nat_most: {openings: 2, each: owner, within: 0 days}", "bad-offset"),
        ("owner: csm\nat_most: {openings: 2, each: owner, within: 1 month}", "bad-offset"),
        ("at_most: {openings: 0, each: playbook, within: 1 day}", "bad-number"),
        ("at_most: {openings: 2, each: account, within: 1 day}", "unknown-word"),
    ],
)
def test_wrong_caps_are_refused(lines: str, code: str) -> None:
    from support.playbook_texts import AROUND

    text = f"{lines}\n{with_body('triggers', REVIEWS)}"
    _, problems = load_playbook(text, "playbook.yaml", AROUND)
    assert [problem.code for problem in problems] == [code]
    good = text.replace(lines, "owner: csm\nat_most: {openings: 2, each: owner, within: 1 day}")
    assert loaded_text(good).at_most == OpeningCap(2, "owner", 1)


BODIES = (
    # Three triggers in an order other than that of their ids, one of which sees changes only.
    """
triggers:
  open:
    - {id: low, when: health_score < 70}
    - {id: drop, when: "crossed_below(health_score, 70)", rearm: auto_renew}
    - {id: any, when: not auto_renew}
  apart: 2 days
  while_open: restart
  steps: [{id: call, at: 0 days, do: [{task: {owner: csm}}]}]
  outcomes: {over: {at: 1 days}}
""",
    """
machine:
  again: days_since(opened_on) > 1
  initial: waiting
  states: [{id: waiting, do: [{task: {owner: csm}}]}, {id: seen, final: true}]
  transitions: [{from: waiting, to: seen, after: 1 days}]
""",
    """
timeline:
  anchor: renewal_date
  steps: [{id: notice, at: -20 days, do: [{task: {owner: csm}}]}, {id: last, at: 10 days}]
""",
    """
tiers:
  levels: [{id: silver, when: auto_renew, do: [{task: {owner: csm}}]}, {id: gold, when: tickets_open > 3}]
""",
)
HEADS = (
    """
playbook: p
schedule: "0 6 * * *"
for: true
catch_up: {within: 3 days, then: skip}
""",
    """
playbook: p
schedule: "0 6 * * 1-5"
for: status == 'active'
catch_up: {within: 0 days, then: issue}
start: enrolment
""",
)
few = st.one_of(
    st.builds("".join, st.tuples(st.sampled_from(HEADS), st.sampled_from(BODIES))), playbooks()
)


@pytest.mark.slow
@given(few, series(), st.integers(1, 2), st.booleans(), st.integers(1, 9))
def test_the_reference_executor_agrees_once_it_is_told_who_has_room(
    text: str, snapshots: list[list[dict[str, Any]]], openings: int, by_owner: bool, days: int
) -> None:
    each = "owner" if by_owner else "playbook"
    cap = OpeningCap(openings, each, days)
    playbook = loaded(text)._replace(at_most=cap, owner=("csm",))
    states = pl.DataFrame(schema=STATES)
    before, since = history_of(None), None
    for rows, on in zip(snapshots, days_of([playbook], 60), strict=False):
        day = Day(on, on, on)
        first = frozenset({playbook.id} if since is None else ())
        tables = Tables(
            frame_of(rows), states, {playbook.id: before}, {playbook.id: since}, first=first
        )
        columns = evaluate_both_ways([prepare(playbook)], RULES, day, tables)
        expected, undecided = _reference(playbook, cap, day, tables)
        found = {row["account_id"]: row for row in columns.states.to_dicts()}
        assert found == expected
        assert set(columns.undecided.select("account_id", "field").rows()) == undecided
        states = merged(states, columns.states)
        before, since = history_of(rows), on


def _reference(
    playbook: Playbook, cap: OpeningCap, day: Day, tables: Tables
) -> tuple[dict[str, dict[str, Any]], set[tuple[str, str]]]:
    """Return the states that change, and the fields of changes that are undecided.

    First see who would enrol, then share the room, then evaluate again.
    """
    accounts = {row["account_id"]: row for row in tables.snapshot.to_dicts()}
    stood = {row["account_id"]: row for row in tables.states.to_dicts()}

    def evaluated(id: str, may_open: bool) -> ReferenceExecutor:
        known = {**accounts[id], **earlier_of(playbook, id, tables)}
        # Where its date is doubted before a cycle is open, the playbook goes on by the former one.
        seen = without_doubted_dates(known, playbook, [made(id, known, may_open)])
        executor = made(id, seen, may_open)
        executor.run()
        return executor

    def made(id: str, row: dict[str, Any], may_open: bool) -> ReferenceExecutor:
        return ReferenceExecutor(
            playbook,
            RULES,
            day,
            row,
            enrolment_of(stood.get(id)),
            tables.since[playbook.id],
            first_evaluation=playbook.id in tables.first,
            may_open=may_open,
        )

    def owner(id: str) -> str | None:
        return accounts[id]["csm"] if cap.each == "owner" else None

    rules = [rule.id for rule in playbook.machine.enrolment_rules]
    wanting = {id: evaluated(id, False).waits_for for id in accounts}
    queue = sorted((rules.index(rule), id) for id, rule in wanting.items() if rule is not None)
    lately = [
        owner(id)
        for id in accounts
        if id in stood and 0 <= (day.on - stood[id]["opened_on"]).days < cap.days
    ]
    admitted: set[str] = set()
    for _, id in queue:
        if lately.count(owner(id)) < cap.openings:
            lately.append(owner(id))
            admitted.add(id)
    changed = {}
    undecided: set[tuple[str, str]] = set()
    for id in accounts:
        executor = evaluated(id, id in admitted)
        undecided |= {(id, name) for name in executor.undecided}
        was = enrolment_of(stood.get(id))
        if executor.enrolment is not None and executor.enrolment != was:
            keys = {"account_id": id, "playbook": playbook.id}
            names = [name for name in STATES if name not in keys]
            changed[id] = keys | {name: getattr(executor.enrolment, name) for name in names}
    return changed, undecided
