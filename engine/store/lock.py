"""The lock for one writer at a time: an advisory lock on the file `lock` of the store.

The kernel holds the lock, and it ends with the process. The file's content only names the process.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ..core.problems import Problems
from ..workspace.store_address import StoreRoot
from . import errors, file_names

LOCK_NAME = file_names.LOCK


class Locked(Exception):
    """Raised when another process writes to the store. `pid` is its id, None if it is not in the file yet.

    `since` is the instant at which it took the lock, by the file system's clock.
    """

    def __init__(self, root: StoreRoot, pid: int | None, since: dt.datetime) -> None:
        self.pid = pid
        self.since = since
        who = "another process" if pid is None else f"process {pid}"
        super().__init__(f"{who} has held {root} since {since:%Y-%m-%d %H:%M:%S} UTC")


@dataclass(frozen=True, slots=True)
class Held:
    """A lock that this process holds, with a check that the file is still the one that it locked."""

    root: Path
    handle: int

    @property
    def lies_there(self) -> bool:
        """Return whether the locked file is the one that the next process would lock."""
        try:
            there = (self.root / LOCK_NAME).lstat()
        except FileNotFoundError:
            return False
        return os.path.samestat(os.fstat(self.handle), there)

    def refuse_lost(self) -> None:
        """Raise `Problems` if the file was deleted or replaced, so that others may write by now."""
        if not self.lies_there:
            raise Problems([errors.lock_lost(self.root)])


@contextmanager
def hold_lock(root: Path) -> Iterator[Held]:
    """Hold the store's lock.

    Raises:
        Locked: Another process has it; there is no waiting.
    """
    held = _open(root)
    try:
        while True:
            try:
                fcntl.flock(held.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _holder(root, held.handle) from None
            if held.lies_there:
                break
            # Somebody deleted the file between opening and locking it: this lock excludes nobody.
            replaced, held = held, _open(root)
            _close(replaced)
        os.ftruncate(held.handle, 0)
        os.pwrite(held.handle, f"{os.getpid()}\n".encode(), 0)
        yield held
    finally:
        _close(held)


def _close(held: Held) -> None:
    """Close the lock's file, which releases the lock.

    On a network file system closing can fail, where it writes what was cached: here only the process's id, of which no
    one needs to hear. The descriptor is released all the same, and what went on under the lock keeps its own outcome.
    """
    with suppress(OSError):
        os.close(held.handle)


def _open(root: Path) -> Held:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return Held(root, os.open(root / LOCK_NAME, flags, 0o600))


def _holder(root: Path, handle: int) -> Locked:
    text = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
    since = dt.datetime.fromtimestamp(os.fstat(handle).st_mtime, dt.UTC)
    return Locked(root, int(text) if text.isdecimal() else None, since)
