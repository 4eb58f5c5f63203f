"""Results of each customer over a window: whether it stayed, by how much it grew, and what it answered.

The input is the data of a window and the snapshot at its end. The output is one row per customer at the window's start.
"""

from __future__ import annotations

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..sources.convert import AMOUNT
from ..sources.snapshots import Snapshots
from .request import MetricRequest
from .revenue import bridge_parts

PROMOTER, DETRACTOR = 9, 6
"""A rating of at least 9 is a promoter's, one of at most 6 a detractor's."""
_ANSWERS = ("nps_rating", "nps_score")


def customer_results(request: MetricRequest) -> pl.DataFrame | None:
    """Return the results of the customers at the window's start, by account; None without a snapshot at its end.

    The columns are `account_id`, `group`, `churned`, `start` and `expansion` (amounts a month), and the NPS fields.
    """
    snapshots = Snapshots(request.project.workspace, request.project.catalogue)
    end = snapshots.newest(min(request.window.last, request.on))
    if end is None:
        return None
    accounts = request.window_data.accounts
    present = accounts.filter(pl.col("start").is_not_null()).select(ACCOUNT_ID, "group", "churned")
    moved = bridge_parts(accounts, request.method).select(ACCOUNT_ID, "start", "expansion")
    answers = snapshots.load(end, {*_ANSWERS}, _ANSWERS).frame.select(ACCOUNT_ID, *_ANSWERS)
    results = present.join(moved, on=ACCOUNT_ID).join(answers, on=ACCOUNT_ID, how="left")
    return results.sort(ACCOUNT_ID)


def nps_answer(customers: pl.DataFrame) -> pl.Expr:
    """Return the contribution of each account to the NPS: its rating or, where no retained account has one, its score.

    All accounts use the same one of the two, so that groups of them can be compared.
    """
    rating = pl.col("nps_rating")
    if customers.filter(~pl.col("churned"))["nps_rating"].count() == 0:
        return pl.col("nps_score")
    share = pl.when(rating >= PROMOTER).then(100).when(rating <= DETRACTOR).then(-100).otherwise(0)
    return pl.when(rating.is_not_null()).then(share.cast(AMOUNT))
