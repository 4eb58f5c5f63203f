"""Every folder in `lint_cases` has its warnings in `problems.txt`, exactly as shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.lints import lint_texts
from tenure.engine.text.problem_text import render

CASES = sorted((Path(__file__).parent / "lint_cases").iterdir())


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_a_lint_is_shown_as_documented(folder: Path, tmp_path: Path) -> None:
    texts = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.yaml"))}
    problems, sources = lint_texts(tmp_path, texts)
    assert {problem.code for problem in problems} == {folder.name.partition(".")[0]}
    assert {problem.severity for problem in problems} == {"warning"}
    assert render(problems, sources) == (folder / "problems.txt").read_text("utf-8")
