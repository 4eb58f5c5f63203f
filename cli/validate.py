"""`tenure validate`: every problem at once, for people, editors and CI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..engine.text.problem import Problem, Problems
from .options import format_option, workspace_option
from .output import say, seen_from_here, write
from .project import leave, load_quietly, report

if TYPE_CHECKING:
    from ..engine.runs.project import Project

FORMATS = ("text", "json", "github", "sarif")


@click.command("validate")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@workspace_option
@format_option(FORMATS)
def command(paths: tuple[Path, ...], root: Path, form: str) -> None:
    """Show every problem in the workspace and its playbooks.

    With PATHS, only the problems of those playbook files. Warnings don't fail.
    """
    project, problems = _check(root)
    if paths:
        wanted = {path.resolve() for path in paths}
        problems = [p for p in problems if p.span and (root / p.span.file).resolve() in wanted]
    if form == "text":
        report(problems)
    else:
        write(_machine(problems, form, root))
    if project:
        say(_summary(project, problems))
    leave(problems)


def _check(root: Path) -> tuple[Project | None, list[Problem]]:
    try:
        project = load_quietly(root)
    except Problems as error:
        return None, list(error.problems)
    return project, list(project.problems)


def _machine(problems: list[Problem], form: str, root: Path) -> str:
    from ..engine.text import machine_formats

    writers = {
        "json": machine_formats.to_json,
        "github": machine_formats.to_github,
        "sarif": machine_formats.to_sarif,
    }
    return writers[form]([seen_from_here(problem, root) for problem in problems])


def _summary(project: Project, problems: list[Problem]) -> str:
    """`3 playbooks, 41 steps: no problems`."""
    steps = sum(len(playbook.machine.states) - 1 for playbook in project.playbooks)
    playbooks = len(project.playbooks)
    counted = f"{_many(playbooks, 'playbook')}, {_many(steps, 'step')}"
    return f"{counted}: no problems" if not problems else f"{counted} without errors"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
