"""Conversion of a Markdown document to plain text, as in an email without markup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..text.printable import display_width
from .markdown import parser

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode


def markdown_to_text(text: str) -> str:
    """Return the document with headings, lists and tables in plain characters and without escapes."""
    from markdown_it.tree import SyntaxTreeNode

    lines = _blocks(SyntaxTreeNode(parser().parse(text)))
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _blocks(node: SyntaxTreeNode, apart: bool = True) -> list[str]:
    """Return the lines of a node's blocks, separated by empty lines where `apart` is set."""
    lines: list[str] = []
    for child in node.children:
        if lines and apart:
            lines.append("")
        lines += _block(child)
    return lines


def _block(node: SyntaxTreeNode) -> list[str]:
    if node.type in ("bullet_list", "ordered_list"):
        return list(_list(node))
    if node.type == "table":
        return list(_table(node))
    if node.type == "blockquote":
        return [f"> {line}" for line in _blocks(node)]
    if node.type in ("code_block", "fence"):
        return node.content.splitlines()
    if node.type == "hr":
        return ["---"]
    return _words(node).split("\n")


def _list(node: SyntaxTreeNode) -> Iterator[str]:
    start = int(node.attrs.get("start", 1))
    for number, item in enumerate(node.children, start):
        sign = f"{number}. " if node.type == "ordered_list" else "- "
        for at, line in enumerate(_blocks(item, apart=False)):
            yield (sign if at == 0 else " " * len(sign)) + line


def _table(node: SyntaxTreeNode) -> Iterator[str]:
    rows = [
        [_words(cell) for cell in row.children] for part in node.children for row in part.children
    ]
    widths = [max(display_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    for at, row in enumerate(rows):
        padded = [
            cell + " " * (width - display_width(cell))
            for cell, width in zip(row, widths, strict=True)
        ]
        yield f"| {' | '.join(padded)} |"
        if at == 0:
            yield f"|{'|'.join('-' * (width + 2) for width in widths)}|"


def _words(node: SyntaxTreeNode) -> str:
    """Return the text of a node; a link's address follows its text."""
    if node.type in ("softbreak", "hardbreak"):
        return "\n"
    if not node.children:
        return node.content
    text = "".join(_words(child) for child in node.children)
    if node.type == "link":
        address = str(node.attrs.get("href", ""))
        return text if text == address else f"{text} <{address}>"
    return text
