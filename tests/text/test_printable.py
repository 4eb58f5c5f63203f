"""Text made fit to show: what is replaced, what stays, and that the length of a text costs little."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.hostile import NAMES, obeyed
from tenure.engine.documents.deck import text_fit
from tenure.engine.reports.listing import Listing, listing_json, to_csv
from tenure.engine.reports.table import draw_text_table
from tenure.engine.text import printable
from tenure.engine.text.printable import fit_json, fit_line, fit_lines, fit_width, fit_words

ANY = st.text(st.characters(), max_size=60)
"""Halves of surrogate pairs too."""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fit", [fit_line, fit_lines, fit_words, lambda text: fit_width(text, 40)])
def test_nothing_hostile_is_passed_on(fit: Callable[[str], str], name: str) -> None:
    assert obeyed(fit(name)) == []


@given(ANY)
def test_control_characters_and_halves_never_pass(text: str) -> None:
    shown = fit_lines(text)
    assert not {unicodedata.category(c) for c in shown if c not in "\n\t"} & {
        "Cc",
        "Cs",
        "Zl",
        "Zp",
    }
    assert fit_lines(shown) == shown
    assert "\n" not in fit_line(text)
    ElementTree.fromstring(f"<a>{shown.replace('&', '').replace('<', '')}</a>")


@given(st.recursive(ANY, lambda inner: st.lists(inner, max_size=3)))
def test_json_reads_as_the_same_values(value: object) -> None:
    shown = fit_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(shown) == json.loads(json.dumps(value))
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in shown)


@pytest.mark.parametrize(
    "text",
    ["Zoë Müller-Łódź", "東京", "می‌خواهم", "क्‍ष", "👨‍👩‍👧", "❤️", "1️⃣", "葛\U000e0100", "e\u0301", "12\u202f000\u00a0€"],
)  # fmt: skip
def test_what_people_write_stays(text: str) -> None:
    assert fit_line(text) == fit_lines(text) == text


def test_what_lines_keep_and_what_a_line_makes_of_it() -> None:
    assert fit_lines("a\tb\r\nc\rd\ne\x00") == "a\tb\nc\nd\ne\ufffd"
    assert fit_line("a\tb\nc") == "a    b\ufffdc"
    assert fit_words("  a\t b\r\n c ") == "a b c"


@pytest.mark.parametrize(
    ("text", "widest", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("ab   cdefg", 6, "ab cd…"),
        ("東京都庁", 6, "東京…"),
        ("a" + " " * 5_000 + "b", 6, "a…"),
        ("e" + "\u0301" * 5_000, 6, "e" + "\u0301" * 39 + "…"),
        (" " * 5_000 + "x", 6, "x"),
    ],
)
def test_a_cell_is_cut_to_its_columns(text: str, widest: int, shown: str) -> None:
    assert fit_width(text, widest) == shown


class Counted:
    """Counts the calls of a function."""

    def __init__(self, function: Callable[[str], object]) -> None:
        self.calls, self._function = 0, function

    def __call__(self, value: str) -> object:
        self.calls += 1
        return self._function(value)


def test_a_long_cell_costs_no_more_than_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(printable._column)
    monkeypatch.setattr(printable, "_column", counted)
    calls = []
    for length in (1_000, 1_000_000):
        counted.calls = 0
        table = draw_text_table(Listing(("name",), [("é" * length,), ("e" + "\u0301" * length,)]))
        assert max(map(len, table.splitlines())) < 400
        calls.append(counted.calls)
    assert calls[0] == calls[1] < 2_000


def test_a_word_on_a_slide_is_measured_once_for_each_of_its_letters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted = Counted(text_fit._em)
    monkeypatch.setattr(text_fit, "_em", counted)
    lines = text_fit.wrap("m" * 20_000, 4.0, 20)
    assert "".join(lines) == "m" * 20_000
    assert counted.calls < 6 * 20_000


def test_columns_line_up_by_what_a_terminal_shows() -> None:
    table = draw_text_table(
        Listing(("name", "n"), [("東京", 5), ("e\u0301", None), ("\x1b[1m", -12)])
    )
    assert table.splitlines() == [
        "name      n",
        "------  ---",
        "東京      5",
        "e\u0301",
        "\ufffd[1m    -12",
    ]


def lines_of(cell: str) -> str:
    return "".join(to_csv(Listing(("a", "b"), [("x", cell)])))


@pytest.mark.parametrize("separator", [";", "\t", "\n", "\r", "; ", ';"', "\n\n"])
@pytest.mark.parametrize("sign", ["=", "@", "＝"])
def test_no_part_of_a_cell_becomes_a_formula_where_a_spreadsheet_splits_it(
    separator: str, sign: str
) -> None:
    text = lines_of(f"Vega{separator}{sign}1+1")
    parts = re.split(r"[;\t\n,]", text)
    assert not [part for part in parts if part.lstrip(' "').startswith(("=", "+", "-", "@", "＝"))]
    assert '"' in text


def test_signs_within_words_stay() -> None:
    assert lines_of("a-b=c; d+e") == 'a,b\nx,"a-b=c; d+e"\n'
    assert "".join(listing_json(Listing(("a",), [("Vega;=1+1",)]))) == '[\n{"a": "Vega;=1+1"}\n]\n'


def test_a_message_that_quotes_a_megabyte_is_cut() -> None:
    from tenure.engine.core.problems import Problem
    from tenure.engine.text.problem_text import render

    text = render([Problem("x", "y" * 1_000_000, hint="z" * 1_000_000)], {})
    assert len(text) < 5_000
