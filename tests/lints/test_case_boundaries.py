"""Cases that meet at a number: gaps and overlaps are found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.lints import condition_pair, lint_playbook_text, lint_texts

ACTIONS = """\
playbook: check
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {{within: 7 days, then: skip}}
timeline:
  anchor: renewal_date
  steps:
    - id: check
      at: -30 days
      do:
"""


def codes(*conditions: str) -> list[str]:
    """The codes of the lints about a step whose actions have these conditions."""
    actions = [
        f'        - task: {{id: a{number}, owner: csm, when: "{when}"}}\n'
        for number, when in enumerate(conditions)
    ]
    return [p.code for p in lint_playbook_text(ACTIONS.format() + "".join(actions))]


@pytest.mark.parametrize(
    "conditions",
    [
        ("arr < 50", "arr > 50"),
        ("50 > arr", "50 < arr"),
        ("arr < 50 and csm is missing", "arr > 50 and csm is missing"),
        ("days_until(renewal_date) < 0", "days_until(renewal_date) > 0"),
        ("not arr >= 50", "arr > 50"),
        ("arr between 0 and 10", "arr < 50 and arr > 20", "arr > 50"),
        ("renewal_date < 2026-07-01", "renewal_date > 2026-07-01"),
        ("arr < 50", "arr > 50", "csm is missing"),
    ],
)
def test_a_number_that_both_leave_out_is_a_gap(conditions: tuple[str, ...]) -> None:
    assert codes(*conditions) == ["gap-between-cases"]


@pytest.mark.parametrize(
    "conditions",
    [
        ("arr <= 50", "arr >= 50"),
        ("arr between 0 and 50", "arr between 50 and 100"),
        ("not arr > 50", "arr >= 50"),
        ("arr <= 50 and csm is missing", "csm is missing and arr >= 50"),
    ],
)
def test_a_number_that_both_include_is_an_overlap(conditions: tuple[str, ...]) -> None:
    assert codes(*conditions) == ["overlapping-cases"]


@pytest.mark.parametrize(
    "conditions",
    [
        ("arr < 50", "arr >= 50"),
        ("arr <= 50", "arr > 50"),
        ("arr < 50", "arr == 50", "arr > 50"),
        ("arr < 50", "arr > 50", "arr between 40 and 60"),
        ("arr < 50", "arr > 80"),
        ("arr <= 50", "arr >= 20"),
        ("arr < 50", "seats_active > 50"),
        ("arr < 50 and csm is missing", "arr > 50 and csm is not missing"),
        ("change(arr, 30 days) < 0", "change(arr, 30 days) > 0"),
        ("arr - seats_active < 0", "arr - seats_active > 0"),
        ("renewal_date > anchor", "renewal_date < anchor"),
        ("arr != 50",),
        ("arr < 50 or arr > 50",),
        ("segment == 'growth'", "segment != 'growth'"),
    ],
)
def test_other_conditions_are_fine(conditions: tuple[str, ...]) -> None:
    assert codes(*conditions) == []


def test_a_transition_without_a_condition_closes_the_gap(tmp_path: Path) -> None:
    text = """\
playbook: look
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
machine:
  initial: new
  states:
    - {id: new}
    - {id: small, final: true, do: [{task: {owner: csm}}]}
    - {id: large, final: true}
    - {id: other, final: true}
  transitions:
    - {from: new, to: small, after: 1 day, when: arr < 50}
    - {from: new, to: large, after: 1 day, when: arr > 50}
    - {from: new, to: other, after: 1 day}
"""
    assert lint_texts(tmp_path / "a", {"look.yaml": text})[0] == []
    without = text.replace("    - {from: new, to: other, after: 1 day}\n", "").replace(
        "    - {id: other, final: true}\n", ""
    )
    problems, _ = lint_texts(tmp_path / "b", {"look.yaml": without})
    assert [problem.code for problem in problems] == ["gap-between-cases"]


@pytest.mark.parametrize(("states", "reported"), [(("small", "large"), False), (("small",), True)])
def test_actions_of_different_states_are_no_cases(states: tuple[str, ...], reported: bool) -> None:
    tasks = [
        f"{{task: {{id: a{n}, owner: csm, when: arr {sign} 50}}}}" for n, sign in enumerate("<>")
    ]
    listed = [[tasks[0]], [tasks[1]]] if len(states) == 2 else [tasks]
    text = """\
playbook: look
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
machine:
  initial: new
  states:
    - {id: new}
"""
    for state, do in zip(states, listed, strict=True):
        text += f"    - {{id: {state}, final: true, do: [{', '.join(do)}]}}\n"
    text += "  transitions:\n"
    for n, state in enumerate(states):
        text += f"    - {{from: new, to: {state}, when: seats_active == {n}}}\n"
    assert [p.code for p in lint_playbook_text(text)] == ["gap-between-cases"] * reported


_SIGNS = st.sampled_from(["<", "<=", ">", ">="])


@given(_SIGNS, st.integers(1, 5), _SIGNS, st.integers(1, 5), st.booleans())
def test_the_lints_say_what_every_number_says(
    sign: str, number: int, other_sign: str, other: int, negated: bool
) -> None:
    """The oracle evaluates both conditions around the numbers, without taking them apart."""
    texts = (f"arr {sign} {number}", f"arr {other_sign} {other}")
    texts = (f"not ({texts[0]})", texts[1]) if negated else texts
    one, two = condition_pair(*texts)
    around = [n / 4 for n in range(25)]
    both = [n for n in around if one(n) and two(n)]
    none = [n for n in around if not (one(n) or two(n))]
    expected = []
    if len(both) == 1:
        expected = ["overlapping-cases"]
    if len(none) == 1:
        expected = ["gap-between-cases"]
    assert codes(*texts) == expected
