"""The bulk path over columns and the reference executor are the same; parts are the same as the whole."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from support.both_executors import evaluate_both_ways, walk_accounts
from support.profiles import examples
from support.random_days import (
    EARLIER,
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
from tenure.engine.core.schemas import HAND_MOVES, LEDGER, STATES
from tenure.engine.evaluation.cross_references import StateIndex
from tenure.engine.evaluation.finalize import finalize
from tenure.engine.evaluation.inputs import Day, DayEvaluation, PlaybookEdit, Rules, Tables
from tenure.engine.evaluation.owners import roles_by_action
from tenure.engine.evaluation.prepare import prepare
from tenure.engine.evaluation.unmet_needs import needs_by_action
from tenure.engine.playbook.model import Playbook


def walked(
    playbooks: list[Playbook], day: Day, tables: Tables, rules: Rules = RULES
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, set[tuple[str, str, str, int]]]:
    """The reference executor, account by account, in playbooks each of which asks only about those before it.

    Entries, states, ended, counts of what could not be told.
    """
    found = walk_accounts(playbooks, day, tables, rules, dict.fromkeys(EARLIER))
    changed = found.states
    moved = {p.id: changed.filter(playbook=p.id) for p in playbooks}
    # A contact that waits goes out on a working day of its account's place.
    tables = replace(tables, snapshot=rules.calendar.with_places(tables.snapshot))
    entries = finalize(
        found.drafts,
        pl.DataFrame(schema=LEDGER),
        pl.DataFrame(schema=LEDGER),
        day,
        tables,
        rules,
        StateIndex(tables.states, moved),
        roles_by_action(playbooks),
        needs_by_action(playbooks),
    )
    return entries, changed, found.ended, {(*item, n) for item, n in found.untold.items()}


def unknowns_of(evaluation: DayEvaluation) -> set[tuple[str, str, str, int]]:
    """The counts of unknown conditions, by field, of triggers that came while a follow-up was open, and of starts."""
    counted = evaluation.counts.filter(
        pl.col("what").is_in(
            ["cannot_tell", "ignored", "restarted", "before_start", "not_enrolled"]
        )
    )
    named = pl.when(pl.col("what") == "cannot_tell").then("field").otherwise("what")
    return set(counted.select("playbook", "step", named, "accounts").iter_rows())


@examples(72)
@given(
    programmes(of_actions=True),
    series(),
    st.integers(1, 9),
    st.sets(st.integers(0, 9)),
    st.integers(1, 5),
    st.data(),
    st.randoms(use_true_random=False),
)
def test_the_reference_executor_and_the_columns_are_one(
    texts: list[str],
    snapshots: list[list[dict[str, Any]]],
    stride: int,
    edited: set[int],
    enabled_for: int,
    data: st.DataObject,
    random: Any,
) -> None:
    """From the date of the number `enabled_for` on, the first playbook is disabled, with its accounts in it."""
    programme = [loaded(text) for text in texts]
    states = pl.DataFrame(schema=STATES)
    before = {playbook.id: history_of(None) for playbook in programme}
    since: dict[str, dt.date | None] = {playbook.id: None for playbook in programme}
    accounts = pl.Series([], dtype=pl.String)
    dates = days_of(programme, 60)[::stride]
    ids = [playbook.id for playbook in programme]
    moves = pl.DataFrame(data.draw(hand_moves(dates[:6], ids)), schema=HAND_MOVES)
    for n, (rows, on) in enumerate(zip(snapshots, dates, strict=False)):
        day = Day(on, on + dt.timedelta(days=stride % 3), on - dt.timedelta(days=stride % 2))
        disabled = frozenset({programme[0].id} if n >= enabled_for else ())
        rules = replace(RULES, disabled=disabled)
        today = [playbook for playbook in due(programme, on) if playbook.id not in disabled]
        first = frozenset(id for id, evaluated_on in since.items() if evaluated_on is None)
        edits = {
            id: PlaybookEdit(last, accounts) for id, last in since.items() if last and n in edited
        }
        tables = Tables(
            frame_of(rows),
            states,
            history=before,
            since=since,
            edits=edits,
            first=first,
            moves=moves,
            facts=facts_of(programme, [row["account_id"] for row in rows], random),
        )
        by_id = sorted(today, key=lambda playbook: playbook.id)
        columns = evaluate_both_ways([prepare(playbook) for playbook in by_id], rules, day, tables)
        entries, changed, ended, untold = walked(today, day, tables, rules)
        # An anchor that moves re-dates promises, and nothing is promised here: pending is empty.
        assert_frame_equal(columns.entries, entries)
        assert_frame_equal(columns.states, changed.sort("account_id", "playbook"))
        assert columns.ended.height == ended.height
        if ended.height:
            assert_frame_equal(
                columns.ended,
                ended.select(columns.ended.columns),
                check_dtypes=False,
                check_row_order=False,
            )
        assert unknowns_of(columns) == untold
        states = merged(states, columns.states)
        before |= {playbook.id: history_of(rows) for playbook in today}
        since |= dict.fromkeys((playbook.id for playbook in today), on)
        accounts = tables.snapshot["account_id"]


FOLLOWED = """\
playbook: p
schedule: "0 6 * * *"
for: true
catch_up: {{within: {within} days, then: skip}}
machine:
  initial: s
  states:
    - id: s
      do:
        - {kind}:
            owner: [csm, operations]
            again: {{after: {after}, at_most: {most}}}
            escalate: {{after: {long}, to: [operations, csm]}}
    - {{id: t, do: [{{task: {{owner: csm, escalate: {{after: {after}, to: operations}}}}}}]}}
    - {{id: gone, final: true}}
  transitions:
    - {{from: s, to: t, when: "attempts('s') > 2 or done('t')"}}
    - {{from: t, to: s, after: 2 days, when: "not open('t')"}}
    - {{from: any, to: gone, when: auto_renew}}
"""


@given(series(), st.integers(0, 3), st.data(), st.randoms(use_true_random=False))
def test_the_follow_ups_of_open_actions_are_the_same(
    snapshots: list[list[dict[str, Any]]], stride: int, data: Any, random: Any
) -> None:
    lengths = st.sampled_from(["1 day", "3 days", "1 week", "2 business days"])
    text = FOLLOWED.format(
        within=data.draw(st.sampled_from([0, 7])),
        kind=data.draw(st.sampled_from(["email", "call", "task"])),
        after=data.draw(lengths),
        long=data.draw(lengths),
        most=data.draw(st.integers(1, 3)),
    )
    programme, states = [loaded(text)], pl.DataFrame(schema=STATES)
    since: dict[str, dt.date | None] = {"p": None}
    for rows, on in zip(snapshots, days_of(programme, 60)[:: stride + 1], strict=False):
        day = Day(on, on + dt.timedelta(days=stride % 2), on)
        facts = facts_of(programme, [row["account_id"] for row in rows], random)
        history = {"p": history_of(None)}
        tables = Tables(frame_of(rows), states, history=history, since=since, facts=facts)
        columns = evaluate_both_ways([prepare(programme[0])], RULES, day, tables)
        entries, changed, _, _ = walked(programme, day, tables)
        assert_frame_equal(columns.entries, entries)
        assert_frame_equal(columns.states, changed.sort("account_id", "playbook"))
        states, since = merged(states, columns.states), {"p": on}


@pytest.mark.slow
@given(programmes(), series(), st.randoms(use_true_random=False))
def test_the_parts_make_the_whole(
    texts: list[str], snapshots: list[list[dict[str, Any]]], random: Any
) -> None:
    programme = [loaded(text) for text in texts]
    states = pl.DataFrame(schema=STATES)
    ids = [playbook.id for playbook in programme]
    for rows, on in zip(snapshots, days_of(programme, 30), strict=False):
        day = Day(on, on, on)
        prepared = [prepare(playbook) for playbook in due(programme, on)]
        history = dict.fromkeys(ids, history_of(rows))
        tables = Tables(frame_of(rows), states, history=history, since=dict.fromkeys(ids))
        whole = evaluate_both_ways(prepared, RULES, day, tables)
        order = list(rows)
        random.shuffle(order)
        parts = []
        for row in order:
            mine = pl.col("account_id") == row["account_id"]
            part = replace(tables, snapshot=frame_of([row]), states=states.filter(mine))
            parts.append(evaluate_both_ways(prepared, RULES, day, part))
        for name in ("entries", "states", "ended"):
            together = pl.concat([getattr(part, name) for part in parts])
            assert_frame_equal(getattr(whole, name), together, check_row_order=False)
        keys = ["playbook", "step", "what", "field"]
        counts = (
            pl.concat([part.counts for part in parts]).group_by(keys).agg(pl.col("accounts").sum())
        )
        assert_frame_equal(whole.counts, counts, check_row_order=False)
        states = merged(states, whole.states)


def test_an_action_id_names_what_it_is_and_no_date() -> None:
    from tenure.engine.evaluation.action_ids import ACTION_IDENTITY

    assert not {name for name in ACTION_IDENTITY if name.endswith("_on") or name == "anchor"}


@pytest.mark.parametrize("name", sorted(LEDGER))
def test_the_ledgers_columns_are_the_contracts(name: str) -> None:
    contract = [
        *("action_id", "due_on", "issued_on", "account_id", "account_name", "playbook", "cycle"),
        *(
            "step",
            "kind",
            "title",
            "owner_role",
            "owner",
            "priority",
            "status",
            "late_days",
            "reason",
        ),
    ]
    assert list(LEDGER)[: len(contract)] == contract
