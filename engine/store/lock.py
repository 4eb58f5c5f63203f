"""One writer at a time: an advisory lock on the file `lock` of the store.

The lock is the kernel's and ends with the process; what the file says only names its holder.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "lock"


class Locked(Exception):
    """Another process writes to the store: `pid` is its id, None where it has not said so yet.

    `since` is the instant at which it took the lock, as the file system dates it.
    """

    def __init__(self, root: Path, pid: int | None, since: dt.datetime) -> None:
        self.pid = pid
        self.since = since
        who = "another process" if pid is None else f"process {pid}"
        super().__init__(f"{who} has held {root} since {since:%Y-%m-%d %H:%M:%S} UTC")


@contextmanager
def hold(root: Path) -> Iterator[None]:
    """Hold the store's lock; raises `Locked` at once where another process has it."""
    handle = os.open(root / NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _holder(root, handle) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def _holder(root: Path, handle: int) -> Locked:
    text = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
    since = dt.datetime.fromtimestamp(os.fstat(handle).st_mtime, dt.UTC)
    return Locked(root, int(text) if text.isdecimal() else None, since)
