"""Changes that could not be decided: the reference executor and the columns name the same ones."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.both_executors import evaluate_both_ways
from support.lives import DAY, Lives
from support.profiles import examples
from support.random_days import (
    RULES,
    earlier_of,
    enrolment_of,
    frame_of,
    history_of,
    loaded,
    merged,
    series,
)
from support.random_playbooks import FIRST, hand_moves, programmes
from tenure.engine.core.schemas import HAND_MOVES, STATES
from tenure.engine.evaluation.inputs import Day, Tables
from tenure.engine.evaluation.prepare import prepare
from tenure.engine.evaluation.reference_dates import without_doubted_dates
from tenure.engine.evaluation.reference_executor import ReferenceExecutor


@examples(60)
@given(programmes(), series(), st.data())
def test_both_executors_leave_the_same_changes_undecided(
    texts: list[str], snapshots: list[list[dict[str, Any]]], data: st.DataObject
) -> None:
    alone = [playbook for playbook in map(loaded, texts) if not playbook.references]
    states = pl.DataFrame(schema=STATES)
    before: list[dict[str, Any]] | None = None
    on = FIRST
    ids = [playbook.id for playbook in alone]
    dates = [FIRST + n * DAY for n in range(1, 20)]
    moves = pl.DataFrame(data.draw(hand_moves(dates, ids)) if ids else [], schema=HAND_MOVES)
    for rows in snapshots:
        on += dt.timedelta(days=data.draw(st.integers(1, 9)))
        day = Day(on, on, on)
        history = {playbook.id: history_of(before) for playbook in alone}
        since = dict.fromkeys(history)
        tables = Tables(frame_of(rows), states, history=history, since=since, moves=moves)
        found = evaluate_both_ways([prepare(playbook) for playbook in alone], RULES, day, tables)
        stood = {(row["account_id"], row["playbook"]): row for row in states.to_dicts()}
        others = {
            row["account_id"]: [
                ReferenceExecutor(
                    p,
                    RULES,
                    day,
                    {**row, **earlier_of(p, row["account_id"], tables)},
                    enrolment_of(stood.get((row["account_id"], p.id))),
                )
                for p in alone
            ]
            for row in rows
        }
        undecided = []
        for playbook in alone:
            for row in rows:
                account = row["account_id"]
                fields = without_doubted_dates(row, playbook, others[account])
                values = {**fields, **earlier_of(playbook, account, tables)}
                state = enrolment_of(stood.get((account, playbook.id)))
                mine = moves.filter(account_id=account).to_dicts()
                executor = ReferenceExecutor(playbook, RULES, day, values, state, moves=mine)
                executor.run()
                undecided += [(account, playbook.id, name) for name in executor.undecided]
        assert found.undecided.rows() == sorted(undecided)
        states = merged(states, found.states)
        before = rows


WORTH = """\
playbook: p
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
triggers:
  open: [{id: drop, when: "crossed_below(health_score, 70) and arr > 1000", rearm: health_score >= 75}]
  steps: [{id: call, at: 0 days, do: [{task: {owner: csm}}]}]
"""


@pytest.mark.parametrize(
    ("before", "now", "undecided"),
    [
        ({"health_score": 80}, {"health_score": 60, "arr": None}, True),
        ({"health_score": 80}, {"health_score": 60, "arr": 5000, "status": None}, True),
        # It was decided: there was no fall, it was not worth a call, or the account was called.
        ({"health_score": 80}, {"health_score": 75, "arr": None}, False),
        ({"health_score": 80}, {"health_score": 60, "arr": 500, "status": None}, False),
        ({"health_score": 80}, {"health_score": 60, "arr": 5000}, False),
        # There may have been a fall; that the score is missing is another reason to wait.
        ({"health_score": 80}, {"health_score": None, "arr": 5000}, True),
        ({"health_score": None}, {"health_score": 60, "arr": 5000}, True),
    ],
)
def test_a_change_is_undecided_while_it_may_have_happened_and_the_condition_is_unknown(
    before: dict[str, Any], now: dict[str, Any], undecided: bool
) -> None:
    lives = Lives(WORTH)
    lives.put("a", **before)
    lives.day(FIRST)
    lives.put("a", **now)
    lives.day(FIRST + DAY)
    assert lives.last is not None
    assert lives.last.undecided.rows() == [("a", "p", "health_score")] * undecided


def test_a_disarmed_trigger_has_nothing_to_decide() -> None:
    lives = Lives(WORTH)
    for n, score in enumerate((80, 60, 71)):
        lives.put("a", health_score=score, arr=5000)
        lives.day(FIRST + n * DAY)
    lives.put("a", health_score=60, arr=None)
    lives.day(FIRST + 3 * DAY)
    assert lives.last is not None
    assert lives.last.undecided.is_empty()


MOVING = """\
playbook: p
schedule: "0 6 * * *"
for: true
catch_up: {within: 7 days, then: skip}
machine:
  initial: s
  states: [{id: s}, {id: t}, {id: gone, final: true}]
  transitions:
    - {from: s, to: t, when: auto_renew}
    - {from: s, to: gone, when: "crossed_below(health_score, 70) and arr > 1000"}
"""


@pytest.mark.parametrize(("moves", "undecided"), [(False, True), (True, False)])
def test_an_account_that_moves_has_nothing_to_decide(moves: bool, undecided: bool) -> None:
    lives = Lives(MOVING)
    lives.put("a", health_score=80, arr=None, auto_renew=False)
    lives.day(FIRST)
    lives.put("a", health_score=60, auto_renew=moves)
    lives.day(FIRST + DAY)
    assert lives.state() == ("t" if moves else "s")
    assert lives.last is not None
    assert lives.last.undecided.rows() == [("a", "p", "health_score")] * undecided
