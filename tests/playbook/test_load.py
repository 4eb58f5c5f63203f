"""A playbook is read whole: every error is told at once, and nothing that anybody writes makes it fall over."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import playbook_texts, yaml_text
from support.playbook_texts import AROUND, codes, load
from support.random_playbooks import playbooks
from tenure.engine.machine.machine_checks import check_machine
from tenure.engine.playbook.playbook_loader import draft_playbook, load_playbook
from tenure.engine.text.problem_text import render
from tenure.engine.text.yaml_reader import read_yaml

CASES = sorted(path for path in (Path(__file__).parent / "playbook_cases").iterdir())
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 3.5, 10**9, "", "any", "x y", "-90 dys", "-99999 days", "today <",
    "helth_score < 70", "anchor", "{{ x", [], {}, [None], [[1]], {"id": None}, {"all": []},
    {"when": 1, "then": 2}, {"en": {"body": 1}}, {"email": {}}, [{"email": {}}], "0 6 * * *",
)  # fmt: skip


def shown(folder: Path) -> tuple[set[str], str]:
    """The codes of what is wrong with a case, and its rendering."""
    text = (folder / "playbook.yaml").read_text("utf-8")
    _, problems = load(text)
    return {problem.code for problem in problems}, render(problems, {"playbook.yaml": text})


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_problem_is_shown_as_documented(folder: Path) -> None:
    found, text = shown(folder)
    assert text == (folder / "problems.txt").read_text("utf-8")
    name = folder.name.partition(".")[0]
    assert name in found or name == "everything"


def test_problems_that_only_follow_from_an_error_are_not_reported() -> None:
    text = playbook_texts.timeline("steps: [{id: notice, at: 0 days, when: at_risk}]").replace(
        "timeline:", "define: {at_risk: helth_score < 70}\ntimeline:"
    )
    assert codes(text) == ["unknown-field"]
    assert codes(text.replace("define:", "defin:")) == ["unknown-key"]
    assert codes(text.replace("{at_risk: helth_score < 70}", "[at_risk: csm is missing]")) == [
        "wrong-type"
    ]


def test_an_outcome_whose_condition_is_wrong_does_not_lack_one() -> None:
    outcome = "steps: [{id: notice, at: 0 days}]\noutcomes: {won: {when: helth_score < 70}}"
    assert codes(playbook_texts.timeline(outcome)) == ["unknown-field"]


def test_a_slip_in_messages_makes_no_message_unknown() -> None:
    text = playbook_texts.timeline(
        "steps: [{id: notice, at: 0 days, do: [{email: {message: hello}}]}]"
    )
    assert codes(text + "messages: {hullo: {en: {body: Hi}}}\n") == ["unknown-message"]
    assert codes(text + "mesages: {hello: {en: {body: Hi}}}\n") == ["unknown-key"]
    assert codes(text + "messages: {hello: [Hi], hullo: {en: {body: Hi}}}\n") == ["wrong-type"]


def test_a_slip_in_agendas_makes_no_agenda_unknown() -> None:
    text = playbook_texts.timeline(
        "steps: [{id: notice, at: 0 days, do: [{meeting: {owner: csm, agenda: yearly}}]}]"
    )
    assert codes(text + "agendas: {yaerly: [Results]}\n") == ["unknown-agenda"]
    assert codes(text + "agenda: {yearly: [Results]}\n") == ["unknown-key"]
    assert codes(text + "agendas: {yearly: Results, other: [Plans]}\n") == ["wrong-type"]


def test_a_playbook_with_an_error_is_never_given() -> None:
    playbook, problems = load(playbook_texts.timeline("steps: [{id: notice, at: 0 days, when: x}]"))
    assert playbook is None
    assert [problem.code for problem in problems] == ["unknown-field"]


def test_errors_of_the_machine_and_of_conditions_are_reported_together() -> None:
    text = playbook_texts.timeline(
        "steps: [{id: notice, at: 0 days, when: helth_score < 70}, {id: notice, at: 5 days}]"
    )
    assert codes(text) == ["repeated-id", "unknown-field"]


def _places(node: Any) -> list[tuple[Any, Any]]:
    """Every place in a document: what holds it, and its key or index."""
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    found = []
    for key, value in list(inner):
        found.append((node, key))
        if isinstance(value, dict | list):
            found += _places(value)
    return found


def mutated(data: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The document with a few parts dropped, renamed, swapped, or of another kind."""
    data = copy.deepcopy(data)
    for _ in range(chance.randint(1, 4)):
        places = _places(data)
        if not places:
            return data
        holder, key = chance.choice(places)
        other, place = chance.choice(places)
        change = chance.randint(0, 3)
        if change == 0:
            del holder[key]
        elif change == 1:
            holder[key] = copy.deepcopy(chance.choice(ODD))
        elif change == 2 and isinstance(holder, dict):
            holder[f"{key}x"] = holder.pop(key)
        else:
            holder[key] = copy.deepcopy(other[place])
    return data


def plain(node: Any) -> Any:
    """A node as plain data."""
    if hasattr(node, "entries"):
        return {entry.key: plain(entry.value) for entry in node}
    return [plain(item) for item in node.items] if hasattr(node, "items") else node.value


@given(playbooks(), st.integers(0, 2**32))
def test_no_text_makes_it_fall_over(text: str, seed: int) -> None:
    data = plain(read_yaml(text, "random.yaml")[0])
    broken = yaml_text.dump(mutated(data, random.Random(seed)))
    playbook, problems = load_playbook(broken, "random.yaml", AROUND)
    errors = [problem for problem in problems if problem.severity == "error"]
    assert (playbook is None) == bool(errors)
    assert problems == load_playbook(broken, "random.yaml", AROUND)[1]
    draft, problems = draft_playbook(broken, "random.yaml", AROUND)
    if draft is not None:
        problems = problems + check_machine(draft, conditions=not errors)
    for problem in problems:
        assert problem.span is not None
        assert problem.message
    assert render(problems, {"random.yaml": broken}).count("\n  = help: None") == 0


@given(playbooks())
def test_random_playbooks_have_machines_that_are_fine(text: str) -> None:
    playbook, problems = load_playbook(text, "random.yaml", AROUND)
    assert playbook is not None, [problem.message for problem in problems]
    assert check_machine(playbook) == []
