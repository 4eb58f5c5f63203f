"""`tenure init`: create a workspace that runs at once, with example accounts."""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
import shutil
import sys
from pathlib import Path
from string import Template
from types import ModuleType

import click

from .options import on_option
from .output import echo_status

HARMLESS = frozenset(
    (".git", ".gitignore", ".gitattributes", ".editorconfig", ".venv", ".DS_Store", "LICENSE")
)
"""Files that a folder may have already: `init` does not write them, and a workspace does not read them."""

ZONE = "Europe/Paris"
"""The time zone of the new workspace."""

SEED = 8
EXAMPLE_DAYS = 182
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?: [A-Za-z0-9_-]+)*")


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@on_option
def init_command(folder: Path, on: dt.date | None) -> None:
    """Create a workspace in FOLDER that runs at once.

    It has settings, a field catalogue, the shipped playbooks and document templates, schemas for the editor, and
    six months of example accounts that end at --on.
    """
    from ..engine.example import write_example

    _refuse_unsafe(folder)
    last = on or _today()
    folder.mkdir(parents=True, exist_ok=True)
    files = write_example(
        folder / "data", seed=SEED, first=last - dt.timedelta(days=EXAMPLE_DAYS), last=last
    )
    dates = [file.stem.removeprefix("accounts-") for file in files]
    _fill_templates(folder, first=dates[0], last=dates[-1])
    _copy_shipped(folder)
    echo_status(f"A workspace is in {folder}, with {len(files)} example snapshots. Next:")
    echo_status(f"  tenure preview --workspace {shlex.quote(str(folder))} --on {dates[-1]}")


def _today() -> dt.date:
    from zoneinfo import ZoneInfo

    return dt.datetime.now(ZoneInfo(ZONE)).date()


def _refuse_unsafe(folder: Path) -> None:
    """Raise wrong usage if the folder has anything that a workspace could overwrite or misread."""
    if not folder.exists():
        return
    names = sorted(path.name for path in folder.iterdir() if path.name not in HARMLESS)
    if names:
        raise click.BadParameter(
            f"{folder} is not empty (it has {names[0]}); name a new folder, or empty this one.",
            param_hint="FOLDER",
        )


def _fill_templates(folder: Path, *, first: str, last: str) -> None:
    """Write every template under the same name, with its `$words` replaced."""
    templates = Path(__file__).parent / "templates"
    for template in sorted(path for path in templates.rglob("*") if path.is_file()):
        name = template.relative_to(templates)
        words = _words(folder.resolve(), name.name) | {"first": first, "last": last}
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        text = template.read_text(encoding="utf-8")
        target.write_text(Template(text).safe_substitute(words), encoding="utf-8")


def _words(folder: Path, file: str) -> dict[str, str]:
    """Return the values for templates, quoted as the file needs them."""
    name, program, place = folder.name or "workspace", _program(), str(folder)
    if file.endswith(".yaml"):
        name = name if _PLAIN_NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)
    elif file == "crontab":
        # cron ends the command at an unescaped percent sign.
        program, place = (shlex.quote(text).replace("%", "\\%") for text in (program, place))
    elif file.endswith((".service", ".timer")):
        name, program, place = (text.replace("%", "%%") for text in (name, program, place))
    return {"name": name, "tenure": program, "folder": place, "zone": ZONE}


def _program() -> str:
    """Return the full path of this program, for jobs without a search path."""
    started = Path(sys.argv[0])
    if started.name == "tenure" and started.exists():
        return str(started.resolve())
    return shutil.which("tenure") or "tenure"


def _copy_shipped(folder: Path) -> None:
    from .. import playbooks, schemas
    from ..engine.documents import document_templates

    _copy(playbooks, "*.yaml", folder / "playbooks")
    _copy(schemas, "*.json", folder / "schemas")
    (folder / document_templates.TEMPLATES_FOLDER).mkdir(exist_ok=True)
    for name, text in document_templates.shipped_templates().items():
        (folder / document_templates.TEMPLATES_FOLDER / name).write_text(text, encoding="utf-8")


def _copy(package: ModuleType, pattern: str, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for path in package.__path__:
        for file in sorted(Path(path).glob(pattern)):
            (folder / file.name).write_bytes(file.read_bytes())
