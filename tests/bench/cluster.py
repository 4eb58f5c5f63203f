"""Cost of a run on Dask and Spark, of one machine, next to that of a run in its own process.

For each size and executor, a new process starts the cluster, lets it import Tenure, and then runs the very first day
and the day after it. Prints seconds on the clock and on the processors (of all its processes, the JVM among them),
without the cluster's start; the ratio to `local` for each account; and the peak memory of the driver and of the
largest worker. Stops where the stores differ. `--workers 1 2` shows what another worker saves.

    python tests/bench/cluster.py [ACCOUNTS ...] [--executors NAME ...] [--workers NUMBER ...]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from one_day import FIRST, HERE, NEXT, apart, workspace

TICKS = os.sysconf("SC_CLK_TCK")
PEAK = "VmHWM:"
COMPARED_AT_ONCE = 250_000
"""Accounts of which both stores' rows are held in memory: of twenty million, a machine does not hold all."""


class Cost(NamedTuple):
    """Of one day: seconds on the clock and on all processors, and peak MiB of the driver and a worker."""

    wall: float
    processors: float
    driver: float
    worker: float


def descendants(process: int) -> Iterator[int]:
    """Yield a process, and those that it and they have started."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread ended meanwhile
            for child in children.read_text().split():
                yield from descendants(int(child))


def seconds(process: int) -> float:
    """Return what a process and its ended children have taken of the processors."""
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS
    return 0


def peak(process: int) -> float:
    """Return the peak memory of a process, in MiB."""
    with suppress(FileNotFoundError, ProcessLookupError):
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(PEAK)) / 1024
    return 0


def is_python(process: int) -> bool:
    """Return whether a process is Python's, and not a JVM."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return "python" in Path(f"/proc/{process}/exe").resolve().name
    return False


def ran(root: Path, executor: str, workers: int) -> None:
    """Run both days in this process, and write their costs."""
    sys.path.insert(0, str(HERE.parent))  # the helpers of the tests
    os.environ["PYTHONPATH"] = str(HERE.parent)
    from contextlib import nullcontext

    from support.clusters import cluster_of, imported
    from tenure.engine.project.loading import load_project
    from tenure.engine.runs.executors import open_executor
    from tenure.engine.runs.running import run

    settings = root / "tenure.yaml"
    text = settings.read_text("utf-8").partition("\nexecutor:")[0]
    settings.write_text(f"{text}\nexecutor: {executor}\n", "utf-8")
    for folder in ("store", ".tenure"):
        shutil.rmtree(root / folder, ignore_errors=True)
    project, costs = load_project(root), []
    with nullcontext() if executor == "local" else cluster_of(executor, workers):
        with open_executor(executor) as cluster:
            if cluster is not None:
                list(cluster.execute(imported, [b""] * 4))
        for day in (FIRST, NEXT):
            every = [*descendants(os.getpid())]
            start, before = time.perf_counter(), sum(map(seconds, every))
            run(project, day)
            wall = time.perf_counter() - start
            every = [*descendants(os.getpid())]
            workers = [peak(each) for each in every[1:] if is_python(each)]
            processors = sum(map(seconds, every)) - before
            costs.append(Cost(wall, processors, peak(os.getpid()), max(workers, default=0)))
    (root / f"{executor}.json").write_text(json.dumps(costs))
    (root / "store").rename(root / f"store-{executor}")


def compared(root: Path, executors: list[str], workers: list[int], accounts: int) -> None:
    """Print the costs of each executor, and stop if its store is another one than that of the first."""
    first: list[Cost] = []
    for executor in executors:
        for number in workers if executor != "local" else [0]:
            apart(ran, root, executor, number)
            costs = [Cost(*each) for each in json.loads((root / f"{executor}.json").read_text())]
            first = first or costs
            name = f"{executor}, {number} worker{'s' * (number > 1)}" if number else executor
            for day, cost, base in zip(("first day", "next day"), costs, first, strict=True):
                print(
                    f"{accounts:>11,}  {name:<16} {day:<9}"
                    f" {cost.wall:7.1f} s ({cost.wall / base.wall:4.2f} x)"
                    f" {cost.processors:7.1f} s of processors ({cost.processors / base.processors:4.2f} x)"
                    f" {cost.driver:6.0f} MiB, a worker {cost.worker:6.0f} MiB",
                    flush=True,
                )
            apart(same_rows, root, root / f"store-{executor}", root / f"store-{executors[0]}")
            if executor != executors[0]:
                shutil.rmtree(root / f"store-{executor}")


def same_rows(root: Path, one: Path, other: Path) -> None:
    """Stop if the states or the ledger of two stores differ, a range of accounts at a time."""
    import polars as pl
    from polars.testing import assert_frame_equal
    from tenure.engine.store import Reader

    here, there = Reader(one), Reader(other)
    ids = pl.scan_parquet(root / f"data/accounts-{FIRST}.parquet").select("account_id").collect()
    for accounts in ids.to_series().sort().to_frame().iter_slices(COMPARED_AT_ONCE):
        few = accounts.to_series().to_list()
        stretch = (few[0], f"{few[-1]}\0")
        assert_frame_equal(here.states(stretch=stretch), there.states(stretch=stretch))
        assert_frame_equal(
            here.ledger(accounts=few, history=True), there.ledger(accounts=few, history=True)
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts", type=int, nargs="*", default=[1_000_000])
    parser.add_argument("--executors", nargs="+", default=["local", "dask", "spark"])
    parser.add_argument("--workers", type=int, nargs="+", default=[2])
    given = parser.parse_args()
    for accounts in given.accounts:
        with workspace(accounts) as root:
            compared(root, given.executors, given.workers, accounts)


if __name__ == "__main__":
    main()
