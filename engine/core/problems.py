"""Problems that a user can correct, as values, and the spans of text that they refer to.

Functions return or yield the problems that they detect; where there may be many, they report them to a `ProblemList`.
Nothing in this module prints. `Problems` is the only exception, raised where work cannot continue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Span:
    """A range of text in one file; lines and columns count from 1, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def up_to(self, end: Span) -> Span:
        """Return the range from the start of this one to the end of another."""
        return Span(self.file, self.line, self.column, end.end_line, end.end_column)


@dataclass(frozen=True, slots=True)
class Fix:
    """A correction that cannot be wrong: the text at a place, and what is written instead.

    Attributes:
        span: The text that is replaced.
        text: The text to write instead; empty to take it out.
        written: The text that is replaced, where it is known: elsewhere in the file the correction is not made.
    """

    span: Span
    text: str
    written: str | None = None


def correction(span: Span, text: str, written: str) -> Fix | None:
    """Return the correction of a text; None where its place in the file is not known exactly, or is not on one line."""
    exact = span.line == span.end_line and span.end_column - span.column == len(written)
    return Fix(span, text, written) if exact else None


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem that a user can correct.

    Attributes:
        code: The documented code, such as `unknown-field`.
        message: The fault, in one sentence.
        span: The text that is wrong; None where there is none.
        hint: A correct text to write instead.
        also: Related spans, each with a label, such as the first of two duplicate keys.
        severity: `error` or `warning`.
        fix: The correction, where it is certain.
    """

    code: str
    message: str
    span: Span | None = None
    hint: str | None = None
    also: tuple[tuple[Span, str], ...] = ()
    severity: Severity = "error"
    fix: Fix | None = None


class ProblemList(list[Problem]):
    """The problems of one text, in the order of their detection.

    Args:
        problems: The problems detected before.
        wanted: Returns whether to add a problem that is reported; by default each one is added.
    """

    def __init__(
        self,
        problems: Iterable[Problem] = (),
        wanted: Callable[[Problem], bool] | None = None,
    ) -> None:
        super().__init__(problems)
        self._wanted = wanted

    def report(
        self,
        code: str,
        message: str,
        span: Span | None,
        hint: str | None = None,
        also: tuple[tuple[Span, str], ...] = (),
    ) -> None:
        """Add a problem with these parts, if it is wanted."""
        problem = Problem(code, message, span, hint, also)
        if self._wanted is None or self._wanted(problem):
            self.append(problem)


def by_position(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems of one file in the order of their spans; those without a span first."""
    return sorted(problems, key=_position)


def _position(problem: Problem) -> tuple[int, int]:
    return (problem.span.line, problem.span.column) if problem.span else (0, 0)


class Problems(Exception):
    """An exception that carries every problem detected by work that cannot continue."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))
