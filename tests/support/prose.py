"""Check that prose is plain: a short list of rejected words and phrases, over pages, docstrings and help texts.

    python tests/support/prose.py        prints every place with its rejected words; exits with 1 if there is one

Of the code, all docstrings and all `help=` texts are checked.
Code, quoted YAML and generated output are exempt: in a page what is between backticks, in code likewise.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md")
GENERATED = re.compile(r"docs/(_build|metrics/figures|reference/\w+)/")
"""Paths of pages that are built: `docs/reference` has them in folders, and written ones outside."""
CODE = ("api", "cli", "engine", "schemas", "docs/_ext")

REJECTED = (
    "told",
    "reckon(?:s|ed|ing)?",
    "anew",
    "beside",
    "besides",
    "whoever",
    "mend(?:s|ed|ing)?",
    "so many",
    "in turn",
    "of (?:its|their|his|her) own",
    "for want of",
    "held back",
    "holds? back",
    "(?<!there )(?:is|are|was|were) no",
    "nobody",
    "(?:stood|stands)",
    "kept",
    "cannot tell",
    "cannot be told",
    "in go(?:es)?",
    "out comes?",
)
"""Words and phrases, as regular expressions for whole words."""

_REJECTED = re.compile(rf"\b(?:{'|'.join(REJECTED)})\b", re.IGNORECASE)
_OPENING = re.compile(r"(?:^|[.!?:]\s+)(What|Whether)\s+(?![^.!?]*\?)")
"""A sentence that begins with What or Whether, unless it is a question."""


def rejected(text: str, *, openings: bool = True) -> list[str]:
    """Return the rejected words of a text without code, in order."""
    found = [match[0] for match in _REJECTED.finditer(text)]
    return found + ([match[1] for match in _OPENING.finditer(text)] if openings else [])


def without_code(text: str) -> str:
    """Return the text with inline code, quoted output and link targets blanked."""
    text = re.sub(r"`+[^`]*`+", "`", text)
    return re.sub(r"\]\([^)]*\)", "]", text)


def page_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield a page's lines of prose with their numbers: no fenced blocks, no comments."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r"\s*(`{3,}|~{3,}|:{3,})", line)
        if fence:
            fence = "" if mark and line.strip() == fence else fence
        elif mark:
            fence = mark[1]
        elif not line.startswith("<!--"):
            yield number, line


def in_page(text: str) -> Iterator[tuple[int, str]]:
    """Yield each rejected word of a page with its line; headings may begin with What."""
    for number, line in page_lines(text):
        prose = without_code(line)
        for word in rejected(prose, openings=not line.startswith(("#", "|", "[", "- ["))):
            yield number, word


def in_code(text: str) -> Iterator[tuple[int, str]]:
    """Yield each rejected word of a module's docstrings and help texts with its line."""
    for node in ast.walk(ast.parse(text)):
        for string in _texts(node):
            for word in rejected(without_code(str(string.value))):
                yield string.lineno, word


def _texts(node: ast.AST) -> Iterator[ast.Constant]:
    """Yield bare strings, as docstrings are, and arguments called `help`."""
    found: list[ast.expr] = []
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        found = [node.value]
    elif isinstance(node, ast.Call):
        found = [keyword.value for keyword in node.keywords if keyword.arg == "help"]
    for value in found:
        for part in ast.walk(value):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part


def pages(root: Path = ROOT) -> list[Path]:
    """Return every page that people write."""
    found = {path for pattern in PAGES for path in root.glob(pattern)}
    names = {path: path.relative_to(root).as_posix() for path in found}
    return sorted(path for path, name in names.items() if not GENERATED.match(name))


def modules(root: Path = ROOT) -> list[Path]:
    """Return every module whose texts are checked."""
    return sorted(path for folder in CODE for path in (root / folder).rglob("*.py"))


def check(root: Path = ROOT) -> list[str]:
    """Return a line for each rejected word: its file, its line and the word."""
    lines = []
    for paths, find in ((pages(root), in_page), (modules(root), in_code)):
        for path in paths:
            name = path.relative_to(root).as_posix()
            lines += [
                f"{name}:{number}: {word!r}" for number, word in find(path.read_text("utf-8"))
            ]
    return lines


def main() -> int:
    """Print every rejected word and return the exit code."""
    lines = check()
    for line in lines:
        sys.stdout.write(f"{line}\n")
    if lines:
        sys.stdout.write("Write plain modern English; the list is in tests/support/prose.py.\n")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main())
