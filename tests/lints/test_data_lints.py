"""Lints of what the data says: contacts that the policy postpones, steps without actions, fields that are missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.lints import SETTINGS
from support.workspaces import snapshot, workspace
from tenure.engine.core.problems import Problem
from tenure.engine.lints.data_linting import lint_data
from tenure.engine.project.loading import load_project, read_project
from tenure.engine.runs.running import run

DAY = dt.date(2026, 3, 2)
"""A Monday."""
MANY = 24

WITH_POLICY = (
    SETTINGS
    + """\
contact_policy:
  at_most: [{contacts: 1, within: 7 days}]
  priorities: [renewal, other]
"""
)

NOTICE = """\
playbook: notice
schedule: "0 6 * * *"
for: status == 'active'
priority: renewal
catch_up: {within: 10 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - {id: notice, at: -30 days, do: [{email: {owner: csm}}]}
    - {id: reminder, at: -7 days, when: arr > 1000, do: [{task: {owner: csm}}]}
"""

SELDOM = NOTICE.replace('"0 6 * * *"', '"0 6 * * 1,3"')
"""On Mondays and Wednesdays, so that a year of it is evaluated soon."""

LOOK = """\
playbook: look
schedule: "0 6 * * *"
for: status == 'active'
priority: other
catch_up: {within: 10 days, then: skip}
triggers:
  open:
    - {id: low, when: health_score < 50, rearm: health_score > 60}
  steps:
    - {id: ask, at: 0 days, do: [{email: {owner: csm}}]}
"""


def accounts(count: int, **values: Any) -> list[Mapping[str, Any]]:
    usual = {
        "status": "active",
        "renewal_date": DAY + dt.timedelta(days=30),
        "csm": "Ada",
        "arr": 500,
        "health_score": 40,
    }
    return [
        {"account_id": f"A{n}", "account_name": f"A{n}", **usual, **values} for n in range(count)
    ]


def linted(root: Path, on: dt.date = DAY) -> list[Problem]:
    return lint_data(read_project(root), root, on)


def run_on(root: Path, on: dt.date, rows: Iterable[Mapping[str, Any]]) -> None:
    snapshot(root, on, rows)
    run(load_project(root), on)


@pytest.mark.parametrize(("count", "reported"), [(MANY, True), (10, False)])
def test_a_step_that_the_policy_postpones_as_a_rule_is_named(
    tmp_path: Path, count: int, reported: bool
) -> None:
    """Both contacts fall on one day, one contact a week is allowed, and the notice goes first."""
    code = "often-postponed"
    root = workspace(tmp_path / "w", {"notice": NOTICE, "look": LOOK}, WITH_POLICY)
    run_on(root, DAY, accounts(count))
    found = [problem for problem in linted(root) if problem.code == code]
    assert [problem.message for problem in found] == [
        f"in the year to 2026-03-02, the contact policy postponed or withheld {count} of {count} contacts of "
        "`look/ask`"
    ] * reported
    assert all(p.span is not None and p.span.file == "playbooks/look.yaml" for p in found)


def test_a_step_that_the_policy_suppresses_as_a_rule_is_named(tmp_path: Path) -> None:
    """Its contacts wait until their patience ends, and are withheld then."""
    low = "  suppress: [{when: health_score < 50, reason: low}]\n"
    root = workspace(tmp_path / "w", {"notice": NOTICE}, WITH_POLICY + low)
    run_on(root, DAY, accounts(MANY))
    later = DAY + dt.timedelta(days=12)
    run_on(root, later, accounts(MANY))
    (found,) = linted(root, later)
    assert found.message == (
        f"in the year to 2026-03-14, the contact policy postponed or withheld {MANY} of {MANY} contacts of "
        "`notice/notice`"
    )


def test_two_steps_that_were_planned_on_the_same_days_are_named_once(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"notice": NOTICE, "look": LOOK}, WITH_POLICY)
    run_on(root, DAY, accounts(MANY))
    (found,) = [problem for problem in linted(root) if problem.code == "same-day-contacts"]
    assert found.message == (
        f"`notice/notice` contacts accounts on the same day as `look/ask`: in the year to 2026-03-02, {MANY} times"
    )


def test_steps_on_different_days_are_fine(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"notice": NOTICE, "look": LOOK}, WITH_POLICY)
    run_on(root, DAY, accounts(MANY, health_score=80))
    later = DAY + dt.timedelta(days=9)
    run_on(root, later, accounts(MANY))
    assert linted(root, later) == []


def test_a_step_of_which_no_account_got_anything_in_a_year_is_named(tmp_path: Path) -> None:
    code = "step-without-actions"
    root = workspace(tmp_path / "w", {"notice": SELDOM}, WITH_POLICY)
    run_on(root, DAY - dt.timedelta(days=370), accounts(1, status="lapsed"))
    run_on(root, DAY, accounts(MANY))
    run_on(root, DAY + dt.timedelta(days=23), accounts(MANY))
    # Less than a year of runs says nothing.
    assert linted(root, DAY - dt.timedelta(days=6)) == []
    (found,) = linted(root, DAY + dt.timedelta(days=23))
    assert (found.code, found.span and found.span.line) == (code, 10)
    assert found.message == (
        "in the year to 2026-03-25, no account got anything of `notice/reminder`"
    )


def test_a_step_that_is_new_is_not_without_actions(tmp_path: Path) -> None:
    before = "".join(line for line in SELDOM.splitlines(True) if "reminder" not in line)
    root = workspace(tmp_path / "w", {"notice": before}, WITH_POLICY)
    run_on(root, DAY - dt.timedelta(days=370), accounts(1, status="lapsed"))
    (root / "playbooks" / "notice.yaml").write_text(SELDOM, "utf-8")
    run_on(root, DAY, accounts(MANY))
    assert linted(root) == []


MESSAGE = """\
playbook: notice
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {{within: 10 days, then: skip}}
define:
  has_seats: seats_active is not missing and seats_active > 0
timeline:
  anchor: renewal_date
  steps:
    - {{id: notice, at: -30 days, do: [{{email: {{owner: csm, message: hello{when}}}}}]}}
messages:
  hello:
    en:
      subject: Hello
      body: |
        Dear customer,
        {body}
"""

ROWS = [
    *accounts(20, seats_active="", seats_licensed=9),
    *(
        {**row, "account_id": f"B{n}"}
        for n, row in enumerate(accounts(10, seats_active=5, seats_licensed=9))
    ),
    *(
        {**row, "account_id": f"C{n}"}
        for n, row in enumerate(accounts(50, status="lapsed", seats_active="", seats_licensed=""))
    ),
]


@pytest.mark.parametrize(
    ("body", "when", "reported"),
    [
        ("{{ seats_active | number }} seats", "", True),
        ("{% if seats_active > 3 %}many{% endif %}", "", True),
        ("{% if account_name %}{{ seats_active }}{% endif %}", "", True),
        ("{% if seats_active %}{{ seats_active | number }} seats{% endif %}", "", False),
        ("{% if seats_active and seats_active > 3 %}many{% endif %}", "", False),
        ("{% if has_seats %}{{ seats_active | number }} seats{% endif %}", "", False),
        ("{{ seats_active | default('some') }} seats", "", False),
        ("{{ seats_active if seats_active else 'some' }} seats", "", False),
        ("{{ seats_active }} seats", ", when: has_seats", False),
        ("{{ seats_licensed | number }} seats", "", False),
    ],
)
def test_a_field_that_a_message_shows_and_many_accounts_lack_is_named(
    tmp_path: Path, body: str, when: str, reported: bool
) -> None:
    code = "often-missing"
    text = MESSAGE.format(body=body, when=when)
    root = workspace(tmp_path / "w", {"notice": text}, WITH_POLICY)
    snapshot(root, DAY, ROWS)
    found = linted(root)
    assert [problem.code for problem in found] == [code] * reported
    if reported:
        assert found[0].message == (
            "the message `hello` shows `seats_active`, which 20 of the 30 accounts of `notice` lack: "
            "it cannot be written for them"
        )
        assert found[0].span is not None
        assert found[0].span.line == 17
