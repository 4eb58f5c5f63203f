"""Checks a message's templates while its playbook loads.

In: the `subject` and `body` as written, and the names that a message may use; out: problems with
their places. Templates made of `{{ name }}`, `{% if name %}` and the like are checked without
Jinja2, whose import alone would cost half of what `validate` may take; all others are parsed by it
and held against a list of what is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from ..text.nearest import nearest
from ..text.node import Mapping, Scalar
from ..text.problem import Problem, Span

MESSAGE_NAMES: dict[str, str] = {
    "anchor": "the date that the cycle turns around, such as the renewal date",
    "contact_on": "the date on which the message reaches the customer",
    "cta": "the action's links, each with a label and a url",
    "cycle": "the name of the cycle",
    "days_left": "whole days from the date of contact to the anchor; negative after it",
    "days_past": "whole days from the anchor to the date of contact; negative before it",
    "due_on": "the date on which the action is due",
    "offer": "the action's offer, word for word",
    "owner": "who owns the action",
    "sender": "who the message is from",
    "title": "the action's title",
}
"""What a message may use besides the account's fields and the workspace's variables."""

FILTERS: tuple[str, ...] = (
    "capitalize",
    "date",
    "default",
    "lower",
    "money",
    "number",
    "percent",
    "trim",
    "upper",
)
"""The filters that messages may use."""

LINK_PARTS = ("label", "url")
"""What `{% for link in cta %}` gives of each link."""

RESERVED = frozenset(
    ("true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if", "else")
)
"""Words of the template language that are no names."""

_WORD = re.compile(r"\w+|[<>=!]+", re.ASCII)
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
_OPENING = re.compile(r"\{[{%#]")
_VALUE = re.compile(r"\{\{-?\s*(\w+)(?:\.(\w+))?\s*(?:\|\s*(\w+)\s*)?-?\}\}", re.ASCII)
_TAG = re.compile(
    r"\{%-?\s*(?:(?P<test>if|elif)\s+(?P<names>[\w\s<>=!]+?)"
    r"|for\s+(?P<link>\w+)\s+in\s+cta|(?P<word>else|endif|endfor))\s*-?%\}",
    re.ASCII,
)


def check_message(message: Mapping, known: Collection[str]) -> list[Problem]:
    """Every problem in the templates of one language's message, `{subject: .., body: ..}`.

    `known` are the names it may use besides `MESSAGE_NAMES`: fields and the workspace's variables.
    Keys other than `subject` and `body`, and values that are no text, are the shape's to refuse.
    """
    parts = (message.get("subject"), message.get("body"))
    names = {*known, *MESSAGE_NAMES}
    return [
        problem
        for part in parts
        if isinstance(part, Scalar) and isinstance(part.value, str)
        for problem in check_template(part, names)
    ]


def check_template(text: Scalar, known: Collection[str]) -> list[Problem]:
    """Every problem in one template: names, filters, syntax, and what messages may not do."""
    names = simple_names(str(text.value))
    if names is not None:
        return [
            unknown_name(name, place(text, at, at + len(name)), known)
            for at, name in names
            if name not in known
        ]
    from .template import check_tree

    return check_tree(text, known)


def simple_names(template: str) -> list[tuple[int, str]] | None:
    """The names a plain template reads, each with where it stands; None where it is not plain.

    Plain is a part of Jinja2 small enough for two regular expressions; all of it Jinja2 accepts.
    """
    found: list[tuple[int, str]] = []
    open_blocks: list[str] = []
    links: list[str] = []
    at = 0
    while opening := _OPENING.search(template, at):
        at = opening.start()
        match = _VALUE.match(template, at)
        if match:
            fits = _read_value(match, found, links)
        else:
            match = _TAG.match(template, at)
            fits = match is not None and _read_tag(match, found, open_blocks, links)
        if match is None or not fits:
            return None
        at = match.end()
    return None if open_blocks else found


def _read_value(match: re.Match[str], found: list[tuple[int, str]], links: list[str]) -> bool:
    name, part, filter_name = match.groups()
    if name in RESERVED or name[0].isdigit() or (filter_name and filter_name not in FILTERS):
        return False
    if part or name in links:
        return name in links and part in LINK_PARTS
    found.append((match.start(1), name))
    return True


def _read_tag(
    match: re.Match[str], found: list[tuple[int, str]], blocks: list[str], links: list[str]
) -> bool:
    if link := match["link"]:
        blocks.append("for")
        links.append(link)
        found.append((match.end(), "cta"))
        return len(links) == 1 and link not in RESERVED and not link[0].isdigit()
    if word := match["word"]:
        return _close(word, blocks, links)
    if match["test"] == "if":
        blocks.append("if")
    elif not blocks or blocks[-1] != "if":
        return False
    return _read_test(match["names"], match.start("names"), found, links)


def _read_test(test: str, at: int, found: list[tuple[int, str]], links: list[str]) -> bool:
    """`a and not b or c > 1 or d is missing`: whether the words follow each other as they may."""
    before = "join"
    for word in _WORD.finditer(test):
        kind = _kind(word[0], before)
        if kind not in _FOLLOWS[before] or word[0] in links:
            return False
        if kind == "name":
            found.append((at + word.start(), word[0]))
        before = kind
    return before in ("name", "number", "missing")


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
    return "name" if word.isidentifier() and word not in RESERVED else "other"


def _close(word: str, blocks: list[str], links: list[str]) -> bool:
    if word == "else":
        if not blocks or blocks[-1] != "if":
            return False
        blocks[-1] = "else"
        return True
    if not blocks or (blocks[-1] == "for") != (word == "endfor"):
        return False
    if blocks.pop() == "for":
        links.pop()
    return True


def unknown_name(name: str, span: Span, known: Collection[str]) -> Problem:
    """The problem of a name that no field, variable or word of messages has."""
    near = nearest(name, known)
    return Problem(
        "unknown-message-name",
        f"`{name}` is no field, no variable of the workspace, and no word that messages know",
        span,
        f"did you mean `{near}`?" if near else "`tenure fields` lists the fields",
    )


def place(text: Scalar, start: int, end: int) -> Span:
    """Where characters `start` to `end` of a template stand; in a block of text, their line."""
    if text.style != "|":
        return text.part(start, end) if text.text == text.value else text.span
    line = text.span.line + 1 + str(text.value).count("\n", 0, start)
    return Span(text.span.file, line, 1, line + 1, 1)
