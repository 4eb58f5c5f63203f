"""`tenure done`, `dismiss`, `snooze`, `assign` and `reopen`: record what people did with actions."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..engine.core.problems import Problem
from .exit_codes import LEFT_OUT, PROBLEMS
from .handover import hand_over
from .options import (
    by_option,
    happened_option,
    read_on,
    strip_option,
    today,
    today_option,
    workspace_option,
)
from .output import echo_status, write_output
from .patience import patiently, wait_option
from .unknown_filters import name_unknown_filters
from .workspaces import load_quietly, report_problems

if TYPE_CHECKING:
    import polars as pl

    from ..engine.project.loading import Project
    from ..engine.runs.outcome_checks import CheckedOutcomes
    from ..engine.runs.outcome_rows import OutcomeRow
    from ..engine.store import Reader

_LISTED = ("action_id", "due_on", "account_id", "playbook", "step", "title", "owner")
_SHOWN = 50
"""Maximum number of actions that are listed."""


@dataclass(frozen=True, slots=True)
class ActionChoice:
    """The actions that a command is about: by id, by what they are of, or from a file."""

    ids: tuple[str, ...]
    file: str | None
    owner: str | None
    accounts: tuple[str, ...]
    playbooks: tuple[str, ...]
    steps: tuple[str, ...]

    @property
    def filters(self) -> bool:
        """Return whether a filter is given."""
        return bool(self.owner or self.accounts or self.playbooks or self.steps)

    @property
    def filled(self) -> dict[str, tuple[str, ...]]:
        """Return the values of the filters, by option."""
        return {
            "--owner": (self.owner,) if self.owner is not None else (),
            "--account": self.accounts,
            "--playbook": self.playbooks,
            "--step": self.steps,
        }

    @property
    def only_owner(self) -> bool:
        """Return whether the owner is the only filter."""
        return self.owner is not None and not (self.accounts or self.playbooks or self.steps)

    def refuse_wrong(self) -> None:
        """Raise wrong usage unless exactly one way is used."""
        ways = [bool(self.ids), self.file is not None, self.filters]
        if sum(ways) != 1:
            what = "no actions are named" if not any(ways) else "actions are named in several ways"
            message = f"{what}; write ids, or --from FILE, or filters such as --owner NAME"
            raise click.UsageError(message)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The parts of an outcome that are the same for all actions of a command."""

    outcome: str
    on: dt.date | None
    by: str | None
    note: str | None
    result: str | None = None
    until: dt.date | None = None
    to: str | None = None


def _read_ids(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the ids as they are stored; an empty one, as of a variable without a value, is wrong usage."""
    from ..engine.runs.outcome_rows import read_action_id

    if not all(each.strip() for each in values):
        raise click.BadParameter("an id is empty; write the id that `tenure actions` shows.")
    return tuple(map(read_action_id, values))


def _choosing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the arguments and options that the commands share."""
    for add in reversed(
        (
            click.argument("ids", nargs=-1, metavar="[ACTION]...", callback=_read_ids),
            workspace_option,
            click.option(
                "--from",
                "file",
                metavar="FILE|-",
                help="Of the actions in a file, CSV or JSON lines; - is standard input.",
            ),
            click.option(
                "--owner", callback=strip_option, help="Of all open actions of this owner."
            ),
            click.option(
                "--account", "accounts", multiple=True, help="Of this account; may be repeated."
            ),
            click.option(
                "--playbook", "playbooks", multiple=True, help="Of this playbook; may be repeated."
            ),
            click.option(
                "--step",
                "steps",
                multiple=True,
                metavar="[PLAYBOOK/]STEP",
                help="Of this step; may be repeated.",
            ),
            by_option,
            happened_option,
            click.option(
                "--note",
                "--because",
                "note",
                callback=strip_option,
                help="A remark, such as the reason.",
            ),
            click.option("--dry-run", "dry", is_flag=True, help="Say what would be recorded."),
            today_option,
            wait_option,
        )
    ):
        command = add(command)
    return command


def _until_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--until", metavar="DATE", callback=read_on, help="The date until which they wait."
    )(command)


@click.command("done")
@_choosing
@click.option(
    "--result",
    callback=strip_option,
    help="The result in a few words, for conditions: 'no answer'.",
)
def done_command(result: str | None, **given: Any) -> None:
    """Record that actions were done.

    ACTION is an action's id, or the beginning of it.
    """
    _record("done", given, result=result)


@click.command("dismiss")
@_choosing
@click.option(
    "--result",
    callback=strip_option,
    help="The result in a few words, for conditions: 'not needed'.",
)
def dismiss_command(result: str | None, **given: Any) -> None:
    """Record that actions are not going to be done.

    ACTION is an action's id, or the beginning of it.
    """
    _record("dismissed", given, result=result)


@click.command("snooze")
@_choosing
@_until_option
def snooze_command(until: dt.date | None, **given: Any) -> None:
    """Record that actions wait until a date.

    ACTION is an action's id, or the beginning of it. Until the date they are not overdue.
    """
    _record("snoozed", given, until=until)


@click.command("assign")
@_choosing
@click.option(
    "--to", metavar="NAME", callback=strip_option, help="The person who does them from now on."
)
def assign_command(to: str | None, **given: Any) -> None:
    """Assign actions to another person.

    ACTION is an action's id, or the beginning of it. With --owner and no other filter, what is to come goes to that
    person too.
    """
    _record("assigned", given, to=to)


@click.command("reopen")
@_choosing
def reopen_command(**given: Any) -> None:
    """Take back that actions were done, dismissed or snoozed.

    ACTION is an action's id, or the beginning of it.
    """
    _record("reopened", given)


def _record(outcome: str, given: dict[str, Any], **more: Any) -> None:
    names = ("ids", "file", "owner", "accounts", "playbooks", "steps")
    choice = ActionChoice(**{name: given[name] for name in names})
    choice.refuse_wrong()
    recorded = Recorded(outcome, given["happened"], given["by"], given["note"], **more)
    if choice.file is None:
        _refuse_incomplete(recorded)
    if recorded.to is not None and recorded.to == choice.owner:
        raise click.UsageError(f"{recorded.to} has them already; write another person with --to.")
    project = load_quietly(given["root"])
    now: dt.date = given["now"] or today(project.workspace)
    if choice.file is not None:
        _record_file(project, choice.file, recorded, now, given["dry"], given["wait"])
    else:
        _record_chosen(project, choice, recorded, now, given["dry"], given["wait"])


def _refuse_incomplete(recorded: Recorded) -> None:
    if recorded.outcome == "snoozed" and recorded.until is None:
        raise click.UsageError("until when? Write --until DATE.")
    if recorded.outcome == "assigned" and not recorded.to:
        raise click.UsageError("to whom? Write --to NAME.")


def _record_file(
    project: Project, file: str, recorded: Recorded, now: dt.date, dry: bool, wait: int
) -> None:
    """Record what a file says; its good rows are recorded, and each bad one is named."""
    from ..engine.runs.outcome_rows import read_outcomes
    from ..engine.runs.recording import record_outcomes

    name = "standard input" if file == "-" else Path(file).name
    written = read_outcomes(_text(file), name, _defaults(recorded))
    checked = patiently(
        lambda: record_outcomes(project, lambda _: written.rows, now, name, again=False, dry=dry),
        wait,
    )
    if written.ignored:
        echo_status(f"Columns not read: {', '.join(written.ignored)}.")
    problems = [*written.problems, *checked.problems]
    report_problems(problems)
    _finish(project, checked, recorded, dry, problems)
    if problems:
        click.get_current_context().exit(LEFT_OUT)


def _text(file: str) -> str:
    content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{file} is not UTF-8 at byte {error.start + 1}; save it as CSV UTF-8."
        raise click.BadParameter(message, param_hint="--from") from error


def _defaults(recorded: Recorded) -> dict[str, Any]:
    values = {
        "outcome": recorded.outcome,
        "on": recorded.on and recorded.on.isoformat(),
        "by": recorded.by,
        "note": recorded.note,
        "result": recorded.result,
        "until": recorded.until and recorded.until.isoformat(),
        "to": recorded.to,
    }
    return {name: value for name, value in values.items() if value}


def _record_chosen(
    project: Project, choice: ActionChoice, recorded: Recorded, now: dt.date, dry: bool, wait: int
) -> None:
    """Record one outcome of each action named, or of none of them if one is wrong."""
    from ..engine.runs.recording import record_outcomes

    unknown: list[bool] = []

    def rows(store: Reader) -> list[OutcomeRow]:
        ids = choice.ids or _found(store, choice, recorded.outcome, now)
        if not ids:
            unknown.append(name_unknown_filters(store, choice.filled))
        return [_row(id, recorded) for id in dict.fromkeys(ids)]

    move = None
    if recorded.outcome == "assigned" and choice.only_owner:
        move = _reassignment(choice, recorded, now)
    source = f"tenure {click.get_current_context().info_name}"
    checked = patiently(
        lambda: record_outcomes(
            project, rows, now, source, again=True, strict=True, dry=dry, move=move
        ),
        wait,
    )
    if checked.problems:
        errors = [replace(problem, severity="error") for problem in checked.problems]
        report_problems(errors)
        echo_status("Nothing was recorded.")
        click.get_current_context().exit(PROBLEMS)
    _finish(project, checked, recorded, dry, [])
    if move is not None:
        verb = "would go" if dry else "goes"
        echo_status(f"What is to come for {choice.owner} {verb} to {recorded.to}.")
    elif any(unknown):
        click.get_current_context().exit(PROBLEMS)


def _row(id: str, recorded: Recorded) -> OutcomeRow:
    from ..engine.runs.outcome_rows import OutcomeRow

    return OutcomeRow(
        id,
        id,
        recorded.outcome,
        recorded.on,
        recorded.by,
        recorded.note,
        recorded.result,
        recorded.until,
        recorded.to,
    )


def _found(store: Reader, choice: ActionChoice, outcome: str, now: dt.date) -> list[str]:
    """Return the ids of the actions that pass the filters: open ones, or for `reopen` those that are not."""
    import polars as pl

    from ..engine.language.actions_read import STILL_OPEN
    from ..engine.store.action_standing import standing_of_unfinished

    accounts, playbooks = choice.accounts or None, choice.playbooks or None
    if outcome == "reopened":
        entries = store.ledger(accounts=accounts, playbooks=playbooks, statuses=["issued"])
        entries = _reopenable(store, entries, now)
    else:
        entries = store.unfinished(now, accounts=accounts, playbooks=playbooks)
        entries = standing_of_unfinished(store, entries, now)
        entries = entries.filter(pl.col("standing").is_in(STILL_OPEN))
    if choice.owner is not None:
        entries = entries.filter(pl.col("owner") == choice.owner)
    if choice.steps:
        step = pl.col("step").is_in(choice.steps)
        full = pl.concat_str("playbook", "step", separator="/").is_in(choice.steps)
        entries = entries.filter(step | full)
    return entries["action_id"].to_list()


def _reopenable(store: Reader, entries: pl.DataFrame, now: dt.date) -> pl.DataFrame:
    """Return the actions that are snoozed, done or dismissed."""
    import polars as pl

    from ..engine.store.action_standing import valid_outcomes, with_standing

    outcomes = store.outcomes(actions=entries["action_id"])
    entries = with_standing(entries, outcomes, now)
    entries = entries.filter(pl.col("standing").is_in(("snoozed", "done", "dismissed")))
    # Of an action and its reminders, only those that have an outcome can be reopened.
    taken_back = valid_outcomes(outcomes).filter(pl.col("outcome") != "reopened")
    return entries.join(taken_back, on="action_id", how="semi", maintain_order="left")


def _reassignment(choice: ActionChoice, recorded: Recorded, now: dt.date) -> pl.DataFrame:
    from ..engine.runs.move_checks import move_row

    return move_row(
        "reassign",
        recorded.on or now,
        now,
        "tenure assign",
        owner=choice.owner,
        to=recorded.to,
        by=recorded.by,
        because=recorded.note,
    )


def _finish(
    project: Project,
    checked: CheckedOutcomes,
    recorded: Recorded,
    dry: bool,
    problems: list[Problem],
) -> None:
    """List what was recorded, and count it."""
    hand_over(lambda: checked.outcomes)
    outcomes = checked.outcomes
    if outcomes.height:
        write_output(_listing(project, outcomes))
    for line in checked.replaced[:_SHOWN]:
        echo_status(line)
    if len(checked.replaced) > _SHOWN:
        echo_status(f"and {len(checked.replaced) - _SHOWN} more were something else before")
    verb = "Would record" if dry else "Recorded"
    kinds = outcomes["outcome"].unique().to_list()
    kind = kinds[0] if len(kinds) == 1 else recorded.outcome if not kinds else ""
    of = _number(outcomes["action_id"].n_unique(), "action")
    several = f"{_number(outcomes.height, 'outcome')} of {of}"
    parts = [f"{verb} {of} as {kind}" if kind else f"{verb} {several}"]
    if outcomes.is_empty():
        parts = ["Nothing new to record"]
    if checked.known:
        parts.append(f"{checked.known:,} recorded already")
    if problems:
        parts.append(f"{_number(len(problems), 'row')} left out")
    echo_status("; ".join(parts) + ".")


def _listing(project: Project, outcomes: pl.DataFrame) -> str:
    """Return a table of the actions recorded, the first ones only if there are many."""
    from ..engine.reports.summary import listing_of
    from ..engine.reports.table import draw_text_table
    from ..engine.store import Reader

    first = outcomes.select("action_id", "outcome").head(_SHOWN)
    entries = Reader.of(project).revisions(first["action_id"], _LISTED)
    latest = entries.unique("action_id", keep="last", maintain_order=True)
    shown = first.join(latest, on="action_id", how="left", maintain_order="left")
    columns = ["action_id", "outcome", *(name for name in _LISTED if name != "action_id")]
    table = draw_text_table(listing_of(shown.select(columns)))
    more = outcomes.height - _SHOWN
    return f"{table}and {more:,} more\n" if more > 0 else table


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
