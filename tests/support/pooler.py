"""PgBouncer in front of a PostgreSQL server, giving out connections by transaction, for as long as a test needs it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.postgres_server import NOBODY, free_port

POOL = 3
"""Connections to the server: one for the lock of writers, one for the writer, and one that readers share."""

SETTINGS = """\
[databases]
crm = host={host} port={behind} dbname=crm user=tenure
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {pool}
idle_transaction_timeout = 0
"""


def pgbouncer() -> str | None:
    """The program; None where it is not installed."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def pooler(server: str) -> Iterator[str]:
    """Start the pooler of the server at `host:port`; yield its own `host:port`."""
    program = pgbouncer()
    assert program is not None
    folder = Path(tempfile.mkdtemp(prefix="tenure-pgbouncer-"))
    host, behind = server.rsplit(":", 1)
    port = free_port()
    settings = folder / "pgbouncer.ini"
    settings.write_text(SETTINGS.format(host=host, behind=behind, port=port, pool=POOL), "utf-8")
    as_user = {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}
    if as_user:
        shutil.chown(folder, NOBODY)
    process = subprocess.Popen([program, "-q", str(settings)], cwd=folder, **as_user)  # type: ignore[call-overload]
    try:
        _wait_for(port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < end, "PgBouncer does not start"
            time.sleep(0.05)
        else:
            return
