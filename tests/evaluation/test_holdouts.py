"""Accounts that are held out go through the steps, and nothing reaches them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from polars.testing import assert_frame_equal
from support.both_executors import executor
from support.one_account import DAY, MONDAY, row, text
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.delivery.selection import actions_on
from tenure.engine.project.loading import load_project
from tenure.engine.reports.explain_data import explanation_data
from tenure.engine.reports.explain_text import explanation_text
from tenure.engine.reports.explanation import explain_account
from tenure.engine.runs.running import preview, run
from tenure.engine.sources.people_table import PeopleTable
from tenure.engine.store import Reader, verify

IDS = [f"a{n:02}" for n in range(40)]
STEPS = """\
timeline:
  anchor: renewal_date
  steps:
    - id: first
      at: 0 days
      do:
        - email: {owner: csm, until: 3 days}
        - task: {owner: csm, again: {after: 1 day, at_most: 2}}
    - {id: second, at: 1 day, when: issued('first/email'), do: [{call: {owner: csm}}]}
    - {id: third, at: 2 days, do: [{email: {owner: csm, must_reach: true, until: 3 days}}]}
  outcomes: {over: {at: 3 days}}
"""
HELD = "holdout: {share: 40 %}\n"


def held_out(playbook: str, share: float) -> set[str]:
    """The accounts that are held out, computed by themselves."""

    def position(account: str) -> float:
        digest = hashlib.sha256(f"{playbook}\x1f{account}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64

    return {id for id in IDS if position(id) < share}


def lived(
    root: Path,
    playbooks: Mapping[str, str],
    days: int = 5,
    settings: str = SETTINGS,
    ids: Collection[str] = tuple(IDS),
) -> Path:
    workspace(root, {id: text(body, id=id) for id, body in playbooks.items()}, settings)
    snapshot(root, MONDAY, [row(renewal_date=MONDAY) | {"account_id": id} for id in ids])
    for n in range(days):
        run(load_project(root), MONDAY + n * DAY)
    return root


def actions(root: Path, *statuses: str) -> pl.DataFrame:
    return Reader(root / "store").ledger(statuses=list(statuses) or None)


@pytest.mark.parametrize("most_accounts", [-1, 1000], ids=["over columns", "account by account"])
def test_nothing_reaches_the_accounts_that_are_held_out(tmp_path: Path, most_accounts: int) -> None:
    with executor(most_accounts):
        root = lived(tmp_path / "w", {"p": HELD + STEPS})
    held = held_out("p", 0.4)
    assert 0 < len(held) < len(IDS)
    others = actions(root, "held_out")
    assert set(others["account_id"]) == held
    assert others.select(
        "contact_on", "planned_on", "until"
    ).null_count().sum_horizontal().item() == (3 * others.height)
    first = "on 2026-03-02; held out: `p` reaches all its accounts but 40 %"
    assert set(others.filter(step="first")["reason"]) == {first}
    issued = actions(root, "issued").filter(pl.col("account_id").is_in(sorted(held)))
    assert set(issued["step"]) == {"third"}
    statuses = actions(root).filter(pl.col("account_id").is_in(sorted(held)))["status"]
    assert set(statuses) == {"issued", "held_out"}
    assert verify(root / "store") == []


def test_the_others_get_what_they_would_get_without_a_holdout(tmp_path: Path) -> None:
    roots = [lived(tmp_path / name, {"p": head + STEPS}) for name, head in (("w", HELD), ("v", ""))]
    with_holdout, without = (
        actions(root).filter(~pl.col("account_id").is_in(sorted(held_out("p", 0.4))))
        for root in roots
    )
    assert_frame_equal(with_holdout, without)


def test_they_go_through_the_same_states(tmp_path: Path) -> None:
    body = STEPS.replace(" when: issued('first/email'),", "")
    roots = [
        lived(tmp_path / name, {"p": head + body}, 3) for name, head in (("w", HELD), ("v", ""))
    ]
    with_holdout, without = (Reader(root / "store").states() for root in roots)
    assert_frame_equal(with_holdout, without)


def test_what_follows_or_asks_sees_nothing_issued(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {"p": HELD + STEPS})
    held = actions(root).filter(pl.col("account_id").is_in(sorted(held_out("p", 0.4))))
    # Neither the reminders of the task, nor the call after the email.
    assert set(held.select("step", "action", "occurrence").iter_rows()) == {
        ("first", "email", "1"),
        ("first", "task", "1"),
        ("third", "email", "1"),
    }


def test_a_contact_that_is_held_out_takes_no_room(tmp_path: Path) -> None:
    email = """\
timeline:
  anchor: renewal_date
  steps: [{id: s, at: 0 days, do: [{email: {owner: csm, until: 5 days}}]}]
  outcomes: {over: {at: 30 days}}
"""
    once = SETTINGS.replace("{contacts: 2, within: 7 days}", "{contacts: 1, within: 7 days}")
    root = lived(tmp_path / "w", {"p": HELD + email, "q": email}, 1, once)
    held = held_out("p", 0.4)
    status = {r["account_id"]: r["status"] for r in actions(root).filter(playbook="q").to_dicts()}
    assert {id for id, each in status.items() if each == "issued"} == held
    assert {id for id, each in status.items() if each == "postponed"} == set(IDS) - held


def test_nothing_of_it_waits_or_is_delivered(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {"p": HELD + STEPS}, 1)
    held = sorted(held_out("p", 0.4))
    assert Reader(root / "store").pending(MONDAY - DAY, pl.Series(held)).is_empty()
    chosen = actions_on(Reader(root / "store"), PeopleTable(), MONDAY)
    assert set(chosen["account_id"]) == set(IDS) - set(held)


def test_a_preview_is_what_the_run_does(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {"p": HELD + STEPS}, 0)
    foreseen = preview(load_project(root), MONDAY).entries
    run(load_project(root), MONDAY)
    assert_frame_equal(foreseen, actions(root).select(foreseen.columns), check_row_order=False)


def test_a_greater_share_leaves_those_who_were_in_it(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {"p": HELD + STEPS}, 1)
    file = root / "playbooks" / "p.yaml"
    file.write_text(file.read_text("utf-8").replace("40 %", "50 %"), "utf-8")
    snapshot(root, MONDAY + DAY, [row(renewal_date=MONDAY) | {"account_id": id} for id in IDS])
    for n in (1, 2):
        run(load_project(root), MONDAY + n * DAY)
    before, after = held_out("p", 0.4), held_out("p", 0.5)
    assert before < after
    rows = actions(root, "held_out")
    assert set(rows.filter(step="first", occurrence="1")["account_id"]) == before
    # Those who were issued the task before are not reminded of it.
    assert set(rows.filter(occurrence="1+2")["account_id"]) == after - before


def test_what_is_too_late_is_skipped_for_everyone(tmp_path: Path) -> None:
    root = tmp_path / "w"
    workspace(root, {"p": text(HELD + STEPS.replace("at: 3 days", "at: 30 days"))})
    snapshot(root, MONDAY + 9 * DAY, [row(renewal_date=MONDAY) | {"account_id": id} for id in IDS])
    run(load_project(root), MONDAY + 9 * DAY)
    assert set(actions(root).filter(step="first")["status"]) == {"skipped"}


def test_what_needs_a_contact_that_was_held_out_is_skipped(tmp_path: Path) -> None:
    body = """\
timeline:
  anchor: renewal_date
  steps:
    - {id: invite, at: 0 days, do: [{email: {owner: csm}}]}
    - {id: meet, at: 1 day, needs: invite, do: [{call: {owner: csm, must_reach: true, until: 3 days}}]}
  outcomes: {over: {at: 30 days}}
"""
    root = lived(tmp_path / "w", {"p": HELD + body}, 2)
    skipped = actions(root, "skipped")
    assert set(skipped["account_id"]) == held_out("p", 0.4)
    because = {reason.partition("; ")[2] for reason in skipped["reason"]}
    assert because == {"skipped: it needs `invite`, which was held out"}


def test_explain_says_who_is_held_out(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {"p": HELD + STEPS}, 1)
    project, held = load_project(root), held_out("p", 0.4)
    for id in IDS[:8]:
        explanation = explain_account(project, id, MONDAY, project.playbooks)
        assert explanation is not None
        assert explanation_data(explanation)["playbooks"][0]["held_out"] is (id in held)
        assert ("is held out" in explanation_text(explanation)) is (id in held)


def test_an_action_that_was_held_out_cannot_be_done(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {"p": HELD + STEPS}, 1)
    id = actions(root, "held_out")["action_id"][0]
    command = ["done", id, "--workspace", str(root), "--today", MONDAY.isoformat()]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert f"the action {id} was held out: it is not to be done" in result.output
