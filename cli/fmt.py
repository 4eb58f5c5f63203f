"""`tenure fmt`: write playbooks and settings in the canonical layout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from ..engine.core.problems import Problem, Problems
from .exit_codes import PROBLEMS
from .options import workspace_option
from .output import (
    echo_status,
    failed,
    seen_from_here,
    show_problems,
    texts_from_here,
    unified_difference,
    write_output,
)


@click.command("fmt")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@workspace_option
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", "shows", is_flag=True, help="Write nothing; show what would change.")
def fmt_command(paths: tuple[Path, ...], root: Path, check: bool, shows: bool) -> None:
    """Write playbooks, settings and fields in the canonical layout, or only PATHS.

    Two spaces a level, one space after colons, dashes and commas, at most one blank line. Comments, the order of keys,
    quotes and line breaks stay, and so does the meaning. A file with errors is left as it is.
    """
    changed = 0
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for path, name in _files(paths, root):
        text, found = _read(path, name)
        if text is None or failed(found):
            problems += found
            texts |= {name: text} if text is not None else {}
        elif _format(path, name, text, write=not (check or shows), shows=shows):
            changed += 1
    show_problems(
        [seen_from_here(problem, root) for problem in problems], texts_from_here(texts, root)
    )
    echo_status(_summary(changed, written=not (check or shows)))
    click.get_current_context().exit(PROBLEMS if problems or (check and changed) else 0)


def _files(paths: tuple[Path, ...], root: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file with its name in the workspace."""
    from ..engine.project.playbook_files import playbook_files
    from ..engine.workspace.settings import FIELDS_FILE, SETTINGS

    if paths:
        yield from ((path, _name(path, root)) for path in paths)
        return
    if not (root / SETTINGS).exists():
        hint = "run it in a workspace, or name files"
        raise Problems([Problem("no-workspace", f"there is no {SETTINGS} in {root}", hint=hint)])
    names = [SETTINGS, FIELDS_FILE] if (root / FIELDS_FILE).exists() else [SETTINGS]
    yield from ((root / name, name) for name in names)
    yield from ((path, _name(path, root)) for path in playbook_files(root)[0])
    yield from ((path, _name(path, root)) for path in sorted(root.glob("tests/**/*.test.yaml")))


def _name(path: Path, root: Path) -> str:
    full, base = path.resolve(), root.resolve()
    return full.relative_to(base).as_posix() if full.is_relative_to(base) else str(full)


def _read(path: Path, name: str) -> tuple[str | None, list[Problem]]:
    from ..engine.text.input_files import read_text
    from ..engine.text.yaml_reader import read_yaml

    text, problems = read_text(path, name)
    return text, problems if text is None else read_yaml(text, name)[1]


def _format(path: Path, name: str, text: str, *, write: bool, shows: bool) -> bool:
    """Return whether the file is not in the canonical layout; write or show it as requested."""
    from ..engine.core.atomic_files import write_whole
    from ..engine.text.yaml_format import format_yaml

    formatted = format_yaml(text)
    if formatted == text:
        return False
    if write:
        write_whole(path, formatted.encode())
    elif shows:
        write_output(unified_difference(text, formatted, name, "formatted"))
    if not shows:
        write_output(f"{name}\n")
    return True


def _summary(changed: int, *, written: bool) -> str:
    if not changed:
        return "Every file is in the canonical layout."
    files = "1 file is" if changed == 1 else f"{changed} files are"
    return (
        f"{files} now in the canonical layout."
        if written
        else f"{files} not in the canonical layout."
    )
