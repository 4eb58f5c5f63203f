"""What commands print: results on standard output, all else on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import click

from ..engine.text.problem import Problem, Span


def write(text: str | Iterable[str]) -> None:
    """A result, as it is, whole or in pieces, on standard output."""
    # Not `click.echo`: it flushes after each piece, and a first day may have millions of lines.
    sys.stdout.writelines([text] if isinstance(text, str) else text)
    sys.stdout.flush()


def say(text: str) -> None:
    """A line about the work, on standard error."""
    click.echo(text, err=True)


def show_problems(problems: Iterable[Problem], texts: Mapping[str, str]) -> None:
    """Problems in rustc's layout on standard error, with the lines of the files in `texts`."""
    problems = list(problems)
    if not problems:
        return
    from ..engine.text.render import render

    click.echo(render(problems, texts, colour=colourful()), nl=False, err=True)


def colourful() -> bool:
    """Whether standard error is a terminal that wants colours (see no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


def failed(problems: Iterable[Problem]) -> bool:
    """Whether any of them is an error."""
    return any(problem.severity == "error" for problem in problems)


def seen_from_here(problem: Problem, root: Path) -> Problem:
    """The problem with its files named from the current folder, as editors and CI want them."""

    def moved(span: Span) -> Span:
        return replace(span, file=(root / span.file).as_posix())

    if root == Path():
        return problem
    return replace(
        problem,
        span=moved(problem.span) if problem.span else None,
        also=tuple((moved(span), label) for span, label in problem.also),
    )


def texts_from_here(texts: Mapping[str, str], root: Path) -> dict[str, str]:
    """Texts by the names that `seen_from_here` gives their files."""
    return {(root / file).as_posix(): text for file, text in texts.items()}
