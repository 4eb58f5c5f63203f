"""Clusters for tests: one that treats every task badly, in this process; Dask and Spark; and stores compared."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache

import pytest
from polars.testing import assert_frame_equal
from tenure.engine.store import Reader, verify
from tenure.engine.workspace.store_address import StoreRoot


class CarelessCluster:
    """An executor that executes tasks in any order, and each of them twice; either attempt's result counts.

    The files of the other one are named nowhere, as those of an attempt that failed after it had written. Each task is
    bytes, so nothing is shared with the run.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self.executed = 0

    def execute(self, work: Callable[[bytes], bytes], tasks: Iterable[bytes]) -> Iterator[bytes]:
        listed = list(tasks)
        results: dict[int, bytes] = {}
        for number in self._random.sample(range(len(listed)), len(listed)):
            attempts = [work(listed[number]) for _ in range(2)]
            self.executed += len(attempts)
            results[number] = self._random.choice(attempts)
        for number in range(len(listed)):
            yield results[number]


def imported(task: bytes) -> bytes:
    """Import what evaluates a part, as the first task of a worker does."""
    import tenure.engine.runs.part_tasks  # noqa: F401

    return task


@contextmanager
def cluster_of(name: str, workers: int = 2) -> Iterator[None]:
    """Start a cluster of this machine's processes, which `executor:` of that name finds, or skip the test."""
    with {"dask": _dask, "spark": _spark}[name](workers):
        yield


@contextmanager
def clusters_on_demand() -> Iterator[Callable[[str], str]]:
    """Yield a function that starts the cluster of an executor once, and returns the setting that names it."""
    with ExitStack() as opened:

        @cache
        def start(name: str) -> str:
            if name != "local":
                opened.enter_context(cluster_of(name))
            return f"executor: {name}\n"

        yield start


@contextmanager
def _dask(workers: int) -> Iterator[None]:
    distributed = pytest.importorskip("distributed")
    config = pytest.importorskip("dask").config
    with (
        distributed.LocalCluster(
            workers, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
        config.set(scheduler_address=cluster.scheduler_address),
    ):
        yield


def spark_environment() -> dict[str, str]:
    """Return the environment of a Spark of this machine; skip the test where there can be none."""
    pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None:
        pytest.skip("there is no JVM for Spark")
    here = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_HOSTNAME": "localhost"}
    return here | {"PYSPARK_PYTHON": sys.executable}


@contextmanager
def _spark(workers: int) -> Iterator[None]:
    """Start a session that tries a failed task four times, as clusters do."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in spark_environment().items():
            patched.setenv(name, value)
        from pyspark import sql

        builder = sql.SparkSession.builder.master(f"local[{workers},4]")
        for setting in ("spark.ui.enabled", "spark.ui.showConsoleProgress"):
            builder = builder.config(setting, "false")
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield
        session.stop()


def same_stores(one: StoreRoot, other: StoreRoot, *, same_source: bool = True) -> None:
    """Assert that two stores read the same, whatever their files, and that both are as they were written.

    From another source, snapshots have another digest, and bad values are in other rows of it.
    """
    here, there = Reader(one), Reader(other)
    for mine, theirs in zip(here.runs(), there.runs(), strict=True):
        digest = mine.snapshot_digest if same_source else theirs.snapshot_digest
        assert replace(mine, snapshot_digest=digest) == theirs
        bad = [reader.quarantine(mine.on) for reader in (here, there)]
        if not same_source:
            bad = [each.drop("row").sort("account_id", "field", "value") for each in bad]
        assert_frame_equal(*bad)
    assert_frame_equal(here.states(), there.states())
    assert_frame_equal(here.ledger(history=True), there.ledger(history=True))
    assert_frame_equal(here.ended(), there.ended())
    assert here.history_days() == there.history_days()
    for day in here.history_days():
        fields = ["health_score", "renewal_date", "usage"]
        assert_frame_equal(here.history(day, fields), there.history(day, fields))
        assert_frame_equal(
            here.carried(day), there.carried(day), check_row_order=False, check_column_order=False
        )
    assert verify(one) == []
    assert verify(other) == []
