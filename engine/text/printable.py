"""Make any text fit to show: on a terminal, in a feed, a page, a drawing, a slide or a spreadsheet.

Names and values come from exports that anyone may have written. A terminal obeys some characters, XML refuses some,
and some reorder or hide the text around them. Each of these shows as U+FFFD, the replacement character. JSON alone
has them exactly, as escapes.

All output goes through this module; `cli.output` and the formats choose the function that fits their target.
"""

from __future__ import annotations

import re
from functools import cache
from unicodedata import combining, east_asian_width

MARK = "\ufffd"
"""Shown for a character that cannot be shown."""

TAB = "    "
"""Replaces a tab within a line."""

MOST_MARKS = 8
"""Characters for each column of a cut text: combining marks take no column, and may come by the million."""

_VARIANTS = "\ufe00-\ufe0f"
_IDEOGRAPH_VARIANTS = "\U000e0100-\U000e01ef"
_JOINERS = "\u200c\u200d"
_SPACELESS = (
    "\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb"
)
"""Characters that are drawn without a shape."""

_HIGH = "\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
"""The same beyond the first 65,536 characters."""

_ALWAYS = (
    "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f"  # what terminals obey: C0 but tab and line feed, DEL, C1
    "\u2028\u2029"  # ends of lines for some programs
    "\u202a-\u202e\u2066-\u2069"  # overrides and isolates of the direction of writing
    f"{_SPACELESS}{_HIGH}"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # halves of surrogate pairs, and what XML refuses
)
_SHAPED = "\u0590-\u1fff\u2100-\u2bff\u3040-\u9fff\uac00-\ud7af\ufb1d-\ufdcf\ufe0f\ufe70-\ufefc\U00010000-\U0003ffff"
"""Between two of these a joiner belongs to the spelling: Persian, Hindi, families of emoji."""

_SUSPECT = re.compile(
    f"[{_ALWAYS.replace(_HIGH, '')}{_JOINERS}{_VARIANTS}\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Quick to search for; most texts have none."""


@cache
def _unfit() -> re.Pattern[str]:
    """Return the pattern of characters that cannot be shown.

    Compiled when a text is suspect, since that takes as long as everything else at start-up.
    """
    variants = f"[{_VARIANTS}{_IDEOGRAPH_VARIANTS}]"
    return re.compile(
        f"[{_ALWAYS}]"
        f"|(?<![{_SHAPED}])[{_JOINERS}]|[{_JOINERS}](?![{_SHAPED}])"
        # One variant may follow a character; more of them carry hidden text.
        f"|(?<={variants}){variants}|^{variants}"
        f"|(?<![\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])[{_IDEOGRAPH_VARIANTS}]"
    )


_BREAK = re.compile(r"\r\n?|\n")


def fit_line(text: str) -> str:
    r"""Return the text on one line: a tab becomes four spaces, a line break shows as U+FFFD.

    Examples:
        >>> fit_line("Vega \x1b[31m\nCorp")
        'Vega �[31m�Corp'
    """
    if text.isascii() and text.isprintable():
        return text
    return _fit(text).replace("\t", TAB).replace("\n", MARK)


def fit_words(text: str) -> str:
    """Return the words of the text on one line, with one space between them: for a cell, a heading, a subject."""
    return fit_line(" ".join(text.split()))


def fit_lines(text: str) -> str:
    """Return the text with its line breaks as line feeds and its tabs, and nothing else that cannot be shown.

    All characters of the result are allowed in XML, and so in HTML, SVG and PowerPoint.
    """
    if "\r" in text:
        text = _BREAK.sub("\n", text)
    return _fit(text)


def fit_json(text: str) -> str:
    """Return JSON that reads as the same values, with every character that cannot be shown as an escape.

    Args:
        text: JSON as `json.dumps` writes it, in which such characters are within strings only.
    """
    return _SUSPECT.sub(_escape, text)


def fit_width(text: str, widest: int) -> str:
    """Return the words of the text on one line of at most `widest` columns, cut with `…` where it is longer.

    Only the beginning of a long text is looked at, so that its length costs next to nothing.
    """
    begins = text.lstrip() if text[:1].isspace() else text
    most = widest * MOST_MARKS
    shown = fit_words(begins[:most])
    if _end(shown, widest) == len(shown) and not begins[most:].strip():
        return shown
    return shown[: _end(shown, widest - 1)].rstrip() + "…"


def display_width(text: str) -> int:
    """Return how many columns of a terminal the text takes: wide characters take two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_column, text))


def _column(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1


def _end(text: str, widest: int) -> int:
    """Return how many of the text's characters fit, by columns and by number."""
    if text.isascii():
        return min(len(text), widest)
    taken = 0
    for at, character in enumerate(text):
        taken += _column(character)
        if taken > widest or at >= widest * MOST_MARKS:
            return at
    return len(text)


def _fit(text: str) -> str:
    return _unfit().sub(MARK, text) if _SUSPECT.search(text) else text


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
