"""Facts about the actions of one account are those that runs compute over columns."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples
from support.store_rows import commit, entry, record, table
from tenure.engine.core.schemas import HAND_MOVES, OUTCOMES
from tenure.engine.evaluation.reference_facts import RecordedOutcome, action_facts
from tenure.engine.evaluation.reference_promises import entry_key
from tenure.engine.language.actions_read import fact_column
from tenure.engine.playbook.asked_actions import AskedAction
from tenure.engine.runs.action_facts import ActionQuestion, read_facts
from tenure.engine.store import Overlay

ASKED = AskedAction("renewal", "notice", "task", frozenset({"notice", "grace"}))
DUE = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)
ON = DUE + 5 * DAY

Recorded = tuple[int, str, dict[str, Any]]
"""An outcome: of which action, what, and more."""


def issued(occurrence: str, **more: Any) -> dict[str, Any]:
    fixed = {"step": "notice", "action": "task", "cycle": "1", "occurrence": occurrence}
    dated = {"due_on": DUE, "owner": "Ann", "evaluated_on": DUE}
    return entry("") | fixed | dated | more


def facts(entries: list[dict[str, Any]], outcomes: list[Recorded]) -> dict[str, Any]:
    """The facts of cycle 1 on the date, without those that are missing."""
    recorded = [
        RecordedOutcome(entry_key(entries[of]), what, **({"on": DUE} | more))
        for of, what, more in outcomes
    ]
    found = action_facts(ASKED, "notice", entries, recorded, "1", ON)
    return {name.partition(fact_column("notice", ""))[2]: value for name, value in found.items()}


ONE = {
    "attempts": 1.0,
    "times": 1.0,
    "standing": "overdue",
    "done_on": None,
    "result": None,
    "owner": "Ann",
    "due_on": DUE,
    "label": "1",
}


TWICE = {"attempts": 2.0, "times": 2.0}


@pytest.mark.parametrize(
    ("entries", "outcomes", "expected"),
    [
        ([issued("1")], [], {}),
        ([issued("1", due_on=ON)], [], {"standing": "open", "due_on": ON}),
        ([issued("1", step="grace")], [], {}),
        ([issued("1")], [(0, "done", {"on": ON})], {"standing": "done", "done_on": ON}),
        ([issued("1")], [(0, "done", {"on": ON + DAY})], {}),
        (
            [issued("1")],
            [(0, "dismissed", {"result": "no"})],
            {"standing": "dismissed", "result": "no"},
        ),
        ([issued("1")], [(0, "done", {"result": "yes"}), (0, "reopened", {})], {}),
        ([issued("1")], [(0, "snoozed", {"until": ON + DAY})], {"standing": "snoozed"}),
        ([issued("1")], [(0, "snoozed", {"until": ON})], {}),
        (
            [issued("1")],
            [(0, "assigned", {"to": "Bob"}), (0, "assigned", {"to": "Cy"})],
            {"owner": "Cy"},
        ),
        # Of several occurrences, the latest by its date, then by its number.
        ([issued("1"), issued("2")], [], {"attempts": 2.0, "label": "2"}),
        ([issued("9"), issued("10")], [], {"attempts": 2.0, "label": "10"}),
        (
            [issued("2"), issued("1", due_on=ON)],
            [],
            {"attempts": 2.0, "due_on": ON, "standing": "open"},
        ),
        # A reminder is the same occurrence: what ends one of them ends all, and the first gives the date.
        ([issued("1"), issued("1+2", due_on=ON)], [], TWICE | {"standing": "open"}),
        ([issued("1"), issued("1+2")], [(0, "dismissed", {})], TWICE | {"standing": "dismissed"}),
        ([issued("1"), issued("1+2")], [(0, "assigned", {"to": "Bob"})], TWICE | {"owner": "Bob"}),
        (
            [issued("1"), issued("1+2")],
            [(0, "snoozed", {"until": ON + DAY})],
            TWICE | {"standing": "snoozed"},
        ),
    ],
)
def test_the_facts_of_an_action(
    entries: list[dict[str, Any]], outcomes: list[Recorded], expected: dict[str, Any]
) -> None:
    assert facts(entries, outcomes) == ONE | expected


@pytest.mark.parametrize(
    "other",
    [
        {"playbook": "adoption"},
        {"step": "push"},
        {"action": "call"},
        {"cycle": "2"},
        {"status": "skipped"},
    ],
)
def test_another_action_is_no_attempt(other: dict[str, Any]) -> None:
    assert facts([issued("1", **other)], []) == dict.fromkeys(ONE)
    assert facts([issued("1"), issued("2", **other)], []) == ONE


DAYS = st.integers(0, 7).map(lambda n: DUE + n * DAY)


@st.composite
def histories(draw: Any) -> tuple[list[dict[str, Any]], list[Recorded]]:
    occurrences = draw(
        st.lists(st.sampled_from(["1", "1+2", "1+3", "2", "2+2", "10"]), max_size=5, unique=True)
    )
    entries = [
        issued(
            occurrence,
            due_on=draw(DAYS),
            owner=draw(st.sampled_from(["Ann", "Bob", None])),
            status=draw(st.sampled_from(["issued", "issued", "issued", "skipped"])),
        )
        for occurrence in occurrences
    ]
    kinds = st.sampled_from(["done", "dismissed", "snoozed", "assigned", "reopened"])
    outcomes: list[Recorded] = []
    for _ in range(draw(st.integers(0, 4)) if entries else 0):
        what = draw(kinds)
        more: dict[str, Any] = {"on": draw(DAYS)}
        if what == "snoozed":
            more["until"] = draw(DAYS)
        elif what == "assigned":
            more["to"] = draw(st.sampled_from(["Cy", "Di"]))
        elif what != "reopened":
            more["result"] = draw(st.sampled_from(["yes", "no", None]))
        outcomes.append((draw(st.integers(0, len(entries) - 1)), what, more))
    return entries, outcomes


@examples(80)
@given(histories())
def test_they_are_those_that_a_run_computes(
    history: tuple[list[dict[str, Any]], list[Recorded]],
) -> None:
    entries, outcomes = history
    store = Overlay()
    named = [row | {"action_id": f"{n}"} for n, row in enumerate(entries)]
    commit(store, record(0), [state_of("a")], named)
    rows = [{"action_id": f"{of}", "outcome": what, **more} for of, what, more in outcomes]
    store.record(table(OUTCOMES, rows), table(HAND_MOVES, []))
    question = ActionQuestion("renewal", "notice", ASKED)
    by_playbook = read_facts(store, [question], ON).of_states(store.states())
    found = by_playbook["renewal"].to_dicts() if by_playbook else []
    expected = facts(entries, outcomes)
    assert [{name: row[fact_column("notice", name)] for name in expected} for row in found] == [
        expected
    ] * (expected["attempts"] is not None)


def state_of(account: str) -> dict[str, Any]:
    return {"account_id": account, "playbook": "renewal", "state": "notice", "cycle": "1"}
