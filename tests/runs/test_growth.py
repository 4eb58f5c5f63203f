"""What a store keeps does not grow without end, and a catch-up holds nothing of its dates in memory."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.one_account import DAY, DROP, GRACE, MONDAY, row, text
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.core.problems import Problems
from tenure.engine.project.loading import load_project
from tenure.engine.runs.history import MARGIN_DAYS, history_needed_on
from tenure.engine.runs.running import run
from tenure.engine.store import Reader, snapshot_history, verify
from tenure.engine.store.commit import Commit
from tenure.engine.workspace.settings_loader import load_workspace

TEN_DAYS = DROP.replace("crossed_below(health_score, 70)", "change(health_score, 10 days) < -5")


@pytest.mark.parametrize(
    ("days", "needed", "wanted"),
    [
        ([], 5, []),
        ([6, 7], 5, []),
        ([5, 6], 5, []),
        ([1, 3, 4, 6], 5, [1, 3]),
        ([1, 2], 9, [1]),
    ],
)
def test_the_newest_day_that_is_old_enough_stays(
    days: list[int], needed: int, wanted: list[int]
) -> None:
    on = [MONDAY + n * DAY for n in days]
    assert snapshot_history.outdated(on, MONDAY + needed * DAY) == [
        MONDAY + n * DAY for n in wanted
    ]


def test_the_longest_look_back_and_a_margin_are_needed_or_as_much_as_is_kept() -> None:
    assert history_needed_on([], [], MONDAY, 0) == MONDAY - MARGIN_DAYS * DAY
    assert history_needed_on([], [10, 30], MONDAY, 0) == MONDAY - (30 + MARGIN_DAYS) * DAY
    assert history_needed_on([], [10], MONDAY, 400) == MONDAY - 400 * DAY
    assert history_needed_on([], [10], MONDAY, 41) == MONDAY - 41 * DAY
    assert history_needed_on([], [10_000_000], MONDAY, 0) == dt.date.min


def days_after(root: Path, settings: str, last: int, step: int = 5) -> list[int]:
    """The days kept of a store whose snapshots and runs are so many days apart."""
    book = {"p": text(TEN_DAYS)} if not root.exists() else {}
    if book:
        workspace(root, book, settings)
    for n in range(0, last + 1, step):
        snapshot(root, MONDAY + n * DAY, [row(health_score=80)])
        run(load_project(root), MONDAY + n * DAY)
    assert verify(root / "store") == []
    return [(day - MONDAY).days for day in Reader(root / "store").history_days()]


def test_a_run_drops_values_that_no_playbook_looks_back_to(tmp_path: Path) -> None:
    kept = days_after(tmp_path / "w", SETTINGS, 60, 20)
    # On day 60, values of day 60 - 10 - 31 = 19 are needed: those of day 0 are the newest not after it.
    assert kept == [0, 20, 40, 60]
    snapshot(tmp_path / "w", MONDAY + 61 * DAY, [row(health_score=70)])
    run(load_project(tmp_path / "w"), MONDAY + 61 * DAY)
    store = Reader(tmp_path / "w" / "store")
    assert [(day - MONDAY).days for day in store.history_days()] == [20, 40, 60, 61]
    assert len(list((tmp_path / "w" / "store" / "history").iterdir())) == 4
    assert store.ledger()["step"].to_list() == ["call"]


def test_what_the_settings_keep_stays_longer(tmp_path: Path) -> None:
    kept = days_after(tmp_path / "w", SETTINGS + "keep: 100 days\n", 80, 20)
    assert kept == [0, 20, 40, 60, 80]


def test_nothing_is_dropped_while_a_playbook_is_broken(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(TEN_DAYS), "q": "playbook: q\n"}, SETTINGS)
    assert days_after(root, SETTINGS, 80, 20) == [0, 20, 40, 60, 80]


@pytest.mark.parametrize("written", ["0 days", "5", "a while", "3 months", "-2 days", "[]"])
def test_how_long_to_keep_is_a_number_of_days(tmp_path: Path, written: str) -> None:
    (tmp_path / "tenure.yaml").write_text(f"{SETTINGS}keep: {written}\n", "utf-8")
    _, _, problems, _ = load_workspace(tmp_path)
    assert [problem.span.line for problem in problems if problem.span] == [SETTINGS.count("\n") + 1]


def test_a_catch_up_gives_the_entries_of_its_dates_from_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = workspace(tmp_path / "w", {"p": text(GRACE)})
    snapshot(root, MONDAY, [row(renewal_date=MONDAY + DAY)])
    run(load_project(root), MONDAY)
    monkeypatch.delattr(Commit, "entries")
    result = run(load_project(root), MONDAY + 5 * DAY)
    assert len(result.dates) == 5
    every = Reader(root / "store").ledger(history=True).sort("action_id", "revision")
    assert_frame_equal(result.entries.sort("action_id", "revision"), every)
    assert result.found.select(pl.len()).collect().item() == every.height > 0


def test_a_later_snapshot_that_cannot_be_read_stops_a_catch_up_before_it_begins(
    tmp_path: Path,
) -> None:
    root = workspace(tmp_path / "w", {"p": text(GRACE)})
    snapshot(root, MONDAY, [row(renewal_date=MONDAY)])
    run(load_project(root), MONDAY)
    snapshot(root, MONDAY + DAY, [row(renewal_date=MONDAY)])
    broken = root / "data" / f"accounts-{MONDAY + 2 * DAY}.csv"
    broken.write_bytes(b"account_id,status\n\xff\xfe,active\n")
    with pytest.raises(Problems):
        run(load_project(root), MONDAY + 2 * DAY)
    assert Reader(root / "store").last_committed() == MONDAY
