"""NRR, GRR and cohorts of a large portfolio: the engine beside queries written by hand in DuckDB, on the same files.

Monthly Parquet snapshots of two years, in which accounts come, grow, shrink, leave, and come back within grace or
later. Each side as a whole process from start to exit, in turn. Prints medians, ratios and peak memory, and stops
where a figure differs.

    python tests/bench/metrics.py [ACCOUNTS] [--runs N]
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shutil
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import polars as pl
from one_day import Cost, apart, median, timed

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
BY_HAND = """\
import datetime as dt, sys, duckdb
duckdb.execute("SET enable_progress_bar = false")
folder, first, last, grace, *queries = sys.argv[1:]
given = {"first": dt.date.fromisoformat(first), "last": dt.date.fromisoformat(last), "grace": int(grace)}
for query in queries:
    text = open(query).read()
    used = {name: value for name, value in given.items() if f"${name}" in text}
    result = duckdb.execute(text, {"files": f"{folder}/*.parquet", **used})
    names = [column[0] for column in result.description]
    for row in result.fetchall():
        print(*(f"{name}={value}" for name, value in zip(names, row)))
"""
ASKED = {"NRR and GRR": ("revenue",), "cohorts": ("cohorts",), "all three": ("revenue", "cohorts")}
QUERIES = {"revenue": "retention.sql", "cohorts": "cohorts.sql"}


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
    # One in four leaves after some months, two thirds of them for at most a quarter.
    leaves = pl.when(drawn(2, 4) == 0).then(drawn(3, 40) + 1)
    left_on = signup.dt.offset_by(pl.format("{}mo", leaves))
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


def engine(root: Path, families: tuple[str, ...]) -> tuple[str, ...]:
    """The command of the engine."""
    asked = ("metrics", *families, "--workspace", str(root), "--on", str(LAST), "--format", "json")
    return (sys.executable, "-c", ENGINE, *asked)


def by_hand(root: Path, families: tuple[str, ...]) -> tuple[str, ...]:
    """The command by hand."""
    queries = (str(HERE / "by_hand" / QUERIES[family]) for family in families)
    return (
        sys.executable,
        "-c",
        BY_HAND,
        str(root / "data"),
        str(FIRST),
        str(LAST),
        str(GRACE),
        *queries,
    )


def compare(root: Path) -> None:
    """Both must have found the same: amounts to the cent, of cohorts every count."""
    ours: dict[str, str] = {}
    families = ASKED["all three"]
    shown = subprocess.run(
        engine(root, families), check=True, capture_output=True, text=True
    ).stdout
    for figure in json.loads(shown):
        ours[" ".join(filter(None, (figure["metric"], figure["period"])))] = figure["value"]
    shown = subprocess.run(
        by_hand(root, families), check=True, capture_output=True, text=True
    ).stdout
    theirs = [dict(pair.split("=") for pair in line.split()) for line in shown.splitlines()]
    amounts = {name: Decimal(value) for name, value in theirs[0].items()}
    capped, start = amounts.pop("capped"), amounts["start"]
    net = start + amounts["expansion"] - amounts["contraction"] - amounts["churn"]
    rates = {"nrr": net * 100 / start, "grr": capped * 100 / start}
    found = amounts | {name: rate.quantize(Decimal("0.0001")) for name, rate in rates.items()}
    for row in theirs[1:]:
        found |= {
            f"cohort_{name} J{row['n']}": Decimal(row[name]) for name in ("accounts", "active")
        }
    for name, value in found.items():
        if ours[name] is None or Decimal(ours[name]) != value:
            raise SystemExit(f"{name} differs: {ours[name]} by the engine, {value} by hand")
    print(f"{len(found)} figures are the same: NRR {found['nrr']} %, GRR {found['grr']} %")


def main() -> None:
    """Prints a row for each thing asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("accounts", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="tenure-bench-"))
    try:
        (root / "playbooks").mkdir()
        (root / "tenure.yaml").write_text(SETTINGS, encoding="utf-8")
        apart(write_snapshots, root / "data", given.accounts)
        compare(root)
        print(f"{given.accounts:,} accounts, {MONTHS} snapshots")
        print(
            f"{'':>12} {'clock s':>8} {'by hand':>8} {'ratio':>6} {'proc. s':>8} {'by hand':>8} {'ratio':>6}"
            f" {'MiB':>6} {'by hand':>8}"
        )
        for name, families in ASKED.items():
            ours, theirs = [], []
            for _ in range(given.runs):
                ours.append(timed(*engine(root, families)))
                theirs.append(timed(*by_hand(root, families)))
            print(shown(name, ours, theirs), flush=True)
    finally:
        shutil.rmtree(root)


def shown(name: str, ours: list[Cost], theirs: list[Cost]) -> str:
    """A row of the table."""
    figures = []
    for read in (lambda cost: cost.wall, lambda cost: cost.processor):
        one, other = median(ours, read), median(theirs, read)
        figures.append(f"{one:>8.2f} {other:>8.2f} {one / other:>6.2f}")
    memory, by_hand = (max(cost.mib for cost in costs) for costs in (ours, theirs))
    return " ".join([f"{name:>12}", *figures, f"{memory:>6.0f} {by_hand:>8.0f}"])


if __name__ == "__main__":
    main()
