"""How large a condition may be, how long a duration, and between which dates what it computes lies."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples
from support.strategies import PLACE, SCOPE, expressions, read, rows, scalar
from tenure.engine.core.offsets import Offset
from tenure.engine.language.condition import Scope, load_condition
from tenure.engine.language.expressions import Call, Constant, Duration
from tenure.engine.language.interpreter import evaluate_expression
from tenure.engine.language.limits import (
    date_range,
    leaves_calendar,
    number_range,
    stays_in_range,
)
from tenure.engine.text.yaml_nodes import Sequence


def codes(text: str, scope: Scope = SCOPE) -> list[str]:
    return [problem.code for problem in load_condition(scalar(text), scope)[1]]


# 36,500 days are 5,214 weeks and two days.
@pytest.mark.parametrize(
    ("length", "refused"),
    [
        ("36500 days", False),
        ("36501 days", True),
        ("5200 weeks", False),
        ("5215 weeks", True),
        ("1200 months", False),
        ("1201 months", True),
        ("100 years", False),
        ("101 years", True),
    ],
)
def test_a_duration_is_a_century_at_most(length: str, refused: bool) -> None:
    expected = ["wrong-duration"] if refused else []
    assert codes(f"renewal_date < 2026-01-01 - {length}") == expected
    assert codes(f"renewal_date < 2026-01-01 + {length}") == expected


@pytest.mark.parametrize(("parts", "refused"), [(1_999, False), (2_000, True)])
def test_a_condition_has_two_thousand_parts_at_most_itself_among_them(
    parts: int, refused: bool
) -> None:
    many = Sequence(tuple(scalar("opt_out") for _ in range(parts)), PLACE)
    _, problems = load_condition(many, SCOPE)
    assert [problem.code for problem in problems] == (["deep-condition"] if refused else [])


@pytest.mark.parametrize(("uses", "refused"), [(499, False), (500, True)])
def test_the_parts_of_a_defined_name_count_at_each_use(uses: int, refused: bool) -> None:
    # A use is one part, `health_score < 70` are three.
    many = Sequence(tuple(scalar("at_risk") for _ in range(uses)), PLACE)
    _, problems = load_condition(many, SCOPE)
    assert [problem.code for problem in problems] == (["deep-condition"] if refused else [])


@pytest.mark.parametrize(("depth", "refused"), [(10, False), (11, True)])
def test_what_columns_need_several_times_is_counted_so(depth: int, refused: bool) -> None:
    # Two copies of what is inside, each time: 1, 5, 13, 29, ... 4,093, 8,189 parts. 5,000 are the most.
    text = "seats"
    for _ in range(depth):
        text = f"min({text}, 1)"
    assert codes(f"{text} < 3") == (["deep-condition"] if refused else [])


@pytest.mark.parametrize("month", range(1, 13))
def test_a_quarters_start_lies_in_reach_from_its_last_day_on(month: int) -> None:
    first = dt.date(2026, month, 1)
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    e = Call("quarter_start", (Constant(last, "date", PLACE),), "date", PLACE)
    start = evaluate_expression(e, {})
    assert start == dt.date(2026, 3 * ((month - 1) // 3) + 1, 1)
    assert isinstance(start, dt.date)
    low, high = date_range(e)
    assert low <= start.toordinal() <= high


def test_a_quarters_start_may_leave_the_calendar_where_its_date_would_not() -> None:
    # 31 March of year 1 less 31 days is in February; its quarter's start less 31 days is in year 0.
    date = Constant(dt.date(1, 3, 31), "date", PLACE)
    start = Call("quarter_start", (date,), "date", PLACE)
    for base, leaves in ((date, False), (start, True)):
        e = read("renewal_date - 31 days", SCOPE, "date")
        moved = type(e)("-", base, Duration(Offset(31, "days"), PLACE), "date", PLACE)
        assert (leaves_calendar(moved) is not None) == leaves


@pytest.mark.parametrize(
    ("text", "comes"),
    [
        # January and February 2026 have 59 days, so two months from 1 January are fewer than twice 31.
        ("2026-01-01 + 2 months", "2026-03-01"),
        ("2026-03-01 - 1 month", "2026-02-01"),
        ("2026-03-01 + 1 year", "2027-03-01"),
    ],
)
def test_months_and_years_have_their_shortest_and_longest_length(text: str, comes: str) -> None:
    low, high = date_range(read(text, SCOPE, "date"))
    assert low <= dt.date.fromisoformat(comes).toordinal() <= high


@examples(200)
@given(data=st.data(), row=rows(SCOPE))
def test_no_date_or_length_lies_out_of_reach(data: st.DataObject, row: dict[str, Any]) -> None:
    type_ = data.draw(st.sampled_from(["date", "duration"]))
    e = data.draw(expressions(SCOPE, type_))
    value = evaluate_expression(e, row)
    if value is not None:
        low, high = date_range(e)
        number = value.toordinal() if isinstance(value, dt.date) else value
        assert low <= number <= high


@examples(300)
@given(data=st.data(), row=rows(SCOPE))
def test_no_number_lies_out_of_its_range(data: st.DataObject, row: dict[str, Any]) -> None:
    """The range of a field is that of its values in the row, the earlier ones among them."""
    e = data.draw(expressions(SCOPE, "number"))
    value = evaluate_expression(e, row)
    if not isinstance(value, int | float):
        return

    def of_field(name: str) -> tuple[float, float]:
        values = [float(v) for key, v in row.items() if name in key and isinstance(v, int | float)]
        return (min(values), max(values)) if values else (0, 0)

    low, high = number_range(e, of_field)
    margin = 1e-9 * max(1, abs(value))
    assert low - margin <= value <= high + margin


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("renewal_date", "1900-01-01", "2200-12-31"),
        ("anchor", "1500-01-01", "2700-12-31"),
        ("renewal_date + 10 days", "1900-01-11", "2201-01-10"),
        ("renewal_date - 2 weeks", "1899-12-18", "2200-12-17"),
        ("first(2026-01-01, 2026-05-01, 2026-03-01)", "2026-01-01", "2026-05-01"),
        ("choose(opt_out, 2026-05-01, 2026-03-01)", "2026-03-01", "2026-05-01"),
        ("anniversary(renewal_date)", "1900-01-01", "2200-12-31"),
    ],
)
def test_between_which_dates_a_value_lies(text: str, low: str, high: str) -> None:
    first, last = date_range(read(text, SCOPE, "date"))
    assert (dt.date.fromordinal(first), dt.date.fromordinal(last)) == (
        dt.date.fromisoformat(low),
        dt.date.fromisoformat(high),
    )


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2 weeks", 14, 14),
        ("2026-03-01 - 2026-01-01", 59, 59),
        ("2 weeks - 3 days", 11, 11),
        ("max(2 days, 1 week)", 2, 7),
    ],
)
def test_between_which_lengths_a_duration_lies(text: str, low: int, high: int) -> None:
    assert date_range(read(text, SCOPE, "duration")) == (low, high)


@pytest.mark.parametrize(
    ("date", "kept"),
    [
        ("1500-01-01", True),
        ("1499-12-31", False),
        ("2700-12-31", True),
        ("2701-01-01", False),
    ],
)
def test_a_date_may_be_kept_from_1500_to_2700(date: str, kept: bool) -> None:
    assert stays_in_range(Constant(dt.date.fromisoformat(date), "date", PLACE)) == kept


@pytest.mark.parametrize("text", ["anchor + 1 day", "anchor - 1 day"])
def test_an_anchor_may_not_walk_out_of_them_day_by_day(text: str) -> None:
    _, problems = load_condition(scalar(text), SCOPE, "date")
    assert [problem.code for problem in problems] == ["wrong-duration"]


@pytest.mark.parametrize(("depth", "refused"), [(64, False), (65, True)])
def test_lists_stand_in_each_other_sixty_four_times_at_most(depth: int, refused: bool) -> None:
    node: Any = scalar("opt_out")
    for _ in range(depth):
        node = Sequence((node,), PLACE)
    _, problems = load_condition(node, SCOPE)
    assert [problem.code for problem in problems] == (["deep-condition"] if refused else [])
