"""The brakes: numbers of actions count over all dates of a run, and a run that stops writes nothing."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from support.killed_store import contents
from support.one_account import DAY, MONDAY, row
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.project.loading import load_project
from tenure.engine.runs import running
from tenure.engine.runs.plan import Stage
from tenure.engine.runs.running import RunOutcome, preview, run
from tenure.engine.runs.stages import Runner, StageResult
from tenure.engine.store import Reader, verify

NOTICE = """\
playbook: p
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 30 days, then: skip}
timeline:
  anchor: renewal_date
  steps: [{id: notice, at: -10 days, do: [{task: {owner: csm, title: Call}}]}]
"""
OPEN = NOTICE.replace("at: -10 days", "at: -90 days") + "  outcomes: {over: {at: 7 days}}\n"
"""Open from the first day on, for accounts that are due in 90 days."""


def due(root: Path, a_day: int, *, settings: str = "", dates: int = 8) -> Path:
    """A book of which some accounts are due on each day from Monday on."""
    workspace(root, {"p": NOTICE}, SETTINGS + settings)
    days = [n for n in range(dates) for _ in range(a_day)]
    rows = [
        row(account_id=f"a{i:03}", renewal_date=MONDAY + (10 + n) * DAY) for i, n in enumerate(days)
    ]
    snapshot(root, MONDAY, rows)
    return root


def on(root: Path, *days: int) -> RunOutcome:
    """Run on these days, counted from Monday; return the last result."""
    for day in days:
        result = run(load_project(root), MONDAY + day * DAY)
    return result


def stopped(root: Path, day: int) -> list[Problem]:
    with pytest.raises(Problems) as raised:
        on(root, day)
    return list(raised.value.problems)


def test_the_dates_of_a_run_count_together(tmp_path: Path) -> None:
    root = due(tmp_path / "w", 4, settings="brake: {actions: 5}\n")
    on(root, 0)
    (problem,) = stopped(root, 7)
    assert problem.code == "brake"
    assert problem.message == (
        "this run would issue 28 actions from 2026-03-03 to 2026-03-09; the brake is set to 5: nothing was written"
    )
    assert Reader(root / "store").last_committed() == MONDAY
    (warning,) = preview(load_project(root), MONDAY + 7 * DAY).warnings
    assert (warning.code, warning.severity) == ("brake", "warning")
    assert warning.message == problem.message.removesuffix(": nothing was written")


def test_a_day_each_passes_where_days_at_once_does_not(tmp_path: Path) -> None:
    root = due(tmp_path / "w", 4, settings="brake: {actions: 5}\n")
    on(root, 0, 1, 2)
    assert Reader(root / "store").ledger().height == 12


@pytest.mark.parametrize(("limit", "stops"), [(7, True), (8, False)])
def test_the_number_of_a_catch_up_is_exact(tmp_path: Path, limit: int, stops: bool) -> None:
    root = due(tmp_path / "w", 4, settings=f"brake: {{actions: {limit}}}\n")
    on(root, 0)
    if stops:
        stopped(root, 2)
    else:
        assert on(root, 2).entries.height == 8


def test_days_off_may_issue_as_many_usual_days(tmp_path: Path) -> None:
    root = due(tmp_path / "w", 4, settings="brake: {jump: 1}\n")
    on(root, 0, 1, 2)
    assert on(root, 5).entries.height == 12


def test_days_off_in_which_more_came_due_stop(tmp_path: Path) -> None:
    root = due(tmp_path / "w", 4, settings="brake: {jump: 2}\n", dates=3)
    on(root, 0, 1, 2)
    # Three dates with two times four actions each are 24.
    extra = [
        row(account_id=f"b{n:03}", renewal_date=MONDAY + 14 * DAY, account_name=f"B {n}")
        for n in range(25)
    ]
    known = [
        row(account_id=f"a{i:03}", renewal_date=MONDAY + (10 + i // 4) * DAY) for i in range(12)
    ]
    snapshot(root, MONDAY + 3 * DAY, [*known, *extra])
    (problem,) = stopped(root, 5)
    assert problem.message == (
        "this run would issue 25 actions from 2026-03-05 to 2026-03-07; 4 are usual, and the brake allows 2 times "
        "that for each of its 3 dates: nothing was written"
    )
    snapshot(root, MONDAY + 3 * DAY, [*known, *extra[:24]])
    assert on(root, 5).entries.height == 24


def test_a_catch_up_that_passes_gives_what_days_give(tmp_path: Path) -> None:
    daily = due(tmp_path / "daily", 4, settings="brake: {actions: 12}\n")
    once = due(tmp_path / "once", 4, settings="brake: {actions: 12}\n")
    on(daily, 0, 1, 2, 3)
    on(once, 0, 3)
    known = [["action_id", "revision", "due_on", "status"], "action_id"]
    tables = [Reader(root / "store").ledger().select(known[0]) for root in (daily, once)]
    assert tables[0].sort(known[1]).rows() == tables[1].sort(known[1]).rows()
    assert Reader(daily / "store").states().equals(Reader(once / "store").states())


@pytest.mark.parametrize(("settings", "times"), [("", 1), ("retention: {names: 30 days}\n", 2)])
def test_a_catch_up_evaluates_each_date_once_unless_names_expire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str, times: int
) -> None:
    root = due(tmp_path / "w", 4, settings=settings)
    on(root, 0)
    evaluated = []
    execute = Runner.execute

    def counting(self: Runner, stage: Stage, progress: Any) -> StageResult:
        evaluated.append(stage.on)
        return execute(self, stage, progress)

    monkeypatch.setattr(Runner, "execute", counting)
    assert on(root, 3).entries.height == 12
    assert evaluated == [MONDAY + n * DAY for n in (1, 2, 3)] * times


def test_what_is_committed_as_rehearsed_is_what_each_date_s_evaluation_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two dates of a sixth of the example, with all shipped playbooks, in both ways: the same store and result."""
    first = dt.date(2026, 3, 24)
    arguments = ["init", str(tmp_path / "w"), "--demo", "--on", "2026-04-01"]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    for file in (tmp_path / "w" / "data").glob("accounts-*.csv"):
        header, *rows = file.read_text("utf-8").splitlines(keepends=True)
        file.write_text(header + "".join(rows[::6]), "utf-8")
    run(load_project(tmp_path / "w"), first)
    shutil.copytree(tmp_path / "w", tmp_path / "again")
    results = []
    for name, again in (("w", False), ("again", True)):
        monkeypatch.setattr(running, "_evaluated_again", lambda *_, again=again: again)
        results.append(run(load_project(tmp_path / name), first + 2 * DAY))
    assert results[0].entries.height > 5
    assert results[0].entries.sort(pl.all()).equals(results[1].entries.sort(pl.all()))
    assert results[0].counts.equals(results[1].counts)
    stores = [tmp_path / name / "store" for name in ("w", "again")]
    assert contents(Reader(stores[0])) == contents(Reader(stores[1]))
    assert verify(stores[0]) == []


def test_a_book_too_large_to_rehearse_stops_before_the_date_that_is_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "REHEARSED_ROWS", 4 * 32 - 1)
    root = due(tmp_path / "w", 4, settings="brake: {actions: 9}\n")
    on(root, 0)
    (problem,) = stopped(root, 4)
    assert problem.message == (
        "this run would issue 12 actions from 2026-03-03 to 2026-03-05; the brake is set to 9: "
        "the dates up to 2026-03-04 are committed, and nothing was written of 2026-03-05"
    )
    assert Reader(root / "store").last_committed() == MONDAY + 2 * DAY


def test_a_bad_date_of_a_week_stops_the_week(tmp_path: Path) -> None:
    """The ids change on Thursday; nothing of Tuesday and Wednesday is written either."""
    root = due(tmp_path / "w", 4)
    on(root, 0)
    other = [row(account_id=f"z{n}", renewal_date=MONDAY + 90 * DAY) for n in range(32)]
    snapshot(root, MONDAY + 3 * DAY, other)
    assert [problem.code for problem in stopped(root, 4)] == ["accounts-gone"]
    assert Reader(root / "store").last_committed() == MONDAY


def book(root: Path, accounts: int, settings: str = "", playbook: str = NOTICE) -> Path:
    """A workspace, and a first run of a snapshot of so many equal accounts."""
    workspace(root, {"p": playbook}, SETTINGS + settings)
    day(root, 0, accounts)
    on(root, 0)
    return root


def day(root: Path, n: int, accounts: int, changed: int = 0, **changes: Any) -> None:
    """The snapshot of a day; the first accounts have other values."""
    usual = {"renewal_date": MONDAY + 90 * DAY, "health_score": 80}
    rows = [
        row(account_id=f"a{i:03}", **(usual | changes if i < changed else usual))
        for i in range(accounts)
    ]
    snapshot(root, MONDAY + n * DAY, rows)


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "left_out": (
        {"renewal_date": "2026-02-31"},
        "11 of the 50 rows of the snapshot of 2026-03-03 are left out, and the brake allows 20 %",
    ),
    "emptied csm": (
        {"csm": ""},
        "`csm` has a value for 78 % of accounts in the snapshot of 2026-03-03, after 100 % in the last one, "
        "and the brake allows 20 %",
    ),
}


@pytest.mark.parametrize("brake", CHANGES)
def test_a_fifth_of_the_accounts_may_change(brake: str, tmp_path: Path) -> None:
    root = book(tmp_path / "w", 50)
    changes, message = CHANGES[brake]
    day(root, 1, 50, 11, **changes)
    (problem,) = stopped(root, 1)
    assert (problem.code, problem.message) == ("brake", f"{message}: nothing was written")
    assert Reader(root / "store").last_committed() == MONDAY
    day(root, 1, 50, 10, **changes)
    on(root, 1)
    assert Reader(root / "store").last_committed() == MONDAY + DAY


@pytest.mark.parametrize("brake", CHANGES)
def test_the_workspace_sets_the_share(brake: str, tmp_path: Path) -> None:
    root = book(tmp_path / "w", 50, f"brake: {{{brake.split()[0]}: 22 %}}\n")
    day(root, 1, 50, 11, **CHANGES[brake][0])
    assert on(root, 1).dates == (MONDAY + DAY,)


@pytest.mark.parametrize("brake", CHANGES)
def test_a_book_of_ten_is_not_stopped_by_nine(brake: str, tmp_path: Path) -> None:
    root = book(tmp_path / "w", 10)
    day(root, 1, 10, 9, **CHANGES[brake][0])
    assert on(root, 1).dates == (MONDAY + DAY,)


def test_rows_left_out_stop_a_first_run_too(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": NOTICE})
    day(root, 0, 50, 11, renewal_date="2026-02-31")
    assert [problem.code for problem in stopped(root, 0)] == ["brake"]


@pytest.mark.parametrize(("before", "now"), [(25, 50), (20, 20)], ids=["few had it", "as before"])
def test_a_field_that_accounts_lacked_before_stops_nothing(
    tmp_path: Path, before: int, now: int
) -> None:
    root = workspace(tmp_path / "w", {"p": NOTICE})
    day(root, 0, 50, before, csm="")
    on(root, 0)
    day(root, 1, 50, now, csm="")
    assert on(root, 1).dates == (MONDAY + DAY,)


def test_a_field_that_nothing_reads_may_be_emptied(tmp_path: Path) -> None:
    root = book(tmp_path / "w", 50)
    day(root, 1, 50, 50, health_score="")
    assert on(root, 1).dates == (MONDAY + DAY,)


def test_a_playbook_may_read_the_accounts_id(tmp_path: Path) -> None:
    reads = NOTICE.replace("status == 'active'", "account_id != 'a000'")
    root = book(tmp_path / "w", 50, playbook=reads)
    record = Reader(root / "store").runs()[-1]
    assert {name: record.filled[name] for name in ("account_id", "csm", "language")} == {
        "account_id": 50,
        "csm": 50,
        "language": 0,
    }


def test_the_last_snapshot_evaluated_counts(tmp_path: Path) -> None:
    """Of two missed days, the first one has no owners; the last one is as before."""
    root = book(tmp_path / "w", 50)
    day(root, 1, 50, 30, csm="")
    day(root, 2, 50)
    (problem,) = stopped(root, 2)
    assert "`csm` has a value for 40 % of accounts in the snapshot of 2026-03-03" in problem.message


@pytest.mark.parametrize("left", [25, 26])
def test_a_quarter_of_the_enrolments_may_end(left: int, tmp_path: Path) -> None:
    root = book(tmp_path / "w", 100, playbook=OPEN)
    day(root, 1, 100, left, status="lapsed")
    if left == 25:
        on(root, 1)
        return
    (problem,) = stopped(root, 1)
    assert problem.message == (
        "on 2026-03-03 26 of the 100 enrolments in `p` ended by a condition, and the brake allows 25 %: "
        "nothing was written"
    )


def test_few_enrolments_may_all_end(tmp_path: Path) -> None:
    root = book(tmp_path / "w", 19, playbook=OPEN)
    day(root, 1, 19, 19, status="lapsed")
    on(root, 1)
    assert Reader(root / "store").ended()["outcome"].to_list() == ["left"] * 19


PLANS = {
    "over": OPEN.replace("at: 7 days", "at: -89 days"),
    "done": NOTICE.replace("at: -10 days", "at: -90 days").replace(
        "}]}]\n", "}]}, {id: last, at: -89 days, do: [{task: {owner: csm}}]}]\n"
    ),
}


@pytest.mark.parametrize("outcome", PLANS)
def test_plans_that_come_to_their_end_together_stop_nothing(outcome: str, tmp_path: Path) -> None:
    root = book(tmp_path / "w", 60, playbook=PLANS[outcome])
    on(root, 1)
    ended = Reader(root / "store").ended()
    assert ended["outcome"].to_list() == [outcome] * 60
    assert ended["ended_on"].to_list() == [MONDAY + DAY] * 60


FOLLOW_UP = """\
playbook: p
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 30 days, then: skip}
triggers:
  open: [{id: low, when: health_score < 90, rearm: health_score > 95}]
  steps: [{id: call, at: 0 days, do: [{task: {owner: csm}}]}]
  outcomes: {better: {when: health_score > 90}, over: {at: 30 days}}
"""


@pytest.mark.parametrize(
    ("changes", "outcome"), [({"health_score": 95}, "better"), ({"status": "lapsed"}, "left")]
)
def test_follow_ups_may_end_together_unless_their_accounts_left(
    changes: dict[str, Any], outcome: str, tmp_path: Path
) -> None:
    root = book(tmp_path / "w", 40, playbook=FOLLOW_UP)
    day(root, 1, 40, 40, **changes)
    if outcome == "left":
        assert "40 of the 40 enrolments in `p` ended" in stopped(root, 1)[0].message
        return
    on(root, 1)
    assert Reader(root / "store").ended()["outcome"].to_list() == ["better"] * 40


def test_a_forced_run_passes_every_brake_and_says_so(tmp_path: Path) -> None:
    root = book(tmp_path / "w", 50, "brake: {actions: 1}\n")
    changes = {"csm": "", "renewal_date": MONDAY + 11 * DAY}
    day(root, 1, 39, 39, **changes)
    result = run(load_project(root), MONDAY + DAY, force="a merger")
    assert result.note == "forced (a merger); brakes passed: actions, gone, emptied csm"
    assert {(each.code, each.severity) for each in result.warnings} == {
        ("accounts-gone", "warning"),
        ("brake", "warning"),
        ("doubtful-date", "warning"),
    }
    record = Reader(root / "store").runs()[-1]
    assert record.force_reason == "a merger"
    assert record.passed == ["actions", "gone", "emptied csm"]


def test_a_forced_catch_up_records_what_each_date_passed(tmp_path: Path) -> None:
    root = due(tmp_path / "w", 4, settings="brake: {actions: 5}\n")
    on(root, 0)
    run(load_project(root), MONDAY + 2 * DAY, force="back from a week off")
    records = Reader(root / "store").runs()
    assert [record.passed for record in records] == [[], [], ["actions"]]
    assert [record.force_reason for record in records] == ["", *["back from a week off"] * 2]


def test_force_passes_no_other_problem(tmp_path: Path) -> None:
    root = book(tmp_path / "w", 3)
    (root / "data" / f"accounts-{MONDAY + DAY}.csv").write_text("id\n1\n", encoding="utf-8")
    with pytest.raises(Problems):
        run(load_project(root), MONDAY + DAY, force="why not")
    assert Reader(root / "store").last_committed() == MONDAY


def test_the_command_takes_a_reason_and_logs_it(tmp_path: Path) -> None:
    root = due(tmp_path / "w", 4, settings="brake: {actions: 3}\n")
    command = ["run", "--workspace", str(root), "--on", str(MONDAY), "--today", str(MONDAY)]
    refused = CliRunner().invoke(main, [*command, "--force", " "])
    assert (refused.exit_code, "the reason is empty" in refused.stderr) == (2, True)
    held = CliRunner().invoke(main, command)
    assert (held.exit_code, '--force "why"' in held.stderr) == (1, True)
    done = CliRunner().invoke(main, [*command, "--force", "first day", "--log", "json"])
    assert done.exit_code == 0, done.output
    line = json.loads(next(each for each in done.stderr.splitlines() if each.startswith("{")))
    assert (line["forced"], line["passed"]) == ("first day", "actions")
    assert "forced (first day); brakes passed: actions" in done.stderr


@pytest.mark.parametrize(("share", "stops"), [("50 %", True), ("52 %", False), ("200 %", False)])
def test_a_share_of_accounts_grows_with_the_book(share: str, stops: bool, tmp_path: Path) -> None:
    """On the second day 26 of 50 accounts are due; the first day has nothing to do with it."""
    root = workspace(tmp_path / "w", {"p": NOTICE}, f"{SETTINGS}brake: {{actions: {share}}}\n")
    dates = [MONDAY + 10 * DAY] * 24 + [MONDAY + 11 * DAY] * 26
    snapshot(root, MONDAY, [row(account_id=f"a{i}", renewal_date=d) for i, d in enumerate(dates)])
    on(root, 0)
    if not stops:
        assert on(root, 1).entries.height == 26
        return
    (problem,) = stopped(root, 1)
    assert problem.message == (
        "this run would issue 26 actions; there are 50 accounts, and the brake allows 50 % of that: "
        "nothing was written"
    )


@pytest.mark.parametrize(("due_today", "stops"), [(19, False), (20, True)])
def test_a_share_never_stops_a_few_actions(due_today: int, stops: bool, tmp_path: Path) -> None:
    root = due(tmp_path / "w", due_today, settings="brake: {actions: 1 %}\n", dates=2)
    on(root, 0)
    if stops:
        stopped(root, 1)
    else:
        assert on(root, 1).entries.height == 19


@pytest.mark.slow
def test_the_example_passes_its_first_day_and_stops_on_a_wild_one(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    first = CliRunner().invoke(main, ["init", str(root), "--demo", "--on", "2026-04-01"])
    assert first.exit_code == 0
    command = ["run", "--workspace", str(root), "--today", "2026-04-02", "--on"]
    done = CliRunner().invoke(main, [*command, "2026-04-01"])
    # Some rows of the example are bad on purpose.
    assert done.exit_code == 4, done.stderr
    assert Reader(root / "store").latest_runs(1)[0].issued > 2000
    # A playbook that gives every account two tasks and two calls at once.
    wild = """\
playbook: wild
schedule: "0 6 * * *"
for: account_id is not missing
catch_up: {within: 30 days, then: skip}
triggers:
  open: [{id: all, when: account_id is not missing}]
  steps:
    - {id: now, at: 0 days, do: [{task: {owner: operations}}, {call: {owner: operations}}]}
    - {id: more, at: 0 days, do: [{task: {owner: operations}}, {call: {owner: operations}}]}
"""
    (root / "playbooks" / "wild.yaml").write_text(wild, encoding="utf-8")
    stopped = CliRunner().invoke(main, [*command, "2026-04-02"])
    assert stopped.exit_code == 1
    assert "error[brake]" in stopped.stderr
    assert "the brake allows 200 % of that: nothing was written" in stopped.stderr
    (root / "playbooks" / "wild.yaml").unlink()
    assert CliRunner().invoke(main, [*command, "2026-04-02"]).exit_code == 4
