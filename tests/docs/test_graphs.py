"""A drawing in the docs has fewer arrows than `tenure graph` prints, and loses no transition."""

from __future__ import annotations

from tenure_docs.simplify import simplify

HEAD = '---\ntitle: "Title"\n---\nstateDiagram-v2\n  direction LR\n  state "A" as a\n'


def arrows(text: str) -> list[str]:
    return sorted(line.strip() for line in simplify(HEAD + text).splitlines() if "-->" in line)


def test_an_arrow_that_leaves_every_state_is_drawn_once() -> None:
    text = (
        "  enrolled --> a: x\n  enrolled --> out: y\n  a --> b: x\n  a --> out: y\n  b --> out: y\n"
    )
    assert arrows(text) == ["a --> b: x", "any_out --> out: y", "enrolled --> a: x"]
    assert '  state "Any state" as any_out\n' in simplify(HEAD + text)


def test_it_says_so_where_the_arrow_does_not_leave_enrolled() -> None:
    text = "  enrolled --> a: x\n  a --> b: x\n  a --> out: y\n  b --> out: y\n"
    assert arrows(text) == ["a --> b: x", "any_out --> out: y", "enrolled --> a: x"]
    assert '  state "Any state but Enrolled" as any_out\n' in simplify(HEAD + text)


def test_an_arrow_that_some_states_lack_stays() -> None:
    text = "  enrolled --> a: x\n  a --> b: x\n  a --> out: y\n  b --> out: z\n  c --> out: y\n"
    assert arrows(text) == sorted(line.strip() for line in text.splitlines())


def test_of_two_states_each_keeps_its_arrow() -> None:
    text = "  enrolled --> out: y\n  a --> out: y\n"
    assert arrows(text) == ["a --> out: y", "enrolled --> out: y"]


def test_three_openings_are_one_arrow_and_two_are_two() -> None:
    one, two, three = (
        f"  [*] --> enrolled: {id}#58; status == 'active'\n" for id in ("p", "q", "r")
    )
    assert arrows(one + two) == [one.strip(), two.strip()]
    assert arrows(one + two + three) == ["[*] --> enrolled: one of 3 triggers, p, q, r"]


def test_the_drawing_has_no_title_and_goes_down() -> None:
    drawn = simplify(HEAD)
    assert drawn.startswith("stateDiagram-v2\n  direction TB\n")
    assert "title" not in drawn
