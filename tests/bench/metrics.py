"""NRR and GRR of a large portfolio: the engine beside a query written by hand in DuckDB, on the same snapshots.

Monthly Parquet snapshots of two years, in which accounts come, grow, shrink, leave, and come back within grace or
later. Each side as a whole process from start to exit, in turn. Prints medians, the ratio and peak memory, and stops
where a figure differs.

    python tests/bench/metrics.py [ACCOUNTS] [--runs N] [--keep FOLDER]
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

HERE = Path(__file__).parent
MONTHS = 24
LAST = dt.date(2026, 3, 31)
FIRST = dt.date(2025, 3, 31)
GRACE = 14
SETTINGS = """\
workspace: Bench
time_zone: UTC
snapshots: {files: "data/accounts-{date}.parquet"}
"""
ENGINE = "from tenure.cli.main import main; main()"


def days() -> list[dt.date]:
    """The last day of each month."""
    months = [LAST.year * 12 + LAST.month - back for back in range(MONTHS)]
    return sorted(
        dt.date(month // 12, month % 12 + 1, 1) - dt.timedelta(days=1) for month in months
    )


def write_snapshots(folder: Path, accounts: int) -> None:
    """Lives in closed form, from each account's number: no snapshot needs the one before."""
    folder.mkdir()
    number = pl.int_range(accounts, dtype=pl.UInt64)

    def drawn(seed: int, below: int) -> pl.Expr:
        return (number.hash(seed) % below).cast(pl.Int64)

    epoch = LAST - dt.timedelta(days=4 * 365)
    signup = pl.lit(epoch) + pl.duration(days=drawn(1, 4 * 365))
    # One in four leaves for good, or for so many days, at the end of a yearly term.
    leaves = pl.when(drawn(2, 4) == 0).then(drawn(3, 4) + 1)
    left_on = signup.dt.offset_by(pl.format("{}y", leaves))
    away = pl.when(drawn(4, 3) > 0).then(drawn(5, 90) + 1)
    back_on = left_on + pl.duration(days=away)
    lives = pl.select(
        account_id=pl.format("A{}", number.cast(pl.String).str.zfill(8)),
        signup_date=signup,
        left_on=left_on,
        back_on=back_on,
        segment=pl.lit(pl.Series(["enterprise", "strategic", "growth", "self_serve"])).gather(
            drawn(6, 4)
        ),
        base=drawn(7, 400_000) + 1000,
        shift=drawn(8, 30),
    )
    for day in days():
        gone = (pl.col("left_on") < day) & (pl.col("back_on") > day).fill_null(value=True)
        gone = gone.fill_null(value=False)
        term = pl.when(pl.col("back_on") <= day).then("back_on").otherwise("signup_date")
        years = (pl.lit(day) - term).dt.total_days() // 366
        start = term.dt.offset_by(pl.format("{}y", years))
        month = day.year * 12 + day.month
        price = pl.col("base") + (pl.col("base") * (((month + pl.col("shift")) // 5) % 7)) // 20
        ends = pl.when(gone).then(pl.col("left_on")).otherwise(start.dt.offset_by("1y"))
        lives.filter(
            # An export forgets who has been gone for a quarter.
            pl.col("signup_date") <= day,
            ~gone | (pl.col("left_on") > day - dt.timedelta(days=90)),
        ).select(
            "account_id",
            "signup_date",
            "segment",
            pl.when(gone).then(pl.lit("lapsed")).otherwise(pl.lit("active")).alias("status"),
            (price.cast(pl.Decimal(18, 2)) / 100).alias("mrr"),
            pl.when(~gone).then(start).alias("contract_start"),
            ends.alias("renewal_date"),
        ).write_parquet(folder / f"accounts-{day}.parquet")
