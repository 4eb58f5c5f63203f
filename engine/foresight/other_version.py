"""Another version of a workspace's texts: of the last run, the run over a date, a folder, or a revision in git.

The texts are those of `tenure.yaml`, `fields.yaml` and the playbooks. The project that comes of them reads the data and
the store of the workspace itself, so that two versions are compared over the same accounts.
"""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ..core.problems import Problem, Problems
from ..project.loading import Project, load_project
from ..project.playbook_files import PLAYBOOKS_FOLDER, playbook_files
from ..store import Reader
from ..text.input_files import read_text
from ..workspace.settings import FIELDS_FILE, SETTINGS

VERSION_FILES = (SETTINGS, FIELDS_FILE)
"""The files of a version that are not playbooks."""
LAST_RUN = "last"
"""The version that the last run read."""
LONGEST_GIT = 60
"""Seconds after which git is given up."""


def other_version(project: Project, source: str) -> Project:
    """Return the project with the texts of another version of it.

    Args:
        project: The workspace.
        source: `last` for the last run; a date for the last run over it; a folder with a `tenure.yaml`; else a
            revision in git, such as `main` or `HEAD~2`.

    Raises:
        Problems: There is no such version, or it has errors. The playbooks that a run left out for their errors are
            left out here too.
    """
    folder = Path(source)
    on = _run_date(source)
    if folder.is_dir():
        return load_texts(project, _of_folder(folder), source)
    if source == LAST_RUN or on is not None:
        return load_texts(project, _of_run(Reader.of(project), on), source, was_run=True)
    return load_texts(project, _of_revision(project.root, source), source)


def describe_version(project: Project, source: str) -> str:
    """Return the name of a version for a sentence: `the run for 2026-04-01`, or the folder or revision as written."""
    if Path(source).is_dir() or (source != LAST_RUN and _run_date(source) is None):
        return source
    found = Reader.of(project).run_texts(_run_date(source))
    return f"the run for {found.on}" if found else source


def _run_date(source: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(source)
    except ValueError:
        return None


def load_texts(
    project: Project, texts: Mapping[str, str], source: str, *, was_run: bool = False
) -> Project:
    """Return the project with other texts, over its own data and store."""
    with TemporaryDirectory(prefix="tenure-") as scratch:
        for name, text in texts.items():
            path = Path(scratch, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        found = load_project(Path(scratch))
    if found.errors and not was_run:
        raise Problems([_of_version(problem, source) for problem in found.errors])
    workspace = found.workspace._replace(root=str(project.root), store=project.workspace.store)
    return replace(found, root=project.root, workspace=workspace)


def _of_run(reader: Reader, on: dt.date | None) -> Mapping[str, str]:
    """Return the texts of the last run, or of the last one over a date, by their names in the workspace."""
    run = "last run" if on is None else f"run for {on}"
    found = reader.run_texts(on)
    if found is None:
        raise Problems([_unknown(run, "nothing has run yet" if on is None else "it did not run")])
    if found.texts is None:
        why = "it is from before runs stored the texts that they read; the next run stores them"
        raise Problems([_unknown(run, why)])
    if found.erased:
        why = f"a name was erased from its {found.erased[0]}; the next run stores the texts again"
        raise Problems([_unknown(run, why)])
    return found.texts


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
    hint = "name a folder with a tenure.yaml, a revision in git, or the date of a run: --from main"
    return Problem("no-version", message, hint=hint)


def _of_version(problem: Problem, source: str) -> Problem:
    """Return a problem of the other version, whose lines are not those of the files here."""
    where = f"{problem.span.file}:{problem.span.line}: " if problem.span else ""
    return Problem(
        problem.code,
        f"in `{source}`, {where}{problem.message}",
        hint=problem.hint or "correct it there, or compare with another version",
    )
