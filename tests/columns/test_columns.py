"""Conditions in columns, where the random ones of `language/test_properties.py` do not go."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from support.strategies import DTYPES, SCOPE, columns, frame, read
from tenure.engine.columns.compiler import compile_expression
from tenure.engine.columns.unknown_columns import unknown_columns
from tenure.engine.core.ids import UNREADABLE_FIELDS
from tenure.engine.language.expressions import Type
from tenure.engine.language.interpreter import evaluate_expression

EMPTY = frame(SCOPE, [])


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("seats", "number"),
        ("year", "number"),
        ("3", "number"),
        ("seats / 3", "number"),
        ("days_until(renewal_date)", "number"),
        ("years_since(renewal_date)", "number"),
        ("weekday(renewal_date)", "number"),
        ("change(seats, 30 days)", "number"),
        ("choose(auto_renew, 3, seats)", "number"),
        ("quarter_start(renewal_date)", "date"),
        ("ago(renewal_date, 30 days)", "date"),
        ("renewal_date + 3 days", "date"),
        ("renewal_date + 3 months", "date"),
        ("renewal_date + (renewal_date - today)", "date"),
        ("anniversary(signup_date)", "date"),
        ("next_anniversary(signup_date)", "date"),
        ("recurrence(signup_date, 10 days)", "date"),
        ("recurrence(signup_date, 1 month)", "date"),
        ("recurrence(signup_date, 2 years)", "date"),
        ("2026-01-31", "date"),
        ("renewal_date - today", "duration"),
        ("2 weeks", "duration"),
        ("lower(csm)", "text"),
        ("csm ends_with 'n'", "boolean"),
        ("auto_renew and true", "boolean"),
        ("snapshot_reaches(anchor)", "boolean"),
        ("csm in ('Ann', 'Bo')", "boolean"),
    ],
)
def test_results_have_the_type_of_their_columns(text: str, type_: Type) -> None:
    e = compile_expression(read(text, SCOPE, type_))
    assert EMPTY.lazy().select(e.alias("x")).collect_schema()["x"] == DTYPES[type_]


def test_a_condition_without_columns_is_repeated() -> None:
    table = pl.DataFrame({"seats": [1.0, 2.0, 3.0]})
    e = compile_expression(read("3 > 2", SCOPE))
    assert table.with_columns(e.alias("x"))["x"].to_list() == [True] * 3


def test_the_year_may_be_a_whole_number_column() -> None:
    table = pl.DataFrame({"@year": [1, 2, None]}, schema={"@year": pl.Int32})
    e = compile_expression(read("year in (1, 3) or year > 5", SCOPE))
    assert table.with_columns(e.alias("x"))["x"].to_list() == [True, False, None]


def test_hundreds_of_conditions_in_a_row_compile() -> None:
    text = " or ".join(f"seats == {n}" for n in range(500))
    table = pl.DataFrame({"seats": [499.0, 500.0, None]})
    e = read(text, SCOPE)
    assert table.with_columns(compile_expression(e).alias("x"))["x"].to_list() == [
        True,
        False,
        None,
    ]
    assert table.select(**unknown_columns(e))["seats"].to_list() == [False, False, True]


def test_what_is_never_null_blames_nothing() -> None:
    assert unknown_columns(read("csm is missing or true", SCOPE)) == {}


def test_an_unreadable_value_is_missing_but_first_does_not_pass_over_it() -> None:
    table = pl.DataFrame(
        {"csm": ["Ann", None, None], UNREADABLE_FIELDS: [None, None, ";csm;"]},
        schema={"csm": pl.String, UNREADABLE_FIELDS: pl.String},
    )
    for text, expected in (
        ("csm is missing", [False, True, True]),
        ("csm is not missing", [True, False, False]),
        ("first(csm, 'Bo') == 'Bo'", [False, True, None]),
    ):
        e = read(text, SCOPE)
        assert table.select(x=compile_expression(e))["x"].to_list() == expected
        blamed = unknown_columns(e)
        found = table.select(**blamed)["csm"].to_list() if blamed else [False] * 3
        assert found == [value is None for value in expected]


def test_only_missing_values_and_no_settled_ones_are_blamed() -> None:
    table = pl.DataFrame(
        {
            "auto_renew": [True, False, None, None],
            "renewal_date": [None, None, None, dt.date(2026, 1, 1)],
            "@today": [dt.date(2026, 1, 1)] * 4,
        },
        schema={"auto_renew": pl.Boolean, "renewal_date": pl.Date, "@today": pl.Date},
    )
    blames = unknown_columns(read("auto_renew and days_until(renewal_date) < 90", SCOPE))
    found = table.select(**blames)
    assert found["auto_renew"].to_list() == [False, False, True, True]
    assert found["renewal_date"].to_list() == [True, False, True, False]
    assert found["today"].to_list() == [False] * 4


@pytest.mark.parametrize(
    "text",
    [
        "3 < first(health_score, 4)",
        "3 == abs(min(health_score, seats))",
        "3 < choose(health_score < 70, 4, 5)",
        "3 < choose(health_score is missing, 4, seats)",
        "3 < choose(auto_renew, 4, choose(opt_out, 2, 1))",
        "0 == abs(0 + health_score)",
        "2 < change(health_score, 7 days)",
        "3 > health_score / seats",
        "2024-05-01 > min(signup_date, 2024-01-01)",
        "csm contains 'Ann'",
        "'Ann' starts_with csm",
        "snapshot_reaches(signup_date)",
        "2024-01-01 < anniversary(signup_date)",
    ],
)
def test_every_row_has_its_own_result_where_all_values_are_missing(text: str) -> None:
    nothing = {**dict.fromkeys(columns(SCOPE)), "@today": dt.date(2024, 2, 29)}
    e = read(text, SCOPE)
    table = frame(SCOPE, [nothing] * 3).with_columns(compile_expression(e).alias("x"))
    assert table["x"].to_list() == [evaluate_expression(e, nothing)] * 3


@pytest.mark.parametrize(
    "text",
    [
        "not previous(auto_renew)",
        "lower(previous(csm)) == 'ann'",
        "previous(renewal_date) + 1 month < today",
        "quarter_start(ago(renewal_date, 30 days)) < today",
        "choose(ago(auto_renew, 30 days), 3, 4) > 2",
        "crossed_below(health_score, 70) or changed(csm) or change(seats, 7 days) > 3",
    ],
)
def test_without_history_earlier_values_are_unknown(text: str) -> None:
    row = {**dict.fromkeys(columns(SCOPE)), "@today": dt.date(2024, 2, 29), "health_score": 60.0}
    earlier = [name for name in columns(SCOPE) if "@" in name[1:]]
    table = frame(SCOPE, [row] * 3).with_columns(pl.lit(None).alias(name) for name in earlier)
    assert {table.schema[name] for name in earlier} == {pl.Null()}
    e = read(text, SCOPE)
    assert table.with_columns(compile_expression(e).alias("x"))["x"].to_list() == [None] * 3
    blamed = pl.any_horizontal(unknown_columns(e).values())
    assert table.with_columns(blamed.alias("x"))["x"].to_list() == [True] * 3


def test_a_division_by_a_constant_is_exact() -> None:
    table = frame(SCOPE, [{**dict.fromkeys(columns(SCOPE)), "seats": 31.0}])
    e = compile_expression(read("seats / 3", SCOPE, "number"))
    assert table.with_columns(e.alias("x"))["x"].to_list() == [31 / 3]
