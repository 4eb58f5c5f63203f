"""An HTTP proxy in front of an S3-compatible server, which answers 500 or waits where a test wants it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit


def _never(method: str, path: str) -> bool:
    del method, path
    return False


class StorageGate:
    """The way to a storage.

    Attributes:
        fails: Whether a request, by its method and path, is answered with 500.
        delay: Seconds before each answer.
    """

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.fails: Callable[[str, str], bool] = _never
        self.delay = 0.0

    def open(self) -> None:
        """Let everything through at once."""
        self.fails, self.delay = _never, 0.0


@contextmanager
def storage_gate(address: str) -> Iterator[StorageGate]:
    """Start a server that passes requests on to the one at this address."""
    behind = urlsplit(address)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            time.sleep(gate.delay)
            if gate.fails(self.command, self.path):
                self.reply(500, {}, b"")
                return
            # As it came: other clients add a kind of content, which changes what is stored.
            with closing(HTTPConnection(behind.hostname or "", behind.port)) as through:
                through.request(self.command, self.path, body, dict(self.headers))
                answer = through.getresponse()
                self.reply(answer.status, dict(answer.headers), answer.read())

        def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_DELETE = do_HEAD = do_POST = answer

        def log_message(self, *given: object) -> None:
            del given

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *given: object) -> None:
            del given  # a client that was killed

    server = Server(("127.0.0.1", 0), Handler)
    gate = StorageGate(server.server_port)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield gate
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
