"""The ten edits of the how-to: what `tenure diff` says, what runs then do, and what the page says are the same."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from support.two_versions import Standing, differing, lived
from tenure.cli.main import main
from tenure.engine.foresight.differences import CHANGES, compare_versions
from tenure.engine.foresight.other_version import other_version
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "ten-edits.md"
LAST_RUN = dt.date(2026, 4, 1)
DAYS = [LAST_RUN + dt.timedelta(days=n) for n in range(1, 7)]
TEXTS = {"subject", "body"}
"""What differs in letters alone, which the ledger does not have."""


class Edit(NamedTuple):
    """A row of the page."""

    file: str
    before: str
    after: str
    counts: dict[str, int]
    accounts: int


def edits() -> list[Edit]:
    """The rows of the page's table."""
    rows = re.findall(
        r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \| (.+) \|$", PAGE.read_text("utf-8"), re.M
    )
    found = []
    for file, before, after, numbers in rows:
        *counts, accounts = map(int, numbers.split(" | "))
        found.append(Edit(file, before, after, dict(zip(CHANGES, counts, strict=True)), accounts))
    return found


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example workspace after its run for the last day."""
    folder = tmp_path_factory.mktemp("edits") / "demo"
    made = CliRunner().invoke(main, ["init", str(folder), "--demo", "--on", LAST_RUN.isoformat()])
    assert made.exit_code == 0, made.output
    for on in (LAST_RUN - dt.timedelta(days=1), LAST_RUN):
        run(load_project(folder), on)
    return folder


@pytest.fixture(scope="module")
def unedited(root: Path) -> dict[str, Standing]:
    """What the days bring without an edit."""
    return lived(Path(shutil.copytree(root, root.with_name("unedited"))), DAYS)


def test_there_are_ten() -> None:
    assert len(edits()) == 10


@pytest.mark.slow
@pytest.mark.parametrize("edit", edits(), ids=lambda edit: edit.after)
def test_the_run_does_what_was_said(
    edit: Edit, root: Path, unedited: dict[str, Standing], tmp_path: Path
) -> None:
    edited = Path(shutil.copytree(root, tmp_path / "edited"))
    file = edited / edit.file
    text = file.read_text("utf-8")
    assert text.count(edit.before) == 1
    file.write_text(text.replace(edit.before, edit.after), "utf-8")
    project = load_project(edited)
    found = compare_versions(other_version(project, str(root)), project, DAYS[0], DAYS[-1]).rows
    assert Counter(found["what"].to_list()) == Counter(edit.counts)
    assert found["account_id"].n_unique() == edit.accounts
    said = {
        row["action_id"]: row["what"]
        for row in found.iter_rows(named=True)
        if row["what"] != "changes" or not {*row["changed"].split(", ")} <= TEXTS
    }
    assert said == differing(unedited, lived(edited, DAYS))
