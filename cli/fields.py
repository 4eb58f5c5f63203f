"""`tenure fields`: the field catalogue, where each field comes from, and who reads it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from .options import format_option, on_option, workspace_option
from .output import write
from .project import choose_day, load_quietly

FORMATS = ("table", "csv", "json")


@click.command("fields")
@workspace_option
@on_option
@format_option(FORMATS)
def command(root: Path, on: dt.date | None, form: str) -> None:
    """List the fields of an account, and where they come from."""
    from ..engine.reports.catalogue import list_fields
    from ..engine.reports.listing import WRITERS
    from ..engine.reports.table import draw_table

    project = load_quietly(root)
    listing = list_fields(project, choose_day(project, on))
    write(draw_table(listing) if form == "table" else WRITERS[form](listing), form)
