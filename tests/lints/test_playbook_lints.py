"""Exits, days that two playbooks share, weekends and unused names: what is named, and what is fine."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.lints import SETTINGS, lint_playbook_text, lint_texts
from support.shipped import lay_out
from tenure.engine.lints.linting import lint_project
from tenure.engine.project.loading import read_project

TIMELINE = """\
playbook: {id}
schedule: "0 6 * * *"
for: {entry}
{more}catch_up: {{within: 7 days, then: skip}}
timeline:
  anchor: {anchor}
  steps:
    - {{id: first, at: -40 days, do: [{{task: {{owner: csm}}}}]}}
    - {{id: later, at: {at}, do: [{{{kind}: {{owner: csm}}}}]}}
"""


def timeline(
    id: str = "one",
    entry: str = "status == 'active'",
    anchor: str = "renewal_date",
    at: str = "-30 days",
    kind: str = "email",
    more: str = "",
) -> str:
    return TIMELINE.format(id=id, entry=entry, anchor=anchor, at=at, kind=kind, more=more)


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        (timeline(entry="true"), True),
        (timeline(entry="true", more="while: true\n"), True),
        (timeline(), False),
        (timeline(entry="true", more="while: status == 'active'\n"), False),
        (timeline(entry="true", kind="task"), False),
        (timeline(entry="true", at="-40 days"), False),
        (timeline(entry="true") + "  outcomes: {gone: {when: churn_date < today}}\n", False),
        (timeline(entry="true") + "  outcomes: {gone: {at: 30 days}}\n", True),
    ],
)
def test_contacts_that_nothing_can_end_need_an_exit(text: str, reported: bool) -> None:
    assert [p.code for p in lint_playbook_text(text)] == ["no-exit"] * reported


@pytest.mark.parametrize(
    ("other", "reported"),
    [
        (timeline("two"), True),
        (timeline("two", entry="arr > 5", kind="call"), True),
        (timeline("two", entry="status == 'trial'"), False),
        (timeline("two", at="-29 days"), False),
        (timeline("two", anchor="contract_start"), False),
        (timeline("two", kind="task"), False),
        (timeline("two", more="enabled: false\n"), False),
    ],
)
def test_contacts_of_two_playbooks_on_one_day(tmp_path: Path, other: str, reported: bool) -> None:
    problems, _ = lint_texts(tmp_path, {"one.yaml": timeline(), "two.yaml": other})
    assert [p.code for p in problems] == ["same-day-contacts"] * reported


def test_contacts_of_one_playbook_on_one_day_are_its_own_matter(tmp_path: Path) -> None:
    text = timeline() + "    - {id: last, at: -30 days, do: [{email: {owner: csm}}]}\n"
    assert lint_texts(tmp_path, {"one.yaml": text})[0] == []


TRIGGER = """\
playbook: low
schedule: "{schedule}"
for: status == 'active'
catch_up: {{within: 7 days, then: skip}}
triggers:
  open: [{{id: low, when: "crossed_below(health_score, 50)"}}]
  steps:
    - {{id: talk, at: {at}, do: [{{{action}}}]}}
"""
EMAIL = "email: {owner: csm}"


@pytest.mark.parametrize(
    ("schedule", "at", "action", "hint"),
    [
        ("0 6 * * 1", "5 days", EMAIL, "write `4 days`, which is a working day"),
        ("0 6 * * 1", "1 week", EMAIL, None),
        ("0 6 * * 1", "0 days", EMAIL, None),
        ("0 6 * * 1,2", "5 days", EMAIL, "write `3 days`, which is a working day"),
        ("0 6 * * 1-5", "2 days", EMAIL, None),
        ("0 6 * * *", "5 days", EMAIL, None),
        ("0 6 * * sat", "0 days", "task: {owner: csm}", "write `2 days`, which is a working day"),
        (
            "0 6 * * 1",
            "0 days",
            "task: {owner: csm, due: 6 days}",
            "choose a date that is a working day",
        ),
        ("0 6 * * 1", "0 days", "task: {owner: csm, due: 5 business days}", None),
        ("0 6 * * 1", "1 month", EMAIL, None),
        ("0 6 1 * *", "5 days", EMAIL, None),
    ],
)
def test_dates_that_always_fall_on_a_weekend(
    tmp_path: Path, schedule: str, at: str, action: str, hint: str | None
) -> None:
    text = TRIGGER.format(schedule=schedule, at=at, action=action)
    problems, _ = lint_texts(tmp_path, {"low.yaml": text})
    found = [problem for problem in problems if problem.code == "weekend-date"]
    assert [problem.hint for problem in found] == ([] if hint is None else [hint])


def test_a_friday_is_a_weekend_for_some(tmp_path: Path) -> None:
    """Accounts can be in Saudi Arabia, where Friday and Saturday are the weekend."""
    text = TRIGGER.format(schedule="0 6 * * 5", at="0 days", action=EMAIL)
    assert lint_texts(tmp_path / "a", {"low.yaml": text})[0] == []
    settings = SETTINGS.replace("country: FR", "country: SA")
    problems, _ = lint_texts(tmp_path / "b", {"low.yaml": text, "tenure.yaml": settings})
    assert [problem.code for problem in problems] == ["weekend-date"]


CHAIN = """\
playbook: one
schedule: "0 6 * * *"
for: base
catch_up: {within: 7 days, then: skip}
define:
  base: status == 'active'
  low: health_score < 50
  in_choice: arr > 5
  in_message: arr > 6
  in_when: low and base
  in_at: arr > 9
  in_a_chain: arr > 7
  unused: in_a_chain
choices:
  shown: {take: 1, from: [{when: in_choice, say: a}]}
  unshown: {take: 1, from: [{say: a}]}
timeline:
  anchor: renewal_date
  steps:
    - id: first
      at: [{when: in_at, then: -40 days}, -50 days]
      when: in_when
      do: [{email: {owner: csm, message: hello}}]
messages:
  hello: {en: {subject: a, body: "{% if in_message %}b{% endif %}{% for s in shown %}{{ s }}{% endfor %}"}}
"""


def test_names_that_nothing_uses_are_named_and_no_others() -> None:
    found = [(p.code, p.message.split("`")[1]) for p in lint_playbook_text(CHAIN)]
    assert found == [
        ("unused-definition", "in_a_chain"),
        ("unused-definition", "unused"),
        ("unused-definition", "unshown"),
    ]


def test_roles_and_links_in_use_are_not_named(tmp_path: Path) -> None:
    """As owner, sender, receiver, approver, link, in a condition, a channel, or in a disabled playbook."""
    settings = (
        SETTINGS
        + """\
  sender: {name: A}
  receiver: {name: B}
  approver: {name: C}
  asked: {field: account_manager}
  of_channel: {name: D}
  unused: {name: E}
links:
  used: {label: a, url: "https://example.com"}
  unused: {label: a, url: "https://example.com"}
channels: {files: {folder: {path: out}, roles: [of_channel]}}
"""
    )
    text = """\
playbook: one
schedule: "0 6 * * *"
enabled: false
for: status == 'active'
catch_up: {within: 7 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - id: first
      at: -40 days
      when: account_manager is missing
      do:
        - email: {owner: csm, from: sender, cta: [used], escalate: {after: 3 days, to: receiver}}
        - offer: {owner: csm, offer: a, approval: approver}
    - {id: last, at: -30 days, do: [{task: {owner: csm}}]}
  outcomes:
    gone: {when: churn_date < today}
"""
    problems, _ = lint_texts(tmp_path, {"one.yaml": text, "tenure.yaml": settings})
    assert [(p.code, p.message) for p in problems] == [
        ("unused-role", "no playbook uses the role `unused`"),
        ("unused-link", "no playbook uses the link `unused`"),
    ]


def test_a_playbook_with_errors_may_use_any_role(tmp_path: Path) -> None:
    texts = {"one.yaml": timeline(), "two.yaml": timeline("two", entry="statu == 'active'")}
    texts["tenure.yaml"] = SETTINGS + "  other: {name: A}\n"
    problems, _ = lint_texts(tmp_path, texts)
    assert [problem.code for problem in problems] == ["unknown-field", "same-day-contacts"][:1]


def test_the_shipped_playbooks_have_nothing_to_warn_of(tmp_path: Path) -> None:
    lay_out(tmp_path)
    read = read_project(tmp_path)
    assert len(read.playbooks) == 8
    assert [*read.problems, *lint_project(read)] == []
