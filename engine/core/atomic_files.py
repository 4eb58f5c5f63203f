"""Atomic writing of files: a file is written completely or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO


def write_whole(path: Path, content: bytes | Path, *, private: bool = False) -> None:
    """Write the file, over one that is there; it is never seen half-written. A path is that of a file to copy.

    A file with people's data is `private`: for its owner alone, also where it replaces one that others could read.
    A device or a pipe, such as `/dev/stdout`, is written to: it is not a file that another could replace.

    Raises:
        OSError: The file cannot be written, or is a folder.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "there is a folder of that name", str(path))
    if path.exists() and not path.is_file():
        with path.open("wb") as device:
            _write(device, content)
        return
    target = path.resolve() if path.is_symlink() else path
    mode = _mode(target)
    shared = mode is None and not private
    handle, temporary = _create_temporary(target, path, 0o666 if shared else 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            _write(file, content)
            file.flush()
            os.fsync(file.fileno())
        if private:
            temporary.chmod(0o600)
        elif mode is not None:
            temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _write(file: BinaryIO, content: bytes | Path) -> None:
    if isinstance(content, bytes):
        file.write(content)
        return
    import shutil

    with content.open("rb") as source:
        shutil.copyfileobj(source, file)


def _create_temporary(target: Path, path: Path, mode: int) -> tuple[int, Path]:
    """Create a file in the target's folder, with the mode less the process's umask.

    An error names the file that was asked for, not this one.
    """
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(temporary, flags, mode), temporary
    except FileNotFoundError as error:
        raise FileNotFoundError(error.errno, "its folder does not exist", str(path)) from error
    except OSError as error:
        raise OSError(error.errno, f"it cannot be written: {error.strerror}", str(path)) from error


def _mode(path: Path) -> int | None:
    """Return the permissions of the file that is replaced; None where there is none."""
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        return None
