"""Days on which nothing happens are left out of a case, and the account's life is as if they were not."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples
from support.random_playbooks import FIRST, busy_accounts, busy_workspace, workspace_playbooks
from tenure.cli.init import NewWorkspace, create_empty
from tenure.engine.core.ids import MERGED_INTO
from tenure.engine.core.problems import Span
from tenure.engine.language.expressions import Expression, Row
from tenure.engine.playbook.model import Playbook
from tenure.engine.project.loading import load_project
from tenure.engine.testing.account_days import AccountDays
from tenure.engine.testing.case_loader import find_tests, load_tests
from tenure.engine.testing.case_model import CaseDay, PersonalOutcome, PlaybookCase
from tenure.engine.testing.case_run import CaseRunner

DAYS = 150
PLACE = Span("life.test.yaml", 1, 1, 1, 1)


def seen(playbook: Playbook, condition: Expression, row: Row) -> None:
    """Watch every condition: then every day is evaluated."""


def assert_same(days: AccountDays, case: PlaybookCase) -> None:
    quick, whole = days.live(case), days.live(case, observe=seen)
    assert quick.entries == whole.entries
    assert quick.states == whole.states
    assert quick.problems == whole.problems


@given(workspace_playbooks(), st.data())
@examples(40)
def test_a_life_is_the_same(texts: dict[str, str], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = load_project(busy_workspace(Path(folder) / "w", texts))
    tested = project.playbooks[0]
    rows: dict[int, dict[str, Any]] = {
        number: data.draw(busy_accounts("a")) | {MERGED_INTO: None}
        for number in sorted({0, *data.draw(st.sets(st.integers(1, DAYS), max_size=3))})
    }
    asked = [(e.step, e.id) for edge in tested.machine.edges for e in edge.actions]
    days = {}
    for number in sorted(rows.keys() | data.draw(st.sets(st.integers(1, DAYS), max_size=4))):
        on = FIRST + dt.timedelta(days=number)
        outcomes = ()
        if asked and data.draw(st.booleans()):
            step, action = data.draw(st.sampled_from(asked))
            until = on + dt.timedelta(days=data.draw(st.integers(1, 9)))
            what = data.draw(st.sampled_from(["done", "dismissed", "snoozed"]))
            snoozed = until if what == "snoozed" else None
            outcomes = (PersonalOutcome(step, action, what, None, snoozed, None, PLACE),)
        days[on] = CaseDay(on, rows.get(number, {}), outcomes, (), data.draw(st.integers(0, 5)) > 0)
    last = FIRST + dt.timedelta(days=DAYS)
    daily = data.draw(st.booleans())
    case = PlaybookCase(
        *("life", tested.id, (), FIRST, last, {}, days, (), False, (), daily, False, None, None),
        PLACE,
    )
    assert_same(AccountDays(project, project.playbooks), case)


@pytest.mark.slow
def test_a_life_of_the_shipped_cases_is_the_same(tmp_path: Path) -> None:
    root = tmp_path / "w"
    create_empty(root, NewWorkspace())
    project = load_project(root)
    runner = CaseRunner(project)
    for case in load_tests(project, find_tests(root)).cases:
        assert_same(runner.days(case), case._replace(until=case.until + dt.timedelta(days=90)))
