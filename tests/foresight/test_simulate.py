"""`tenure simulate` against runs of the same days, and what it says."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from support.workspaces import RENEWAL, SETTINGS, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.core.problems import Problems
from tenure.engine.foresight.assumed_world import AssumedWorld
from tenure.engine.foresight.assumptions import Assumptions
from tenure.engine.foresight.ranges import RunRange, range_of
from tenure.engine.foresight.simulation import simulate_days
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

FIRST = dt.date(2026, 3, 2)
DAYS = 40
LAST = FIRST + dt.timedelta(days=DAYS - 1)
LIMITED = SETTINGS.replace("csm: {field: csm}", "csm: {field: csm, capacity: 1}")


def account(number: int, days: int) -> dict[str, Any]:
    return {
        "account_id": f"a{number:02}",
        "account_name": f"Firm {number}",
        "status": "active",
        "renewal_date": FIRST + dt.timedelta(days=days),
        "csm": "Ana" if number % 4 else "Bo",
        "health_score": 40 + 5 * (number % 12),
    }


# Twelve of one day are more than Ana can do; the others are spread.
ROWS = [account(n, 36) for n in range(12)] + [account(n, 5 * n - 40) for n in range(12, 30)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = workspace(tmp_path / "w", {"renewal": RENEWAL}, LIMITED)
    snapshot(folder, FIRST, ROWS)
    return folder


def simulate(root: Path, *args: str, code: int = 0) -> Result:
    days = () if "--until" in args or "--back" in args else ("--until", f"+{DAYS - 1}d")
    given = ("--workspace", str(root), "--on", FIRST.isoformat(), "--today", FIRST.isoformat())
    result = CliRunner().invoke(main, ["simulate", *given, *days, *args])
    assert result.exit_code == code, result.output
    return result


def lived(root: Path) -> list[dict[str, Any]]:
    """The actions of the days, out of a run on each with the same accounts; only those that come, with their day."""
    for at in range(DAYS):
        on = FIRST + dt.timedelta(days=at)
        snapshot(root, on, ROWS)
        run(load_project(root), on)
    found = []
    for row in Reader(root / "store").ledger().iter_rows(named=True):
        day = row["contact_on"] or row["planned_on"] or row["due_on"]
        if row["status"] in ("issued", "postponed") and FIRST <= day <= LAST:
            found.append({**row, "day": day})
    return found


def test_figures_are_those_of_runs_day_by_day(root: Path) -> None:
    found = json.loads(simulate(root, "--format", "json").stdout)
    actions = lived(root)
    assert actions

    def counted(key: str) -> dict[Any, int]:
        return Counter(row[key] for row in actions)

    weeks = Counter((row["day"] - dt.timedelta(days=row["day"].weekday())) for row in actions)
    assert found["weeks"] == [
        {"week": week.isoformat(), "actions": number} for week, number in sorted(weeks.items())
    ]
    for key in ("playbook", "owner", "kind"):
        assert {row[key]: row["actions"] for row in found[f"{key}s"]} == counted(key)
    sent = {
        (row["account_id"], row["step"], row["cycle"], row["contact_on"])
        for row in actions
        if row["contact_on"] and row["status"] == "issued"
    }
    by_account = Counter(account for account, *_ in sent)
    expected = Counter(by_account.get(row["account_id"], 0) for row in ROWS)
    shown = {int(row["contacts"]): row["accounts"] for row in found["contacts"]}
    assert {number: accounts for number, accounts in shown.items() if accounts} == expected
    tasks = Counter(
        (row["owner"], row["day"] - dt.timedelta(days=row["day"].weekday()))
        for row in actions
        if row["kind"] == "task" and row["owner"] != "Ops"
    )
    # One a day, five days a week; Easter Monday, 6 April 2026, is off in France.
    room = {dt.date(2026, 4, 6): 4}
    beyond = {key: n for key, n in tasks.items() if n > room.get(key[1], 5)}
    assert beyond
    assert {
        (row["owner"], dt.date.fromisoformat(row["week"])): row["tasks"]
        for row in found["beyond_capacity"]
    } == beyond


def test_actions_to_come_from_earlier_runs_count(root: Path) -> None:
    fresh = json.loads(simulate(root, "--format", "json").stdout)
    run(load_project(root), FIRST)
    assert json.loads(simulate(root, "--format", "json").stdout)["weeks"] == fresh["weeks"]


def test_nothing_is_written(root: Path) -> None:
    before = sorted(root.rglob("*"))
    simulate(root)
    assert sorted(root.rglob("*")) == before


def test_every_day_is_reported_as_progress(root: Path) -> None:
    seen: list[tuple[int, int]] = []
    until = FIRST + dt.timedelta(days=4)
    simulate_days(load_project(root), FIRST, until, progress=lambda *done: seen.append(done))
    assert seen == [(n, 5) for n in range(1, 6)]


def test_each_format_has_the_same_numbers(root: Path) -> None:
    found = json.loads(simulate(root, "--format", "json").stdout)
    total = sum(row["actions"] for row in found["weeks"])
    shown = {
        form: simulate(root, "--format", form).stdout for form in ("table", "markdown", "html")
    }
    assert all(f"{total:,} actions for 30 accounts" in text for text in shown.values())
    rows = list(csv.DictReader(io.StringIO(simulate(root, "--format", "csv").stdout)))
    by_table = [row for row in rows if row["table"] == "weeks"]
    assert sum(int(row["actions"]) for row in by_table) == total
    page = shown["html"]
    assert page.count("<svg") == 1
    assert not re.search(r"https?://(?!www\.w3\.org/)|<script|src=", page)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--until", "soon"), "neither a date nor days; write 2026-03-02 or +30d."),
        (("--until", "2026-03-01"), "2026-03-01 is before 2026-03-02"),
    ],
)
def test_wrong_usage_says_what_to_write(root: Path, args: tuple[str, ...], says: str) -> None:
    assert says in simulate(root, *args, code=2).stderr


def test_days_beyond_the_limit_are_refused(root: Path) -> None:
    assert "400 days" in simulate(root, "--until", "+500d", code=1).stderr


def test_a_range_is_interpolated_between_runs() -> None:
    # Of 0 to 100 in steps of one, the nth percentile is n.
    assert range_of([*range(100, -1, -1)]) == RunRange(50, 5, 95)
    assert range_of([7]) == RunRange(7, 7, 7)


ALL_RENEW = ("--assume", "renewal=100 %")


def customers(*args: str, root: Path) -> dict[str, Any]:
    found = json.loads(simulate(root, "--format", "json", *args).stdout)
    return {row["become"]: row["customers"] for row in found["customers"]}


def test_terms_that_end_renew_or_are_lost_as_assumed(root: Path) -> None:
    # A term's last day is its renewal date: it is decided on the day after, if that is among the days.
    ends = [row["renewal_date"] for row in ROWS]
    within = sum(FIRST <= on < LAST for on in ends)
    assert within
    assert customers(*ALL_RENEW, root=root) == {"renewed": within, "lost": 0}
    assert customers("--assume", "renewal=0 %", root=root) == {"renewed": 0, "lost": within}


def test_bands_decide_by_health(root: Path) -> None:
    bands = "renewal=[{below: 70, share: 0 %}, {share: 100 %}]"
    decided = [row for row in ROWS if FIRST <= row["renewal_date"] < LAST]
    low = sum(row["health_score"] < 70 for row in decided)
    assert 0 < low < len(decided)
    expected = {"renewed": len(decided) - low, "lost": low}
    assert customers("--assume", bands, root=root) == expected


def test_later_assumptions_count_more_and_files_are_read(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "assumed.yaml"
    file.write_text("renewal: 0 %\ntasks_done: 50 %\n", "utf-8")
    given = ("--assume", str(file), *ALL_RENEW, "--format", "json")
    found = json.loads(simulate(root, *given).stdout)
    assert found["assumptions"] == [
        "of terms that end, 100 % renew",
        "50 % of tasks are done on their day",
    ]


def test_what_renews_is_thanked_and_what_is_lost_is_not(root: Path) -> None:
    """The world is what the playbook sees: the outcome `renewed` of the playbook sends an email."""
    world = [
        json.loads(simulate(root, "--assume", f"renewal={share} %", "--format", "json").stdout)
        for share in (0, 100)
    ]
    emails = [
        sum(row["actions"] for row in each["kinds"] if row["kind"] == "email") for each in world
    ]
    assert emails[1] > emails[0]


SCORES = """\
playbook: scores
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 3 days, then: skip}
triggers:
  open: [{id: low, when: health_score < 70, rearm: health_score >= 70}]
  steps:
    - {id: ask, at: 0 days, do: [task: {owner: operations}]}
    - {id: again, at: 7 days, when: not done('ask'), do: [task: {owner: operations}]}
    - {id: over, at: 30 days}
"""


def tasks(root: Path, *args: str) -> int:
    found = json.loads(simulate(root, *args, "--format", "json").stdout)
    return sum(row["actions"] for row in found["kinds"] if row["kind"] == "task")


def test_scores_drift_and_work_is_done_as_assumed(tmp_path: Path) -> None:
    root = workspace(tmp_path / "s", {"scores": SCORES})
    healthy = [{**row, "health_score": 75} for row in ROWS]
    snapshot(root, FIRST, healthy)
    assert tasks(root) == 0
    # Six points a week: every score is below 70 on the Monday a week after the first day, once.
    falls = ("--assume", "score_drift={a_week: -6}")
    assert tasks(root, *falls) == 2 * len(ROWS)
    assert tasks(root, *falls, "--assume", "tasks_done=100 %") == len(ROWS)


def test_a_seed_gives_the_same_runs_and_several_give_ranges(root: Path) -> None:
    given = ("--assume", "renewal=50 %", "--assume", "churn=60 %", "--runs", "3", "--until", "+20d")
    one, same = (simulate(root, *given, "--seed", "5").stdout for _ in range(2))
    other = simulate(root, *given, "--seed", "6").stdout
    assert one == same != other
    assert "the median of 3 runs with seed 5" in one
    found = json.loads(simulate(root, *given, "--format", "json").stdout)
    for row in found["weeks"]:
        assert row["5 %"] <= row["actions"] <= row["95 %"]


@pytest.mark.parametrize(
    ("assumed", "says"),
    [
        ("renewal=often", "often"),
        ("renewal=120 %", "write it like `20 %`, from 0 % to 100 %"),
        ("renewal=[{below: 60, share: 70 %}]", "the last one without"),
        ("renewel=90 %", "renewal"),
        ("nowhere.yaml", "nowhere.yaml"),
        ("score_drift={a_week: fast}", "number"),
    ],
)
def test_what_cannot_be_assumed_is_an_error(root: Path, assumed: str, says: str) -> None:
    assert says in simulate(root, "--assume", assumed, code=1).stderr


def test_an_assumption_needs_its_field(tmp_path: Path) -> None:
    root = workspace(tmp_path / "s", {"renewal": RENEWAL})
    snapshot(root, FIRST, [{n: v for n, v in row.items() if n != "health_score"} for row in ROWS])
    assumptions = Assumptions(drift=-1.0)
    with pytest.raises(Problems) as error:
        AssumedWorld(load_project(root), assumptions, FIRST, "1")
    (problem,) = error.value.problems
    assert problem.code == "bad-simulation"
    assert "`health_score`, which the snapshot does not have" in problem.message


def test_runs_need_assumptions(root: Path) -> None:
    assert "--runs needs --assume" in simulate(root, "--runs", "2", code=2).stderr
