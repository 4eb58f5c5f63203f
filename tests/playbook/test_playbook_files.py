"""Each file among the playbooks is read, or named as not read."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from support.one_account import DROP, MONDAY, row, text
from support.workspaces import RENEWAL, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.core.problems import Problems
from tenure.engine.project.loading import Project, load_project
from tenure.engine.runs.running import run


def laid_out(root: Path, files: dict[str, str]) -> Path:
    workspace(root, {})
    for name, content in files.items():
        path = root / "playbooks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return root


def ids(project: Project) -> list[str]:
    return [playbook.id for playbook in project.playbooks]


def test_yml_files_and_subfolders_are_read(tmp_path: Path) -> None:
    files = {
        "a.yaml": text(DROP, id="a"),
        "b.yml": text(DROP, id="b"),
        "c.YAML": text(DROP, id="c"),
        "team/d.yaml": text(DROP, id="d"),
        "team/north/e.Yml": text(DROP, id="e"),
        "README.md": "# For people",
        "team/.hidden.yaml": "not: a playbook",
        ".archive/old.yaml": "not: a playbook",
    }
    project = load_project(laid_out(tmp_path / "w", files))
    assert ids(project) == ["a", "b", "c", "d", "e"]
    assert project.problems == ()
    assert [each.file for each in project.playbooks][3:] == [
        "playbooks/team/d.yaml",
        "playbooks/team/north/e.Yml",
    ]


def test_a_playbook_in_a_subfolder_runs_and_reads_others(tmp_path: Path) -> None:
    asking = DROP.replace('when: "', "when: \"stands_in('a') or ")
    files = {"x/a.yml": text(DROP, id="a"), "b.yaml": text(asking, id="b")}
    root = laid_out(tmp_path / "w", files)
    snapshot(root, MONDAY, [row(health_score=80)])
    result = run(load_project(root), MONDAY)
    assert [problem.code for problem in result.warnings if problem.severity == "error"] == []


@pytest.mark.parametrize("other", ["a.yml", "team/a.yaml", "copy.yaml"])
def test_two_files_of_one_id_collide(tmp_path: Path, other: str) -> None:
    root = laid_out(tmp_path / "w", {"a.yaml": text(DROP, id="a"), other: text(DROP, id="a")})
    [problem] = load_project(root).problems
    assert (problem.code, problem.severity) == ("repeated-id", "error")
    named = [problem.span.file if problem.span else "", *(span.file for span, _ in problem.also)]
    assert sorted(named) == sorted(["playbooks/a.yaml", f"playbooks/{other}"])


@pytest.mark.parametrize("name", ["a.yaml.bak", "team/a.json", "a.yaml~", "notes"])
def test_a_file_that_is_not_read_is_named(tmp_path: Path, name: str) -> None:
    root = laid_out(tmp_path / "w", {"a.yaml": text(DROP, id="a"), name: "anything"})
    [problem] = load_project(root).problems
    assert (problem.code, problem.severity) == ("unread-file", "warning")
    assert problem.message.startswith(f"playbooks/{name} is not read")
    result = CliRunner().invoke(main, ["validate", "--workspace", str(root)])
    assert f"warning[unread-file]: playbooks/{name}" in result.stderr + result.stdout
    assert result.exit_code == 0


def test_a_linked_folder_is_named_and_not_followed(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", {"a.yaml": text(DROP, id="a")})
    (root / "playbooks" / "again").symlink_to(root / "playbooks")
    assert [problem.code for problem in load_project(root).problems] == ["unread-file"]


def test_a_former_id_is_known(tmp_path: Path) -> None:
    renamed = RENEWAL.replace("playbook: renewal", "playbook: renewals\nwas: renewal")
    root = laid_out(tmp_path / "w", {"renewal.yaml": renamed})
    assert load_project(root).former_ids == {"renewal": "renewals"}


def test_wrong_settings_are_refused(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", {"renewal.yaml": RENEWAL})
    (root / "tenure.yaml").write_text("workspace: [\n")
    with pytest.raises(Problems):
        load_project(root)
