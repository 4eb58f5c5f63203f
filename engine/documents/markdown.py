"""Markdown: escaping of values, and conversion to HTML.

Takes values of any origin, or a document, and returns text. No value is read as markup, and the HTML can neither load
resources nor run scripts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..text.translations import shipped

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_SPACES = re.compile(r"[ \t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
"""Spaces that break a line or may be broken; not the no-break spaces of French numbers and colons."""

_SIGNS = re.compile(r"[\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=#?\w+;)|!(?=\[)")
_SIGNS_BUT_BRACKETS = re.compile(_SIGNS.pattern.replace(r"\[\]", ""))
_BLOCK = re.compile(r"^(?:>|[-=]+$|(?:[-+]|#{1,6})(?= |$)|\d+(?=[.)](?: |$)))")
"""Characters that begin a list, a quote or a heading at the start of a line."""

_BOX = re.compile(r"^\[( |x)\] ")

_TICK = re.compile(r"<li>(?=[✓○☐☑] )")
"""Items that begin with a sign of their text."""


class Marked(str):
    """Text that is Markdown already, and is not escaped."""

    __slots__ = ()


def escape(text: str, *, brackets: bool = True) -> str:
    """Return any text as Markdown that shows it literally, on one line."""
    line = _SPACES.sub(" ", text).strip(" ")
    signs = _SIGNS if brackets else _SIGNS_BUT_BRACKETS
    safe = signs.sub(lambda sign: "\\" + sign[0], line)
    start = _BLOCK.match(safe)
    if start is None:
        return safe
    end = start.end()
    return f"{safe[:end]}\\{safe[end:]}" if safe[0].isdecimal() else f"\\{safe}"


def code(text: str) -> str:
    """Return a name as code, also valid in a table; a name that code cannot hold is escaped as text."""
    return escape(text) if set(text) & set("`|\r\n") else f"`{text}`"


def parser() -> MarkdownIt:
    """Return a parser of CommonMark with tables, without HTML, and without images, which a page would load."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def to_html(text: str, language: str) -> str:
    """Return the document's body as HTML; markers of missing values, in its language, are in `<mark>`."""
    from markdown_it.common.utils import escapeHtml

    before, _, after = shipped().section("documents", language)["marker"].partition("{title}")
    markers = re.compile(rf"{re.escape(before)}[^\]]*{re.escape(after)}")

    def words(tokens: Sequence[Token], at: int, *_: object) -> str:
        shown = _BOX.sub(lambda box: "☑ " if box[1] == "x" else "☐ ", tokens[at].content)
        return markers.sub(lambda mark: f"<mark>{mark[0]}</mark>", escapeHtml(shown))

    markdown = parser()
    markdown.renderer.rules["text"] = words  # type: ignore[attr-defined]
    html: str = markdown.render(text)
    html = _TICK.sub('<li class="tick">', html)
    return html.replace("<table>", '<div class="table"><table>').replace(
        "</table>", "</table></div>"
    )
