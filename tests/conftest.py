"""Settings of all tests: the profile of the property tests, and the date that stands in for today."""

from __future__ import annotations

import os

import profiles

# The command line refuses to run for dates to come; the tests' dates must not depend on when they are tried.
os.environ["TENURE_TODAY"] = "2028-12-31"

profiles.load()
