"""Smallest changes of values by which conditions are true, or false."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import SCOPE, expressions, read, rows
from tenure.engine.core.list_texts import join_items
from tenure.engine.language.expressions import Expression, Row
from tenure.engine.language.interpreter import evaluate_expression
from tenure.engine.language.smallest_change import (
    change_text,
    changed_columns,
    smallest_changes,
)
from tenure.engine.language.value_sets import ValueSet

TODAY = dt.date(2024, 6, 3)
ROW: dict[str, Any] = {
    "@today": TODAY,
    "@snapshot_date": TODAY,
    "health_score": 82.0,
    "health_score@previous": 75.0,
    "seats": 10.0,
    "segment": "growth",
    "csm": None,
    "tags": join_items(["beta"]),
    "renewal_date": dt.date(2024, 12, 31),
    "auto_renew": False,
    "opt_out": None,
}
DOMAINS = {
    "health_score": ValueSet(low=0.0, high=100.0),
    "segment": ValueSet(only=frozenset(["self_serve", "growth", "enterprise"])),
}


def changes(text: str, wanted: bool = True) -> list[str]:
    """The smallest way in words, one change each."""
    ways = smallest_changes(read(text, replace(SCOPE, actions=True)), ROW, wanted, DOMAINS)
    return [change_text(change) for change in ways[0]] if ways else ["none"]


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("health_score < 70", True, ["health_score is below 70, such as 69 (now 82)"]),
        ("70 > health_score", True, ["health_score is below 70, such as 69 (now 82)"]),
        ("at_risk", True, ["health_score is below 70, such as 69 (now 82)"]),
        ("not (health_score >= 70)", True, ["health_score is below 70, such as 69 (now 82)"]),
        ("health_score > 70", False, ["health_score is at most 70, such as 70 (now 82)"]),
        ("health_score < 70", False, []),
        ("seats / 2 > 7", True, ["seats is 15 (now 10)"]),
        ("health_score < seats * 3", True, ["health_score is below 30, such as 29 (now 82)"]),
        ("segment == 'enterprise'", True, ["segment is 'enterprise' (now 'growth')"]),
        (
            "segment in ('enterprise', 'self_serve')",
            True,
            ["segment is one of 'enterprise', 'self_serve', such as 'enterprise' (now 'growth')"],
        ),
        (
            "segment == 'growth'",
            False,
            ["segment is not 'growth', such as 'enterprise' (now 'growth')"],
        ),
        ("csm is not missing", True, ["csm is known, such as 'other' (now missing)"]),
        ("segment is missing", True, ["segment is missing (now 'growth')"]),
        ("auto_renew", True, ["auto_renew is true (now false)"]),
        ("opt_out", True, ["opt_out is true (now missing)"]),
        ("tags has 'vip'", True, ["tags is 'beta, vip' (now 'beta')"]),
        (
            "renewal_date <= today + 30 days",
            True,
            ["renewal_date is on or before 2024-07-03, such as 2024-07-03 (now 2024-12-31)"],
        ),
        (
            "days_until(renewal_date) < 30",
            True,
            ["renewal_date is 2024-07-02 (now 2024-12-31)"],
        ),
        ("crossed_below(health_score, 70)", True, ["health_score is 69 (now 82)"]),
        # Two comparisons of one value: the words of one of them would not be enough.
        ("health_score between 40 and 60", True, ["health_score is 60 (now 82)"]),
        (
            "health_score < 70 and auto_renew",
            True,
            ["health_score is below 70, such as 69 (now 82)", "auto_renew is true (now false)"],
        ),
        (
            "health_score < 70 or auto_renew",
            True,
            ["health_score is below 70, such as 69 (now 82)"],
        ),
        (
            "done('notice/call')",
            True,
            ["done('notice/call') is true (now false)"],
        ),
        ("stands_in('renewal/grace')", True, ["stands_in('renewal/grace') is true (now false)"]),
        # Neither time nor what was can be changed, and a score is at most 100.
        ("today > 2030-01-01", True, ["none"]),
        ("previous(health_score) < 70", True, ["none"]),
        ("health_score > 100", True, ["none"]),
    ],
)
def test_the_change_is_said(text: str, wanted: bool, expected: list[str]) -> None:
    assert changes(text, wanted) == expected


@pytest.mark.parametrize(
    ("text", "wanted", "tags", "expected"),
    [
        ("tags has 'vip' and not tags has 'beta'", True, ["beta", "vip"], "tags is 'vip'"),
        ("tags has 'beta' and not tags has 'vip'", True, ["beta", "vip", "x"], "tags is 'beta, x'"),
        ("tags has 'beta' and tags has 'vip'", True, ["x"], "tags is 'x, beta, vip'"),
        ("tags has 'beta' and tags has 'vip'", True, ["vip"], "tags is 'vip, beta'"),
        ("tags has 'beta' or tags has 'vip'", False, ["beta", "x", "vip"], "tags is 'x'"),
        ("tags has 'beta'", False, ["x", "beta"], "tags is 'x'"),
        ("has_all(tags, 'beta', 'vip')", False, ["beta", "vip", "x"], "tags is 'vip, x'"),
        ("has_any(tags, 'beta', 'vip')", False, ["beta", "vip", "x"], "tags is 'x'"),
        ("has_any(tags, 'beta', 'vip')", True, ["x"], "tags is 'x, beta'"),
    ],
)
def test_of_a_list_the_fewest_items_come_and_go(
    text: str, wanted: bool, tags: list[str], expected: str
) -> None:
    row = ROW | {"tags": join_items(tags)}
    ways = smallest_changes(read(text, replace(SCOPE, actions=True)), row, wanted, DOMAINS)
    (change,) = ways[0]
    assert change_text(change) == f"{expected} (now '{', '.join(tags)}')"


@given(expressions(SCOPE, "boolean"), rows(SCOPE), st.booleans())
def test_a_condition_with_the_changes_has_the_outcome(
    e: Expression, row: Row, wanted: bool
) -> None:
    for way in smallest_changes(e, row, wanted, {}):
        assert evaluate_expression(e, {**row, **changed_columns(way)}) is wanted
        assert way or evaluate_expression(e, row) is wanted
