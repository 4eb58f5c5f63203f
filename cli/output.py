"""Write what commands print: results to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ..engine.core.problems import Problem, Span
from ..engine.text.printable import fit_json, fit_lines
from .docs_address import docs_address
from .streams import flush, note, put

FITTED: dict[str, Callable[[str], str]] = {
    "json": fit_json,
    "jsonl": fit_json,
    "sarif": fit_json,
    # Its lines are folded, which may separate a character from one that joins it to the next: fitted before.
    "ical": str,
}
"""The function that makes a format's text fit to show. Other formats are text for people: `fit_lines`."""


def write_output(text: str | Iterable[str], form: str = "text") -> None:
    """Write a result in a format to standard output, whole or in pieces, with nothing that a terminal would obey."""
    fitted = FITTED.get(form, fit_lines)
    for piece in [text] if isinstance(text, str) else text:
        put(fitted(piece))
    flush()


def unified_difference(before: str, after: str, name: str, label: str) -> Iterator[str]:
    """Yield the lines of a unified difference of two texts of a file; the label says what became of the second one."""
    from difflib import unified_diff

    one, other = (text.splitlines(keepends=True) for text in (before, after))
    for line in unified_diff(one, other, name, f"{name} ({label})"):
        yield line if line.endswith("\n") else f"{line}\n"


def echo_status(text: str) -> None:
    """Write a line about the work to standard error."""
    note(fit_lines(text) + "\n")


def show_problems(problems: Iterable[Problem], texts: Mapping[str, str]) -> None:
    """Write problems in rustc's layout to standard error, with the lines of the files in `texts`."""
    problems = list(problems)
    if not problems:
        return
    from ..engine.text.problem_text import render

    colour = colourful()
    note(render(problems, texts, colour, docs_address() if colour else None))


def colourful() -> bool:
    """Return whether standard error is a terminal that accepts colours (see no-color.org)."""
    if sys.stderr is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stderr.isatty()


def failed(problems: Iterable[Problem]) -> bool:
    """Return whether any of them is an error."""
    return any(problem.severity == "error" for problem in problems)


def seen_from_here(problem: Problem, root: Path) -> Problem:
    """Return the problem with its files named from the current folder, as editors and CI need them."""

    def moved(span: Span) -> Span:
        return replace(span, file=(root / span.file).as_posix())

    if root == Path():
        return problem
    return replace(
        problem,
        span=moved(problem.span) if problem.span else None,
        also=tuple((moved(span), label) for span, label in problem.also),
        fix=replace(problem.fix, span=moved(problem.fix.span)) if problem.fix else None,
    )


def texts_from_here(texts: Mapping[str, str], root: Path) -> dict[str, str]:
    """Return the texts by the names that `seen_from_here` gives their files."""
    return {(root / file).as_posix(): text for file, text in texts.items()}
