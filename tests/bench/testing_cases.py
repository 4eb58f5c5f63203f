"""`tenure test` over 500 cases, whose days are few or many: seconds on the processor, within one process.

The cases are those of the shipped playbooks, again and again, with their last day so many days after the first.

    python tests/bench/testing_cases.py [--cases N] [--days N ...]
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

from tenure.cli.init import NewWorkspace, create_empty
from tenure.engine.project.loading import load_project
from tenure.engine.testing.case_loader import find_tests, load_tests
from tenure.engine.testing.case_run import CaseRunner


def main() -> None:
    """Print the seconds of each length."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--days", type=int, nargs="+", default=[30, 90, 365])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "w"
        create_empty(root, NewWorkspace())
        begun = time.process_time()
        project = load_project(root)
        loaded = load_tests(project, find_tests(root)).cases
        print(f"workspace and {len(loaded)} cases read: {time.process_time() - begun:.2f} s")
        for days in given.days:
            begun, runner = time.process_time(), CaseRunner(project)
            for case in islice(cycle(loaded), given.cases):
                runner.run(case._replace(until=case.starts + dt.timedelta(days=days)))
            taken = time.process_time() - begun
            print(f"{given.cases} cases of {days} days: {taken:.2f} s")


if __name__ == "__main__":
    main()
