"""Settings of all tests: the profile of the property tests, the date that stands in for today, and child processes."""

from __future__ import annotations

import os
from pathlib import Path

from support import profiles

# The command line refuses to run for dates to come; the tests' dates must not depend on when they are tried.
os.environ["TENURE_TODAY"] = "2028-12-31"

# Tests are small and run side by side: more threads only get into each other's way.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

# A process that a test starts finds `support` as the test does.
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(Path(__file__).parent), os.getenv("PYTHONPATH")])
)

profiles.load()
