"""Every family of metrics that is found for a window, by name, in the order in which they are shown."""

from __future__ import annotations

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..sources import Snapshots
from .cohorts import COHORTS
from .customers import COUNTED, CUSTOMERS
from .effectiveness import PLAYBOOK_FAMILY
from .renewal_rates import RENEWAL_OUTCOMES, RENEWALS
from .request import Family, MetricRequest
from .revenue import BRIDGE_PARTS, REVENUE, parts
from .review_programme import REVIEW_FAMILY
from .roi import RETURNS

FOUND_BY: dict[str, Family] = {
    family.id: family
    for family in (REVENUE, CUSTOMERS, RENEWALS, COHORTS, REVIEW_FAMILY, PLAYBOOK_FAMILY, RETURNS)
}


DRILLDOWN = (*BRIDGE_PARTS, *COUNTED, *RENEWAL_OUTCOMES)
"""The figures whose accounts can be asked for."""
ACCOUNT_NAME = "account_name"
LOSSES = ("contraction", "churn")


def accounts_behind(asked: MetricRequest, figure_id: str) -> pl.DataFrame:
    """`account_id`, `group`, `start`, `end`, `change`, the largest change first.

    Of an outcome of terms: `account_id`, `group`, `due_on`, `amount`, in the order of their dates.
    """
    seen = asked.observed
    if figure_id in RENEWAL_OUTCOMES:
        terms = seen.terms.filter(pl.col("outcome") == figure_id)
        return terms.select(ACCOUNT_ID, "group", "due_on", "amount").sort("due_on", ACCOUNT_ID)
    found = parts(seen.accounts, asked.method)
    if figure_id in COUNTED:
        found = found.filter(seen.accounts.select(COUNTED[figure_id]).to_series())
        change = pl.col("end") - pl.col("start")
    else:
        found = found.filter(pl.col(figure_id) > 0)
        change = -pl.col(figure_id) if figure_id in LOSSES else pl.col(figure_id)
    shown = found.select(ACCOUNT_ID, "group", "start", "end", change.alias("change"))
    return shown.sort(pl.col("change").abs(), ACCOUNT_ID, descending=[True, False])


def with_names(asked: MetricRequest, accounts: pl.DataFrame) -> pl.DataFrame:
    """The same accounts, each with its name at the window's end, or at its start where it is gone by then."""
    snapshots = Snapshots(asked.project.workspace, asked.project.catalogue)
    days = (snapshots.newest(day) for day in (asked.window.last, asked.window.first))
    frames = [
        snapshots.load(day, {ACCOUNT_NAME}).frame.select(ACCOUNT_ID, ACCOUNT_NAME)
        for day in days
        if day
    ]
    if not frames:
        return accounts
    names = pl.concat(frames).drop_nulls().unique(ACCOUNT_ID, keep="first", maintain_order=True)
    named = accounts.join(names, on=ACCOUNT_ID, how="left", maintain_order="left")
    return named.select(ACCOUNT_ID, ACCOUNT_NAME, pl.exclude(ACCOUNT_ID, ACCOUNT_NAME))
