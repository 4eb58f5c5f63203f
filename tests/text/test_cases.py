"""Every fixture file in `text_cases` has its exact rendering beside it."""

from pathlib import Path

import pytest
from tenure.engine.playbook.playbook_schema import PLAYBOOK_SHAPE
from tenure.engine.text.input_files import decode
from tenure.engine.text.problem_text import render
from tenure.engine.text.schema.shapes import validate
from tenure.engine.text.yaml_reader import read_yaml

CASES = sorted((Path(__file__).parent / "text_cases").glob("*.yaml"))


def problems_of(path):
    text, problems = decode(path.read_bytes(), path.name)
    if text is None:
        return path.read_bytes().decode("latin-1"), problems
    node, problems = read_yaml(text, path.name)
    if node is not None:
        problems = problems + validate(node, PLAYBOOK_SHAPE)
    return text, problems


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_problem_is_shown_as_documented(path):
    text, problems = problems_of(path)
    assert render(problems, {path.name: text}) == path.with_suffix(".txt").read_text("utf-8")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_fixture_shows_the_code_that_it_is_named_for(path):
    _, problems = problems_of(path)
    assert path.stem in {problem.code for problem in problems}
