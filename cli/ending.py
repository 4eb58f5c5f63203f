"""End a command: its exit code, and the message about what failed.

If dates are committed, the message says so, whatever failed afterwards.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

import click

from .exit_codes import BROKEN_PIPE, INTERRUPTED, LOCKED, NOT_SHOWN, PROBLEMS

if TYPE_CHECKING:
    from ..engine.store.committed import Commits

HOME = "the issues of the project that you got Tenure from"

OURS = (__package__ or "").partition(".")[0]

_STAY = "stay; the next run goes on after them"
_MEMORY = "tenure.ending"


@dataclass(slots=True)
class Ending:
    """The progress of a run so far."""

    commits: Commits
    complete: bool = False
    """True once every due date is committed, so that only showing it can still fail."""


def watch(commits: Commits) -> Ending:
    """Have the committed dates named if the command fails from now on."""
    ending = Ending(commits)
    click.get_current_context().find_root().meta[_MEMORY] = ending
    return ending


def end(error: BaseException, ctx: click.Context) -> int:
    """Write to standard error what failed and what is committed all the same, and return the exit code."""
    if os.environ.get("TENURE_DEBUG") == "1":
        import traceback

        from .streams import note

        note("".join(traceback.format_exception(error)))
    code = _explain(error)
    ending: Ending | None = ctx.find_root().meta.get(_MEMORY)
    if ending is None or not ending.commits.dates:
        return code
    from .output import echo_status
    from .workspaces import report_problems

    report_problems(ending.commits.warnings)
    echo_status(_committed(ending))
    return NOT_SHOWN if ending.complete else code


def _committed(ending: Ending) -> str:
    dates = _dates(ending.commits.dates)
    if ending.complete:
        return (
            f"tenure: {dates} committed, and only showing the result failed;\n"
            "`tenure actions` lists what was issued. Do not run it again for that."
        )
    stays = "stays; the next run goes on after it" if len(ending.commits.dates) == 1 else _STAY
    return f"tenure: before that, {dates} committed and {stays}."


def _dates(dates: list[dt.date]) -> str:
    """Describe the dates: `2026-03-01 is`, `3 dates, 2026-03-01 to 2026-03-03, are`."""
    if len(dates) == 1:
        return f"{dates[0]} is"
    return f"{len(dates)} dates, {dates[0]} to {dates[-1]}, are"


def _explain(error: BaseException) -> int:
    """Write what went wrong, and return its exit code."""
    from ..engine.core.problems import Problems
    from .output import echo_status
    from .streams import NotShown

    whole = "nothing was written that is not whole"
    if isinstance(error, BrokenPipeError):
        return BROKEN_PIPE
    if isinstance(error, KeyboardInterrupt):
        echo_status(f"tenure: interrupted; {whole}")
        return INTERRUPTED
    if isinstance(error, Problems):
        from .workspaces import report_problems

        report_problems(error.problems)
    elif type(error).__name__ == "Locked":
        echo_status(f"tenure: {error}")
        return LOCKED
    elif isinstance(error, NotShown):
        echo_status(f"tenure: the result could not be written to standard output: {error}")
    elif isinstance(error, OSError):
        echo_status(f"tenure: {_refused(error)}")
    elif not isinstance(error, Exception):
        echo_status(
            f"tenure: the library {library(error)} failed, {type(error).__name__}: {error}\n"
            f"{whole.capitalize()}. Please report it to {HOME},\n"
            "with what you ran; TENURE_DEBUG=1 shows where it came from."
        )
    else:
        echo_status(
            f"tenure: an error of Tenure's own, {type(error).__name__}: {error}\n"
            f"{whole.capitalize()}. Please report it to {HOME},\n"
            "with what you ran; TENURE_DEBUG=1 shows where it came from."
        )
    return PROBLEMS


def library(error: BaseException) -> str:
    """Return the package that raised an error, or the one that defines it."""
    name, frame = "", error.__traceback__
    while isinstance(frame, TracebackType):
        name, frame = frame.tb_frame.f_globals.get("__name__", ""), frame.tb_next
    top = str(name).partition(".")[0]
    return type(error).__module__ if top in ("", "__main__", OURS) else top


def _refused(error: OSError) -> str:
    """Return the system's message without its number: `notes/x.md: its folder does not exist`."""
    if error.filename is None or error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror[:1].lower()}{error.strerror[1:]}"
