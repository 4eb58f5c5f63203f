"""SECURITY.md promises what a test holds, and each test that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "SECURITY.md").read_text("utf-8")
NAMED = re.findall(r"`(\w+/test_\w+\.py)::(test_\w+)`", PAGE)


@cache
def functions(path: Path) -> set[str]:
    """Return the names of a file's functions."""
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_threat_names_a_test() -> None:
    table = PAGE.split("## Threats")[1].split("## What is not held")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    assert len(rows) == len(NAMED)


@pytest.mark.parametrize(("file", "function"), NAMED)
def test_the_test_is_there(file: str, function: str) -> None:
    assert function in functions(TESTS / file)
