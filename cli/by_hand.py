"""`tenure hold`, `release`, `enrol`, `close`, `skip` and `unskip`: move accounts by hand, with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .handover import hand_over
from .options import (
    Command,
    by_option,
    happened_option,
    read_on,
    today,
    today_option,
    workspace_option,
)
from .output import echo_status
from .patience import patiently, wait_option
from .workspaces import choose_playbooks, load_quietly, no_account

if TYPE_CHECKING:
    from ..engine.playbook.model import Playbook
    from ..engine.project.loading import Project


def _reason(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise click.BadParameter('the reason is empty; write why, such as "merger under way".')
    return value and value.strip()


def _because(required: bool) -> Callable[[Command], Command]:
    return click.option(
        "--because", metavar="REASON", required=required, callback=_reason, help="Why."
    )


def _common(command: Command) -> Command:
    for add in (wait_option, today_option, happened_option, by_option, workspace_option):
        command = add(command)
    return command


@click.command("hold")
@click.argument("account")
@click.option(
    "--until",
    metavar="DATE",
    required=True,
    callback=read_on,
    help="The last date on which nothing is issued.",
)
@_because(required=True)
@click.option("--playbook", help="In this playbook only.")
@_common
def hold_command(account: str, **given: Any) -> None:
    """Issue nothing for ACCOUNT, up to and including a date.

    Steps that fall due until then are caught up or skipped afterwards, as each playbook's `catch_up` says.
    """
    _move("hold", account, given["playbook"], None, given)


@click.command("release")
@click.argument("account")
@_because(required=False)
@click.option("--playbook", help="In this playbook only.")
@_common
def release_command(account: str, **given: Any) -> None:
    """Take back the holds of ACCOUNT."""
    _move("release", account, given["playbook"], None, given)


@click.command("enrol")
@click.argument("account")
@click.argument("playbook")
@_because(required=True)
@_common
def enrol_command(account: str, playbook: str, **given: Any) -> None:
    """Enrol ACCOUNT in PLAYBOOK with the next run, whatever its `for` says."""
    _move("enrol", account, playbook, None, given)


@click.command("close")
@click.argument("account")
@click.argument("playbook")
@_because(required=True)
@_common
def close_command(account: str, playbook: str, **given: Any) -> None:
    """End the enrolment of ACCOUNT in PLAYBOOK with the next run."""
    _move("close", account, playbook, None, given)


@click.command("skip")
@click.argument("account")
@click.argument("step", metavar="PLAYBOOK/STEP")
@_because(required=True)
@_common
def skip_command(account: str, step: str, **given: Any) -> None:
    """Leave out the actions of a step for ACCOUNT."""
    _move("skip", account, *_split(step), given)


@click.command("unskip")
@click.argument("account")
@click.argument("step", metavar="PLAYBOOK/STEP")
@_because(required=False)
@_common
def unskip_command(account: str, step: str, **given: Any) -> None:
    """Take back that a step is left out for ACCOUNT."""
    _move("unskip", account, *_split(step), given)


def _split(step: str) -> tuple[str, str]:
    playbook, slash, name = step.partition("/")
    if not (playbook and slash and name):
        message = f"{step!r} is not a step; write its playbook too, such as renewal/grace."
        raise click.BadParameter(message, param_hint="STEP")
    return playbook, name


def _move(
    move: str, account: str, playbook: str | None, step: str | None, given: dict[str, Any]
) -> None:
    """Check a move by hand, and record it."""
    from ..engine.runs.move_checks import move_row
    from ..engine.runs.recording import record_move

    root: Path = given["root"]
    project = load_quietly(root)
    now: dt.date = given["now"] or today(project.workspace)
    on: dt.date = given["happened"] or now
    until: dt.date | None = given.get("until")
    if on > now:
        raise click.BadParameter(f"{on} is after today, {now}.", param_hint="--on")
    if until is not None and until < on:
        raise click.BadParameter(
            f"{until} is before {on}; write a later date.", param_hint="--until"
        )
    if playbook is not None:
        (chosen,) = choose_playbooks(project, playbook)
        if step is not None:
            _refuse_unknown_step(chosen, step)
    _refuse_unknown_account(project, account, now)
    row = move_row(
        move,
        on,
        now,
        f"tenure {move}",
        account=account,
        playbook=playbook,
        step=step,
        until=until,
        by=given["by"],
        because=given["because"],
    )
    hand_over(lambda: row)
    checked = patiently(lambda: record_move(project, row), given["wait"])
    if checked.refusal is not None:
        raise click.UsageError(f"{checked.refusal}; nothing was recorded.")
    if checked.known:
        echo_status("Recorded already.")
        return
    echo_status(f"Recorded: {_text(move, account, playbook, step, until)}.")


def _refuse_unknown_step(playbook: Playbook, step: str) -> None:
    from ..engine.playbook.asked_actions import actions_of_step
    from ..engine.text.suggest import suggest

    states = [state.id for state in playbook.machine.states]
    steps = [state for state in states if actions_of_step(playbook, state)]
    if step not in steps:
        near = suggest(step, steps)
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(steps)}"
        what = f"no actions in {step}" if step in states else f"no step {step!r}"
        raise click.BadParameter(f"{playbook.id} has {what}; {hint}", param_hint="STEP")


def _refuse_unknown_account(project: Project, account: str, on: dt.date) -> None:
    from ..engine.documents.account_facts import has_snapshot_account
    from ..engine.store.erase import has_account
    from ..engine.store.places import is_store

    if is_store(project.store) and has_account(project.store, account):
        return
    if not has_snapshot_account(project, on, account):
        message = no_account(project, on, account, "in the newest snapshot or in the store")
        raise click.BadParameter(message, param_hint="ACCOUNT")


def _text(
    move: str, account: str, playbook: str | None, step: str | None, until: dt.date | None
) -> str:
    """Return what was recorded, in words."""
    if move == "hold":
        where = f" in {playbook}" if playbook else ""
        return f"nothing is issued for {account}{where} up to and including {until}"
    if move == "release":
        return f"{account} is not on hold any more{f' in {playbook}' if playbook else ''}"
    return {
        "enrol": f"{account} enrols in {playbook} with the next run",
        "close": f"{account} leaves {playbook} with the next run",
        "skip": f"{playbook}/{step} is left out for {account}",
        "unskip": f"{playbook}/{step} is not left out for {account} any more",
    }[move]
