"""Open actions that are escalated to the manager of their owner: who gets them, and who if no manager is known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.one_account import DAY, MONDAY, row, text
from support.what_people_did import action_id, record
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

ASK = """\
timeline:
  anchor: renewal_date
  steps:
    - id: s
      at: 0 days
      do: [{task: {title: Ask, owner: %s, escalate: {after: 1 day, to: %s}}}]
    - {id: next, at: 1 day}
  outcomes: {renewed: {when: vip}, over: {at: 20 days}}
"""
PEOPLE = "people: {file: people.csv}\n"
ROLE = SETTINGS.replace("roles:\n", "roles:\n  manager: {name: Eva}\n")
TABLE = "name,manager\nZoé, Max \nMax,\nOps,Zoé\nIda,ida\n"
"""The table of people: Max has no manager, and Ida is her own."""
MANAGED, LONE = {"csm": "zoé"}, {"csm": "Max"}

CASES = {
    "the owner's manager": (MANAGED, "csm", "manager", TABLE, ("manager", "Max")),
    "of the present owner's role": (
        {"csm": None},
        "[csm, operations]",
        "manager",
        TABLE,
        ("manager", "Zoé"),
    ),
    "before another role": (MANAGED, "csm", "[manager, operations]", TABLE, ("manager", "Max")),
    "after another role": (MANAGED, "csm", "[operations, manager]", TABLE, ("operations", "Ops")),
    "after a role that nobody holds": (
        {"account_manager": None, "csm": "Zoé"},
        "csm",
        "[account_manager, manager]",
        TABLE,
        ("manager", "Max"),
    ),
    "no manager, and another role": (
        LONE,
        "csm",
        "[manager, operations]",
        TABLE,
        ("operations", "Ops"),
    ),
    "no manager, and another owner": (
        LONE,
        "[csm, operations]",
        "manager",
        TABLE,
        ("operations", "Ops"),
    ),
    "no manager, and no other owner": (LONE, "csm", "manager", TABLE, ("csm", "Max")),
    "not in the table": (
        {"csm": "Nia"},
        "[csm, operations]",
        "manager",
        TABLE,
        ("operations", "Ops"),
    ),
    "the owner's own manager": (
        {"csm": "Ida"},
        "[csm, operations]",
        "manager",
        TABLE,
        ("operations", "Ops"),
    ),
    "no owner": ({"csm": None}, "csm", "[manager, operations]", TABLE, ("operations", "Ops")),
    "neither owner nor manager": ({"csm": None}, "csm", "manager", TABLE, ("csm", None)),
    "a table without managers": (
        MANAGED,
        "[csm, operations]",
        "manager",
        "name\nZoé\n",
        ("operations", "Ops"),
    ),
    "no table": (MANAGED, "csm", "[manager, operations]", None, ("operations", "Ops")),
}
"""By name: fields of the account, `owner`, `to`, the table, and the role and person of the escalation."""


def lived(
    root: Path,
    case: str,
    days: int = 3,
    settings: str = SETTINGS,
    outcome: dict[str, str] | None = None,
) -> Path:
    """Run day by day; `outcome` is recorded before the second day."""
    fields, owner, to, table, _ = CASES[case]
    settings = settings.replace(
        "  operations:", "  account_manager: {field: account_manager}\n  operations:"
    )
    workspace(root, {"p": text(ASK % (owner, to), id="p")}, settings + (PEOPLE if table else ""))
    if table:
        (root / "people.csv").write_text(table, "utf-8")
    snapshot(root, MONDAY, [row(renewal_date=MONDAY, **fields)])
    for n in range(days):
        if n == 1 and outcome:
            record(root, action_id(root, "s", "task"), on=MONDAY + DAY, **outcome)
        run(load_project(root), MONDAY + n * DAY)
    return root


def escalated(root: Path) -> tuple[str | None, str | None]:
    (entry,) = Reader(root / "store").ledger().filter(action="task_escalated").to_dicts()
    return entry["owner_role"], entry["owner"]


@pytest.mark.parametrize("case", CASES)
def test_the_escalation_goes_to_the_manager_or_to_somebody_else(tmp_path: Path, case: str) -> None:
    assert escalated(lived(tmp_path / "w", case)) == CASES[case][4]


def test_of_an_action_that_was_assigned_it_is_the_manager_of_the_present_owner(
    tmp_path: Path,
) -> None:
    given = {"outcome": "assigned", "to": "Ops"}
    assert escalated(lived(tmp_path / "w", "the owner's manager", outcome=given)) == (
        "manager",
        "Zoé",
    )


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("the owner's manager", ("manager", "Max")),
        ("no manager, and another owner", ("manager", "Eva")),
    ],
)
def test_a_role_called_manager_is_for_owners_without_one(
    tmp_path: Path, case: str, expected: tuple[str, str]
) -> None:
    root = lived(tmp_path / "w", case, settings=ROLE)
    assert escalated(root) == expected
    run(load_project(root), MONDAY + 2 * DAY, redo=True)
    assert escalated(root) == expected


def test_the_reason_says_that_no_manager_is_known(tmp_path: Path) -> None:
    for case, end in (
        ("the owner's manager", ""),
        ("not in the table", "; no manager of Nia is known"),
    ):
        root = lived(tmp_path / case, case)
        (entry,) = Reader(root / "store").ledger().filter(action="task_escalated").to_dicts()
        assert entry["reason"] == f"s/task is open, due 2026-03-02{end}"


def test_a_table_that_cannot_be_read_stops_no_run(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", "no manager, and another owner", days=1)
    (root / "people.csv").unlink()
    report = run(load_project(root), MONDAY + DAY)
    codes = [(each.code, each.severity) for each in report.warnings]
    assert ("no-people", "warning") in codes
    assert escalated(root) == ("operations", "Ops")


def test_explain_names_the_date_and_the_person(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", "the owner's manager", days=1)
    arguments = ["explain", "a", "--workspace", str(root), "--on", str(MONDAY + DAY)]
    written = CliRunner().invoke(main, arguments).stdout
    assert "  `s.task` is open: escalated with the next run to Max" in written
    data = json.loads(CliRunner().invoke(main, [*arguments, "--format", "json"]).stdout)
    assert data["playbooks"][0]["follow_ups"] == [
        {
            "of": "s/task",
            "on": "2026-03-03",
            "number": 0,
            "at_most": 1,
            "role": "manager",
            "owner": "Max",
        }
    ]
    done = lived(tmp_path / "done", "the owner's manager", days=2, outcome={"outcome": "done"})
    arguments[3] = str(done)
    assert "is open" not in CliRunner().invoke(main, arguments).stdout


def test_changed_managers_are_a_changed_input(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", "the owner's manager")
    on = MONDAY + 2 * DAY
    assert "managers" not in run(load_project(root), on).note
    (root / "people.csv").write_text(TABLE + "Nia,Max\n", "utf-8")
    note = run(load_project(root), on).note
    assert "the managers in the table of people changed" in note


def problems(root: Path, to: str, settings: str) -> list[str]:
    workspace(root, {"p": text(ASK % ("csm", to), id="p")}, settings)
    snapshot(root, MONDAY, [row(renewal_date=MONDAY)])
    return [each.code for each in load_project(root).problems]


def test_manager_needs_a_table_or_a_role_or_another_role_after_it(tmp_path: Path) -> None:
    assert problems(tmp_path / "1", "manager", SETTINGS) == ["unknown-role"]
    assert problems(tmp_path / "2", "[manager]", SETTINGS) == ["unknown-role"]
    assert problems(tmp_path / "3", "manager", SETTINGS + PEOPLE) == []
    assert problems(tmp_path / "4", "manager", ROLE) == []
    assert problems(tmp_path / "5", "[manager, operations]", SETTINGS) == []
    assert problems(tmp_path / "6", "[manager, operatons]", SETTINGS) == ["unknown-role"]


def test_validate_says_that_the_table_names_no_manager(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", "a table without managers", days=0)
    written = CliRunner().invoke(main, ["validate", "--workspace", str(root)])
    assert "the table of people has no manager" in written.output
    assert "name another role: `to: [manager, leadership]`" in written.output
    assert written.exit_code == 0
