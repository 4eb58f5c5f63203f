"""`tenure validate`: lints in every format, and what `--fix` writes, shows and leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.workspaces import RENEWAL, workspace
from tenure.cli.main import main
from tenure.engine.lints import fixing

WRONG = (
    RENEWAL.replace("status == 'active'", "status = 'active' # customers")
    .replace("priority: renewal\n", "priority: renewal\ndefine:\n  a: arr > 5\n  unused: arr > 9\n")
    .replace("at: -7 days", "at: -7 days, when: a")
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return workspace(tmp_path / "w", {"renewal": WRONG})


def validate(root: Path, *args: str) -> Result:
    result = CliRunner().invoke(main, ["validate", *args, "--workspace", str(root)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def text_of(root: Path) -> str:
    return (root / "playbooks" / "renewal.yaml").read_text("utf-8")


def test_fix_corrects_what_is_certain_and_shows_what_is_left(root: Path) -> None:
    result = validate(root, "--fix")
    assert result.exit_code == 0
    expected = WRONG.replace("status = 'active'", "status == 'active'").replace(
        "  unused: arr > 9\n", ""
    )
    assert text_of(root) == expected
    name = root / "playbooks" / "renewal.yaml"
    assert f"{name}:3: `=` alone compares nothing here; now `==`\n" in result.stderr
    assert f"{name}:7: `unused` is not used: no condition and no message uses it; taken out\n" in (
        result.stderr
    )
    assert "2 problems were fixed in 1 file.\n" in result.stderr
    again = validate(root, "--fix")
    assert "Nothing has a certain correction.\n" in again.stderr
    assert text_of(root) == expected


def test_diff_shows_the_same_and_writes_nothing(root: Path) -> None:
    result = validate(root, "--fix", "--diff")
    assert result.exit_code == 1
    assert "-for: status = 'active' # customers\n+for: status == 'active' # customers\n" in (
        result.stdout
    )
    assert "-  unused: arr > 9\n" in result.stdout
    assert "2 problems would be fixed in 1 file.\n" in result.stderr
    assert "error[wrong-operator]" in result.stderr
    assert text_of(root) == WRONG


@pytest.mark.parametrize("args", [("--diff",), ("--fix", "--diff", "--format", "json")])
def test_diff_is_for_fix_as_text(root: Path, args: tuple[str, ...]) -> None:
    result = validate(root, *args)
    assert result.exit_code == 2
    assert "--diff shows what --fix changes, as text." in result.stderr


def test_a_file_that_is_saved_meanwhile_keeps_the_edit(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = WRONG + "# saved by somebody\n"
    write = fixing.write_fixed

    def save_first(folder: Path, files: list[fixing.FixedFile]) -> None:
        (root / "playbooks" / "renewal.yaml").write_text(edited, "utf-8")
        write(folder, files)

    monkeypatch.setattr(fixing, "write_fixed", save_first)
    result = validate(root, "--fix")
    assert result.exit_code == 1
    assert "error[edited-meanwhile]" in result.stderr
    assert text_of(root) == edited


def test_without_fix_it_says_that_there_is_one(root: Path) -> None:
    assert "`tenure validate --fix` corrects 1 of them.\n" in validate(root).stderr
    assert "--fix" not in validate(root, "--fix").stderr


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_lints_are_warnings_in_every_format(root: Path, form: str) -> None:
    validate(root, "--fix")
    path = root / "playbooks" / "renewal.yaml"
    path.write_text(text_of(root).replace("define:\n", "define:\n  b: arr < 5\n"), "utf-8")
    result = validate(root, "--format", form)
    assert result.exit_code == 0
    shown = result.stderr if form == "text" else result.stdout
    assert "gap-between-cases" in shown
    assert "unused-definition" in shown
    if form == "json":
        problems = {problem["code"]: problem for problem in json.loads(result.stdout)}
        assert problems["unused-definition"]["fix"]["text"] == ""
        assert problems["gap-between-cases"]["fix"] is None
        assert problems["gap-between-cases"]["line"] == 7


def test_a_path_alone_is_linted_too(root: Path) -> None:
    result = validate(root, str(root / "playbooks" / "renewal.yaml"), "--fix")
    assert result.exit_code == 0
    assert "unused" not in text_of(root)
