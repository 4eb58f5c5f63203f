"""The hand-off of customers who are ready for more, once in 180 days."""

from __future__ import annotations

import polars as pl

from .day import ACTIVE, AM, TODAY, UNRENEWED, Action, Day, days

STATES = {"account_id": pl.String, "opened_on": pl.Date}
READY = (
    (pl.col("health_score") > 80) & (pl.col("nps_rating") > 8) & (pl.col("plan_utilisation") > 0.8)
)
TROUBLE = (
    pl.col("escalated").fill_null(False) | pl.col("payment_overdue").fill_null(False) | UNRENEWED
)
TERM = (TODAY - pl.col("contract_start")).dt.total_days()
HOT = (
    (pl.col("premium_views") > 0)
    | (pl.col("invitations") >= 3)
    | ((pl.col("renewal_outcome") == "renewed") & TERM.is_between(0, 90))
    | (pl.col("contract_term_months") >= 24)
)
CLASS = pl.when(HOT).then(pl.lit("expansion")).otherwise(pl.lit("other"))
HAND_OVER = [Action("handoff", AM, priority=CLASS)]


def decide(day: Day, before: pl.DataFrame) -> pl.DataFrame:
    """When each account was handed over last."""
    rows = (
        day.accounts.lazy()
        .filter(ACTIVE & READY & ~TROUBLE)
        .join(before.lazy(), on="account_id", how="left")
        .filter(pl.col("opened_on").is_null() | (pl.col("opened_on") + days(180) <= TODAY))
        .with_columns(
            pl.lit("expansion").alias("playbook"), pl.lit(f"{day.on} ready").alias("cycle")
        )
        .collect()
    )
    day.issue(rows, "hand_over", HAND_OVER, TODAY, None)
    after = rows.select("account_id", TODAY.alias("opened_on"))
    return pl.concat([before.join(after, on="account_id", how="anti"), after])
