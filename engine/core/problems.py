"""What a user can get wrong, as values.

Functions that find problems return them; nothing is printed here.
`Problems` is the one exception, raised only where work cannot go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one file; lines and columns count from 1, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: a documented `code`, where it is, why, and what to write instead.

    `also` holds other places that belong to it (the first of two duplicate keys), each with a label.
    """

    code: str
    message: str
    span: Span | None = None
    hint: str | None = None
    also: tuple[tuple[Span, str], ...] = ()
    severity: Severity = "error"


class Problems(Exception):
    """Carries every problem found out of a piece of work that cannot go on."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(problem.message for problem in self.problems))
