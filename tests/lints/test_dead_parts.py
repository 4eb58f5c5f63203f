"""Parts that no account gets: those that are dead are named, and no other."""

from __future__ import annotations

import pytest
from support.lints import lint_playbook_text

TIMELINE = """\
playbook: check
schedule: "0 6 * * *"
for: {entry}
{keep}catch_up: {{within: 7 days, then: skip}}
timeline:
  anchor: renewal_date
  steps:
    - id: check
      at: -30 days
      when: "{step}"
      do:
        - task: {{owner: csm, when: "{action}"}}
"""

MACHINE = """\
playbook: look
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {{within: 7 days, then: skip}}
machine:
  initial: new
  states:
    - {{id: new}}
    - {{id: one, final: true, do: [{{task: {{owner: csm}}}}]}}
    - {{id: two, final: true}}
  transitions:
    - {{from: new, to: one, {first}}}
    - {{from: new, to: two, {second}}}
"""


def dead(entry: str, step: str, action: str, keep: str = "") -> bool:
    text = TIMELINE.format(
        entry=entry, step=step, action=action, keep=f"while: {keep}\n" if keep else ""
    )
    problems = lint_playbook_text(text)
    assert {problem.code for problem in problems} <= {"never-reached"}
    return bool(problems)


@pytest.mark.parametrize(
    ("entry", "step", "action", "keep"),
    [
        ("status == 'active'", "status == 'suspended'", "arr > 5", ""),
        ("status == 'active'", "arr > 5", "status in ('suspended', 'lapsed')", ""),
        ("status == 'active' and arr > 100", "arr < 50", "csm is missing", ""),
        ("status == 'active'", "arr > 50", "arr < 20", ""),
        ("status == 'active'", "csm is missing", "csm == 'Ada'", ""),
        # Each account of the playbook has one of the four values.
        (
            "arr > 0",
            "status != 'trial' and status != 'active'",
            "status not in ('suspended', 'lapsed')",
            "",
        ),
        (
            "arr > 0",
            "arr > 5",
            "status != 'trial' and status not in ('active', 'suspended', 'lapsed')",
            "",
        ),
        (
            "status == 'active'",
            "status == 'lapsed'",
            "arr > 5",
            "status in ('active', 'suspended')",
        ),
    ],
)
def test_conditions_that_exclude_each_other_are_dead(
    entry: str, step: str, action: str, keep: str
) -> None:
    assert dead(entry, step, action, keep)


@pytest.mark.parametrize(
    ("entry", "step", "action", "keep"),
    [
        ("status == 'active'", "arr > 5", "arr < 20", ""),
        ("status == 'active' and arr > 100", "arr > 150", "csm is missing", ""),
        # An unknown `for` keeps the enrolment: the account stays without a status.
        ("status == 'active'", "status is missing", "arr > 5", ""),
        (
            "status == 'active'",
            "status == 'suspended'",
            "arr > 5",
            "status in ('active', 'suspended')",
        ),
        ("status == 'active'", "status == 'lapsed'", "arr > 5", "arr > 0"),
        ("status == 'active'", "status != 'trial'", "arr > 5", ""),
        ("status == 'active'", "previous(status) == 'suspended'", "arr > 5", ""),
    ],
)
def test_conditions_that_some_account_meets_are_fine(
    entry: str, step: str, action: str, keep: str
) -> None:
    assert not dead(entry, step, action, keep)


@pytest.mark.parametrize(
    ("first", "second", "is_dead"),
    [
        ("when: arr < 50", "when: arr < 20", True),
        ("when: arr < 20", "when: arr < 50", False),
        ("when: arr < 50", "after: 7 days, when: arr < 20", True),
        ("after: 7 days, when: arr < 50", "when: arr < 20", False),
        ("after: 7 days, when: arr < 50", "after: 7 days, when: arr < 20", True),
        ("after: 7 days, when: arr < 50", "after: 5 days, when: arr < 20", False),
        ("after: 7 days", "after: 9 days, when: arr < 20", True),
        ("when: arr < 50", "when: seats_active < 20", False),
        ("when: arr < 50 and csm is missing", "when: arr < 20", False),
    ],
)
def test_a_transition_after_a_wider_one_is_dead(first: str, second: str, is_dead: bool) -> None:
    problems = lint_playbook_text(MACHINE.format(first=first, second=second))
    assert [problem.code for problem in problems] == ["never-reached"] * is_dead
