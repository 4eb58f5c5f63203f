"""`tenure validate`: report every problem at once, for people, editors and CI."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..engine.core.problems import Problem, Problems
from ..engine.documents.registry import TEMPLATES_FOLDER
from .data_checks import (
    check_sources,
    has_no_snapshot,
    old_snapshot,
    unasked_source,
    unjudged_snapshot,
)
from .docs_address import docs_address
from .handover import hand_over
from .options import format_option, today, today_option, workspace_option
from .output import (
    echo_status,
    failed,
    seen_from_here,
    show_problems,
    texts_from_here,
    unified_difference,
    write_output,
)

if TYPE_CHECKING:
    from ..engine.playbook.model import Playbook
    from ..engine.project.content import ReadProject

PLANS_CHECK = "plans"
"""The folder of success plans."""

VALIDATE_FORMATS = ("text", "json", "github", "sarif")


@click.command("validate")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@workspace_option
@click.option(
    "--data",
    is_flag=True,
    help="Also ask databases and storage, as a run would, and warn of all that is wrong in the newest snapshot, and of "
    "playbooks that the data and the ledger of the last year show not to work.",
)
@click.option(
    "--fix", is_flag=True, help="Correct in the playbooks what has one certain correction."
)
@click.option("--diff", "shows", is_flag=True, help="With --fix: write nothing; show what changes.")
@today_option
@format_option(VALIDATE_FORMATS)
def validate_command(
    paths: tuple[Path, ...],
    root: Path,
    data: bool,
    fix: bool,
    shows: bool,
    now: dt.date | None,
    form: str,
) -> None:
    """Show every problem in the workspace, its playbooks, its success plans and its documents' templates.

    The newest snapshot is read too: one that no run can take is an error. With PATHS, show only the problems of these
    files, playbooks or plans. Warnings don't fail. --fix writes the corrections that cannot be wrong: words and signs
    of other tools, and names that nothing uses.
    """
    from ..engine.project.loading import read_project

    if shows and (not fix or form != "text"):
        raise click.UsageError("--diff shows what --fix changes, as text.")
    requested = [_under(path, root) for path in paths]
    plans = [path for path in (requested or _plans(root)) if path.parent == root / PLANS_CHECK]
    only = [path for path in requested if path not in plans] if paths else None
    read = read_project(root, only)
    if fix and _fix(read, root, shows):
        read = read_project(root, only)
    read = replace(read, problems=(*read.problems, *_lints(read, root, whole=not paths)))
    of_sources = check_sources(read, headers=bool(paths), closely=data, on=now)
    if paths and not data:
        # A playbook is good whatever the export lacks; only what it reads and nothing fills concerns it.
        of_sources = [problem for problem in of_sources if problem.severity == "warning"]
    problems = [*read.problems, *of_sources]
    if paths and read.workspace is not None:
        problems = [p for p in problems if p.span is None or p.span.file in read.files]
    texts = dict(read.texts)
    if plans:
        from ..engine.workspace.plan_items import check_plans

        files = [path.relative_to(root).as_posix() for path in plans]
        added, written = check_plans(root, files, read.catalogue)
        problems, texts = [*problems, *added], texts | written
    if not paths:
        added, written = _check_other_files(root, read)
        problems, texts = [*problems, *added], texts | written
    if data and read.workspace is not None:
        from ..engine.lints.data_linting import lint_data

        of_data = lint_data(read, root, now or today(read.workspace))
        problems += [p for p in of_data if p.span is None or p.span.file in read.files]
    shown = [seen_from_here(problem, root) for problem in problems]
    hand_over(lambda: tuple(problems))
    if form == "text":
        show_problems(shown, texts_from_here(texts, root))
    else:
        write_output(_machine(shown, form), form)
    echo_status(_summary(read.playbooks, len(plans), problems))
    of_playbooks = [p for p in problems if p.fix is not None and p.fix.span.file in read.files]
    if (correctable := len(of_playbooks)) and not fix:
        echo_status(f"`tenure validate --fix` corrects {correctable} of them.")
    if not paths and not unjudged_snapshot(read) and has_no_snapshot(read):
        echo_status("There are no accounts yet: `tenure import EXPORT` brings an export in.")
    notes = () if paths or data else (unasked_source(read), old_snapshot(read, now))
    for note in (None if paths else unjudged_snapshot(read), *notes):
        if note:
            echo_status(note)
    click.get_current_context().exit(1 if failed(problems) else 0)


def _fix(read: ReadProject, root: Path, shows: bool) -> bool:
    """Correct the playbooks, or show how; say what was corrected, and return whether files were written."""
    from ..engine.lints.fixing import fix_playbooks, write_fixed

    files = fix_playbooks(read)
    if not shows:
        write_fixed(root, files)
    for each in files:
        name = (root / each.file).as_posix()
        if shows:
            write_output(unified_difference(each.before, each.after.text, name, "fixed"))
        for problem in each.after.fixed:
            line = problem.span.line if problem.span else 1
            echo_status(f"{name}:{line}: {problem.message}; {_correction(problem)}")
    count = sum(len(each.after.fixed) for each in files)
    if not count:
        echo_status("Nothing has a certain correction.")
    else:
        done = "would be" if shows else "were" if count > 1 else "was"
        echo_status(f"{_many(count, 'problem')} {done} fixed in {_many(len(files), 'file')}.")
    return bool(files) and not shows


def _correction(problem: Problem) -> str:
    fix = problem.fix
    return f"now `{fix.text}`" if fix is not None and fix.text else "taken out"


def _lints(read: ReadProject, root: Path, whole: bool) -> list[Problem]:
    """Return the warnings of all lints; `whole` says that all playbooks were read."""
    from ..engine.lints.linting import lint_project

    # Read only where a role or a link seems unused. A presentation names none.
    folder = root / TEMPLATES_FOLDER
    templates = (
        path.read_text("utf-8", errors="replace")
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pptx"
    )
    return lint_project(read, whole=whole, templates=templates)


def _plans(root: Path) -> list[Path]:
    """Return the files of the workspace's success plans."""
    return sorted((root / PLANS_CHECK).glob("*.yaml"))


def _check_other_files(root: Path, read: ReadProject) -> tuple[list[Problem], dict[str, str]]:
    """Return the problems of the other files that documents and metrics read, and the texts of those files."""
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    if read.workspace is None:
        return problems, texts
    if (root / TEMPLATES_FOLDER).is_dir():
        from ..engine.documents.checked_templates import checked_templates

        problems, texts = checked_templates(root, read.catalogue, read.workspace.variables)
    if (rates := read.workspace.metrics.rates) is not None:
        from ..engine.metrics.currency import check_rates

        added, written = check_rates(root, rates)
        problems, texts = [*problems, *added], texts | written
    people = read.workspace.people
    if people is not None and people.source.path is not None:
        from ..engine.runs.managers import check_managers
        from ..engine.sources.people_table import load_people

        try:
            table, warnings = load_people(read.workspace)
            problems = [*problems, *warnings, *check_managers(table, read.playbooks)]
        except Problems as error:
            problems = [*problems, *error.problems]
    return problems, texts


def _under(path: Path, root: Path) -> Path:
    """Return the path as one below the workspace's folder, if it is."""
    full, base = path.resolve(), root.resolve()
    return root / full.relative_to(base) if full.is_relative_to(base) else full


def _machine(problems: list[Problem], form: str) -> str:
    from ..engine.text import formatters

    if form == "sarif":
        return formatters.to_sarif(problems, docs_address())
    return formatters.to_json(problems) if form == "json" else formatters.to_github(problems)


def _summary(playbooks: tuple[Playbook, ...], plans: int, problems: list[Problem]) -> str:
    """Return `3 playbooks, 41 steps: no problems`; bad playbooks are not counted, and plans only if there are any."""
    from ..engine.playbook.model import ENROLLED, LEFT

    ids = [state.id for playbook in playbooks for state in playbook.machine.states]
    steps = sum(id not in (ENROLLED, LEFT) for id in ids)
    disabled = ", ".join(playbook.id for playbook in playbooks if not playbook.enabled)
    counted = _many(len(playbooks), "playbook") + (f" (disabled: {disabled})" if disabled else "")
    counted += f", {_many(steps, 'step')}"
    counted += f", {_many(plans, 'plan')}" if plans else ""
    if plans and not playbooks:
        counted = _many(plans, "plan")
    if failed(problems):
        if plans and not playbooks:
            return f"{counted} read"
        return f"good so far: {counted}" if playbooks else "no playbook is good yet"
    return f"{counted}: {'no errors' if problems else 'no problems'}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
