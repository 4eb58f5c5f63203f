"""Collect queries of tables that are in memory."""

from __future__ import annotations

import polars as pl


def collect_in_memory(rows: pl.LazyFrame) -> pl.DataFrame:
    """Collect a query of tables that are in memory, by the engine that computes where it is called.

    Polars 2.1 takes its streaming engine otherwise, which hands the query to other threads: that takes ten times as
    long for a few rows, and up to thirty times for the many parts of long conditions. It is for what is read from
    files.
    """
    return rows.collect(engine="in-memory")
