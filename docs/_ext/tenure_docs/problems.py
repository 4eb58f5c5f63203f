"""Write a page for each problem code: meaning, cause, examples with their exact rendering, remedy.

The examples are the fixtures of the tests, which hold each rendering to the engine byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tenure.engine.text.printable import fit_line
from tenure.engine.text.problem_codes import PROBLEM_CODES, page_of
from tenure.engine.text.problem_help import HELP

from .markdown import code, contents, fence, table

TESTS = Path(__file__).parents[3] / "tests"
FOLDER = "reference/problems"
MOST_EXAMPLES = 3
MOST_LINES = 40
MOST_COLUMNS = 120


class Example(NamedTuple):
    """The files that a problem is about, by name, and how Tenure shows the problem."""

    files: dict[str, str]
    shown: str


def problem_pages() -> dict[str, str]:
    """Return the index and one page for each code."""
    pages = {f"{page_of(name)}.md": _page(name) for name in PROBLEM_CODES}
    rows = [(f"[`{name}`]({name}.md)", meaning) for name, meaning in PROBLEM_CODES.items()]
    index = (
        "# Problems\n\nEvery problem has a code. Codes are stable: they appear in machine output and never\n"
        "change their meaning. Each page shows examples from the tests, with the text that Tenure prints.\n\n"
        + table(("code", "meaning"), rows)
        + "\n"
        + contents(PROBLEM_CODES, "hidden:")
    )
    return {f"{FOLDER}/index.md": index, **pages}


def _page(name: str) -> str:
    parts = [f"# {name}\n", f"{PROBLEM_CODES[name]}\n"]
    help = HELP.get(name)
    if help:
        parts += [
            "## Why it is a problem\n",
            f"{help.why}\n",
            "## How to fix it\n",
            f"{help.fix}\n",
        ]
    examples = list(examples_of(name))[:MOST_EXAMPLES]
    for number, example in enumerate(examples, 1):
        parts.append(f"## Example {number}\n" if len(examples) > 1 else "## Example\n")
        for file, text in example.files.items():
            parts += [f"{code(file)}:\n", fence(_clipped(text))]
        parts += ["Tenure prints:\n", fence(_clipped(example.shown))]
    if not examples:
        parts.append(
            "This problem comes from the machine, its disk or its packages. No text can show it.\n"
        )
    return "\n".join(parts)


def _clipped(text: str) -> str:
    lines = [fit_line(line) for line in text.splitlines()]
    cut = [line if len(line) <= MOST_COLUMNS else line[: MOST_COLUMNS - 1] + "…" for line in lines]
    return "\n".join(cut if len(cut) <= MOST_LINES else [*cut[:MOST_LINES], "…"])


def examples_of(name: str) -> Iterator[Example]:
    """Yield the tests' examples of a code: files of that name first, then texts of conditions."""
    for finder in (
        _from_files,
        _from_folders,
        _from_renderings,
        _from_conditions,
        _from_structures,
    ):
        yield from finder(name)


@cache
def _fixtures() -> tuple[Path, ...]:
    """Return every file and folder of the tests' fixtures, plain names first."""
    found = (p for folder in TESTS.rglob("*_cases") for p in folder.rglob("*"))
    return tuple(sorted(found, key=lambda p: (p.name.count("."), p.as_posix())))


def _named(name: str) -> list[Path]:
    """Return the fixtures called `NAME` or `NAME.anything`."""
    return [p for p in _fixtures() if p.name.partition(".")[0] == name]


@cache
def _read(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


def _from_files(name: str) -> Iterator[Example]:
    """Yield a YAML file or a template with its rendering in a `.txt` of the same name."""
    for path in _named(name):
        if path.suffix in (".yaml", ".md") and path.with_suffix(".txt").exists():
            yield Example({path.name: _read(path)}, _read(path.with_suffix(".txt")))


def _from_folders(name: str) -> Iterator[Example]:
    """Yield a folder of files with their rendering in `problems.txt`."""
    for folder in _named(name):
        if (folder / "problems.txt").exists():
            files = sorted(
                p
                for p in folder.rglob("*")
                if p.is_file() and p.suffix in (".yaml", ".csv", ".jsonl", ".md")
            )
            texts = {p.relative_to(folder).as_posix(): _read(p) for p in files}
            yield Example(texts, _read(folder / "problems.txt"))


def _from_renderings(name: str) -> Iterator[Example]:
    """Yield what a situation prints, where the text alone does not cause it."""
    for path in [p for p in _named(name) if p.suffix == ".txt"]:
        has_file = any(path.with_suffix(suffix).exists() for suffix in (".yaml", ".md"))
        if not has_file and path.parent.name != "language_cases":
            yield Example({}, _read(path))


@cache
def _blocks(file: str) -> list[str]:
    path = next(TESTS.rglob(f"language_cases/{file}"))
    blocks = [b.strip("\n") for b in _read(path).split("\n\n")]
    return sorted(
        (b for b in blocks if b and not b.startswith("#")), key=lambda b: (b.count("\n"), len(b), b)
    )


def _from_conditions(name: str) -> Iterator[Example]:
    """Yield a condition with the problem below its place."""
    for block in _blocks("wrong.txt"):
        if f"^ {name}: " in block:
            yield Example({}, block)


def _from_structures(name: str) -> Iterator[Example]:
    """Yield a condition written as YAML, with the problem's line and column."""
    for block in _blocks("structured.txt"):
        lines = block.splitlines()
        wrong = [n for n, line in enumerate(lines) if line.startswith("!!")]
        if wrong and any(f" {name}: " in lines[n] for n in wrong):
            yield Example({"condition": "\n".join(lines[: wrong[0]])}, "\n".join(lines[wrong[0] :]))
