"""Additions to a YAML file that people have written in: to maps and lists, in the layout that these have."""

from __future__ import annotations

from collections.abc import Sequence as Items

from ..documents.yaml_edit import Splice, line_end, text_index
from ..text.yaml_nodes import Mapping as MapNode
from ..text.yaml_nodes import Node, Sequence


class YamlAdditions:
    """The splices that add to a file's text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.splices: list[Splice] = []
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def at(self, line: int, column: int) -> int:
        """Return the place of a line and column in the text."""
        return text_index(self.text, line, column)

    def add(self, start: int, end: int, text: str) -> None:
        """Replace a part of the text."""
        self.splices.append(Splice(start, end, text))

    def in_braces(self, node: Node) -> bool:
        """Return whether a map or a list is written in braces or brackets."""
        return self.text.startswith(("{", "["), self.at(node.span.line, node.span.column))

    def last_part(self, node: Node) -> Node:
        """Return the last node in the lines of a block: the block's own end is where the next one begins."""
        while isinstance(node, MapNode | Sequence) and not self.in_braces(node):
            parts = node.items if isinstance(node, Sequence) else [e.value for e in node.entries]
            if not parts:
                break
            node = parts[-1]
        return node

    def replace(self, node: Node, text: str) -> None:
        """Write a text in the place of a node."""
        last = self.last_part(node).span
        start = self.at(node.span.line, node.span.column)
        self.add(start, self.at(last.end_line, last.end_column), text)

    def add_pairs(self, node: Node | None, pairs: Items[str]) -> bool:
        """Add keys with their values, as they are written, to a map; return whether there is one to add to."""
        if not isinstance(node, MapNode):
            return False
        if not pairs:
            return True
        if not node.entries:
            at = self.at(node.span.line, node.span.column) + 1
            self.add(at, at, ", ".join(pairs))
            return True
        last = node.entries[-1]
        if self.in_braces(node):
            at = self.at(last.value.span.end_line, last.value.span.end_column)
            added = "".join(f", {pair}" for pair in pairs)
        else:
            at = line_end(self.text, self.last_part(last.value).span)
            indent = " " * (last.key_span.column - 1)
            added = "".join(f"{self.newline}{indent}{pair}" for pair in pairs)
        self.add(at, at, added)
        return True

    def add_items(self, node: Node | None, items: Items[str]) -> bool:
        """Add items, as they are written, to a list; return whether there is one to add to."""
        if not isinstance(node, Sequence):
            return False
        if not node.items:
            at = self.at(node.span.line, node.span.column) + 1
            self.add(at, at, ", ".join(items))
            return True
        last = node.items[-1].span
        if self.in_braces(node):
            at = self.at(last.end_line, last.end_column)
            self.add(at, at, "".join(f", {item}" for item in items))
            return True
        begin = self.at(last.line, 1)
        dash = self.text[begin : self.at(last.line, last.column)]
        at = line_end(self.text, last)
        self.add(at, at, "".join(f"{self.newline}{dash}{item}" for item in items))
        return True
