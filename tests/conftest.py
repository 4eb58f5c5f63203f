"""Settings of the property tests: a CI run tries the same examples every time, everybody else's new ones."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
# The command line refuses to run for dates to come; the tests' dates must not depend on when they are tried.
os.environ["TENURE_TODAY"] = "2028-12-31"

if os.environ.get("CI"):
    settings.load_profile("ci")
