"""`tenure fields`: the field catalogue, where each field comes from, and who reads it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from .options import format_option, on_option, workspace_option
from .output import write_output
from .workspaces import choose_day, load_quietly

FIELD_FORMATS = ("table", "csv", "json")


@click.command("fields")
@workspace_option
@on_option
@click.option(
    "--profile",
    is_flag=True,
    help="With the values of the newest snapshot: filled, range, examples, last change.",
)
@format_option(FIELD_FORMATS)
def fields_command(root: Path, on: dt.date | None, profile: bool, form: str) -> None:
    """List the fields of an account, and where they come from."""
    from ..engine.reports.field_listing import list_fields
    from ..engine.reports.listing import WRITERS
    from ..engine.reports.table import draw_text_table

    project = load_quietly(root)
    day = choose_day(project, on)
    if profile:
        from ..engine.reports.field_profile import profile_fields

        listing = profile_fields(project, day)
    else:
        listing = list_fields(project, day)
    write_output(draw_text_table(listing) if form == "table" else WRITERS[form](listing), form)
