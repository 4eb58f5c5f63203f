"""Regions of accounts decide holidays; runs count and name those that are not known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from support.one_account import DAY, DROP, MONDAY, row, text
from support.workspaces import snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.reports.explanation import explain_account
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader

REGIONS = [
    ("DE", "Bayern"),
    ("DE", "Baiern"),
    ("DE", "Baiern"),
    ("FR", "EMEA"),
    ("FR", ""),
    ("NL", "Noord-Holland"),
]
TASK = """\
timeline:
  anchor: renewal_date
  steps:
    - id: check
      at: 0 days
      do: [{task: {owner: csm}}, {email: {owner: csm, shift: later}}]
  outcomes: {over: {at: 30 days}}
"""


def written(root: Path) -> Path:
    workspace(root, {"p": text(DROP)})
    rows = [
        row(account_id=f"a{n}", country=country, region=region, health_score=80)
        for n, (country, region) in enumerate(REGIONS)
    ]
    snapshot(root, MONDAY, rows)
    return root


def test_a_run_and_a_preview_count_and_name_unknown_ones(tmp_path: Path) -> None:
    project = load_project(written(tmp_path / "w"))
    for result in (preview(project, MONDAY), run(project, MONDAY)):
        [problem] = result.warnings
        assert (problem.code, problem.severity) == ("unknown-region", "warning")
        assert problem.message == "the region of 3 accounts is not known: `Baiern`, `EMEA`"
        assert problem.hint is not None
        assert "common to their country; `Baiern` may be `Bayern`" in problem.hint


def test_days_that_are_caught_up_warn_once(tmp_path: Path) -> None:
    root = written(tmp_path / "w")
    run(load_project(root), MONDAY)
    result = run(load_project(root), MONDAY + 3 * DAY)
    assert [problem.code for problem in result.warnings] == ["unknown-region"]


def _due(root: Path, settings: str, on: dt.date, **account: object) -> dict[str, dt.date]:
    """Return when the task and the email of a renewal on a date are due."""
    workspace(root, {"p": text(TASK)})
    file = root / "tenure.yaml"
    file.write_text(file.read_text() + settings)
    snapshot(root, on, [row(renewal_date=on.isoformat(), **account)])
    project = load_project(root)
    run(project, on)
    explained = explain_account(project, "a", on, tuple(project.enabled))
    assert explained is not None
    assert explained.row is not None
    return dict(Reader.of(project).ledger().select("kind", "due_on").iter_rows())


@pytest.mark.parametrize(
    ("account", "due"),
    [
        ({"country": "GB", "region": "England"}, "2026-04-07"),
        ({"country": "England"}, "2026-04-07"),
        ({"country": "GB", "region": "Scotland"}, "2026-04-06"),
        ({"country": "GB"}, "2026-04-06"),
        ({"region": "GB-NIR"}, "2026-04-07"),
    ],
)
def test_easter_monday_is_a_holiday_by_region(
    tmp_path: Path, account: dict[str, object], due: str
) -> None:
    found = _due(tmp_path / "w", "", dt.date(2026, 4, 6), **account)
    assert {kind: on.isoformat() for kind, on in found.items()} == {"task": due, "email": due}


def test_closing_days_move_tasks_and_half_days_move_contacts(tmp_path: Path) -> None:
    settings = "holidays: {closed: {all: [2026-03-03]}, half_days: {FR: [2026-03-04]}}\n"
    found = _due(tmp_path / "w", settings, dt.date(2026, 3, 3), country="FR")
    assert found == {"task": dt.date(2026, 3, 4), "email": dt.date(2026, 3, 5)}
    elsewhere = _due(tmp_path / "x", settings, dt.date(2026, 3, 3), country="DE")
    assert elsewhere == {"task": dt.date(2026, 3, 4), "email": dt.date(2026, 3, 4)}
