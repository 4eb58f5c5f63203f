"""`tenure run`: evaluates the dates that are due and commits them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from ..engine.reports.formats import FORMATS
from .evaluate import show_result, with_progress
from .options import format_option, on_option, workspace_option
from .project import choose_day, open_project


@click.command("run")
@workspace_option
@on_option
@click.option(
    "--redo", is_flag=True, help="Evaluate a committed date again; adds only what is new."
)
@format_option(FORMATS)
def command(root: Path, on: dt.date | None, redo: bool, form: str) -> None:
    """Evaluate the dates that are due, and issue their actions.

    A date already committed with the same inputs is left alone.
    """
    from ..engine.runs.run import run

    project = open_project(root)
    day = choose_day(project, on)
    result = with_progress(lambda progress: run(project, day, redo=redo, progress=progress))
    show_result(project, result, form)
