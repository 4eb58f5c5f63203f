"""Keep the result of work on texts in a file of the workspace, and use it again where what it depends on is equal.

The files are in `.tenure`, next to the note of the newest run. A file that is damaged, older or of other texts is
ignored, and replaced. It is JSON, and reading it runs nothing. A workspace without a run has no `.tenure` and gets no
such file: commands that only show something write nothing there.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from ..core.problems import Problems
from ..text.input_files import read_bounded
from ..version import VERSION
from .record_codec import decode_record, encode_record

NOTES_FOLDER = ".tenure"
"""The workspace's folder of notes, which the first run creates."""
_MOST_BYTES = 64_000_000

_LIBRARIES = ("babel", "croniter", "holidays", "jinja2", "ruamel.yaml", "tzdata", "yaml")
"""The libraries that decide what is read and checked."""

_ENGINE = Path(__file__).parent.parent

Classes = Mapping[str, type]
"""The classes of the records that a result may consist of, by name."""


class RecordCache(NamedTuple):
    """The file of one result, and the key of everything that the result depends on."""

    file: Path
    key: str
    classes: Classes

    @classmethod
    def of(cls, root: Path, name: str, inputs: object, classes: Classes) -> RecordCache | None:
        """Return the cache of a result; None where the workspace has none.

        Args:
            root: The workspace.
            name: The file's name.
            inputs: The values that the result depends on. The engine, its libraries and the workspace's path are added.
            classes: The classes of its records.
        """
        if not has_folder(root):
            return None
        everything = json.dumps([engine_state(), str(root), str(root.resolve()), inputs])
        return cls(
            root / NOTES_FOLDER / name, hashlib.sha256(everything.encode()).hexdigest(), classes
        )

    def fetch(self) -> Any | None:
        """Return the result for this key; None where it is not known."""
        try:
            content = read_bounded(self.file, self.file.name, _MOST_BYTES)
            key, digest, written = content.split(b"\n", 2)
            if key.decode() != self.key or digest.decode() != hashlib.sha256(written).hexdigest():
                return None
            return decode_record(written.decode(), self.classes)
        except (OSError, Problems, ValueError, LookupError, TypeError, AttributeError):
            return None

    def write(self, result: object) -> None:
        """Write the result, if it can be written.

        Another command may write at the same time: each file is complete, and the last one stays.
        """
        from ..core.atomic_files import write_whole

        with suppress(OSError, TypeError):
            written = encode_record(result, self.classes).encode()
            head = f"{self.key}\n{hashlib.sha256(written).hexdigest()}\n"
            if self.file.is_symlink():
                # A checkout could bring a link to any other file, which is not ours to write.
                self.file.unlink()
            write_whole(self.file, head.encode() + written, private=True)


def has_folder(root: Path) -> bool:
    """Return whether the workspace has a folder for such files, which belongs to the user of this process."""
    folder = root / NOTES_FOLDER
    try:
        return not folder.is_symlink() and folder.stat().st_uid == os.geteuid()
    except OSError:
        return False


@cache
def engine_state() -> str:
    """Return a text that is another one whenever the engine, Python or a library is another one.

    The version alone would not do: in a checkout, the engine changes and its version stays.
    """
    files = [_state(path) for path in (*_engine_files(), *_library_files())]
    return json.dumps([VERSION, sys.version, *files])


def _engine_files() -> Iterator[Path]:
    for folder, folders, names in os.walk(_ENGINE):
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
