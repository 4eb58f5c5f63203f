"""Tasks about an account that the snapshots lack are withdrawn after some days, and issued again when it is back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.one_account import DAY, MONDAY, row, text
from support.profiles import examples
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview, run
from tenure.engine.store import Reader
from tenure.engine.workspace.settings import Doubt

DUE = MONDAY + 20 * DAY
BODY = """\
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: -30 days
      do: [{task: {owner: csm, due: 20 days, shift: none}}]
  outcomes: {over: {at: 60 days}}
"""
STANDS = Doubt().stands_days


def lived(
    root: Path,
    presence: Sequence[Any],
    *,
    off: Collection[int] = (),
    head: str = SETTINGS,
    body: str = BODY,
) -> Path:
    """Run a day for each item: None is a day without the account, a dict changes its row."""
    workspace(root, {"p": text(body)}, head)
    other = row(renewal_date=None) | {"account_id": "z"}
    for n, values in enumerate(presence):
        mine = row(renewal_date=MONDAY + 30 * DAY) | (values or {})
        snapshot(root, MONDAY + n * DAY, [other] if values is None else [mine, other])
        if n not in off:
            run(load_project(root), MONDAY + n * DAY)
    return root


def entries(root: Path) -> list[tuple[int, str]]:
    """The task's entries: day evaluated, counted from the first, and status."""
    rows = Reader(root / "store").ledger(history=True).filter(account_id="a").sort("revision")
    days = [(on - MONDAY).days for on in rows["evaluated_on"].to_list()]
    return list(zip(days, rows["status"].to_list(), strict=True))


def last(root: Path) -> dict[str, Any]:
    (found,) = Reader(root / "store").ledger(accounts=["a"]).to_dicts()
    return found


@pytest.mark.parametrize("absent", [1, 2, 3])
def test_an_account_absent_for_some_days_keeps_its_tasks(tmp_path: Path, absent: int) -> None:
    root = lived(tmp_path / "w", [{}, *[None] * absent, {}])
    assert entries(root) == [(0, "issued")]


def test_a_task_of_an_account_absent_for_longer_is_withdrawn(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", [{}, *[None] * 8])
    assert entries(root) == [(0, "issued"), (1 + STANDS, "withdrawn")]
    reason = (
        "30 days before 2026-04-01; withdrawn: the account is not in the snapshot of 2026-03-06"
    )
    assert last(root)["reason"] == reason


def test_it_is_issued_again_when_the_account_is_back(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", [{}, *[None] * 6, {"csm": "Ada"}, {"csm": "Ada"}])
    assert entries(root) == [(0, "issued"), (4, "withdrawn"), (7, "issued")]
    found = last(root)
    assert (found["due_on"], found["owner"], found["late_days"]) == (DUE, "Ada", 0)
    assert found["reason"] == "30 days before 2026-04-01; the account is back"


def test_a_task_whose_date_has_passed_comes_back_late(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", [{}, *[None] * 24, {}])
    found = last(root)
    assert (found["status"], found["due_on"], found["late_days"]) == ("issued", DUE, 5)


def test_a_task_whose_patience_has_ended_stays_withdrawn(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", [{}, *[None] * 27, {}, {}])
    assert entries(root) == [(0, "issued"), (4, "withdrawn")]


def test_a_task_that_is_due_stays(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", [*[{}] * 20, *[None] * 6])
    assert entries(root) == [(0, "issued")]


def test_an_account_that_is_back_with_another_date_gets_its_task_for_that(tmp_path: Path) -> None:
    moved = {"renewal_date": MONDAY + 35 * DAY}
    root = lived(tmp_path / "w", [{}, *[None] * 6, moved, moved])
    assert [status for _, status in entries(root)] == [
        *("issued", "withdrawn", "superseded", "issued"),
    ]
    assert last(root)["due_on"] == DUE + 5 * DAY


def test_an_account_that_is_back_and_left_gets_nothing(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", [{}, *[None] * 6, {"status": "lapsed"}])
    assert entries(root)[-1] == (7, "withdrawn")
    assert last(root)["reason"] == "the cycle ended before it was due"


def test_a_row_that_is_left_out_is_not_absent(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", [{}, *[{"renewal_date": "soon"}] * 8])
    assert entries(root) == [(0, "issued")]


def test_without_days_to_stand_an_absence_counts_at_once(tmp_path: Path) -> None:
    head = SETTINGS + "doubt: {stands: 0 days}\n"
    root = lived(tmp_path / "w", [{}, None, {}], head=head)
    assert entries(root) == [(0, "issued"), (1, "withdrawn"), (2, "issued")]


def test_weeks_are_dates_evaluated(tmp_path: Path) -> None:
    """A playbook of Mondays has seen the absence once on its second one, and believes it on the third."""
    root = workspace(tmp_path / "w", {"p": text(BODY, schedule="0 6 * * 1")})
    other = row(renewal_date=None) | {"account_id": "z"}
    for week in range(3):
        mine = [row(renewal_date=MONDAY + 30 * DAY)] if week == 0 else []
        snapshot(root, MONDAY + 7 * week * DAY, [*mine, other])
        run(load_project(root), MONDAY + 7 * week * DAY)
    assert entries(root) == [(0, "issued"), (14, "withdrawn")]


def test_a_redo_with_the_account_issues_its_task_again(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", [{}, *[None] * 4])
    on = MONDAY + 4 * DAY
    snapshot(root, on, [row(renewal_date=MONDAY + 30 * DAY), row() | {"account_id": "z"}])
    run(load_project(root), on, redo=True)
    assert [status for _, status in entries(root)] == ["issued", "withdrawn", "issued"]


def test_a_preview_says_what_the_run_does(tmp_path: Path) -> None:
    root = lived(tmp_path / "w", [{}, *[None] * 4], off=[4])
    on = MONDAY + 4 * DAY
    seen = preview(load_project(root), on).entries
    assert seen["status"].to_list() == ["withdrawn"]
    assert seen.equals(run(load_project(root), on).entries.select(seen.columns))


def expected(presence: Sequence[bool]) -> list[tuple[int, str]]:
    """The task's entries by the rule, for an account that is there on the first day."""
    found, status, until = [(0, "issued")], "issued", (DUE - MONDAY).days + 7
    for day in range(1, len(presence)):
        span = presence[max(day - STANDS, 0) : day + 1]
        if status == "issued" and len(span) > STANDS and not any(span):
            found.append((day, status := "withdrawn"))
        elif status == "withdrawn" and presence[day] and day <= until:
            found.append((day, status := "issued"))
        if status == "issued" and day >= (DUE - MONDAY).days:
            return found
    return found


@pytest.mark.slow
@examples(6)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=6), st.sets(st.integers(1, 24)))
def test_being_off_for_some_days_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, spans: list[int], off: set[int]
) -> None:
    presence = [there for n, days in enumerate(spans) for there in [n % 2 == 0] * days]
    days = [{} if there else None for there in presence]
    off -= {len(days) - 1}
    always = lived(tmp_path_factory.mktemp("on") / "w", days)
    caught_up = lived(tmp_path_factory.mktemp("off") / "w", days, off=off)
    assert entries(always) == entries(caught_up) == expected(presence)
