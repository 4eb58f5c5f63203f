"""Problems that a user can correct, as values, and the spans of text that they refer to.

Functions return the problems that they detect; nothing in this module prints.
`Problems` is the only exception, raised where work cannot continue.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    """

    code: str
    message: str
    span: Span | None = None
    hint: str | None = None
    also: tuple[tuple[Span, str], ...] = ()
    severity: Severity = "error"


class Problems(Exception):
    """An exception that carries every problem detected by work that cannot continue."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))
