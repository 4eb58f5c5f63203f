"""Accounts to which nothing happens are left out between dates, and every date is as if they were not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any
from unittest import mock

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from support.both_executors import executor
from support.lives import DAY, Lives
from support.playbook_texts import timeline, with_body
from support.random_days import (
    RULES,
    days_of,
    due,
    facts_of,
    frame_of,
    history_of,
    loaded,
    merged,
    series,
)
from support.random_playbooks import hand_moves, programmes
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import HAND_MOVES, STATES
from tenure.engine.evaluation import by_account
from tenure.engine.evaluation.evaluator import evaluate_day
from tenure.engine.evaluation.inputs import Day, DayEvaluation, Tables
from tenure.engine.evaluation.prepare import prepare
from tenure.engine.evaluation.quiet_accounts import (
    QuietAccount,
    QuietAccounts,
    is_checked,
    row_numbers,
)

MONDAY = dt.date(2026, 3, 2)


@given(
    programmes(of_actions=True),
    series(),
    st.integers(1, 12),
    st.integers(1, 4),
    st.data(),
    st.randoms(use_true_random=False),
)
def test_dates_are_the_same_without_the_quiet_accounts(
    texts: list[str],
    snapshots: list[list[dict[str, Any]]],
    lasting: int,
    stride: int,
    data: st.DataObject,
    random: Any,
) -> None:
    """Each snapshot lasts for some dates, as in a preview or while a run catches up."""
    programme = [loaded(text) for text in texts]
    states = pl.DataFrame(schema=STATES)
    before = {playbook.id: history_of(None) for playbook in programme}
    since: dict[str, dt.date | None] = {playbook.id: None for playbook in programme}
    dates = days_of(programme, 60)[::stride]
    ids = [playbook.id for playbook in programme]
    moves = pl.DataFrame(data.draw(hand_moves(dates[:6], ids)), schema=HAND_MOVES)
    quiet, facts = QuietAccounts(), dict[str, pl.DataFrame]()
    for n, on in enumerate(dates[: lasting * len(snapshots)]):
        rows = snapshots[n // lasting]
        if n % lasting == 0:
            facts = facts_of(programme, [row["account_id"] for row in rows], random)
        day = Day(on, on + dt.timedelta(days=stride % 3), on - dt.timedelta(days=n % lasting))
        today = due(programme, on)
        first = frozenset(id for id, evaluated_on in since.items() if evaluated_on is None)
        tables = Tables(
            frame_of(rows),
            states,
            history=before,
            since=since,
            first=first,
            moves=moves,
            facts=facts,
        )
        by_id = sorted(today, key=lambda playbook: playbook.id)
        prepared = [prepare(playbook) for playbook in by_id]
        with executor(1_000_000):
            everybody = evaluate_day(prepared, RULES, day, tables)
            some = evaluate_day(prepared, RULES, day, replace(tables, quiet=quiet))
        _assert_same(everybody, some)
        states = merged(states, everybody.states)
        before |= {playbook.id: history_of(rows) for playbook in today}
        since |= dict.fromkeys((playbook.id for playbook in today), on)


def _assert_same(everybody: DayEvaluation, some: DayEvaluation) -> None:
    for each in fields(DayEvaluation):
        assert_frame_equal(getattr(everybody, each.name), getattr(some, each.name))


STEPS = """
steps:
  - {id: call, at: -10 days, do: [{task: {owner: csm}}]}
  - {id: ask, at: -2 days, when: health_score < 60, do: [{task: {owner: csm}}]}
"""


@contextmanager
def evaluated() -> Iterator[list[str]]:
    """Collect the accounts that are walked."""
    walked: list[str] = []
    plain = by_account.ReferenceExecutor

    def walk(*given: Any, **named: Any) -> Any:
        walked.append(f"{given[2].on:%d} {given[3]['account_id']}")
        return plain(*given, **named)

    with mock.patch.object(by_account, "ReferenceExecutor", walk):
        yield walked


def test_an_account_is_evaluated_where_a_date_comes_or_its_row_changes() -> None:
    life = Lives(timeline(STEPS))
    life.put("a", renewal_date=MONDAY + 20 * DAY, health_score=50.0)
    life.put("b", renewal_date=MONDAY + 40 * DAY, health_score=50.0)
    with evaluated() as walked:
        entries = life.until(MONDAY, MONDAY + 7 * DAY)
        assert entries == []
        assert walked == ["02 a", "02 b"]
        del walked[:]
        life.put("b", health_score=40.0)
        assert life.until(MONDAY + 8 * DAY, MONDAY + 12 * DAY) == [
            "2026-03-12: 2026-03-12 call.task"
        ]
    assert walked == ["10 b", "12 a", "13 a"]


def test_each_quiet_account_is_checked_on_one_of_500_dates() -> None:
    names = [f"account {n}" for n in range(40)]
    dates = [MONDAY + n * DAY for n in range(1000)]
    checked = {name: [on for on in dates if is_checked(name, on)] for name in names}
    assert {len(found) for found in checked.values()} == {2}
    assert len({found[0] for found in checked.values()}) > 20


def test_a_quiet_account_that_is_not_quiet_stops_the_date() -> None:
    """The executor is told of a date that is ten days too late, as a fault of the agenda would have it."""
    plain = by_account._as_quiet

    def late(walk: Any, number: int) -> QuietAccount:
        known = plain(walk, number)
        return known._replace(until=known.until + 10 * DAY)

    life = Lives(timeline(STEPS))
    life.put("a", renewal_date=MONDAY + 12 * DAY, health_score=50.0)
    with (
        mock.patch.object(by_account, "_as_quiet", late),
        mock.patch.object(by_account, "is_checked", lambda _, on: on == MONDAY + 2 * DAY),
        pytest.raises(Problems) as stopped,
    ):
        life.until(MONDAY, MONDAY + 5 * DAY)
    (problem,) = stopped.value.problems
    assert problem.code == "unequal-evaluation"
    assert "account a in `" in problem.message
    assert (
        "on 2026-03-04: after 2026-03-02 nothing was to happen before 2026-03-14" in problem.message
    )
    assert "actions ['call.task'], state call" in problem.message
    assert "--everybody" in str(problem.hint)


def test_a_quiet_account_that_is_checked_changes_nothing() -> None:
    life = Lives(timeline(STEPS))
    life.put("a", renewal_date=MONDAY + 20 * DAY, health_score=50.0)
    with evaluated() as walked, mock.patch.object(by_account, "is_checked", return_value=True):
        assert life.until(MONDAY, MONDAY + 4 * DAY) == []
    assert walked == ["02 a", "03 a", "04 a", "05 a", "06 a"]


def test_a_condition_that_time_changes_is_looked_at_on_that_day() -> None:
    life = Lives(
        with_body(
            "triggers",
            """
            open: [{id: near, when: "days_until(renewal_date) <= 5"}]
            steps: [{id: call, at: 0 days, do: [{task: {owner: csm}}]}]
            """,
        )
    )
    life.put(renewal_date=MONDAY + 9 * DAY)
    with evaluated() as walked:
        assert life.until(MONDAY, MONDAY + 4 * DAY) == ["2026-03-06: 2026-03-06 call.task"]
    assert walked == ["02 a", "06 a"]


def test_what_is_unknown_is_counted_on_each_date() -> None:
    life = Lives(
        with_body(
            "triggers",
            """
            open: [{id: low, when: health_score < 60}]
            steps: [{id: call, at: 0 days, do: [{task: {owner: csm}}]}]
            """,
        )
    )
    life.put(health_score=None)
    with evaluated() as walked:
        for n in range(3):
            assert life.day(MONDAY + n * DAY) == []
            assert life.counts() == {("cannot_tell", "for"): 1}
    assert walked == ["02 a"]


def test_any_other_value_makes_another_number() -> None:
    rows = pl.DataFrame(
        {"account_id": ["a"], "health_score": [1.0], "tags": [["x", "y"]], "@today": [MONDAY]}
    )
    others = [
        rows.with_columns(pl.lit(2.0).alias("health_score")),
        rows.with_columns(pl.lit(None, pl.Float64).alias("health_score")),
        rows.with_columns(pl.Series("tags", [["x"]])),
    ]
    numbers = {row_numbers(each).item() for each in (rows, *others)}
    assert len(numbers) == len(others) + 1
    later = rows.with_columns(pl.lit(MONDAY + DAY).alias("@today"))
    assert row_numbers(later).item() == row_numbers(rows).item()


def test_an_account_is_quiet_from_the_date_evaluated_up_to_the_first_that_may_change_it() -> None:
    first, until = MONDAY, MONDAY + 3 * DAY
    known = QuietAccount(7, first, until, (("s", "unknown", "arr"),), ("arr",))
    quiet = QuietAccounts()
    quiet.note("p", "a", known)

    def found(on: dt.date, playbook: str = "p", row: int = 7) -> list[QuietAccount | None]:
        return [*quiet.among(playbook, pl.Series(["b", "a"]), pl.Series([row, row]), on)]

    assert found(first) == found(until - DAY) == [None, known]
    assert found(first - DAY) == found(until) == [None, None]
    assert found(first, playbook="q") == found(first, row=8) == [None, None]
