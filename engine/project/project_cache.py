"""Keep what was read of a workspace, so that the next command need not parse and check the same texts again.

The file is in the workspace's `.tenure`, next to the note of the newest run. It is used only where everything that
reading depends on is the same: the texts, the names of the files, the workspace's path, the engine's own files and the
libraries. A file that is damaged, older or of another workspace is ignored, and replaced. It is JSON, and reading it
runs nothing. A workspace without a run has no `.tenure` and no such file: commands that only show must not write there.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from ..calendar import working_days
from ..core import file_formats, offsets, problems
from ..core.problems import Problems
from ..fields import catalogue
from ..language import actions_read, expressions, states_read
from ..playbook import model
from ..text import translations
from ..text.input_files import read_bounded, read_text
from ..version import VERSION
from ..workspace import channels, database_address, settings
from .loading import ReadProject
from .playbook_files import file_name, playbook_files
from .record_codec import from_json, record_classes, to_json

FOLDER = ".tenure"
"""The workspace's folder of notes, which the first run creates."""
FILE = "project.json"
MOST_BYTES = 64_000_000

_MODULES = (
    *(problems, offsets, file_formats, working_days, translations),
    *(expressions, states_read, actions_read),
    *(catalogue, settings, channels, database_address, model),
)
"""The modules of all records that a project consists of."""

_PARTS = (
    *("core", "text", "calendar", "language", "fields"),
    *("workspace", "playbook", "machine", "project"),
)
"""The packages of the engine that decide what is read."""

_LIBRARIES = ("babel", "croniter", "holidays", "jinja2", "ruamel.yaml", "tzdata", "yaml")
"""The libraries that decide what is read."""

_ENGINE = Path(__file__).parent.parent


class ProjectCache(NamedTuple):
    """The cache of one workspace, for the texts that it has now."""

    file: Path
    key: str
    texts: dict[str, str]

    @classmethod
    def of(cls, root: Path) -> ProjectCache | None:
        """Return the cache of a workspace; None where it has none, or one of its texts cannot be read."""
        folder = root / FOLDER
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                return None
        except OSError:
            return None
        paths, unread = playbook_files(root)
        names = [file_name(path, root) for path in paths]
        wanted = [name for name in (settings.FIELDS_FILE, settings.SETTINGS) if _exists(root, name)]
        texts: dict[str, str] = {}
        for name in (*wanted, *names):
            text, _ = read_text(root / name, name)
            if text is None:
                return None
            texts[name] = text
        where = [str(root), str(root.resolve())]
        key = json.dumps([engine_state(), where, [p.message for p in unread], list(texts.items())])
        return cls(folder / FILE, hashlib.sha256(key.encode()).hexdigest(), texts)

    def fetch(self) -> ReadProject | None:
        """Return what was read of these texts; None where that is not known."""
        try:
            content = read_bounded(self.file, FILE, MOST_BYTES)
            key, digest, written = content.split(b"\n", 2)
            if key.decode() != self.key or digest.decode() != hashlib.sha256(written).hexdigest():
                return None
            workspace, fields, playbooks, found, files = from_json(written.decode(), _classes())
        except (OSError, Problems, ValueError, LookupError, TypeError, AttributeError):
            return None
        return ReadProject(workspace, fields, playbooks, found, self.texts, files)

    def write(self, read: ReadProject) -> None:
        """Write what was read of these texts, if it can be written.

        Another command may write at the same time: each file is complete, and the last one stays.
        """
        from ..core.atomic_files import write_whole

        parts = (read.workspace, read.catalogue, read.playbooks, read.problems, read.files)
        if read.texts != self.texts:
            return  # a file was changed in between
        # A checkout could bring a link to any other file.
        with suppress(OSError, TypeError):
            if self.file.is_symlink():
                self.file.unlink()
            written = to_json(parts, _classes()).encode()
            head = f"{self.key}\n{hashlib.sha256(written).hexdigest()}\n"
            write_whole(self.file, head.encode() + written, private=True)


@cache
def _classes() -> dict[str, type]:
    return record_classes(_MODULES)


@cache
def engine_state() -> str:
    """Return a text that is another one whenever the engine, Python or a library is another one.

    The version alone would not do: in a checkout, the engine changes and its version stays.
    """
    files = [_state(path) for path in (*_engine_files(), *_library_files())]
    return json.dumps([VERSION, sys.version, *files])


def _engine_files() -> Iterator[Path]:
    for part in _PARTS:
        for folder, folders, names in os.walk(_ENGINE / part):
            folders[:] = sorted(set(folders) - {"__pycache__"})
            yield from (Path(folder, name) for name in sorted(names))


def _library_files() -> Iterator[Path]:
    for name in _LIBRARIES:
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin)


def _state(path: Path) -> tuple[str, int, int]:
    status = path.stat()
    return str(path), status.st_size, status.st_mtime_ns


def _exists(root: Path, name: str) -> bool:
    return os.path.lexists(root / name)
