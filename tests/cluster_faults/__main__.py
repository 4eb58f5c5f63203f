"""`python -m cluster_faults`: execute trials and print what came of them."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from support.postgres_server import can_serve

from .plans import plan

EXECUTORS = ("dask",) * 5 + ("local",) * 4 + ("spark",)
"""Spark is drawn less often: its driver takes seconds to start again after a kill."""


def main() -> int:
    """Execute the trials; exit with 1 where something is wrong, with 77 where nothing can be tried."""
    parser = argparse.ArgumentParser(prog="cluster_faults", description=__doc__)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--first", type=int, default=1, help="the number of the first one")
    parser.add_argument("--executors", default=",".join(EXECUTORS), help="drawn from these")
    asked = parser.parse_args()
    if not can_serve():
        print("skipped: PostgreSQL is not installed here", file=sys.stderr)
        return 77
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    from .trials import trials

    began, wrong, counts = time.monotonic(), 0, Counter[str]()
    executors = tuple(asked.executors.split(","))
    with tempfile.TemporaryDirectory() as folder, trials(Path(folder).resolve()) as prepared:
        for number in range(asked.first, asked.first + asked.trials):
            started = time.monotonic()
            outcome = prepared.execute(plan(number, executors))
            wrong += bool(outcome.wrong)
            drawn = outcome.plan
            verdict = "WRONG" if outcome.wrong else "ok"
            print(
                f"{number:>5} {verdict}  {drawn.executor}, {drawn.place}, {drawn.book}, {drawn.parts} parts:"
                f" {' and '.join(outcome.came)}; {outcome.ended}; {outcome.left} files left;"
                f" {time.monotonic() - started:.0f} s",
                flush=True,
            )
            if outcome.wrong:
                print(f"{drawn}\n{outcome.wrong[-3000:]}", flush=True)
            counts.update(f"{drawn.executor}, {kind} [{verdict}]" for kind in outcome.came)
            counts.update(
                [f"executor {drawn.executor} [{verdict}]", f"store {drawn.place} [{verdict}]"]
            )
    for name, count in sorted(counts.items()):
        print(f"{count:>6}  {name}")
    print(f"{asked.trials} tried, {wrong} wrong; {time.monotonic() - began:.0f} seconds")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
