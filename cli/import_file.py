"""`tenure import`: profile an export, propose how it is read, write that, and show the first day."""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..engine.core.problems import Problem, Problems
from .options import read_on, today
from .output import echo_status
from .workspaces import load_quietly

if TYPE_CHECKING:
    from ..engine.importing.import_plan import ImportPlan, ImportReader
    from ..engine.importing.proposal import Question
    from ..engine.project.loading import Project
    from ..engine.runs.running import RunOutcome

MOST_COSTS = 8
"""Missing fields whose cost is shown; the others are counted."""
NOT_ASKED = 2
"""The exit code where something has to be asked and there is no terminal: wrong usage, since `--yes` is missing."""


def read_preset(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Return an option's preset; an unknown one is wrong usage."""
    if value is None:
        return None
    from ..engine.importing.knowledge import presets

    name = value.strip().lower()
    if name not in presets():
        raise click.BadParameter(f"{value!r} is not one of {', '.join(presets())}.")
    return name


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE|URL...")
@click.option(
    "--into",
    "root",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The workspace's folder; a new one is created as by `tenure init`.  [default: this one]",
)
@click.option("--yes", is_flag=True, help="Take what is proposed, and ask nothing.")
@click.option("--key", metavar="COLUMN", help="The column with the accounts' ids.")
@click.option(
    "--date",
    "on",
    metavar="DATE",
    callback=read_on,
    help="The date that the export is of.  [default: that in its name, else today]",
)
@click.option(
    "--preset",
    metavar="NAME",
    callback=read_preset,
    help="Whose export it is: chargebee, hubspot, pipedrive, salesforce or stripe.  [default: by its columns]",
)
@click.option(
    "--sheet", metavar="NAME", help="The sheet of a workbook.  [default: the first with a table]"
)
@click.option(
    "--repeated",
    type=click.Choice(["newest", "sum"]),
    help="Of several rows of one account take the newest, or also add up their amounts.",
)
def import_command(
    files: tuple[str, ...],
    root: Path,
    yes: bool,
    key: str | None,
    on: dt.date | None,
    preset: str | None,
    sheet: str | None,
    repeated: str | None,
) -> None:
    """Bring an export of your accounts into a workspace.

    Profiles the columns, proposes which one fills which field and how its values are written, asks what it cannot
    tell, and writes the snapshot, fields.yaml and what tenure.yaml has to say about the file. Then it shows what is
    missing, what that costs, and the first day. With several files the first has the accounts; the others are joined.
    """
    from ..engine.importing.import_plan import ImportReader, ImportRequest

    with tempfile.TemporaryDirectory() as scratch:
        paths = tuple(_fetch(file, Path(scratch)) for file in files)
        with _workspace(root, paths[0]):
            now = today(load_quietly(root).workspace)
            request = ImportRequest(paths, root, now, on, key, preset, repeated, sheet)  # type: ignore[arg-type]
            reader = ImportReader(request)
            plan = _decide(reader, yes)
            project, first_day = _write(plan, root)
        # A new workspace is kept from here on, whatever the exit code of its first day.
        _show(plan, project, first_day, root)


@contextmanager
def _workspace(root: Path, export: Path) -> Iterator[None]:
    """Create the workspace if its folder is new, in the language of the export, and remove it if the import fails."""
    import shutil

    from ..engine.importing.import_plan import header_language, read_export
    from ..engine.workspace.settings import SETTINGS
    from .init import HARMLESS, IGNORE_FILE, create_empty, empty_layout

    before = {path.name for path in root.iterdir()} if root.exists() else set()
    if SETTINGS not in before and before - HARMLESS:
        message = f"there is no {SETTINGS} in {root}"
        hint = (
            "go to a workspace, name one with `--into DIR`, or name a new folder, which becomes one"
        )
        raise Problems([Problem("no-workspace", message, hint=hint)])
    if SETTINGS in before:
        yield
        return
    was_there = root.exists()
    ignore = root / IGNORE_FILE
    ignored = ignore.read_bytes() if ignore.is_file() else None
    language = header_language(read_export(export).table.columns)
    create_empty(root, empty_layout(language, None, None))
    try:
        yield
    except BaseException:
        for path in [path for path in root.iterdir() if path.name not in before]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if ignored is not None:
            ignore.write_bytes(ignored)
        if not was_there:
            root.rmdir()
        raise
    echo_status(
        f"The workspace {root} is new: its roles, links and variables in {SETTINGS} are examples."
    )


def _fetch(file: str, scratch: Path) -> Path:
    """Return the file, downloaded if it is an address."""
    from ..engine.importing.download import download, is_web_address

    if is_web_address(file):
        echo_status(f"Downloading {file}")
        return download(file, scratch)
    path = Path(file)
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise click.BadParameter(f"{file} {what}; name a file.", param_hint="FILE")
    return path


def _decide(reader: ImportReader, yes: bool) -> ImportPlan:
    """Return the plan with all questions answered: by a person, or as proposed."""
    plan = reader.plan({})
    _show_profile(plan)
    if yes:
        for question in plan.proposal.questions:
            echo_status(f"taken: {question.text} {question.default}")
        return plan
    if not on_terminal():
        _refuse_to_guess(plan)
    answers: dict[str, str] = {}
    asked = bool(plan.proposal.questions)
    while plan.proposal.questions:
        for question in plan.proposal.questions:
            answers[question.key] = _ask(question)
        plan = reader.plan(answers)
    if asked:
        _show_profile(plan)
    if not click.confirm("Write this?", default=True, err=True):
        raise click.Abort
    return plan


def on_terminal() -> bool:
    """Return whether a person can be asked."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty())


def _ask(question: Question) -> str:
    if set(question.options) == {"yes", "no"}:
        return "yes" if click.confirm(question.text, question.default == "yes", err=True) else "no"
    answer: str = click.prompt(
        question.text,
        type=click.Choice(list(question.options)),
        default=question.default,
        err=True,
    )
    return answer


def _refuse_to_guess(plan: ImportPlan) -> None:
    """End the command: nothing was written, and what has to be asked is listed."""
    questions = plan.proposal.questions
    for question in questions:
        echo_status(f"to ask: {question.text} [{'/'.join(question.options)}; {question.default}]")
    what = (
        f"there {_are(len(questions), 'question')} to ask"
        if questions
        else "it asks before it writes"
    )
    echo_status(
        f"Nothing was written: {what}, and this is not a terminal. `--yes` takes what is proposed."
    )
    raise click.exceptions.Exit(NOT_ASKED)


def _show_profile(plan: ImportPlan) -> None:
    """Show the columns: what each holds, and the field that it fills."""
    from ..engine.importing.import_report import profile_listing
    from ..engine.reports.table import draw_text_table

    proposal = plan.proposal
    preset = f", the export of {proposal.preset.title}" if proposal.preset else ""
    accounts = "1 account" if plan.rows == 1 else f"{plan.rows:,} accounts"
    echo_status(f"{accounts}, {len(proposal.profiles)} columns{preset}; of {plan.on}")
    echo_status(draw_text_table(profile_listing(proposal)).rstrip("\n"))
    if proposal.missing:
        echo_status(f"words for no value: {', '.join(proposal.missing)}")
    for field, value in proposal.defaults.items():
        echo_status(f"{field}: {value} for all accounts")


def _write(plan: ImportPlan, root: Path) -> tuple[Project, RunOutcome]:
    """Write all files, and return the first day; if no run could read them, nothing is written."""
    from ..engine.importing.file_transaction import replaced_files
    from ..engine.importing.refused_import import explain_refusal
    from ..engine.runs.running import preview

    with replaced_files(plan.files, frozenset({plan.snapshot})):
        project = load_quietly(root)
        try:
            result = preview(project, plan.on, today=plan.on)
        except Problems as error:
            found = _all_problems(project, plan.on) or error.problems
            raise Problems(explain_refusal(plan, root, found)) from error
    return project, result


def _show(plan: ImportPlan, project: Project, first_day: RunOutcome, root: Path) -> None:
    """Show what changed and what is missing, and the first day."""
    from .run_output import show_result

    for change in plan.changes:
        echo_status(f"changed: {change}")
    for note in plan.notes:
        echo_status(f"note: {note}")
    _show_needs(plan, project)
    echo_status(f"Written: {', '.join(_names(plan, root))}. The first day, {plan.on}:")
    # What the missing fields cost is shown already.
    others = tuple(each for each in first_day.warnings if each.code != "unfilled-field")
    show_result(project, replace(first_day, warnings=others), "brief")


def _all_problems(project: Project, on: dt.date) -> list[Problem]:
    """Return everything for which no run can take the snapshot, not only the first."""
    from ..engine.runs.data_check import check_values

    found = check_values(project.workspace, project.catalogue, project.enabled, on)
    return [problem for problem in found if problem.severity == "error"]


def _names(plan: ImportPlan, root: Path) -> Sequence[str]:
    return [path.relative_to(root).as_posix() for path in plan.files]


def _show_needs(plan: ImportPlan, project: Project) -> None:
    """Show which columns no playbook needs, and what the missing fields cost."""
    from ..engine.importing.import_report import unneeded_fields
    from ..engine.importing.missing_costs import costs_of_missing

    unneeded = unneeded_fields(plan.proposal, project)
    if unneeded:
        echo_status(f"no playbook needs: {', '.join(unneeded)}")
    filled = {*plan.proposal.columns, *plan.proposal.defaults}
    costs = costs_of_missing(
        project.playbooks, project.catalogue.fields, filled, project.workspace.language
    )
    for cost in costs[:MOST_COSTS]:
        echo_status(cost.sentence())
    if len(costs) > MOST_COSTS:
        more = len(costs) - MOST_COSTS
        echo_status(
            f"and {_are(more, 'more field')[4:]} without a column: `tenure fields` lists them"
        )


def _are(count: int, noun: str) -> str:
    return f"is {count} {noun}" if count == 1 else f"are {count} {noun}s"
