"""A wrong date of an account that is not enrolled opens no cycle; its owner is asked where it would open one."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.one_account import (
    DAY,
    MONDAY,
    RENEW,
    life,
    lives_together,
    of_account,
    row,
    text,
    told,
)
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader

# A cycle opens 120 days before its date.
OPENING_DATES = {
    "a year back": (dt.date(2027, 4, 10), dt.date(2026, 4, 10)),
    "exchanged": (dt.date(2026, 10, 5), dt.date(2026, 5, 10)),
    "a century back and within its grace": (dt.date(2126, 2, 20), dt.date(2026, 2, 20)),
}
OTHER_DATES = {
    "1900": (dt.date(2027, 4, 10), dt.date(1900, 4, 10)),
    "2062": (dt.date(2027, 4, 10), dt.date(2062, 4, 10)),
}


def checks(root: Path, account: str | None = None) -> list[str]:
    """The tasks to check a date: what they ask about."""
    tasks = Reader(root / "store").ledger().filter(step="check_date")
    return of_account(tasks, account)["occurrence"].to_list()


def others(root: Path, account: str | None = None) -> list[str]:
    """The ledger without these tasks."""
    return [line for line in told(root, account) if "check_date" not in line]


def states(root: Path, account: str | None = None) -> list[tuple[str, dt.date]]:
    found = of_account(Reader(root / "store").states(), account)
    return found.select("state", "opened_on").rows()


UNOPENED = {
    f"{name}, from day {first} for {days}": {0: right, first: wrong, first + days: right}
    for name, (right, wrong) in OPENING_DATES.items()
    for first, days in [(1, 1), (1, 2), (5, 1), (5, 2)]
} | {name: {0: right, 5: wrong, 6: right} for name, (right, wrong) in OTHER_DATES.items()}
"""Dates that are wrong for a while, by account."""


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of these accounts; tests only read it."""
    return lives_together(tmp_path_factory.mktemp("mistaken") / "w", RENEW, UNOPENED, 12)


@pytest.mark.parametrize("account", [id for id in UNOPENED if id not in OTHER_DATES])
def test_a_wrong_date_opens_nothing_and_leaves_one_task(mistaken: Path, account: str) -> None:
    _, wrong, _ = UNOPENED[account].values()
    assert (others(mistaken, account), states(mistaken, account)) == ([], [])
    assert checks(mistaken, account) == [wrong.isoformat()]


@pytest.mark.parametrize("account", OTHER_DATES)
def test_a_wrong_date_that_would_open_nothing_leaves_nothing(mistaken: Path, account: str) -> None:
    assert (told(mistaken, account), states(mistaken, account)) == ([], [])


RIGHT = dt.date(2026, 7, 10)
"""A date whose cycle opens on the ninth day."""
OPENED = {
    f"{wrong}, from day {first}": {0: RIGHT, first: wrong, first + 2: RIGHT}
    for wrong in (dt.date(2062, 7, 10), dt.date(2025, 7, 10), dt.date(2026, 10, 7))
    for first in (7, 8, 9)
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of these accounts, and of one whose date is never wrong; tests only read it."""
    lives = {"calm": {0: RIGHT}, **OPENED}
    return lives_together(tmp_path_factory.mktemp("opened") / "w", RENEW, lives, 15)


@pytest.mark.parametrize("account", OPENED)
def test_a_cycle_opens_on_its_day_although_the_date_is_wrong_on_it(
    opened: Path, account: str
) -> None:
    assert others(opened, account) == others(opened, "calm") != []
    assert states(opened, account) == states(opened, "calm")


def test_a_date_that_lasts_is_taken_on_the_third_day(tmp_path: Path) -> None:
    right, wrong = OPENING_DATES["a year back"]
    assert states(life(tmp_path / "two", RENEW, {0: right, 5: wrong}, 8)) == []
    root = life(tmp_path / "three", RENEW, {0: right, 5: wrong}, 9)
    assert states(root) == [("early", MONDAY + 8 * DAY)]
    assert checks(root) == [wrong.isoformat()]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (dt.date(2026, 7, 30), dt.date(2026, 6, 20)),  # some weeks earlier
        (None, dt.date(2026, 5, 10)),  # none was known
        (dt.date(2026, 1, 10), dt.date(2026, 6, 10)),  # it is over, and the next term is short
    ],
)
def test_other_moves_are_believed_at_once(
    tmp_path: Path, before: dt.date | None, after: dt.date
) -> None:
    root = life(tmp_path / "w", RENEW, {0: before, 5: after}, 6)
    assert states(root) == [("early", MONDAY + 5 * DAY)]
    assert checks(root) == []


def test_a_new_account_is_believed(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(RENEW)})
    for n in range(5):
        new = row(account_id="b", renewal_date=dt.date(2026, 5, 10))
        snapshot(root, MONDAY + n * DAY, [row(renewal_date=None), *([new] if n == 4 else [])])
        run(load_project(root), MONDAY + n * DAY)
    assert states(root) == [("early", MONDAY + 4 * DAY)]


def test_days_off_change_nothing(tmp_path: Path) -> None:
    right, wrong = OPENING_DATES["exchanged"]
    dates = {0: right, 3: wrong, 4: right, 7: wrong}
    on = life(tmp_path / "on", RENEW, dates, 12)
    off = life(tmp_path / "off", RENEW, dates, 12, off=range(1, 11))
    assert told(on) == told(off) != []
    assert states(on) == states(off) == [("early", MONDAY + 10 * DAY)]


def waiting(root: Path, days: Mapping[int, dt.date] | None = None) -> Path:
    right, wrong = OPENING_DATES["exchanged"]
    return life(root, RENEW, days or {0: right, 5: wrong}, 7)


MOVED = (
    "renewal_date moved from 2026-10-05 to 2026-05-10, day and month exchanged: "
    "no cycle opens before it has lasted for 3 days"
)


def test_the_task_says_what_moved_and_the_run_counts_it(tmp_path: Path) -> None:
    root = waiting(tmp_path / "w")
    (task,) = Reader(root / "store").ledger().to_dicts()
    assert (task["step"], task["owner"], task["kind"]) == ("check_date", "Zoé", "task")
    assert (task["due_on"], task["cycle"], task["reason"]) == (
        MONDAY + 5 * DAY,
        "2026-05-10",
        MOVED,
    )
    on = MONDAY + 7 * DAY
    ahead, done = preview(load_project(root), on), run(load_project(root), on)
    assert ahead.counts.equals(done.counts)
    assert [p.message for p in done.warnings if p.code == "doubtful-date"] == [
        "the date of 1 account in `p` moved beyond belief: it waits until it has lasted for 3 days"
    ]


@pytest.mark.parametrize("wrong_again", [True, False])
def test_explain_says_that_the_date_is_doubted_and_since_when(
    tmp_path: Path, wrong_again: bool
) -> None:
    root = waiting(tmp_path / "w")
    on = MONDAY + 7 * DAY
    if not wrong_again:
        snapshot(root, on, [row(renewal_date=OPENING_DATES["exchanged"][0])])
    args = ["explain", "a", "--workspace", str(root), "--on", str(on)]
    shown = CliRunner().invoke(main, args, catch_exceptions=False).output
    assert (f"waits since 2026-03-07: {MOVED}" in shown) == wrong_again
    data = json.loads(CliRunner().invoke(main, [*args, "--format", "json"]).output)
    doubted = data["playbooks"][0]["doubted"]
    assert (doubted and doubted["until"]) == ("2026-03-10" if wrong_again else None)


SOON = """\
triggers:
  open:
    - {id: soon, when: "renewal_date < today + 90 days or first(renewal_date, today) == today"}
  steps: [{id: call, at: 0 days, do: [{task: {owner: csm}}]}]
"""


def test_to_other_playbooks_the_date_is_unknown(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(RENEW), "q": text(SOON, id="q")})
    right, wrong = OPENING_DATES["exchanged"]
    for n in range(8):
        snapshot(root, MONDAY + n * DAY, [row(renewal_date=wrong if n == 5 else right)])
        run(load_project(root), MONDAY + n * DAY)
    assert others(root) == []
    assert checks(root) == [wrong.isoformat()]


def test_to_other_playbooks_the_date_is_unknown_on_the_days_of_the_one_that_doubts_it(
    tmp_path: Path,
) -> None:
    """The date is wrong from the second Monday on; `p` is due on Mondays alone."""
    playbooks = {"p": text(RENEW, schedule="0 6 * * 1"), "q": text(SOON, id="q")}
    root = workspace(tmp_path / "w", playbooks)
    right, wrong = OPENING_DATES["exchanged"]
    explained, found = [], []
    for n in range(9):
        on = MONDAY + n * DAY
        snapshot(root, on, [row(renewal_date=right if n < 7 else wrong)])
        args = ["explain", "a", "--workspace", str(root), "--on", str(on), "--playbook", "q"]
        explained.append(CliRunner().invoke(main, args, catch_exceptions=False).output)
        run(load_project(root), on)
        found.append(others(root))
    assert ["unknown" in shown for shown in explained[6:]] == [False, True, False]
    assert found[6:] == [[], [], [f"{MONDAY + 8 * DAY} call.task.1 1 issued"]]


def test_a_workspace_that_believes_every_date_opens_the_cycle(tmp_path: Path) -> None:
    settings = SETTINGS + "doubt: {stands: 0 days}\n"
    root = workspace(tmp_path / "w", {"p": text(RENEW)}, settings)
    for n, date in enumerate(OPENING_DATES["exchanged"]):
        snapshot(root, MONDAY + n * DAY, [row(renewal_date=date)])
        run(load_project(root), MONDAY + n * DAY)
    assert states(root) == [("early", MONDAY + DAY)]
