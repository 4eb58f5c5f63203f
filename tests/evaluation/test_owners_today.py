"""Owners are read again on each date: no promise stays with someone who has left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.one_account import DAY, MONDAY, row, text
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

PROMISES = """\
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: -30 days
      do:
        - task: {owner: [csm, operations], due: 4 days, shift: none}
        - email: {owner: csm, due: 4 days, shift: none}
  outcomes: {over: {at: 30 days}}
"""


ROLES = "  csm: {field: csm}\n"
TWO_FIELDS = SETTINGS.replace(ROLES, f"{ROLES}  sales: {{field: account_manager}}\n")


def entries(root: Path, action: str) -> list[tuple[int, Any, Any, Any]]:
    """Each revision of an action: status, owner's role and owner."""
    rows = Reader(root / "store").ledger(history=True).filter(action=action).sort("revision")
    return list(rows.select("revision", "status", "owner_role", "owner").iter_rows())


def lived(root: Path, *owners: str | None, body: str = PROMISES, settings: str = SETTINGS) -> Path:
    """A workspace run on as many days as owners are given, each the account's CSM from that day on."""
    workspace(root, {"p": text(body)}, settings)
    for n, owner in enumerate(owners):
        on = MONDAY + n * DAY
        snapshot(root, on, [row(renewal_date=MONDAY + 30 * DAY) | {"csm": owner}])
        run(load_project(root), on)
    return root


def test_a_promise_goes_to_the_new_owner(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", "Zoé", "Zoé", "Ann")
    for action in ("task", "email"):
        assert entries(root, action) == [
            (1, "issued", "csm", "Zoé"),
            (2, "issued", "csm", "Ann"),
        ]
    latest = Reader(root / "store").ledger().filter(action="email")
    assert latest["reason"].item() == "30 days before 2026-04-01; the owner changed"
    assert latest["contact_on"].item() == MONDAY + 4 * DAY


def test_a_promise_that_changes_hands_often_says_so_once(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", "Zoé", "Ann", "Max", "Zoé")
    for action in ("task", "email"):
        assert [owner for *_, owner in entries(root, action)][-1] == "Zoé"
        latest = Reader(root / "store").ledger().filter(action=action)
        assert latest["revision"].item() == 4
        assert latest["reason"].item() == "30 days before 2026-04-01; the owner changed"


def test_a_promise_without_an_owner_goes_to_the_next_role(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", "Zoé", None)
    assert entries(root, "task")[-1] == (2, "issued", "operations", "Ops")
    assert entries(root, "email")[-1] == (2, "issued", "csm", None)


def test_a_promise_that_nobody_can_have_is_that_of_the_first_role(tmp_path: Path) -> None:
    body = PROMISES.replace("[csm, operations]", "[csm, sales]")
    root = lived(tmp_path / "w", "Zoé", None, body=body, settings=TWO_FIELDS)
    assert entries(root, "task")[-1] == (2, "issued", "csm", None)


def test_what_is_done_keeps_its_owner(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", "Zoé", "Zoé", "Zoé", "Zoé", "Zoé", "Ann")
    assert entries(root, "task") == [(1, "issued", "csm", "Zoé")]


def test_a_promise_of_the_day_itself_goes_to_the_new_owner(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", "Zoé", "Zoé", "Zoé", "Zoé", "Ann")
    assert entries(root, "task")[-1] == (2, "issued", "csm", "Ann")
