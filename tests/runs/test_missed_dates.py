"""Each playbook has a calendar of its own: one that was broken or disabled catches up what it missed (rule 2)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.one_account import CASES, DAY, DROP, GRACE, HEALTH, MONDAY, RENEW, TIERS, row, text
from support.workspaces import snapshot, workspace
from tenure.engine.core.problems import Problems
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader

BROKEN = "steps: ["
DISABLED = "enabled: false\n"

CADENCE = """\
triggers:
  open: [{id: monthly, every: 6 days, since: signup_date}]
  steps: [{id: ask, at: 0 days, do: [{task: {owner: csm, shift: none}}]}]
  outcomes: {over: {at: 3 days}}
"""
REPEATS = """\
machine:
  initial: waiting
  states:
    - {id: waiting}
    - {id: low, do: [{task: {owner: csm, shift: none, repeat: {every: 2 days, at_most: 9}}}]}
  transitions:
    - {from: waiting, to: low, when: health_score < 60}
    - {from: low, to: waiting, when: health_score >= 60}
"""
BIRTHDAYS = """\
anniversaries:
  of: signup_date
  years:
    - {id: first, year: 1, do: [{task: {owner: csm, shift: none}}]}
    - {id: later, from_year: 2, do: [{task: {owner: csm, shift: none}}]}
"""
CHANGES = """\
triggers:
  open: [{id: fall, when: "change(health_score, 7 days) <= -10"}]
  while_open: restart
  steps: [{id: call, at: 0 days, do: [{task: {owner: csm, shift: none}}]}]
  outcomes: {over: {at: 5 days}}
"""
PROMISE = """\
timeline:
  anchor: renewal_date
  steps: [{id: notice, at: -20 days, do: [{KIND: {owner: csm, due: 10 days, shift: none}}]}]
  outcomes: {over: {at: 30 days}}
"""
"""Promises something ten days ahead on the first day, where the renewal date is twenty days ahead."""
BODIES = {
    "drop": DROP,
    "health": HEALTH,
    "renew": RENEW,
    "grace": GRACE,
    "cases": CASES,
    "tiers": TIERS,
    "cadence": CADENCE,
    "repeats": REPEATS,
    "birthdays": BIRTHDAYS,
    "changes": CHANGES,
}
DAYS = 11


def world(seed: int) -> list[list[dict[str, Any]]]:
    """Return the rows of each day: accounts whose values change now and then."""
    chance = random.Random(seed)
    accounts = [
        row(
            account_id=f"a{n}",
            renewal_date=MONDAY + chance.randint(-5, 40) * DAY,
            signup_date=(MONDAY + chance.randint(1, 9) * DAY).replace(year=2025 - n),
            health_score=chance.randint(40, 95),
            vip=False,
        )
        for n in range(6)
    ]
    days = []
    for _ in range(DAYS):
        for account in accounts:
            if chance.random() < 0.3:
                account["health_score"] = chance.randint(40, 95)
            if chance.random() < 0.05:
                account["renewal_date"] += chance.choice((-3, 2, 365)) * DAY
            if chance.random() < 0.05:
                account["vip"] = not account["vip"]
        days.append([dict(account) for account in accounts])
    return days


def laid_out(root: Path, body: str, days: list[list[dict[str, Any]]]) -> Path:
    """Lay out the playbook `p` of this body, and `q`, which runs every day."""
    workspace(root, {"p": text(body, within="60 days"), "q": text(DROP, id="q")})
    for n, rows in enumerate(days):
        snapshot(root, MONDAY + n * DAY, rows)
    assert not load_project(root).errors
    return root


def hurt(root: Path, how: str | None) -> None:
    """Break or disable `p`, or mend it."""
    file = root / "playbooks" / "p.yaml"
    good = file.read_text(encoding="utf-8").removesuffix(BROKEN).replace(DISABLED, "")
    file.write_text(good + (how or ""), encoding="utf-8")


def lived(root: Path, hurts: Mapping[int, str | None], days: int = DAYS) -> Path:
    for n in range(days):
        hurt(root, hurts.get(n))
        run(load_project(root), MONDAY + n * DAY)
    return root


def tasks(root: Path) -> list[tuple[Any, ...]]:
    ledger = Reader(root / "store").ledger(history=True, playbooks=["p"])
    columns = ["action_id", "revision", "status", "due_on", "evaluated_on"]
    return sorted(ledger.filter(pl.col("kind") == "task").select(columns).rows())


def contacts(root: Path) -> list[str]:
    """Return the ids of the contacts: one whose day was missed goes out on a later day, if it fits."""
    ledger = Reader(root / "store").ledger(playbooks=["p"])
    return sorted(ledger.filter(pl.col("kind") == "email")["action_id"])


def states(root: Path) -> list[tuple[Any, ...]]:
    return Reader(root / "store").states().rows()


@pytest.mark.slow
@pytest.mark.parametrize("body", BODIES)
def test_a_playbook_that_missed_days_ends_as_one_that_did_not(tmp_path: Path, body: str) -> None:
    days = world(list(BODIES).index(body))
    whole, broken, disabled = (
        lived(laid_out(tmp_path / name, BODIES[body], days), dict.fromkeys([3, 4, 8], how))
        for name, how in (("whole", None), ("broken", BROKEN), ("disabled", DISABLED))
    )
    assert tasks(whole) or contacts(whole)
    for late in (broken, disabled):
        assert tasks(late) == tasks(whole)
        assert contacts(late) == contacts(whole)
        assert states(late) == states(whole)
        others = [Reader(each / "store").ledger(playbooks=["q"]) for each in (whole, late)]
        assert others[0].rows() == others[1].rows()


def test_what_was_missed_is_issued_late_on_the_next_run(tmp_path: Path) -> None:
    scores = [80, 60, 60, 60]
    root = laid_out(tmp_path / "w", DROP, [[row(health_score=score)] for score in scores])
    lived(root, {1: BROKEN, 2: BROKEN}, 4)
    (found,) = Reader(root / "store").ledger(playbooks=["p"]).iter_rows(named=True)
    wanted = {
        "evaluated_on": MONDAY + DAY,
        "due_on": MONDAY + DAY,
        "issued_on": MONDAY + 3 * DAY,
        "late_days": 2,
        "status": "issued",
    }
    assert {name: found[name] for name in wanted} == wanted
    records = Reader(root / "store").runs()
    told = [(record.on - MONDAY, record.attempt, sorted(record.playbooks)) for record in records]
    assert [(on.days, attempt, ids) for on, attempt, ids in told] == [
        (0, 1, ["p", "q"]),
        (1, 1, ["q"]),
        (2, 1, ["q"]),
        (1, 2, ["p"]),
        (2, 2, ["p"]),
        (3, 1, ["p", "q"]),
    ]


def test_a_preview_shows_what_will_be_caught_up(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", DROP, [[row(health_score=score)] for score in (80, 60, 60)])
    lived(root, {1: BROKEN}, 2)
    hurt(root, None)
    shown = preview(load_project(root), MONDAY + 2 * DAY)
    done = run(load_project(root), MONDAY + 2 * DAY)
    assert shown.dates == done.dates == (MONDAY + DAY, MONDAY + 2 * DAY)
    assert sorted(shown.entries.rows()) == sorted(done.entries.rows())
    assert done.entries.height == 1


def test_a_run_that_stops_half_way_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenure.engine.runs.stages import Runner

    root = laid_out(tmp_path / "w", DROP, world(1))
    lived(root, dict.fromkeys(range(2, 6), BROKEN), 6)
    hurt(root, None)
    commit = Runner.commit

    def failing(self: Runner, result: Any, store: Any) -> Any:
        if result.record.on == MONDAY + 4 * DAY:
            raise OSError("the disk is full")
        return commit(self, result, store)

    monkeypatch.setattr(Runner, "commit", failing)
    with pytest.raises(OSError, match="full"):
        run(load_project(root), MONDAY + 6 * DAY)
    monkeypatch.undo()
    assert Reader(root / "store").last_committed() == MONDAY + 5 * DAY
    result = run(load_project(root), MONDAY + 6 * DAY)
    assert result.dates == tuple(MONDAY + n * DAY for n in (4, 5, 6))


def test_on_the_same_day_a_redo_catches_up_and_nothing_happens_without_it(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", DROP, [[row(health_score=score)] for score in (80, 60, 60)])
    lived(root, {1: BROKEN, 2: BROKEN}, 3)
    hurt(root, None)
    quiet = run(load_project(root), MONDAY + 2 * DAY)
    assert "playbook p is back, and has missed dates" in quiet.note
    assert quiet.dates == ()
    done = run(load_project(root), MONDAY + 2 * DAY, redo=True)
    assert done.dates == (MONDAY + DAY, MONDAY + 2 * DAY)
    assert done.entries["due_on"].to_list() == [MONDAY + DAY]
    again = run(load_project(root), MONDAY + 2 * DAY)
    assert "nothing to do" in again.note


def test_dates_that_only_an_edited_schedule_names_were_not_missed(tmp_path: Path) -> None:
    weekly = text(DROP, "0 6 * * 1", within="60 days")
    days = [[row(health_score=80 - n)] for n in range(10)]
    root = laid_out(tmp_path / "w", DROP, days)
    file = root / "playbooks" / "p.yaml"
    file.write_text(weekly, encoding="utf-8")
    lived(root, {7: BROKEN, 8: BROKEN}, 9)
    # Broken on the second Monday, and daily once it is mended.
    file.write_text(text(DROP, within="60 days"), encoding="utf-8")
    result = run(load_project(root), MONDAY + 9 * DAY)
    evaluated = [
        (record.on - MONDAY).days
        for record in Reader(root / "store").runs()
        if "p" in record.playbooks
    ]
    assert evaluated == [0, 7, 9]
    assert result.dates == (MONDAY + 7 * DAY, MONDAY + 9 * DAY)


def test_promises_of_other_playbooks_stay_as_they_were_judged(tmp_path: Path) -> None:
    account = row(renewal_date=MONDAY + 20 * DAY, health_score=80)
    rows = [[account | {"health_score": score}] for score in (80, 60, 60, 60)]
    root = laid_out(tmp_path / "w", HEALTH, rows)
    (root / "playbooks" / "q.yaml").write_text(
        text(PROMISE.replace("KIND", "email"), id="q"), encoding="utf-8"
    )
    lived(root, {1: BROKEN, 2: BROKEN}, 4)
    (promised,) = Reader(root / "store").ledger(playbooks=["q"], history=True).iter_rows(named=True)
    assert (promised["revision"], promised["contact_on"]) == (1, MONDAY + 10 * DAY)
    (sent,) = Reader(root / "store").ledger(playbooks=["p"], history=True).iter_rows(named=True)
    assert (sent["due_on"], sent["contact_on"]) == (MONDAY + DAY, MONDAY + 3 * DAY)


def test_a_belated_date_issues_no_task_again_of_an_account_that_is_absent_since(
    tmp_path: Path,
) -> None:
    gone = row(renewal_date=MONDAY + 20 * DAY, health_score=80)
    stays = gone | {"account_id": "b"}
    rows = [[gone, stays], [gone, stays], [stays], [stays]]
    root = laid_out(tmp_path / "w", DROP, rows)
    settings = root / "tenure.yaml"
    settings.write_text(f"{settings.read_text('utf-8')}doubt: {{stands: 0 days}}\n", "utf-8")
    (root / "playbooks" / "q.yaml").write_text(
        text(PROMISE.replace("KIND", "task"), id="q"), encoding="utf-8"
    )
    lived(root, {1: BROKEN, 2: BROKEN}, 4)
    tasks = Reader(root / "store").ledger(playbooks=["q"], accounts=["a"], history=True)
    assert tasks["status"].to_list() == ["issued", "withdrawn"]


def test_a_date_before_the_last_one_is_still_refused(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "w", DROP, world(2))
    lived(root, {1: BROKEN}, 3)
    hurt(root, None)
    with pytest.raises(Problems, match="is committed already"):
        run(load_project(root), MONDAY + DAY)
