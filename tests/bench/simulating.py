"""`tenure simulate` over days to come, against runs of the same days in one process: seconds on the processor.

The workspace has all shipped playbooks, and one snapshot that is linked for each day. Each command is a whole process.

    python tests/bench/simulating.py [ACCOUNTS] [--days N] [--runs N]
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import sys
from pathlib import Path

from one_day import ENGINE, FIRST, Cost, median, timed, workspace

RUNS = """\
import datetime as dt, sys
from pathlib import Path
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
root, first, days = Path(sys.argv[1]), dt.date.fromisoformat(sys.argv[2]), int(sys.argv[3])
project = load_project(root)
for day in range(days):
    run(project, first + dt.timedelta(days=day)).entries
"""


def link_days(root: Path, days: int) -> None:
    """The snapshot of the first day, for each of them."""
    first = root / "data" / f"accounts-{FIRST}.parquet"
    for day in range(1, days):
        path = root / "data" / f"accounts-{FIRST + dt.timedelta(days=day)}.parquet"
        path.unlink(missing_ok=True)
        path.hardlink_to(first)


def main() -> None:
    """Print each run, then the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts", nargs="?", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--runs", type=int, default=1)
    given = parser.parse_args()
    ours: list[Cost] = []
    theirs: list[Cost] = []
    with workspace(given.accounts) as root:
        link_days(root, given.days)
        simulate = ("simulate", "--workspace", str(root), "--on", f"{FIRST}", "--today", f"{FIRST}")
        until = ("--until", f"+{given.days - 1}d")
        for _ in range(given.runs):
            ours.append(timed(sys.executable, "-c", ENGINE, *simulate, *until))
            theirs.append(timed(sys.executable, "-c", RUNS, str(root), f"{FIRST}", str(given.days)))
            for folder in ("store", ".tenure"):
                shutil.rmtree(root / folder, ignore_errors=True)
            print(
                *(f"{each.processor:.1f} s, {each.mib:.0f} MiB" for each in (ours[-1], theirs[-1])),
                sep="; ",
            )
    simulated, run = (median(costs, lambda cost: cost.processor) for costs in (ours, theirs))
    size = f"{given.accounts:,} accounts, {given.days} days"
    print(f"{size}: simulate {simulated:.1f} s, runs {run:.1f} s, {simulated / run:.2f}")


if __name__ == "__main__":
    main()
