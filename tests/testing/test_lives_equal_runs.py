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
from support.workspaces import snapshot
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
        project = run_days(root, rows, missed)
        reader = Reader(root / "store")
        cases = AccountDays(project, project.playbooks)
        for id in IDS:
            life = cases.live(case_of(rows[id], missed, project.playbooks[0].id))
            real = reader.ledger(accounts=[id], history=True).to_dicts()
            assert ledger_of(life.entries) == ledger_of(real)
            states = reader.states()
            stood = {row["playbook"]: row for row in states.to_dicts() if row["account_id"] == id}
            assert {
                playbook: [getattr(found, name) for name in STATE[1:]]
                for playbook, found in life.states.items()
            } == {
                playbook: [
                    row[name] or "" if name == "disarmed" else row[name] for name in STATE[1:]
                ]
                for playbook, row in stood.items()
            }
