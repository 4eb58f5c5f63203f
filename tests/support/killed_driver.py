"""A run on a careless cluster, in a process that kills itself at the nth point of writing and committing."""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import nullcontext
from pathlib import Path

from tenure.engine.project.loading import load_project
from tenure.engine.runs import running, stages
from tenure.engine.runs.running import run

from support.children import die_at
from support.clusters import CarelessCluster


def run_on_careless(root: Path, on: dt.date, seed: int) -> None:
    """Run a date in parts of ten accounts, on a careless cluster in this process."""
    running.open_executor = lambda _: nullcontext(CarelessCluster(seed))  # type: ignore[assignment]
    stages.BATCH = stages.FIRST_BATCH = 10
    run(load_project(root), on)


if __name__ == "__main__":
    root, on, number = sys.argv[1:]
    die_at(int(number))
    run_on_careless(Path(root), dt.date.fromisoformat(on), int(number))
    print("lived")
