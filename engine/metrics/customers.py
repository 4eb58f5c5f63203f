"""Customer retention over a window.

The input is the data of a window. The output is figures of each group, then of all accounts.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from ..text.translations import catalogue_text
from .metric_snapshots import by_group
from .metric_value import Figure, define_metric, ratio, remark, written_in
from .request import Family, MetricRequest

COUNT_CONDITIONS = {
    "customers_start": pl.col("start").is_not_null(),
    "customers_lost": pl.col("churned"),
    "customers_joined": pl.col("joined"),
    "customers_end": pl.col("end").is_not_null(),
}
"""The condition on `WindowData.accounts` of each count."""


def compute_customers(request: MetricRequest) -> list[Figure]:
    """Return the counts and the rate of each group, then of all accounts."""
    data = request.window_data
    if data.why is not None:
        return [Figure(metric, request.window, None, why=data.why) for metric in CUSTOMER_METRICS]
    marked = data.accounts.select("group", **COUNT_CONDITIONS)
    sums = pl.col(*COUNT_CONDITIONS).sum()
    return [
        figure
        for group, rows in by_group(marked)
        for figure in _figures(request, group, rows.select(sums).row(0, named=True))
    ]


def _figures(request: MetricRequest, group: str | None, counts: dict[str, int]) -> list[Figure]:
    window, start = request.window, counts["customers_start"]
    return [
        *(Figure(_COUNTS[name], window, Decimal(n), n, group) for name, n in counts.items()),
        Figure(
            CUSTOMER_RETENTION,
            window,
            ratio(start - counts["customers_lost"], start),
            start,
            group,
            why=None if start else _NO_CUSTOMER,
            notes=request.window_data.notes,
        ),
    ]


_NO_CUSTOMER = remark("no_customer")
_SOURCE = written_in("retention", "`Customer Retention Rate`")
_COUNTS = {
    id: define_metric(id, "count", "all_accounts", _SOURCE)
    for id in ("customers_start", "customers_lost", "customers_joined", "customers_end")
}
CUSTOMER_RETENTION = define_metric("customer_retention", "percent", "customers_at_start", _SOURCE)
CUSTOMER_METRICS = (*_COUNTS.values(), CUSTOMER_RETENTION)
CUSTOMERS = Family(
    "customers", catalogue_text("families", "customers"), CUSTOMER_METRICS, compute_customers
)
