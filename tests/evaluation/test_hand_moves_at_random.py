"""Random moves by hand over the days of random playbooks: nothing is issued within a hold, and nothing twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.both_executors import evaluate_both_ways
from support.lives import LivesLedger
from support.profiles import examples
from support.random_days import RULES, days_of, due, frame_of, history_of, loaded, merged
from support.random_playbooks import accounts, hand_moves, programmes
from support.what_people_did import held_until
from tenure.engine.core.offsets import ONE_DAY
from tenure.engine.core.schemas import HAND_MOVES, LEDGER, STATES
from tenure.engine.evaluation.inputs import Day, Tables
from tenure.engine.evaluation.prepare import prepare

DAYS = 12


def lived(
    texts: list[str], rows: list[dict[str, Any]], moves: list[dict[str, Any]], dates: list[dt.date]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the ledger and the states after each of the dates was evaluated in turn."""
    programme = [loaded(text) for text in texts]
    states, ledger = pl.DataFrame(schema=STATES), pl.DataFrame(schema=LEDGER)
    history = {playbook.id: history_of(None) for playbook in programme}
    since: dict[str, dt.date | None] = {playbook.id: None for playbook in programme}
    for on in dates:
        today = sorted(due(programme, on), key=lambda playbook: playbook.id)
        tables = Tables(
            frame_of(rows),
            states,
            history,
            since,
            LivesLedger(ledger, on - ONE_DAY),
            moves=pl.DataFrame(moves, schema=HAND_MOVES),
        )
        found = evaluate_both_ways(
            [prepare(each) for each in today], RULES, Day(on, on, on), tables
        )
        states, ledger = merged(states, found.states), pl.concat([ledger, found.entries])
        history |= {playbook.id: history_of(rows) for playbook in today}
        since |= dict.fromkeys((playbook.id for playbook in today), on)
    return ledger, states


@pytest.mark.slow
@given(programmes(), accounts("a0"), accounts("a1"), st.data())
@examples(60)
def test_nothing_is_issued_within_a_hold_and_nothing_twice(
    texts: list[str], first: dict[str, Any], second: dict[str, Any], data: st.DataObject
) -> None:
    programme = [loaded(text) for text in texts]
    dates = days_of(programme, 40)[:DAYS]
    moves = data.draw(hand_moves(dates, [playbook.id for playbook in programme]))
    ledger, states = lived(texts, [first, second], moves, dates)
    assert not ledger.select("action_id", "revision").is_duplicated().any()
    for entry in ledger.filter(status="issued").iter_rows(named=True):
        key = entry["account_id"], entry["playbook"]
        until = held_until(moves, *key, entry["evaluated_on"])
        if until is not None:
            # What was issued before may have another owner, or a day after the hold.
            assert entry["revision"] > 1
            assert entry["contact_on"] is None or entry["contact_on"] > until
    # Evaluated again from the start, all days give the same.
    again = lived(texts, [first, second], moves, dates)
    assert again[0].equals(ledger)
    assert again[1].equals(states)
