"""`tolerate:` says how many rows may have bad values for a run to end with 0."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tenure
from click.testing import CliRunner
from support.one_account import DAY, MONDAY, row
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run

PLAYBOOK = """\
playbook: p
schedule: "0 6 * * *"
for: arr > 0 and health_score > 0
catch_up: {within: 3 days, then: skip}
timeline:
  anchor: renewal_date
  steps: [{id: notice, at: -7 days, do: [{task: {owner: csm}}]}]
"""


def book(root: Path, settings: str) -> Path:
    return workspace(root, {"p": PLAYBOOK}, SETTINGS + settings)


def day(root: Path, n: int, bad: range, accounts: int = 50) -> None:
    """The snapshot of a day; each bad row has two values that cannot be read, none of them essential."""
    wrong = {"arr": "much", "health_score": "fine"}
    rows: list[dict[str, Any]] = [
        row(account_id=f"a{i:02}", **(wrong if i in bad else {"arr": 10, "health_score": 80}))
        for i in range(accounts)
    ]
    snapshot(root, MONDAY + n * DAY, rows)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("", 4),
        ("tolerate: 0\n", 4),
        ("tolerate: 1\n", 4),
        ("tolerate: 2\n", 0),
        ("tolerate: 3.9 %\n", 4),
        ("tolerate: 4 %\n", 0),
        ("tolerate: 100 %\n", 0),
    ],
)
def test_rows_are_counted_not_values(settings: str, code: int, tmp_path: Path) -> None:
    """Two of fifty rows are bad, with four values."""
    root = book(tmp_path / "w", settings)
    day(root, 0, range(2))
    place = ["--workspace", str(root), "--on", str(MONDAY), "--today", str(MONDAY)]
    for command in ("preview", "run"):
        result = CliRunner().invoke(main, [command, *place])
        assert result.exit_code == code
        assert "bad values left out" in result.stderr
    preview = tenure.open(root, today=MONDAY + DAY).preview()
    assert (preview.exit_code, preview.tolerated) == (code, code == 0)


def test_a_playbook_that_cannot_run_is_never_tolerated(tmp_path: Path) -> None:
    root = book(tmp_path / "w", "tolerate: 100 %\n")
    day(root, 0, range(2))
    (root / "playbooks" / "bad.yaml").write_text("playbook: bad\n", encoding="utf-8")
    place = ["--workspace", str(root), "--on", str(MONDAY), "--today", str(MONDAY)]
    assert CliRunner().invoke(main, ["run", *place]).exit_code == 1


@pytest.mark.parametrize(("last", "tolerated"), [(range(4, 6), True), (range(4, 7), False)])
def test_each_date_is_judged_alone(last: range, tolerated: bool, tmp_path: Path) -> None:
    root = book(tmp_path / "w", "tolerate: 2\n")
    for n, bad in enumerate((range(2), range(2, 4), last)):
        day(root, n, bad)
    run(load_project(root), MONDAY)
    assert run(load_project(root), MONDAY + 2 * DAY).tolerated is tolerated
