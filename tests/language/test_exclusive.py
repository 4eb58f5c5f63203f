"""What can be proved of conditions without data, and that nothing false ever is."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples
from support.strategies import FIELDS, PLACE, SCOPE, STEPS, constant, expressions, read, rows
from tenure.engine.language.expressions import (
    And,
    Call,
    Compare,
    Constant,
    Expression,
    Field,
    In,
    IsMissing,
    Not,
    Or,
)
from tenure.engine.language.implication import implies, never_both
from tenure.engine.language.interpreter import evaluate_expression


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("health_score < 70", "health_score >= 70"),
        ("health_score < 70", "health_score > 70"),
        ("health_score < 70", "70 < health_score"),
        ("health_score == 70", "health_score != 70"),
        ("health_score < 70", "not health_score < 70"),
        ("health_score < 70 and auto_renew", "auto_renew and health_score > 80"),
        ("at_risk", "health_score >= 70"),
        ("health_score < limit", "health_score >= 70"),
        ("health_score between 0 and 50", "health_score between 51 and 60"),
        ("health_score < 10 or health_score > 90", "health_score between 10 and 90"),
        ("segment in ('growth', 'strategic')", "segment == 'enterprise'"),
        ("segment in ('growth')", "segment not in ('growth', 'strategic')"),
        ("auto_renew", "not auto_renew"),
        ("auto_renew", "auto_renew == false"),
        ("csm is missing", "csm == 'Ann'"),
        ("csm is missing", "csm is not missing"),
        ("renewal_date < 2026-01-01", "renewal_date >= 2026-06-01"),
        ("renewal_date - today < 30 days", "renewal_date - today > 5 weeks"),
        ("renewal_date > anchor", "anchor >= renewal_date"),
        ("crossed_below(health_score, 70)", "health_score >= 70"),
        ("crossed_below(health_score, 70)", "crossed_above(health_score, 70)"),
        ("changed(csm)", "not changed(csm)"),
        ("false", "auto_renew"),
        ("health_score < 3 and health_score > 4", "auto_renew"),
        ("not (auto_renew or opt_out)", "opt_out"),
        ("stands_in('renewal/grace')", "stands_in('renewal/notice', 'renewal/enrolled')"),
        ("stands_in('renewal/grace')", "not stands_in('renewal/grace', 'renewal/notice')"),
        ("stands_in('renewal', 'win_back')", "not stands_in('renewal', 'win_back')"),
    ],
)
def test_it_proves_that_two_never_hold_together(a: str, b: str) -> None:
    assert never_both(read(a, SCOPE), read(b, SCOPE))
    assert never_both(read(b, SCOPE), read(a, SCOPE))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("health_score <= 70", "health_score >= 70"),
        ("health_score < 70", "seats >= 70"),
        ("health_score != 70", "health_score != 71"),
        ("segment in ('growth')", "csm == 'Ann'"),
        ("auto_renew", "opt_out"),
        ("csm is missing", "health_score is missing"),
        ("renewal_date > anchor", "renewal_date < anchor + 1 day"),
        ("health_score < 70 or auto_renew", "health_score > 80"),
        ("stands_in('renewal/grace')", "stands_in('win_back/notice')"),
        ("stands_in('renewal/grace')", "stands_in('renewal')"),
        ("not stands_in('renewal/grace')", "not stands_in('renewal/notice')"),
    ],
)
def test_it_leaves_open_what_may_hold_together(a: str, b: str) -> None:
    assert not never_both(read(a, SCOPE), read(b, SCOPE))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("stands_in('renewal/grace')", "stands_in('renewal/grace', 'renewal/notice')"),
        ("stands_in('renewal/grace')", "not stands_in('renewal/notice')"),
        ("health_score < 70", "health_score < 80"),
        ("health_score < 70", "health_score <= 70"),
        ("health_score < 70", "health_score != 70"),
        ("health_score < 70", "health_score is not missing"),
        ("health_score < 70", "at_risk"),
        ("health_score == 60", "at_risk or auto_renew"),
        ("health_score between 10 and 20", "0 < health_score < 70"),
        ("segment == 'growth'", "segment in ('growth', 'strategic')"),
        ("segment == 'growth'", "segment != 'strategic'"),
        ("segment in ('growth')", "not segment in ('strategic')"),
        ("auto_renew and at_risk", "auto_renew == true"),
        ("auto_renew", "not (opt_out and not auto_renew)"),
        ("renewal_date > 2026-06-01", "renewal_date > 2026-01-01"),
        ("crossed_below(health_score, 70)", "health_score < 70"),
        ("crossed_below(health_score, 70)", "previous(health_score) > 60"),
        ("renewal_date > anchor", "anchor != renewal_date"),
        ("changed(csm)", "changed(csm)"),
        ("health_score > 90 or health_score < 10", "not health_score between 10 and 90"),
        ("false", "auto_renew"),
        ("auto_renew", "true"),
    ],
)
def test_it_proves_that_one_brings_the_other(a: str, b: str) -> None:
    assert implies(read(a, SCOPE), read(b, SCOPE))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("health_score <= 70", "health_score < 70"),
        ("health_score < 70 or auto_renew", "health_score < 70"),
        ("auto_renew", "at_risk or not at_risk"),
        ("csm is missing", "csm != 'Ann'"),
        ("csm != 'Ann'", "csm == 'Bo'"),
        ("segment in ('growth', 'strategic')", "segment == 'growth'"),
    ],
)
def test_it_does_not_prove_what_may_fail(a: str, b: str) -> None:
    assert not implies(read(a, SCOPE), read(b, SCOPE))


@st.composite
def simple(draw: Any, depth: int = 2) -> Expression:
    """Conditions on few fields and few values, so that many exclude or bring each other."""
    choice = draw(st.integers(0, 7)) if depth else draw(st.integers(0, 4))
    if choice == 0:
        return Field("auto_renew", "boolean", PLACE)
    if choice == 1:
        operator = draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]))
        return Compare(operator, _score(), _small(draw), PLACE)
    if choice == 2:
        options = tuple(_small(draw) for _ in range(draw(st.integers(1, 3))))
        return In(_score(), options, PLACE)
    if choice == 3:
        return IsMissing(_score(), PLACE)
    if choice == 4:
        steps = draw(st.lists(st.sampled_from(STEPS), min_size=1, max_size=2))
        asked = tuple(Constant(f"renewal/{step}", "text", PLACE) for step in steps)
        return Call("stands_in", asked, "boolean", PLACE)
    if choice == 5:
        return Not(draw(simple(depth - 1)), PLACE)
    parts = tuple(draw(simple(depth - 1)) for _ in range(2))
    return And(parts, PLACE) if choice == 6 else Or(parts, PLACE)


def _score() -> Field:
    return Field("health_score", FIELDS["health_score"][0], PLACE)


def _small(draw: Any) -> Any:
    found = constant(draw, "boolean")
    return type(found)(draw(st.integers(0, 3)), "number", PLACE)


SMALL_ROWS = [
    {"health_score": score, "auto_renew": renew, "@renewal.state": state}
    for score in (None, -1, 0, 0.5, 1, 1.5, 2, 2.5, 3, 4)
    for renew in (None, True, False)
    for state in (None, *STEPS)
]


@examples(500)
@given(a=simple(), b=simple())
def test_nothing_false_is_proved_of_simple_conditions(a: Expression, b: Expression) -> None:
    for row in SMALL_ROWS:
        if evaluate_expression(a, row) is True:
            assert not (never_both(a, b) and evaluate_expression(b, row) is True)
            assert not (implies(a, b) and evaluate_expression(b, row) is not True)


def _ordinary(value: Any) -> Any:
    return math.copysign(min(abs(value), 1e15), value) if isinstance(value, float) else value


@given(a=expressions(SCOPE), b=expressions(SCOPE), row=rows(SCOPE))
def test_nothing_false_is_proved_of_any_condition(a: Any, b: Any, row: dict[str, Any]) -> None:
    # What is equal is relative to the largest number in an expression: 1e308 in it makes all others equal.
    row = {name: _ordinary(value) for name, value in row.items()}
    if evaluate_expression(a, row) is True:
        assert not (never_both(a, b) and evaluate_expression(b, row) is True)
        assert not (implies(a, b) and evaluate_expression(b, row) is not True)


SCORES: list[dict[str, Any]] = [{"health_score": score} for score in (69.0, 70.0, 71.0)]


@pytest.mark.parametrize("sign", ["<", "<=", "==", "!=", ">=", ">"])
@pytest.mark.parametrize("other", ["<", "<=", "==", "!=", ">=", ">"])
def test_a_comparison_written_from_its_other_end_proves_as_much(sign: str, other: str) -> None:
    """Around 70, below, at and above it are all there is: what is proved is what holds of these three."""
    turned, straight = (
        read(f"70 {sign} health_score", SCOPE),
        read(f"health_score {other} 70", SCOPE),
    )
    holds = [
        (evaluate_expression(turned, row), evaluate_expression(straight, row)) for row in SCORES
    ]
    assert never_both(turned, straight) == (not any(a and b for a, b in holds))
    assert never_both(straight, turned) == (not any(a and b for a, b in holds))
    assert implies(turned, straight) == all(b for a, b in holds if a)
    assert implies(straight, turned) == all(a for a, b in holds if b)


@pytest.mark.parametrize("sign", ["<", "<=", "==", "!=", ">=", ">"])
@pytest.mark.parametrize("other", ["<", "<=", "==", "!=", ">=", ">"])
def test_two_fields_are_compared_from_either_end(sign: str, other: str) -> None:
    one = read(f"renewal_date {sign} signup_date", SCOPE)
    two = read(f"signup_date {other} renewal_date", SCOPE)
    dates = [dt.date(2026, 1, day) for day in (1, 2, 3)]
    world = [{"renewal_date": date, "signup_date": dates[1]} for date in dates]
    holds = [(evaluate_expression(one, row), evaluate_expression(two, row)) for row in world]
    assert never_both(one, two) == (not any(a and b for a, b in holds))
    assert implies(one, two) == all(b for a, b in holds if a)
