"""The contact policy names kinds of action and steps of playbooks: each of them must exist."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from tenure.engine.playbook.model import ActionKind
from tenure.engine.project.loading import read_project
from tenure.engine.workspace.settings_schema import ACTION_KINDS

SETTINGS = """\
workspace: Demo
time_zone: Europe/Paris
snapshots: {files: "{date}.csv"}
roles: {csm: {title: CSM, name: Ann}}
contact_policy:
  exempt: [EXEMPT]
"""
PLAYBOOK = """\
playbook: renewal
was: contract
schedule: "0 6 * * *"
for: status == 'active'
owner: csm
catch_up: {within: 7 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - {id: notice, at: -60 days, do: [{call: {}}]}
    - {id: grace, at: 5 days, do: [{call: {}}]}
  outcomes: {renewed: {when: auto_renew}}
"""
TRIGGERED = """\
playbook: follow_up
schedule: "0 6 * * *"
for: status == 'active'
owner: csm
catch_up: {within: 7 days, then: skip}
triggers:
  open:
    - {id: low_health, when: health_score < 50}
    - {id: no_login, when: health_score is missing}
  steps:
    - {id: call, at: 0 days, when: WHEN, do: [{call: {}}]}
"""


def problems_of(folder: Path, exempt: str, when: str = "true") -> list[tuple[str, str | None]]:
    (folder / "playbooks").mkdir()
    (folder / "tenure.yaml").write_text(SETTINGS.replace("EXEMPT", exempt), "utf-8")
    (folder / "playbooks" / "renewal.yaml").write_text(PLAYBOOK, "utf-8")
    (folder / "playbooks" / "follow_up.yaml").write_text(TRIGGERED.replace("WHEN", when), "utf-8")
    found = read_project(folder).problems
    return [(p.code, p.hint) for p in found if p.severity == "error"]


@pytest.mark.parametrize(
    ("exempt", "expected"),
    [
        ("renewal/grace, renewal/renewed, follow_up/call", []),
        ("renewal/grce", [("unknown-step", "did you mean `renewal/grace`?")]),
        ("renewl/grace", [("unknown-playbook", "did you mean `renewal`?")]),
        ("contract/grace", [("unknown-playbook", "write `renewal/grace`")]),
    ],
)
def test_exempt_steps_exist(tmp_path: Path, exempt: str, expected: list[tuple[str, str]]) -> None:
    assert problems_of(tmp_path, exempt) == expected


def test_a_playbook_that_is_not_taken_up_yet_may_be_exempt(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "dunning/reminder") == []
    warned = [each.code for each in read_project(tmp_path).problems if each.severity == "warning"]
    assert "unknown-playbook" in warned


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("opened_by == 'low_health'", []),
        ("opened_by == 'low_healt'", [("unknown-value", "did you mean 'low_health'?")]),
        (
            "{opened_by: {in: [no_login, no_logins]}}",
            [("unknown-value", "did you mean 'no_login'?")],
        ),
    ],
)
def test_triggers_that_a_condition_names_exist(
    tmp_path: Path, when: str, expected: list[tuple[str, str]]
) -> None:
    assert problems_of(tmp_path, "renewal/grace", when) == expected


def test_the_policy_knows_every_kind_of_action() -> None:
    assert tuple(ACTION_KINDS) == get_args(ActionKind)
