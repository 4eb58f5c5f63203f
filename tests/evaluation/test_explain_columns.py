"""What `explain` says of an account is what the columns decide."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import yaml_text
from support.both_executors import evaluate_both_ways
from support.random_days import RULES, frame_of, history_of, loaded, merged
from support.random_playbooks import FIRST, accounts, playbooks
from tenure.engine.core.schemas import STATES
from tenure.engine.evaluation.inputs import Day, Tables
from tenure.engine.evaluation.prepare import prepare
from tenure.engine.evaluation.reference_enrolment import Enrolment
from tenure.engine.evaluation.reference_executor import ReferenceExecutor
from tenure.engine.playbook.model import Playbook
from tenure.engine.reports.explain_model import PlaybookExplanation, PossibleMove, explain_playbook


def standing_of(
    playbook: Playbook,
    row: dict[str, Any],
    history: pl.DataFrame,
    states: pl.DataFrame,
    on: dt.date,
) -> PlaybookExplanation:
    """The account as `explain` sees it before the date is run."""
    earlier = history.filter(pl.col("account_id") == row["account_id"]).drop("account_id")
    past = earlier.row(0, named=True) if earlier.height else dict.fromkeys(earlier.columns)
    state = next(iter(states.iter_rows(named=True)), None)
    enrolment = Enrolment.of_row(state) if state is not None else None
    executor = ReferenceExecutor(playbook, RULES, Day(on, on, on), {**row, **past}, enrolment)
    return explain_playbook(executor, state)


def is_open(way: PossibleMove, playbook: Playbook, on: dt.date) -> bool:
    """Everything that the way hangs on holds, and its date has come."""
    if way.moment and (way.date is None or way.date > on):
        return False
    return all(condition.trace.value is True for condition in way.conditions)


@given(playbooks(), accounts("a"), accounts("a"), st.integers(1, 20))
def test_the_first_way_that_explain_finds_open_is_the_one_taken(
    text: str, before: dict[str, Any], now: dict[str, Any], days: int
) -> None:
    playbook = loaded(text)
    prepared = [prepare(playbook)]
    history = history_of([before])
    first = Tables(frame_of([before]), history={"random": history_of(None)}, since={"random": None})
    states = evaluate_both_ways(prepared, RULES, Day(FIRST, FIRST, FIRST), first).states
    on = FIRST + dt.timedelta(days=days)
    tables = Tables(frame_of([now]), states, history={"random": history}, since={"random": FIRST})
    result = evaluate_both_ways(prepared, RULES, Day(on, on, on), tables)
    moved = result.counts.filter(pl.col("what") == "moved")["step"].to_list()
    said = standing_of(playbook, now, history, states, on)
    if said.state is None or said.state["ended_on"] is not None:
        # An opening has a window and a cycle besides; explain must at least not call a shut door open.
        opened = result.counts.filter(pl.col("what") == "opened").height
        assert not opened or any(is_open(way, playbook, on) for way in said.moves)
        return
    if now["merged_into"] is not None:
        # Nothing moves an account that was merged; its enrolment ends.
        assert (moved, said.moves) == (["left"], ())
        return
    ways = [way for way in said.moves if is_open(way, playbook, on)]
    if said.doubted is not None:
        assert not moved
    elif ways:
        assert ways[0].target in moved
    else:
        assert not moved


OFFSETS = ("-2 weeks", "-9 days", "-3 business days", "0 days", "4 days", "1 month")


@pytest.mark.parametrize("days", [22, 33])
@pytest.mark.parametrize("country", [None, "US", "AE"])
@pytest.mark.parametrize("shift", ["none", "earlier"])
def test_every_date_that_explain_foresees_comes_and_no_other(
    shift: str, country: str | None, days: int
) -> None:
    """An account that stays as it is moves on the dates that were foreseen when it enrolled."""
    steps = [
        {"id": f"s{n}", "at": at, "do": [{"email": {"owner": "csm", "shift": shift}}]}
        for n, at in enumerate(OFFSETS)
    ]
    head = {"playbook": "random", "schedule": "0 6 * * *", "for": True}
    late = {"catch_up": {"within": "9 days", "then": "skip"}}
    first = {"id": "open", "at": "-90 days"}
    body = {"anchor": "renewal_date", "steps": [first, *steps]}
    playbook = loaded(yaml_text.dump({**head, **late, "timeline": body}))
    row = {
        "account_id": "a",
        "account_name": None,
        "csm": None,
        "country": country,
        "renewal_date": FIRST + dt.timedelta(days=days),
    }
    prepared, snapshot = [prepare(playbook)], frame_of([row])
    on, states = FIRST, pl.DataFrame(schema=STATES)
    foreseen: tuple[tuple[dt.date, str], ...] = ()
    moved = []
    for n in range(days + 35):
        on = FIRST + dt.timedelta(days=n)
        tables = Tables(snapshot, states, since={"random": on - dt.timedelta(days=1)})
        result = evaluate_both_ways(prepared, RULES, Day(on, on, on), tables)
        states = merged(states, result.states)
        if n == 0:
            foreseen = standing_of(playbook, row, history_of(None), states, on).dates
            continue
        moves = result.counts.filter(pl.col("what") == "moved")["step"].to_list()
        # Where there are no outcomes, the last step ends the cycle.
        moved += [(on, step) for step in moves if step != "done"]
    assert len(foreseen) == len(OFFSETS)
    assert sorted(foreseen) == sorted(moved)
