"""Functions of events as they are written, and the help where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.strategies import FIELDS, problems_below, scalar
from tenure.engine.language.condition import Scope, load_condition
from tenure.engine.language.formatter import format_expression

CASES = Path(__file__).parent / "language_cases"
SCOPE = Scope(
    FIELDS,
    events={
        "tickets": {
            "minutes": ("number", ()),
            "priority": ("text", ("low", "high")),
            "closed_at": ("date", ()),
        },
        "logins": {},
    },
)
RIGHT = [
    line.rpartition("; ") for line in (CASES / "event_right.txt").read_text("utf-8").splitlines()
]
WRONG = (CASES / "event_wrong.txt").read_text("utf-8").strip().split("\n\n")


@pytest.mark.parametrize(("written", "canonical"), [(a, b) for a, _, b in RIGHT])
def test_it_has_one_canonical_spelling(written: str, canonical: str) -> None:
    e, problems = load_condition(scalar(written), SCOPE)
    assert problems == []
    assert e is not None
    assert format_expression(e) == canonical
    again, problems = load_condition(scalar(canonical), SCOPE)
    assert again is not None
    assert (format_expression(again), problems) == (canonical, [])


def shown(text: str) -> str:
    """Return the text with every problem below it, at its place."""
    return problems_below(text, SCOPE)


@pytest.mark.parametrize("block", WRONG)
def test_what_is_wrong_is_shown_with_its_place_and_what_to_write(block: str) -> None:
    assert shown(block.partition("\n")[0]) == block


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (
            "count(tickets, 30 days where priority == 'high') > 3",
            "count(tickets where priority == 'high', 30 days)",
        ),
        (
            "count(tickets, priority == 'high', 30 days) > 3",
            "count(tickets where priority == 'high', 30 days)",
        ),
        ("sum(tickets.minutes, minutes > 3) > 3", "sum(tickets.minutes where minutes > 3)"),
    ],
)
def test_a_condition_in_another_place_is_written_out_in_the_right_one(
    written: str, meant: str
) -> None:
    _, problems = load_condition(scalar(written), SCOPE)
    assert [problem.hint for problem in problems] == [f"write {meant}"]
    assert load_condition(scalar(meant), SCOPE, "number")[1] == []


def test_without_tables_a_function_of_events_says_where_they_are_declared() -> None:
    _, (problem,) = load_condition(scalar("count(tickets, 30 days) > 3"), Scope(FIELDS))
    assert problem.code == "unknown-events"
    assert "declare tables under `events:` in fields.yaml" in (problem.hint or "")


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("minutes" + " + minutes" * 60 + " > 3", None),
        ("minutes" + " + minutes" * 64 + " > 3", "deep-condition"),
        ("min(" * 20 + "minutes" + ", 3)" * 20 + " > 3", "deep-condition"),
        ("closed_at + 100 years > today", None),
        ("closed_at + 9000 years > today", "wrong-duration"),
        ("closed_at - 9000 years < today", "wrong-duration"),
    ],
)
@pytest.mark.parametrize(
    "call", ["count(tickets where {}, 30 days)", "sum(tickets.minutes where {})"]
)
def test_a_condition_of_events_has_the_limits_of_others(
    call: str, where: str, code: str | None
) -> None:
    problems = load_condition(scalar(call.format(where) + " > 1"), SCOPE)[1]
    assert [problem.code for problem in problems] == ([code] if code else [])
