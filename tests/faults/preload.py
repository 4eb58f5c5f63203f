"""The preloaded shim: compiling it, starting Python under it, arming it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).with_name("shim.c")
KILL = -1
SHORT = -2
ALL = "cowstrlumg"
"""The kinds of calls: create, open, write, sync, truncate, rename, link, unlink, make a folder, get (read).

One more, "x", closes; only network file systems let it fail.
"""

GROWING = "cwm"
"""Those that need room on the disk."""


def missing() -> str | None:
    """Return why no shim can be made here, or None."""
    if sys.platform != "linux":
        return "the shim is for Linux"
    if shutil.which("cc") is None:
        return "there is no C compiler (cc)"
    return None


def compile_shim(folder: Path) -> Path:
    """Compile the shim into the folder and return its path."""
    shim = folder / "shim.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    libraries = ["-ldl", "-lpthread"]
    subprocess.run([*command, "-o", str(shim), str(SOURCE), *libraries], check=True)
    return shim


def start_under_shim(shim: Path, arguments: list[str]) -> int:
    """Run this package in a new process under the shim and return its exit code."""
    tests = str(Path(__file__).parents[1])
    paths = os.pathsep.join(filter(None, [tests, os.environ.get("PYTHONPATH")]))
    # A set's order, and with it a trial, is to be the same each time; one thread of Polars starts faster than many.
    fixed = {"PYTHONHASHSEED": "0", "POLARS_MAX_THREADS": "1"}
    settings = {"LD_PRELOAD": str(shim), "PYTHONPATH": paths, **fixed}
    command = [sys.executable, "-m", "faults", *arguments]
    return subprocess.run(command, env={**os.environ, **settings}, check=False).returncode


class Fault(NamedTuple):
    """A way in which calls fail: of these kinds, on names that begin with `part`, once or `always` from then on."""

    name: str
    kinds: str = ""
    how: int = 0
    """An errno, `KILL` or `SHORT`."""
    always: bool = False
    part: str = "store"


def arm(folder: Path, log: Path, fault: Fault, call: int) -> None:
    """Journal this process's calls on the folder's files, and break the call of that number (0: none)."""
    ctypes.CDLL(None).faults_arm(
        os.fsencode(folder),
        os.fsencode(fault.part),
        os.fsencode(log),
        fault.kinds.encode(),
        ctypes.c_long(call),
        fault.how,
        fault.always,
    )


def counted() -> int:
    """Return how many calls of the kinds counted this process has made since it was armed."""
    function = ctypes.CDLL(None).faults_counted
    function.restype = ctypes.c_long
    return int(function())


def say(text: str) -> None:
    """Note in the journal that the user has been told this."""
    ctypes.CDLL(None).faults_say(text.encode())
