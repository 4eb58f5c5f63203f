"""Playbooks that read events: what runs count, catch up, record and report."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
import tenure
from click.testing import CliRunner
from support.one_account import DAY, MONDAY, row
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.reports.explanation import explain_account
from tenure.engine.runs import stages
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader

FIELDS = """\
fields: {}
events:
  tickets:
    file: tickets.csv
    date: opened_at
    columns: {minutes: number, priority: text}
"""
PLAYBOOK = """\
playbook: support
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 9 days, then: issue}
define: {lately: "count(tickets, 7 days)"}
messages:
  busy: {en: {subject: Tickets, body: "{{ lately }} tickets, the last on {{ latest }}"}}
triggers:
  open: [{id: busy, when: "lately >= 2 and sum(tickets.minutes, 30 days) > 60", rearm: lately < 2}]
  steps: [{id: write, at: 0 days, do: [{email: {from: csm, message: busy, shift: none}}]}]
"""
PLAYBOOK = PLAYBOOK.replace(
    'define: {lately: "count(tickets, 7 days)"}',
    'define: {lately: "count(tickets, 7 days)", latest: last(tickets)}',
)
HEADER = "account_id,opened_at,minutes,priority\n"


def ticket(account: str, day: int, minutes: object = 40) -> str:
    """Return a ticket of so many days after Monday."""
    return f"{account},{MONDAY + day * DAY},{minutes},high\n"


def laid_out(root: Path, tickets: str, playbook: str = PLAYBOOK, settings: str = "") -> Path:
    """Return a workspace with two accounts and these tickets."""
    workspace(root, {"support": playbook}, SETTINGS + settings)
    (root / "fields.yaml").write_text(FIELDS, encoding="utf-8")
    write(root, tickets)
    export(root, 0)
    return root


def write(root: Path, tickets: str) -> None:
    """Write the tickets."""
    (root / "tickets.csv").write_text(HEADER + tickets, encoding="utf-8")


def export(root: Path, day: int) -> None:
    """Write the snapshot of so many days after Monday."""
    snapshot(root, MONDAY + day * DAY, [row(account_id="a"), row(account_id="b")])


def issued(root: Path) -> list[tuple[str, dt.date]]:
    """Return the accounts of the actions in the ledger, with the dates on which they were evaluated."""
    ledger = Reader.of(load_project(root)).ledger()
    entries = ledger.filter(pl.col("status") == "issued").sort("evaluated_on", "account_id")
    return entries.select("account_id", "evaluated_on").rows()


TICKETS = ticket("a", -3) + ticket("a", -9) + ticket("a", 2) + ticket("b", 1) + ticket("b", 4)


def test_each_date_that_is_caught_up_reads_the_events_up_to_it(tmp_path: Path) -> None:
    """On Wednesday a has its second ticket of a week, on Friday b has."""
    every_day, late = (laid_out(tmp_path / name, TICKETS) for name in ("every", "late"))
    for day in range(6):
        export(every_day, day)
        run(load_project(every_day), MONDAY + day * DAY)
    run(load_project(late), MONDAY)
    for day in range(1, 6):
        export(late, day)
    run(load_project(late), MONDAY + 5 * DAY)
    expected = [("a", MONDAY + 2 * DAY), ("b", MONDAY + 4 * DAY)]
    assert issued(every_day) == issued(late) == expected


def test_events_after_the_snapshot_wait_for_a_newer_one(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", TICKETS)
    run(load_project(root), MONDAY)
    run(load_project(root), MONDAY + 2 * DAY)
    assert issued(root) == []
    export(root, 3)
    run(load_project(root), MONDAY + 3 * DAY)
    assert issued(root) == [("a", MONDAY + 3 * DAY)]


def test_a_changed_file_is_a_changed_input(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", TICKETS)
    run(load_project(root), MONDAY)
    assert "same inputs" in run(load_project(root), MONDAY).note
    write(root, TICKETS + ticket("b", 0) + ticket("b", -1))
    assert "the events of tickets changed: nothing done" in run(load_project(root), MONDAY).note
    run(load_project(root), MONDAY, redo=True)
    assert issued(root) == [("b", MONDAY)]
    records = Reader.of(load_project(root)).runs(MONDAY)
    assert [set(record.events) for record in records] == [{"tickets"}] * 2
    assert records[0].events != records[1].events


def test_only_what_playbooks_read_is_read(tmp_path: Path) -> None:
    """The file is not there, and no playbook asks for it."""
    quiet = PLAYBOOK.replace("lately >= 2 and sum(tickets.minutes, 30 days) > 60", "arr > 0")
    quiet = quiet.replace("lately < 2", "arr < 0").replace("{{ lately }} tickets, ", "")
    quiet = quiet.replace("the last on {{ latest }}", "Many")
    quiet = quiet.replace('define: {lately: "count(tickets, 7 days)", latest: last(tickets)}\n', "")
    root = laid_out(tmp_path / "w", TICKETS, quiet)
    (root / "tickets.csv").unlink()
    assert run(load_project(root), MONDAY).dates == (MONDAY,)


@pytest.mark.parametrize(
    ("tickets", "settings", "code"),
    [
        (TICKETS, "", 0),
        (TICKETS + ",2026-01-01,1,high\n", "", 4),
        (TICKETS + "a,soon,1,high\n", "", 4),
        (TICKETS + ticket("a", -20, "long"), "", 4),
        (TICKETS + "a,soon,1,high\n", "tolerate: 1\n", 0),
        (TICKETS + ticket("gone", 0), "", 0),
    ],
)
def test_rows_that_cannot_be_read_give_exit_code_4(
    tmp_path: Path, tickets: str, settings: str, code: int
) -> None:
    root = laid_out(tmp_path / "w", tickets, settings=settings)
    arguments = ["run", "--workspace", str(root), "--on", str(MONDAY), "--today", str(MONDAY)]
    assert CliRunner().invoke(main, arguments).exit_code == code


def test_a_missing_file_stops_the_run_before_anything_is_written(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", TICKETS)
    (root / "tickets.csv").unlink()
    arguments = ["run", "--workspace", str(root), "--on", str(MONDAY), "--today", str(MONDAY)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "tickets.csv is not there" in result.output
    assert Reader.of(load_project(root)).last_committed() is None


def test_parts_give_what_the_whole_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = laid_out(tmp_path / "w", "".join(ticket(f"a{n}", -n % 3) * (n % 4) for n in range(20)))
    snapshot(root, MONDAY, [row(account_id=f"a{n}") for n in range(20)])
    whole = preview(load_project(root), MONDAY).entries
    monkeypatch.setattr(stages, "FIRST_BATCH", 3)
    parts = preview(load_project(root), MONDAY).entries
    assert whole.height > 0
    assert parts.sort("action_id").equals(whole.sort("action_id"))


def test_both_executors_see_the_same_events(tmp_path: Path) -> None:
    """The explanation steps one account in the reference executor."""
    root = laid_out(tmp_path / "w", TICKETS)
    for day in (0, 2):
        export(root, day)
    project = load_project(root)
    playbook = project.playbooks
    entries = preview(project, MONDAY + 2 * DAY).entries
    assert entries["account_id"].to_list() == ["a"]
    texts = {}
    for account in ("a", "b"):
        arguments = ["explain", account, "--workspace", str(root), "--on", str(MONDAY + 2 * DAY)]
        texts[account] = CliRunner().invoke(main, arguments).output
        assert explain_account(project, account, MONDAY + 2 * DAY, playbook) is not None
    first, last = MONDAY - 4 * DAY, MONDAY + 2 * DAY
    meaning = "lately means count(tickets, 7 days), here {}; tickets from {} to {}"
    assert meaning.format(2, first, last) in texts["a"]
    assert "lately is 2" in texts["a"]
    assert "lately is 1: 1 below what >= 2 needs" in texts["b"]
    assert meaning.format(1, first, last) in texts["b"]


def test_messages_name_what_was_counted(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", TICKETS)
    for day in (0, 2):
        export(root, day)
        run(load_project(root), MONDAY + day * DAY)
    write(root, TICKETS + ticket("a", 2))
    arguments = ["actions", "--workspace", str(root), "--on", str(MONDAY + 2 * DAY), "--messages"]
    result = CliRunner().invoke(main, [*arguments, "--format", "json"])
    assert "3 tickets, the last on 4 March 2026" in result.output


def test_events_of_a_merged_account_are_of_the_one_that_goes_on(tmp_path: Path) -> None:
    """On Wednesday a has one ticket of a week, and the account that was merged into it has one."""
    root = laid_out(tmp_path / "w", ticket("a", 1) + ticket("b", 2))
    on = MONDAY + 2 * DAY
    rows = [row(account_id="a", merged_into=""), row(account_id="b", merged_into="a")]
    snapshot(root, on, rows)
    assert preview(load_project(root), on).entries["account_id"].to_list() == ["a"]
    arguments = ["explain", "a", "--workspace", str(root), "--on", str(on)]
    assert "lately is 2" in CliRunner().invoke(main, arguments).output
    run(load_project(root), on)
    arguments = ["actions", "--workspace", str(root), "--on", str(on), "--messages"]
    result = CliRunner().invoke(main, [*arguments, "--format", "json"])
    assert "2 tickets, the last on 4 March 2026" in result.output


def test_a_suppression_reads_events(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", TICKETS)
    settings = (root / "tenure.yaml").read_text("utf-8")
    busy = "count(tickets where priority == 'high', 3 days) > 0"
    rule = f'{{when: "{busy}", kinds: [email], reason: busy}}'
    rules = settings.replace("suppress: [", f"suppress: [{rule}, ")
    (root / "tenure.yaml").write_text(rules, encoding="utf-8")
    export(root, 2)
    entries = preview(load_project(root), MONDAY + 2 * DAY).entries
    assert entries.select("account_id", "status").rows() == [("a", "postponed")]


def test_the_pure_function_asks_for_the_events_that_playbooks_read(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", TICKETS)
    opened = tenure.open(root)
    with pytest.raises(tenure.UsageError, match="events of tickets"):
        tenure.evaluate(opened, opened.snapshot(MONDAY), None, MONDAY)


@pytest.mark.parametrize(
    ("asked", "warned"),
    [
        ("count(tickets, 7 days) < 0", True),
        ("count(tickets) == -1", True),
        ("count(tickets) > 3 and count(tickets) < 2", True),
        ("count(tickets) <= 0", False),
        ("sum(tickets.minutes) < 0", False),
    ],
)
def test_a_number_of_events_is_never_negative(tmp_path: Path, asked: str, warned: bool) -> None:
    playbook = PLAYBOOK.replace("for: status == 'active'", f"for: {asked}")
    root = laid_out(tmp_path / "w", TICKETS, playbook)
    codes = {problem.code for problem in load_project(root).problems}
    assert ("never-true" in codes) == warned
