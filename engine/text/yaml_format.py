"""The canonical layout of a YAML text: two spaces a level, one space after colons, commas and dashes, no more.

Text in, text out. Comments, the order of keys, quotes and line breaks stay; only spaces, and blank lines more than one,
change. A text that cannot be read, or that would mean something else, is returned as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .yaml_nodes import Mapping, Node, Scalar, Sequence
from .yaml_reader import read_yaml

INDENT = 2
"""Spaces of a level."""

_BREAK = re.compile(r"\r\n|\r|\n")
_DASH = re.compile(r"-( *)$")
_BLOCK = ("|", ">")


def format_yaml(text: str) -> str:
    r"""Return the text in the canonical layout, with the line ends of its first line.

    Examples:
        >>> format_yaml("a:   [1,2]\n\n\nb:\n    c: 1  # one\n")
        'a: [1, 2]\n\nb:\n  c: 1  # one\n'
    """
    node, problems = read_yaml(text, "")
    if node is None or problems:
        return text
    found = _BREAK.search(text)
    line_break = found[0] if found else "\n"
    try:
        layout = _Layout(_BREAK.split(text))
        layout.place(node, 0)
        written = layout.written()
    except _Unusual:
        return text
    formatted = line_break.join(written.split("\n"))
    if formatted == text:
        return text
    after, problems = read_yaml(written, "")
    if after is None or problems or plain_value(after) != plain_value(node):
        return text
    return formatted


def plain_value(node: Node) -> Any:
    """Return the content of a node without places: keys in order, values with how they were quoted."""
    if isinstance(node, Scalar):
        return (node.text, node.style, type(node.value).__name__)
    if isinstance(node, Mapping):
        return [(entry.key, plain_value(entry.value)) for entry in node]
    return tuple(plain_value(item) for item in node.items)


class _Unusual(Exception):
    """Raised for a layout that is not known here; the text stays."""


@dataclass
class _Layout:
    """The lines of a text, with what changes in each; lines and columns count from 0."""

    lines: list[str]
    starts: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """By line: the columns in which keys, dashes and values begin, and those in which they shall."""
    inside: dict[int, int] = field(default_factory=dict)
    """By further line of a text over several lines, or of a list in brackets: by how many columns it moves."""
    fixed: set[int] = field(default_factory=set)
    """Lines that may be content to their end."""
    splices: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)
    """By line: what is written in place of the columns from one to another."""

    def place(self, node: Node, column: int) -> None:
        """Note the changes by which a node begins in this column."""
        if self._in_brackets(node) or isinstance(node, Scalar):
            self._flow(node)
        elif isinstance(node, Mapping):
            for entry in node:
                self._move(entry.key_span.line - 1, entry.key_span.column - 1, column)
                self._value(
                    entry.key_span.end_line - 1, entry.key_span.end_column - 1, entry.value, column
                )
        else:
            self._items(node, column)

    def written(self) -> str:
        """Return the text, with all changes made."""
        out: list[str] = []
        for number, line in enumerate(self.lines):
            for start, end, text in sorted(self.splices.get(number, ()), reverse=True):
                line = line[:start] + text + line[end:]
            if number not in self.fixed:
                line = line.rstrip(" \t")
            if line or number in self.inside:
                out.append(_shifted(line, self._shift(number)))
            elif out and out[-1]:
                out.append("")
        while out and not out[-1]:
            out.pop()
        return "\n".join(out) + "\n"

    def _shift(self, number: int) -> int:
        """Return by how many columns a line moves. A comment goes to the column of what it is about."""
        if number in self.inside:
            return self.inside[number]
        own = _leading(self.lines[number])
        if self._begins(number):
            return self.starts[number][0][1] - own
        following = (each for each in range(number, len(self.lines)) if self._begins(each))
        after = next(following, None)
        if after is not None and _leading(self.lines[after]) == own:
            return self.starts[after][0][1] - own
        for each in range(number, -1, -1):
            if self._begins(each) and _leading(self.lines[each]) <= own:
                return max(start for start in self.starts[each] if start[0] <= own)[1] - own
        return -own

    def _begins(self, number: int) -> bool:
        """Return whether the first thing on a line is a key, a dash or a value."""
        starts = self.starts.get(number, [])
        return starts[:1] != [] and starts[0][0] == _leading(self.lines[number])

    def _move(self, line: int, old: int, new: int) -> None:
        """Note that what begins in a column shall begin in another one."""
        self.starts.setdefault(line, []).append((old, new))

    def _value(self, line: int, after: int, value: Node, column: int) -> None:
        """Place the value of a key that ends on the line before the column `after`."""
        colon = self.lines[line].find(":", after)
        if colon < 0 or self.lines[line][after:colon].strip(" "):
            raise _Unusual
        self._splice(line, after, colon, "")
        if _is_unwritten(value):
            return
        begins = value.span.line - 1
        if begins == line:
            self._splice(line, colon + 1, value.span.column - 1, " ")
        elif isinstance(value, Scalar) or self._in_brackets(value):
            self._move(begins, value.span.column - 1, column + INDENT)
        self._below(value, line, column + INDENT)

    def _below(self, value: Node, line: int, column: int) -> None:
        """Place a value whose lines, if it has further ones, belong in a column."""
        first, last = value.span.line - 1, value.span.end_line - 1
        if isinstance(value, Scalar) and value.style in _BLOCK:
            self._block_text(first, column)
        elif isinstance(value, Scalar) or self._in_brackets(value):
            starts = self.starts.get(first) or self.starts[line]
            shift = starts[0][1] - starts[0][0]
            for number in range(first + 1, last + 1):
                self.inside[number] = max(shift, -_leading(self.lines[number]))
                self.fixed |= {number - 1, number} if isinstance(value, Scalar) else set()
            self._flow(value)
        else:
            self.place(value, column)

    def _block_text(self, first: int, column: int) -> None:
        """Move the lines of a block text so that the least indented of them begins in a column."""
        header = self.lines[first].rsplit(" #", 1)[0].rstrip()
        stated = re.search(r"[|>][+-]?[1-9][+-]?$", header) is not None
        lines = []
        indent: int | None = None
        for number in range(first + 1, len(self.lines)):
            line = self.lines[number]
            if line.strip(" "):
                indent = _leading(line) if indent is None else indent
                if _leading(line) < indent:
                    break
            lines.append(number)
        if stated:
            raise _Unusual
        while lines and not self.lines[lines[-1]].strip(" ") and "+" not in header[-2:]:
            lines.pop()
        for number in lines:
            self.inside[number] = column - (indent or 0)
            self.fixed.add(number)

    def _items(self, node: Sequence, column: int) -> None:
        for item in node.items:
            line, begins = item.span.line - 1, item.span.column - 1
            dash = _DASH.search(self.lines[line][:begins])
            if dash is None or _is_unwritten(item):
                raise _Unusual
            self._move(line, dash.start(), column)
            self._splice(line, dash.start() + 1, begins, " ")
            self._below(item, line, column + INDENT)

    def _flow(self, node: Node) -> None:
        """Note one space after commas and colons and none inside brackets, where a list or map is on one line."""
        if isinstance(node, Scalar) or node.span.line != node.span.end_line:
            return
        line = node.span.line - 1
        start, end = node.span.column - 1, node.span.end_column - 1
        written = self._one_line(node, self.lines[line])
        self.splices.setdefault(line, []).append((start, end, written))

    def _one_line(self, node: Node, line: str) -> str:
        raw = line[node.span.column - 1 : node.span.end_column - 1]
        if isinstance(node, Scalar):
            return raw
        if isinstance(node, Sequence):
            if any(_is_unwritten(item) for item in node.items) or not raw.startswith("["):
                raise _Unusual
            return f"[{', '.join(self._one_line(item, line) for item in node.items)}]"
        pairs = []
        for entry in node:
            if _is_unwritten(entry.value):
                raise _Unusual
            key = line[entry.key_span.column - 1 : entry.key_span.end_column - 1]
            pairs.append(f"{key}: {self._one_line(entry.value, line)}")
        # In a list, a map of one pair needs no brackets.
        return f"{{{', '.join(pairs)}}}" if raw.startswith("{") else ", ".join(pairs)

    def _in_brackets(self, node: Node) -> bool:
        line = self.lines[node.span.line - 1]
        return not isinstance(node, Scalar) and line[node.span.column - 1 :][:1] in ("[", "{")

    def _splice(self, line: int, start: int, end: int, text: str) -> None:
        if self.lines[line][start:end] != text:
            self.splices.setdefault(line, []).append((start, end, text))


def _is_unwritten(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.style and not node.text


def _leading(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _shifted(line: str, shift: int) -> str:
    if shift >= 0:
        return " " * shift + line if line else line
    return line[min(-shift, _leading(line)) :]
