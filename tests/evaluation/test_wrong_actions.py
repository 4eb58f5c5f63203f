"""Conditions about actions that do not exist, or are written wrongly: each says what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.one_account import text
from support.workspaces import SETTINGS, workspace
from tenure.engine.project.loading import read_project

CONTRACT = """\
timeline:
  anchor: renewal_date
  steps:
    - {id: notice, at: -30 days, do: [{email: {owner: csm}}, {call: {owner: csm}}]}
    - {id: push, at: -7 days, do: [{call: {owner: csm, id: last_call}}]}
    - {id: grace, at: 0 days}
  outcomes: {over: {at: 10 days}}
"""
OWN = """\
machine:
  initial: s
  states:
    - {id: s, do: [{task: {owner: csm}}]}
    - {id: seen, final: true}
  transitions: [{from: s, to: seen, when: "%s"}]
"""
WRONG = {
    "done('contract/notice/emial')": (
        "step `notice` of playbook `contract` has no action `emial`",
        "did you mean `contract/notice/email`?",
    ),
    "done('contract/push/call')": (
        "step `push` of playbook `contract` has no action `call`",
        "its actions: `contract/push/last_call`",
    ),
    "done('contract/notce/email')": (
        "playbook `contract` has no step `notce`",
        "did you mean `contract/notice/email`?",
    ),
    # The step that is meant has no action of this name.
    "done('contract/psh/call')": (
        "playbook `contract` has no step `psh`",
        "did you mean `contract/push/last_call`?",
    ),
    "done('contrct/notice/email')": (
        "there is no playbook `contrct`",
        "did you mean `contract`?",
    ),
    "done('contract/grace/call')": (
        "step `grace` of playbook `contract` issues no action",
        "its steps with actions: notice, push",
    ),
    "done('contract/notice')": (
        "playbook `p` has no step `contract`: of another playbook, a condition names the step and the action",
        "write `contract/notice/email`",
    ),
    "done('contract')": (
        "playbook `p` has no step `contract`: of another playbook, a condition names the step and the action",
        "write `contract/step/action`, with the ids of its step and its action",
    ),
    "open('s/call')": ("step `s` of playbook `p` has no action `call`", "its actions: `s/task`"),
    "issued('seen')": (
        "step `seen` of playbook `p` issues no action",
        "its steps with actions: s",
    ),
    "done(s)": ("done takes one action in quotes", "write 's'"),
    "done(s/task)": ("done takes one action in quotes", "write 's/task'"),
    "done('s', 's/task')": (
        "done takes 1 value, not 2",
        "as in done('renewal/health_check/call')",
    ),
    "done('S/Task')": (
        "done takes one action in quotes",
        "as in done('renewal/health_check/call')",
    ),
    "result('s') == 3": (
        "`result('s')` is a text and `3` is a number",
        "write '3'",
    ),
    "attempts('s') == 'two'": (
        "`attempts('s')` is a number and `'two'` is a text",
        "",
    ),
    "don('s')": ("there is no function `don`", "did you mean done('renewal/health_check/call')"),
}
"""By condition of the playbook `p`: the message and the hint."""


@pytest.mark.parametrize("condition", WRONG)
def test_a_wrong_reference_says_what_to_write(tmp_path: Path, condition: str) -> None:
    playbooks = {"contract": text(CONTRACT, id="contract"), "p": text(OWN % condition, id="p")}
    found = read_project(workspace(tmp_path / "w", playbooks)).problems
    (problem,) = [each for each in found if each.severity == "error"]
    message, hint = WRONG[condition]
    assert message in problem.message
    assert hint in (problem.hint or "")
    assert problem.span is not None
    assert problem.span.file == "playbooks/p.yaml"


def test_a_step_with_several_actions_asks_for_one_of_them(tmp_path: Path) -> None:
    body = CONTRACT.replace("at: 10 days", "when: done('notice')")
    found = read_project(workspace(tmp_path / "w", {"p": text(body, id="p")})).problems
    (problem,) = [each for each in found if each.severity == "error"]
    assert problem.code == "unknown-action"
    assert problem.hint == "write `notice/email` or `notice/call`"


@pytest.mark.parametrize("where", ["suppress", "derive", "choice", "message"])
def test_only_conditions_of_playbooks_ask_about_actions(tmp_path: Path, where: str) -> None:
    settings, fields, more = SETTINGS, "", ""
    if where == "suppress":
        settings = settings.replace("status == 'lapsed'", "done('p/s/task')")
    elif where == "derive":
        fields = (
            "fields:\n  hot: {type: boolean, title: Hot, derive: [{when: done('s'), then: true}]}\n"
        )
    elif where == "choice":
        more = "choices:\n  ask: {take: 1, from: [{when: done('s'), say: Hello}]}\n"
    else:
        more = (
            "define: {was_done: done('s')}\n"
            "messages:\n  hello:\n    en: {subject: Hello, body: '{% if was_done %}yes{% endif %}'}\n"
        )
    playbooks = {"p": text(OWN % "vip", id="p") + more}
    root = workspace(tmp_path / "w", playbooks, settings=settings)
    if fields:
        (root / "fields.yaml").write_text(fields, encoding="utf-8")
    problems = read_project(root).problems
    assert "name-not-here" in {each.code for each in problems if each.severity == "error"}


def test_of_a_file_with_errors_no_action_is_reported_as_unknown(tmp_path: Path) -> None:
    broken = text(CONTRACT, id="contract").replace("anchor: renewal_date", "anchor: renewl_date")
    playbooks = {"contract": broken, "p": text(OWN % "done('contract/notice/email')", id="p")}
    found = read_project(workspace(tmp_path / "w", playbooks)).problems
    assert {each.code for each in found if each.severity == "error"} == {"unknown-field"}
