"""Moments of faults: a process that reaches one says so, and goes on when the trial has let the fault come.

Marks are files in a folder that all processes see: `N.told` has the id of the process that reached the Nth fault, and
`N.acted` says that the fault has come. Each fault comes once, whatever is tried again.
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from unittest import mock

from tenure.engine.store import bucket_files, failpoints, postgres

from .plans import Fault

LATE = 1.5
"""Seconds after which a second attempt at a task begins."""
PATIENCE = 30.0


def impatient() -> None:
    """Let this process wait for servers for a moment only, so that some faults are longer than it waits."""
    postgres.CONNECT_PATIENCE = 1.5
    bucket_files.MOST_RETRIES = 3


def reach(marks: Path, number: int) -> None:
    """Say that the moment of a fault has come, the first time, and wait until the fault has come."""
    partial = marks / f"{number}.{os.getpid()}"
    partial.write_text(str(os.getpid()), "utf-8")
    try:
        os.link(partial, marks / f"{number}.told")
    except FileExistsError:
        return
    end = time.monotonic() + PATIENCE
    while not (marks / f"{number}.acted").exists() and time.monotonic() < end:
        time.sleep(0.01)


@contextmanager
def at_points(faults: Sequence[tuple[Fault, Callable[[], None]]]) -> Iterator[None]:
    """Call each at its point of writing and committing, in this process."""
    passed = [0] * len(faults)

    def failpoint(name: str) -> None:
        for place, (fault, act) in enumerate(faults):
            if fault.point in ("", name):
                passed[place] += 1
                if passed[place] == fault.nth:
                    act()

    with mock.patch.object(failpoints, "failpoint", failpoint):
        yield


@dataclass(frozen=True)
class FaultyWork:
    """A cluster's work, in which faults come; see `PartWork`."""

    work: Callable[[bytes], bytes]
    faults: tuple[Fault, ...]
    marks: str

    def __call__(self, task: bytes) -> bytes:
        """Execute a task."""
        impatient()
        number = pickle.loads(task)[0]
        marks = Path(self.marks)
        mine = [(fault, place) for place, fault in enumerate(self.faults) if fault.task == number]
        moments = [
            (fault, lambda place=place: reach(marks, place))
            for fault, place in mine
            if fault.kind not in ("task twice", "task late")
        ]
        with at_points(moments):
            result = self.work(task)
        for _, come in moments:
            come()
        for fault, place in mine:
            if fault.kind == "task twice" and _first(marks, place):
                result = [result, self.work(task)][fault.nth % 2]
            if fault.kind == "task late" and _first(marks, place):
                (marks / f"{place}.begun").touch()
                Thread(target=self._late, args=[task, marks / f"{place}.late"]).start()
        return result

    def _late(self, task: bytes, mark: Path) -> None:
        time.sleep(LATE)
        # The store may refuse it by now; whatever comes of it must disturb nothing.
        with suppress(Exception):
            self.work(task)
        mark.touch()


def _first(marks: Path, number: int) -> bool:
    """Whether this is the first time that a fault of the work itself comes, which needs nobody else."""
    with suppress(FileExistsError):
        (marks / f"{number}.acted").touch(exist_ok=False)
        return True
    return False


@contextmanager
def acting(marks: Path, act: Callable[[int, int], None]) -> Iterator[None]:
    """Call `act` with the number of each fault whose moment has come, and the process that said so."""
    over = Event()

    def watch() -> None:
        while not over.wait(0.01):
            for told in sorted(marks.glob("*.told")):
                acted = told.with_suffix(".acted")
                if not acted.exists():
                    act(int(told.stem), int(told.read_text("utf-8")))
                    acted.touch()

    thread = Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
