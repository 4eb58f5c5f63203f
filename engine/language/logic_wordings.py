"""Choices and words between conditions in the wordings of other tools and languages."""

from __future__ import annotations

import re
from collections.abc import Callable

from .wording_rows import (
    AFTER_VALUE,
    BEGINS,
    NO_WORD,
    REMOVE,
    FoundWording,
    Wording,
    word_wordings,
    wording,
)


def _chosen(found: FoundWording) -> str:
    return f"write choose({', '.join(found.part(group).strip() for group in (1, 2, 3))})"


_JUNCTION = re.compile(r"\b(?:and|or)\b")


def _joined(template: str) -> Callable[[FoundWording], str | None]:
    """Return the hint for two conditions, which the template has as `{a}` and `{b}`.

    Conditions with `and` or `or` in them are put in brackets.
    """

    def hint(found: FoundWording) -> str | None:
        a, b = (found.part(group).strip() for group in (1, 2))
        a, b = (f"({each})" if _JUNCTION.search(each) else each for each in (a, b))
        return f"write {template.format(a=a, b=b)}"

    return hint


_JOINS = {"and": "and", "und": "and", "et": "and", "or": "or", "oder": "or", "ou": "or"}


def _called_join(found: FoundWording) -> str | None:
    """Return the hint for `AND(a; b)` of a spreadsheet: its parts, joined by the word."""
    word = _JOINS[found.match[1].lower()]
    parts = _arguments(found.part(2))
    if len(parts) < 2 or not all(parts):
        return None
    joined = f" {word} ".join(f"({each})" if _JUNCTION.search(each) else each for each in parts)
    alone = found.match.start() == 0 and found.match.end() == len(found.text.rstrip())
    return f"write {joined}" if alone else f"write ({joined})"


def _arguments(text: str) -> list[str]:
    """Return the arguments of a call, which `;` or `,` separates outside brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter in ";," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


_NESTED = r"[^()]*(?:\([^()]*(?:\([^()]*\)[^()]*)*\)[^()]*)*"
"""Text with brackets at most two deep."""
_EXCLUSIVE = "({a} or {b}) and not ({a} and {b})"
_NO_JUNCTION = "conditions are joined with `and` and `or`"
_NO_JUNCTION_CALL = "`and` and `or` are written between conditions, not before them"
_NO_POWER = "there is no sign for a power"
LOGIC_WORDINGS: tuple[Wording, ...] = (
    wording(r"^\s*=(?![=<>~])", "a condition begins without `=`", REMOVE),
    wording(
        rf"(?:^|(?<=[(;,])|(?<=\band\s)|(?<=\bor\s)|(?<=\bnot\s))\s*({'|'.join(_JOINS)})\s*\(({_NESTED})\)",
        _NO_JUNCTION_CALL,
        _called_join,
        always=True,
    ),
    # After the joins of a spreadsheet, whose arguments `;` separates in many languages.
    wording(r";(?=[^()]*(?:\([^()]*\)[^()]*)*\))", "arguments are separated by commas", "write ,"),
    wording(
        r"^\s*case\s+when\b(.+)\bthen\b(.+)\belse\b(.+)\bend\s*$",
        "there is no `case`: a function chooses between two values",
        _chosen,
    ),
    wording(
        r"^([^?]+)\?([^?:]+):([^?:]+)$",
        "there is no `?`: a function chooses between two values",
        _chosen,
    ),
    wording(r"^(.+?)\s+xor\s+(.+)$", _NO_JUNCTION, _joined(_EXCLUSIVE)),
    wording(r"^\s*xor\s*\(([^,]+),([^,]+)\)\s*$", _NO_JUNCTION, _joined(_EXCLUSIVE), always=True),
    wording(r"^(.+?)\s+nand\s+(.+)$", _NO_JUNCTION, _joined("not ({a} and {b})")),
    wording(r"^\s*neither\s+(.+?)\s+n?or\s+(.+)$", _NO_JUNCTION, _joined("not ({a} or {b})")),
    wording(r"^(.+?)\s+nor\s+(.+)$", _NO_JUNCTION, _joined("not ({a} or {b})")),
    wording(r"^(.+?)\s+implies\s+(.+)$", _NO_JUNCTION, _joined("not {a} or {b}")),
    wording(
        r"^(.+?)\s+(?:iff|<=>|<->)\s+(.+)$",
        _NO_JUNCTION,
        _joined("({a} and {b}) or not ({a} or {b})"),
    ),
    wording(r"^(.+?)\s+-+>\s+(.+)$", _NO_JUNCTION, _joined("not {a} or {b}")),
    wording(r"([^\W\d]\w*|\d+(?:\.\d+)?)\s*(?:\^|\*\*)\s*2(?![\w.])", _NO_POWER, "write {1} * {1}"),
    wording(
        r"\w+\s*(?:\^|\*\*)\s*-?[\d.]+",
        _NO_POWER,
        "multiply the value with itself, as in arr * arr",
    ),
    wording(r"^(.+?)\s*\^\s*(.+)$", _NO_JUNCTION, _joined(_EXCLUSIVE)),
    wording(r"(?:^|(?<=[(\s]))(?:either|both|soit|sowohl)\s+(?=[\w(])", NO_WORD, REMOVE),
    wording(r"(?<=\s)and\s*/\s*or(?=\s)", NO_WORD, "write or"),
    *word_wordings(
        NO_WORD,
        {
            **dict.fromkeys(
                ("but", "as well as", "plus", "also", "and also", "mais", "aber"), "and"
            ),
            **dict.fromkeys(("or else", "otherwise", "alternatively"), "or"),
        },
        AFTER_VALUE,
        BEGINS,
    ),
    *word_wordings(
        NO_WORD, {"et": "and", "und": "and", "ou": "or", "oder": "or"}, AFTER_VALUE, BEGINS
    ),
)
