"""Resolve plain YAML scalars by the 1.2 core schema, as editors show them.

So `no`, `on`, `2026-01-31` and `1_000` are text, and `true`, `~`, `12`, `0o17` and `1.5e3` are not.
"""

from __future__ import annotations

import re

ScalarValue = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)
LONGEST_NUMBER = 40


def scalar_value(text: str) -> ScalarValue:
    """Return the value of a plain scalar.

    Raises:
        ValueError: The number is not finite, or too long to be meant.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("is not a finite number")
    based = _BASED.fullmatch(text)
    if not based and not _FLOAT.fullmatch(text):
        return text
    if len(text) > LONGEST_NUMBER:
        raise ValueError(f"has more than {LONGEST_NUMBER} characters, too many for a number")
    if based:
        return int(text, 0)
    if _INTEGER.fullmatch(text):
        return int(text)
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("is too large for a number")
    return number
