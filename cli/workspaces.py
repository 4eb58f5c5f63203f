"""Open the workspace that a command works on, and show its problems."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..engine.core.problems import Problem
from .exit_codes import LEFT_OUT, PROBLEMS
from .output import failed, seen_from_here, show_problems, texts_from_here

if TYPE_CHECKING:
    from ..engine.playbook.model import Playbook
    from ..engine.project.loading import Project


@dataclass(frozen=True, slots=True)
class WorkspaceContext:
    """The opened workspace, for showing later problems with their lines."""

    root: Path
    texts: dict[str, str]


def open_project(root: Path) -> Project:
    """Return the workspace with its good playbooks; problems are shown on standard error.

    Raises:
        Problems: The workspace itself cannot be used.
    """
    project = load_quietly(root)
    report_problems(project.problems)
    return project


def load_quietly(root: Path) -> Project:
    """Return the same as `open_project`, and show nothing."""
    from ..engine.project.loading import load_project

    context = click.get_current_context().find_root()
    context.obj = WorkspaceContext(root, {})
    project = load_project(root)
    context.obj = WorkspaceContext(root, dict(project.texts))
    return project


def report_problems(problems: Iterable[Problem]) -> None:
    """Show problems of the opened workspace on standard error."""
    problems = list(problems)
    context = click.get_current_context().find_root().obj or WorkspaceContext(Path(), {})
    moved = [seen_from_here(problem, context.root) for problem in problems]
    texts = dict(context.texts)
    for problem in problems:
        if problem.span and problem.span.file not in texts:
            texts |= _read(context.root, problem.span.file)
    show_problems(moved, texts_from_here(texts, context.root))


def _read(root: Path, file: str) -> dict[str, str]:
    from ..engine.text.input_files import read_text

    written, _ = read_text(root / file, file)
    return {} if written is None else {file: written}


def choose_day(project: Project, on: dt.date | None) -> dt.date:
    """Return the requested date, or today in the workspace's time zone."""
    from .options import today

    return on or today(project.workspace)


def no_account(project: Project, on: dt.date, account: str, where: str) -> str:
    """Return the message for an unknown account, with a suggestion if there is one."""
    from ..engine.documents.account_facts import suggest_account

    near = suggest_account(project, on, account)
    return f"no account {account!r} {where}" + (f"; did you mean {near}?" if near else "")


def choose_playbooks(project: Project, id: str | None) -> tuple[Playbook, ...]:
    """Return the playbook of that id, or all without one; an unknown id is wrong usage."""
    from ..engine.text.suggest import suggest

    if id is None:
        return project.playbooks
    chosen = tuple(playbook for playbook in project.playbooks if playbook.id == id)
    if not chosen:
        ids = [playbook.id for playbook in project.playbooks]
        near = suggest(id, ids)
        hint = f"did you mean {near}?" if near else f"there are: {', '.join(ids) or 'none'}"
        raise click.BadParameter(f"no playbook {id!r}; {hint}", param_hint="PLAYBOOK")
    return chosen


def exit_with(problems: Iterable[Problem], left_out: bool = False) -> None:
    """End the command with its exit code if there was an error, or if rows were left out."""
    if failed(problems):
        click.get_current_context().exit(PROBLEMS)
    if left_out:
        click.get_current_context().exit(LEFT_OUT)
