"""`tenure fmt`: what it writes, shows and leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.workspaces import RENEWAL, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project

WIDE = RENEWAL.replace("timeline:\n  anchor: renewal_date", "timeline:\n  anchor:   renewal_date")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    assert fmt(root).exit_code == 0
    return root


def fmt(root: Path, *args: str | Path) -> Result:
    given = [str(arg) for arg in args]
    result = CliRunner().invoke(main, ["fmt", *given, "--workspace", str(root)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def contents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.rglob("*.yaml")}


def test_it_writes_what_changes_and_means_the_same(root: Path) -> None:
    playbook = root / "playbooks" / "renewal.yaml"
    before = playbook.read_text("utf-8")
    playbook.write_text(
        before.replace("anchor: renewal_date", "anchor:   renewal_date\n\n"), "utf-8"
    )
    meant = load_project(root).playbooks[0].digest
    result = fmt(root)
    assert (result.exit_code, result.stdout) == (0, "playbooks/renewal.yaml\n")
    assert playbook.read_text("utf-8") == before.replace("renewal_date\n", "renewal_date\n\n", 1)
    assert load_project(root).playbooks[0].digest == meant
    assert fmt(root).stdout == ""


@pytest.mark.parametrize(("option", "code"), [("--check", 1), ("--diff", 0)])
def test_check_and_diff_write_nothing(option: str, code: int, root: Path) -> None:
    (root / "playbooks" / "renewal.yaml").write_text(WIDE, "utf-8")
    before = contents(root)
    result = fmt(root, option)
    assert result.exit_code == code
    assert contents(root) == before
    assert ("-  anchor:   renewal_date\n+  anchor: renewal_date\n" in result.stdout) == (code == 0)


def test_check_is_content_with_canonical_files(root: Path) -> None:
    assert fmt(root, "--check").exit_code == 0


def test_only_the_named_files_change(root: Path, tmp_path: Path) -> None:
    (root / "playbooks" / "renewal.yaml").write_text(WIDE, "utf-8")
    other = tmp_path / "other.yaml"
    other.write_text("a:  1\n")
    assert fmt(root, other).stdout == f"{other}\n"
    assert other.read_text() == "a: 1\n"
    assert (root / "playbooks" / "renewal.yaml").read_text("utf-8") == WIDE


def test_a_file_with_errors_stays_and_the_others_are_written(root: Path) -> None:
    (root / "fields.yaml").write_text("fields: [1\n")
    (root / "playbooks" / "renewal.yaml").write_text(WIDE, "utf-8")
    result = fmt(root)
    assert (result.exit_code, result.stdout) == (1, "playbooks/renewal.yaml\n")
    assert "yaml-syntax" in result.stderr
    assert (root / "fields.yaml").read_text() == "fields: [1\n"


def test_a_folder_without_settings_is_an_error(tmp_path: Path) -> None:
    result = fmt(tmp_path)
    assert result.exit_code == 1
    assert "no-workspace" in result.stderr
