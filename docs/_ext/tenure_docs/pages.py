"""Collect every generated page, and write them where Sphinx reads its sources."""

from __future__ import annotations

import os
from pathlib import Path

from .commands import command_pages
from .keys import key_pages
from .ledger import ledger_pages
from .markdown import GENERATED
from .metrics import metric_pages
from .problems import problem_pages
from .words import word_pages

FOLDERS = (
    "reference/commands",
    "reference/keys",
    "reference/language",
    "reference/ledger",
    "reference/problems",
    "metrics/figures",
)
"""The folders under `docs/` that hold nothing but generated pages."""


def generate_pages() -> dict[str, str]:
    """Return every generated page's text by its path below `docs/`."""
    pages: dict[str, str] = {}
    for part in (command_pages, key_pages, word_pages, ledger_pages, problem_pages, metric_pages):
        pages |= part()
    return {path: GENERATED + text for path, text in sorted(pages.items())}


def write_pages(docs: str | os.PathLike[str]) -> None:
    """Write the pages that changed, and delete generated pages that no longer exist."""
    pages = generate_pages()
    root = Path(docs)
    for folder in FOLDERS:
        for path in (root / folder).rglob("*.md"):
            if path.relative_to(root).as_posix() not in pages:
                path.unlink()
    for name, text in pages.items():
        path = root / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
