"""Rows of wordings of other tools: a pattern, why it is wrong, and the hint that says what to write instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

QUOTED = r"(?:'[^']*'|\"[^\"]*\")"
VALUE_PATTERN = rf"(?:\d{{4}}-\d\d-\d\d|-?\d+(?:\.\d+)?|[^\W\d]\w*|{QUOTED})"
EQUAL = r"(==|!=|=|<>)"
COUNT = r"(\d{1,5}|an?|one|une?|ein(?:e[mnr]?)?)"

AFTER_VALUE = r"(?<=[\w)'\"])\s+"
"""A value ends before this."""
BEGINS = r"(?=\s+[\w(\"'-])"

NO_WORD = "`{written}` is not used here"
REMOVE = "remove it"


class FoundWording(NamedTuple):
    """A wording in a text."""

    match: re.Match[str]
    text: str

    def part(self, group: int) -> str:
        """Return what a group of the row's pattern matched, as written."""
        start, end = self.match.span(group)
        return self.text[start:end] if start >= 0 else ""


class Wording(NamedTuple):
    """A row: the wording, why it is wrong, and its hint."""

    pattern: str
    """Compiled on first use: most commands find no such wording, and compiling all takes them long to start."""
    why: str
    hint: Callable[[FoundWording], str | None]
    """Returns the hint; None where the wording is not recognised after all."""
    always: bool = False
    """True if the row is tried on texts that can be read, too."""


def word_wordings(
    why: str, meanings: dict[str, str], before: str = "", after: str = ""
) -> Iterator[Wording]:
    """Yield a row for words that are written otherwise here."""
    words = "|".join(re.escape(word) for word in sorted(meanings, key=len, reverse=True))
    pattern = rf"{before}(?<!\w)({words})(?!\w){after}"
    yield Wording(pattern, why, lambda found: f"write {meanings[found.match[1].lower()]}")


def wording(
    pattern: str, why: str, hint: str | Callable[[FoundWording], str | None], always: bool = False
) -> Wording:
    """Return a row; a hint that is a text refers to the groups of the pattern as `{1}`."""
    if isinstance(hint, str):
        said = hint
        return Wording(
            pattern,
            why,
            lambda found: said.format(
                *(found.part(group) for group in range(found.match.re.groups + 1))
            ),
            always,
        )
    return Wording(pattern, why, hint, always)
