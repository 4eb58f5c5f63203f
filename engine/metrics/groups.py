"""The choices of a metrics request: families, groupings, methods, periods and formats.

This module imports nothing heavy, because the command line shows these names in its help.
"""

from __future__ import annotations

from typing import Literal, get_args

By = Literal["segment", "plan", "owner", "country", "cohort"]
"""The groupings. An owner is the CSM. A cohort is the accounts that signed up in the same month."""

Method = Literal["snapshots", "movements"]
Counting = Literal["n_day", "on_or_after"]
Periods = Literal["days", "months"]

FAMILIES = ("revenue", "customers", "renewals", "cohorts", "reviews", "playbooks", "effects", "roi")
OVERVIEW: tuple[str, ...] = ("revenue", "customers", "renewals", "cohorts", "reviews")
"""The families shown when none is named. `playbooks` and `effects` are long, so they are shown only on request."""

MONTHLY: tuple[str, ...] = ("revenue", "customers", "renewals")
"""The families that can be split into months, and the default where none is named."""
EACH = ("month",)

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
"""The figures whose accounts can be listed. A test compares them with `families.DRILLDOWN`."""
