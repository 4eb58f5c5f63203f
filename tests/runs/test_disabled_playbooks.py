"""Playbooks with `enabled: false`: checked, not evaluated, and empty for all others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tenure
from click.testing import CliRunner
from support.one_account import DAY, MONDAY, row, text, told
from support.workspaces import snapshot, workspace
from tenure.cli.main import main
from tenure.engine.core.problems import Problems
from tenure.engine.project.loading import load_project, read_project
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader

CONTRACT = """\
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: -30 days
      do:
        - {email: {owner: csm, due: 5 days, shift: none}}
        - {task: {owner: csm, due: 6 days, shift: none}}
    - {id: grace, at: 0 days, do: [{call: {owner: csm}}]}
  outcomes: {lapsed: {at: 10 days}}
"""
READER = """\
machine:
  initial: waiting
  states:
    - {id: waiting}
    - {id: seen, final: true, do: [{task: {owner: csm}}]}
  transitions: [{from: waiting, to: seen, when: "%s"}]
"""
RENEWAL_DATE = MONDAY + 30 * DAY


def laid_out(root: Path, reads: str = "stands_in('contract')") -> Path:
    """Lay out `contract`, whose notice is due on MONDAY, and a playbook that reads it."""
    contract = text(CONTRACT, id="contract", within="3 days")
    playbooks = {"contract": contract, "p": text(READER % reads)}
    workspace(root, playbooks)
    snapshot(root, MONDAY, [row(renewal_date=RENEWAL_DATE)])
    return root


def enable(root: Path, enabled: bool, id: str = "contract") -> None:
    file = root / "playbooks" / f"{id}.yaml"
    written = file.read_text(encoding="utf-8").replace("enabled: false\n", "")
    file.write_text(written + ("" if enabled else "enabled: false\n"), encoding="utf-8")


def lived(root: Path, first: int, last: int) -> None:
    for n in range(first, last + 1):
        run(load_project(root), MONDAY + n * DAY)


def states(root: Path) -> dict[str, str]:
    rows = Reader(root / "store").states().iter_rows(named=True)
    return {row["playbook"]: row["state"] for row in rows}


@pytest.mark.parametrize(
    "reads",
    [
        "stands_in('contract')",
        "stands_in('contract/notice', 'contract/grace')",
        "standing_since('contract') <= today",
        "standing_since('contract/notice') is not missing",
    ],
)
def test_other_playbooks_see_no_account_in_it(tmp_path: Path, reads: str) -> None:
    enabled, disabled = (laid_out(tmp_path / name, reads) for name in ("enabled", "disabled"))
    enable(disabled, False)
    for root in (enabled, disabled):
        lived(root, 0, 1)
    assert states(enabled)["p"] == "seen"
    assert states(disabled) == {"p": "waiting"}


def test_what_reads_a_disabled_playbook_has_no_problem_but_a_wrong_step_is_one(
    tmp_path: Path,
) -> None:
    root = laid_out(tmp_path / "w")
    enable(root, False)
    assert read_project(root).problems == ()
    (root / "playbooks" / "q.yaml").write_text(
        text(READER % "stands_in('contract/grce')", id="q"), encoding="utf-8"
    )
    assert [problem.code for problem in read_project(root).problems] == ["unknown-step"]


def test_its_errors_are_reported(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w")
    enable(root, False)
    file = root / "playbooks" / "contract.yaml"
    written = file.read_text(encoding="utf-8")
    file.write_text(written.replace("renewal_date", "renewal_dat"), encoding="utf-8")
    assert "unknown-field" in {problem.code for problem in read_project(root).problems}


def test_enrolments_stay_as_they_are_and_are_seen_by_none_meanwhile(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", "stands_in('contract') and days_since(opened_on) > 0")
    lived(root, 0, 0)
    enable(root, False)
    lived(root, 1, 2)
    assert states(root) == {"contract": "notice", "p": "waiting"}
    # The renewal date, and the end ten days later, pass before it is enabled: it goes on from that day.
    enable(root, True)
    lived(root, 45, 45)
    assert states(root)["contract"] == "lapsed"


def test_its_contacts_wait_and_go_out_once_it_is_enabled_within_their_patience(
    tmp_path: Path,
) -> None:
    root = laid_out(tmp_path / "w")
    lived(root, 0, 0)
    enable(root, False)
    lived(root, 1, 6)
    contact = [line for line in told(root) if "email" in line]
    assert contact[-1].endswith("postponed")
    (waiting,) = Reader(root / "store").pending(MONDAY + 6 * DAY).iter_rows(named=True)
    assert waiting["reason"].endswith("postponed from 2026-03-07: playbook `contract` is disabled")
    enable(root, True)
    lived(root, 7, 7)
    # Planned for the 7th, a Saturday, and now placed on Monday the 9th.
    (email,) = _latest(root, "email")
    assert (email["status"], email["contact_on"]) == ("issued", MONDAY + 7 * DAY)


def test_a_contact_whose_patience_ends_meanwhile_is_withheld(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w")
    lived(root, 0, 0)
    enable(root, False)
    # Planned for the 7th, with three days of patience.
    lived(root, 1, 7)
    assert [email["status"] for email in _latest(root, "email")] == ["postponed"]
    lived(root, 8, 8)
    assert [email["status"] for email in _latest(root, "email")] == ["withheld"]
    enable(root, True)
    lived(root, 9, 12)
    assert [email["status"] for email in _latest(root, "email")] == ["withheld"]


def test_its_contacts_wait_also_where_no_other_playbook_is_due(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w")
    lived(root, 0, 0)
    for id in ("contract", "p"):
        enable(root, False, id)
    lived(root, 1, 5)
    assert [email["status"] for email in _latest(root, "email")] == ["postponed"]


def test_tasks_that_were_issued_stay_with_their_owners(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w")
    lived(root, 0, 0)
    enable(root, False)
    lived(root, 1, 10)
    tasks = [task for task in _latest(root, "task") if task["playbook"] == "contract"]
    assert [(task["status"], task["due_on"]) for task in tasks] == [("issued", MONDAY + 6 * DAY)]


def test_steps_that_came_up_long_ago_are_skipped_when_it_is_enabled(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w")
    lived(root, 0, 0)
    enable(root, False)
    lived(root, 34, 34)
    enable(root, True)
    lived(root, 35, 35)
    # Due on the renewal date, five days late, and three are allowed.
    assert [(call["status"], call["late_days"]) for call in _latest(root, "call")] == [
        ("skipped", 5)
    ]


def test_an_edit_that_removes_a_state_stops_the_run_only_once_it_is_enabled(
    tmp_path: Path,
) -> None:
    root = laid_out(tmp_path / "w", "stands_in('contract')")
    lived(root, 0, 0)
    file = root / "playbooks" / "contract.yaml"
    written = file.read_text(encoding="utf-8")
    file.write_text(written.replace("id: notice", "id: notification"), encoding="utf-8")
    enable(root, False)
    lived(root, 1, 1)
    assert states(root)["contract"] == "notice"
    enable(root, True)
    with pytest.raises(Problems) as refused:
        lived(root, 2, 2)
    assert [problem.code for problem in refused.value.problems] == ["stranded-accounts"]


def test_a_redo_says_that_a_playbook_was_disabled(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w")
    lived(root, 0, 0)
    enable(root, False)
    result = run(load_project(root), MONDAY)
    assert "playbook contract is disabled" in result.note


def test_a_bad_value_of_its_anchor_leaves_no_account_out(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w")
    good = row(renewal_date=RENEWAL_DATE) | {"account_id": "b"}
    snapshot(root, MONDAY, [row(renewal_date="soon"), good])

    def evaluated() -> set[str]:
        return set(preview(load_project(root), MONDAY).store.states()["account_id"])

    assert evaluated() == {"b"}
    enable(root, False)
    assert evaluated() == {"a", "b"}


@pytest.mark.parametrize(
    "command",
    [
        ["validate"],
        ["preview", "--on", "2026-03-02"],
        ["run", "--on", "2026-03-02"],
        ["graph", "contract"],
        ["fields", "--on", "2026-03-02", "--format", "csv"],
        ["explain", "a", "--on", "2026-03-02"],
    ],
    ids=lambda command: command[0],
)
def test_each_command_shows_that_it_is_disabled(tmp_path: Path, command: list[str]) -> None:
    root = laid_out(tmp_path / "w")
    said = {}
    for enabled in (True, False):
        enable(root, enabled)
        result = CliRunner().invoke(main, [*command, "--workspace", str(root)])
        assert result.exit_code == 0, result.output
        said[enabled] = "disabled" in result.output
    assert said == {True: False, False: True}


def test_explain_in_json_and_the_api_show_it(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w")
    enable(root, False)
    arguments = ["explain", "a", "--on", "2026-03-02", "--format", "json"]
    written = CliRunner().invoke(main, [*arguments, "--workspace", str(root)]).stdout
    contract, reader = json.loads(written)["playbooks"]
    assert (contract["enabled"], contract["ways"]) == (False, [])
    assert (reader["enabled"], len(reader["ways"])) == (True, 1)
    opened = tenure.open(root, today="2026-03-02")
    assert opened.playbooks.disabled == ("contract",)
    assert opened.preview("2026-03-02").disabled == ("contract",)


def test_evaluate_leaves_it_out(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", "stands_in('contract') and days_since(opened_on) > 0")
    opened = tenure.open(root)
    before = tenure.evaluate(opened, opened.snapshot("2026-03-02"), None, "2026-03-02").states
    assert before["playbook"].to_list() == ["contract", "p"]
    enable(root, False)
    opened = tenure.open(root)
    found = tenure.evaluate(opened, opened.snapshot("2026-03-02"), None, "2026-03-02").states
    assert found["playbook"].to_list() == ["p"]
    # A selection without it sees no account in it either, whatever states are passed.
    reader = opened.playbooks.select("p")
    assert reader.disabled == ()
    found = tenure.evaluate(reader, opened.snapshot("2026-03-02"), before, "2026-03-03").states
    assert found.is_empty()


def _latest(root: Path, kind: str) -> list[dict[str, object]]:
    """Return each action of the kind as last revised."""
    entries = Reader(root / "store").ledger().filter(kind=kind)
    return list(entries.iter_rows(named=True))
