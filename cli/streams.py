"""Standard output and standard error: their encoding, and their failures.

Output is UTF-8 unless a terminal, or `PYTHONIOENCODING`, sets another encoding. A character that it lacks is
replaced.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TextIO


class NotShown(Exception):
    """Raised when standard output did not take a result; the message says why."""


def prepare_streams() -> None:
    """Set the encodings. Call it once, before anything is written."""
    _occupy()
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
        # Tests and other programs replace the streams.
        if isinstance(stream, io.TextIOWrapper):
            chosen = os.environ.get("PYTHONIOENCODING") or stream.isatty()
            stream.reconfigure(encoding=None if chosen else "utf-8", errors=errors)


def _occupy() -> None:
    """Keep closed descriptors of the standard streams from becoming those of the store's files.

    A library that writes to descriptor 2 would otherwise write into whatever file was opened next.
    """
    with suppress(OSError):
        while (opened := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(opened)


def put(text: str) -> None:
    """Write to standard output.

    Raises:
        BrokenPipeError: Its reader has left.
        NotShown: Writing failed otherwise.
    """
    if sys.stdout is None:
        raise NotShown("it is closed")
    try:
        sys.stdout.write(text)
    except OSError as error:
        _fail(error)


def flush() -> None:
    """Flush standard output; raises as `put` does."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _fail(error)


def note(text: str) -> None:
    """Write to standard error. If that fails the work goes on: the exit code says how it ended."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        drop(sys.stderr)


def drop(stream: TextIO) -> None:
    """Discard what is still buffered, so that it does not fail again when the program ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        stream.flush()


def _fail(error: OSError) -> None:
    drop(sys.stdout)
    if isinstance(error, BrokenPipeError):
        raise error
    reason = error.strerror or str(error)
    raise NotShown(f"{reason[:1].lower()}{reason[1:]}") from error
