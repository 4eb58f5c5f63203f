"""The playbook files of a workspace: `.yaml` and `.yml` in `playbooks/` and its subfolders, and what else is there."""

from __future__ import annotations

from pathlib import Path

from ..core.problems import Problem, Problems, Span
from ..text.input_files import list_folder

PLAYBOOKS_FOLDER = "playbooks"
ENDINGS = (".yaml", ".yml")
"""Endings of playbook files, in any case."""


def playbook_files(root: Path) -> tuple[list[Path], list[Problem]]:
    """Return the playbook files, sorted, and the problems: folders that cannot be listed, and files that are not read.

    Hidden files and folders are left out, and Markdown files, which are for people.
    """
    found: list[Path] = []
    problems: list[Problem] = []
    waiting = [Path(PLAYBOOKS_FOLDER)]
    while waiting:
        folder = waiting.pop()
        try:
            names = list_folder(root / folder, folder.as_posix())
        except Problems as refused:
            problems += refused.problems
            continue
        for name in names:
            path = folder / name
            if name.startswith((".", "__")) or name.lower().endswith(".md"):
                continue
            if name.lower().endswith(ENDINGS):
                # Also a folder of such a name: reading it says what is wrong.
                found.append(root / path)
            elif (root / path).is_dir() and not (root / path).is_symlink():
                waiting.append(path)
            else:
                problems.append(_unread(path.as_posix()))
    return sorted(found), sorted(problems, key=lambda problem: problem.message)


def file_name(path: Path, root: Path) -> str:
    """Return the name of a file in messages: relative to the workspace, if it is in it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _unread(file: str) -> Problem:
    return Problem(
        "unread-file",
        f"{file} is not read: playbooks are files whose names end in .yaml or .yml",
        Span(file, 1, 1, 1, 1),
        "rename it, or move it out of the folder; a linked folder needs its files here",
        severity="warning",
    )
