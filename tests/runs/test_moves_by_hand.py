"""Moves by hand in runs: contacts, absences, mergers, dates caught up or evaluated again, and what a run says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.one_account import DAY, DROP, MONDAY, row, text
from support.workspaces import snapshot, workspace
from tenure.engine.core.schemas import HAND_MOVES, OUTCOMES, empty_table
from tenure.engine.project.loading import load_project
from tenure.engine.reports.explain_text import explanation_text
from tenure.engine.reports.explanation import explain_account
from tenure.engine.runs.move_checks import move_row
from tenure.engine.runs.running import RunOutcome, preview, run
from tenure.engine.store import Reader, Store, verify

NOTICE = """\
timeline:
  anchor: renewal_date
  steps:
    - {id: opening, at: -40 days}
    - id: notice
      at: -30 days
      do:
        - email: {owner: csm, shift: none, due: 2 days, until: 1 day, must_reach: true, title: Notice}
        - task: {owner: csm, shift: none, due: 20 days}
    - {id: push, at: -7 days, do: [{call: {owner: csm, shift: none}}]}
  outcomes: {lapsed: {at: 30 days}}
"""
"""For an account that renews on day 34: its notice is promised on day 4 for day 6, or day 7 at the latest."""
PATIENT = NOTICE.replace("until: 1 day", "until: 9 days")


def record(root: Path, move: str, day: int, **more: Any) -> None:
    """Record a move of account `a` by Ann."""
    values = {"account": "a", "by": "Ann", "because": "on holiday"} | more
    on = MONDAY + day * DAY
    with Store.open(root / "store", root) as store:
        store.record(empty_table(OUTCOMES), move_row(move, on, on, "test", **values))


def lived(
    root: Path,
    moves: Mapping[int, Sequence[tuple[str, dict[str, Any]]]],
    days: int,
    body: str = NOTICE,
    changes: Mapping[int, Any] = {},
    off: Collection[int] = (),
) -> Path:
    """Run each day but those `off`, after recording its moves; None is a day without account `a` and those after it."""
    workspace(root, {"p": text(body)})
    values: dict[str, Any] | None = {}
    for n in range(days):
        change = changes.get(n, {})
        values = None if change is None else {**(values or {}), **change}
        mine = row(renewal_date=MONDAY + 34 * DAY, merged_into=None) | (values or {})
        other = row(account_id="z", renewal_date=None, merged_into=None)
        snapshot(root, MONDAY + n * DAY, [other] if values is None else [mine, other])
        for move, more in moves.get(n, ()):
            record(root, move, n, **more)
        if n not in off:
            run(load_project(root), MONDAY + n * DAY)
    assert verify(root / "store") == []
    return root


def told(root: Path, step: str = "notice") -> list[str]:
    """Each entry of a step: the day on which it came, its action, its status, and the day of its contact."""
    rows = Reader(root / "store").ledger(history=True).filter(step=step)
    rows = rows.sort("evaluated_on", "action", "revision")
    return [
        f"{(r['evaluated_on'] - MONDAY).days} {r['action']} {r['status']}"
        + (f" for {(r['contact_on'] - MONDAY).days}" if r["contact_on"] else "")
        for r in rows.iter_rows(named=True)
    ]


def until(day: int) -> dict[str, dt.date]:
    return {"until": MONDAY + day * DAY}


def test_a_contact_that_was_promised_for_a_day_of_a_hold_goes_out_after_it(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {5: [("hold", until(9))]}, 12, PATIENT)
    usual = ["4 email issued for 6", "4 task issued"]
    assert told(root) == [*usual, "5 email issued for 10"]
    reason = Reader(root / "store").ledger().filter(action="email")["reason"][0]
    assert reason.endswith("; postponed from 2026-03-08: held until 2026-03-11 by Ann: on holiday")


def test_a_release_gives_a_contact_an_earlier_day(tmp_path: Path) -> None:
    moves = {5: [("hold", until(9))], 8: [("release", {})]}
    root = lived(tmp_path / "w", moves, 12, PATIENT)
    assert told(root)[2:] == ["5 email issued for 10", "8 email issued for 8"]


def test_a_contact_that_must_reach_gives_its_task_after_the_hold_only(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {5: [("hold", until(9))]}, 12)
    assert told(root)[2:] == [
        "5 email postponed",
        "10 email withheld",
        "10 email.other_way issued",
    ]
    reason = Reader(root / "store").ledger().filter(action="email.other_way")["reason"][0]
    assert "cannot go out" in reason


def test_a_hold_of_another_playbook_stops_no_contact(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {5: [("hold", until(9) | {"playbook": "q"})]}, 12)
    assert told(root) == ["4 email issued for 6", "4 task issued"]


def test_a_step_that_is_skipped_sends_nothing_that_it_promised(tmp_path: Path) -> None:
    skip = ("skip", {"playbook": "p", "step": "notice"})
    root = lived(tmp_path / "w", {5: [skip]}, 12)
    assert told(root) == ["4 email issued for 6", "4 task issued", "5 email withheld"]
    reason = Reader(root / "store").ledger().filter(action="email")["reason"][0]
    assert reason.endswith("; withheld: skipped by Ann: on holiday")


def test_closing_withdraws_what_is_promised_and_says_who_closed(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {5: [("close", {"playbook": "p"})]}, 30)
    assert told(root)[2:] == ["5 email withdrawn", "5 task withdrawn"]
    reasons = Reader(root / "store").ledger()["reason"].to_list()
    assert set(reasons) == {"closed by Ann: on holiday"}
    assert Reader(root / "store").ended()["outcome"].to_list() == ["closed_by_hand"]


def test_enrolling_again_takes_a_close_back(tmp_path: Path) -> None:
    moves = {5: [("close", {"playbook": "p"})], 6: [("enrol", {"playbook": "p"})]}
    root = lived(tmp_path / "w", moves, 30)
    last = Reader(root / "store").ledger()
    assert sorted(last.select("step", "action", "status").iter_rows()) == [
        ("notice", "email", "issued"),
        ("notice", "task", "issued"),
        ("push", "call", "issued"),
    ]


def test_a_task_of_an_account_that_was_absent_on_hold_is_issued_again_after_it(
    tmp_path: Path,
) -> None:
    # The account is absent from day 6 on; its task is withdrawn on day 12, and it is back on day 14, on hold until 16.
    changes = {6: None, 14: {}}
    changes |= dict.fromkeys(range(6, 14))
    usual = lived(tmp_path / "usual", {}, 20, changes=changes)
    assert told(usual)[-1].split()[1:] == ["task", "issued"]
    back = next(line for line in told(usual) if line == "14 task issued")
    held = lived(tmp_path / "held", {13: [("hold", until(16))]}, 20, changes=changes)
    assert back not in told(held)
    assert told(held)[-1] == "17 task issued"


def test_a_merger_ends_an_enrolment_on_hold(tmp_path: Path) -> None:
    changes = {6: {"merged_into": "z"}}
    root = lived(tmp_path / "w", {5: [("hold", until(9))]}, 12, changes=changes)
    assert told(root)[-2:] == ["6 email withdrawn", "6 task withdrawn"]
    assert Reader(root / "store").states().filter(account_id="a")["state"].to_list() == ["left"]


def test_what_needs_a_skipped_contact_is_skipped(tmp_path: Path) -> None:
    body = NOTICE.replace("{call: {owner", "{call: {needs: notice, owner")
    skip = ("skip", {"playbook": "p", "step": "notice"})
    root = lived(tmp_path / "w", {2: [skip]}, 30, body)
    assert told(root) == ["4 email skipped", "4 task skipped"]
    assert told(root, "push") == ["27 call skipped"]


def test_a_change_during_a_hold_is_seen_after_it(tmp_path: Path) -> None:
    changes = {0: {"health_score": 80}, 5: {"health_score": 50}}
    root = lived(tmp_path / "w", {4: [("hold", until(8))]}, 12, DROP, changes)
    assert told(root, "call") == ["9 task issued"]


def test_work_that_is_reassigned_has_its_new_owner(tmp_path: Path) -> None:
    moves = {5: [("reassign", {"account": None, "owner": "Zoé", "to": "Max"})]}
    root = lived(tmp_path / "w", moves, 30)
    owners = Reader(root / "store").ledger().select("step", "action", "owner").rows()
    assert set(owners) == {
        ("notice", "email", "Max"),
        ("notice", "task", "Max"),
        ("push", "call", "Max"),
    }
    history = Reader(root / "store").ledger(history=True)
    assert history["revision"].max() == 2  # neither run nor day changes it again


ALL = {
    3: [("hold", until(6))],
    9: [("close", {"playbook": "p"})],
    11: [("enrol", {"playbook": "p"})],
    13: [("skip", {"playbook": "p", "step": "push"})],
}


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with all these moves that ran every day; tests only read it."""
    return lived(tmp_path_factory.mktemp("daily") / "w", ALL, 30)


def test_dates_that_are_caught_up_apply_each_move_once(tmp_path: Path, daily: Path) -> None:
    off = lived(tmp_path / "off", ALL, 30, off={2, 3, 4, 9, 10, 11, 12, 13})
    same = ["account_id", "state", "cycle", "anchor", "ended_on", "by_hand", "moves"]
    states = [Reader(root / "store").states().select(same).rows() for root in (daily, off)]
    assert states[0] == states[1]
    assert told(daily, "push") == told(off, "push") == ["27 call skipped"]


def test_replaying_all_days_gives_the_same_bytes(tmp_path: Path, daily: Path) -> None:
    again = lived(tmp_path / "again", {}, 0)
    for n in range(30):
        values = [row(renewal_date=MONDAY + 34 * DAY, merged_into=None)]
        values.append(row(account_id="z", renewal_date=None, merged_into=None))
        snapshot(again, MONDAY + n * DAY, values)
    for n, moves in ALL.items():
        for move, more in moves:
            record(again, move, n, **more)
    for n in range(30):
        run(load_project(again), MONDAY + n * DAY)
    for read in ("states", "ended"):
        assert getattr(Reader(daily / "store"), read)().equals(
            getattr(Reader(again / "store"), read)()
        )
    assert (
        Reader(daily / "store")
        .ledger(history=True)
        .equals(Reader(again / "store").ledger(history=True))
    )


def evaluated_again(root: Path, day: int, *, redo: bool) -> RunOutcome:
    return run(load_project(root), MONDAY + day * DAY, redo=redo)


def test_a_redo_reads_new_moves_and_says_how_many(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {}, 6)
    record(root, "close", 5, playbook="p")
    note = evaluated_again(root, 5, redo=False).note
    assert note.startswith(
        "since 2026-03-07 was committed, 1 move by hand was recorded: nothing done"
    )
    evaluated_again(root, 5, redo=True)
    assert Reader(root / "store").states()["state"].to_list() == ["closed_by_hand"]
    assert "nothing to do" in evaluated_again(root, 5, redo=True).note
    record_of = Reader(root / "store").runs(MONDAY + 5 * DAY)[-1]
    assert (record_of.moves_to, record_of.outcomes_to) == (1, 0)
    run(load_project(root), MONDAY + 5 * DAY, redo=True)
    snapshot(root, MONDAY + 6 * DAY, [row(renewal_date=MONDAY + 34 * DAY)])
    run(load_project(root), MONDAY + 6 * DAY)
    assert Reader(root / "store").ended().height == 1


def test_a_redo_reads_new_outcomes_and_says_how_many(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {}, 6)
    on = MONDAY + 5 * DAY
    id = Reader(root / "store").ledger(statuses=["issued"])["action_id"][0]
    for outcome, day in (("done", 5), ("reopened", 5), ("done", 6)):
        values = {"action_id": [id], "outcome": [outcome], "on": [MONDAY + day * DAY]}
        added = pl.DataFrame(values | {name: [None] for name in OUTCOMES if name not in values})
        with Store.open(root / "store", root) as store:
            store.record(
                added.select(pl.col(name).cast(kind) for name, kind in OUTCOMES.items()),
                empty_table(HAND_MOVES),
            )
    # The third is of a later date.
    new = f"since {on} was committed, 2 outcomes were recorded"
    assert preview(load_project(root), on).note.startswith(f"{new}: nothing done")
    record(root, "hold", 5, **until(9))
    both = f"{new}; 1 move by hand was recorded"
    assert evaluated_again(root, 5, redo=False).note.startswith(f"{both}: nothing done")
    assert evaluated_again(root, 5, redo=True).note.startswith(both)
    assert "nothing to do" in evaluated_again(root, 5, redo=True).note


def test_a_broken_playbook_reads_the_moves_of_the_dates_that_it_missed(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {}, 3)
    file = root / "playbooks" / "p.yaml"
    good = file.read_text(encoding="utf-8")
    file.write_text("playbook: p\n", encoding="utf-8")
    (root / "playbooks" / "q.yaml").write_text(text(NOTICE, id="q"), encoding="utf-8")
    record(root, "close", 3, playbook="p")
    for n in (3, 4):
        snapshot(root, MONDAY + n * DAY, [row(renewal_date=MONDAY + 34 * DAY)])
        run(load_project(root), MONDAY + n * DAY)
    file.write_text(good, encoding="utf-8")
    snapshot(root, MONDAY + 5 * DAY, [row(renewal_date=MONDAY + 34 * DAY)])
    run(load_project(root), MONDAY + 5 * DAY)
    mine = Reader(root / "store").states("p").row(0, named=True)
    assert (mine["state"], mine["ended_on"]) == ("closed_by_hand", MONDAY + 3 * DAY)


def test_a_run_says_how_many_accounts_are_on_hold(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {}, 3)
    record(root, "hold", 3, **until(9))
    snapshot(root, MONDAY + 3 * DAY, [row(renewal_date=MONDAY + 34 * DAY)])
    shown = preview(load_project(root), MONDAY + 3 * DAY)
    done = run(load_project(root), MONDAY + 3 * DAY)
    assert shown.note == done.note == "1 account is on hold by hand"
    assert shown.entries.equals(done.entries)


def test_an_enrolment_without_a_date_is_a_warning_of_each_run(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", {}, 2, changes={0: {"renewal_date": None}})
    record(root, "enrol", 2, playbook="p")
    for n in (2, 3):
        snapshot(root, MONDAY + n * DAY, [row(renewal_date="")])
        warnings = run(load_project(root), MONDAY + n * DAY).warnings
        (found,) = [each for each in warnings if each.code == "not-enrolled"]
        assert found.message.startswith("1 account could not be enrolled in `p` by hand: its date")


@pytest.mark.parametrize(
    ("move", "more", "line"),
    [
        ("hold", until(9), "held until 2026-03-11 by Ann: on holiday: nothing is issued"),
        ("close", {"playbook": "p"}, "ends with the next run: closed by Ann: on holiday"),
        ("skip", {"playbook": "p", "step": "push"}, "`push` is skipped by Ann: on holiday"),
    ],
)
def test_explain_says_what_was_moved_by_hand(
    tmp_path: Path, move: str, more: dict[str, Any], line: str
) -> None:
    root = lived(tmp_path / "w", {}, 3)
    record(root, move, 2, **more)
    project = load_project(root)
    found = explain_account(project, "a", MONDAY + 2 * DAY, project.playbooks)
    assert found is not None
    assert line in explanation_text(found)
