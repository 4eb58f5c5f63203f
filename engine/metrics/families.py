"""All families of metrics, and the accounts of each figure (the drill-down).

The families are in display order. The drill-down takes a request and a figure's id, and gives the accounts of the
figure with their group and what they paid at both ends of the window.
"""

from __future__ import annotations

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..sources import Snapshots
from .cohorts import COHORTS
from .customers import COUNT_CONDITIONS, CUSTOMERS
from .effectiveness import PLAYBOOK_FAMILY
from .holdout_effects import HOLDOUT_FAMILY
from .renewal_rates import RENEWAL_OUTCOMES, RENEWALS
from .request import Family, MetricRequest
from .revenue import BRIDGE_PARTS, REVENUE, bridge_parts
from .review_programme import REVIEW_FAMILY
from .roi import ROI_FAMILY

METRIC_FAMILIES: dict[str, Family] = {
    family.id: family
    for family in (
        REVENUE,
        CUSTOMERS,
        RENEWALS,
        COHORTS,
        REVIEW_FAMILY,
        PLAYBOOK_FAMILY,
        HOLDOUT_FAMILY,
        ROI_FAMILY,
    )
}


DRILLDOWN = (*BRIDGE_PARTS, *COUNT_CONDITIONS, *RENEWAL_OUTCOMES)
"""The figures whose accounts can be listed."""
ACCOUNT_NAME = "account_name"
LOSSES = ("contraction", "churn")


def accounts_of_figure(request: MetricRequest, figure_id: str) -> pl.DataFrame:
    """Return the accounts of a figure.

    Args:
        request: The request.
        figure_id: One of `DRILLDOWN`.

    Returns:
        `account_id`, `group`, `start`, `end` and `change`, the largest change first. For an outcome of terms:
        `account_id`, `group`, `due_on` and `amount`, by date. No accounts where the figure is unknown because a column
        is empty.
    """
    data = request.window_data
    if figure_id in RENEWAL_OUTCOMES:
        known = data.no_terms is None
        terms = request.terms.filter((pl.col("outcome") == figure_id) & known)
        return terms.select(ACCOUNT_ID, "group", "due_on", "amount").sort("due_on", ACCOUNT_ID)
    accounts = bridge_parts(data.accounts, request.method)
    if figure_id in COUNT_CONDITIONS:
        accounts = accounts.filter(data.accounts.select(COUNT_CONDITIONS[figure_id]).to_series())
        change = pl.col("end") - pl.col("start")
    else:
        known = data.quality.no_amounts is None
        accounts = accounts.filter((pl.col(figure_id) > 0) & known)
        change = -pl.col(figure_id) if figure_id in LOSSES else pl.col(figure_id)
    shown = accounts.select(ACCOUNT_ID, "group", "start", "end", change.alias("change"))
    return shown.sort(pl.col("change").abs(), ACCOUNT_ID, descending=[True, False])


def with_names(request: MetricRequest, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the same accounts, each with its name at the window's end, or at its start where it is gone by then."""
    snapshots = Snapshots(request.project.workspace, request.project.catalogue)
    days = (snapshots.newest(day) for day in (request.window.last, request.window.first))
    frames = [
        snapshots.load(day, {ACCOUNT_NAME}).frame.select(ACCOUNT_ID, ACCOUNT_NAME)
        for day in days
        if day
    ]
    if not frames:
        return accounts.select(
            ACCOUNT_ID, pl.lit(None, pl.String).alias(ACCOUNT_NAME), pl.exclude(ACCOUNT_ID)
        )
    names = pl.concat(frames).drop_nulls().unique(ACCOUNT_ID, keep="first", maintain_order=True)
    named = accounts.join(names, on=ACCOUNT_ID, how="left", maintain_order="left")
    return named.select(ACCOUNT_ID, ACCOUNT_NAME, pl.exclude(ACCOUNT_ID, ACCOUNT_NAME))
