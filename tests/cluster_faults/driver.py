"""A run of a date in which faults come, in this process or in one that can be killed."""

from __future__ import annotations

import datetime as dt
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest import mock

from support.random_books import FORCED
from tenure.engine.core.problems import Problems
from tenure.engine.project.loading import load_project
from tenure.engine.runs import part_execution, stages
from tenure.engine.runs.part_tasks import PartWork
from tenure.engine.runs.running import run
from tenure.engine.store import Locked

from .moments import FaultyWork, at_points, impatient, reach
from .plans import Plan


@contextmanager
def in_parts(size: int) -> Iterator[None]:
    """Let runs evaluate parts of so many accounts."""
    with mock.patch.multiple(stages, BATCH=size, FIRST_BATCH=size):
        yield


def run_faulty(root: Path, on: dt.date, plan: Plan, size: int, marks: Path) -> str:
    """Run a date; return the codes of the problems that it ends with, or "" if it is committed."""
    made = part_execution.part_work
    moments = [
        (fault, partial(reach, marks, place))
        for place, fault in enumerate(plan.faults)
        if fault.task < 0
    ]

    def faulty(*given: object) -> PartWork:
        work: Callable[..., PartWork] = made
        return FaultyWork(work(*given), plan.faults, str(marks))  # type: ignore[return-value]

    with (
        in_parts(size),
        mock.patch.object(part_execution, "part_work", faulty),
        at_points(moments),
    ):
        try:
            run(load_project(root), on, force=FORCED)
        except Problems as error:
            return ",".join(sorted({problem.code for problem in error.problems}))
        except Locked:
            return "locked"
    return ""


def start(root: Path, on: dt.date, plan: Plan, size: int, marks: Path) -> subprocess.Popen[str]:
    """Start a process that does the same, and prints the codes."""
    given = pickle.dumps((root, on, plan, size, marks)).hex()
    return subprocess.Popen(
        [sys.executable, "-m", "cluster_faults.driver", given],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


if __name__ == "__main__":
    impatient()
    print(run_faulty(*pickle.loads(bytes.fromhex(sys.argv[1]))))
