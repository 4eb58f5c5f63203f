"""Rows that are stored under a playbook's former id are read under its present one."""

from __future__ import annotations

from typing import Any

import pytest
from support.store_rows import record, state, table
from tenure.engine.core.schemas import STATES
from tenure.engine.store.filters import Filter
from tenure.engine.store.former_ids import (
    all_ids,
    present_record,
    present_states,
    with_former_ids,
    with_present_ids,
)

FORMER = {"renewals": "renewal", "renew": "renewal", "health": "adoption"}
"""The newest former id of a playbook comes first."""


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ([("a", "renewals", "s")], [("a", "renewal", "s")]),
        ([("a", "renew", "old"), ("a", "renewals", "new")], [("a", "renewal", "new")]),
        # The present id is newer than all former ones, in whichever order they are stored.
        ([("a", "renewals", "old"), ("a", "renewal", "new")], [("a", "renewal", "new")]),
        ([("a", "renewal", "new"), ("a", "renewals", "old")], [("a", "renewal", "new")]),
        # Another account and another playbook have states of theirs.
        (
            [("a", "renewals", "s"), ("b", "renewal", "t"), ("a", "health", "u")],
            [("a", "adoption", "u"), ("a", "renewal", "s"), ("b", "renewal", "t")],
        ),
        ([("a", "other", "s")], [("a", "other", "s")]),
        ([], []),
    ],
)
def test_of_an_accounts_states_that_of_the_newest_id_is_valid(
    stored: list[tuple[str, str, str]], expected: list[tuple[str, str, str]]
) -> None:
    rows = [state(account, name, playbook) for account, playbook, name in stored]
    found = present_states(table(STATES, rows), FORMER)
    assert sorted(found.select("account_id", "playbook", "state").rows()) == expected


def test_a_table_without_playbooks_or_a_store_without_former_ids_stays_as_it_is() -> None:
    rows = table(STATES, [state("a", "s", "renewals")])
    assert with_present_ids(rows, {}) is rows
    assert with_present_ids(rows.drop("playbook"), FORMER).columns == rows.drop("playbook").columns
    assert with_present_ids(rows, FORMER)["playbook"].to_list() == ["renewal"]
    assert with_present_ids(rows, {"s": "t"}, "state")["state"].to_list() == ["t"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (["renewal"], ["renewal", "renewals", "renew"]),
        (["adoption", "renewal"], ["adoption", "renewal", "renewals", "renew", "health"]),
        (["other"], ["other"]),
        ([], []),
    ],
)
def test_a_filter_asks_for_former_ids_too(asked: list[str], expected: list[str]) -> None:
    assert all_ids(asked, FORMER) == expected
    others = [Filter("step", "in", ["renewal"]), Filter("playbook", "in", None)]
    assert with_former_ids([Filter("playbook", "in", asked), *others], FORMER) == [
        Filter("playbook", "in", expected),
        *others,
    ]


def test_a_record_names_present_ids() -> None:
    counts: list[dict[str, Any]] = [
        {"playbook": id, "accounts": 1} for id in ("renew", "other", None)
    ]
    old = record(
        0, playbooks={"renew": "ab", "other": "cd"}, schedules={"renew": "0 6 * * *"}, counts=counts
    )
    found = present_record(old, FORMER)
    assert found.playbooks == {"renewal": "ab", "other": "cd"}
    assert found.schedules == {"renewal": "0 6 * * *"}
    assert [count["playbook"] for count in found.counts] == ["renewal", "other", None]
    assert present_record(found, FORMER) is found
