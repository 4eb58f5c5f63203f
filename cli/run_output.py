"""Output that `run` and `preview` share: the progress bar and the result."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .handover import hand_over
from .output import echo_status, write_output
from .workspaces import exit_with, report_problems

if TYPE_CHECKING:
    import polars as pl

    from ..engine.project.loading import Project
    from ..engine.runs.running import RunOutcome
    from ..engine.runs.stages import Progress

WorkResult = TypeVar("WorkResult")

PATIENCE = 1.0
"""Seconds after which a bar appears."""


class ProgressBar:
    """A progress bar on standard error, drawn only for work that takes longer than `PATIENCE`."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._started = time.monotonic()
        self._bar: Any = None
        self._done = 0

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` parts of the work are done."""
        if self._bar is None:
            if time.monotonic() - self._started < PATIENCE:
                return
            self._bar = click.progressbar(length=total, label=self._label, file=sys.stderr)
            self._bar.render_progress()
        self._bar.update(done - self._done)
        self._done = done

    def close(self) -> None:
        """Remove the bar from the terminal's line, if there is one."""
        if self._bar is not None:
            self._bar.render_finish()


def with_progress(
    work: Callable[[Progress | None], WorkResult], label: str = "Evaluating"
) -> WorkResult:
    """Do the work, with a bar if standard error is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        return work(None)
    bar = ProgressBar(label)
    try:
        return work(bar)
    finally:
        bar.close()


def show_result(project: Project, result: RunOutcome, form: str) -> None:
    """Show the result on standard output, notes and warnings on standard error, and set the exit code.

    A playbook that could not be loaded makes it 1, and more bad rows than the workspace tolerates make it 4.
    """
    from ..engine.reports.summary import report_run
    from ..engine.runs.edits import edit_notes

    hand_over(lambda: result)
    report_problems(warning for warning in result.warnings if warning not in project.problems)
    if result.note:
        echo_status(result.note)
    for note in edit_notes(result.edited):
        echo_status(note)
    if result.disabled:
        echo_status(f"disabled, so not evaluated: {', '.join(result.disabled)}")
    name = project.workspace.name
    text = report_run(
        result.dates, result.found, result.counts, result.quarantined, form, workspace=name
    )
    write_output(text, form)
    if any(warning.code == "no-members" for warning in result.warnings):
        echo_status("some playbooks have no account: see warning[no-members] above")
    if not result.quarantined.is_empty():
        echo_status(bad_values_text(result.quarantined, project))
    exit_with(result.warnings, left_out=not result.tolerated)


def bad_values_text(quarantined: pl.DataFrame, project: Project) -> str:
    """Return how many values are bad, and how many accounts they leave out."""
    from ..engine.sources.left_out import rows_left_out

    bad, accounts = quarantined.height, rows_left_out(quarantined, project.catalogue)
    values = f"{bad} bad value{'' if bad == 1 else 's'} left out"
    if accounts:
        values += f", and with {'it' if bad == 1 else 'them'} {accounts} account"
        values += "" if accounts == 1 else "s"
    return f"{values}; see `Bad values`, or --format json"
