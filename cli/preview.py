"""`tenure preview`: show what a run would do, with the same code and output, and write nothing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import click

from ..engine.reports.formats import ACTION_FORMATS
from .allocator import load_polars
from .options import (
    everybody_option,
    format_option,
    last_day,
    on_option,
    today,
    today_option,
    until_option,
    workspace_option,
)
from .run_output import show_result, with_progress
from .stage_log import log_option, stage_log
from .workspaces import open_project


@click.command("preview")
@workspace_option
@on_option
@today_option
@until_option("Also later dates, up to this one or a number of days after --on: +30d.")
@click.option("--messages", is_flag=True, help="With the messages that would be sent.")
@everybody_option
@format_option(ACTION_FORMATS)
@log_option
def preview_command(
    root: Path,
    on: dt.date | None,
    now: dt.date | None,
    until: dt.date | dt.timedelta | None,
    messages: bool,
    everybody: bool,
    form: str,
    log: str | None,
) -> None:
    """Show what a run would do, and write nothing."""
    load_polars()
    from ..engine.runs.running import preview

    project = open_project(root)
    now = now or today(project.workspace)
    day = on or now
    last = last_day(day, until, dt.timedelta(0))
    result = with_progress(
        lambda progress: preview(
            project,
            day,
            until=last,
            today=now,
            progress=progress,
            everybody=everybody,
            observer=stage_log("date previewed", log),
        )
    )
    if messages:
        from ..engine.reports.rendered_messages import with_messages

        # The preview has warned of the languages already.
        entries, _ = with_messages(project, result.entries, result.store)
        result = replace(result, found=entries.lazy())
    show_result(project, result, form)
