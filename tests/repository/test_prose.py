"""The prose check finds rejected words where people read, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import prose


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("The owner is told.", ["told"]),
        ("Nobody reckons anew.", ["Nobody", "reckons", "anew"]),
        ("`abc` is no date.", ["is no"]),
        ("It is not a date.", []),
        ("There is no default.", []),
        ("There are notes.", []),
        ("So Many accounts are held back in turn.", ["So Many", "held back", "in turn"]),
        ("A team of its own.", ["of its own"]),
        ("What fires is counted.", ["What"]),
        ("It runs. Whether it fires is counted.", ["Whether"]),
        ("What did you run?", []),
        ("## What a run means", []),
        ("| What | meaning |", []),
        ("Use `stands_in('told')` and `is no`.", []),
        ("Read [the page](told/kept.md).", []),
        ("The folder keeps recommended amendments.", []),
    ],
)
def test_a_line_of_a_page(line: str, words: list[str]) -> None:
    assert [word for _, word in prose.in_page(line + "\n")] == words


def test_blocks_and_comments_of_a_page_are_exempt() -> None:
    page = "told\n\n```yaml\ntold: kept\n```\n\n<!-- told -->\n````text\n```\ntold\n````\nkept\n"
    assert list(prose.in_page(page)) == [(1, "told"), (12, "kept")]


def test_docstrings_and_help_are_checked_and_other_strings_are_not() -> None:
    code = '''\
"""Return what was told."""
KEPT = "kept"
"""The `kept` ones."""
option("--x", help="Ask anew.")


def told() -> None:
    """Reckon."""
'''
    assert sorted(prose.in_code(code)) == [(1, "told"), (4, "anew"), (8, "Reckon")]


def test_every_module_is_checked(tmp_path: Path) -> None:
    modules = [tmp_path / folder / "module.py" for folder in ("cli", "engine/store", "engine/text")]
    for module in modules:
        module.parent.mkdir(parents=True)
        module.write_text('"""Told."""\n', "utf-8")
    assert prose.modules(tmp_path) == modules


def test_generated_pages_are_not_pages(tmp_path: Path) -> None:
    for name in (
        "docs/a.md",
        "docs/reference/x/y.md",
        "docs/reference/index.md",
        "docs/_build/z.md",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("told\n", "utf-8")
    found = [path.relative_to(tmp_path).as_posix() for path in prose.pages(tmp_path)]
    assert found == ["docs/a.md", "docs/reference/index.md"]


def test_the_project_passes() -> None:
    assert prose.check() == []
