"""A PostgreSQL server of one's own on loopback, for as long as a test needs it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = "postgres"
"""The user that runs the server where the tests run as root, which PostgreSQL refuses."""


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None where it is not installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@contextmanager
def postgres_server() -> Iterator[str]:
    """Starts a server with the database `crm` and the user `tenure`; yields `host:port`."""
    folder = programs()
    assert folder is not None
    data = Path(tempfile.mkdtemp(prefix="tenure-postgres-"))
    as_user = {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}
    if as_user:
        shutil.chown(data, NOBODY)
    port = free_port()
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data} -c fsync=off"
    )

    def call(program: str, *given: str) -> None:
        command = [str(folder / program), *given]
        subprocess.run(command, check=True, cwd=data, stdout=subprocess.DEVNULL, **as_user)  # type: ignore[call-overload]

    try:
        call("initdb", "-D", str(data), "-A", "trust", "-U", "tenure")
        call("pg_ctl", "-D", str(data), "-o", options, "-w", "-l", str(data / "log"), "start")
        try:
            call("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "tenure", "crm")
            yield f"127.0.0.1:{port}"
        finally:
            call("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(data, ignore_errors=True)


def can_serve() -> bool:
    """Whether a server can be started here."""
    if programs() is None:
        return False
    return os.geteuid() != 0 or any(user.pw_name == NOBODY for user in pwd.getpwall())


def free_port() -> int:
    """A port of loopback on which nothing listens."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])
