"""The command line from Python. Private: import from `tenure`."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

from .exceptions import UsageError


@dataclass(frozen=True, slots=True)
class Invocation:
    """The result of `tenure.invoke`.

    Attributes:
        exit_code: The exit code of the command.
        result: The value of the command: a `RunResult` of `run` and `preview`, a frame of `actions`, `diff` and
            `metrics`, an `Explanation` of `explain`, a `Report` of `report`, a tuple of problems of `validate`, the
            value of the JSON of `simulate`. None of other commands, and where the command failed before it had one.
        output: The text written to standard output.
        messages: The text written to standard error.
    """

    exit_code: int
    result: Any
    output: str = field(repr=False)
    messages: str = field(repr=False)

    @property
    def success(self) -> bool:
        """Return whether the command did its work: exit code 0, or 4 where rows were left out."""
        return self.exit_code in (0, 4)


def invoke(args: Iterable[str | os.PathLike[str]]) -> Invocation:
    """Run a command of the command line in this process.

    Standard output and standard error are captured, so that only one call at a time may run in a process.

    Args:
        args: The words after `tenure`, such as `["run", "--workspace", "demo"]`.

    Returns:
        The exit code, the command's value, and what it wrote. Failures are exit codes, not exceptions.

    Raises:
        UsageError: `args` is not a list of texts and paths.

    Examples:
        >>> import tenure
        >>> tenure.invoke(["validate", "--workspace", "demo"]).exit_code
        0
        >>> outcome = tenure.invoke(["preview", "--workspace", "demo", "--on", "2026-04-01"])
        >>> outcome.exit_code, outcome.success, outcome.result.dates
        (4, True, (datetime.date(2026, 4, 1),))
        >>> tenure.invoke(["preveiw"]).exit_code
        2
    """
    words = _words(args)
    from .cli.handover import collect
    from .cli.main import main

    output, messages = io.StringIO(), io.StringIO()
    with redirect_stdout(output), redirect_stderr(messages), collect() as values:
        try:
            main.main(words, prog_name="tenure")
            code: object = 0
        except SystemExit as error:
            code = error.code
    exit_code = code if isinstance(code, int) else int(code is not None)
    result = _public(values[-1]) if values else None
    return Invocation(exit_code, result, output.getvalue(), messages.getvalue())


def _words(args: object) -> list[str]:
    if isinstance(args, Iterable) and not isinstance(args, str | bytes):
        words = list(args)
        if all(isinstance(word, str | os.PathLike) for word in words):
            return [str(os.fspath(word)) for word in words]
    raise UsageError(f"args is not a list of texts: {args!r}; pass ['run', '--on', '2026-03-02']")


def _public(value: object) -> object:
    """Return the public form of a command's value."""
    from .engine.documents.registry import Rendered
    from .engine.reports.explanation import AccountExplanation
    from .engine.reports.listing import Listing
    from .engine.runs.running import RunOutcome
    from .result_types import explanation_result, figures_frame, report_result, run_result

    if isinstance(value, RunOutcome):
        return run_result(value)
    if isinstance(value, AccountExplanation):
        return explanation_result(value)
    if isinstance(value, Listing):
        return figures_frame(value)
    if isinstance(value, tuple) and len(value) == 3 and isinstance(value[2], Rendered):
        return report_result(*value)
    return value
