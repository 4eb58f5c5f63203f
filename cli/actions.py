"""`tenure actions`: list the ledger's actions, filtered, in several formats."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..engine.reports.formats import ACTION_FORMATS, ACTION_STATUSES
from .handover import hand_over
from .options import (
    OWNER_VARIABLE,
    format_option,
    read_language,
    read_on,
    today,
    today_option,
    workspace_option,
)
from .output import echo_status, write_output
from .unknown_filters import name_unknown_filters
from .workspaces import load_quietly, report_problems

if TYPE_CHECKING:
    import polars as pl

_SHOWN = ("action_id", "due_on", "account_name", "title", "owner", "standing")
"""Columns of the table of actions with a standing."""


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
@click.option("--owner", help="Of this owner, or assigned to this person.")
@click.option(
    "--mine",
    is_flag=True,
    help=f"Of you: the owner whom the environment variable {OWNER_VARIABLE} names.",
)
@click.option("--open", "open_", is_flag=True, help="Neither done nor dismissed yet.")
@click.option("--overdue", is_flag=True, help="Open, not snoozed, and due before today.")
@click.option("--done", is_flag=True, help="Done.")
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
    "--language",
    metavar="LANGUAGE",
    callback=read_language,
    help="With titles, checklists and reasons in this language: en, fr or de.  [default: as in the ledger]",
)
@click.option(
    "--columns",
    metavar="NAME,NAME,...",
    callback=lambda _ctx, _param, value: tuple(value.split(",")) if value else (),
    help="With these columns only, in this order.",
)
@today_option
@click.option("--exit-code", is_flag=True, help="Exit with 1 where an action is issued.")
@format_option(ACTION_FORMATS)
def actions_command(
    root: Path,
    on: dt.date | None,
    first: dt.date | None,
    last: dt.date | None,
    owner: str | None,
    mine: bool,
    open_: bool,
    overdue: bool,
    done: bool,
    accounts: tuple[str, ...],
    playbooks: tuple[str, ...],
    statuses: tuple[str, ...],
    history: bool,
    messages: bool,
    language: str | None,
    columns: tuple[str, ...],
    now: dt.date | None,
    exit_code: bool,
    form: str,
) -> None:
    """List the actions that were issued.

    Without dates, list those of today's run; with --open, --overdue or --done those of all runs.
    """
    from ..engine.reports.summary import report_actions
    from ..engine.store.action_standing import STANDING, standing_in, standing_of_unfinished
    from ..engine.store.reader import Reader

    if first is not None and last is not None and last < first:
        raise click.BadParameter(f"{last} is before {first}.", param_hint="--to")
    project = load_quietly(root)
    now = now or today(project.workspace)
    standings = _standings(open_, overdue, done)
    if on is None and first is None and last is None and not standings:
        on = now
    owner = _me(owner) if mine else owner
    store = Reader.of(project)
    if standings and not done and not history and not statuses:
        entries = store.unfinished(
            now,
            issued_on=on,
            date_from=first,
            date_to=last,
            accounts=accounts or None,
            playbooks=playbooks or None,
        )
        entries = standing_of_unfinished(store, entries, now)
    else:
        entries = store.ledger(
            issued_on=on,
            date_from=first,
            date_to=last,
            accounts=accounts or None,
            playbooks=playbooks or None,
            statuses=statuses or None,
            history=history,
        )
        dated = on is not None or first is not None or last is not None
        entries = standing_in(store, entries, now, cut=dated)
    entries = _filtered(entries, owner, standings)
    if not standings and not set(columns) & set(STANDING):
        entries = entries.drop(*STANDING)
    elif not columns and form == "table" and not messages:
        columns = _SHOWN
    if language is not None:
        from ..engine.delivery.reader_language import in_language

        entries = in_language(project, entries, language)
    if messages:
        from ..engine.reports.rendered_messages import TO_BE_SENT, with_messages

        asked = statuses or (ACTION_STATUSES if history else TO_BE_SENT)
        entries, problems = with_messages(project, entries, store, asked)
        report_problems(problems)
    _refuse_unknown(columns, entries.columns)
    hand_over(lambda: entries.select(columns) if columns else entries)
    write_output(
        report_actions(entries, form, columns, project.workspace.name, language or "en"), form
    )
    if entries.is_empty():
        given = {
            "--owner": (owner,) if owner else (),
            "--account": accounts,
            "--playbook": playbooks,
        }
        if not name_unknown_filters(store, given):
            echo_status(_nothing(on, first, last))
    if exit_code and "issued" in entries["status"]:
        click.get_current_context().exit(1)


def _standings(open_: bool, overdue: bool, done: bool) -> list[str]:
    """Return the standings that options ask for; none for any."""
    from ..engine.language.actions_read import STILL_OPEN

    return [*(STILL_OPEN if open_ else ()), *(["overdue"] * overdue), *(["done"] * done)]


def _me(owner: str | None) -> str:
    """Return the user's name."""
    me = os.environ.get(OWNER_VARIABLE, "").strip()
    if owner is not None:
        raise click.UsageError("write --mine or --owner, not both.")
    if not me:
        message = f"--mine needs your name: set {OWNER_VARIABLE} to it, as the snapshot writes it."
        raise click.UsageError(message)
    return me


def _filtered(entries: pl.DataFrame, owner: str | None, standings: list[str]) -> pl.DataFrame:
    """Return the actions of an owner, with one of the standings."""
    import polars as pl

    if owner is not None:
        entries = entries.filter(pl.col("owner") == owner)
    return entries.filter(pl.col("standing").is_in(standings)) if standings else entries


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
