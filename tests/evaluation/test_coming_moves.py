"""Moves to come, and the changes said: with each change, evaluation over columns comes out otherwise."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from support.both_executors import executor
from support.lives import DAY
from support.random_days import RULES, due, enrolment_of, frame_of, history_of, loaded, merged
from support.random_playbooks import FIRST, accounts, playbooks
from tenure.engine.core.schemas import STATES
from tenure.engine.evaluation.coming_moves import ComingMove, coming_moves
from tenure.engine.evaluation.evaluator import evaluate_day
from tenure.engine.evaluation.inputs import Day, DayEvaluation, Tables
from tenure.engine.evaluation.prepare import prepare
from tenure.engine.evaluation.reference_enrolment import Enrolment
from tenure.engine.evaluation.reference_executor import ReferenceExecutor
from tenure.engine.language.smallest_change import changed_columns
from tenure.engine.language.value_sets import ValueSet
from tenure.engine.playbook.model import Playbook

DOMAINS = {"health_score": ValueSet(low=0.0, high=100.0)}


def evaluated(
    playbook: Playbook,
    row: dict[str, Any],
    states: pl.DataFrame,
    on: dt.date,
    before: dict[str, Any] | None = None,
) -> DayEvaluation:
    """The account's date, over columns; it was the same before, or another."""
    since = {playbook.id: None if on == FIRST else on - DAY}
    tables = Tables(
        frame_of([row]),
        states,
        history={playbook.id: history_of([before or row])},
        since=since,
        first=frozenset({playbook.id} if on == FIRST else ()),
    )
    with executor(-1):
        return evaluate_day([prepare(playbook)], RULES, Day(on, on, on), tables)


def makes(move: ComingMove, playbook: Playbook, result: DayEvaluation) -> bool:
    """Whether a date's evaluation makes the move."""
    if move.kind == "action":
        return not result.entries.filter(step=move.target, action=move.action).is_empty()
    if move.kind in ("step", "end"):
        return not result.counts.filter(what="moved", step=move.target).is_empty()
    opened = result.states.filter(pl.col("opened_on") == pl.col("entered_on"))
    return not opened.filter(opened_by=move.target).is_empty()


@given(playbooks(), accounts("a"), st.integers(0, 8))
def test_with_the_change_evaluation_comes_out_otherwise(
    text: str, row: dict[str, Any], days: int
) -> None:
    playbook = loaded(text)
    dates = [on for n in range(days + 1) if due([playbook], on := FIRST + n * DAY)]
    states = pl.DataFrame(schema=STATES)
    if not dates:
        return
    for on in dates[:-1]:
        states = merged(states, evaluated(playbook, row, states, on).states)
    on = dates[-1]
    earlier = history_of([row]).row(0, named=True)

    def evaluate(date: dt.date, enrolment: Enrolment | None) -> ReferenceExecutor:
        return ReferenceExecutor(
            playbook,
            RULES,
            Day(date, date, date),
            {**row, **earlier},
            None if enrolment is None else replace(enrolment),
            None if date == FIRST else date - DAY,
            first_evaluation=date == FIRST,
        )

    enrolment = enrolment_of(states.row(0, named=True) if states.height else None)
    as_it_is = evaluated(playbook, row, states, on)
    for move in coming_moves(evaluate, enrolment, [on], [on], DOMAINS):
        assert makes(move, playbook, as_it_is) is move.comes
        columns = changed_columns(move.changes)
        if columns:
            other = evaluated(playbook, row | columns, states, on, row)
            assert makes(move, playbook, other) is not move.comes, move
