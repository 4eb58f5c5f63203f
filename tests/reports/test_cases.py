"""Every bad message in `reports_cases` has its exact rendering beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tenure.engine.core.problems import Problem
from tenure.engine.playbook.template_checker import check_message
from tenure.engine.playbook.template_names import MESSAGE_NAMES, TemplateNames
from tenure.engine.text.problem_codes import PROBLEM_CODES
from tenure.engine.text.problem_text import render
from tenure.engine.text.yaml_nodes import Mapping
from tenure.engine.text.yaml_reader import read_yaml

CASES = sorted((Path(__file__).parent / "reports_cases").glob("*.yaml"))
KNOWN = TemplateNames({"account_name", "arr", "champion", *MESSAGE_NAMES})


def problems_of(path: Path) -> list[Problem]:
    node, problems = read_yaml(path.read_text(), path.name)
    assert isinstance(node, Mapping)
    assert problems == []
    return check_message(node, KNOWN)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_bad_message_is_shown_as_documented(path: Path) -> None:
    shown = render(problems_of(path), {path.name: path.read_text()})
    assert shown == path.with_suffix(".txt").read_text("utf-8")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_fixture_shows_the_code_it_is_named_for(path: Path) -> None:
    assert {problem.code for problem in problems_of(path)} == {path.stem}
    assert path.stem in PROBLEM_CODES
