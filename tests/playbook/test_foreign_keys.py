"""Keys in German and French are one problem, with the key that is meant: also where it is a required one."""

from __future__ import annotations

import re

import pytest
from tenure.engine.playbook.playbook_schema import PLAYBOOK_SHAPE
from tenure.engine.text.schema.shapes import validate
from tenure.engine.text.yaml_reader import read_yaml

RIGHT = """\
playbook: renewal
title: Renewal
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - id: notice
      at: -30 days
      when: health_score < 70
      do:
        - task: {owner: csm, title: Ask, due: 2 days}
  outcomes:
    renewed: {when: renewal_date > anchor}
"""


def hints(text: str) -> list[str | None]:
    node, problems = read_yaml(text, "playbooks/renewal.yaml")
    assert node is not None
    return [each.hint for each in [*problems, *validate(node, PLAYBOOK_SHAPE)]]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("title", ("Titel", "titre")),
        ("schedule", ("Zeitplan", "planning")),
        ("for", ("für", "pour")),
        ("anchor", ("Anker", "ancre")),
        ("steps", ("Schritte", "étapes")),
        ("when", ("wenn", "quand", "si")),
        ("do", ("Aktionen", "faire")),
        ("owner", ("Besitzer", "propriétaire", "responsable")),
        ("due", ("fällig", "échéance")),
        ("outcomes", ("Ergebnisse", "résultats")),
    ],
)
def test_a_key_in_another_language_is_one_problem(key: str, words: tuple[str, ...]) -> None:
    assert hints(RIGHT) == []
    for word in words:
        written = re.sub(rf"\b{key}:", f"{word}:", RIGHT, count=1)
        assert written != RIGHT
        assert hints(written) == [f"did you mean `{key}`?"]


def test_a_missing_space_after_a_colon_is_one_problem_for_each_key() -> None:
    written = RIGHT.replace("title: Ask", "title: {en:Ask}").replace("within: 7", "within:7")
    assert hints(written) == ["write `within: 7 days`", "write `en: Ask`"]
