"""Atomic writing of files: a file is written completely or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file atomically, replacing an existing one.

    A device or a pipe, such as `/dev/stdout`, is written to directly, because another file cannot replace it.

    Raises:
        OSError: The file cannot be written, or a folder has that name.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "there is a folder of that name", str(path))
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    target = path.resolve() if path.is_symlink() else path
    handle, temporary = _temporary_file(target, path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(_mode(target))
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _temporary_file(target: Path, requested: Path) -> tuple[int, str]:
    """Create a temporary file in the folder of `target`; errors name the `requested` path instead."""
    try:
        return tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except FileNotFoundError as error:
        raise FileNotFoundError(error.errno, "its folder does not exist", str(requested)) from error
    except OSError as error:
        raise OSError(
            error.errno, f"it cannot be written: {error.strerror}", str(requested)
        ) from error


def _mode(path: Path) -> int:
    """Return the permissions of the file that is replaced, or else those of a new file."""
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
