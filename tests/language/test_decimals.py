"""Arithmetic in conditions against decimal reckoning, at every boundary of one and two decimals.

The expected values are computed with fractions of whole numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples
from support.strategies import PLACE, SCOPE, columns, frame, read
from tenure.engine.columns.compiler import compile_expression
from tenure.engine.language.expressions import Arithmetic, Compare, Constant, Expression, Field
from tenure.engine.language.interpreter import evaluate_expression
from tenure.engine.language.trace import trace

Row = dict[str, Any]
COMPARED: dict[str, Any] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
}
RECKONED: dict[str, Any] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
NOTHING: Row = dict.fromkeys(columns(SCOPE))


def by_both(e: Expression, rows: Sequence[Row]) -> list[Any]:
    """The values by the reference, after seeing that the columns agree."""
    values = [evaluate_expression(e, row) for row in rows]
    table = frame(SCOPE, [{**NOTHING, **row} for row in rows])
    assert table.with_columns(compile_expression(e).alias("x"))["x"].to_list() == values
    return values


def hundredths(least: int, most: int) -> Iterable[Fraction]:
    return (Fraction(n, 100) for n in range(least, most + 1))


def expect(left: str, cases: Iterable[tuple[Row, Fraction, Fraction]]) -> None:
    """Compare, for rows with their exact value and a threshold, all operators with the exact outcomes."""
    listed = list(cases)
    rows = [{**row, "ago": float(limit)} for row, _, limit in listed]
    renamed = [{**row, "health_score@28": row.pop("ago")} for row in rows]
    for symbol, compare in COMPARED.items():
        e = read(f"{left} {symbol} ago(health_score, 28 days)", SCOPE)
        found = by_both(e, renamed)
        wrong = [
            (row, symbol)
            for row, outcome, (_, value, limit) in zip(renamed, found, listed, strict=True)
            if outcome is not compare(value, limit)
        ]
        assert wrong == []


def around(value: Fraction, step: Fraction) -> tuple[Fraction, ...]:
    return (value - step, value, value + step)


@pytest.mark.parametrize("places", [10, 100])
@pytest.mark.parametrize("symbol", ["+", "-"])
def test_sums_and_differences_meet_their_boundaries(places: int, symbol: str) -> None:
    step = Fraction(1, places)
    numbers = [n * step for n in range(-places, places + 1, 1 if places == 10 else 7)]
    expect(
        f"health_score {symbol} seats",
        (
            ({"health_score": float(a), "seats": float(b)}, RECKONED[symbol](a, b), limit)
            for a in numbers
            for b in numbers
            for limit in around(RECKONED[symbol](a, b), step)
        ),
    )


def test_products_meet_their_boundaries() -> None:
    expect(
        "health_score * seats",
        (
            ({"health_score": float(a), "seats": float(b)}, a * b, limit)
            for a in hundredths(0, 100)
            for b in (
                Fraction(1, 10),
                Fraction(3, 10),
                Fraction(29, 100),
                Fraction(7),
                Fraction(100),
            )
            for limit in around(a * b, Fraction(1, 10_000))
        ),
    )


def test_quotients_meet_their_boundaries() -> None:
    expect(
        "health_score / seats",
        (
            ({"health_score": float(limit * b), "seats": float(b)}, limit, near)
            for limit in hundredths(-20, 100)
            for b in (Fraction(1, 10), Fraction(3, 10), Fraction(7, 100), Fraction(3), Fraction(90))
            for near in around(limit, Fraction(1, 100))
        ),
    )


@pytest.mark.parametrize("places", [10, 100])
def test_changes_meet_their_boundaries(places: int) -> None:
    step = Fraction(1, places)
    numbers = [n * step for n in range(0, places + 1, 1 if places == 10 else 3)]
    expect(
        "change(health_score, 30 days)",
        (
            ({"health_score": float(now), "health_score@30": float(then)}, now - then, limit)
            for now in numbers
            for then in numbers
            for limit in around(now - then, step)
        ),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1 + 0.2 in (0.3, 5)", True),
        ("0.1 + 0.2 not in (0.3, 5)", False),
        ("0.1 + 0.2 between 0.3 and 0.4", True),
        ("1 / 3 * 3 == 1", True),
        ("2 / 3 + 1 / 3 >= 1", True),
        ("1 / 3 == 0.3333333333", False),
        ("1000000.1 - 1000000 == 0.1", True),
        ("1000000.1 - 1000000 > 0.1", False),
        ("1000000.11 - 1000000 > 0.1", True),
        ("10000000000.01 + 0.01 > 10000000000.01", True),
        ("10000000000.01 + 0.01 == 10000000000.02", True),
        ("1000000000000 + 0.1 > 1000000000000", True),
        ("abs(0.8 - 0.9) >= 0.1", True),
        ("min(0.9 - 0.8, 5) < 0.1", False),
        ("max(0.7 - 0.8, 0.1 + 0.2) > 0.3", False),
        ("choose(true, 0.9 - 0.8, 1) >= 0.1", True),
        ("first(0.9 - 0.8, 1) >= 0.1", True),
        ("4.35 * 100 == 435", True),
        ("1.1 * 1.1 == 1.21", True),
        ("120000 * 1.1 >= 132000", True),
        ("1 / (0.3 - 0.1 - 0.2) is missing", True),
        ("1 / (0.3 - 0.1 - 0.1) == 10", True),
        ("0.3 - 0.1 - 0.2 == 0", True),
        ("0.3 - 0.1 - 0.2 < 0", False),
        ("100 - 99.99 > 0", True),
    ],
)  # fmt: skip
def test_computed_numbers_are_decimal(text: str, value: bool) -> None:
    assert by_both(read(text, SCOPE), [{}]) == [value]


def test_plain_comparisons_are_exact() -> None:
    e = read("health_score >= 70", SCOPE)
    assert by_both(e, [{"health_score": 69.99999999999999}, {"health_score": 70.0}]) == [
        False,
        True,
    ]


def test_a_distance_of_nothing_is_said_so() -> None:
    row = {**NOTHING, "health_score": 0.9, "health_score@30": 0.8}
    told = trace(read("change(health_score, 30 days) > 0.1", SCOPE), row)
    assert told.note.endswith("is 0.1: exactly on the limit, which is not what > 0.1 needs")


decimals = st.one_of(
    st.integers(-1000, 1000).map(lambda n: Fraction(n, 100)),
    st.integers(-1000, 1000).map(lambda n: Fraction(n, 10)),
    st.integers(-(10**9), 10**9).map(lambda n: Fraction(n, 100)),
)


def _value(draw: Any, depth: int) -> tuple[Expression, Fraction | None]:
    """An expression with its exact value; None where it divides by zero."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        number = draw(decimals)
        return Constant(float(number), "number", PLACE), number
    symbol = draw(st.sampled_from("+-*/"))
    (left, a), (right, b) = _value(draw, depth - 1), _value(draw, depth - 1)
    e = Arithmetic(symbol, left, right, "number", PLACE)
    if a is None or b is None or (symbol == "/" and b == 0):
        return e, None
    return e, RECKONED[symbol](a, b)


@examples(300)
@given(data=st.data())
def test_random_reckoning_is_exact_at_its_own_value(data: st.DataObject) -> None:
    # The value with two decimals more or fewer is told apart from the value itself.
    e, value = data.draw(st.composite(_value)(depth=2))
    sizes = [abs(c.value) for c in _constants(e)]
    if value is None:
        symbol, limit, outcome = "==", Fraction(0), None
    else:
        symbol = data.draw(st.sampled_from(sorted(COMPARED)))
        limit = Fraction(float(value)).limit_denominator(10**4)
        if limit != value and abs(limit - value) < 1e-6 * max(1, *sizes) ** 2:
            return
        outcome = COMPARED[symbol](value, limit)
    test = Compare(symbol, e, Constant(float(limit), "number", PLACE), PLACE)  # type: ignore[arg-type]
    row = {"seats": 1.0}
    scaled = Arithmetic("*", e, Field("seats", "number", PLACE), "number", PLACE)
    assert by_both(test, [row]) == [outcome]
    assert by_both(Compare(symbol, scaled, test.right, PLACE), [row]) == [outcome]  # type: ignore[arg-type]


def _constants(e: Expression) -> list[Any]:
    if isinstance(e, Arithmetic):
        return [*_constants(e.left), *_constants(e.right)]
    return [e]
