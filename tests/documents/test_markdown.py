"""Whatever a value holds, Markdown, page and plain text show it letter for letter."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenure.engine.documents.html_page import draw_html_page
from tenure.engine.documents.markdown import escape, to_html
from tenure.engine.documents.plaintext import markdown_to_text

WILD = st.text(
    st.sampled_from("ab1 \\`*_{}[]()<>#+-.!|~&;:=/\"'\u00a0é\t\n") | st.characters(), max_size=16
)


class Shown(HTMLParser):
    """The text that a page shows, and the tags that it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags = "", set[str]()
        self.feed(page)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self.tags.add(tag)


def one_line(text: str) -> str:
    """What a value is shown as: on one line, without what no page can hold."""
    text = text.replace("\0", "\ufffd")
    return re.sub(r"[ \t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+", " ", text).strip(" ")


@given(WILD)
def test_a_value_is_shown_letter_for_letter_in_a_paragraph_a_list_and_a_table(text: str) -> None:
    safe, wanted = escape(text), one_line(text)
    for markdown, tags in (
        (f"x {safe} y", {"p"}),
        (f"{safe}", {"p"}),
        (f"- {safe} y", {"ul", "li"}),
        (f"# {safe} y", {"h1"}),
        (f"| h |\n|---|\n| {safe} |", {"div", "table", "thead", "tbody", "tr", "th", "td"}),
    ):
        page = Shown(to_html(markdown, "en"))
        assert page.tags <= tags | {"mark"}, markdown
        shown = re.sub(r"\n", "", page.text)
        # What a page shows at the ends of a line is nobody's to see.
        assert wanted.strip() in shown or wanted.replace("[ ] ", "☐ ") in shown, markdown


@given(WILD)
def test_plain_text_shows_it_letter_for_letter(text: str) -> None:
    wanted = one_line(text)
    assert (
        markdown_to_text(f"x {escape(text)} y").replace("\n", "") == f"x {wanted} y" or not wanted
    )


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Vega Academy SAS", "Vega Academy SAS"),
        ("-12", "-12"),
        ("< 2h", "< 2h"),
        ("snake_case & co", "snake_case & co"),
        ("- one", "\\- one"),
        ("1. one", "1\\. one"),
        ("> 90%", "\\> 90%"),
        ("<b>", "\\<b>"),
        ("a|b", "a\\|b"),
        ("two\nlines", "two lines"),
        ("12\u202f000\u00a0€", "12\u202f000\u00a0€"),
    ],
)
def test_only_what_would_be_read_as_markup_is_marked(text: str, safe: str) -> None:
    assert escape(text) == safe


def test_a_page_runs_and_fetches_nothing_that_markdown_asks_for() -> None:
    asked = "<script>x</script> ![i](http://a.example/i.png) [l](javascript:alert) <img src=x>\n"
    page = draw_html_page(asked, "<title>", "en")
    shown = Shown(page)
    assert not {"script", "img", "iframe", "object"} & shown.tags
    assert 'href="javascript' not in page
    assert "&lt;title&gt;" in page
    assert "default-src 'none'" in page


def test_plain_text_lays_out_what_markdown_means() -> None:
    text = "# T\n\nOne *two* **three** `four`.\n\n- a\n- b\n\n3. c\n4. d\n\n> q\n\n[Go](https://a.example/x)\n\n---\n"
    assert markdown_to_text(text) == (
        "T\n\nOne two three four.\n\n- a\n- b\n\n3. c\n4. d\n\n> q\n\nGo <https://a.example/x>\n\n---\n"
    )
    assert markdown_to_text("| a | bc |\n|---|---|\n| é | 日本 |\n") == (
        "| a | bc   |\n|---|------|\n| é | 日本 |\n"
    )
