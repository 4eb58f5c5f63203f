"""The names that may be asked for, for the command line's own help."""

from __future__ import annotations

FAMILIES = ("revenue", "customers", "renewals", "cohorts", "reviews", "playbooks", "roi")
OVERVIEW: tuple[str, ...] = ("revenue", "customers", "renewals", "cohorts", "reviews")
"""What is shown when no family is named; what each playbook's steps gave is long, and comes when asked for."""

BY = ("segment", "plan", "owner", "country", "cohort")
METHODS = ("snapshots", "movements")
COUNTINGS = ("n_day", "on_or_after")
PERIODS = ("days", "months")
METRIC_FORMATS = ("table", "csv", "json", "markdown")

DRILLDOWN_FIGURES = (
    "start",
    "expansion",
    "contraction",
    "churn",
    "new",
    "reactivation",
    "end",
    "customers_start",
    "customers_lost",
    "customers_joined",
    "customers_end",
    "renewed",
    "lapsed",
    "pending",
)
"""The figures whose accounts can be asked for; a test holds them to those that have some."""

NUMBERS = ("hours", "rate", "reduction", "licence", "setup")
"""What the calculator of returns is given, in the order of its record."""
