"""Runs for tests that need a process of their own: one that dies in the middle of its commit, and one that waits."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from pathlib import Path

from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Locked, failpoints


def die_at(number: int) -> None:
    """The process kills itself at the nth boundary of the commit."""
    reached = 0

    def boundary(_: str) -> None:
        nonlocal reached
        reached += 1
        if reached == number:
            os.kill(os.getpid(), signal.SIGKILL)

    failpoints.failpoint = boundary  # type: ignore[assignment]


def main(root: str, on: str, number: str) -> None:
    """Evaluates one date and says what came of it; waits for a line first where `number` is 0."""
    project = load_project(Path(root))
    if number == "0":
        print("ready", flush=True)
        sys.stdin.readline()
    else:
        die_at(int(number))
    try:
        result = run(project, dt.date.fromisoformat(on))
        print("issued" if result.entries.height else "nothing")
    except Locked:
        print("locked")


if __name__ == "__main__":
    main(*sys.argv[1:])
