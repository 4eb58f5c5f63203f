"""`tenure run`: evaluate the dates that are due and commit them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from ..engine.reports.formats import ACTION_FORMATS
from .allocator import load_polars
from .ending import watch
from .options import (
    everybody_option,
    forced_reason,
    format_option,
    on_option,
    today,
    today_option,
    workspace_option,
)
from .run_output import show_result, with_progress
from .stage_log import log_option, stage_log
from .workspaces import open_project, report_problems


@click.command("run")
@workspace_option
@on_option
@today_option
@click.option(
    "--redo", is_flag=True, help="Evaluate a committed date again; adds only what is new."
)
@click.option(
    "--force",
    metavar="REASON",
    callback=forced_reason,
    help="Pass every brake, and record why.",
)
@everybody_option
@format_option(ACTION_FORMATS)
@log_option
def run_command(
    root: Path,
    on: dt.date | None,
    now: dt.date | None,
    redo: bool,
    force: str,
    everybody: bool,
    form: str,
    log: str | None,
) -> None:
    """Evaluate the dates that are due, and issue their actions.

    A date already committed with the same inputs is left alone.
    """
    load_polars()
    from ..engine.runs.running import run
    from ..engine.store import Commits

    project = open_project(root)
    now = now or today(project.workspace)
    day = on or now
    commits = Commits()
    ending = watch(commits)
    result = with_progress(
        lambda progress: run(
            project,
            day,
            redo=redo,
            force=force,
            today=now,
            progress=progress,
            commits=commits,
            everybody=everybody,
            observer=stage_log("date committed", log),
        )
    )
    ending.complete = True
    report_problems(commits.warnings)
    commits.warnings.clear()
    if project.workspace.channels:
        from ..engine.delivery.failures import warn_of_failures
        from ..engine.store.reader import Reader

        report_problems(warn_of_failures(Reader.of(project), day))
    show_result(project, result, form)
