"""Countries of accounts that are not known: runs count and name them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from support.one_account import DAY, DROP, MONDAY, row, text
from support.workspaces import snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview, run

COUNTRIES = ["FR", "Allemagne", "", "Freedonia", "Freedonia", "Borduria", "Sylda"]


def written(root: Path) -> Path:
    workspace(root, {"p": text(DROP)})
    rows = [
        row(account_id=f"a{n}", country=country, health_score=80)
        for n, country in enumerate(COUNTRIES)
    ]
    snapshot(root, MONDAY, rows)
    return root


def test_a_run_and_a_preview_count_and_name_them(tmp_path: Path) -> None:
    project = load_project(written(tmp_path / "w"))
    for result in (preview(project, MONDAY), run(project, MONDAY)):
        [problem] = result.warnings
        assert (problem.code, problem.severity) == ("unknown-country", "warning")
        assert problem.message == (
            "the country of 4 accounts is not known: `Freedonia`, `Borduria`, `Sylda`"
        )
        assert "those of FR" in (problem.hint or "")


def test_days_that_are_caught_up_warn_once(tmp_path: Path) -> None:
    root = written(tmp_path / "w")
    run(load_project(root), MONDAY)
    result = run(load_project(root), MONDAY + 3 * DAY)
    assert [problem.code for problem in result.warnings] == ["unknown-country"]


def test_the_command_shows_it_and_ends_well(tmp_path: Path) -> None:
    root = written(tmp_path / "w")
    words = ["run", "--workspace", root, "--on", MONDAY, "--today", MONDAY]
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 0
    assert "warning[unknown-country]: the country of 4 accounts" in result.stderr


@pytest.mark.parametrize("country", ["FR", "fra", "Deutschland", "Côte d'Ivoire", "England", ""])
def test_known_and_missing_ones_are_not_mentioned(tmp_path: Path, country: str) -> None:
    root = workspace(tmp_path / "w", {"p": text(DROP)})
    snapshot(root, MONDAY, [row(country=country, health_score=80)])
    assert run(load_project(root), MONDAY).warnings == ()
