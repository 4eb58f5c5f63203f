"""Conditions mean what other languages' public tables say: every case by both executors.

`outside_suites.cases` has the tables: logic with three values, comparison, `between`, `in`, dates and decimals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest
from support.strategies import DTYPES, read
from tenure.engine.columns.compiler import compile_expression
from tenure.engine.core.schemas import with_unreadable
from tenure.engine.language.condition import Scope
from tenure.engine.language.expressions import ConstantValue, Type
from tenure.engine.language.interpreter import evaluate_expression

TYPES: dict[str, Type] = {
    **dict.fromkeys("pq", "boolean"),
    **dict.fromkeys("xyz", "number"),
    **dict.fromkeys("st", "text"),
    **dict.fromkeys("de", "date"),
}
SCOPE = Scope({name: (type_, ()) for name, type_ in TYPES.items()}, frozenset(), {})
OUTCOMES = {"true": True, "false": False, "unknown": None}


class Case(NamedTuple):
    source: str
    text: str
    cells: dict[str, ConstantValue | None]
    outcome: bool | None


def value(name: str, text: str) -> ConstantValue | None:
    """The value of a field as the cases write it."""
    if text == "missing":
        return None
    match TYPES[name]:
        case "boolean":
            return {"true": True, "false": False}[text]
        case "number":
            return float(text)
        case "date":
            return dt.date.fromisoformat(text)
        case _:
            return text


def cases() -> Iterator[Case]:
    source = ""
    lines = Path(__file__).with_name("outside_suites.cases").read_text("utf-8")
    for line in lines.splitlines():
        if line.startswith("== "):
            source = line.removeprefix("== ")
        elif line and not line.startswith("#"):
            text, cells, outcome = line.split(" | ")
            pairs = (pair.partition("=") for pair in cells.split())
            given = {name: value(name, written) for name, _, written in pairs}
            yield Case(source, text, dict.fromkeys(TYPES) | given, OUTCOMES[outcome])


CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.text} [{case.source[:12]}]")
def test_both_executors_give_the_outcome_of_the_table(case: Case) -> None:
    expression = read(case.text, SCOPE)
    assert evaluate_expression(expression, case.cells) is case.outcome, case.source
    schema = {name: DTYPES[type_] for name, type_ in TYPES.items()}
    table = with_unreadable(pl.DataFrame([case.cells], schema=schema))
    found = table.select(compile_expression(expression).alias("found"))["found"].to_list()
    assert found == [case.outcome], case.source


def test_there_are_two_hundred_cases() -> None:
    assert len({(case.text, *case.cells.values()) for case in CASES}) >= 200
