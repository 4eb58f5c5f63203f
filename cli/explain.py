"""`tenure explain`: one account, playbook by playbook."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from .handover import hand_over
from .options import format_option, on_option, workspace_option
from .output import write_output
from .workspaces import choose_day, choose_playbooks, no_account, open_project

EXPLAIN_FORMATS = ("text", "brief", "json")


@click.command("explain")
@click.argument("account")
@workspace_option
@on_option
@click.option("--playbook", help="In this playbook only.")
@click.option(
    "--when", "dates", is_flag=True, help="Only the dates to come on which something can happen."
)
@format_option(EXPLAIN_FORMATS)
def explain_command(
    account: str, root: Path, on: dt.date | None, playbook: str | None, dates: bool, form: str
) -> None:
    """Explain the state of ACCOUNT: which conditions are true, false or unknown.

    With --when, list every date to come on which something can happen to it if nothing about it changes.
    """
    from ..engine.reports.explanation import explain_account

    project = open_project(root)
    day = choose_day(project, on)
    found = explain_account(project, account, day, choose_playbooks(project, playbook))
    if found is None:
        message = no_account(project, day, account, "in the newest snapshot or in the store")
        raise click.BadParameter(message, param_hint="ACCOUNT")
    hand_over(lambda: found)
    if dates:
        from ..engine.reports.coming_dates import coming_dates_listing
        from ..engine.reports.listing import listing_json
        from ..engine.reports.table import draw_text_table

        listing = coming_dates_listing(found)
        write_output(listing_json(listing) if form == "json" else draw_text_table(listing), form)
        return
    if form == "json":
        import json

        from ..engine.reports.explain_data import explanation_data

        write_output(json.dumps(explanation_data(found), ensure_ascii=False, indent=1) + "\n", form)
    else:
        from ..engine.reports.explain_text import explanation_text

        write_output(explanation_text(found, brief=form == "brief"))
