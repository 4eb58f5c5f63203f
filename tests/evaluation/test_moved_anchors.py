"""A date that moves takes along what was promised for it, once, whichever way the promise came about."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from support.one_account import CASES, DAY, MONDAY, RENEW, TIERS, life, row, text, told
from support.workspaces import snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

MACHINE = """\
machine:
  anchor: renewal_date
  initial: s0
  states:
    - {id: s0}
    - {id: s1, do: [{task: {owner: csm, due: 20 days, shift: none}}]}
    - {id: gone, final: true}
  transitions:
    - {from: s0, to: s1, at: -7 days}
    - {from: s1, to: s0, after: 1 day, when: vip}
    - {from: s1, to: gone, after: 60 days}
"""

BOOKED = """\
triggers:
  open: [{id: vip, when: vip}]
  apart: 90 days
  anchor: first(next_review_date, opened_on + 14 days)
  steps:
    - id: invite
      at: -10 days
      do: [{email: {owner: csm, due: 6 days, shift: none}}, {task: {owner: csm, due: 6 days, shift: none}}]
    - {id: after, at: 5 days, do: [{task: {owner: csm, shift: none}}]}
"""


def test_a_level_that_two_edges_lead_to_takes_its_promise_along_once(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(TIERS)})
    snapshot(root, MONDAY, [row(signup_date=MONDAY - 100 * DAY)])
    snapshot(root, MONDAY + DAY, [row(signup_date=MONDAY - 97 * DAY)])
    run(load_project(root), MONDAY)
    run(load_project(root), MONDAY + DAY)
    assert told(root) == [
        "2026-03-12 gold.task.1 1 issued",
        "2026-03-12 gold.task.1 2 superseded",
        "2026-03-15 gold.task.1 3 issued",
    ]


def test_cases_that_come_to_the_same_day_take_their_promise_along_once(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(CASES)})
    # Saturday or Sunday: one business day after either is Monday.
    saturday = MONDAY + 5 * DAY
    snapshot(root, MONDAY, [row(renewal_date=saturday + 8 * DAY, vip=True)])
    snapshot(root, saturday + DAY, [row(renewal_date=saturday + 18 * DAY, vip=True)])
    for n in range(7):
        run(load_project(root), MONDAY + n * DAY)
    assert told(root) == [
        "2026-03-09 notice.task.1 1 issued",
        "2026-03-09 notice.task.1 2 superseded",
        "2026-03-18 notice.task.1 3 issued",
    ]


def test_the_same_action_promised_several_times_moves_each_time(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(MACHINE)})
    snapshot(root, MONDAY, [row(renewal_date=MONDAY + 7 * DAY, vip=True)])
    snapshot(root, MONDAY + 3 * DAY, [row(renewal_date=MONDAY + 9 * DAY, vip=False)])
    project = load_project(root)
    assert not project.errors, [p.message for p in project.errors]
    for n in range(4):
        run(load_project(root), MONDAY + n * DAY)
    rows = Reader(root / "store").ledger(history=True)
    # It enters `s1` on each of the first three days, the last two times out of `s1` by way of `s0`.
    assert (
        rows.filter(pl.col("revision") == 3).height
        == rows.filter(pl.col("revision") == 1).height
        == 3
    )


def test_a_booking_that_moves_day_after_day_and_back_takes_its_promises_along(
    tmp_path: Path,
) -> None:
    root = workspace(tmp_path / "w", {"p": text(BOOKED)})
    for n, ahead in enumerate([None, None, None, None, None, 16, 18, 14, 15]):
        date = None if ahead is None else MONDAY + ahead * DAY
        snapshot(root, MONDAY + n * DAY, [row(next_review_date=date, vip=True)])
    for n in range(21):
        run(load_project(root), MONDAY + n * DAY)
    found = told(root)
    assert [line for line in found if "task.1" in line and "invite" in line] == [
        "2026-03-12 invite.task.1 1 issued",
        "2026-03-12 invite.task.1 2 superseded",
        "2026-03-14 invite.task.1 3 issued",
        "2026-03-14 invite.task.1 4 superseded",
        "2026-03-16 invite.task.1 5 issued",
        "2026-03-16 invite.task.1 6 superseded",
        "2026-03-12 invite.task.1 7 issued",
        "2026-03-12 invite.task.1 8 superseded",
        "2026-03-13 invite.task.1 9 issued",
    ]
    assert [line for line in found if "after" in line] == ["2026-03-22 after.task.1 1 issued"]


def cycles(root: Path) -> list[tuple[str, str]]:
    r = Reader(root / "store")
    return [
        *r.ended().select("cycle", "outcome").iter_rows(),
        *r.states().filter(pl.col("ended_on").is_null()).select("cycle", "state").iter_rows(),
    ]


def test_an_amended_date_then_a_lapse_then_a_return(tmp_path: Path) -> None:
    first = MONDAY + 3 * DAY
    root = life(tmp_path / "w", RENEW, {0: first, 2: first + 9 * DAY, 45: first + 50 * DAY}, 60)
    assert cycles(root) == [("2026-03-05", "lapsed"), ("2026-04-24", "last")]


def test_a_renewal_date_that_goes_missing(tmp_path: Path) -> None:
    first = MONDAY + 3 * DAY
    root = life(tmp_path / "w", RENEW, {0: first, 2: None, 20: first + 365 * DAY}, 25)
    assert cycles(root) == [("2026-03-05", "renewed")]


def test_two_renewals_in_one_jump(tmp_path: Path) -> None:
    first = MONDAY + 3 * DAY
    dates = {0: first, 2: first + 730 * DAY}
    # Two years at once are doubted until they have stood for three days.
    assert cycles(life(tmp_path / "w", RENEW, dates, 5)) == [("2026-03-05", "notice")]
    assert cycles(life(tmp_path / "v", RENEW, dates, 6)) == [("2026-03-05", "renewed")]


def test_a_date_moved_to_before_today_leaves_what_is_due_already(tmp_path: Path) -> None:
    first = MONDAY + 32 * DAY
    dates = {0: first, 1: first - 4 * DAY, 3: first - 20 * DAY}
    assert told(life(tmp_path, RENEW, dates, 5)) == [
        "2025-12-04 early.task.1 1 skipped",
        "2026-03-05 notice.email.1 1 issued",
        "2026-02-28 notice.task.1 1 issued",
    ]


@pytest.mark.parametrize(
    ("was", "now", "due"),
    [
        # 25 March less 8 days is a Tuesday, less 7 days a Wednesday; three business days later:
        (True, True, "2026-03-20"),
        (False, False, "2026-03-23"),
        (True, False, "2026-03-23"),
    ],
)
def test_of_two_cases_that_gave_the_date_promised_the_one_that_holds_now_dates_it(
    tmp_path: Path, was: bool, now: bool, due: str
) -> None:
    body = CASES.replace("due: 1 business day", "due: 3 business days, shift: none")
    root = workspace(tmp_path / "w", {"p": text(body)})
    # Saturday or Sunday: three business days after either is Wednesday.
    saturday = MONDAY + 5 * DAY
    snapshot(root, MONDAY, [row(renewal_date=saturday + 8 * DAY, vip=was)])
    snapshot(root, saturday + 2 * DAY, [row(renewal_date=saturday + 18 * DAY, vip=now)])
    for n in range(8):
        run(load_project(root), MONDAY + n * DAY)
    assert told(root) == [
        "2026-03-11 notice.task.1 1 issued",
        "2026-03-11 notice.task.1 2 superseded",
        f"{due} notice.task.1 3 issued",
    ]
