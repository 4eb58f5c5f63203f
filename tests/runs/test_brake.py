"""The brakes: numbers of actions count over all dates of a run, and a run that stops writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.one_account import DAY, MONDAY, row
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.project.loading import load_project
from tenure.engine.runs import running
from tenure.engine.runs.running import RunOutcome, preview, run
from tenure.engine.store import Reader

NOTICE = """\
playbook: p
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 30 days, then: skip}
timeline:
  anchor: renewal_date
  steps: [{id: notice, at: -10 days, do: [{task: {owner: csm, title: Call}}]}]
"""


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
