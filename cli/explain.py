"""`tenure explain`: one account, playbook by playbook."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

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
    "--when", "ahead", is_flag=True, help="Only what can come, when, and what would change that."
)
@format_option(EXPLAIN_FORMATS)
def explain_command(
    account: str, root: Path, on: dt.date | None, playbook: str | None, ahead: bool, form: str
) -> None:
    """Explain the state of ACCOUNT: which conditions are true, false or unknown.

    With --when, list what can come to it, with the date if nothing about it changes, and the smallest change by which
    it would not come, or would.
    """
    from ..engine.reports.explanation import explain_account

    project = open_project(root)
    day = choose_day(project, on)
    found = explain_account(project, account, day, choose_playbooks(project, playbook), ahead=ahead)
    if found is None:
        message = no_account(project, day, account, "in the newest snapshot or in the store")
        raise click.BadParameter(message, param_hint="ACCOUNT")
    hand_over(lambda: found)
    if ahead:
        from ..engine.reports.coming_dates import (
            WIDEST_CHANGE,
            coming_dates_data,
            coming_dates_listing,
        )
        from ..engine.reports.table import draw_text_table

        if form == "json":
            write_output(_json(coming_dates_data(found)), form)
        else:
            write_output(draw_text_table(coming_dates_listing(found), WIDEST_CHANGE), form)
        return
    if form == "json":
        from ..engine.reports.explain_data import explanation_data

        write_output(_json(explanation_data(found)), form)
    else:
        from ..engine.reports.explain_text import explanation_text

        write_output(explanation_text(found, brief=form == "brief"))


def _json(data: Any) -> str:
    import json

    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"
