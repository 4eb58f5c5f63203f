"""Random lives with gaps through whole runs: the calls are those that a plain account of each life expects.

The oracle keeps one number for each account and playbook, the value that the playbook knew last. It knows nothing of
snapshots in a store, of parts, of pruning, or of other playbooks.
"""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest
from support.one_account import DAY, DROP, MONDAY, text, write_lives
from support.workspaces import workspace
from tenure.engine.calendar.schedule import due_dates
from tenure.engine.project.loading import load_project
from tenure.engine.runs import history, stages
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader, verify

DAILY, WEEKDAYS, MONDAYS = "0 6 * * *", "0 6 * * 1-5", "0 6 * * 1"
SCHEDULES = {"daily": DAILY, "weekdays": WEEKDAYS, "mondays": MONDAYS}
LOWER = DROP.replace("crossed_below(health_score, 70)", "change(health_score, 5 days) < -5")
LENGTH = 22
Life = list[dict[str, Any] | None]


def lives(seed: int, accounts: int = 60) -> dict[str, Life]:
    """Return a life for each account: a row or None for each day."""
    chance = random.Random(seed)

    def day(score: float) -> dict[str, Any] | None:
        if chance.random() < 0.15:
            return None
        status = chance.choices(["active", "lapsed", None], [12, 1, 3])[0]
        return {"status": status, "health_score": None if chance.random() < 0.2 else score}

    found: dict[str, Life] = {"a": [{"status": "active", "health_score": 90}] * LENGTH}
    for number in range(accounts):
        score, life = 80.0, []
        for _ in range(LENGTH):
            score = chance.choice([score, score, 90, 70, 69, 40])
            life.append(day(score))
        found[f"b{number:02}"] = life
    return found


def expected(found: dict[str, Life]) -> set[tuple[str, str, dt.date]]:
    """Return playbook, account and date of every call."""
    calls = set()
    for id, life in found.items():
        for playbook, schedule in SCHEDULES.items():
            calls |= {(playbook, id, MONDAY + n * DAY) for n in falls(life, schedule)}
        calls |= {("lower", id, MONDAY + n * DAY) for n in lower(life)}
    return calls


def falls(life: Life, schedule: str) -> list[int]:
    """Return the days on which a playbook with this schedule sees a fall below 70."""
    seen, last = [], None
    for n, row in enumerate(life):
        if row is None or not due_dates(schedule, None, MONDAY + n * DAY):
            continue
        score, status = row["health_score"], row["status"]
        if score is None:
            continue
        fell = last is not None and last >= 70 and score < 70
        if fell and status is None:
            continue  # It cannot be decided, so the value before the fall is still the one to compare with.
        if fell and status == "active":
            seen.append(n)
        last = score
    return seen


def lower(life: Life) -> list[int]:
    """Return the days on which the score is more than 5 lower than what was known 5 days before."""
    seen = []
    for n, row in enumerate(life):
        if row is None or row["status"] != "active" or row["health_score"] is None:
            continue
        known = [r["health_score"] for r in life[: max(0, n - 4)] if r and r["health_score"]]
        if known and row["health_score"] - known[-1] < -5:
            seen.append(n)
    return seen


def laid_out(root: Path, found: dict[str, Life]) -> Path:
    """Lay out a workspace with a snapshot for each day."""
    books = {id: text(DROP, schedule, id=id) for id, schedule in SCHEDULES.items()}
    workspace(root, books | {"lower": text(LOWER, id="lower")})
    write_lives(root, found, LENGTH)
    return root


QUICK = ("every day", "off for days")
SLOW = [pytest.param(way, marks=pytest.mark.slow) for way in ("in parts", "pruned at once")]
"""Ways of running that take longer than ten seconds."""


def calls_of(root: Path) -> set[tuple[str, str, dt.date]]:
    """Return playbook, account and date evaluated of every entry."""
    ledger = Reader(root / "store").ledger()
    return set(ledger.select("playbook", "account_id", "evaluated_on").iter_rows())


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("way", [*QUICK, *SLOW])
def test_each_fall_is_called_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, way: str
) -> None:
    found = lives(seed)
    root = laid_out(tmp_path / "w", found)
    off = {2, 3, 4, 8, 9, 15} if way == "off for days" else set()
    if way == "in parts":
        monkeypatch.setattr(stages, "BATCH", 20)
        monkeypatch.setattr(stages, "FIRST_BATCH", 25)
    if way == "pruned at once":
        monkeypatch.setattr(history, "MARGIN_DAYS", 0)
        monkeypatch.setattr(stages, "MARGIN_DAYS", 0)
    for n in range(LENGTH):
        if n not in off:
            run(load_project(root), MONDAY + n * DAY)
    assert calls_of(root) == expected(found)
    assert verify(root / "store") == []
    if way == "pruned at once":
        # Of the values before the last Monday, which a playbook still compares with, none is needed.
        assert Reader(root / "store").history_days()[0] >= MONDAY + 13 * DAY


def test_a_preview_of_days_together_is_the_run_of_each(tmp_path: Path) -> None:
    found = lives(3)
    root = laid_out(tmp_path / "w", found)
    run(load_project(root), MONDAY)
    previewed = preview(load_project(root), MONDAY + (LENGTH - 1) * DAY).entries
    calls = set(previewed.select("playbook", "account_id", "evaluated_on").iter_rows())
    first = {call for call in expected(found) if call[2] > MONDAY}
    assert calls == first
