"""Standard output and standard error: their encoding, and what becomes of what they do not take.

Output is UTF-8 unless a terminal, or `PYTHONIOENCODING`, says otherwise. A letter that the encoding lacks is replaced.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TextIO


class NotShown(Exception):
    """Standard output did not take a result; the message says why."""


def prepare() -> None:
    """Set the encodings; to be called once, before anything is written."""
    _occupy()
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
        # Tests and other programs put streams of their own here.
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
    """Write to standard output. Raises `BrokenPipeError` where its reader has left, and `NotShown` otherwise."""
    if sys.stdout is None:
        raise NotShown("it is closed")
    try:
        sys.stdout.write(text)
    except OSError as error:
        _fail(error)


def flush() -> None:
    """Bring what was written to its reader; raises as `put` does."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _fail(error)


def note(text: str) -> None:
    """Write to standard error. Where it takes nothing the work goes on: the exit code says how it ended."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        drop(sys.stderr)


def drop(stream: TextIO) -> None:
    """Send what is still buffered nowhere, so that it does not fail again when the program ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        stream.flush()


def _fail(error: OSError) -> None:
    drop(sys.stdout)
    if isinstance(error, BrokenPipeError):
        raise error
    reason = error.strerror or str(error)
    raise NotShown(f"{reason[:1].lower()}{reason[1:]}") from error
