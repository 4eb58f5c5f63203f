"""`tenure init`: the empty workspace, and the choices for it."""

from __future__ import annotations

import datetime as dt
import shlex
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ruamel.yaml import YAML
from tenure.cli import init
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.version import VERSION


def tenure(*args: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_an_empty_workspace_is_valid_and_says_what_is_next(tmp_path: Path) -> None:
    root = tmp_path / "acme"
    made = tenure("init", root)
    assert made.exit_code == 0
    assert f"tenure import EXPORT --into {root}" in made.stderr
    checked = tenure("validate", "--workspace", root)
    assert checked.exit_code == 0
    assert "8 playbooks" in checked.stderr
    assert "no accounts yet: `tenure import EXPORT` brings an export in" in checked.stderr
    assert list((root / "data").iterdir()) == []


def test_an_example_says_nothing_of_an_import(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    assert tenure("init", root, "--demo", "--on", "2026-04-01").exit_code == 0
    assert "import" not in tenure("validate", "--workspace", root).stderr


def test_the_store_and_the_data_stay_out_of_the_history(tmp_path: Path) -> None:
    root = tmp_path / "acme"
    assert tenure("init", root).exit_code == 0
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for name in ("store/ledger.db", "data/accounts-2026-04-01.csv", "plans/a.yaml", "run.log"):
        ignored = subprocess.run(["git", "-C", str(root), "check-ignore", "-q", name], check=False)
        assert ignored.returncode == 0, name
    for name in (
        "tenure.yaml",
        "fields.yaml",
        "playbooks/renewal.yaml",
        "documents/qbr_prep.en.md",
    ):
        ignored = subprocess.run(["git", "-C", str(root), "check-ignore", "-q", name], check=False)
        assert ignored.returncode == 1, name


def test_a_gitignore_that_is_there_gets_the_lines_that_it_lacks(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n/data/")
    assert tenure("init", tmp_path).exit_code == 0
    text = (tmp_path / ".gitignore").read_text()
    assert text.startswith("mine\n/data/\n")
    assert text.count("/data/\n") == 1
    assert "\n/store/\n" in text


def test_an_import_that_fails_leaves_a_gitignore_as_it_was(tmp_path: Path) -> None:
    root = tmp_path / "acme"
    root.mkdir()
    (root / ".gitignore").write_text("mine\n")
    (tmp_path / "export.csv").write_text("Mood,Age\nGood,5\n")
    assert tenure("import", tmp_path / "export.csv", "--into", root, "--yes").exit_code == 1
    assert [path.name for path in root.iterdir()] == [".gitignore"]
    assert (root / ".gitignore").read_text() == "mine\n"


def test_a_workspace_is_named_as_one(tmp_path: Path) -> None:
    assert tenure("init", tmp_path / "acme").exit_code == 0
    again = tenure("init", tmp_path / "acme")
    assert again.exit_code == 2
    assert "acme is a workspace already" in again.output.replace("\n", " ")


@pytest.mark.parametrize(
    ("language", "words", "zone", "country"),
    [
        ("fr", "Un espace de travail Tenure", "Europe/Paris", "FR"),
        ("de", "Ein Tenure-Arbeitsbereich", "Europe/Berlin", "DE"),
        ("en", "A Tenure workspace", "Europe/Paris", "FR"),
    ],
)
def test_the_readme_is_in_the_language_asked_for(
    language: str,
    words: str,
    zone: str,
    country: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(init, "machine_zone", lambda: None)
    root = tmp_path / "acme"
    assert tenure("init", root, "--language", language).exit_code == 0
    assert words in (root / "README.md").read_text("utf-8")
    assert not list(root.glob("README.*.md"))
    settings = load_project(root).workspace
    assert (settings.language, settings.time_zone, settings.country) == (language, zone, country)


def test_the_country_is_that_of_the_time_zone(tmp_path: Path) -> None:
    root = tmp_path / "acme"
    assert tenure("init", root, "--time-zone", "America/New_York").exit_code == 0
    settings = load_project(root).workspace
    assert (settings.time_zone, settings.country) == ("America/New_York", "US")
    assert "TZ=America/New_York" in (root / "deploy" / "crontab").read_text()
    wrong = tenure("init", tmp_path / "other", "--time-zone", "Europe/Pari")
    assert wrong.exit_code == 2
    assert "did you mean Europe/Paris?" in wrong.stderr
    assert not (tmp_path / "other").exists()


def test_only_the_chosen_playbooks_are_enabled(tmp_path: Path) -> None:
    root = tmp_path / "acme"
    assert tenure("init", root, "--playbooks", "renewal, reviews").exit_code == 0
    project = load_project(root)
    assert {playbook.id for playbook in project.enabled} == {"renewal", "reviews"}
    assert len(project.playbooks) == 8
    assert project.errors == ()


def test_an_unknown_playbook_is_wrong_usage(tmp_path: Path) -> None:
    result = tenure("init", tmp_path / "acme", "--playbooks", "renewal,revews")
    assert result.exit_code == 2
    assert "did you mean reviews?" in result.stderr
    assert not (tmp_path / "acme").exists()


def test_the_task_of_windows_quotes_the_folder(tmp_path: Path) -> None:
    root = tmp_path / "it's here"
    assert tenure("init", root).exit_code == 0
    script = (root / "deploy" / "windows-task.ps1").read_text("utf-8")
    folder = str(root).replace("'", "''")
    assert f"""run --workspace "{folder}"'""" in script
    assert "Register-ScheduledTask -TaskName 'Tenure it''s here'" in script
    assert "$action = New-ScheduledTaskAction" in script


def test_an_example_may_end_on_any_date(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    assert tenure("init", root, "--demo", "--on", "2026-02-15").exit_code == 0
    last = max(path.stem.removeprefix("accounts-") for path in (root / "data").iterdir())
    assert dt.date.fromisoformat(last) == dt.date(2026, 2, 15)


def test_the_workflow_and_the_hooks_run_commands_that_pass(tmp_path: Path) -> None:
    root = tmp_path / "acme"
    (root / ".github").mkdir(parents=True)
    assert tenure("init", root, "--playbooks", "win_back,renewal").exit_code == 0
    yaml = YAML(typ="safe")
    workflow = yaml.load((root / ".github" / "workflows" / "tenure.yml").read_text("utf-8"))
    hooks = yaml.load((root / ".pre-commit-config.yaml").read_text("utf-8"))
    steps = [step.get("run", "") for step in workflow["jobs"]["check"]["steps"]]
    commands = [each for each in steps if each.startswith("tenure ")]
    commands += [hook["entry"] for repository in hooks["repos"] for hook in repository["hooks"]]
    assert f"pip install tenure=={VERSION}" in steps
    assert {each.split()[1] for each in commands} == {"validate", "fmt", "test", "diff"}
    for command in commands:
        _, *words = shlex.split(command.partition(">")[0])
        if words[0] != "diff":
            assert tenure(*words, "--workspace", root).exit_code == 0, command
        else:
            # It needs accounts; that its options exist is all that is tried here.
            assert tenure(*words[:1], *words[3:], "--help").exit_code == 0, command


def test_files_for_pull_requests_that_are_there_stay(tmp_path: Path) -> None:
    (tmp_path / ".pre-commit-config.yaml").write_text("repos: []\n")
    assert tenure("init", tmp_path).exit_code == 0
    assert (tmp_path / ".pre-commit-config.yaml").read_text() == "repos: []\n"
