"""`tenure explain`: one account, playbook by playbook."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from .options import format_option, on_option, workspace_option
from .output import write
from .project import choose_day, choose_playbooks, no_account, open_project

FORMATS = ("text", "brief", "json")


@click.command("explain")
@click.argument("account")
@workspace_option
@on_option
@click.option("--playbook", help="In this playbook only.")
@format_option(FORMATS)
def command(account: str, root: Path, on: dt.date | None, playbook: str | None, form: str) -> None:
    """Say where ACCOUNT stands, what holds, what does not, and what cannot be told."""
    from ..engine.reports.explain import explain

    project = open_project(root)
    day = choose_day(project, on)
    found = explain(project, account, day, choose_playbooks(project, playbook))
    if found is None:
        message = no_account(project, day, account, "in the newest snapshot or in the store")
        raise click.BadParameter(message, param_hint="ACCOUNT")
    if form == "json":
        import json

        from ..engine.reports.explain_data import to_data

        write(json.dumps(to_data(found), ensure_ascii=False, indent=1) + "\n", form)
    else:
        from ..engine.reports.explain_text import to_text

        write(to_text(found, brief=form == "brief"))
