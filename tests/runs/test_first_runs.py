"""First runs over a store that start gently: what is past counts as done (`start`), openings are spread (`at_most`).

The first date is known from the run records, and no clock or later run changes it.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import tenure
from click.testing import CliRunner
from support.one_account import DAY, MONDAY, row, text, told
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.reports.explanation import explain_account
from tenure.engine.runs import stages
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader

NOTICE = """\
timeline:
  anchor: renewal_date
  steps:
    - {id: notice, at: -30 days, do: [{task: {owner: csm, shift: none}}]}
    - {id: last, at: -5 days, do: [{task: {owner: csm, shift: none}}]}
"""
RENEWAL_DATE = MONDAY + 10 * DAY
"""The notice is 20 days late on MONDAY, the last step is due five days after it."""


def account(id: str = "a", renewal_date: dt.date = RENEWAL_DATE) -> dict[str, Any]:
    return row(renewal_date=renewal_date) | {"account_id": id}


def laid_out(root: Path, playbooks: dict[str, str], settings: str = SETTINGS) -> Path:
    workspace(root, {id: text(body, id=id) for id, body in playbooks.items()}, settings)
    snapshot(root, MONDAY, [account()])
    return root


@pytest.mark.parametrize(
    ("settings", "playbook", "skipped"),
    [
        ("", "", 1),
        ("start: today\n", "", 0),
        ("", "start: today\n", 0),
        ("start: today\n", "start: catch_up\n", 1),
        ("start: catch_up\n", "start: enrolment\n", 0),
    ],
)
def test_a_playbook_without_start_has_that_of_the_workspace(
    tmp_path: Path, settings: str, playbook: str, skipped: int
) -> None:
    root = laid_out(tmp_path / "w", {"p": NOTICE + playbook}, SETTINGS + settings)
    found = run(load_project(root), MONDAY)
    assert found.entries["status"].to_list() == ["skipped"] * skipped
    assert found.store.states()["state"].to_list() == ["notice"]


def test_a_playbook_added_later_starts_on_its_own_first_date(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", {"old": NOTICE}, SETTINGS + "start: today\n")
    run(load_project(root), MONDAY)
    (root / "playbooks" / "new.yaml").write_text(text(NOTICE, id="new"), encoding="utf-8")
    # First seen after the start of `old`, and before that of `new`.
    snapshot(root, MONDAY + DAY, [account(), account("b")])
    found = run(load_project(root), MONDAY + DAY).entries
    assert found.select("playbook", "account_id", "status").rows() == [("old", "b", "skipped")]


def test_dates_after_the_first_that_a_run_catches_up_with_follow_catch_up(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", {"p": NOTICE + "start: today\n"})
    run(load_project(root), MONDAY)
    # The last step was due three days before the run, on a date that it catches up with.
    found = run(load_project(root), MONDAY + 8 * DAY).entries
    assert found.select("step", "status", "late_days").rows() == [("last", "issued", 3)]


def test_a_redo_and_a_preview_of_the_first_date_are_the_same_start(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", {"p": NOTICE + "start: today\n"})
    assert preview(load_project(root), MONDAY, until=MONDAY + DAY).entries.is_empty()
    run(load_project(root), MONDAY)
    snapshot(root, MONDAY, [account(), account("b")])
    assert run(load_project(root), MONDAY, redo=True).entries.is_empty()
    assert Reader(root / "store").states()["account_id"].to_list() == ["a", "b"]
    run(load_project(root), MONDAY + 5 * DAY)
    assert [line.split()[1] for line in told(root)] == ["last.task.1", "last.task.1"]


def test_explain_says_what_counts_as_done(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", {"p": NOTICE + "start: today\n"})

    def done_before(id: str, on: dt.date) -> dt.date | None:
        project = load_project(root)
        found = explain_account(project, id, on, project.playbooks)
        assert found is not None
        return found.playbooks[0].done_before

    assert done_before("a", MONDAY) == MONDAY
    run(load_project(root), MONDAY)
    snapshot(root, MONDAY + DAY, [account(), account("b")])
    run(load_project(root), MONDAY + DAY)
    assert done_before("a", MONDAY + DAY) == MONDAY
    assert done_before("b", MONDAY + DAY) is None
    command = ["explain", "a", "--on", "2026-03-03", "--workspace", str(root)]
    assert (
        "what was due before 2026-03-02 counts as done" in CliRunner().invoke(main, command).stdout
    )
    written = CliRunner().invoke(main, [*command, "--format", "json"]).stdout
    assert json.loads(written)["playbooks"][0]["done_before"] == "2026-03-02"


def test_a_start_that_was_added_later_changes_nothing(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", {"p": NOTICE})
    run(load_project(root), MONDAY)
    file = root / "playbooks" / "p.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "start: today\n", encoding="utf-8")
    snapshot(root, MONDAY + DAY, [account(), account("b")])
    assert run(load_project(root), MONDAY + DAY).entries["status"].to_list() == ["skipped"]
    project = load_project(root)
    found = explain_account(project, "a", MONDAY + DAY, project.playbooks)
    assert found is not None
    assert found.playbooks[0].done_before is None


def test_evaluate_without_states_is_the_first_evaluation(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", {"p": NOTICE + "start: today\n"})
    opened = tenure.open(root)
    accounts = opened.snapshot("2026-03-02")
    first = tenure.evaluate(opened, accounts, None, "2026-03-02")
    assert first.actions.is_empty()
    later = tenure.evaluate(opened, accounts, first.states.clear(), "2026-03-02")
    assert later.actions["status"].to_list() == ["skipped"]


CAPPED = """\
owner: csm
at_most: {openings: 1, each: owner, within: 1 day}
triggers:
  open: [{id: drop, when: "crossed_below(health_score, 70)"}]
  steps: [{id: call, at: 0 days, do: [{task: {owner: csm, shift: none}}]}]
"""


def falling(root: Path, scores: dict[str, list[int]]) -> list[str]:
    """Run a day for each score; return the accounts that enrolled, in order."""
    workspace(root, {"p": text(CAPPED)})
    for n in range(max(len(each) for each in scores.values())):
        rows = [row(health_score=each[n]) | {"account_id": id} for id, each in scores.items()]
        snapshot(root, MONDAY + n * DAY, rows)
        run(load_project(root), MONDAY + n * DAY)
    states = Reader(root / "store").states().sort("opened_on")
    return [
        f"{id} {(on - MONDAY).days}" for id, on in states.select("account_id", "opened_on").rows()
    ]


def test_accounts_are_counted_together_however_small_the_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "BATCH", 1)
    monkeypatch.setattr(stages, "FIRST_BATCH", 1)
    scores = {id: [80, 60, 60, 60] for id in ("c", "a", "b")}
    assert falling(tmp_path / "w", scores) == ["a 1", "b 2", "c 3"]


def test_a_fall_that_is_over_before_there_is_room_enrols_no_account(tmp_path: Path) -> None:
    scores = {"a": [80, 60, 60, 60, 60], "b": [80, 60, 75, 75, 65], "c": [80, 60, 60, 60, 60]}
    # On the third day b has recovered, so c comes; b falls again on the fifth.
    assert falling(tmp_path / "w", scores) == ["a 1", "c 2", "b 4"]


def test_explain_says_that_an_account_waits_for_room(tmp_path: Path) -> None:
    root = tmp_path / "w"
    falling(root, {id: [80, 60] for id in ("a", "b")})
    said = "enrols as soon as there is room: at most 1 opening for each owner within 1 day"
    for id, waits in (("a", False), ("b", True)):
        command = ["explain", id, "--on", "2026-03-04", "--workspace", str(root)]
        assert (said in CliRunner().invoke(main, command).stdout) is waits
        written = CliRunner().invoke(main, [*command, "--format", "json"]).stdout
        assert json.loads(written)["playbooks"][0]["waits_for_room"] is waits
    # An account that the snapshot lacks does not wait.
    snapshot(root, MONDAY + 2 * DAY, [row(health_score=60) | {"account_id": "b"}])
    absent = CliRunner().invoke(main, ["explain", "a", *command[2:]])
    assert absent.exit_code == 0
    assert said not in absent.stdout
