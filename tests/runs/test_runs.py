"""What a run promises: once and no more, whole or not at all, in the end the same however it came there."""

from __future__ import annotations

import datetime as dt
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import holidays
import polars as pl
import pytest
import tzdata
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from support.profiles import examples
from support.random_playbooks import FIRST, accounts, playbooks
from support.workspaces import RENEWAL, SETTINGS, snapshot, workspace
from tenure.engine.core.problems import Problems
from tenure.engine.project.loading import Project, load_project
from tenure.engine.reports.explain_text import explanation_text
from tenure.engine.reports.explanation import explain_account
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader, verify
from tenure.engine.version import VERSION

DAY = dt.timedelta(days=1)
ENTRIES = [
    "action_id",
    "revision",
    "due_on",
    "account_id",
    "cycle",
    "step",
    "action",
    "occurrence",
    "anchor",
]
"""What of an entry does not depend on when it was issued."""


def account(id: str, renewal: dt.date, **more: Any) -> dict[str, Any]:
    return {
        "account_id": id,
        "account_name": id,
        "status": "active",
        "renewal_date": renewal,
        "csm": "Zoé",
        **more,
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    rows = [account(f"a{n}", FIRST + dt.timedelta(days=n)) for n in range(60)]
    for week in range(6):
        snapshot(root, FIRST + dt.timedelta(weeks=week), rows)
        rows[week] = account(f"a{week}", rows[week]["renewal_date"] + dt.timedelta(days=365))
    return root


def year(root: Path, days: int = 40, off: range = range(0)) -> Project:
    """Runs every day but those on which the machine was off."""
    project = load_project(root)
    for n in range(days):
        if n not in off:
            run(project, FIRST + n * DAY)
    return project


def ledger(root: Path) -> pl.DataFrame:
    return Reader(root / "store").ledger(history=True)


def states(root: Path) -> pl.DataFrame:
    return Reader(root / "store").states()


@st.composite
def lives(draw: Any) -> list[tuple[dt.date, list[dict[str, Any]]]]:
    """Snapshots of a few accounts, some days apart."""
    ids = [f"a{n}" for n in range(draw(st.integers(1, 3)))]
    rows = {id: draw(accounts(id)) for id in ids}
    found = [(FIRST, list(rows.values()))]
    for _ in range(draw(st.integers(0, 4))):
        for id in ids:
            if draw(st.booleans()):
                rows[id] = draw(accounts(id))
        found.append(
            (found[-1][0] + dt.timedelta(days=draw(st.integers(1, 4))), list(rows.values()))
        )
    return found


def laid_out(
    folder: str, name: str, text: str, series: list[tuple[dt.date, list[dict[str, Any]]]]
) -> Path:
    root = workspace(Path(folder) / name, {"random": text})
    for on, rows in series:
        snapshot(root, on, rows)
    return root


@pytest.mark.slow
@examples(25)
@given(playbooks(), lives(), st.sets(st.integers(1, 13)))
def test_a_machine_that_was_off_ends_as_one_that_was_not(
    text: str, series: list[tuple[dt.date, list[dict[str, Any]]]], off: set[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        on, never_off = laid_out(folder, "on", text, series), laid_out(folder, "off", text, series)
        for n in range(15):
            run(load_project(on), FIRST + n * DAY)
            if n not in off:
                run(load_project(never_off), FIRST + n * DAY)
        assert_frame_equal(states(on), states(never_off))
        issued, late = ledger(on), ledger(never_off)
        assert_frame_equal(first_entries(issued), first_entries(late))


def first_entries(entries: pl.DataFrame) -> pl.DataFrame:
    """What is the same although a machine was off.

    A skipped promise is never taken back, so only first entries are; see the statuses below. The contact policy counts
    the days on which contacts really go out: of one that it postponed, the day before that counts.
    """
    due = pl.min_horizontal("due_on", "planned_on").alias("due_on")
    return entries.filter(pl.col("revision") == 1).with_columns(due).select(ENTRIES)


@pytest.mark.slow
@examples(25)
@given(playbooks(), lives())
def test_a_preview_is_a_run_and_a_second_run_is_nothing(
    text: str, series: list[tuple[dt.date, list[dict[str, Any]]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = laid_out(folder, "w", text, series)
        project = load_project(root)
        for n in range(0, 12, 3):
            seen = preview(project, FIRST + n * DAY)
            done = run(project, FIRST + n * DAY)
            assert_frame_equal(seen.entries, done.entries)
            assert_frame_equal(seen.counts, done.counts)
            before = ledger(root), states(root)
            again = run(project, FIRST + n * DAY)
            assert again.entries.is_empty()
            assert not again.dates
            assert_frame_equal(before[0], ledger(root))
            assert_frame_equal(before[1], states(root))


def test_a_preview_writes_nothing(root: Path) -> None:
    project = load_project(root)
    preview(project, FIRST, until=FIRST + 10 * DAY)
    assert not (root / "store").exists()


def test_a_preview_until_a_date_is_the_runs_of_those_days_on_unchanging_accounts(
    root: Path,
) -> None:
    project = load_project(root)
    ahead = preview(project, FIRST, until=FIRST + 6 * DAY)
    for n in range(7):
        run(project, FIRST + n * DAY)
    assert_frame_equal(
        ahead.entries.select(ENTRIES), ledger(root).select(ENTRIES), check_row_order=False
    )


def test_no_action_is_ever_issued_twice(root: Path) -> None:
    year(root)
    issued = ledger(root).filter(pl.col("status") == "issued", pl.col("revision") == 1)
    assert issued["action_id"].is_unique().all()
    assert issued.height > 50


def test_a_renewal_takes_back_what_was_promised(root: Path) -> None:
    # a0 renews in the second snapshot; its task, issued when it was first seen, is long due and skipped;
    # a5 is noticed at J-25 on the first day and renews before the task of J-20 is due.
    rows = [account("p", FIRST + 30 * DAY)]
    snapshot(root, FIRST, rows)
    snapshot(root, FIRST + 7 * DAY, [account("p", FIRST + 395 * DAY)])
    project = load_project(root)
    run(project, FIRST)
    result = run(project, FIRST + 7 * DAY)
    (taken,) = result.entries.filter(pl.col("status") == "withdrawn").iter_rows(named=True)
    assert (taken["action"], taken["revision"], taken["account_id"]) == ("task", 2, "p")
    assert taken["reason"] == "the cycle ended before it was due"


def test_a_date_that_moves_takes_its_promises_along(root: Path) -> None:
    snapshot(root, FIRST, [account("p", FIRST + 30 * DAY)])
    snapshot(root, FIRST + 7 * DAY, [account("p", FIRST + 50 * DAY)])
    project = load_project(root)
    first = run(project, FIRST)
    task = first.entries.filter(pl.col("action") == "task")
    # J-20 is 2 March 2026, a Monday.
    assert task["due_on"].to_list() == [dt.date(2026, 3, 2)]
    result = run(project, FIRST + 7 * DAY)
    moved = result.entries.sort("revision")
    assert moved["action_id"].unique().to_list() == task["action_id"].to_list()
    assert moved["status"].to_list() == ["superseded", "issued"]
    assert moved["revision"].to_list() == [2, 3]
    # Twenty days later: 22 March is a Sunday, and tasks shift later.
    assert moved["due_on"].to_list() == [dt.date(2026, 3, 2), dt.date(2026, 3, 23)]
    assert "moved from 2026-03-22 to 2026-04-11" in moved["reason"][0]
    (state,) = states(root).iter_rows(named=True)
    assert (state["state"], state["cycle"], state["anchor"]) == (
        "notice",
        "2026-03-22",
        FIRST + 50 * DAY,
    )


def test_a_date_before_the_last_one_is_refused(root: Path) -> None:
    project = load_project(root)
    run(project, FIRST + DAY)
    with pytest.raises(Problems, match="is before"):
        run(project, FIRST)


def test_a_changed_variable_changes_the_playbooks_that_read_it(tmp_path: Path) -> None:
    watch = """\
playbook: watch
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 3 days, then: skip}
define: {at_risk: health_score < at_risk_line}
triggers:
  open: [{id: drop, when: at_risk, rearm: not at_risk}]
  steps: [{id: ask, at: 0 days, do: [{task: {owner: csm}}]}]
"""
    root = workspace(tmp_path / "w", {"renewal": RENEWAL, "watch": watch})
    settings = (root / "tenure.yaml").read_text("utf-8")

    def with_line(line: int) -> Project:
        (root / "tenure.yaml").write_text(f"{settings}variables: {{at_risk_line: {line}}}\n")
        return load_project(root)

    rows = [account(f"a{n}", FIRST + 300 * DAY) | {"health_score": 60 + n} for n in range(20)]
    snapshot(root, FIRST, rows)
    first = run(with_line(70), FIRST)
    assert set(first.entries["account_id"]) == {f"a{n}" for n in range(10)}
    told = run(with_line(75), FIRST)
    assert "playbook watch changed" in told.note
    assert "playbook renewal changed" not in told.note
    redone = run(with_line(75), FIRST, redo=True)
    assert set(redone.entries["account_id"]) == {f"a{n}" for n in range(10, 15)}


def test_changed_inputs_are_reported_and_redone_only_on_request(root: Path) -> None:
    run(load_project(root), FIRST)
    before = ledger(root)
    text = RENEWAL.replace("call: {owner: csm}", "call: {owner: csm}}, {task: {owner: csm}")
    (root / "playbooks" / "renewal.yaml").write_text(text, encoding="utf-8")
    rows = [account(f"a{n}", FIRST + dt.timedelta(days=n)) for n in range(60)]
    snapshot(root, FIRST, [*rows, account("new", FIRST + 30 * DAY)])
    project = load_project(root)
    told = run(project, FIRST)
    assert not told.dates
    assert "playbook renewal changed" in told.note
    assert "snapshot" in told.note
    assert_frame_equal(before, ledger(root))
    redone = run(project, FIRST, redo=True)
    assert set(redone.entries["account_id"]) == {"new"}
    assert ledger(root).height == before.height + redone.entries.height


def test_comments_and_titles_are_no_edit(root: Path) -> None:
    run(load_project(root), FIRST)
    text = "# a comment\n" + RENEWAL.replace(
        "playbook: renewal\n", "playbook: renewal\ntitle: Renewals\n"
    )
    (root / "playbooks" / "renewal.yaml").write_text(text, encoding="utf-8")
    assert "same inputs" in run(load_project(root), FIRST).note


def explained(root: Path, on: dt.date) -> str:
    project = load_project(root)
    explanation = explain_account(project, "a5", on, project.playbooks)
    assert explanation is not None
    return explanation_text(explanation)


def test_an_edit_that_strands_accounts_is_refused_until_it_says_where_they_go(root: Path) -> None:
    year(root, 3)
    before = states(root)
    renamed = RENEWAL.replace("id: push", "id: last_call")
    (root / "playbooks" / "renewal.yaml").write_text(renamed, encoding="utf-8")
    with pytest.raises(Problems, match="accounts are in `push`") as raised:
        run(load_project(root), FIRST + 3 * DAY)
    assert "push: another_step" in str(raised.value.problems[0].hint)
    assert_frame_equal(before, states(root))
    assert "no step `push` any more: runs stop" in explained(root, FIRST + 3 * DAY)
    (root / "playbooks" / "renewal.yaml").write_text(
        renamed.replace("timeline:", "moved: {push: last_call}\ntimeline:"), encoding="utf-8"
    )
    run(load_project(root), FIRST + 3 * DAY)
    issued = ledger(root).filter(pl.col("step") == "last_call", pl.col("account_id") == "a5")
    assert issued.is_empty()


def test_one_bad_playbook_stops_only_itself(root: Path) -> None:
    (root / "playbooks" / "bad.yaml").write_text("playbook: bad\n", encoding="utf-8")
    project = load_project(root)
    assert project.errors
    assert run(project, FIRST).entries.height


def test_a_brake_stops_a_run_before_it_writes(root: Path) -> None:
    (root / "tenure.yaml").write_text(SETTINGS + "brake: {actions: 10}\n", encoding="utf-8")
    with pytest.raises(Problems, match="would issue"):
        run(load_project(root), FIRST)
    assert Reader(root / "store").last_committed() is None


def test_a_preview_shows_what_the_brake_would_stop(root: Path) -> None:
    (root / "tenure.yaml").write_text(SETTINGS + "brake: {actions: 10}\n", encoding="utf-8")
    result = preview(load_project(root), FIRST)
    assert result.entries.height > 10
    (warning,) = [problem for problem in result.warnings if problem.code == "brake"]
    assert warning.severity == "warning"


CADENCE = """\
playbook: reviews
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 3 days, then: skip}
triggers:
  open: [{id: quarterly, every: 90 days, since: last_review_date}]
  steps: [{id: review, at: 0 days, do: [{call: {owner: csm}}]}]
"""


@pytest.mark.slow
def test_a_cadence_whose_dates_pass_opens_once_for_each_length_of_it(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"reviews": CADENCE})
    review = FIRST - 80 * DAY
    snapshot(root, FIRST, [account("a", FIRST, last_review_date=review)])
    project = load_project(root)
    for n in range(0, 210, 5):
        run(project, FIRST + n * DAY)
    opened = Reader(root / "store").ended()["opened_on"].to_list()
    # 90 days after the last review, and then every 90 days, since the review is never recorded.
    assert opened == [FIRST + 10 * DAY, FIRST + 100 * DAY, FIRST + 190 * DAY]


def test_what_is_on_time_goes_before_what_is_late(tmp_path: Path) -> None:
    once = SETTINGS.replace("{contacts: 2, within: 7 days}", "{contacts: 1, within: 1 day}")
    late = RENEWAL.replace("at: -30 days", "at: -9 days").replace(
        "within: 3 days", "within: 7 days"
    )
    root = workspace(tmp_path / "w", {"renewal": late}, once)
    # First seen seven days ahead: the notice of nine days ahead is two days late, the call is today's.
    snapshot(root, FIRST, [account("a", dt.date(2026, 2, 27))])
    entries = run(load_project(root), FIRST).entries
    days = {
        row["step"]: row["contact_on"]
        for row in entries.iter_rows(named=True)
        if row["kind"] != "task"
    }
    # The late one waits for the next working day: Monday.
    assert days == {"notice": FIRST + 3 * DAY, "push": FIRST}


def test_a_jump_stops_a_run(root: Path) -> None:
    settings = SETTINGS + "brake: {jump: 3, gone: 100 %}\n"
    (root / "tenure.yaml").write_text(settings, encoding="utf-8")
    project = load_project(root)
    for n in range(6):
        run(project, FIRST + n * DAY)
    crowd = [account(f"b{n}", FIRST + 36 * DAY) for n in range(300)]
    snapshot(root, FIRST + 6 * DAY, crowd)
    with pytest.raises(Problems, match="are usual"):
        run(project, FIRST + 6 * DAY)


def test_a_snapshot_too_old_stops_the_run(root: Path) -> None:
    old = SETTINGS.replace("{date}.csv", "{date}.csv\n  max_age: 2 days")
    (root / "tenure.yaml").write_text(old, encoding="utf-8")
    with pytest.raises(Problems, match="max_age"):
        run(load_project(root), FIRST + 5 * DAY)


def test_an_export_that_was_down_for_long_stops_nothing_once_it_is_back(root: Path) -> None:
    old = SETTINGS.replace("{date}.csv", "{date}.csv\n  max_age: 2 days")
    (root / "tenure.yaml").write_text(old, encoding="utf-8")
    run(load_project(root), FIRST)
    with pytest.raises(Problems, match="max_age"):
        run(load_project(root), FIRST + 6 * DAY)
    result = run(load_project(root), FIRST + 7 * DAY)
    assert result.dates == tuple(FIRST + n * DAY for n in range(1, 8))


def test_dates_whose_snapshots_are_gone_are_reported_and_skipped(root: Path) -> None:
    run(load_project(root), FIRST)
    for week in range(2):
        (root / "data" / f"accounts-{FIRST + 7 * week * DAY}.csv").unlink()
    result = run(load_project(root), FIRST + 15 * DAY)
    assert result.dates == (FIRST + 14 * DAY, FIRST + 15 * DAY)
    (warning,) = [problem for problem in result.warnings if problem.code == "no-snapshot"]
    assert "2026-02-21 to 2026-03-05" in warning.message
    assert warning.severity == "warning"


def test_the_record_traces_a_date_to_its_inputs(root: Path) -> None:
    project = year(root, 2)
    records = Reader(root / "store").runs()
    assert [record.on for record in records] == [FIRST, FIRST + DAY]
    assert records[0].playbooks == {"renewal": project.playbooks[0].digest}
    assert len(records[0].snapshot_digest) == 64
    assert records[0].snapshot_rows == 60
    assert records[0].libraries == {
        "holidays": holidays.__version__,
        "polars": pl.__version__,
        "tzdata": tzdata.__version__,
    }
    assert records[0].engine == VERSION


def child(root: Path, on: dt.date, number: int) -> subprocess.Popen[str]:
    """A run in a process of its own; see `children`."""
    command = [
        sys.executable,
        str(Path(__file__).parents[1] / "support" / "children.py"),
        str(root),
        on.isoformat(),
        str(number),
    ]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)


@pytest.mark.slow
def test_a_run_killed_at_any_boundary_and_run_again_is_as_if_never_killed(
    root: Path, tmp_path: Path
) -> None:
    year(root, 1)
    start = tmp_path / "start"
    shutil.copytree(root, start)
    year(root, 2)
    expected = ledger(root), states(root)
    died = 0
    for boundary in range(1, 100):
        trial = tmp_path / f"trial{boundary}"
        shutil.copytree(start, trial)
        killed = child(trial, FIRST + DAY, boundary)
        killed.communicate()
        if killed.returncode == 0:
            break
        assert killed.returncode == -signal.SIGKILL
        died += 1
        run(load_project(trial), FIRST + DAY)
        assert_frame_equal(ledger(trial), expected[0])
        assert_frame_equal(states(trial), expected[1])
        assert not verify(trial / "store")
    assert died >= 5


def test_two_runs_at_once_are_one(root: Path) -> None:
    children = [child(root, FIRST, 0) for _ in range(2)]
    for each in children:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in children:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    found = sorted(each.communicate()[0].strip() for each in children)
    assert found in (["issued", "locked"], ["issued", "nothing"])
    assert ledger(root)["action_id"].is_unique().all()
