"""Phrases: texts that were made from a catalogue's templates, found again by them.

The ledger has the engine's words in one language. Found again, they can be written in the language of any reader.
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter
from typing import NamedTuple

from .translations import shipped

_PATTERNS = {
    "contacts": r"\d+ contacts?",
    "date": r"\d{4}-\d\d-\d\d",
    "length": r"\d+ (?:business )?(?:day|week|month|year)s?",
    "number": r"\d+",
    "percent": r"[\d.]+",
    "person": r"[^:]+",
    "playbook": r"[^`]+",
    "step": r"[\w./]+",
}
"""Regular expressions of values by the kind of place; any text fits the other kinds."""


class Phrase(NamedTuple):
    """The template that a text was made from: its key, and the values in its places by their names."""

    key: str
    values: dict[str, str]


def place_kind(name: str) -> str:
    """Return the kind of value that a template's place holds: the last part of its name, as `date` of `old_date`."""
    return name.rpartition("_")[2]


def find_phrase(section: str, language: str, text: str) -> Phrase | None:
    """Return the first template of a section in a language that a text may be made from, and its values."""
    for key, pattern in _patterns(section, language):
        if found := pattern.fullmatch(text):
            return Phrase(key, found.groupdict())
    return None


@cache
def _patterns(section: str, language: str) -> list[tuple[str, re.Pattern[str]]]:
    texts = shipped().section(section, language)
    return [(key, re.compile(_pattern(text), re.DOTALL)) for key, text in texts.items()]


def _pattern(template: str) -> str:
    return "".join(
        re.escape(literal)
        + (f"(?P<{name}>{_PATTERNS.get(place_kind(name), '.+')})" if name is not None else "")
        for literal, name, *_ in Formatter().parse(template)
    )
