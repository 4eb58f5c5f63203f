"""`tenure actions`: list the ledger's actions, filtered, in several formats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from pathlib import Path

import click

from ..engine.reports.formats import ACTION_FORMATS, ACTION_STATUSES
from .handover import hand_over
from .options import format_option, read_on, workspace_option
from .output import echo_status, write_output
from .workspaces import choose_day, load_quietly, report_problems


@click.command("actions")
@workspace_option
@click.option(
    "--on",
    metavar="DATE",
    callback=read_on,
    help=(
        "Issued on this date.  [default: today in the workspace's time zone, unless --from or --to]"
    ),
)
@click.option(
    "--from", "first", metavar="DATE", callback=read_on, help="Due on this date or later."
)
@click.option("--to", "last", metavar="DATE", callback=read_on, help="Due on this date or earlier.")
@click.option("--owner", help="Of this owner.")
@click.option("--account", "accounts", multiple=True, help="Of this account; may be repeated.")
@click.option("--playbook", "playbooks", multiple=True, help="Of this playbook; may be repeated.")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice(ACTION_STATUSES),
    help="May be repeated.",
)
@click.option("--all", "history", is_flag=True, help="Every entry of an action, not only the last.")
@click.option(
    "--messages",
    is_flag=True,
    help="With the messages that are to be sent; with --status or --all, those of other actions, marked.",
)
@click.option(
    "--columns",
    metavar="NAME,NAME,...",
    callback=lambda _ctx, _param, value: tuple(value.split(",")) if value else (),
    help="With these columns only, in this order.",
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 where an action is issued.")
@format_option(ACTION_FORMATS)
def actions_command(
    root: Path,
    on: dt.date | None,
    first: dt.date | None,
    last: dt.date | None,
    owner: str | None,
    accounts: tuple[str, ...],
    playbooks: tuple[str, ...],
    statuses: tuple[str, ...],
    history: bool,
    messages: bool,
    columns: tuple[str, ...],
    exit_code: bool,
    form: str,
) -> None:
    """List the actions that were issued.

    Without dates, list those of today's run.
    """
    from ..engine.reports.summary import report_actions
    from ..engine.store.reader import Reader

    project = load_quietly(root)
    if on is None and first is None and last is None:
        on = choose_day(project, None)
    store = Reader.of(project)
    entries = store.ledger(
        issued_on=on,
        date_from=first,
        date_to=last,
        owner=owner,
        accounts=accounts or None,
        playbooks=playbooks or None,
        statuses=statuses or None,
        history=history,
    )
    if messages:
        from ..engine.reports.rendered_messages import TO_BE_SENT, with_messages

        asked = statuses or (ACTION_STATUSES if history else TO_BE_SENT)
        entries, problems = with_messages(project, entries, store, asked)
        report_problems(problems)
    _refuse_unknown(columns, entries.columns)
    hand_over(lambda: entries.select(columns) if columns else entries)
    write_output(report_actions(entries, form, columns, project.workspace.name), form)
    if entries.is_empty():
        echo_status(_nothing(on, first, last))
    if exit_code and "issued" in entries["status"]:
        click.get_current_context().exit(1)


def _refuse_unknown(columns: Iterable[str], known: Collection[str]) -> None:
    for name in columns:
        if name not in known:
            from ..engine.text.suggest import suggest

            close = suggest(name, known)
            hint = f"did you mean {close}?" if close else f"there are {', '.join(known)}."
            raise click.BadParameter(f"no column {name!r}; {hint}", param_hint="--columns")


def _nothing(on: dt.date | None, first: dt.date | None, last: dt.date | None) -> str:
    if on and not first and not last:
        return f"no such actions were issued on {on}; --from and --to list them by due date"
    return "no such actions"
