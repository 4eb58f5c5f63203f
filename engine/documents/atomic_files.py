"""Files written whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write the file, over one that is there; it is never seen half-written. Raises OSError, over a folder too.

    A device or a pipe, such as `/dev/stdout`, is written to: it is no file that another could replace.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "there is a folder of that name", str(path))
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    target = path.resolve() if path.is_symlink() else path
    handle, beside = _beside(target, path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(_mode(target))
        Path(beside).replace(target)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _beside(target: Path, asked: Path) -> tuple[int, str]:
    """A new file in the same folder; an error names the file that was asked for, not this one."""
    try:
        return tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except FileNotFoundError as error:
        raise FileNotFoundError(error.errno, "its folder does not exist", str(asked)) from error
    except OSError as error:
        raise OSError(error.errno, f"it cannot be written: {error.strerror}", str(asked)) from error


def _mode(path: Path) -> int:
    """The permissions of the file that is replaced, else those that any new file gets."""
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
