"""Every folder in `workspace_cases` has what is wrong with it in `problems.txt`, exactly as shown."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.sources.snapshots import Snapshots
from tenure.engine.text.problem_text import render
from tenure.engine.workspace.settings_loader import load_workspace

CASES = sorted((Path(__file__).parent / "workspace_cases").iterdir())
DAY = dt.date(2026, 1, 31)


def problems_here() -> tuple[list[Problem], dict[str, str]]:
    """Of the settings; where those are fine, of the snapshot of 31 January, seen ten days later."""
    workspace, catalogue, problems, sources = load_workspace(Path())
    if problems or workspace is None:
        return problems, sources
    snapshots = Snapshots(workspace, catalogue)
    try:
        snapshot = snapshots.load(DAY, ["arr"])
    except Problems as found:
        return list(found.problems), sources
    late = snapshots.check_age(DAY, DAY + dt.timedelta(days=10))
    return [*snapshot.warnings, *late], sources


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_problem_is_shown_as_documented(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    problems, sources = problems_here()
    assert folder.name in {problem.code for problem in problems}
    assert render(problems, sources) == (folder / "problems.txt").read_text("utf-8")
