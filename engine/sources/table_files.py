"""Open the files of a query's tables: regular files of the workspace, or of folders that its settings allow."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ..core.file_formats import format_of
from ..workspace.settings import SnapshotSource
from .refusal import refuse

_SYSTEM = ("/dev", "/proc", "/sys")
_COMPRESSED = {".gz": "gzip", ".zst": "zstd"}


@contextmanager
def open_tables(source: SnapshotSource, root: Path) -> Iterator[list[dict[str, Any]]]:
    """Yield each table as `query_child` takes it; the files close at the end.

    Raises:
        Problems: A file is outside the workspace and the allowed folders, is not a regular file, or cannot be opened.
    """
    folders = [root.resolve(), *_allowed(source, root)]
    with ExitStack() as closing:
        tables = []
        for name, stated in source.files.items():
            path = _resolve(root / stated, stated)
            if not any(path.is_relative_to(folder) for folder in folders):
                _refuse_outside(name, stated, path)
            file = _open(path, stated)
            closing.callback(os.close, file)
            tables.append(
                {
                    "name": name,
                    "file": file,
                    "shown": stated,
                    "format": source.file_format.format or format_of(stated) or "csv",
                    "compression": _COMPRESSED.get(path.suffix.lower()),
                }
            )
        yield tables


def _allowed(source: SnapshotSource, root: Path) -> list[Path]:
    folders = []
    for stated in source.allow_folders:
        folder = _resolve(root / stated, stated)
        if folder == Path("/") or any(folder.is_relative_to(place) for place in _SYSTEM):
            hint = "name the folder that holds the files"
            refuse("table-outside", f"`allow_folders` cannot name {stated}", hint)
        folders.append(folder)
    return folders


def _resolve(path: Path, stated: str) -> Path:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        refuse("unreadable-snapshot", f"{stated} cannot be read: {_reason(error)}")


def _refuse_outside(name: str, stated: str, path: Path) -> None:
    linked = "" if path.as_posix().endswith(stated.lstrip("./")) else f", which is {path}"
    refuse(
        "table-outside",
        f"the table `{name}` is outside the workspace: {stated}{linked}",
        f"if the query may read it, allow its folder: `allow_folders: [{path.parent}]`",
    )


def _open(path: Path, stated: str) -> int:
    """Open a regular file. Do not wait for a file that waits for a writer, such as a pipe."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        refuse("unreadable-snapshot", f"{stated} cannot be read: {_reason(error)}")
    try:
        regular = stat.S_ISREG(os.fstat(file).st_mode)
    except OSError as error:
        os.close(file)
        refuse("unreadable-snapshot", f"{stated} cannot be read: {_reason(error)}")
    if not regular:
        os.close(file)
        refuse("unreadable-snapshot", f"{stated} is not a file but a folder, a device or a pipe")
    return file


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
