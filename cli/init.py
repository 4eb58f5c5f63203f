"""`tenure init`: create a workspace, empty for an export or with example accounts."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Collection
from pathlib import Path
from string import Template
from types import ModuleType
from typing import NamedTuple

import click

from ..engine.version import VERSION
from .options import on_option, read_language
from .output import echo_status

IGNORE_FILE = ".gitignore"
"""The file that keeps the store out of a history. A folder may have one, which then gets the lines that it lacks."""
HOOKS_FILE = ".pre-commit-config.yaml"

HARMLESS = frozenset(
    (
        ".git",
        ".github",
        IGNORE_FILE,
        ".gitattributes",
        HOOKS_FILE,
        ".editorconfig",
        ".venv",
        ".DS_Store",
        "LICENSE",
    )
)
"""Files that a folder may have already: what they say stays, and a workspace does not read them."""

_SETTINGS = "tenure.yaml"

ZONE = "Europe/Paris"
"""The time zone of the example, and of a workspace on a machine that does not say where it is."""

HOMES = {"fr": ("Europe/Paris", "FR"), "de": ("Europe/Berlin", "DE")}
"""The time zone and country of a language, where the machine does not say where it is."""

SEED = 8
EXAMPLE_DAYS = 182
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?: [A-Za-z0-9_-]+)*")
TEMPLATES = Path(__file__).parent / "templates"
"""The files of new workspaces: `common` to all, `demo` with example accounts, and `empty` without."""
_RENAMED = {
    Path("gitignore"): Path(IGNORE_FILE),
    Path("ci", "tenure.yml"): Path(".github", "workflows", "tenure.yml"),
    Path("ci", "pre-commit-config.yaml"): Path(HOOKS_FILE),
}
"""Templates that would have an effect in their own folder under their own name."""


class NewWorkspace(NamedTuple):
    """The choices for a new workspace."""

    language: str = "en"
    zone: str = ZONE
    country: str = "FR"
    playbooks: frozenset[str] | None = None
    """The playbooks that are enabled; None for all."""


def read_playbooks(
    _ctx: click.Context, _param: click.Parameter, value: str | None
) -> frozenset[str] | None:
    """Return an option's playbooks; names that are not shipped are wrong usage."""
    if value is None:
        return None
    from ..engine.text.suggest import suggest

    names = frozenset(name.strip() for name in value.split(",") if name.strip())
    for name in sorted(names - shipped_playbooks()):
        near = suggest(name, shipped_playbooks())
        hint = (
            f"did you mean {near}?"
            if near
            else f"there are {', '.join(sorted(shipped_playbooks()))}."
        )
        raise click.BadParameter(f"no playbook {name!r}; {hint}")
    return names


@click.command("init")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--demo", is_flag=True, help="With six months of example accounts that end at --on.")
@on_option
@click.option(
    "--playbooks",
    metavar="NAMES",
    callback=read_playbooks,
    help="The playbooks to enable, such as renewal,reviews; the others get `enabled: false`.  [default: all]",
)
@click.option(
    "--language",
    metavar="LANGUAGE",
    callback=read_language,
    default="en",
    show_default=True,
    help="The language of titles, and of the README: en, fr or de.",
)
@click.option(
    "--time-zone", "zone", metavar="NAME", help="Where a day begins.  [default: the machine's]"
)
def init_command(
    folder: Path,
    demo: bool,
    on: dt.date | None,
    playbooks: frozenset[str] | None,
    language: str,
    zone: str | None,
) -> None:
    """Create a workspace in FOLDER: settings, playbooks, templates of documents, and schemas for the editor.

    It is empty, and `tenure import` brings your export in; or, with --demo, it has example accounts and runs at once.
    """
    _refuse_unsafe(folder)
    shown = shlex.quote(str(folder))
    if demo:
        first, last = _example_dates(on)
        layout = NewWorkspace(language, zone or ZONE, playbooks=playbooks)
        count = create_demo(folder, layout, first, last)
        echo_status(f"A workspace is in {folder}, with {count} example snapshots. Next:")
        echo_status(f"  tenure preview --workspace {shown} --on {last}")
        return
    create_empty(folder, empty_layout(language, zone, playbooks))
    echo_status(f"An empty workspace is in {folder}. Next, with an export of your accounts:")
    echo_status(f"  tenure import EXPORT --into {shown}")


def empty_layout(language: str, zone: str | None, playbooks: frozenset[str] | None) -> NewWorkspace:
    """Return the layout of an empty workspace, in the time zone and country of the machine if it says where it is."""
    home_zone, home = HOMES.get(language, (ZONE, "FR"))
    chosen = zone or machine_zone() or home_zone
    _check_zone(chosen)
    return NewWorkspace(language, chosen, _country_of(chosen) or home, playbooks)


def create_empty(folder: Path, layout: NewWorkspace) -> None:
    """Create a workspace without accounts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir()
    _fill(folder, TEMPLATES / "common", layout)
    _fill(folder, TEMPLATES / "empty", layout)
    _copy_shipped(folder, layout.playbooks)


def create_demo(folder: Path, layout: NewWorkspace, first: dt.date, last: dt.date) -> int:
    """Create a workspace with example accounts; return the number of snapshots."""
    from ..engine.example import write_example

    folder.mkdir(parents=True, exist_ok=True)
    files = write_example(folder / "data", seed=SEED, first=first, last=last)
    dates = [file.stem.removeprefix("accounts-") for file in files]
    for part in ("common", "demo"):
        _fill(folder, TEMPLATES / part, layout, first=dates[0], last=dates[-1])
    _copy_shipped(folder, layout.playbooks)
    return len(files)


def settings_text(name: str) -> str:
    """Return the settings of a new workspace of this name."""
    template = Template((TEMPLATES / "common" / "tenure.yaml").read_text("utf-8"))
    return template.safe_substitute(_words(Path(name), "tenure.yaml", NewWorkspace()))


def _example_dates(on: dt.date | None) -> tuple[dt.date, dt.date]:
    last = on or _today()
    return last - dt.timedelta(days=EXAMPLE_DAYS), last


def _today() -> dt.date:
    from zoneinfo import ZoneInfo

    return dt.datetime.now(ZoneInfo(ZONE)).date()


def machine_zone() -> str | None:
    """Return the machine's time zone; None where it is UTC, as on most servers, or not known."""
    name = os.environ.get("TZ", "").lstrip(":")
    if not name:
        target = os.path.realpath("/etc/localtime")
        _, found, name = target.partition("zoneinfo/")
        name = name if found else ""
    return name if name and _country_of(name) else None


def _country_of(zone: str) -> str | None:
    """Return the country of a time zone; None for zones of no country, such as UTC."""
    from babel.core import get_global

    territory = get_global("zone_territories").get(zone)
    return territory if territory not in (None, "001", "ZZ") else None


def _check_zone(zone: str) -> None:
    from zoneinfo import ZoneInfo, available_timezones

    from ..engine.text.suggest import suggest

    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        near = suggest(zone, available_timezones())
        hint = f"did you mean {near}?" if near else "write it like Europe/Paris."
        raise click.BadParameter(
            f"no time zone {zone!r}; {hint}", param_hint="--time-zone"
        ) from error


def _refuse_unsafe(folder: Path) -> None:
    """Raise wrong usage if the folder has anything that a workspace could overwrite or misread."""
    if not folder.exists():
        return
    names = sorted(path.name for path in folder.iterdir() if path.name not in HARMLESS)
    if _SETTINGS in names:
        raise click.BadParameter(
            f"{folder} is a workspace already; bring an export in with `tenure import`, or name a new folder.",
            param_hint="FOLDER",
        )
    if names:
        raise click.BadParameter(
            f"{folder} is not empty (it has {names[0]}); name a new folder, or empty this one.",
            param_hint="FOLDER",
        )


def _fill(folder: Path, templates: Path, layout: NewWorkspace, **dates: str) -> None:
    """Write every template under its name, with its `$words` replaced. A file that is there already stays."""
    for template in sorted(path for path in templates.rglob("*") if path.is_file()):
        name = _target(template.relative_to(templates), layout.language)
        if name is not None and name.name == IGNORE_FILE and (folder / name).exists():
            _add_lines(folder / name, template.read_text(encoding="utf-8"))
        if name is None or (folder / name).exists():
            continue
        words = _words(folder.resolve(), name.name, layout) | dates
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        text = template.read_text(encoding="utf-8")
        target.write_text(Template(text).safe_substitute(words), encoding="utf-8")


def _add_lines(file: Path, wanted: str) -> None:
    """Add the lines to a file that it does not have: without them, a checkout could take the store back."""
    text = file.read_text(encoding="utf-8")
    there = {line.strip() for line in text.splitlines()}
    added = [line for line in wanted.splitlines() if line.strip() not in there]
    if added:
        gap = "" if not text or text.endswith("\n") else "\n"
        lines = "".join(f"{line}\n" for line in added)
        file.write_text(f"{text}{gap}{lines}", encoding="utf-8")


def _target(name: Path, language: str) -> Path | None:
    """Return the name of a template's file; None for a file in another language."""
    stem, _, of_language = name.stem.partition(".")
    if of_language:
        return name.with_name(f"{stem}{name.suffix}") if of_language == language else None
    return _RENAMED.get(name, name)


def _words(folder: Path, file: str, layout: NewWorkspace) -> dict[str, str]:
    """Return the values for templates, quoted as the file needs them."""
    name, program, place = folder.name or "workspace", _program(), str(folder)
    task = f"Tenure {name}"
    if file.endswith(".yaml"):
        name = name if _PLAIN_NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)
    elif file == "crontab":
        # cron ends the command at an unescaped percent sign.
        program, place = (shlex.quote(text).replace("%", "\\%") for text in (program, place))
    elif file.endswith((".service", ".timer")):
        name, program, place = (text.replace("%", "%%") for text in (name, program, place))
    elif file.endswith(".ps1"):
        # In PowerShell's single quotes, only the quote itself has a meaning.
        task, program, place = (text.replace("'", "''") for text in (task, program, place))
    return {
        "name": name,
        "task": task,
        "tenure": program,
        "version": VERSION,
        "folder": place,
        "zone": layout.zone,
        "country": layout.country,
        "language": layout.language,
    }


def _program() -> str:
    """Return the full path of this program, for jobs without a search path."""
    started = Path(sys.argv[0])
    if started.name == "tenure" and started.exists():
        return str(started.resolve())
    return shutil.which("tenure") or "tenure"


def shipped_playbooks() -> frozenset[str]:
    """Return the ids of the playbooks that are shipped."""
    from .. import playbooks

    return frozenset(file.stem for path in playbooks.__path__ for file in Path(path).glob("*.yaml"))


def _copy_shipped(folder: Path, enabled: Collection[str] | None) -> None:
    from .. import playbooks, schemas
    from ..engine.documents import document_templates
    from ..engine.documents.registry import TEMPLATES_FOLDER

    _copy(playbooks, "*.yaml", folder / "playbooks")
    _copy(schemas, "*.json", folder / "schemas")
    for path in playbooks.__path__:
        _copy_tests(Path(path) / "tests", folder / "tests", enabled)
    if enabled is not None:
        for file in sorted((folder / "playbooks").glob("*.yaml")):
            if file.stem not in enabled:
                _disable(file)
    (folder / TEMPLATES_FOLDER).mkdir(exist_ok=True)
    for name, text in document_templates.shipped_templates().items():
        (folder / TEMPLATES_FOLDER / name).write_text(text, encoding="utf-8")


def _copy_tests(source: Path, folder: Path, enabled: Collection[str] | None) -> None:
    """Copy the tests of the shipped playbooks that are enabled, all of them for None."""
    folder.mkdir(exist_ok=True)
    for file in sorted(source.glob("*.test.yaml")):
        playbook = file.name.split(".")[0]
        if enabled is None or playbook in enabled:
            (folder / file.name).write_bytes(file.read_bytes())


def _disable(file: Path) -> None:
    """Add `enabled: false` to a playbook, below its id."""
    text = file.read_text("utf-8")
    id = re.search(r"^playbook: .*$", text, re.MULTILINE)
    if id is None:
        raise ValueError(f"{file.name} has no id")
    at = id.end()
    file.write_text(f"{text[:at]}\nenabled: false{text[at:]}", encoding="utf-8")


def _copy(package: ModuleType, pattern: str, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for path in package.__path__:
        for file in sorted(Path(path).glob(pattern)):
            (folder / file.name).write_bytes(file.read_bytes())
