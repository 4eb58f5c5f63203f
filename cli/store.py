"""`tenure store`: checks, copies, moves and puts back the ledger and the states, and erases names from them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import today_option, workspace_option
from .output import echo_status, write_output
from .workspaces import choose_day, exit_with, load_quietly, report_problems

if TYPE_CHECKING:
    import datetime as dt

    from ..engine.documents.erasure import ErasureRequest
    from ..engine.store.restore import Change


@click.group("store")
def store_command() -> None:
    """Check, copy, move and put back the store, and erase names from it."""


@store_command.command("verify")
@workspace_option
def verify_command(root: Path) -> None:
    """Read the entire store, and report what is intact and what is lost.

    Ends with 1 if something is damaged.
    """
    from ..engine.store import places
    from ..engine.store.newest_run import Notes
    from ..engine.store.verify import survey

    project = load_quietly(root)
    result = survey(project.store)
    for each in result.holdings:
        write_output(f"{each.kind:<8} {each.holds}{f'; lost: {each.lost}' if each.lost else ''}\n")
    problems = [*result.problems, *places.warn_of_others(project.store)]
    if not result.problems:
        problems += Notes(project.store, project.root).problems()
    report_problems(problems)
    if not problems:
        echo_status(f"The store {project.store} is as it was written.")
    exit_with(problems)


@store_command.command("backup")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@workspace_option
def backup_command(root: Path, folder: Path) -> None:
    """Copy the store into the new folder DIR, also during a run.

    DIR appears complete and checked, or not at all.
    """
    from ..engine.store.backup import backup

    project = load_quietly(root)
    note = backup(project.store, folder)
    echo_status(f"{folder} has all up to run {note.run}, of {note.on}.")


@store_command.command("restore")
@click.argument(
    "folder", metavar="[DIR]", required=False, type=click.Path(exists=True, path_type=Path)
)
@workspace_option
@click.option("--yes", is_flag=True, help="Do not ask; needed without a terminal.")
def restore_command(root: Path, folder: Path | None, yes: bool) -> None:
    """Replace the store by the backup DIR; without DIR, accept the current store.

    The store is moved aside, not deleted. Actions that only the newer store knows would be issued again.
    """
    from ..engine.store.restore import accept, foresee, put_back

    project = load_quietly(root)
    change = foresee(project.store, project.root, folder)
    for line in _consequences(change, folder):
        echo_status(line)
    _ask(yes)
    if folder is None:
        accept(project.store, project.root)
        echo_status("Accepted: runs go on from there.")
        return
    aside = put_back(project.store, project.root, folder)
    where = f"; the one before is in {aside}" if aside else ""
    echo_status(f"The store {project.store} is the backup's{where}. Runs go on from there.")


@store_command.command("export")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@workspace_option
def export_command(root: Path, folder: Path) -> None:
    """Copy the store into the new folder DIR, as a folder with SQLite, also during a run.

    Of a store on servers, it is the backup, and the way back to a folder.
    """
    from ..engine.store.backup import backup

    project = load_quietly(root)
    note = backup(project.store, folder)
    echo_status(f"{folder} has all up to run {note.run}, of {note.on}, as a folder with SQLite.")


@store_command.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, path_type=Path))
@workspace_option
def import_store_command(root: Path, folder: Path) -> None:
    """Copy the store in the folder DIR to the servers under `store:`, which have none yet.

    DIR stays as it is, and is not used any more.
    """
    from ..engine.store.transfer import import_store

    project = load_quietly(root)
    note = import_store(folder, project.store, project.root)
    echo_status(f"The store {project.store} has all up to run {note.run}, of {note.on}.")


@store_command.command("erase")
@click.argument("who", metavar="ACCOUNT|PERSON")
@workspace_option
@click.option(
    "--as",
    "kind",
    type=click.Choice(["account", "person"]),
    help="The kind of WHO.  [default: an account, if the store has one of this id]",
)
@click.option("--yes", is_flag=True, help="Do not ask; needed where there is no terminal.")
@today_option
def erase_command(root: Path, who: str, kind: str | None, yes: bool, now: dt.date | None) -> None:
    """Replace the names of an account or of a person with `erased`, in the store and in success plans.

    WHO is the id of an account, or a name or an address as it is written; capitals do not count. Ids, dates and
    statuses stay: what was done is still known. It cannot be undone.
    """
    from ..engine.documents.erasure import erase, plan_erasure

    project = load_quietly(root)
    on = choose_day(project, now)
    request = plan_erasure(project, who, kind, on)
    for line in _foreseen(request):
        echo_status(line)
    _ask(yes)
    unfinished = erase(project, request, on)
    echo_status(f"Erased in {_number(request.places, 'place')}.")
    if unfinished:
        echo_status(
            "Free pages of store.db may still hold it, for lack of space on the disk;"
            " the next run overwrites them."
        )


def _foreseen(request: ErasureRequest) -> list[str]:
    """Return what will be erased, and where Tenure cannot look."""
    what = f"the account {request.who}" if request.kind == "account" else f"“{request.who}”"
    parts = [
        ("the ledger", request.stored.ledger),
        ("earlier values", request.stored.history),
        ("quarantined values", request.stored.quarantine),
        ("outcomes", request.stored.recorded),
        ("settings and playbooks of runs", request.stored.texts),
        ("success plans", sum(plan.places for plan in request.plans)),
    ]
    listed = ", ".join(f"{name} {number:,}" for name, number in parts)
    lines = [f"Names of {what} will be erased in {_number(request.places, 'place')}: {listed}."]
    lines += [f"{folder} is an older store, and keeps them: delete it." for folder in request.older]
    return [
        *lines,
        "Not erased: snapshots and exports, files made by `report --output`, logs, backups, and what was sent.",
        "A snapshot that still has them brings them back with the next run: erase them at their source first.",
    ]


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _consequences(change: Change, folder: Path | None) -> list[str]:
    what = "The store" if folder is None else f"The backup {folder}"
    after, before = change.after, change.before
    lines = [
        f"{what} ends with run {after.run}, of {after.on}."
        if after
        else f"{what} is empty: the next run begins a new one."
    ]
    if change.lost_records:
        from ..engine.store.newest_run import describe_records

        lines.append(f"It lacks {describe_records(change.lost_records)}.")
    if before is None or not change.loses:
        return [*lines, "No newer run is known."]
    return [
        *lines,
        f"The newest run known is run {before.run}, of {before.on}.",
        f"Runs will not know of {change.lost}: they may issue them again, emails among them.",
    ]


def _ask(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(
            "nothing was changed: say --yes, since there is no terminal to ask on"
        )
    click.confirm("Go on?", abort=True, err=True)
