"""Nodes of a YAML document, immutable and with their spans.

Scalars hold the value by the YAML 1.2 core schema, and the text as written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..core.problems import Span


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number, boolean or null; `text` is its content as written, without quotes."""

    value: str | int | float | bool | None
    text: str
    span: Span
    style: str = ""
    """The quote or block sign it was written with: '', "'", '"', '|' or '>'."""

    lines: tuple[tuple[int, int, int], ...] = ()
    """Of a text over several lines: where each begins in the text, with its line and column in the file."""

    def part(self, start: int, end: int) -> Span:
        """Return the span in the file of the characters from `start` to `end` of the text.

        Exact for text on one line, and for text over several lines whose places are known; else that of the scalar.
        """
        if self.lines:
            line, column = self._place(start)
            last_line, last_column = self._place(max(end, start + 1) - 1)
            return Span(self.span.file, line, column, last_line, last_column + 1)
        if self.span.line != self.span.end_line or self.style in ("|", ">"):
            return self.span
        first = self.span.column + (1 if self.style in ("'", '"') else 0)
        return Span(
            self.span.file,
            self.span.line,
            first + start,
            self.span.line,
            first + max(end, start + 1),
        )

    def _place(self, index: int) -> tuple[int, int]:
        """Return the line and column in the file of a character of a text over several lines."""
        before = (each for each in reversed(self.lines) if each[0] <= index)
        begins, line, column = next(before, self.lines[0])
        return line, column + index - begins


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value."""

    key: str
    key_span: Span
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with values, in the order written; keys are unique text."""

    entries: tuple[Entry, ...]
    span: Span

    def get(self, key: str) -> Node | None:
        """Return the value under `key`, or None."""
        for entry in self.entries:
            if entry.key == key:
                return entry.value
        return None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)


Node = Scalar | Sequence | Mapping
