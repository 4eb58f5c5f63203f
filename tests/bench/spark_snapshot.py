"""Memory of a run's process while a query of Spark becomes the day's snapshot.

For each number of rows, a new process starts Spark, or connects to what `SPARK_REMOTE` names, asks for accounts in an
order of their own, and stores them sorted by account. Prints seconds on the clock and on the process's own processor,
without Spark's start, and the peak memory of the process before the query and after it. Spark's JVM is not counted.

    python tests/bench/spark_snapshot.py [ROWS ...]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from cluster import peak
from one_day import HERE, apart

TODAY = date(2026, 4, 1)
QUERY = """
    SELECT lpad(id * 7919 % {rows}, 9, '0') AS account_id, concat('Account ', id) AS account_name,
      CAST(id % 1000 AS decimal(12, 2)) AS arr, date_add(DATE'2026-01-01', CAST(id % 700 AS int)) AS renewal_date,
      md5(CAST(id AS string)) AS csm, id % 3 = 0 AS opt_out, id % 101 AS health_score
    FROM range({rows})
"""
"""7919 is a prime number: with another one's multiple as the number of rows, each id is there once."""


def fetched(rows: int) -> None:
    """Fetch and store a snapshot in this process, and print what it took."""
    sys.path.insert(0, str(HERE.parent))  # the helpers of the tests
    from support.clusters import spark_environment
    from tenure.engine.sources.arrivals import Arrivals
    from tenure.engine.sources.spark_queries import spark_session
    from tenure.engine.workspace.settings import SnapshotSource

    os.environ |= spark_environment()
    source = SnapshotSource(database="spark", query=QUERY.format(rows=rows), query_seconds=100_000)
    with tempfile.TemporaryDirectory() as folder, spark_session():
        arrivals = Arrivals(source, Path(folder), "account_id")
        before = peak(os.getpid())
        wall, processor = time.perf_counter(), time.process_time()
        arrivals.arrive(TODAY)
        arrivals.store(TODAY)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        print(
            f"{rows:>11,} rows {wall:7.1f} s {processor:7.1f} s of the process"
            f" {before:6.0f} MiB before, {peak(os.getpid()):6.0f} MiB at most",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="*", default=[1_000_000, 5_000_000])
    for rows in parser.parse_args().rows:
        apart(fetched, rows)


if __name__ == "__main__":
    main()
