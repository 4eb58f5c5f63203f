"""Texts and structures as ops people write them, and what they are told where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.strategies import FIELDS, SCOPE, problems_below, scalar
from tenure.engine.core.problems import Span
from tenure.engine.language.condition import Scope, load_condition
from tenure.engine.language.formatter import format_expression
from tenure.engine.text.problem_codes import PROBLEM_CODES
from tenure.engine.text.yaml_reader import read_yaml

CASES = Path(__file__).parent / "language_cases"
ACCOUNT = Scope(FIELDS)
"""What stands in a playbook's `for:`: no enrolment, no defined names."""


def blocks(name: str) -> list[str]:
    text = (CASES / name).read_text("utf-8")
    return [block for block in text.split("\n\n") if not block.startswith("#") and block.strip()]


def rights() -> list[tuple[str, str]]:
    lines = (CASES / "right.txt").read_text("utf-8").splitlines()
    pairs = [line.rpartition("; ") for line in lines if not line.startswith("#")]
    return [(written, canonical) for written, _, canonical in pairs]


@pytest.mark.parametrize(("written", "canonical"), rights())
def test_what_is_right_has_one_canonical_spelling(written: str, canonical: str) -> None:
    e, problems = load_condition(scalar(written), SCOPE)
    assert problems == []
    assert e is not None
    assert format_expression(e) == canonical


def shown(text: str) -> str:
    """The text with every problem below it, at its place."""
    return problems_below(text, ACCOUNT)


@pytest.mark.parametrize("block", blocks("wrong.txt"))
def test_what_is_wrong_is_shown_with_its_place_and_what_to_write(block: str) -> None:
    assert shown(block.split("\n")[0]) == block.rstrip("\n")


def told(text: str) -> str:
    """What a structure means, or what is wrong with it."""
    node, problems = read_yaml(text, "case.yaml")
    assert node is not None
    assert problems == []
    e, problems = load_condition(node, SCOPE)
    if e is not None:
        return f"=> {format_expression(e)}"
    lines = []
    for problem in problems:
        assert problem.code in PROBLEM_CODES
        assert problem.span is not None
        hint = f" | {problem.hint}" if problem.hint else ""
        lines.append(
            f"!! {problem.span.line}:{problem.span.column} {problem.code}: {problem.message}{hint}"
        )
    return "\n".join(lines)


@pytest.mark.parametrize("block", blocks("structured.txt"))
def test_structures_mean_what_the_text_means(block: str) -> None:
    lines = block.rstrip("\n").split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith(("=> ", "!! ")))
    assert told("\n".join(lines[:first]) + "\n") == "\n".join(lines[first:])


def test_a_condition_may_be_ten_thousand_characters_long_and_no_longer() -> None:
    longest = "health_score < 70" + " " * (10_000 - 17)
    assert load_condition(scalar(longest), ACCOUNT)[1] == []
    assert [p.code for p in load_condition(scalar(longest + " "), ACCOUNT)[1]] == ["long-condition"]


@pytest.mark.parametrize(
    "text",
    [
        "(" * 65 + "true" + ")" * 65,
        "not " * 65 + "true",
        "-" * 65 + "seats > 3",
        "seats" + " + seats" * 70 + " > 3",
        "(" * 9_990,
        "abs(" * 70 + "1" + ")" * 70 + " > 3",
    ],
)
def test_too_deep_a_condition_is_refused(text: str) -> None:
    assert [problem.code for problem in load_condition(scalar(text), ACCOUNT)[1]] == [
        "deep-condition"
    ]


def test_sixty_brackets_are_fine() -> None:
    assert load_condition(scalar("(" * 60 + "true" + ")" * 60), ACCOUNT)[1] == []


@pytest.mark.parametrize("sign", ["+", "-", "*"])
def test_arithmetic_may_have_sixty_four_values(sign: str) -> None:
    for more, codes in ((63, []), (64, ["deep-condition"])):
        text = "seats" + f" {sign} seats" * more + " > 3"
        assert [problem.code for problem in load_condition(scalar(text), ACCOUNT)[1]] == codes


@pytest.mark.parametrize(
    "text",
    [
        "min(" * 20 + "seats" + ", 3)" * 20 + " > 3",
        "choose(" * 20 + "auto_renew" + ", opt_out, auto_renew)" * 20,
        "1 / (" * 30 + "1 + seats" + ")" * 30 + " > 3",
        "anniversary(" * 10 + "signup_date" + ")" * 10 + " > today",
    ],
)
def test_what_would_blow_up_in_columns_is_refused(text: str) -> None:
    assert [problem.code for problem in load_condition(scalar(text), ACCOUNT)[1]] == [
        "deep-condition"
    ]


@pytest.mark.parametrize(
    ("text", "expect"),
    [
        ("renewal_date" + " + (renewal_date - signup_date)" * 40 + " > today", "boolean"),
        ("renewal_date" + " - 100 years" * 20 + " > today", "boolean"),
        (
            "choose(auto_renew, renewal_date, today - 100 years)"
            + " - 100 years" * 20
            + " > today",
            "boolean",
        ),
        (
            "renewal_date + 100 years + 100 years + 100 years + 100 years + 100 years + 100 years",
            "date",
        ),
    ],
)
def test_dates_that_leave_the_calendar_are_refused(text: str, expect: str) -> None:
    _, problems = load_condition(scalar(text), ACCOUNT, expect)  # type: ignore[arg-type]
    assert [problem.code for problem in problems] == ["wrong-duration"]


def test_definitions_cannot_multiply_without_bound() -> None:
    definitions = {"d0": load_condition(scalar("health_score < 70"), ACCOUNT)[0]}
    codes: list[str] = []
    for n in range(1, 12):
        scope = Scope(FIELDS, definitions={k: e for k, e in definitions.items() if e is not None})
        e, problems = load_condition(scalar(" and ".join([f"d{n - 1}"] * 10)), scope)
        definitions[f"d{n}"] = e
        codes += [problem.code for problem in problems]
        if e is None:
            break
    assert codes == ["deep-condition"]


def test_definitions_cannot_be_stacked_too_deep() -> None:
    definitions = {"d0": load_condition(scalar("auto_renew"), ACCOUNT)[0]}
    for n in range(1, 100):
        scope = Scope(FIELDS, definitions={k: e for k, e in definitions.items() if e is not None})
        definitions[f"d{n}"], problems = load_condition(scalar(f"not d{n - 1}"), scope)
        if problems:
            break
    assert n < 64
    assert [problem.code for problem in problems] == ["deep-condition"]


def test_a_long_row_of_conditions_is_fine() -> None:
    e, problems = load_condition(scalar(" or ".join(["seats > 3"] * 500)), ACCOUNT)
    assert problems == []
    assert e is not None


LINES = ["health_score < 70", "and helth_score > 3", "and csm IS NOT NULL and csm =! 'Zoé'"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("head", ["when: |", "when: >-", "when: >", "when:"])
def test_problems_of_text_over_several_lines_show_their_place(head: str, end: str) -> None:
    text = end.join([head, *(f"  {line}" for line in LINES), "then: 1"]) + end
    node, _ = read_yaml(text, "case.yaml")
    assert node is not None
    value = node.get("when")  # type: ignore[union-attr]
    assert value is not None
    _, problems = load_condition(value, ACCOUNT)
    lines = text.splitlines()
    shown = {
        lines[p.span.line - 1][p.span.column - 1 : p.span.end_column - 1]
        for p in problems
        if p.span
    }
    assert shown == {"helth_score", "IS NOT NULL", "=!"}


def test_a_problem_over_several_lines_ends_on_its_last_one() -> None:
    text = "when: >\n  health_score < 70 and\n  csm IS NOT\n   NULL\n"
    node, _ = read_yaml(text, "case.yaml")
    value = node.get("when")  # type: ignore[union-attr]
    _, (problem,) = load_condition(value, ACCOUNT)  # type: ignore[arg-type]
    assert problem.code == "wrong-missing"
    assert problem.span == Span("case.yaml", 3, 7, 4, 8)
    assert problem.fix is None


def test_a_long_text_with_blank_lines_has_its_places_too() -> None:
    text = "when: >\n\n  health_score < 70\n\n  and helth_score > 3\n"
    node, _ = read_yaml(text, "case.yaml")
    value = node.get("when")  # type: ignore[union-attr]
    _, (problem,) = load_condition(value, ACCOUNT)  # type: ignore[arg-type]
    assert problem.span == Span("case.yaml", 5, 7, 5, 18)


@pytest.mark.parametrize(
    ("text", "expect"),
    [("renewal_date + 3 months", "date"), ("seats * 2", "number"), ("3 weeks", "duration")],
)
def test_other_types_may_be_expected(text: str, expect: str) -> None:
    e, problems = load_condition(scalar(text), ACCOUNT, expect)  # type: ignore[arg-type]
    assert problems == []
    assert e is not None
    assert e.type == expect


def test_another_type_than_expected_is_a_problem() -> None:
    e, problems = load_condition(scalar("seats"), ACCOUNT, "date")
    assert e is None
    assert [(p.code, p.message) for p in problems] == [
        ("mixed-types", "`seats` is a number; a date is needed here")
    ]
