"""The page on limits says what the code does, and names a test for each limit."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest
from tenure.engine.text.problem_codes import PROBLEM_CODES

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "limits.md").read_text("utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("|") and "`engine." in line
]


def test_the_page_has_its_tables() -> None:
    assert len(ROWS) > 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_says_what_the_code_does(row: list[str]) -> None:
    _, limit, problem, constant, test = row
    module, _, name = constant.strip("`").rpartition(".")
    value = getattr(import_module(f"tenure.{module}"), name)
    percent = value * 100 if isinstance(value, float) else value
    assert int(re.sub(r"[^\d]", "", limit)) == percent
    assert problem.strip("`") in {*PROBLEM_CODES, ""}
    file, _, function = test.strip("`").partition("::")
    tree = ast.parse((TESTS / file).read_text("utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
