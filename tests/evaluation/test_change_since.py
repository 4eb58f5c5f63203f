"""Random lives with gaps through whole runs: changes since a date are those that plain arithmetic gives."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest
from support.one_account import DAY, DROP, MONDAY, run_lives, text, write_lives
from support.workspaces import snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.reports.explain_text import explanation_text
from tenure.engine.reports.explanation import explain_account
from tenure.engine.reports.rendered_messages import with_messages
from tenure.engine.runs import history, stages
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

DAYS = 12
SINCE_A_DATE = DROP.replace(
    "crossed_below(health_score, 70)", "change_since(signup_date, health_score) <= -20"
)
SINCE_OPENED = """\
machine:
  initial: watched
  states:
    - id: watched
    - {id: worse, do: [{task: {owner: csm}}]}
    - {id: over, final: true}
  transitions:
    - {from: watched, to: worse, when: "change_since(opened_on, health_score) <= -20"}
    - {from: worse, to: over, when: signup_date > today + 400 days}
"""
Life = list[dict[str, Any] | None]
Call = tuple[str, str, dt.date]


def lives(seed: int, accounts: int = 40) -> dict[str, Life]:
    """Return a life for each account, a row or None for each day, with a date before, within or after these days."""
    chance = random.Random(seed)
    steady = {"status": "active", "health_score": 90, "signup_date": MONDAY}
    found: dict[str, Life] = {"steady": [steady] * DAYS}
    for number in range(accounts):
        date = MONDAY + chance.randint(-1, DAYS) * DAY
        life: Life = []
        for _ in range(DAYS):
            score = None if chance.random() < 0.2 else chance.choice([90, 80, 70, 60, 40])
            row = {"status": "active", "health_score": score, "signup_date": date}
            life.append(None if chance.random() < 0.15 else row)
        found[f"b{number:02}"] = life
    return found


def score(life: Life, day: int) -> float | None:
    """Return the value of a day; None where it or the account is missing."""
    row = life[day]
    return row["health_score"] if row else None


def fell(life: Life, since: int, day: int) -> bool:
    """Return whether the value fell by 20 from the last one known on a day to the one of a later day."""
    known = [value for d in range(min(since, day) + 1) if (value := score(life, d)) is not None]
    now = score(life, day)
    return bool(known) and now is not None and since < day and now - known[-1] <= -20


def expected(found: dict[str, Life]) -> set[Call]:
    """Return playbook, account and date of every action."""
    calls: set[Call] = set()
    for id, life in found.items():
        present = [day for day in range(DAYS) if life[day]]
        first = next(row for row in life if row)
        since = (first["signup_date"] - MONDAY).days
        calls |= {("dated", id, MONDAY + day * DAY) for day in present if fell(life, since, day)}
        worse = [day for day in present if fell(life, present[0], day)]
        calls |= {("opened", id, MONDAY + day * DAY) for day in worse[:1]}
    return calls


def laid_out(root: Path, found: dict[str, Life]) -> Path:
    """Lay out a workspace with a snapshot for each day."""
    books = {
        "dated": text(SINCE_A_DATE, id="dated"),
        "opened": text(SINCE_OPENED, id="opened"),
    }
    workspace(root, books)
    write_lives(root, found, DAYS)
    return root


@pytest.mark.parametrize("way", ["every day", "off for days", "in parts", "pruned at once"])
def test_changes_are_those_since_each_account_s_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    found = lives(2)
    root = laid_out(tmp_path / "w", found)
    ledger = run_lives(root, DAYS, way, monkeypatch)
    calls = set(ledger.select("playbook", "account_id", "evaluated_on").iter_rows())
    assert calls == expected(found)
    assert {playbook for playbook, _, _ in calls} == {"dated", "opened"}


def test_values_are_kept_for_dates_of_long_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MARGIN_DAYS", 0)
    monkeypatch.setattr(stages, "MARGIN_DAYS", 0)
    root = workspace(tmp_path / "w", {"opened": text(SINCE_OPENED, "0 6 * * 1", id="opened")})
    for n, value in ((0, 80), (364, 65), (378, 60)):
        row = {"account_id": "a", "csm": "Zoé", "status": "active", "health_score": value}
        snapshot(root, MONDAY + n * DAY, [row])
        run(load_project(root), MONDAY + n * DAY)
    (action,) = Reader(root / "store").ledger().iter_rows(named=True)
    assert action["evaluated_on"] == MONDAY + 378 * DAY


def test_explain_shows_the_earlier_value_and_its_date(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"opened": text(SINCE_OPENED, id="opened")})
    for n, value in ((0, 80), (2, 65)):
        row = {"account_id": "a", "csm": "Zoé", "status": "active", "health_score": value}
        snapshot(root, MONDAY + n * DAY, [row])
        run(load_project(root), MONDAY + n * DAY)
    project = load_project(root)
    explanation = explain_account(project, "a", MONDAY + 3 * DAY, project.playbooks)
    assert explanation is not None
    shown = explanation_text(explanation)
    assert "change_since(opened_on, health_score) is -15: 5 above what <= -20 needs" in shown
    assert "health_score was 80 on 2026-03-02" in shown


def test_a_message_reads_it_as_its_action_did(tmp_path: Path) -> None:
    message = "{en: {subject: Lost, body: '{{ lost }} since {{ signup_date | date }}'}}"
    book = DROP.replace("crossed_below(health_score, 70)", "lost <= -10")
    book = book.replace("task: {owner: csm}", "email: {owner: csm, message: m}")
    define = "define: {lost: 'change_since(signup_date, health_score)'}\n"
    root = workspace(
        tmp_path / "w", {"p": text(f"{define}messages: {{m: {message}}}\n{book}", id="p")}
    )
    for n, value in ((0, 80), (1, 75), (2, 65)):
        row = {"account_id": "a", "csm": "Zoé", "status": "active", "health_score": value}
        snapshot(root, MONDAY + n * DAY, [row | {"signup_date": MONDAY + DAY}])
        run(load_project(root), MONDAY + n * DAY)
    store = Reader(root / "store")
    (sent,) = with_messages(load_project(root), store.ledger(), store)[0].iter_rows(named=True)
    assert sent["body"] == "-10 since 3 March 2026"
