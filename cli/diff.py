"""`tenure diff`: show what an edit changes, before it happens."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from .exit_codes import PROBLEMS
from .handover import hand_over
from .options import (
    format_option,
    last_day,
    on_option,
    today,
    today_option,
    until_option,
    workspace_option,
)
from .output import echo_status, write_output
from .workspaces import choose_playbooks, exit_with, open_project

DIFF_FORMATS = ("table", "markdown", "html", "json")
LOOKS_AHEAD = dt.timedelta(days=30)


@click.command("diff")
@workspace_option
@click.option(
    "--from",
    "source",
    default="last",
    show_default="the last run",
    metavar="REV|DIR|DATE",
    help="The version to compare with: a revision in git, a folder with a tenure.yaml, or the date of a run.",
)
@on_option
@today_option
@until_option("The last day to look at.  [default: +30d]")
@click.option(
    "--account", metavar="ID", help="Only this account, with its explanation on both sides."
)
@click.option("--playbook", metavar="ID", help="Only this playbook.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if an action differs.")
@format_option(DIFF_FORMATS)
def diff_command(
    root: Path,
    source: str,
    on: dt.date | None,
    now: dt.date | None,
    until: dt.date | dt.timedelta | None,
    account: str | None,
    playbook: str | None,
    exit_code: bool,
    form: str,
) -> None:
    """Show what the files here change, against those of the last run or another version of them.

    Both versions are evaluated over the same accounts and days, in memory: nothing is written.
    """
    from ..engine.foresight.difference_text import difference_text
    from ..engine.foresight.differences import compare_versions
    from ..engine.foresight.other_version import describe_version, other_version
    from ..engine.reports.explanation import explain_account
    from ..engine.store import Reader

    project = open_project(root)
    exit_with(project.errors)
    chosen = choose_playbooks(project, playbook)
    before = other_version(project, source)
    now = now or today(project.workspace)
    day = on or now
    if on is None and Reader.of(project).last_committed() == day:
        day += dt.timedelta(days=1)
        echo_status(f"{now} has been run: the first day compared is {day}.")
    last = last_day(day, until, LOOKS_AHEAD)
    found = compare_versions(
        before, project, day, last, today=now, account=account, playbook=playbook
    )
    hand_over(lambda: found.rows)
    explained = None
    if account is not None:
        touched = set(found.rows["playbook"]) or {each.id for each in chosen}
        one, other = (
            explain_account(each, account, day, tuple(p for p in each.playbooks if p.id in touched))
            for each in (before, project)
        )
        explained = one, other
    against = describe_version(project, source)
    write_output(difference_text(found, against, form, explained), form)
    if exit_code and found.rows.height:
        click.get_current_context().exit(PROBLEMS)
