"""The choices of a metrics request: families, groupings, methods, periods and formats.

Imports nothing heavy, since the command line shows these names in its help.
"""

from __future__ import annotations

from typing import Literal, get_args

By = Literal["segment", "plan", "owner", "country", "cohort"]
"""The groupings. An owner is the CSM; a cohort is the accounts that signed up in the same month."""

Method = Literal["snapshots", "movements"]
Counting = Literal["n_day", "on_or_after"]
Periods = Literal["days", "months"]

FAMILIES = ("revenue", "customers", "renewals", "cohorts", "reviews", "playbooks", "roi")
OVERVIEW: tuple[str, ...] = ("revenue", "customers", "renewals", "cohorts", "reviews")
"""What is shown when no family is named; what each playbook's steps gave is long, and comes when asked for."""

BY: tuple[str, ...] = get_args(By)
METHODS: tuple[str, ...] = get_args(Method)
COUNTINGS: tuple[str, ...] = get_args(Counting)
PERIODS: tuple[str, ...] = get_args(Periods)
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
