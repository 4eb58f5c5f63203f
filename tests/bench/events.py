"""Counts and sums of a large table of events: the engine beside Polars written by hand, on the same Parquet file.

Each side as a whole process from start to exit, in turn: it reads the events, aggregates them by account, and joins
the results to all accounts. Prints medians, ratios and peak memory, and stops where a number differs.

    python tests/bench/events.py [EVENTS] [ACCOUNTS] [--runs N]
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from pathlib import Path

import polars as pl
from one_day import Cost, apart, median, timed
from tenure.engine.core.problems import Span
from tenure.engine.language.condition import Scope, load_condition
from tenure.engine.language.traversal import event_calls
from tenure.engine.sources.events import EventTables
from tenure.engine.text.yaml_nodes import Scalar
from tenure.engine.workspace.settings_loader import load_workspace

ON = dt.date(2026, 4, 1)
SETTINGS = 'workspace: Bench\ntime_zone: UTC\nsnapshots: {files: "a-{date}.parquet"}\n'
FIELDS = """\
events:
  tickets:
    file: tickets.parquet
    date: opened_at
    columns: {minutes: number, priority: {type: text, values: [low, normal, high]}}
"""
CALLS = (
    "count(tickets, 30 days)",
    "count(tickets where priority == 'high', 90 days)",
    "sum(tickets.minutes, 90 days)",
    "sum(tickets.minutes where priority == 'high', 365 days)",
)


def write_files(root: Path, events: int, accounts: int) -> None:
    """Write events of two years, in no order, and the ids of the accounts."""
    (root / "tenure.yaml").write_text(SETTINGS, encoding="utf-8")
    (root / "fields.yaml").write_text(FIELDS, encoding="utf-8")
    number = pl.int_range(events, dtype=pl.UInt64)

    def drawn(seed: int, below: int) -> pl.Expr:
        return (number.hash(seed) % below).cast(pl.Int64)

    id = pl.format("A{}", drawn(1, accounts).cast(pl.String).str.zfill(8))
    pl.select(
        account_id=id,
        opened_at=pl.lit(ON) - pl.duration(days=drawn(2, 730)),
        minutes=drawn(3, 40_000) / 100,
        priority=pl.when(drawn(4, 10) == 0)
        .then(pl.lit("high"))
        .when(drawn(4, 10) < 4)
        .then(pl.lit("low"))
        .otherwise(pl.lit("normal")),
    ).write_parquet(root / "tickets.parquet")
    ids = pl.format("A{}", pl.int_range(accounts).cast(pl.String).str.zfill(8))
    pl.select(account_id=ids).write_parquet(root / "accounts.parquet")


def by_engine(root: Path) -> pl.DataFrame:
    """Return the values of all functions for all accounts, as a run computes them."""
    workspace, catalogue, problems, _ = load_workspace(root)
    assert workspace is not None
    assert not problems
    scope = Scope({}, events=catalogue.event_types())
    expressions = [
        load_condition(Scalar(c, c, Span("", 1, 1, 1, 1)), scope, None)[0] for c in CALLS
    ]
    calls = event_calls(each for each in expressions if each is not None)
    accounts = pl.read_parquet(root / "accounts.parquet")
    values = EventTables(workspace, catalogue.events, calls).values(ON, ON).join(accounts)
    return values.select("account_id", *(f"@{call}" for call in CALLS))


def by_hand(root: Path) -> pl.DataFrame:
    """Return the same, as a person would write it in Polars."""
    day, minutes = pl.col("opened_at"), pl.col("minutes")
    high = pl.col("priority") == "high"

    def since(days: int) -> pl.Expr:
        return day > ON - dt.timedelta(days=days)

    grouped = (
        pl.scan_parquet(root / "tickets.parquet")
        .filter(day <= ON)
        .group_by("account_id")
        .agg(
            since(30).sum().alias(f"@{CALLS[0]}"),
            (since(90) & high).sum().alias(f"@{CALLS[1]}"),
            minutes.filter(since(90)).sum().alias(f"@{CALLS[2]}"),
            minutes.filter(since(365) & high).sum().alias(f"@{CALLS[3]}"),
        )
    )
    accounts = pl.scan_parquet(root / "accounts.parquet")
    names = [f"@{call}" for call in CALLS]
    joined = accounts.join(grouped, on="account_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col(names).cast(pl.Float64).fill_null(0.0)).collect()


def write_result(side: str, root: Path) -> None:
    """Compute one side's values and write them for the comparison."""
    values = by_engine(root) if side == "engine" else by_hand(root)
    values.write_parquet(root / f"{side}.parquet")


def compare(root: Path) -> None:
    """Stop where a number differs; the sums by hand have errors of rounding in their last digits."""
    ours, theirs = (pl.read_parquet(root / f"{side}.parquet") for side in ("engine", "hand"))
    assert ours["account_id"].equals(theirs["account_id"])
    for name in ours.columns[1:]:
        farthest = (ours[name] - theirs[name]).abs().max()
        assert farthest is not None
        assert float(farthest) < 1e-6, (name, farthest)  # type: ignore[arg-type]


def main() -> None:
    """Measure both sides, or be one of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("events", nargs="?", type=int, default=10_000_000)
    parser.add_argument("accounts", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--side", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        write_result(given.side[0], Path(given.side[1]))
        return
    costs: dict[str, list[Cost]] = {"engine": [], "hand": []}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        apart(write_files, root, given.events, given.accounts)
        for _ in range(given.runs):
            for side, measured in costs.items():
                measured.append(timed(sys.executable, __file__, "--side", side, folder))
        apart(compare, root)
    print(f"{given.events:,} events, {given.accounts:,} accounts; medians of {given.runs} runs")
    print(f"{'':>12} {'engine':>8} {'by hand':>8} {'ratio':>6}")
    for index, name in enumerate(("clock s", "processor s", "peak MiB")):
        engine, hand = (median(costs[side], lambda c: c[index]) for side in ("engine", "hand"))  # noqa: B023
        print(f"{name:>12} {engine:>8.1f} {hand:>8.1f} {engine / hand:>6.2f}")


if __name__ == "__main__":
    main()
