"""Playbooks that come, go and change while accounts are under way, and dates done again."""

from __future__ import annotations

from pathlib import Path

from support.one_account import (
    CASES,
    DAY,
    DROP,
    GRACE,
    MONDAY,
    RENEW,
    ROUND,
    TIERS,
    life,
    row,
    text,
    told,
)
from support.workspaces import snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

PLAIN = """\
triggers:
  open: [{id: drop, when: "changed(csm)"}]
  steps: [{id: call, at: 0 days, do: [{task: {owner: csm}}]}]
"""


def test_a_playbook_added_between_two_snapshots_sees_the_next_edge(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"o": text(PLAIN, id="o")})
    snapshot(root, MONDAY, [row(health_score=80)])
    snapshot(root, MONDAY + 7 * DAY, [row(health_score=60)])
    run(load_project(root), MONDAY)
    run(load_project(root), MONDAY + DAY)
    (root / "playbooks" / "p.yaml").write_text(text(DROP), encoding="utf-8")
    for n in range(2, 9):
        run(load_project(root), MONDAY + n * DAY)
    assert told(root) == ["2026-03-09 call.task.1 1 issued"]


def test_a_snapshot_redone_is_what_the_next_date_compares_with(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(DROP)})
    snapshot(root, MONDAY, [row(health_score=60)])
    run(load_project(root), MONDAY)
    snapshot(root, MONDAY, [row(health_score=80)])
    run(load_project(root), MONDAY, redo=True)
    snapshot(root, MONDAY + DAY, [row(health_score=60)])
    run(load_project(root), MONDAY + DAY)
    assert told(root) == ["2026-03-03 call.task.1 1 issued"]


def test_a_redo_opens_no_second_cycle_of_the_same_day(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"p": text(ROUND)})
    snapshot(root, MONDAY, [row(vip=True)])
    run(load_project(root), MONDAY)
    before = told(root)
    snapshot(root, MONDAY, [row(vip=True, health_score=5)])
    run(load_project(root), MONDAY, redo=True)
    assert told(root) == before


def test_a_redo_of_what_changes_nothing_adds_nothing(tmp_path: Path) -> None:
    books = {
        n: text(b, id=n)
        for n, b in {"a": TIERS, "b": CASES, "c": DROP, "d": GRACE, "e": ROUND}.items()
    }
    root = workspace(tmp_path / "w", books)
    rows = [
        row(
            renewal_date=MONDAY + n * DAY,
            vip=n % 2 == 0,
            signup_date=MONDAY - 99 * DAY - n * DAY,
            health_score=70 + n,
        )
        | {"account_id": f"a{n}"}
        for n in range(9)
    ]
    snapshot(root, MONDAY, rows)
    run(load_project(root), MONDAY)
    before = told(root)
    snapshot(
        root,
        MONDAY,
        [
            *rows,
            row(renewal_date=None, vip=None, signup_date=None, health_score=None, status="lapsed"),
        ],
    )
    run(load_project(root), MONDAY, redo=True)
    assert told(root) == before


def test_a_redo_of_a_date_caught_up_with_adds_nothing(tmp_path: Path) -> None:
    first = MONDAY + 31 * DAY
    root = life(tmp_path / "w", RENEW, {0: first, 2: first + 2 * DAY}, 5, {1, 2, 3})
    before = told(root)
    snapshot(
        root,
        MONDAY + 4 * DAY,
        [row(renewal_date=first + 2 * DAY), row(renewal_date=None) | {"account_id": "z"}],
    )
    run(load_project(root), MONDAY + 4 * DAY, redo=True)
    assert told(root) == before


def test_accounts_moved_to_an_end_are_ended(tmp_path: Path) -> None:
    old = CASES.replace("  outcomes", "    - {id: later, at: 0 days}\n  outcomes")
    root = workspace(tmp_path / "w", {"p": text(old)})
    snapshot(root, MONDAY, [row(renewal_date=MONDAY, vip=True)])
    run(load_project(root), MONDAY)
    assert Reader(root / "store").states()["state"].to_list() == ["later"]
    new = text(CASES).replace("timeline:", "moved: {later: over}\ntimeline:")
    (root / "playbooks" / "p.yaml").write_text(new, encoding="utf-8")
    run(load_project(root), MONDAY + DAY)
    (state,) = Reader(root / "store").states().iter_rows(named=True)
    assert (state["state"], state["ended_on"]) == ("over", MONDAY + DAY)
    assert Reader(root / "store").ended()["outcome"].to_list() == ["over"]


def test_accounts_once_moved_stay_moved(tmp_path: Path) -> None:
    old = CASES.replace("  outcomes", "    - {id: later, at: 0 days}\n  outcomes")
    root = workspace(tmp_path / "w", {"p": text(old)})
    snapshot(root, MONDAY, [row(renewal_date=MONDAY, vip=True)])
    run(load_project(root), MONDAY)
    new = text(old.replace("id: later", "id: last"))
    moved = new.replace("timeline:", "moved: {later: last}\ntimeline:")
    (root / "playbooks" / "p.yaml").write_text(moved, encoding="utf-8")
    run(load_project(root), MONDAY + DAY)
    (root / "playbooks" / "p.yaml").write_text(new, encoding="utf-8")
    run(load_project(root), MONDAY + 2 * DAY)


def test_a_playbook_removed_and_put_back(tmp_path: Path) -> None:
    first = MONDAY + 32 * DAY
    root = life(tmp_path / "w", RENEW, {0: first}, 2)
    file = root / "playbooks" / "p.yaml"
    (root / "playbooks" / "q.yaml").write_text(
        text(DROP, id="q").replace("health_score", "tickets_open")
    )
    run(load_project(root), MONDAY + 2 * DAY)
    kept = file.read_text()
    file.unlink()
    for n in range(3, 6):
        result = run(load_project(root), MONDAY + n * DAY)
        assert [w.code for w in result.warnings if w.code == "playbook-gone"]
    file.write_text(kept)
    run(load_project(root), MONDAY + 6 * DAY)
    rows = Reader(root / "store").ledger().filter(step="notice")
    assert rows["status"].to_list() == ["issued", "issued"]


def test_a_cycle_that_goes_on_goes_on_in_the_renamed_step(tmp_path: Path) -> None:
    date = MONDAY + 25 * DAY
    # The wrong date of the second day ends the cycle as renewed; the right one is back on the fourth.
    root = life(tmp_path / "w", RENEW, {0: date, 1: date + 300 * DAY}, 2)
    store = Reader(root / "store")
    assert store.states().select("state", "prior_state").rows() == [("renewed", "notice")]
    new = text(RENEW).replace("id: notice\n", "id: announcement\n      was: notice\n")
    (root / "playbooks" / "p.yaml").write_text(new, encoding="utf-8")
    run(load_project(root), MONDAY + 2 * DAY)
    snapshot(root, MONDAY + 3 * DAY, [row(renewal_date=date)])
    run(load_project(root), MONDAY + 3 * DAY)
    assert store.states()["state"].to_list() == ["announcement"]
    # The step's actions of before are revised under its new name, and none is a new one.
    revised = [entry for entry in told(root) if " announcement." in entry]
    assert not [entry for entry in revised if entry.split()[2] == "1"]
