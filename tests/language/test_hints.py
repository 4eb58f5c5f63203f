"""Help that is followed gives what was meant: never another condition, and never one that is wrong again.

Each line of `hints.txt` is a text and what it means, or the two things that it can mean.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tenure.engine.core.problems import Problem, Span
from tenure.engine.language.condition import Scope, load_condition
from tenure.engine.language.expressions import Constant
from tenure.engine.language.formatter import format_expression
from tenure.engine.language.wording_rows import REMOVE
from tenure.engine.text.yaml_nodes import Scalar

PLACE = Span("tenure.yaml", 1, 1, 1, 1)
CASES = Path(__file__).parent / "language_cases" / "hints.txt"
SCOPE = Scope(
    {
        "account_id": ("text", ()),
        "arr": ("number", ()),
        "auto_renew": ("boolean", ()),
        "csm": ("text", ()),
        "echeance": ("date", ()),
        "health_score": ("number", ()),
        "last_login_date": ("date", ()),
        "nps_rating": ("number", ()),
        "nps_score": ("number", ()),
        "plan_utilisation": ("number", ()),
        "renewal_date": ("date", ()),
        "segment": ("text", ("enterprise", "growth", "mid_market")),
        "signup_date": ("date", ()),
        "tags": ("list", ("beta", "vip")),
    },
    variables={
        "at_risk_line": Constant(40, "number", PLACE),
        "launch": Constant(dt.date(2026, 1, 31), "date", PLACE),
        "main_segment": Constant("growth", "text", PLACE),
    },
)
MOST_STEPS = 6
"""Help followed one after the other until nothing is wrong."""


def cases() -> list[tuple[str, list[str]]]:
    lines = CASES.read_text("utf-8").splitlines()
    rows = [line.split(" ;; ") for line in lines if line and not line.startswith("#")]
    return [(row[0], row[1:]) for row in rows]


def load(text: str) -> tuple[str | None, list[Problem]]:
    """The canonical text of a condition, and what is wrong with it."""
    span = Span("case.yaml", 1, 1, 1, len(text) + 1)
    e, problems = load_condition(Scalar(text, text, span), SCOPE)
    return (format_expression(e) if e is not None else None), problems


def replacements(hint: str) -> list[str]:
    """What a hint says to write: all of it, or each side of an `if`."""
    quoted = re.findall(r"`([^`]+)`", hint) if hint.startswith("did you mean") else []
    if quoted:
        return quoted
    if hint.startswith("texts are written in quotes: "):
        return [hint.partition(": ")[2]]
    if hint == REMOVE:
        return [""]
    hint = hint.removeprefix("without quotes, ")
    if not re.search(r"(^|: )write ", hint):
        return []
    said = re.split(r"(?:^|: )write ", hint, maxsplit=1)[1]
    if " if " in said:
        return [re.sub(r" if .*", "", part) for part in re.split(r", (?!'|\")", said)]
    said = re.sub(r"( without quotes|, about as long|, or add them to a date.*)$", "", said)
    return re.split(r", or (?=not )", said)


def followed(text: str, problem: Problem, new: str) -> Iterator[str]:
    """The text with the help followed: at the place marked, or at one value in it."""
    assert problem.span is not None
    start, end = problem.span.column - 1, problem.span.end_column - 1
    yield text[:start] + new + text[end:]
    for value in re.finditer(r"'[^']*'|\"[^\"]*\"|\b\d[\w.]*( \w+)?", text[start:end]):
        yield text[: start + value.start()] + new + text[start + value.end() :]


def meanings(text: str, steps: int = MOST_STEPS) -> set[str]:
    """The conditions to which the help leads."""
    canonical, problems = load(text)
    if canonical is not None:
        return {canonical}
    found: set[str] = set()
    for problem in problems if steps else ():
        for new in replacements(problem.hint or ""):
            changes = (meanings(each, steps - 1) for each in followed(text, problem, new))
            found |= next((change for change in changes if change), set())
        if found:
            break
    return found


@pytest.mark.parametrize(("text", "meant"), cases())
def test_help_that_is_followed_gives_what_was_meant(text: str, meant: list[str]) -> None:
    expected = set()
    for each in meant:
        canonical, problems = load(each)
        assert problems == []
        expected.add(canonical)
    assert load(text)[0] is None
    assert meanings(text) == expected
