"""Standing of actions: what became of each, by the outcomes recorded up to a date."""

from __future__ import annotations

import datetime as dt

import polars as pl


def with_standing(entries: pl.DataFrame, outcomes: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    """Return entries with their standing on a date: open, overdue, snoozed, done or dismissed.

    Args:
        entries: Actions as last revised, with the columns of `LEDGER` or some of them.
        outcomes: `OUTCOMES`.
        on: The date.
    """
    counting = outcomes.filter(pl.col("on") <= on).sort("number")
    decided = (
        counting.filter(pl.col("outcome") != "assigned")
        .unique("action_id", keep="last", maintain_order=True)
        .select(
            "action_id",
            "outcome",
            "result",
            pl.col("on").alias("@on"),
            pl.col("by").alias("@by"),
            pl.col("until").alias("@until"),
        )
    )
    assigned = (
        counting.filter(outcome="assigned")
        .unique("action_id", keep="last", maintain_order=True)
        .select("action_id", pl.col("to").alias("@to"))
    )
    joined = entries.join(decided, on="action_id", how="left", maintain_order="left").join(
        assigned, on="action_id", how="left", maintain_order="left"
    )
    outcome = pl.col("outcome").fill_null("reopened")
    day = pl.lit(on)
    standing = (
        pl.when(outcome.is_in(["done", "dismissed"]))
        .then(outcome)
        .when((outcome == "snoozed") & (pl.col("@until") > day))
        .then(pl.lit("snoozed"))
        .when(pl.col("due_on") < day)
        .then(pl.lit("overdue"))
        .otherwise(pl.lit("open"))
    )
    issued, done = pl.col("status") == "issued", outcome == "done"
    return joined.with_columns(
        pl.when(issued).then(standing).alias("standing"),
        pl.when(issued & done).then("@on").alias("done_on"),
        pl.when(issued & done).then("@by").alias("done_by"),
        pl.when(outcome == "snoozed").then("@until").alias("snoozed_until"),
        pl.coalesce("@to", "owner").alias("owner"),
    ).drop("outcome", "@on", "@by", "@until", "@to")
