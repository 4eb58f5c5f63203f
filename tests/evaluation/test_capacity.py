"""Tasks are spread over what their owners can do in a day, as far as their patience allows."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.one_account import DAY, MONDAY, row, text
from support.random_days import RULES
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.calendar.working_days import PLACE
from tenure.engine.core.problems import Problems
from tenure.engine.core.schemas import LEDGER
from tenure.engine.evaluation.capacity import spread_tasks
from tenure.engine.evaluation.inputs import Day, Rules, Tables
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader
from tenure.engine.workspace.settings import Role

CHECK = text(
    """\
triggers:
  open: [{id: met, when: health_score < 50, rearm: health_score >= 75}]
  steps: [{id: check, at: 0 days, do: [{task: {owner: csm}}, {email: {owner: csm}}]}]
"""
)


def settings(capacity: int) -> str:
    limited = SETTINGS.replace("csm: {field: csm}", f"csm: {{field: csm, capacity: {capacity}}}")
    assert limited != SETTINGS
    return limited


def book(root: Path, capacity: int, accounts: int, days: int = 1, within: int = 7) -> Path:
    """Half of the accounts are Zoé's, half are Max's; all of them open on the first day."""
    playbook = CHECK.replace("within: 7 days", f"within: {within} days")
    workspace(root, {"p": playbook}, settings(capacity))
    for n in range(days):
        on = MONDAY + n * DAY
        rows = [
            row(account_id=f"a{i:02}", csm=("Zoé", "Max")[i % 2], health_score=30)
            for i in range(accounts)
        ]
        snapshot(root, on, rows)
        ahead = preview(load_project(root), on)
        done = run(load_project(root), on)
        assert ahead.entries.equals(done.entries)
    return root


def loads(root: Path) -> dict[tuple[str, int], int]:
    """Tasks by owner and day."""
    tasks = Reader(root / "store").ledger().filter(kind="task")
    assert set(tasks["status"]) == {"issued"}
    return Counter(
        (owner, (on - MONDAY).days) for owner, on in tasks.select("owner", "due_on").rows()
    )


def test_tasks_beyond_the_capacity_are_due_on_the_next_working_days(tmp_path: Path) -> None:
    root = book(tmp_path / "w", 2, 14)
    by_day = {0: 2, 1: 2, 2: 2, 3: 1}
    assert loads(root) == {(who, n): c for who in ("Max", "Zoé") for n, c in by_day.items()}
    ledger = Reader(root / "store").ledger().filter(kind="task", account_id="a04")
    assert ledger["reason"].to_list() == [
        "on 2026-03-02; moved from 2026-03-02: Zoé has 2 tasks by then"
    ]


def test_weekends_are_passed_over_and_the_first_accounts_come_first(tmp_path: Path) -> None:
    root = book(tmp_path / "w", 1, 12, within=10)
    assert {day for _, day in loads(root)} == {0, 1, 2, 3, 4, 7}
    tasks = Reader(root / "store").ledger().filter(kind="task").sort("account_id")
    assert tasks["due_on"].is_sorted()


def test_a_task_that_can_wait_no_longer_stays_on_its_day(tmp_path: Path) -> None:
    root = book(tmp_path / "w", 1, 10, within=2)
    assert loads(root) == {
        (who, n): c for who in ("Max", "Zoé") for n, c in {0: 3, 1: 1, 2: 1}.items()
    }


def test_later_runs_see_what_was_given_before_and_add_nothing_twice(tmp_path: Path) -> None:
    root = book(tmp_path / "w", 2, 14, days=3)
    assert loads(root)["Zoé", 3] == 1
    on = MONDAY + 3 * DAY
    new = [row(account_id=f"new{i}", csm="Zoé", health_score=30) for i in range(2)]
    old = [
        row(account_id=f"a{i:02}", csm=("Zoé", "Max")[i % 2], health_score=30) for i in range(14)
    ]
    snapshot(root, on, [*old, *new])
    run(load_project(root), on)
    assert (loads(root)["Zoé", 3], loads(root)["Zoé", 4]) == (2, 1)


def test_contacts_are_not_spread_by_it(tmp_path: Path) -> None:
    root = book(tmp_path / "w", 1, 6)
    emails = Reader(root / "store").ledger().filter(kind="email")
    assert set(emails["due_on"]) == {MONDAY}


def test_without_a_capacity_nothing_moves(tmp_path: Path) -> None:
    workspace(tmp_path / "w", {"p": CHECK})
    snapshot(tmp_path / "w", MONDAY, [row(account_id=f"a{i}", health_score=30) for i in range(5)])
    run(load_project(tmp_path / "w"), MONDAY)
    assert loads(tmp_path / "w") == {("Zoé", 0): 5}


@pytest.mark.parametrize("capacity", ["0", "-1", "1.5", "many"])
def test_a_capacity_is_a_whole_number(tmp_path: Path, capacity: str) -> None:
    text = SETTINGS.replace("csm: {field: csm}", f"csm: {{field: csm, capacity: {capacity}}}")
    root = workspace(tmp_path / "w", {"p": CHECK}, text)
    with pytest.raises(Problems) as raised:
        load_project(root)
    (problem,) = raised.value.problems
    assert problem.span is not None
    line = text.splitlines()[problem.span.line - 1]
    assert line[problem.span.column - 1 :].startswith(capacity)


def entry(n: int, owner: str | None, due: int, until: int, priority: str) -> dict[str, Any]:
    row = dict.fromkeys(LEDGER)
    return row | {
        "action_id": f"{n:03}",
        "account_id": f"a{n % 3}",
        "owner_role": "csm",
        "owner": owner,
        "due_on": MONDAY + due * DAY,
        "until": MONDAY + until * DAY,
        "priority": priority,
        "status": "issued",
        "reason": "why",
        "revision": 1,
    }


some_entries = st.lists(
    st.builds(
        lambda owner, due, wait, priority: (owner, due, max(due, 0) + wait, priority),
        st.sampled_from(["Zoé", "Max", None]),
        st.integers(-3, 4),
        st.integers(0, 8),
        st.sampled_from(["renewal", "other"]),
    ),
    max_size=20,
)


@given(some_entries, some_entries, st.integers(1, 3))
def test_a_day_is_over_its_capacity_only_where_no_other_day_had_room(
    old: list[tuple[Any, ...]], new: list[tuple[Any, ...]], capacity: int
) -> None:
    rules = Rules(
        {"csm": Role("csm", "csm", None, {}, capacity)}, RULES.policy, RULES.calendar, "en"
    )
    snapshot = pl.DataFrame({"account_id": ["a0", "a1", "a2"], PLACE: ["FR", None, "GB"]})
    pending = pl.DataFrame([entry(n, *e) for n, e in enumerate(old)], schema=LEDGER)
    pending = pending.filter(pl.col("due_on") >= MONDAY)
    entries = pl.DataFrame([entry(500 + n, *e) for n, e in enumerate(new)], schema=LEDGER)
    day = Day(MONDAY, MONDAY, MONDAY)
    spread = spread_tasks(entries, pending, day, Tables(snapshot), rules)
    assert spread.drop("due_on", "reason").equals(entries.drop("due_on", "reason"))
    everything = pl.concat([pending, spread]).filter(pl.col("owner").is_not_null())
    taken = Counter(
        (who, max(on, MONDAY)) for who, on in everything.select("owner", "due_on").rows()
    )
    countries = dict(snapshot.rows())
    may_move: Counter[tuple[str, dt.date]] = Counter()
    for before, after in zip(entries.to_dicts(), spread.to_dicts(), strict=True):
        first, owner = max(before["due_on"], MONDAY), before["owner"]
        later = _later(first, before["until"], rules, countries[before["account_id"]])
        if after["due_on"] != before["due_on"]:
            assert after["due_on"] in later
            sooner = [first, *(on for on in later if on < after["due_on"])]
            assert all(taken[owner, on] >= capacity for on in sooner)
        elif owner is not None and any(taken[owner, on] < capacity for on in later):
            may_move[owner, first] += 1
    assert all(n <= capacity for n in may_move.values())


def _later(first: dt.date, last: dt.date, rules: Rules, country: str | None) -> list[dt.date]:
    days = (first + n * DAY for n in range(1, (last - first).days + 1))
    return [on for on in days if rules.calendar.is_working(on, country, False)]
