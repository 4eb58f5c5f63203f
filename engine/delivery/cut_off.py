"""A limit on the whole time of a conversation: a server that sends a byte now and then keeps no one waiting."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cut_off_after(
    seconds: float, find_socket: Callable[[], socket.socket | None]
) -> Iterator[None]:
    """Shut the connection down if the block takes longer; what waits for it then raises `OSError` or finds its end."""

    def cut() -> None:
        open_socket = find_socket()
        if open_socket is not None:
            with suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
