"""What must hold of every condition, over random trees and rows."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import SCOPE, expressions, frame, placeless, rows, scalar, structures
from tenure.engine.columns.compiler import compile_expression
from tenure.engine.columns.unknown_columns import unknown_columns
from tenure.engine.core.ids import UNREADABLE_FIELDS
from tenure.engine.language.condition import load_condition
from tenure.engine.language.expressions import Type
from tenure.engine.language.formatter import format_expression
from tenure.engine.language.interpreter import evaluate_expression
from tenure.engine.language.look_back import AS_OF, column_of_back
from tenure.engine.language.traversal import fields_read, history_read, names_read, references, walk
from tenure.engine.language.unknown_causes import unknown_causes

some_rows = st.lists(rows(SCOPE), min_size=1, max_size=6)
types = st.sampled_from(["boolean", "boolean", "boolean", "number", "date", "text", "duration"])


def draw_any(data: st.DataObject) -> tuple[Any, Type]:
    type_ = data.draw(types)
    return data.draw(expressions(SCOPE, type_)), type_


def in_columns(e: pl.Expr, table: pl.DataFrame) -> list[Any]:
    return table.with_columns(e.alias("result"))["result"].to_list()


@given(data=st.data(), many=some_rows)
def test_columns_agree_with_the_reference(data: st.DataObject, many: list[Any]) -> None:
    e, _ = draw_any(data)
    expected = [evaluate_expression(e, row) for row in many]
    assert in_columns(compile_expression(e), frame(SCOPE, many)) == expected
    assert not any(isinstance(value, float) and not math.isfinite(value) for value in expected)


@given(data=st.data(), many=some_rows)
def test_blame_in_columns_agrees_with_the_reference(data: st.DataObject, many: list[Any]) -> None:
    e, _ = draw_any(data)
    table = frame(SCOPE, many)
    found = {name: in_columns(blamed, table) for name, blamed in unknown_columns(e).items()}
    assert not any(None in column for column in found.values())
    for index, row in enumerate(many):
        blamed = {name for name, column in found.items() if column[index]}
        assert blamed == unknown_causes(e, row)
        assert bool(blamed) == (evaluate_expression(e, row) is None)


@given(data=st.data())
def test_what_is_formatted_parses_to_the_same_tree(data: st.DataObject) -> None:
    e, type_ = draw_any(data)
    text = format_expression(e)
    back, problems = load_condition(scalar(text), SCOPE, type_)
    assert problems == []
    assert placeless(back) == placeless(e)
    assert back is not None
    assert format_expression(back) == text


@given(data=st.data())
def test_both_spellings_give_the_same_tree(data: st.DataObject) -> None:
    e = data.draw(expressions(SCOPE))
    node = data.draw(structures(e, format_expression))
    back, problems = load_condition(node, SCOPE)
    assert problems == []
    assert placeless(back) == placeless(e)


@given(data=st.data(), row=rows(SCOPE))
def test_only_the_columns_that_are_said_to_be_read_matter(
    data: st.DataObject, row: dict[str, Any]
) -> None:
    e, _ = draw_any(data)
    read = set(fields_read(e)) | {f"@{name}" for name in names_read(e)}
    earlier = {column_of_back(name, back) for name, back in history_read(e)}
    read |= earlier | {name for name in row if name.removesuffix(AS_OF) in earlier}
    read |= {column for reference in references(e) for column in reference.columns}
    # `first` asks which fields have a bad value.
    read |= {UNREADABLE_FIELDS} & row.keys()
    assert evaluate_expression(e, {name: row[name] for name in read}) == evaluate_expression(e, row)
    assert len(list(walk(e))) >= 1


@given(text=st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    e, problems = load_condition(scalar(text), SCOPE, None)
    assert (e is None) == bool(problems)
    assert all(problem.span is not None for problem in problems)


WORDS = [
    *("health_score", "segment", "csm", "renewal_date", "today", "and", "or", "not", "in", "is"),
    *("missing", "between", "(", ")", ",", "<", "<=", "==", "=", "!=", "+", "-", "*", "/", "70"),
    *("stands_in(", "standing_since(", "'renewal/grace'"),
    *("'growth'", "2026-01-31", "90 days", "3 months", "previous(", "changed(", "first(", "true"),
    *("null", "&&", "xyz"),
]


@given(words=st.lists(st.sampled_from(WORDS), max_size=14))
def test_any_words_are_read_or_refused_with_a_place(words: list[str]) -> None:
    e, problems = load_condition(scalar(" ".join(words)), SCOPE, None)
    assert (e is None) == bool(problems)
    assert all(problem.span is not None for problem in problems)
    if e is not None:
        back, _ = load_condition(scalar(format_expression(e)), SCOPE, None)
        assert placeless(back) == placeless(e)
