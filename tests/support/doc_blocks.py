"""Read the pages of the documentation and their fenced blocks."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tenure_docs.pages import FOLDERS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, the words after the fence, its text and its line."""

    page: str
    kind: str
    text: str
    line: int

    @property
    def name(self) -> str:
        """The page and the line, for the name of a test."""
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A command of a console block, with the lines shown below it."""

    words: tuple[str, ...]
    shown: tuple[str, ...]


@cache
def pages() -> dict[str, str]:
    """Every page that people write, by its path: README, CONTRIBUTING and docs, without generated ones."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    built = tuple(f"{folder}/" for folder in ("_build", *FOLDERS))
    found += [
        path
        for path in sorted(DOCS.rglob("*.md"))
        if not path.relative_to(DOCS).as_posix().startswith(built)
    ]
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in found}


@cache
def all_blocks() -> tuple[Block, ...]:
    """Every fenced block of every page, in order."""
    found = []
    for page, text in pages().items():
        for match in re.finditer(r"^```(\S.*)\n((?s:.*?))^```$", text, re.MULTILINE):
            line = text.count("\n", 0, match.start()) + 1
            found.append(Block(page, match[1].strip(), match[2], line))
    return tuple(found)


def blocks(kind: str) -> list[Block]:
    """The blocks of one kind."""
    return [block for block in all_blocks() if block.kind == kind]


def commands(block: Block) -> list[Command]:
    """The commands of a console block."""
    found = []
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, *shown = part.splitlines()
        found.append(Command(tuple(shlex.split(command)), tuple(shown)))
    return found


def tables() -> str:
    """The rows of every table of every page."""
    return "\n".join(
        line for text in pages().values() for line in text.splitlines() if line.startswith("| ")
    )
