"""Files that people write, read whole: their kind and size are looked at first.

The rule: nothing but a regular file is opened for reading, and no more than its limit is read. A device has no end,
and a named pipe or a socket keeps its reader waiting.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from ..core.problems import Problem, Problems, Span
from .yaml_reader import MAX_BYTES, decode

MAX_BINARY_BYTES = 50_000_000
"""Of a presentation among the workspace's templates."""

MAX_SNAPSHOT_BYTES = 8 * 1024**3
"""Of one file of a snapshot: eight million accounts with a kilobyte each."""

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def open_regular(path: Path, file: str) -> BinaryIO:
    """Open a regular file for reading its bytes.

    Args:
        path: Where it is; a symbolic link is followed.
        file: Its name in messages.

    Raises:
        OSError: Where the system refuses it.
        Problems: Where it is a folder, device, pipe or socket.
    """
    _check_kind(path.stat(), file)
    # What was looked at may have been replaced since: a pipe opened like this does not wait for its writer.
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise Problems([_not_a_file(file, "a socket")]) from error
        raise
    opened = os.fdopen(handle, "rb")
    try:
        _check_kind(os.fstat(opened.fileno()), file)
    except Problems:
        opened.close()
        raise
    return opened


def check_regular(path: Path, file: str, limit: int) -> None:
    """Raise `Problems` where a file that a library opens by its path is not regular, or larger than the limit.

    Raises OSError where the system refuses it.
    """
    with open_regular(path, file) as opened:
        _check_size(os.fstat(opened.fileno()).st_size, file, limit)


def read_bounded(path: Path, file: str, limit: int = MAX_BYTES) -> bytes:
    """Return a regular file's bytes, at most `limit` of them.

    Raises:
        OSError: Where the system refuses it.
        Problems: Where it is not a regular file, or a larger one.
    """
    with open_regular(path, file) as opened:
        _check_size(os.fstat(opened.fileno()).st_size, file, limit)
        content = opened.read(limit + 1)
    # Files that the system makes up as they are read say that they are empty.
    _check_size(len(content), file, limit)
    return content


def list_folder(folder: Path, file: str) -> list[str]:
    """Return the names in a folder, sorted; none where there is no folder.

    Not `Path.glob`, which takes a folder that may not be read for an empty one.

    Args:
        folder: Where it is.
        file: Its name in messages.

    Raises:
        Problems: `unreadable-file`, where the system refuses it.
    """
    try:
        return sorted(path.name for path in folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Problems([_unreadable(error, file, "check the path and its permissions")]) from error


def _unreadable(error: OSError, file: str, hint: str | None) -> Problem:
    message = f"{file} cannot be read: {(error.strerror or 'unknown error').lower()}"
    return Problem("unreadable-file", message, Span(file, 1, 1, 1, 1), hint)


def read_text(
    path: Path, file: str, limit: int = MAX_BYTES, hint: str | None = None
) -> tuple[str | None, list[Problem]]:
    """Return a file's UTF-8 text, or None and the problems for which it cannot be read.

    Args:
        path: Where it is.
        file: Its name in messages and places.
        limit: The most bytes read.
        hint: What to do where the system refuses the file.
    """
    try:
        content = read_bounded(path, file, limit)
    except Problems as found:
        return None, list(found.problems)
    except OSError as error:
        return None, [_unreadable(error, file, hint)]
    return decode(content, file)


def _check_kind(found: os.stat_result, file: str) -> None:
    if stat.S_ISREG(found.st_mode):
        return
    kind = next((what for is_kind, what in _KINDS if is_kind(found.st_mode)), "something else")
    raise Problems([_not_a_file(file, kind)])


def _not_a_file(file: str, kind: str) -> Problem:
    message = f"{file} is {kind}, and a file is needed here"
    hint = "name a file, or copy what it gives into one"
    return Problem("not-a-file", message, Span(file, 1, 1, 1, 1), hint)


def _check_size(size: int, file: str, limit: int) -> None:
    if size > limit:
        message = f"the file has more than {limit:,} bytes, which is the limit"
        hint = "is this an export or another file by mistake?"
        place = Span(file, 1, 1, 1, 1)
        raise Problems([Problem("too-large", f"{file}: {message}", place, hint)])
