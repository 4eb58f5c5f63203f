"""Variables of a playbook: they hold where the workspace has none of the same name."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.one_account import DAY, MONDAY, row
from support.playbook_texts import AROUND, timeline
from support.shipped import PLAYBOOKS
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.core.problems import Span
from tenure.engine.language.expressions import Constant
from tenure.engine.playbook.model import Playbook
from tenure.engine.playbook.playbook_loader import load_playbook
from tenure.engine.project.loading import load_project
from tenure.engine.reports.rendered_messages import with_messages
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

PLACE = Span("tenure.yaml", 1, 1, 1, 2)
BODY = timeline("steps: [{id: s, at: -30 days, when: health_score < line}]")


def loaded(variables: str, of_workspace: float | None = None) -> Playbook:
    constants = {} if of_workspace is None else {"line": Constant(of_workspace, "number", PLACE)}
    text = BODY + f"variables: {{{variables}}}\n"
    playbook, problems = load_playbook(text, "p.yaml", replace(AROUND, variables=constants))
    assert playbook is not None, problems
    return playbook


def hash_of(playbook: Playbook) -> str:
    return playbook.digest


def test_the_workspace_s_variable_comes_first() -> None:
    assert loaded("line: 70").variables == {"line": "70"}
    assert loaded("line: 70", of_workspace=65).variables == {"line": "65"}


def test_only_a_value_that_is_used_is_content() -> None:
    alone = loaded("line: 70")
    assert hash_of(alone) == hash_of(loaded("line: 70, unused: 1"))
    assert hash_of(alone) == hash_of(loaded("line: 60", of_workspace=70))
    assert hash_of(alone) != hash_of(loaded("line: 60"))
    assert hash_of(alone) != hash_of(loaded("line: 70", of_workspace=60))


@pytest.mark.parametrize("name", ["health_score", "today", "and"])
def test_a_name_with_another_meaning_is_refused(name: str) -> None:
    text = BODY + f"variables: {{line: 70, {name}: 1}}\n"
    _, (problem,) = load_playbook(text, "p.yaml", AROUND)
    assert problem.code == "hidden-name"
    assert problem.message == f"`{name}` is already a field or a word of the language"


def test_another_kind_of_value_in_the_workspace_is_refused_where_it_is_compared() -> None:
    text = BODY + "variables: {line: 70}\n"
    around = replace(AROUND, variables={"line": Constant("low", "text", PLACE)})
    _, (problem,) = load_playbook(text, "p.yaml", around)
    assert problem.code == "mixed-types"
    assert problem.hint == "`line` means 'low': see line 1 of tenure.yaml"


def test_messages_use_them_too(tmp_path: Path) -> None:
    step = "{id: s, at: -30 days, do: [{email: {owner: csm, message: m}}]}"
    message = "messages: {m: {en: {subject: 'Below {{ line }}', body: 'By {{ product }}'}}}\n"
    text = timeline(f"steps: [{step}]") + message + "variables: {line: 70, product: Us}\n"
    root = workspace(tmp_path / "w", {"random": text}, SETTINGS + "variables: {product: Acme}\n")
    snapshot(root, MONDAY, [row(renewal_date=MONDAY + 30 * DAY)])
    project = load_project(root)
    run(project, MONDAY)
    store = Reader(root / "store")
    (sent,) = with_messages(project, store.ledger(), store)[0].iter_rows(named=True)
    assert (sent["subject"], sent["body"]) == ("Below 70", "By Acme")


def test_the_at_risk_line_has_one_place() -> None:
    """The shipped playbooks compare the health score with the variable, and have one default of it."""
    texts = [path.read_text("utf-8") for path in sorted(PLAYBOOKS.glob("*.yaml"))]
    templates = PLAYBOOKS.parent / "cli" / "templates"
    texts.append((templates / "common" / "tenure.yaml").read_text("utf-8"))
    plain = [re.sub(r"#.*", "", text) for text in texts]
    assert not [text for text in plain if re.search(r"health_score *(<|>=|, *)=? *70\b", text)]
    values = {value for text in plain for value in re.findall(r"at_risk_line: *(\w+)", text)}
    assert values == {"70"}
