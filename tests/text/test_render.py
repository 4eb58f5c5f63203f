"""Problems as a person reads them."""

from hypothesis import given
from hypothesis import strategies as st
from tenure.engine.core.problems import Problem, Span
from tenure.engine.text.problem_text import count, display_width, render, sort


def at(line, column, end_column, file="a.yaml", end_line=None):
    return Span(file, line, column, end_line or line, end_column)


def shown(problem, source):
    return render([problem], {"a.yaml": source}).split("\n\n")[0]


def test_no_problems_give_no_text():
    assert render([], {}) == ""


def test_code_place_line_caret_and_help():
    problem = Problem("unknown-key", "`anchr` is not a key", at(2, 3, 8), "did you mean `anchor`?")
    assert render([problem], {"a.yaml": "timeline:\n  anchr: x\n"}) == (
        "error[unknown-key]: `anchr` is not a key\n"
        " --> a.yaml:2:3\n"
        "  |\n"
        "2 |   anchr: x\n"
        "  |   ^^^^^\n"
        "  = help: did you mean `anchor`?\n"
        "\n"
        "1 error\n"
    )


def test_without_a_place_only_message_and_help_are_shown():
    problem = Problem("no-playbooks", "there is no playbook", hint="write one")
    assert shown(problem, "") == "error[no-playbooks]: there is no playbook\n = help: write one"


def test_file_without_text_is_shown_by_its_name():
    assert shown(Problem("x", "m", at(3, 1, 2, "b.yaml")), "") == "error[x]: m\n --> b.yaml:3:1"


def test_other_places_are_shown_in_the_order_of_lines_and_files():
    problem = Problem(
        "duplicate-id",
        "twice",
        at(12, 1, 3),
        None,
        ((at(2, 1, 3), "first here"), (at(1, 1, 2, "b.yaml"), "and there")),
        "warning",
    )
    sources = {"a.yaml": "\n".join(f"l{n}" for n in range(20)), "b.yaml": "x"}
    assert render([problem], sources) == (
        "warning[duplicate-id]: twice\n"
        "  --> a.yaml:12:1\n"
        "   |\n"
        " 2 | l1\n"
        "   | -- first here\n"
        "...\n"
        "12 | l11\n"
        "   | ^^\n"
        "  ::: b.yaml:1:1\n"
        "   |\n"
        " 1 | x\n"
        "   | - and there\n"
        "\n"
        "1 warning\n"
    )


def test_carets_are_as_wide_as_what_they_mark():
    assert shown(Problem("x", "m", at(1, 4, 6)), "é: 漢字: x").endswith(
        "1 | é: 漢字: x\n  |    ^^^^"
    )
    assert shown(Problem("x", "m", at(1, 3, 4)), "漢字x").endswith("1 | 漢字x\n  |     ^")
    assert shown(Problem("x", "m", at(1, 3, 4)), "e\u0301x").endswith("\n  |  ^")


def test_tabs_are_shown_as_spaces():
    assert shown(Problem("x", "m", at(1, 2, 4)), "\tab").endswith("1 |     ab\n  |     ^^")


def test_long_lines_are_cut_around_the_place():
    line = "x" * 300 + "HERE" + "y" * 300
    *_, source, carets = shown(Problem("x", "m", at(1, 301, 305)), line).split("\n")
    assert source.startswith("1 | …xxx")
    assert source.endswith("yyy…")
    assert len(source) < 110
    assert source[carets.index("^") : carets.rindex("^") + 1] == "HERE"


def test_place_over_several_lines_is_marked_to_the_end_of_the_first():
    assert shown(Problem("x", "m", at(1, 4, 3, end_line=3)), "a: bcd  \n e\n f").endswith(
        "|    ^^^"
    )


def test_place_behind_the_end_of_a_line_gets_one_caret():
    assert shown(Problem("x", "m", at(1, 3, 3)), "a:").endswith("1 | a:\n  |   ^")


def test_place_behind_the_end_of_the_file_is_shown_without_a_line():
    assert shown(Problem("x", "m", at(9, 1, 2)), "a:") == "error[x]: m\n --> a.yaml:9:1"


def test_what_a_terminal_would_obey_is_not_passed_on():
    problem = Problem("x", "found \x1b[2Jtext\u202e", at(1, 1, 2), "h\x07")
    assert all(
        c.isprintable() or c == "\n" for c in render([problem], {"a.yaml": "\x1b[31mred\u202e"})
    )


def test_colour_only_on_request():
    problem = Problem("x", "m", at(1, 1, 2), "h")
    coloured = render([problem], {"a.yaml": "ab"}, colour=True)
    assert "\x1b[1;31merror[x]\x1b[0m" in coloured
    plain = coloured
    for code in ("1;31", "1;33", "1;34", "1;36", "1", "0"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == render([problem], {"a.yaml": "ab"})


def test_problems_come_by_file_line_column_and_code_each_once():
    found = [
        Problem("b", "m", at(2, 1, 2)),
        Problem("a", "m", at(2, 1, 2)),
        Problem("c", "m", at(10, 1, 2, "0.yaml")),
        Problem("d", "m", at(1, 5, 6)),
        Problem("e", "m"),
        Problem("a", "m", at(2, 1, 2)),
    ]
    assert [problem.code for problem in sort(found)] == ["e", "c", "d", "a", "b"]


def test_count():
    error, warning = Problem("x", "m"), Problem("x", "m", severity="warning")
    assert count([error]) == "1 error"
    assert count([error, warning, error]) == "2 errors, 1 warning"
    assert count([warning, warning]) == "2 warnings"


spans = st.builds(at, st.integers(1, 5), st.integers(1, 30), st.integers(1, 30))


@given(
    st.lists(st.builds(Problem, st.just("x"), st.text(max_size=9), spans)),
    st.text(max_size=80),
    st.randoms(),
)
def test_same_problems_give_the_same_text_in_whatever_order(problems, source, random):
    shuffled = random.sample(problems, len(problems))
    assert render(problems, {"a.yaml": source}) == render(shuffled, {"a.yaml": source})


def test_columns():
    assert [display_width(text) for text in ("abc", "漢", "e\u0301", "é")] == [3, 2, 1, 1]
