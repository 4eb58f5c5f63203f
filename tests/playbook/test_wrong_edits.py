"""Edits of a playbook as people make them in a hurry: the help says what was meant."""

from __future__ import annotations

import pytest
from support.playbook_texts import AROUND
from tenure.engine.core.problems import Problem
from tenure.engine.playbook.playbook_loader import load_playbook

PLAYBOOK = """\
playbook: p
schedule: "0 6 * * *"
for: status in ('trial', 'active') and arr >= 5000
owner: [csm, operations]
catch_up: {within: 7 days, then: skip}
variables: {line: 70}
timeline:
  anchor: renewal_date
  steps:
    - id: s
      at: -30 days
      when: health_score < line
      do: [{email: {message: m, repeat: {every: 1 day, at_most: 2}}}]
messages:
  m:
    en: {subject: "Hello", body: "Hello {{ account_name }}"}
"""


def problems(old: str, new: str) -> list[Problem]:
    assert old in PLAYBOOK
    return load_playbook(PLAYBOOK.replace(old, new), "p.yaml", AROUND)[1]


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("[csm, operations]", "csm or operations", "write [csm, operations]"),
        ("[csm, operations]", "csm, puis operations", "write [csm, operations]"),
        ("[csm, operations]", "csm, operations", "write [csm, operations]"),
        ("'active') and", "'active'), and", "remove the comma"),
        ("every: 1 day,", "every: daily,", "write `1 day`"),
        ("every: 1 day,", "every: hebdomadaire,", "write `1 week`"),
        ("      when: health", "      if: health", "did you mean `when`?"),
        ("health_score < line", "health_score < variables.line", "write line"),
        ("health_score < line", "health_score < '{{ line }}'", None),
        (
            "health_score < line",
            "health score < line",
            "join conditions with `and` or `or`, names with `_`: health_score",
        ),
        ("{{ account_name }}", "{{ arr | currency }}", "did you mean `money`?"),
        ("{{ account_name }}", "{{ account.name }}", "write `account_name`"),
        (
            "en: {subject",
            "{subject",
            "write a message for each language, such as `en: {subject: ..., body: ...}`",
        ),
    ],
)
def test_the_help_is_what_was_meant(old: str, new: str, hint: str | None) -> None:
    found = problems(old, new)
    assert len(found) == 1, [problem.message for problem in found]
    assert hint is None or found[0].hint == hint


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{{ account name }}", "`account name` is two names: a name has no spaces"),
        (
            "{{ account_name }",
            "`{{ account_name }` lacks a brace: it is written `{{ account_name }}`",
        ),
        ("{% if arr > 5 %}x{% end if %}", "`{% end if %}` is written `{% endif %}`"),
        ("{% if arr > 5 arr %}x{% endif %}", "one value is shown, or one condition asked"),
    ],
)
def test_what_a_template_gets_wrong_is_said_in_plain_words(written: str, message: str) -> None:
    (problem,) = problems("{{ account_name }}", written)
    assert message in problem.message
