"""Read files that people write, after checking their kind and size.

Only regular files are opened for reading, and at most their limit is read. A device has no end,
and a named pipe or a socket keeps its reader waiting.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from ..core.problems import Problem, Problems, Span
from .positions import position

MAX_BYTES = 2_000_000
"""Limit of a text."""
MAX_BINARY_BYTES = 50_000_000
"""Limit of a presentation among the workspace's templates."""

MAX_SNAPSHOT_BYTES = 8 * 1024**3
"""Limit of one file of a snapshot: eight million accounts with a kilobyte each."""

TOO_LARGE = (
    "is this an export or another file by mistake? If not, put long playbooks into several files"
)
"""Advice about a text with more than `MAX_BYTES` bytes."""

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
        path: The file; a symbolic link is followed.
        file: Its name in messages.

    Raises:
        OSError: The system refuses it.
        Problems: It is a folder, device, pipe or socket.
    """
    _check_kind(path.stat(), file)
    # The file may have been replaced since it was checked: a pipe opened like this does not wait for its writer.
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
    """Check a file that a library opens by its path.

    Raises:
        OSError: The system refuses it.
        Problems: It is not a regular file, or it is larger than the limit.
    """
    with open_regular(path, file) as opened:
        _check_size(os.fstat(opened.fileno()).st_size, file, limit)


def read_bounded(path: Path, file: str, limit: int = MAX_BYTES) -> bytes:
    """Return a regular file's bytes, at most `limit` of them.

    Raises:
        OSError: The system refuses it.
        Problems: It is not a regular file, or it is larger than the limit.
    """
    with open_regular(path, file) as opened:
        _check_size(os.fstat(opened.fileno()).st_size, file, limit)
        content = opened.read(limit + 1)
    # The system reports size 0 for files that it generates as they are read.
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
        path: The file.
        file: Its name in messages and spans.
        limit: The most bytes read.
        hint: Advice for when the system refuses the file.
    """
    try:
        content = read_bounded(path, file, limit)
    except Problems as refused:
        return None, list(refused.problems)
    except OSError as error:
        return None, [_unreadable(error, file, hint)]
    return decode(content, file)


def decode(content: bytes, file: str) -> tuple[str | None, list[Problem]]:
    """Decode a file's bytes: UTF-8, with or without a byte order mark.

    Returns:
        The text, or None and the problems.
    """
    start = Span(file, 1, 1, 1, 1)
    if len(content) > MAX_BYTES:
        message = f"the file has {len(content):,} bytes; at most {MAX_BYTES:,} are read"
        return None, [Problem("too-large", message, start, TOO_LARGE)]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = "the file is UTF-16 text, not UTF-8"
        return None, [Problem("not-utf-8", message, start, "save it again with the encoding UTF-8")]
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig")
        message = f"the byte 0x{content[error.start]:02X} is not UTF-8 text"
        hint = "save the file again with the encoding UTF-8; it may be Windows-1252 or Latin-1 now"
        return None, [Problem("not-utf-8", message, position(before, len(before), file), hint)]


def _check_kind(status: os.stat_result, file: str) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    kind = next((what for is_kind, what in _KINDS if is_kind(status.st_mode)), "something else")
    raise Problems([_not_a_file(file, kind)])


def _not_a_file(file: str, kind: str) -> Problem:
    message = f"{file} is {kind}, and a file is needed here"
    hint = "name a file, or copy what it gives into one"
    return Problem("not-a-file", message, Span(file, 1, 1, 1, 1), hint)


def _check_size(size: int, file: str, limit: int) -> None:
    if size > limit:
        message = f"the file has more than {limit:,} bytes, which is the limit"
        hint = "is this an export or another file by mistake?"
        span = Span(file, 1, 1, 1, 1)
        raise Problems([Problem("too-large", f"{file}: {message}", span, hint)])
