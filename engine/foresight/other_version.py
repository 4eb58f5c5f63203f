"""Another version of a workspace's texts: of a folder, or of a revision in git.

The texts are those of `tenure.yaml`, `fields.yaml` and the playbooks. The project that comes of them reads the data and
the store of the workspace itself, so that two versions are compared over the same accounts.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ..core.problems import Problem, Problems
from ..project.loading import Project, load_project
from ..project.playbook_files import PLAYBOOKS_FOLDER, playbook_files
from ..text.input_files import read_text
from ..workspace.settings_loader import FIELDS_FILE, SETTINGS

VERSION_FILES = (SETTINGS, FIELDS_FILE)
"""The files of a version that are not playbooks."""
LONGEST_GIT = 60
"""Seconds after which git is given up."""


def other_version(project: Project, source: str) -> Project:
    """Return the project with the texts of another version of it.

    Args:
        project: The workspace.
        source: A folder with a `tenure.yaml`; else a revision in git, such as `main` or `HEAD~2`.

    Raises:
        Problems: There is no such version, or it has errors.
    """
    folder = Path(source)
    texts = _of_folder(folder) if folder.is_dir() else _of_revision(project.root, source)
    with TemporaryDirectory(prefix="tenure-") as scratch:
        for name, text in texts.items():
            path = Path(scratch, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        found = load_project(Path(scratch))
    if found.errors:
        raise Problems([_of_version(problem, source) for problem in found.errors])
    workspace = found.workspace._replace(root=str(project.root))
    return replace(found, root=project.root, workspace=workspace)


def _of_folder(folder: Path) -> dict[str, str]:
    """Return the texts of a folder by their names in it."""
    files, _ = playbook_files(folder)
    names = [name for name in VERSION_FILES if (folder / name).exists()]
    texts = {}
    for name in [*names, *(file.relative_to(folder).as_posix() for file in files)]:
        text, problems = read_text(folder / name, name)
        if text is None:
            raise Problems([_of_version(problem, str(folder)) for problem in problems])
        texts[name] = text
    return texts


def _of_revision(root: Path, revision: str) -> dict[str, str]:
    """Return the texts of a revision by their names in the workspace's folder."""
    if revision.startswith("-"):
        raise Problems([_unknown(revision, "a revision does not begin with `-`")])
    listed = _git(root, revision, "ls-tree", "-r", "-z", "--name-only", revision, "--", ".")
    texts = {
        name: _git(root, revision, "show", f"{revision}:./{name}")
        for name in listed.split("\0")
        if name in VERSION_FILES or name.startswith(f"{PLAYBOOKS_FOLDER}/")
    }
    if SETTINGS not in texts:
        raise Problems([_unknown(revision, f"it has no {SETTINGS} in this folder")])
    return texts


def _git(root: Path, revision: str, *arguments: str) -> str:
    """Return what git writes to standard output."""
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LONGEST_GIT, check=False)
    except FileNotFoundError:
        raise Problems([_unknown(revision, "git is not installed")]) from None
    except subprocess.TimeoutExpired:
        raise Problems([_unknown(revision, "git does not answer")]) from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["git failed"]
        raise Problems([_unknown(revision, lines[-1].removeprefix("fatal: "))])
    return done.stdout.decode("utf-8", errors="replace")


def _unknown(source: str, why: str) -> Problem:
    message = f"there is no other version `{source}` to compare with: {why}"
    hint = "name a folder with a tenure.yaml, or a revision in git: --from main"
    return Problem("no-version", message, hint=hint)


def _of_version(problem: Problem, source: str) -> Problem:
    """Return a problem of the other version, whose lines are not those of the files here."""
    where = f"{problem.span.file}:{problem.span.line}: " if problem.span else ""
    return Problem(
        problem.code,
        f"in `{source}`, {where}{problem.message}",
        hint=problem.hint or "correct it there, or compare with another version",
    )
