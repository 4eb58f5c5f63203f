"""Reads templates that are plain, without Jinja2, whose import alone would cost half of what `validate` may take.

Plain is a part of Jinja2 small enough for a few regular expressions: `{{ name | filter }}`, `{% if name > 3 %}`,
`{% for item in list %}` and the like. All of it Jinja2 accepts.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from .template_names import AGENDA_POINTS, COUNTERS, FILTERS, LOOP, RESERVED, TemplateNames

_OPENING = re.compile(r"\{[{%#]")
_VALUE = re.compile(r"\{\{-?\s*(\w+)(?:\.(\w+))?\s*(?:\|\s*(\w+)\s*)?-?\}\}", re.ASCII)
_TAG = re.compile(
    r"\{%-?\s*(?:(?P<test>if|elif)\s+(?P<names>[\w\s<>=!.]+?)"
    r"|for\s+(?P<item>\w+)\s+in\s+(?P<list>\w+)(?:\.(?P<part>\w+))?"
    r"|(?P<word>else|endif|endfor))\s*-?%\}",
    re.ASCII,
)
_WORD = re.compile(r"\w+(?:\.\w+)?|[<>=!]+|\.", re.ASCII)
_FOLLOWS: dict[str, tuple[str, ...]] = {
    "join": ("not", "name"),
    "not": ("name",),
    "name": ("join", "sign", "is"),
    "sign": ("number",),
    "number": ("join",),
    "is": ("is not", "missing"),
    "is not": ("missing",),
    "missing": ("join",),
}
"""What may follow what in the test of a plain template."""


def read_simple_names(template: str, choices: Collection[str] = ()) -> list[tuple[int, str]] | None:
    """The names a plain template reads, each with where it stands; None where it is not plain.

    `choices` are the lists of texts that it may loop over besides those that every message has.
    """
    reader = _Reader(TemplateNames((), choices))
    at = 0
    while opening := _OPENING.search(template, at):
        at = opening.start()
        if match := _VALUE.match(template, at):
            fits = reader.value(match)
        elif match := _TAG.match(template, at):
            fits = reader.tag(match)
        if match is None or not fits:
            return None
        at = match.end()
    return None if reader.blocks else reader.found


class _Reader:
    """What was read so far; its methods say whether the next part is plain."""

    __slots__ = ("blocks", "found", "items", "vocabulary")

    def __init__(self, vocabulary: TemplateNames) -> None:
        self.vocabulary = vocabulary
        self.found: list[tuple[int, str]] = []
        self.blocks: list[str] = []
        self.items: list[tuple[str, tuple[str, ...]]] = []
        """What the loops around bind, with its parts, the innermost last."""

    def value(self, match: re.Match[str]) -> bool:
        """`{{ name }}`, `{{ item.part }}`, `{{ name | filter }}`."""
        name, part, filter_name = match.groups()
        if filter_name and filter_name not in FILTERS:
            return False
        is_list = part == AGENDA_POINTS if part else self.vocabulary.parts(name) is not None
        return not is_list and self._name(name, part, match.start(1), text_only=True)

    def tag(self, match: re.Match[str]) -> bool:
        """`{% if .. %}`, `{% for .. %}`, and what goes on and closes."""
        if match["item"]:
            return self._loop(match["item"], match["list"], match["part"], match.start("list"))
        if match["word"]:
            return self._close(match["word"])
        if match["test"] == "if":
            self.blocks.append("if")
        elif not self.blocks or self.blocks[-1] != "if":
            return False
        return self._test(match["names"], match.start("names"))

    def _name(self, name: str, part: str | None, at: int, text_only: bool = False) -> bool:
        """A name, or a part of what a loop binds; an item that has parts is not shown itself."""
        if part and name == LOOP:
            return bool(self.items) and part in COUNTERS
        if not _is_name(name):
            return False
        bound = dict(self.items)
        if name in bound:
            return part in bound[name] if part else not (bound[name] and text_only)
        self.found.append((at, name))
        return part is None

    def _loop(self, item: str, name: str, part: str | None, at: int) -> bool:
        bound = dict(self.items)
        if not _is_name(item) or item in bound or self.vocabulary.parts(item) is not None:
            return False
        self.blocks.append("for")
        if part:
            self.items.append((item, ()))
            return part == AGENDA_POINTS and AGENDA_POINTS in bound.get(name, ())
        parts = self.vocabulary.parts(name)
        if parts is None or self.items:
            return False
        self.found.append((at, name))
        self.items.append((item, parts))
        return True

    def _test(self, test: str, at: int) -> bool:
        """`a and not b or c > 1 or d is missing`: whether the words follow each other as they may."""
        before = "join"
        for word in _WORD.finditer(test):
            kind = _kind(word[0], before)
            if kind not in _FOLLOWS[before]:
                return False
            name, _, part = word[0].partition(".")
            if kind == "name" and not self._name(name, part or None, at + word.start()):
                return False
            before = kind
        return before in ("name", "number", "missing")

    def _close(self, word: str) -> bool:
        blocks = self.blocks
        if word == "else":
            if not blocks or blocks[-1] != "if":
                return False
            blocks[-1] = "else"
            return True
        if not blocks or (blocks[-1] == "for") != (word == "endfor"):
            return False
        if blocks.pop() == "for":
            self.items.pop()
        return True


def _kind(word: str, before: str) -> str:
    if word in ("and", "or"):
        return "join"
    if word == "not":
        return "is not" if before == "is" else "not"
    if word == "is" or (word == "missing" and before in ("is", "is not")):
        return word
    if word in ("<", "<=", ">", ">=", "==", "!="):
        return "sign"
    if word.isdecimal():
        return "number"
    return "name" if word[0].isalpha() or word[0] == "_" else "other"


def _is_name(word: str) -> bool:
    return not word[0].isdigit() and word not in RESERVED
