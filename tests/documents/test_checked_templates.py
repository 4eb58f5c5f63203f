"""The problems of document templates, remembered while templates, fields and variables are the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.workspaces import RENEWAL, workspace
from tenure.engine.documents import template_checks
from tenure.engine.documents.checked_templates import checked_templates
from tenure.engine.documents.registry import TEMPLATES_FOLDER
from tenure.engine.documents.template_checks import check_own_templates
from tenure.engine.project.loading import load_project
from tenure.engine.project.record_cache import NOTES_FOLDER

TEMPLATE = "# {{ account_name }}\n\n{{ nobody_knows }}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with a run and a template that has a wrong name."""
    folder = workspace(tmp_path / "w", {"renewal": RENEWAL})
    (folder / NOTES_FOLDER).mkdir(mode=0o700)
    (folder / TEMPLATES_FOLDER).mkdir()
    (folder / TEMPLATES_FOLDER / "success_plan.en.md").write_text(TEMPLATE, "utf-8")
    return folder


def checks(monkeypatch: pytest.MonkeyPatch, root: Path, variables: tuple[str, ...] = ()) -> int:
    """Return how many times templates are checked, after comparing the problems with a new check."""
    catalogue = load_project(root).catalogue
    checked: list[Path] = []

    def check(*given: object) -> object:
        checked.append(root)
        return check_own_templates(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(template_checks, "check_own_templates", check)
        found = checked_templates(root, catalogue, variables)
    assert found == check_own_templates(root, catalogue, variables)
    return len(checked)


def test_the_same_templates_are_checked_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [checks(monkeypatch, root) for _ in range(3)] == [1, 0, 0]
    problems, _ = checked_templates(root, load_project(root).catalogue, ())
    assert [problem.code for problem in problems] == ["unknown-document-name"]


def test_changes_are_checked(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checks(monkeypatch, root)
    assert checks(monkeypatch, root, ("nobody_knows",)) == 1
    (root / TEMPLATES_FOLDER / "note.en.md").write_text("a note\n", "utf-8")
    assert checks(monkeypatch, root) == 1
    (root / TEMPLATES_FOLDER / "success_plan.en.md").write_text("# {{ arr }}\n", "utf-8")
    assert checks(monkeypatch, root) == 1
    (root / "fields.yaml").write_text("fields: {seats: {type: number}}\n", "utf-8")
    assert checks(monkeypatch, root) == 1
    assert checks(monkeypatch, root) == 0


def test_a_template_that_is_not_text_is_a_problem_each_time(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / TEMPLATES_FOLDER / "success_plan.en.md").write_bytes(b"\xff\xff")
    assert [checks(monkeypatch, root) for _ in range(2)] == [1, 1]
