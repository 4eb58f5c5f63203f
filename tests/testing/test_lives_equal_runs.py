"""A case gives its account what real runs of the same days give it: over random playbooks, rows, moves and outages."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples
from support.random_playbooks import (
    FIRST,
    busy_accounts,
    busy_workspace,
    workspace_playbooks,
)
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.core.ids import MERGED_INTO
from tenure.engine.core.problems import Span
from tenure.engine.evaluation.reference_promises import AccountEntry
from tenure.engine.project.loading import Project, load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader
from tenure.engine.testing.account_days import AccountDays
from tenure.engine.testing.case_model import CaseDay, PlaybookCase

DAYS = 14
BRAKE = "brake: {actions: 9999, gone: 100 %, dates: 100 %, ended: 100 %, emptied: 100 %}\n"
IDS = ("a0", "a1", "a2")
PLACE = Span("life.test.yaml", 1, 1, 1, 1)
COMPARED = (
    *("playbook", "cycle", "step", "action", "occurrence", "revision", "status", "due_on", "owner"),
    *("contact_on", "planned_on", "until", "late_days", "reason", "evaluated_on", "issued_on"),
)
STATE = ("playbook", "cycle", "state", "anchor", "opened_on", "entered_on", "ended_on", "disarmed")


def case_of(rows: Mapping[int, Mapping[str, Any]], missed: set[int], playbook: str) -> PlaybookCase:
    """A case of an account with these rows from the nth day on."""
    days = {}
    for number in {*rows, *missed}:
        on = FIRST + dt.timedelta(days=number)
        days[on] = CaseDay(on, rows.get(number, {}), (), (), number not in missed)
    last = FIRST + dt.timedelta(days=DAYS - 1)
    return PlaybookCase(
        "life", playbook, (), FIRST, last, {}, days, (), False, (), True, False, None, None, PLACE
    )


def ledger_of(entries: list[AccountEntry]) -> list[tuple[str, ...]]:
    return sorted(tuple(str(entry[name]) for name in COMPARED) for entry in entries)


def run_days(
    root: Path, rows: Mapping[str, Mapping[int, Mapping[str, Any]]], missed: set[int]
) -> Project:
    for number in range(DAYS):
        on = FIRST + dt.timedelta(days=number)
        present = [by[max(n for n in by if n <= number)] for by in rows.values()]
        snapshot(root, on, present)
        if number not in missed:
            run(load_project(root), on)
    return load_project(root)


@given(workspace_playbooks(), st.data())
@examples(40)
@pytest.mark.slow
def test_a_case_equals_real_runs(texts: dict[str, str], data: st.DataObject) -> None:
    days = st.sets(st.integers(1, DAYS - 2), max_size=2)
    missed = data.draw(days)
    rows: dict[str, dict[int, dict[str, Any]]] = {}
    for id in IDS:
        changes = {0, *data.draw(days)}
        rows[id] = {
            number: data.draw(busy_accounts(id))
            | {MERGED_INTO: None, "contact_email": f"{id}@example.com"}
            for number in sorted(changes)
        }
    with tempfile.TemporaryDirectory() as folder:
        root = busy_workspace(Path(folder) / "w", texts, BRAKE)
        assert_lives_equal_runs(run_days(root, rows, missed), rows, missed)


RENEWAL = FIRST + dt.timedelta(days=31)
"""The notice is due on the day after the first."""
NOTICE = """\
playbook: renewal
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: -30 days
      do:
        - task: {owner: csm, due: 8 days, shift: none}
        - email: {owner: csm, due: 6 days, shift: none, must_reach: true}
    - {id: push, at: -22 days, do: [{call: {owner: csm, shift: none}}]}
  outcomes:
    renewed: {when: renewal_date > anchor + 60 days, do: [{task: {owner: csm, due: 5 days, shift: none}}]}
    lapsed: {at: 30 days}
"""


def test_a_case_equals_real_runs_where_dates_move_and_accounts_leave() -> None:
    """What a mistake does to promises, in nine lives: moved and moved back, left and back, renewed and doubted,
    doubted before a cycle is open, seen late, without an address while the date is doubted, a step too far, which is
    issued or skipped as too late, and doubted after a cycle."""
    far = RENEWAL.replace(year=RENEWAL.year + 9)
    by_day: dict[str, dict[int, dict[str, Any]]] = {
        "a0": {3: {"renewal_date": RENEWAL + dt.timedelta(days=3)}, 6: {}},
        "a1": {3: {"status": "lapsed"}, 5: {}, 9: {"csm": "Max"}},
        "a2": {
            2: {"renewal_date": RENEWAL.replace(year=RENEWAL.year + 1)},
            4: {},
            9: {"renewal_date": far},
        },
        "a3": {0: {"renewal_date": RENEWAL + dt.timedelta(days=200)}, 3: {}},
        "a4": {0: {"renewal_date": FIRST + dt.timedelta(days=15)}},
        "a5": {
            2: {"contact_email": None},
            4: {"contact_email": None, "renewal_date": far},
            5: {"renewal_date": far},
        },
        "a6": {3: {"renewal_date": RENEWAL - dt.timedelta(days=8)}, 5: {}},
        "a7": {3: {"renewal_date": FIRST + dt.timedelta(days=12)}, 5: {}},
        "a8": {
            0: {"renewal_date": FIRST - dt.timedelta(days=28)},
            4: {"renewal_date": RENEWAL + dt.timedelta(days=200)},
            6: {},
        },
    }
    shared = {"status": "active", "renewal_date": RENEWAL, "csm": "Zoé", MERGED_INTO: None}
    rows = {
        id: {
            day: shared
            | {"account_id": id, "account_name": id, "contact_email": f"{id}@example.com"}
            | changed
            for day, changed in ({0: {}} | days).items()
        }
        for id, days in by_day.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        root = workspace(Path(folder) / "w", {"renewal": NOTICE}, SETTINGS + BRAKE)
        project = run_days(root, rows, {8})
        assert_lives_equal_runs(project, rows, {8})
        ledger = Reader(root / "store").ledger(history=True)
    # Each of the lives is worth comparing.
    found = {account: {*rows["status"]} for (account,), rows in ledger.group_by("account_id")}
    assert found == {
        "a0": {"issued", "superseded"},
        "a1": {"issued", "withdrawn"},
        "a2": {"issued", "withdrawn"},
        "a3": {"issued"},
        "a4": {"issued", "skipped"},
        "a5": {"issued", "postponed", "withdrawn"},
        "a6": {"issued", "superseded"},
        "a7": {"issued", "skipped", "superseded"},
        "a8": {"issued", "skipped"},
    }
    of_a3 = ledger.filter(account_id="a3").sort("issued_on").select("step", "issued_on").rows()
    # The date is doubted from the day on which it came, and believed when it has lasted for three.
    assert [(step, (on - FIRST).days) for step, on in of_a3][:2] == [
        ("check_date", 3),
        ("notice", 6),
    ]


def test_a_case_equals_real_runs_after_several_missed_days(tmp_path: Path) -> None:
    """The notice is due on the first of two days without a run: the account takes it on that day."""
    row = {"status": "active", "renewal_date": RENEWAL, "csm": "Zoé", MERGED_INTO: None}
    rows = {"a0": {0: row | {"account_id": "a0", "account_name": "a0", "contact_email": "a@b.fr"}}}
    root = workspace(tmp_path / "w", {"renewal": NOTICE}, SETTINGS + BRAKE)
    project = run_days(root, rows, {1, 2})
    assert_lives_equal_runs(project, rows, {1, 2})
    notices = Reader(project.store).ledger(steps=["notice"])
    assert {*notices["evaluated_on"]} == {FIRST + dt.timedelta(days=1)}


WEEKLY = """\
playbook: level
schedule: "30 7 * * 1,4"
for: true
catch_up: {within: 3 days, then: issue}
tiers:
  since: signup_date
  levels: [{id: first, after: 5 days, do: [{task: {owner: csm}}]}]
  downgrade: never
"""
DAILY = """\
playbook: years
schedule: "0 6 * * *"
for: true
catch_up: {within: 3 days, then: issue}
anniversaries:
  of: signup_date
  years: [{id: each, from_year: 1, do: [{task: {owner: csm}}]}]
"""


def test_a_case_equals_real_runs_where_a_playbook_doubts_a_date_that_another_reads_on_more_days(
    tmp_path: Path,
) -> None:
    """The signup is a year earlier from a Monday on: on it, the weekly playbook doubts the date, which the daily one
    therefore cannot read. On Tuesday, the daily one alone is due, and it is the third anniversary."""
    row = {"account_id": "a0", "account_name": "a0", "status": "active", "csm": "Zoé"}
    row |= {"contact_email": "a@b.fr", MERGED_INTO: None}
    signups = {0: dt.date(2024, 3, 1), 8: None, 10: dt.date(2023, 3, 3)}
    rows = {"a0": {day: row | {"signup_date": date} for day, date in signups.items()}}
    root = workspace(tmp_path / "w", {"level": WEEKLY, "years": DAILY}, SETTINGS + BRAKE)
    project = run_days(root, rows, {3, 7})
    assert_lives_equal_runs(project, rows, {3, 7})
    ledger = Reader(project.store).ledger().sort("evaluated_on")
    assert [
        (step, on.isoformat()) for step, on in ledger.select("step", "evaluated_on").rows()
    ] == [
        ("first", "2026-02-23"),
        ("check_date", "2026-03-02"),
        ("each", "2026-03-03"),
    ]


def assert_lives_equal_runs(
    project: Project, rows: Mapping[str, Mapping[int, Mapping[str, Any]]], missed: set[int]
) -> None:
    """Fail where a case of an account has other entries or other states than its runs."""
    reader = Reader(project.store)
    cases = AccountDays(project, project.playbooks)
    for id in rows:
        life = cases.live(case_of(rows[id], missed, project.playbooks[0].id))
        real = reader.ledger(accounts=[id], history=True).to_dicts()
        assert ledger_of(life.entries) == ledger_of(real)
        states = reader.states()
        stood = {row["playbook"]: row for row in states.to_dicts() if row["account_id"] == id}
        assert {
            playbook: [getattr(found, name) for name in STATE[1:]]
            for playbook, found in life.states.items()
        } == {
            playbook: [row[name] or "" if name == "disarmed" else row[name] for name in STATE[1:]]
            for playbook, row in stood.items()
        }
