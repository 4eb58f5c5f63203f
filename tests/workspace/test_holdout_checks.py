"""Grace periods and legal notices reach every account: a holdout in their playbook is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.workspaces import SETTINGS, workspace
from tenure.cli.init import create_empty, empty_layout
from tenure.engine.project.loading import read_project

PLAYBOOK = """\
playbook: renewal
schedule: "0 6 * * *"
for: status == 'active'
owner: csm
catch_up: {within: 7 days, then: skip}
holdout: {share: 10 %}
timeline:
  anchor: renewal_date
  steps:
    - {id: notice, at: -60 days, do: [{email: {must_reach: true}}, {task: {}}]}
    - {id: grace, at: 5 days, do: [DO]}
  outcomes: {renewed: {when: auto_renew}}
"""
EXEMPT = SETTINGS.replace("contact_policy:", "contact_policy:\n  exempt: [renewal/grace]")
MUST = "{call: {must_reach: true}}"


def problems_of(root: Path, action: str, settings: str = SETTINGS) -> list[tuple[str, int, str]]:
    workspace(root, {"renewal": PLAYBOOK.replace("DO", action)}, settings)
    found = read_project(root).problems
    return [
        (p.code, p.span.line if p.span else 0, p.message) for p in found if p.severity == "error"
    ]


@pytest.mark.parametrize(
    ("action", "settings", "why"),
    [
        ("{email: {}}", EXEMPT, "`renewal/grace` is under `exempt` of the contact policy"),
        ("{task: {}}", SETTINGS, "every contact of `renewal` is `must_reach`"),
        (MUST, SETTINGS, "every contact of `renewal` is `must_reach`"),
    ],
)
def test_a_holdout_of_grace_or_notices_is_refused(
    tmp_path: Path, action: str, settings: str, why: str
) -> None:
    [(code, line, message)] = problems_of(tmp_path / "w", action, settings)
    assert (code, line) == ("holdout-refused", 6)
    assert why in message


def test_a_playbook_with_other_contacts_than_notices_may_have_one(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "w", "{email: {}}") == []


def test_a_playbook_without_contacts_may_have_one(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {})
    tasks = PLAYBOOK.replace("{email: {must_reach: true}}, ", "").replace("DO", "{task: {}}")
    (root / "playbooks" / "renewal.yaml").write_text(tasks, "utf-8")
    assert [p.code for p in read_project(root).problems if p.severity == "error"] == []


def test_the_shipped_renewal_with_grace_and_notices_can_have_none(tmp_path: Path) -> None:
    root = tmp_path / "w"
    create_empty(root, empty_layout("en", "Europe/Paris", None))
    file = root / "playbooks" / "renewal.yaml"
    text = file.read_text("utf-8")
    file.write_text(text.replace("\ncatch_up:", "\nholdout: {share: 10 %}\ncatch_up:", 1), "utf-8")
    found = [p.code for p in read_project(root).problems if p.severity == "error"]
    assert "holdout-refused" in found
