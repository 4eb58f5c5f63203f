"""Messages between a query's two processes: two lengths of eight bytes each, a JSON object, and bytes."""

from __future__ import annotations

import json
import os
import select
import struct
from typing import Any

_LENGTHS = struct.Struct(">QQ")
_PIECE = 1 << 20

PipeMessage = tuple[dict[str, Any], bytes]


class Silent(Exception):
    """Raised when the other process writes nothing within the time."""


class Ended(Exception):
    """Raised when the other process has closed the pipe."""


def send(pipe: int, message: PipeMessage) -> None:
    """Write a message."""
    about, body = message
    header = json.dumps(about).encode()
    with os.fdopen(pipe, "wb", closefd=False) as file:
        file.write(_LENGTHS.pack(len(header), len(body)) + header)
        file.write(body)


def receive(pipe: int, seconds: float) -> PipeMessage:
    """Return the next message.

    Raises:
        Silent: Nothing arrives for `seconds`.
        Ended: The pipe ends before the message does.
    """
    header, body = _LENGTHS.unpack(_read(pipe, _LENGTHS.size, seconds))
    about = json.loads(_read(pipe, header, seconds))
    return about, _read(pipe, body, seconds)


def _read(pipe: int, size: int, seconds: float) -> bytes:
    ready = select.poll()
    ready.register(pipe, select.POLLIN)
    content = bytearray()
    while len(content) < size:
        if not ready.poll(seconds * 1000):
            raise Silent
        piece = os.read(pipe, min(size - len(content), _PIECE))
        if not piece:
            raise Ended
        content += piece
    return bytes(content)
