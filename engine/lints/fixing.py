"""Correct what has one certain correction in the text of a playbook, and nothing else of it.

Each correction replaces the characters at one place; comments, order and quotes stay. After each one the text is
checked again, and a correction that leaves its problem or brings another one is taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ..core.atomic_files import write_whole
from ..core.problems import Fix, Problem, Problems, Span
from ..playbook.lowering import Symbols
from ..project.content import ReadProject
from ..project.project_reading import checked_playbook, symbols_of
from ..text.input_files import read_text
from ..text.problem_text import sort
from .linting import lint_playbook

Check = Callable[[str], list[Problem]]
"""Returns all problems of a playbook's text."""

_MOST_FIXES = 500


class FixedText(NamedTuple):
    """A text with its corrections, and the problems that they corrected, in the order of the text."""

    text: str
    fixed: tuple[Problem, ...]


class FixedFile(NamedTuple):
    """A playbook file, as it was read and with its corrections."""

    file: str
    before: str
    after: FixedText


def fix_playbooks(read: ReadProject) -> list[FixedFile]:
    """Return the playbook files that have certain corrections, with them made; nothing is written."""
    if read.workspace is None:
        return []
    around = symbols_of(read.workspace, read.catalogue)
    found = []
    for file in read.files:
        text = read.texts.get(file)
        if text is not None:
            fixed = fix_text(text, partial(_check, file, read, around))
            if fixed.fixed:
                found.append(FixedFile(file, text, fixed))
    return found


def _check(file: str, read: ReadProject, around: Symbols, text: str) -> list[Problem]:
    playbook, problems = checked_playbook(text, file, around)
    if playbook is None or any(each.severity == "error" for each in problems):
        return problems
    return problems + lint_playbook(playbook, read.catalogue.fields, read.workspace, problems)


def write_fixed(root: Path, files: list[FixedFile]) -> None:
    """Write the corrected files, each whole.

    Raises:
        Problems: One of them is not as it was read; then none is written.
    """
    for each in files:
        if read_text(root / each.file, each.file)[0] != each.before:
            message = f"{each.file} was edited meanwhile: nothing was written"
            hint = "run `tenure validate --fix` again"
            raise Problems([Problem("edited-meanwhile", message, hint=hint)])
    for each in files:
        write_whole(root / each.file, each.after.text.encode())


def fix_text(text: str, check: Check) -> FixedText:
    """Return the text with every certain correction made."""
    fixed: list[Problem] = []
    refused: set[tuple[str, str]] = set()
    problems = check(text)
    for _ in range(_MOST_FIXES):
        problem = next((each for each in sort(problems) if _is_open(each, text, refused)), None)
        if problem is None or problem.fix is None:
            break
        corrected = splice(text, problem.fix)
        after = None if corrected is None else check(corrected)
        if corrected is not None and after is not None and _is_better(problems, after):
            fixed.append(problem)
            text, problems = corrected, after
        else:
            refused.add(_key(problem, text))
    return FixedText(text, tuple(fixed))


def _is_open(problem: Problem, text: str, refused: set[tuple[str, str]]) -> bool:
    return problem.fix is not None and _key(problem, text) not in refused


def _key(problem: Problem, text: str) -> tuple[str, str]:
    """Return a problem's code, message and line as a key that stays while other lines change."""
    line = problem.span.line if problem.span else 0
    return problem.code, f"{problem.message}\n{text.splitlines()[line - 1 : line]}"


def _is_better(before: list[Problem], after: list[Problem]) -> bool:
    """Return whether there are fewer errors, or else as many errors and fewer warnings.

    Without errors, more is checked: warnings may be found then.
    """
    errors = [sum(each.severity == "error" for each in problems) for problems in (before, after)]
    return (errors[1], len(after)) < (errors[0], len(before))


def splice(text: str, fix: Fix) -> str | None:
    """Return the text with one correction; None where its place has another text than the one to replace.

    A word is never joined with the one next to it.
    """
    start, end = _index(text, fix.span.line, fix.span.column), _index(text, *_end(fix.span))
    if fix.written is not None and text[start:end] != fix.written:
        return None
    before, after = text[:start], text[end:]
    if fix.text[:1].isalnum() and before[-1:].isalnum():
        before += " "
    if fix.text[-1:].isalnum() and after[:1].isalnum():
        after = " " + after
    return before + fix.text + after


def _end(span: Span) -> tuple[int, int]:
    return span.end_line, span.end_column


def _index(text: str, line: int, column: int) -> int:
    """Return the index of a position; lines end as YAML counts them."""
    index = 0
    for _ in range(line - 1):
        ends = [end for end in (text.find("\n", index), text.find("\r", index)) if end >= 0]
        if not ends:
            return len(text)
        index = min(ends) + (2 if text.startswith("\r\n", min(ends)) else 1)
    return min(index + column - 1, len(text))
