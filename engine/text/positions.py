"""Lines, columns and spans of a text, counted the one way that every part of the engine counts them."""

from __future__ import annotations

from ..core.problems import Span


def split_lines(text: str) -> list[str]:
    """Return the lines as YAML counts them: only line feeds and carriage returns break a line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def position(text: str, index: int, file: str) -> Span:
    """Return the span of the character at `index` of `text`."""
    lines = split_lines(text[:index])
    line, column = len(lines), len(lines[-1]) + 1
    return Span(file, line, column, line, column + 1)
