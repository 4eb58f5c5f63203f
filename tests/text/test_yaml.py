"""Reading YAML: what plain words mean, what is refused, and that every node knows its place."""

import io
import json
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from support.profiles import examples
from tenure import playbooks
from tenure.engine.text import yaml_reader
from tenure.engine.text.input_files import MAX_BYTES, decode
from tenure.engine.text.problem_text import render
from tenure.engine.text.yaml_events import read_by_libyaml
from tenure.engine.text.yaml_nodes import Mapping, Scalar, Sequence
from tenure.engine.text.yaml_reader import MAX_NODES, MAX_PROBLEMS, read_yaml


def read(text):
    node, problems = read_yaml(text, "f.yaml")
    assert problems == []
    return node


def codes(text):
    return [problem.code for problem in read_yaml(text, "f.yaml")[1]]


def plain(node):
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return {entry.key: plain(entry.value) for entry in node}
    return [plain(item) for item in node.items]


def cut(text, span):
    """What a span covers, with its first line's indentation, so that it reads as it stood."""
    lines = text.replace("\r\n", "\n").split("\n")[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = " " * (span.column - 1) + lines[0][span.column - 1 :]
    return "\n".join(lines)


def nodes(node):
    yield node
    for inner in (
        [entry.value for entry in node]
        if isinstance(node, Mapping)
        else node.items
        if isinstance(node, Sequence)
        else []
    ):
        yield from nodes(inner)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("Off", "Off"),
        ("2026-01-31", "2026-01-31"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("=", "="),
        ("true", True),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("nULL", "nULL"),
        ("12", 12),
        ("+12", 12),
        ("-0", 0),
        ("007", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.5E-1", -0.05),
        (".", "."),
        ("-", "-"),
        ("+.", "+."),
        ("1.2.3", "1.2.3"),
        ("١٢", "١٢"),
        ("'12'", "12"),
        ('"no"', "no"),
        ("'~'", "~"),
    ],
)
def test_plain_words_mean_what_the_core_schema_says(written, value):
    if written in ("-", ""):
        node = read(f"[ {written!r} ]" if written else "a:")
        assert written == "-" or plain(node) == {"a": None}
        return
    found = plain(read(f"a: {written}\n"))["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "written", [".inf", "-.INF", ".nan", "1e999", "-1e999", "9" * 41, "0x" + "f" * 99]
)
def test_number_without_a_finite_value_is_refused(written):
    assert codes(f"a: {written}\n") == ["bad-number"]


def test_harmless_keys_are_taken_as_the_text_they_are_written_as():
    assert plain(read("1: a\n0x10: b\ntrue: c\non: d\n2026-01-31: e\n'~': f\n")) == {
        "1": "a",
        "0x10": "b",
        "true": "c",
        "on": "d",
        "2026-01-31": "e",
        "~": "f",
    }


@pytest.mark.parametrize(
    "text", ["~: a\n", "null: a\n", ": a\n", "? [a]\n: b\n", "{a: b}: c\n", "[a]: b\n"]
)
def test_key_that_is_no_text_is_refused(text):
    assert codes(text) == ["yaml-key"]


def test_a_template_without_quotes_has_a_hint_to_quote_it():
    node, problems = read_yaml("subject: {{ name }}\nbody: x\n", "f.yaml")
    assert [problem.code for problem in problems] == ["yaml-key"]
    assert "quotes" in problems[0].hint
    assert plain(node) == {"subject": "{{ name }}", "body": "x"}


def test_duplicate_keys_are_shown_with_both_places_and_the_rest_is_still_read():
    node, (problem,) = read_yaml("a: 1\nb: 2\n'a': 3\n", "f.yaml")
    assert (problem.code, problem.span.line) == ("duplicate-key", 3)
    assert [(span.line, label) for span, label in problem.also] == [(1, "first written here")]
    assert plain(node) == {"a": 1, "b": 2}


@pytest.mark.parametrize("dash", ["- ", "-   "])
def test_a_missing_dash_is_one_problem_that_says_where_it_belongs(dash):
    indent = " " * len(dash)
    first = f"{dash}id: a\n{indent}at: 1\n{indent}do: x\n"
    second = f"{indent}id: b\n{indent}at: 2\n{indent}do: y\n"
    _, (problem,) = read_yaml(first + second, "f.yaml")
    assert (problem.code, problem.span.line) == ("duplicate-key", 4)
    assert (
        problem.hint == "if the next item begins here, write `- id:`; otherwise keep one of the two"
    )
    meant = first + second.replace(f"{indent}id", f"{dash}id")
    assert [plain(each)["id"] for each in read(meant).items] == ["a", "b"]


def test_a_key_written_twice_within_an_item_or_outside_lists_begins_none():
    for text in ("- id: a\n  at: 1\n  at: 2\n", "id: a\nid: b\n", "- {id: a, id: b}\n"):
        _, (problem,) = read_yaml(text, "f.yaml")
        assert problem.hint == "keep one of the two"


def test_keys_that_read_alike_are_duplicates():
    assert codes("1: a\n'1': b\n") == ["duplicate-key"]


def test_alias_bomb_is_refused_before_anything_grows():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    node, problems = read_yaml("\n".join(lines), "f.yaml")
    assert node is None
    assert {problem.code for problem in problems} == {"yaml-feature"}
    assert len(problems) == MAX_PROBLEMS


@pytest.mark.parametrize(
    "text",
    [
        "a: &b 1\n",
        "a: *b\n",
        "*b : 1\n",
        "<<: {a: 1}\n",
        "<<: [{a: 1}]\n",
        "a: !!str 1\n",
        "a: !mine 1\n",
        "a: !<tag:x> 1\n",
        "a: !e!x 1\n",
        "a: ! 1\n",
        "%YAML 1.1\n---\na: no\n",
        "%TAG ! x\n---\na: no\n",
        "a: 1\n---\nb: 2\n",
        "a: &\n",
        "a: *\n",
    ],
)
def test_yaml_that_hides_meaning_is_refused(text):
    node, problems = read_yaml(text, "f.yaml")
    assert node is None
    assert [problem.code for problem in problems] == ["yaml-feature"]


def test_merge_key_in_quotes_is_a_key():
    assert plain(read("'<<': 1\n")) == {"<<": 1}


def test_document_marks_around_one_document_are_fine():
    assert plain(read("---\na: 1\n...\n")) == {"a": 1}


@pytest.mark.parametrize("text", ["", "\n\n", "# only this\n", "---\n", "~\n", "\ufeff"])
def test_empty_file_is_said_to_be_empty(text):
    node, problems = read_yaml(text, "f.yaml")
    assert node is None
    assert [problem.code for problem in problems] == ["empty-file"]


def test_hundred_thousand_lines_get_a_short_answer():
    node, (problem,) = read_yaml("- a: 1\n" * 100_000, "f.yaml")
    assert node is None
    assert problem.code == "too-large"
    assert problem.message == "the file has 100,001 lines; at most 20,000 are read"


def test_large_files_are_not_read():
    assert codes("a" * (MAX_BYTES + 1)) == ["too-large"]
    assert decode(b"a" * (MAX_BYTES + 1), "f.yaml")[1][0].code == "too-large"


def test_many_values_on_few_lines_are_not_all_read():
    assert codes(f"[{'a,' * MAX_NODES}]") == ["too-large"]


def test_megabyte_of_exclamation_marks_is_refused_at_once():
    assert codes("!" * 1_000_000) == ["yaml-feature"]


@pytest.mark.parametrize("text", ["[" * 5_000, "- " * 5_000, "{a: " * 5_000, "? " * 5_000])
def test_deep_nesting_is_refused(text):
    assert codes(text) == ["too-deep"]


def test_depth_of_64_is_read():
    assert read("[" * 64 + "]" * 64)


@pytest.mark.parametrize("text", ["a:\n\tb: 1\n", "a:\n  b: 1\n \tc: 2\n", "- a\n\t- b: c\n"])
def test_tab_in_the_indentation_is_named(text):
    assert codes(text) == ["tab-indent"]


def test_tabs_elsewhere_are_fine():
    assert plain(read("a:\tb\t# c\nd: 'e\tf'\t\n-x: 1\t\n")) == {"a": "b", "d": "e\tf", "-x": 1}


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: b: c\n", 1, 5, "a second `key: value` cannot stand on this line"),
        (
            "a: 1\nb\nc: 2\n",
            2,
            1,
            "this line is not `key: value`: the colon, or the space after it, is missing",
        ),
        (
            "a:1\nb: 2\n",
            1,
            1,
            "this line is not `key: value`: the colon, or the space after it, is missing",
        ),
        ("a: 1\n  b: 2\n", 2, 3, "this line is indented deeper than the lines that it belongs to"),
        ("a:\n  - b\n - c\n", 3, 2, "this line does not line up with those above it"),
        ("a:\n    b: 1\n  c: 2\n", 3, 3, "this line does not line up with those above it"),
        ("a: 'b\nc: d\n", 1, 4, "this quote is never closed"),
        ("a: [b\nc: d\n", 2, 2, "this list is not closed: a comma or `]` is missing"),
        ("a: {b: 1\nc: d\n", 2, 2, "this map is not closed: a comma or `}` is missing"),
        ("a: [b]]\n", 1, 7, "a `]` closes nothing here"),
        ("a: @b\n", 1, 4, "a value cannot begin with `@`"),
        ("a: %b\n", 1, 4, "a value cannot begin with `%`"),
        ("a: - b\n", 1, 4, "a list item cannot begin here"),
        ("a: 'b' c\n", 1, 8, "text goes on after the end of a value"),
        ("a: | b\n", 1, 6, "after `|` or `>` the text begins on the next line, indented"),
    ],
)
def test_broken_yaml_has_a_plain_message_at_its_position(text, line, column, message):
    node, problems = read_yaml(text, "f.yaml")
    assert node is None
    assert [problem.code for problem in problems] == ["yaml-syntax"]
    assert (problems[0].span.line, problems[0].span.column) == (line, column)
    assert problems[0].message == message


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ("a: > 90 %\n", "if the text itself begins with that sign, put it in quotes"),
        ("a: {b: 'L'équipe', c: d}\n", "text that holds a comma or an apostrophe needs double"),
        ("a: “Renewal: first call”\n", "curly quotes are letters like any others"),
        ("a:\n\u00a0 - {b: c, d: e}\n", "the line holds a no-break space"),
        ("a: Objectif\u00a0: b : c\n", "text that holds `: ` needs quotes"),
        ("a:\n  b: 1\n  at = -60 days\n", "write `at: -60 days`"),
        ("a:\n  b: 1\n  at:-60 days\n", "write `at: -60 days`"),
        ("a: 'Rapport de l'année'\n", "write an apostrophe in single quotes twice"),
        ('a: "Urgent: "your" plan\n', "put a text that holds double quotes in single quotes"),
    ],
)
def test_text_that_people_paste_or_mistype_has_a_hint(text, help_):
    _, problems = read_yaml(text, "f.yaml")
    assert help_ in (problems[0].hint or "")


@pytest.mark.parametrize("sign", ["– ", "— ", "• ", "* ", "-", "•"])
def test_a_list_item_that_begins_with_another_sign_is_corrected(sign):
    _, problems = read_yaml(f"steps:\n  - id: a\n    at: 1\n  {sign}id: b\n    at: 2\n", "f.yaml")
    assert [(each.hint, each.span.line, each.span.column) for each in problems] == [
        ("write `- id: b`", 4, 3)
    ]


@pytest.mark.parametrize("sign", ["– ", "— ", "• ", "* ", "-", "•"])
@pytest.mark.parametrize(
    ("text", "hint", "line"),
    [
        # The first item, whose next key is indented deeper than YAML sees a reason for.
        ("steps:\n  {}id: a\n    at: 1\n  - id: b\n    at: 2\n", "write `- id: a`", 2),
        ("steps:\n\n  {}id: a\n\n    at: 1\n", "write `- id: a`", 3),
        # Nothing after the colon: what belongs to the item is beneath.
        ("do:\n  {}task:\n      title: A\n  - task:\n      title: B\n", "write `- task:`", 2),
        ("do:\n  - task:\n      title: A\n  {}task:\n      title: B\n", "write `- task:`", 4),
    ],
)
def test_so_is_the_first_item_and_one_without_a_value(sign, text, hint, line):
    _, problems = read_yaml(text.format(sign), "f.yaml")
    assert [(each.hint, each.span.line, each.span.column) for each in problems] == [(hint, line, 3)]


def test_a_line_that_no_break_spaces_indent_is_shown_itself():
    _, (problem,) = read_yaml("a:\n  b: 1\n\u00a0\u00a0c: 2\n  d: 3\n", "f.yaml")
    assert (problem.span.line, problem.span.column, problem.span.end_column) == (3, 1, 3)
    assert problem.message == "a no-break space indents this line; YAML takes only plain ones"


def test_problems_before_the_broken_line_are_reported_too():
    assert codes("a: 1\na: 2\nb: &c 3\nd: [\n") == ["duplicate-key", "yaml-feature", "yaml-syntax"]


def test_bytes_are_utf8_with_or_without_a_mark_and_any_line_ends():
    text, problems = decode(b"\xef\xbb\xbfa: \xc3\xa9\r\nb: [1,\r\n  2]\r\n", "f.yaml")
    assert problems == []
    node = read(text)
    assert plain(node) == {"a": "é", "b": [1, 2]}
    assert (node.entries[1].key_span.line, node.entries[1].key_span.column) == (2, 1)


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [(b"a: b\nc: \xe9\n", 2, 4), (b"\xef\xbb\xbf\xe9", 1, 1), ("a: b".encode("utf-16"), 1, 1)],
)
def test_other_encodings_are_refused_at_the_first_wrong_byte(content, line, column):
    text, (problem,) = decode(content, "f.yaml")
    assert text is None
    assert (problem.code, problem.span.line, problem.span.column) == ("not-utf-8", line, column)


def test_lone_carriage_returns_break_lines():
    node = read("a: 1\rb: 2\r")
    assert [(entry.key_span.line, entry.key_span.column) for entry in node] == [(1, 1), (2, 1)]


def test_block_text_ends_with_its_last_line():
    text = "a: |\n  one\n  two\n\n\n# note\nb: 1\n"
    node = read(text)
    assert node.get("a").value == "one\ntwo\n"
    assert cut(text, node.get("a").span).strip() == "|\n  one\n  two"


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff\u2028\u2029"),
        max_size=12,
    ),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcdé_", min_size=1), inner, max_size=4)
    ),
    max_leaves=20,
)
documents = st.dictionaries(st.text("abcdé_", min_size=1), values, min_size=1, max_size=5)


def block_style(document):
    stream = io.StringIO()
    dumper = YAML(typ="safe", pure=True)
    dumper.default_flow_style = False
    dumper.allow_unicode = True
    dumper.dump(document, stream)
    return stream.getvalue()


@given(documents)
def test_json_is_read_as_itself(document):
    assert plain(read(json.dumps(document, ensure_ascii=False))) == document


@given(documents, st.sampled_from([None, 1, 4]))
def test_every_flow_node_can_be_cut_out_of_the_text_and_read_again(document, indent):
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    for node in nodes(read(text)):
        if plain(node) is not None:
            assert plain(read(cut(text, node.span))) == plain(node)


@given(documents)
def test_every_block_node_can_be_cut_out_of_the_text_and_read_again(document):
    text = block_style(document)
    for node in nodes(read(text)):
        if plain(node) not in (None, ""):
            assert plain(read(cut(text, node.span))) == plain(node)
        if isinstance(node, Mapping):
            for entry in node:
                assert plain(read(cut(text, entry.key_span))) in (entry.key, None)


@examples(500)
@given(st.text("ab:-,[]{}'\"|>&*!%@?# \n\t~<\\0é", max_size=40))
def test_whatever_is_written_gives_a_node_or_reasons_with_places(text):
    node, problems = read_yaml(text, "f.yaml")
    assert node is not None or problems
    lines = text.split("\n")
    for problem in problems:
        assert 1 <= problem.span.line <= len(lines)
        assert problem.span.column <= len(lines[problem.span.line - 1]) + 1
        assert problem.code != "yaml-syntax" or problem.message != "this is not YAML"
    assert render(problems, {"f.yaml": text}) or not problems


def test_a_character_escaped_as_two_halves_is_one():
    assert plain(read('"k\\ud83d\\ude00": "\\ud83d\\ude00 \\uD834\\uDD1E"')) == {
        "k\U0001f600": "\U0001f600 \U0001d11e"
    }


@pytest.mark.parametrize("half", ["\\ud800", "\\udc00", "\\ude00\\ud83d", "\\ud83dx\\ude00"])
def test_half_of_a_character_is_refused_with_its_place(half):
    text = f'title: "{half}"\n'
    (problem,) = read_yaml(text, "f.yaml")[1]
    assert render([problem], {"f.yaml": text}).splitlines() == [
        "error[bad-character]: this text has half of a character: a `\\ud...` escape without its other half",
        " --> f.yaml:1:8",
        "  |",
        f'1 | title: "{half}"',
        "  |        " + "^" * (len(half) + 2),
        "  = help: write both halves one after the other, or the character itself",
        "",
        "1 error",
    ]


def test_halves_without_a_backslash_escape_stay_text():
    assert plain(read("a: '\\ud800'\nb: \\ud800")) == {"a": "\\ud800", "b": "\\ud800"}


SHIPPED = [path.read_text() for path in sorted(Path(playbooks.__file__).parent.glob("*.yaml"))]
PIECES = (
    *(
        "a",
        "b: ",
        "- ",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "'",
        '"',
        "#",
        " # c",
    ),
    *(
        "|",
        "|-",
        ">",
        "|2\n   x",
        "|+\n  t\n\n",
        " ",
        "1.5",
        "~",
        "null",
        "é",
        "\\n",
        "\\",
        "''",
        '""',
    ),
    *(
        "---\n",
        "...\n",
        "? ",
        "k: v",
        "\n- x: 1\n  y: 2",
        "!",
        "&a",
        "*a",
        "%",
        "@",
        "`",
        "😀",
        "{{ x }}",
    ),
    *(":a", "http://x", "<<: ", "\n\n", "\r\n", "\t", "-", "key:", "\u00a0", "\u2028"),
)


@st.composite
def disturbed(draw):
    """A part of a shipped playbook with some pieces put in, or pieces alone; it mostly ends as a file does."""
    text = draw(st.sampled_from(["", *SHIPPED]))
    begin = draw(st.integers(0, max(len(text) - 1, 0)))
    text = text[begin : begin + draw(st.integers(0, 400))]
    for piece in draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12)):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + piece + text[at + draw(st.integers(0, 3)) :]
    return text + draw(st.sampled_from(["\n", "\n", ""]))


@examples(2000)
@given(disturbed())
def test_libyaml_reads_what_ruamel_reads(text):
    fast = read_yaml(text, "f.yaml")
    with mock.patch.object(yaml_reader, "read_by_libyaml", return_value=None):
        assert read_yaml(text, "f.yaml") == fast


@pytest.mark.parametrize("text", SHIPPED)
def test_libyaml_reads_every_shipped_playbook(text):
    assert read_by_libyaml(text, MAX_NODES, 64) is not None
    fast = read_yaml(text, "f.yaml")
    with mock.patch.object(yaml_reader, "read_by_libyaml", return_value=None):
        assert read_yaml(text, "f.yaml") == fast
