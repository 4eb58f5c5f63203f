"""What a run makes up for: days on which the machine, the export or a row was missing."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from support.one_account import CASES, DAY, GRACE, HEALTH, MONDAY, RENEW, life, row, text, told
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.core.problems import Problems
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader


def test_an_export_that_was_missing_too_long_does_not_stop_runs_for_ever(tmp_path: Path) -> None:
    settings = SETTINGS.replace("{date}.csv", "{date}.csv\n  max_age: 3 days")
    root = workspace(tmp_path / "w", {"p": text(CASES)}, settings)
    snapshot(root, MONDAY, [row(renewal_date=MONDAY + 60 * DAY, vip=True)])
    run(load_project(root), MONDAY)
    with pytest.raises(Problems, match="max_age"):
        run(load_project(root), MONDAY + 9 * DAY)
    snapshot(root, MONDAY + 10 * DAY, [row(renewal_date=MONDAY + 60 * DAY, vip=True)])
    result = run(load_project(root), MONDAY + 10 * DAY)
    assert len(result.dates) == 10


@pytest.mark.parametrize("exempt", ["", "  exempt: [p/grace]\n"])
def test_a_machine_that_was_off_sends_one_of_the_mails_that_it_missed(
    tmp_path: Path, exempt: str
) -> None:
    root = workspace(tmp_path / "w", {"p": text(GRACE)}, SETTINGS + exempt)
    snapshot(root, MONDAY, [row(renewal_date=MONDAY + DAY)])
    run(load_project(root), MONDAY)
    run(load_project(root), MONDAY + 5 * DAY)
    ledger = Reader(root / "store").ledger()
    assert ledger.filter(pl.col("contact_on") == MONDAY + 5 * DAY).height == 1
    assert ledger.height == 4


FIRST = MONDAY + 31 * DAY
MOVES = {0: FIRST, 2: FIRST - 1 * DAY, 4: FIRST + 3 * DAY, 6: FIRST, 8: FIRST + 300 * DAY}


@pytest.fixture(scope="module")
def never_off(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which dates moved, and that ran every day; tests only read it."""
    return life(tmp_path_factory.mktemp("on") / "w", RENEW, MOVES, 12)


@pytest.mark.parametrize("off", [{1}, {1, 2}, {1, 2, 3, 4}, {3, 4, 5, 6}])
def test_dates_that_moved_while_the_machine_was_off_move_all_the_same(
    tmp_path: Path, never_off: Path, off: set[int]
) -> None:
    late = Reader(life(tmp_path / "off", RENEW, MOVES, 12, off) / "store")
    on = Reader(never_off / "store")
    key = ["action_id", "revision", "due_on", "status"]
    a, b = (reader.ledger(history=True).select(key) for reader in (on, late))
    assert a.rows() == b.rows()
    assert on.states().rows() == late.states().rows()


def test_a_row_in_quarantine_is_absent_and_comes_back(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(GRACE)})
    other = row(renewal_date=MONDAY + 90 * DAY) | {"account_id": "b"}
    snapshot(root, MONDAY, [row(renewal_date=MONDAY), other])
    snapshot(root, MONDAY + DAY, [row(renewal_date="2026-02-31"), other])
    snapshot(root, MONDAY + 3 * DAY, [row(renewal_date=MONDAY), other])
    run(load_project(root), MONDAY)
    result = run(load_project(root), MONDAY + DAY)
    assert result.entries.is_empty()
    assert result.counts.filter(what="absent")["accounts"].to_list() == [1]
    run(load_project(root), MONDAY + 3 * DAY)
    # The first is not said again; of the two that came due since, only the later one is.
    assert {line.split()[1] for line in told(root)} == {"grace.email.1", "grace.email.4"}


def test_quarantine_of_an_earlier_date_shows_when_catching_up(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(GRACE)})
    other = row(renewal_date=MONDAY + 90 * DAY) | {"account_id": "b"}
    snapshot(root, MONDAY, [row(renewal_date=MONDAY), other])
    run(load_project(root), MONDAY)
    snapshot(root, MONDAY + DAY, [row(renewal_date="2026-02-31"), other])
    snapshot(root, MONDAY + 2 * DAY, [row(renewal_date=MONDAY), other])
    result = run(load_project(root), MONDAY + 2 * DAY)
    assert result.quarantined.height == 1


def test_a_monthly_and_a_daily_playbook_together(tmp_path: Path) -> None:
    monthly = text(HEALTH, "0 6 3 * *", id="m")
    root = workspace(tmp_path / "w", {"m": monthly, "p": text(GRACE)})
    snapshot(root, MONDAY - 40 * DAY, [row(health_score=80, renewal_date=MONDAY)])
    run(load_project(root), MONDAY - 20 * DAY)
    snapshot(root, MONDAY, [row(health_score=60, renewal_date=MONDAY)])
    run(load_project(root), MONDAY + 2 * DAY)
    records = Reader(root / "store").runs()
    assert [sorted(r.playbooks) for r in records if r.on == MONDAY + DAY] == [["m", "p"]]
    assert len(records) == 23


def test_an_account_first_seen_late_stands_in_the_right_step(tmp_path: Path) -> None:
    root = life(tmp_path / "w", RENEW, {0: MONDAY + 10 * DAY}, 4)
    assert [line.split()[-1] for line in told(root)] == ["skipped"] * 3
    assert Reader(root / "store").states()["state"].to_list() == ["notice"]


def test_a_trigger_on_a_sunday_is_not_late(tmp_path: Path) -> None:
    strict = text(HEALTH, within="0 days")
    root = workspace(tmp_path / "w", {"p": strict})
    sunday = MONDAY + 6 * DAY
    snapshot(root, MONDAY, [row(health_score=80)])
    run(load_project(root), MONDAY)
    snapshot(root, sunday, [row(health_score=60)])
    run(load_project(root), sunday)
    assert told(root)[0].endswith("issued")


LATE = """\
playbook: p
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {{within: 3 days, then: {then}}}
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: 0 days
      do:
        - task: {{owner: csm, shift: none}}
        - task: {{id: issued, owner: csm, shift: none, late: issue}}
        - task: {{id: skipped, owner: csm, shift: none, late: skip}}
  outcomes: {{over: {{at: 30 days}}}}
"""


@pytest.mark.parametrize(
    ("then", "days", "wanted"),
    [
        ("issue", 3, {"task": "issued", "issued": "issued", "skipped": "issued"}),
        ("issue", 4, {"task": "issued", "issued": "issued", "skipped": "skipped"}),
        ("skip", 3, {"task": "issued", "issued": "issued", "skipped": "issued"}),
        ("skip", 4, {"task": "skipped", "issued": "issued", "skipped": "skipped"}),
    ],
)
def test_an_action_says_for_itself_what_becomes_of_it_when_it_is_late(
    tmp_path: Path, then: str, days: int, wanted: dict[str, str]
) -> None:
    root = workspace(tmp_path / "w", {"p": LATE.format(then=then)})
    snapshot(root, MONDAY, [row(renewal_date=MONDAY)])
    run(load_project(root), MONDAY + days * DAY)
    ledger = Reader(root / "store").ledger(history=True)
    assert dict(ledger.select("action", "status").iter_rows()) == wanted
