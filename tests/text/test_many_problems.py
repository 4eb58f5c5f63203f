"""A file with thousands of mistakes is reported at once, in a screen or two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support.papers import papers
from support.workspaces import RENEWAL
from tenure.cli.main import main
from tenure.engine.core.problems import Problem, Span
from tenure.engine.text.problem_text import MOST_SHOWN, render
from tenure.engine.text.schema import maps


def problems(file: str, number: int) -> list[Problem]:
    return [Problem("unknown-key", f"`k{n}`", Span(file, n, 1, n, 2)) for n in range(1, number + 1)]


def validate(root: Path) -> Any:
    return CliRunner().invoke(main, ["validate", "--workspace", str(root)])


def test_twenty_of_a_file_are_shown_and_the_others_counted() -> None:
    shown = render([*problems("a.yaml", 23), *problems("b.yaml", 20)], {})
    assert shown.count("error[unknown-key]") == 2 * MOST_SHOWN
    assert "a.yaml: and 3 errors more\n" in shown
    assert "b.yaml: and" not in shown
    assert shown.endswith("\n\n43 errors\n")


def test_thousands_of_unknown_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sought: list[str] = []
    monkeypatch.setattr(maps, "suggest", lambda word, _: sought.append(word))
    root = papers(tmp_path / "w")
    with (root / "tenure.yaml").open("a") as file:
        file.writelines(f"unknown_key_{n}: 1\n" for n in range(8_000))
    result = validate(root)
    assert result.exit_code == 1
    assert result.stderr.count("error[unknown-key]") == MOST_SHOWN
    assert f"and {8_000 - MOST_SHOWN} errors more" in result.stderr
    assert len(set(sought)) == maps.MOST_SUGGESTED


def test_thousands_of_curly_quotes(tmp_path: Path) -> None:
    root = papers(tmp_path / "w")
    quoted = "status in (" + ", ".join("“a”" for _ in range(1_900)) + ")"
    text = RENEWAL.replace("status == 'active'", quoted)
    (root / "playbooks" / "renewal.yaml").write_text(text, "utf-8")
    result = validate(root)
    assert result.exit_code == 1
    assert result.stderr.count("\n  --> ") + result.stderr.count("\n --> ") <= MOST_SHOWN
    assert " errors more" in result.stderr


BROKEN = {
    "a tab": b"fields:\n\t a: 1\n",
    "no UTF-8": b"fields: \xff\n",
    "an alias": b"fields: *x\n",
}


@pytest.mark.parametrize("what", [*BROKEN, "a folder"])
def test_a_catalogue_that_cannot_be_read_is_the_only_problem(what: str, tmp_path: Path) -> None:
    root = papers(tmp_path / "w")
    text = RENEWAL.replace(
        "status == 'active'", "favourite_colour == 'red' and arr_of_last_year > 1"
    )
    (root / "playbooks" / "renewal.yaml").write_text(text, "utf-8")
    catalogue = root / "fields.yaml"
    catalogue.unlink(missing_ok=True)
    if what == "a folder":
        catalogue.mkdir()
    else:
        catalogue.write_bytes(BROKEN[what])
    result = validate(root)
    assert result.exit_code == 1
    assert result.stderr.count("error[") == 1
    assert "warning[" not in result.stderr
