"""Conditions with functions of events are true, false or unknown alike in both executors, for the same reasons."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples
from support.strategies import FIELDS, scalar
from tenure.engine.columns.compiler import compile_expression
from tenure.engine.columns.unknown_columns import unknown_columns
from tenure.engine.language.condition import Scope, load_condition
from tenure.engine.language.interpreter import evaluate_expression
from tenure.engine.language.traversal import event_calls
from tenure.engine.language.unknown_causes import unknown_causes
from tenure.engine.sources.convert import POLARS_TYPES

TODAY = dt.date(2026, 4, 1)
SCOPE = Scope(
    FIELDS,
    events={
        "tickets": {
            "minutes": ("number", ()),
            "priority": ("text", ()),
            "is_bug": ("boolean", ()),
        },
    },
)
CONDITIONS = (
    "count(tickets, 30 days) > 1",
    "not (sum(tickets.minutes, 90 days) / count(tickets, 90 days) >= 0.5)",
    "days_since(last(tickets)) between 0 and 7 or last(tickets) is missing",
    "last(tickets.priority where minutes > 3) in ('low', 'high') and count(tickets) != 2",
    "first(last(tickets.minutes), 1) < 1 or not last(tickets.is_bug)",
    "choose(count(tickets) > 0, last(tickets) + 3 days, today) < today",
    "max(count(tickets, 1 day), count(tickets, 2 weeks)) == 2",
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "number": st.sampled_from([None, 0.0, 0.5, 1.0, 2.0]),
    "text": st.sampled_from([None, "low", "normal"]),
    "date": st.sampled_from([None, TODAY, TODAY - dt.timedelta(days=7)]),
    "boolean": st.sampled_from([None, True, False]),
}


@pytest.mark.parametrize("text", CONDITIONS)
@examples(30)
@given(data=st.data())
def test_both_executors_give_the_same(text: str, data: st.DataObject) -> None:
    expression, problems = load_condition(scalar(text), SCOPE)
    assert problems == []
    assert expression is not None
    calls = event_calls([expression])
    row = {column: data.draw(VALUES[call.type]) for column, call in calls.items()}
    row |= {"@today": TODAY, "@snapshot_date": TODAY}
    schema = {column: POLARS_TYPES[call.type] for column, call in calls.items()}
    schema |= {"@today": pl.Date(), "@snapshot_date": pl.Date()}
    frame = pl.DataFrame([row], schema=schema)
    value = evaluate_expression(expression, row)
    assert frame.select(compile_expression(expression).alias("v"))["v"].to_list() == [value]
    causes = {
        name
        for name, column in unknown_columns(expression).items()
        if value is None and frame.select(column.alias("v"))["v"][0]
    }
    assert causes == unknown_causes(expression, row)
