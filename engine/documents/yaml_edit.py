"""Edits of a YAML text that leave every other byte unchanged.

Takes a text, the nodes read from it and new values, and returns the changed text. A changed value keeps its quoting
style. Comments, order and layout stay, because nothing else is rewritten.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from typing import NamedTuple

from ..core.problems import Span
from ..language.expressions import ConstantValue
from ..text.yaml_nodes import Entry, Mapping, Scalar
from ..text.yaml_scalars import scalar_value

_SAFE = re.compile(r"\w(?:[\w .()/'&@+-]*[\w.)])?")
"""Text that means the same without quotes in any position, unless it looks like a number or another scalar."""


EXACT_TEXT = 1e15
"""Whole numbers from here on are written with an exponent."""


class Splice(NamedTuple):
    """A replacement of the characters from `start` to `end` by `text`."""

    start: int
    end: int
    text: str


def apply(text: str, splices: Iterable[Splice]) -> str:
    """Return the text with all splices applied; they must not overlap."""
    for splice in sorted(splices, reverse=True):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return text


def replace_scalar(text: str, scalar: Scalar, value: ConstantValue) -> Splice:
    """Return the splice that writes a value in place of a scalar, in the same quotes."""
    span = scalar.span
    start = text_index(text, span.line, span.column)
    end = text_index(text, span.end_line, span.end_column)
    return Splice(start, end, scalar_text(value, scalar.style))


def add_entry(text: str, mapping: Mapping, after: Entry, key: str, value: ConstantValue) -> Splice:
    """Return the splice that adds a key and its value after an entry of the map, in the map's layout."""
    pair = f"{key}: {scalar_text(value)}"
    end = text_index(text, after.value.span.end_line, after.value.span.end_column)
    opening = text_index(text, mapping.span.line, mapping.span.column)
    if text.startswith("{", opening):
        return Splice(end, end, f", {pair}")
    at = line_end(text, after.value.span)
    newline = "\r\n" if "\r\n" in text else "\n"
    return Splice(at, at, f"{newline}{' ' * (after.key_span.column - 1)}{pair}")


def line_end(text: str, span: Span) -> int:
    """Return the index of the end of the line in which a node ends, where its comment ends too."""
    found = re.compile(r"[\r\n]").search(text, text_index(text, span.end_line, span.end_column))
    return len(text) if found is None else found.start()


def scalar_text(value: ConstantValue, style: str = "") -> str:
    """Return the YAML that reads as the value, in quotes of `style` or where quotes are needed."""
    text = yaml_value_text(value)
    if style == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if style != '"' and (not isinstance(value, str) or _is_plain(text)):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escaped(c) for c in quoted)


def _escaped(character: str) -> str:
    """Return the YAML escape of a character that JSON leaves as it is and YAML would read as a line end or reject."""
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_plain(text: str) -> bool:
    try:
        return _SAFE.fullmatch(text) is not None and scalar_value(text) == text
    except ValueError:
        return False


def yaml_value_text(value: ConstantValue) -> str:
    """Return the value's text in YAML, without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_TEXT:
        return str(int(value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def text_index(text: str, line: int, column: int) -> int:
    """Return the index of a line's column in the text. Only line feeds and carriage returns end lines."""
    at = 0
    for _ in range(line - 1):
        line_break = _BREAK.search(text, at)
        if line_break is None:
            raise ValueError(f"the text has no line {line}")
        at = line_break.end()
    return at + column - 1


_BREAK = re.compile(r"\r\n|\r|\n")
