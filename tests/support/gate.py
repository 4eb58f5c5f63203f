"""A TCP proxy that can be shut, or let nothing through, for a time: a server that is gone or does not answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread, Timer


class Gate:
    """A port of this machine that leads to a server."""

    def __init__(self, host: str, port: int) -> None:
        self._behind = (host, port)
        self._flowing = Event()
        self._flowing.set()
        self._guard = Lock()
        self._open: set[socket.socket] = set()
        self._timer: Timer | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._listen()

    def refuse(self, seconds: float) -> None:
        """End all connections and refuse new ones for so long."""
        self._hang_up()
        self._after(seconds, self._listen_again)

    def stall(self, seconds: float) -> None:
        """Let nothing through for so long; connections stay open."""
        self._flowing.clear()
        self._after(seconds, self._flowing.set)

    def settle(self) -> None:
        """Wait until the gate is open again."""
        if self._timer is not None:
            self._timer.join()

    def close(self) -> None:
        """End all connections for good."""
        self.settle()
        self._hang_up()

    def _after(self, seconds: float, act: object) -> None:
        self.settle()
        self._timer = Timer(seconds, act)  # type: ignore[arg-type]
        self._timer.start()

    def _hang_up(self) -> None:
        # Without a shutdown, a thread that waits for a connection would still get one.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._guard:
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _listen_again(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listen()

    def _listen(self) -> None:
        Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = listener.accept()
                there = socket.create_connection(self._behind)
                with self._guard:
                    self._open |= {here, there}
                for ends in ((here, there), (there, here)):
                    Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(65536):
                self._flowing.wait()
                target.sendall(content)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        with self._guard:
            self._open -= {source, target}
        # The other direction ends too; whichever is last closes nothing twice.
        source.close()


@contextmanager
def gate_to(address: str) -> Iterator[Gate]:
    """Open a gate to `host:port`."""
    host, port = address.rsplit(":", 1)
    gate = Gate(host, int(port))
    try:
        yield gate
    finally:
        gate.close()
