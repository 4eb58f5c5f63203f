"""`tenure simulate`: look ahead over all accounts, in memory."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from .handover import hand_over
from .options import (
    format_option,
    last_day,
    on_option,
    read_until,
    today,
    today_option,
    workspace_option,
)
from .output import write_output
from .run_output import with_progress
from .workspaces import exit_with, open_project, report_problems

SIMULATE_FORMATS = ("table", "json", "csv", "markdown", "html")
LOOKS_AHEAD = dt.timedelta(days=365)


@click.command("simulate")
@workspace_option
@on_option
@today_option
@click.option(
    "--until",
    metavar="DATE|+DAYSd",
    callback=read_until,
    help="The last day to look at.  [default: +365d]",
)
@format_option(SIMULATE_FORMATS)
def simulate_command(
    root: Path,
    on: dt.date | None,
    now: dt.date | None,
    until: dt.date | dt.timedelta | None,
    form: str,
) -> None:
    """Show what the playbooks bring in the days to come: actions, load and contacts.

    Every day is evaluated in memory: nothing is written. Accounts stay as they are now.
    """
    from ..engine.foresight.simulation import simulate_days
    from ..engine.foresight.simulation_text import Simulation, simulation_text

    project = open_project(root)
    exit_with(project.errors)
    now = now or today(project.workspace)
    day = on or now
    last = last_day(day, until or LOOKS_AHEAD)
    run = with_progress(
        lambda progress: simulate_days(project, day, last, today=now, progress=progress)
    )
    report_problems(warning for warning in run.warnings if warning not in project.problems)
    simulation = Simulation(day, last, (run,))
    hand_over(lambda: simulation)
    write_output(simulation_text(simulation, form), form)
