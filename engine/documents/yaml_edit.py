"""Changes to a YAML text that leave every other byte as it is.

In: a text, the nodes read from it, and what to write; out: the text with that put in. Values keep the quotes that they
were written with; comments, order and layout are not touched, because nothing is written anew.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from typing import NamedTuple

from ..language.expressions import ConstantValue
from ..text.yaml_nodes import Entry, Mapping, Scalar
from ..text.yaml_scalars import plain_value

_SAFE = re.compile(r"\w(?:[\w .()/'&@+-]*[\w.)])?")
"""Text that means the same without quotes wherever a value may stand, unless it looks like a number or the like."""


EXACT_TEXT = 1e15
"""Larger whole numbers keep their exponent: nobody counts so many digits."""


class Splice(NamedTuple):
    """Put `text` in place of the characters from `start` to `end`."""

    start: int
    end: int
    text: str


def apply(text: str, splices: Iterable[Splice]) -> str:
    """The text with all of them; they do not overlap."""
    for splice in sorted(splices, reverse=True):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return text


def replaced(text: str, scalar: Scalar, value: ConstantValue) -> Splice:
    """The value in place of a scalar, in the same quotes."""
    span = scalar.span
    start = _index(text, span.line, span.column)
    end = _index(text, span.end_line, span.end_column)
    return Splice(start, end, scalar_text(value, scalar.style))


def added(text: str, mapping: Mapping, after: Entry, key: str, value: ConstantValue) -> Splice:
    """A key and its value behind an entry of the map, in the map's own layout."""
    pair = f"{key}: {scalar_text(value)}"
    end = _index(text, after.value.span.end_line, after.value.span.end_column)
    opening = _index(text, mapping.span.line, mapping.span.column)
    if text.startswith("{", opening):
        return Splice(end, end, f", {pair}")
    line_end = re.compile(r"[\r\n]|\Z").search(text, end)
    assert line_end is not None
    at = line_end.start()
    newline = "\r\n" if "\r\n" in text else "\n"
    return Splice(at, at, f"{newline}{' ' * (after.key_span.column - 1)}{pair}")


def scalar_text(value: ConstantValue, style: str = "") -> str:
    """A value as YAML that reads as that value; in the quotes asked for, or where there must be some."""
    text = yaml_value_text(value)
    if style == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if style != '"' and (not isinstance(value, str) or _is_plain(text)):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escaped(c) for c in quoted)


def _escaped(character: str) -> str:
    """What JSON leaves as it is, and YAML would take for the end of a line, or refuse."""
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_plain(text: str) -> bool:
    try:
        return _SAFE.fullmatch(text) is not None and plain_value(text) == text
    except ValueError:
        return False


def yaml_value_text(value: ConstantValue) -> str:
    """A value as the text that YAML has for it, without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_TEXT:
        return str(int(value))
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _index(text: str, line: int, column: int) -> int:
    """Where that line's column begins in the text; lines end at line feeds and carriage returns alone."""
    at = 0
    for _ in range(line - 1):
        found = _BREAK.search(text, at)
        assert found is not None
        at = found.end()
    return at + column - 1


_BREAK = re.compile(r"\r\n|\r|\n")
