"""What `explain` says of a condition: what holds, what does not and by how much, what cannot be told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from support.strategies import SCOPE, expressions, read, rows
from tenure.engine.language import trace as trace_module
from tenure.engine.language.expressions import Expression, Row
from tenure.engine.language.formatter import format_expression
from tenure.engine.language.interpreter import evaluate_expression
from tenure.engine.language.trace import Trace, _value_note, trace

ROW: dict[str, Any] = {
    "health_score": 72.0,
    "health_score@previous": 80.0,
    "seats": 10.0,
    "segment": "growth",
    "auto_renew": True,
    "renewal_date": dt.date(2026, 3, 1),
    "@today": dt.date(2026, 1, 10),
    "@anchor": dt.date(2026, 1, 5),
    "@snapshot_date": dt.date(2026, 1, 9),
    "@renewal.state": "grace",
    "@renewal.opened_on": dt.date(2025, 9, 3),
    "@renewal.entered_on": dt.date(2026, 1, 1),
    "@win_back.state": "recovered",
    "@win_back.opened_on": None,
    "@win_back.entered_on": dt.date(2025, 3, 31),
}


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("health_score < 70", "health_score is 72: 2 above what < 70 needs"),
        ("70 > health_score", "health_score is 72: 2 above what < 70 needs"),
        ("health_score >= 75.5", "health_score is 72: 3.5 below what >= 75.5 needs"),
        ("health_score > 72",
         "health_score is 72: exactly on the limit, which is not what > 72 needs"),
        ("health_score == 70", "health_score is 72, not 70"),
        ("health_score != 72", "health_score is 72, and must not be"),
        ("health_score > 70", "health_score is 72"),
        ("health_score < seats", "health_score is 72: 62 above what < seats (10) needs"),
        ("health_score > seats", "health_score is 72, > seats (10)"),
        ("seats / 3 > 4", "seats / 3 is 3.33333333333: 0.666666666667 below what > 4 needs"),
        ("csm == 'Ann'", "csm is missing"),
        ("csm == 'Ann' and opt_out", "csm and opt_out are missing"),
        ("csm is missing", "csm is missing"),
        ("segment is missing", "segment is 'growth'"),
        ("segment == 'enterprise'", "segment is 'growth', not 'enterprise'"),
        ("segment in ('enterprise')", "segment is 'growth': not in the list"),
        ("segment in ('growth')", "segment is 'growth': in the list"),
        ("csm contains 'Ann'", "csm is missing"),
        ("segment contains 'row'", "segment is 'growth'"),
        ("segment ends_with 'serve'", "segment is 'growth'"),
        ("auto_renew", "auto_renew is true"),
        ("renewal_date < 2026-02-01",
         "renewal_date is 2026-03-01: 28 days later than what < 2026-02-01 needs"),
        ("anchor > today",
         "anchor is 2026-01-05: 5 days earlier than what > today (2026-01-10) needs"),
        ("renewal_date - today <= 49 days",
         "renewal_date - today is 50 days: 1 day above what <= 49 days needs"),
        ("crossed_below(health_score, 75)", "health_score was 80 and is 72"),
        ("changed(csm)", "csm was missing and is missing"),
        ("change(health_score, 30 days) > 3", "change(health_score, 30 days) is missing"),
        ("snapshot_reaches(renewal_date)",
         "the snapshot of 2026-01-09 does not reach 2026-03-01"),
        ("snapshot_reaches(anchor)", "the snapshot of 2026-01-09 reaches 2026-01-05"),
        ("stands_in('renewal/grace')", "in renewal/grace since 2026-01-01"),
        ("stands_in('renewal/notice', 'renewal')", "in renewal/grace since 2026-01-01"),
        ("stands_in('win_back', 'vip/member')",
         "ended in win_back/recovered on 2025-03-31; was never enrolled in vip"),
        ("days_since(standing_since('renewal/grace')) > 10",
         "days_since(standing_since('renewal/grace')) is 9: 1 below what > 10 needs"),
        ("standing_since('renewal') == 2025-09-03", "standing_since('renewal') is 2025-09-03"),
        ("standing_since('win_back') < today", "standing_since('win_back') is missing"),
        ("at_risk", "at_risk means health_score < 70"),
        ("health_score < 70 and auto_renew", ""),
    ],
)  # fmt: skip
def test_the_note_says_by_how_much(text: str, note: str) -> None:
    assert trace(read(text, SCOPE), ROW).note == note


def test_the_tree_goes_down_to_single_comparisons() -> None:
    found = trace(read("at_risk or not (auto_renew and csm == 'Ann')", SCOPE), ROW)
    assert shape(found) == (
        "at_risk or not (auto_renew and csm == 'Ann')", None,
        [
            ("at_risk", False, [("health_score < 70", False, [])]),
            ("not (auto_renew and csm == 'Ann')", None,
             [("auto_renew and csm == 'Ann'", None,
               [("auto_renew", True, []), ("csm == 'Ann'", None, [])])]),
        ],
    )  # fmt: skip


def test_a_defined_value_says_what_it_means_and_is() -> None:
    found = trace(read("notice_date < today", SCOPE), ROW)
    assert [child.note for child in found.children] == [
        "notice_date means renewal_date - 90 days, here 2025-12-01"
    ]


def test_a_choice_says_what_decided() -> None:
    found = trace(read("choose(health_score < 70, seats, 3) > 2", SCOPE), ROW)
    assert found.note == "choose(health_score < 70, seats, 3) is 3"
    [choice] = found.children
    assert choice.note == "3 is chosen"
    assert [child.note for child in choice.children] == [
        "health_score is 72: 2 above what < 70 needs"
    ]


def test_a_choice_between_conditions_tells_of_the_one_that_was_chosen() -> None:
    found = trace(read("choose(health_score > 70, auto_renew, opt_out)", SCOPE), ROW)
    assert shape(found)[1:] == (
        True, [("health_score > 70", True, []), ("auto_renew", True, [])]
    )  # fmt: skip
    assert found.note == "auto_renew is chosen, here true"


def test_a_choice_that_cannot_be_made_names_what_is_missing() -> None:
    found = trace(read("choose(csm == 'Ann', 3, 4) > 3", SCOPE), ROW)
    assert [found.note, found.children[0].note] == ["csm is missing"] * 2


def test_it_keeps_the_place_in_the_file() -> None:
    found = trace(read("auto_renew and csm == 'Ann'", SCOPE), ROW)
    assert [(c.span.column, c.span.end_column) for c in found.children] == [(1, 11), (16, 28)]


def test_each_part_is_traced_once_however_deep_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[str] = []

    def note(e: Expression, row: Row) -> str:
        noted.append(format_expression(e))
        return _value_note(e, row)

    monkeypatch.setattr(trace_module, "_value_note", note)
    found = trace(read("not (" * 8 + "auto_renew" + ")" * 8, SCOPE), ROW)
    assert noted == [part.text for part in reversed(parts(found))]


@given(e=expressions(SCOPE), row=rows(SCOPE))
def test_what_is_explained_is_what_was_decided(e: Any, row: dict[str, Any]) -> None:
    found = trace(e, row)
    assert found.value == evaluate_expression(e, row)
    assert all(isinstance(part.note, str) for part in parts(found))


def shape(t: Trace) -> Any:
    return t.text, t.value, [shape(child) for child in t.children]


def parts(t: Trace) -> list[Trace]:
    return [t, *(part for child in t.children for part in parts(child))]
