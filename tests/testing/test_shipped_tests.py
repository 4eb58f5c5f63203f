"""The tests that come with the shipped playbooks pass in a new workspace."""

from __future__ import annotations

from pathlib import Path

import pytest
from tenure.cli.init import NewWorkspace, create_empty
from tenure.engine.project.loading import Project, load_project
from tenure.engine.testing.case_loader import find_tests, load_tests
from tenure.engine.testing.case_run import CaseRunner

FILES = sorted(
    path.name for path in (Path(__file__).parents[2] / "playbooks" / "tests").glob("*.test.yaml")
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("shipped") / "w"
    create_empty(root, NewWorkspace())
    return load_project(root)


def test_a_new_workspace_has_the_tests_of_its_playbooks(tmp_path: Path) -> None:
    create_empty(tmp_path / "w", NewWorkspace(playbooks=frozenset({"win_back"})))
    assert [path.name for path in find_tests(tmp_path / "w")] == ["win_back.test.yaml"]


@pytest.mark.parametrize("file", [pytest.param(f, marks=[pytest.mark.slow]) for f in FILES])
def test_they_pass(project: Project, file: str) -> None:
    loaded = load_tests(project, [project.root / "tests" / file])
    assert loaded.problems == ()
    runner = CaseRunner(project)
    for case in loaded.cases:
        assert runner.run(case).differences == ()
