"""Exceptions of the Python API, by the exit code that the command line has for them. Private: import from `tenure`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from .engine.core.problems import Problem, Problems

if TYPE_CHECKING:
    from .engine.store import Commits


class TenureError(Exception):
    """The base class of all errors of the Python API.

    Attributes:
        exit_code: The exit code of the command line for this error.
        problems: The problems that caused it; empty where the message says it all.
        committed: The dates that the failed run committed all the same. The next run continues after them.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        problems: Iterable[Problem] = (),
        committed: Iterable[dt.date] = (),
    ) -> None:
        super().__init__(message)
        self.problems = tuple(problems)
        self.committed = tuple(committed)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.problems, self.committed)


class ProblemsError(TenureError):
    """Problems in files, data or the store prevent the work. The message shows each with its line.

    Examples:
        >>> import tenure
        >>> try:
        ...     tenure.parse_condition("helth_score < 70")
        ... except tenure.ProblemsError as error:
        ...     print(error.problems[0].code, error.problems[0].hint)
        unknown-field did you mean `health_score`?
    """

    exit_code = 1


class UsageError(TenureError, ValueError):
    """An argument is not valid: an unknown name, a text that is not a date, a path without a workspace."""

    exit_code = 2


class LockedError(TenureError):
    """Another run of the same workspace is under way."""

    exit_code = 3


class CommittedError(TenureError):
    """Every date is committed, but the result could not be read. `Workspace.actions` lists what was issued."""

    exit_code = 5


def problems_error(
    problems: Iterable[Problem],
    texts: Mapping[str, str],
    committed: Iterable[dt.date] = (),
) -> ProblemsError:
    """Return the error that shows problems with their lines of `texts`, the files by name."""
    from .engine.text.problem_text import render

    problems = tuple(problems)
    return ProblemsError(render(problems, texts).rstrip("\n"), problems, committed)


@contextmanager
def public_errors(
    texts: Mapping[str, str] | None = None, commits: Commits | None = None
) -> Iterator[None]:
    """Raise the engine's exceptions as those of this module.

    Args:
        texts: The files read, by name, to show the lines of problems.
        commits: The dates that the work has committed so far.
    """
    committed = commits.dates if commits is not None else []
    try:
        yield
    except TenureError:
        raise
    except Problems as error:
        raise problems_error(error.problems, texts or {}, committed) from error
    except Exception as error:
        # By name: importing the store would import Polars, which reading a workspace does not need.
        if type(error).__name__ == "Locked":
            raise LockedError(str(error), committed=committed) from error
        if isinstance(error, OSError) or committed:
            raise TenureError(str(error), committed=committed) from error
        raise
