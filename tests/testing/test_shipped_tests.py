"""The tests that come with the shipped playbooks pass in a new workspace."""

from __future__ import annotations

from pathlib import Path

import pytest
from tenure.cli.init import NewWorkspace, create_empty
from tenure.engine.project.loading import Project, load_project
from tenure.engine.testing.case_loader import find_tests, load_tests
from tenure.engine.testing.case_run import CaseRunner
from tenure.engine.testing.case_suite import run_suite

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
    names = ["win_back.terms.test.yaml", "win_back.test.yaml"]
    assert [path.name for path in find_tests(tmp_path / "w")] == names


@pytest.mark.parametrize("file", [pytest.param(f, marks=[pytest.mark.slow]) for f in FILES])
def test_they_pass(project: Project, file: str) -> None:
    loaded = load_tests(project, [project.root / "tests" / file])
    assert loaded.problems == ()
    runner = CaseRunner(project)
    for case in loaded.cases:
        assert runner.run(case).differences == ()


@pytest.mark.slow
def test_they_reach_every_state_transition_branch_and_action(project: Project) -> None:
    loaded = load_tests(project, find_tests(project.root))
    report = run_suite(project, loaded.cases, coverage=True)
    assert {each.playbook: each.percent for each in report.coverage} == dict.fromkeys(
        (each.id for each in project.playbooks), 100.0
    )


@pytest.mark.slow
def test_of_win_back_they_notice_each_change_but_one(project: Project) -> None:
    files = [project.root / "tests" / f"win_back.{part}test.yaml" for part in ("", "terms.")]
    report = run_suite(project, load_tests(project, files).cases, mutate=True)
    # `rearm: not stands_in('renewal/win_back')` is left: the enrolment ends on the day on which that state does.
    assert [each.old for each in report.survivors or ()] == ["not "]
