"""A CalDAV server on the loopback address: Radicale, with one user and one collection."""

from __future__ import annotations

import base64
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from icalendar import Calendar

USER = "tenure"
PASSWORD = "the calendar's password"
PATH = "/tenure/renewals/"
CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {users}
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {collections}
strict_preconditions = True
[logging]
level = warning
"""


class CalendarServer:
    """The server's port, and what its collection has."""

    def __init__(self, port: int) -> None:
        self.port = port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    def request(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Send a request as the user."""
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            headers = {"Authorization": f"Basic {login}", **(headers or {})}
            connection.request(method, path, body.encode(), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def make_collection(self) -> None:
        """Make the collection, empty."""
        self.request("DELETE", PATH)
        assert self.request("MKCALENDAR", PATH)[0] == 201

    def entries(self) -> list[tuple[str, str, str]]:
        """Return each entry's kind, UID and text, by its UID."""
        status, text = self.request("GET", PATH)
        assert status == 200, text
        found = [
            (part.name or "", str(part["uid"]), part.to_ical().decode())
            for part in Calendar.from_ical(text).subcomponents
        ]
        return sorted(found, key=lambda entry: entry[1])


@contextmanager
def serving_calendar(folder: Path) -> Iterator[CalendarServer]:
    """Serve on a free port, with its files in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "config"
    config.write_text(
        CONFIG.format(port=port, users=folder / "users", collections=folder / "collections")
    )
    with (folder / "log.txt").open("wb") as log:
        command = [sys.executable, "-m", "radicale", "--config", str(config)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            server = CalendarServer(port)
            _wait_for(port, process)
            server.make_collection()
            yield server
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(400):
        assert process.poll() is None, "the calendar server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the calendar server did not start")
