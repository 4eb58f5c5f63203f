"""Random lives with gaps through whole runs: windows have the daily values that plain arithmetic gives."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from support.one_account import DAY, DROP, MONDAY, run_lives, text, write_lives
from support.workspaces import snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.reports.explain_text import explanation_text
from tenure.engine.reports.explanation import explain_account
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

DAYS = 14
BACK = 4
WINDOWS = {
    "low": ("lowest(health_score, 4 days) < 50", lambda values: min(values) < 50),
    "high": ("highest(health_score, 4 days) < 85", lambda values: max(values) < 85),
    "held": ("held_for(health_score < 65, 4 days)", lambda values: max(values) < 65),
    "mean": ("average(health_score, 4 days) < 70", lambda values: fmean(values) < 70),
}
Life = list[dict[str, Any] | None]


def lives(seed: int, accounts: int = 40) -> dict[str, Life]:
    """Return a life for each account: a row or None for each day."""
    chance = random.Random(seed)
    found: dict[str, Life] = {"steady": [{"status": "active", "health_score": 90}] * DAYS}
    for number in range(accounts):
        life: Life = []
        for _ in range(DAYS):
            score = None if chance.random() < 0.2 else chance.choice([90, 80, 70, 60, 40])
            row = {"status": "active", "health_score": score}
            life.append(None if chance.random() < 0.15 else row)
        found[f"b{number:02}"] = life
    return found


def values(life: Life, day: int) -> list[float] | None:
    """Return the last known values of the days since `BACK` days before, and today's; None where one is unknown."""
    row = life[day]
    if day < BACK or row is None or row["health_score"] is None:
        return None
    daily = []
    for end in range(day - BACK, day):
        known = [r["health_score"] for r in life[: end + 1] if r and r["health_score"] is not None]
        if not known:
            return None
        daily.append(known[-1])
    return [*daily, row["health_score"]]


def expected(found: dict[str, Life]) -> set[tuple[str, str, dt.date]]:
    """Return playbook, account and date of every call."""
    return {
        (playbook, id, MONDAY + day * DAY)
        for id, life in found.items()
        for day in range(DAYS)
        for playbook, (_, holds) in WINDOWS.items()
        if (window := values(life, day)) and holds(window)
    }


def laid_out(root: Path, found: dict[str, Life]) -> Path:
    """Lay out a workspace with a snapshot for each day."""
    books = {
        id: text(DROP.replace("crossed_below(health_score, 70)", when), id=id)
        for id, (when, _) in WINDOWS.items()
    }
    workspace(root, books)
    write_lives(root, found, DAYS)
    return root


QUICK = ("every day", "off for days", "pruned at once")
SLOW = [pytest.param("in parts", marks=pytest.mark.slow)]


@pytest.mark.parametrize("way", [*QUICK, *SLOW])
def test_windows_have_the_values_of_each_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    found = lives(1)
    root = laid_out(tmp_path / "w", found)
    ledger = run_lives(root, DAYS, way, monkeypatch)
    calls = set(ledger.select("playbook", "account_id", "evaluated_on").iter_rows())
    assert calls == expected(found)


def test_snapshots_that_are_days_apart_count_for_each_of_these_days(tmp_path: Path) -> None:
    # 80 on Monday and Tuesday, 50 from Wednesday to Friday: (2 * 80 + 3 * 50) / 5 is 62.
    when = "average(health_score, 4 days) == 62 and lowest(health_score, 4 days) == 50"
    book = text(DROP.replace("crossed_below(health_score, 70)", when), id="mean")
    root = workspace(tmp_path / "w", {"mean": book})
    for n, score in ((0, 80), (2, 50), (4, 50)):
        row = {"account_id": "a", "csm": "Zoé", "status": "active", "health_score": score}
        snapshot(root, MONDAY + n * DAY, [row])
        run(load_project(root), MONDAY + n * DAY)
    (call,) = Reader(root / "store").ledger().iter_rows(named=True)
    assert call["evaluated_on"] == MONDAY + 4 * DAY


def test_a_condition_that_held_is_that_of_each_date(tmp_path: Path) -> None:
    # 33 days on Monday, so 30 or fewer since Thursday: on Sunday it has held for three days.
    when = "held_for(days_until(renewal_date) <= 30 and tags has 'beta', 3 days)"
    book = text(DROP.replace("crossed_below(health_score, 70)", when), id="soon")
    root = workspace(tmp_path / "w", {"soon": book})
    (root / "fields.yaml").write_text("fields: {tags: {type: list}}\n")
    renewal = MONDAY + 33 * DAY
    for n in range(8):
        rows = [
            {"account_id": id, "csm": "Zoé", "status": "active", "renewal_date": renewal, "tags": t}
            for id, t in (("a", "beta"), ("b", "beta" if n != 4 else "vip"), ("c", None))
        ]
        snapshot(root, MONDAY + n * DAY, rows)
        run(load_project(root), MONDAY + n * DAY)
    calls = Reader(root / "store").ledger().select("account_id", "evaluated_on").rows()
    assert calls == [("a", MONDAY + 6 * DAY), ("a", MONDAY + 7 * DAY)]


def test_a_younger_history_leaves_a_window_unknown(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", {"a": [{"status": "active", "health_score": 40}] * DAYS})
    for n in range(BACK):
        run(load_project(root), MONDAY + n * DAY)
    assert Reader(root / "store").ledger().height == 0
    project = load_project(root)
    explanation = explain_account(project, "a", MONDAY + (BACK - 1) * DAY, project.playbooks)
    assert explanation is not None
    assert "lowest(health_score, 4 days) is missing" in explanation_text(explanation)
