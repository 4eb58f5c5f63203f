"""How time and size grow: daily runs of all shipped playbooks, on a new store and at the end of a year.

First so many real days, each a whole process from start to exit. Then the store is given the runs of the rest of a
year: as many entries, ended enrolments and earlier values a day as the real days had, of other actions. Then the
next day is run on the store as it was and on the aged one, in turn, so that only the past differs. Prints seconds on
the processor and on the clock, and the store's bytes by table and kind of file.

    python tests/bench/growth.py [--accounts N] [--days N] [--year N] [--turns N]
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import sqlite3
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from one_day import FIRST, Cost, apart, engine, workspace
from tenure.engine.core.schemas import QUARANTINE, STATES
from tenure.engine.store import Reader, Store

LOOK_BACK = 365 + 31
"""Days of earlier values that the shipped playbooks have the store keep."""


def snapshot(root: Path, on: dt.date) -> Path:
    """The file of a date's snapshot."""
    return root / "data" / f"accounts-{on}.parquet"


def write_following(before: Path, after: Path, on: dt.date) -> None:
    """The snapshot of a day from that of the day before: reviews, renewals, scores and people change."""
    number = pl.int_range(pl.len()) + on.toordinal()
    held = pl.col("next_review_date") == on
    near = (pl.col("renewal_date") - pl.lit(on)).dt.total_days().is_between(-10, 40)
    renews = near & (number % 40 == 3)
    booked = pl.col("next_review_date").is_null() & (number % 60 == 5)
    changes = {
        "last_review_date": (held, pl.lit(on)),
        "next_review_date": (
            held | booked,
            pl.when(booked).then(pl.lit(on + dt.timedelta(days=30))),
        ),
        "renewal_date": (renews, pl.col("renewal_date").dt.offset_by("1y")),
        "status": (renews, pl.lit("active")),
        "health_score": (
            number % 100 == 7,
            pl.when(pl.col("health_score") >= 70)
            .then((pl.col("health_score") - 20).clip(0))
            .otherwise((pl.col("health_score") + 15).clip(0, 100)),
        ),
        "customer_sponsor": (number % 900 == 11, pl.lit(f"Somebody of {on}")),
    }
    pl.scan_parquet(before).with_columns(
        pl.when(when).then(value).otherwise(name).alias(name)
        for name, (when, value) in changes.items()
    ).sink_parquet(after)


def days(root: Path, first: dt.date, number: int) -> Iterator[Cost]:
    """So many daily runs from a date on, the snapshot of the day before being there."""
    for n in range(number):
        on = first + dt.timedelta(days=n)
        if not snapshot(root, on).exists():
            apart(
                write_following, snapshot(root, on - dt.timedelta(days=1)), snapshot(root, on), on
            )
        yield engine(root, on)


def age(root: Path, last: dt.date, number: int) -> None:
    """Give the store so many more runs, as its last ones were but for the actions' ids, over earlier snapshots."""
    reader = Reader(root / "store")
    records = reader.latest_runs(10)
    models = [(record, reader.ledger(issued_on=record.on, history=True)) for record in records]
    over = [reader.ended(date_from=record.on, date_to=record.on) for record in records]
    states = reader.states().head(0).select(list(STATES))
    day = reader.history_days()[-1]
    fields = set(pl.read_parquet_schema(next((root / "store" / "history").iterdir())))
    values = reader.history(day, sorted(fields - {"account_id"}))
    with Store.open(root / "store") as store:
        for n in range(number):
            record, entries = models[n % len(models)]
            earlier = dt.timedelta(days=(last - FIRST).days + 1 + n)
            record = replace(
                record, on=last, run_on=last, attempt=n + 2, snapshot_on=last - earlier
            )
            made = (sha256(f"{n} {id}".encode()).hexdigest()[:20] for id in entries["action_id"])
            ids = pl.Series(list(made), dtype=pl.String)
            dates = [
                pl.col(name) - earlier
                for name in ("due_on", "issued_on", "contact_on", "planned_on", "until")
            ]
            added = entries.filter(revision=1).with_columns(*dates)
            own = ids.filter(entries["revision"] == 1)
            ended = over[n % len(over)].with_columns(pl.col("ended_on") - earlier)
            needed_on = last - dt.timedelta(days=LOOK_BACK)
            with store.begin(record.on, record.attempt, record.snapshot_on) as part:
                part.add(states, added.with_columns(own.alias("action_id")), ended, values)
                part.finish(record, pl.DataFrame(schema=QUARANTINE), needed_on)


def shown(when: str, costs: list[Cost]) -> str:
    """A row of the table of days."""
    processor = statistics.median(cost.processor for cost in costs)
    clock = statistics.median(cost.wall for cost in costs)
    return f"{when:>22} {len(costs):>5} {processor:>8.2f} {clock:>8.2f}"


def sizes(store: Path) -> str:
    """The store's bytes, by table of the database with its indexes and by kind of file."""
    with closing(sqlite3.connect(store / "store.db")) as database:
        (entries,) = database.execute("SELECT count(*) FROM entries").fetchone()
        pages = database.execute(
            "SELECT tbl_name, sum(pgsize), sum(pgsize) FILTER (WHERE type = 'index') FROM dbstat"
            " JOIN sqlite_schema USING (name) GROUP BY tbl_name ORDER BY 2 DESC"
        ).fetchall()
        kinds = database.execute(
            "SELECT kind, sum(bytes), count(*) FROM files GROUP BY kind ORDER BY 2 DESC"
        ).fetchall()
    lines = [
        f"  {name:<12} {size:>13,} bytes, {index or 0:>12,} of them indexes"
        for name, size, index in pages
    ]
    lines += [f"  {kind:<12} {size:>13,} bytes in {files} files" for kind, size, files in kinds]
    told = sum(size for name, size, _ in pages if name in ("entries", "texts", "forms", "replaced"))
    lines.append(
        f"  {entries:,} entries in the database, {told / max(entries, 1):.0f} bytes each with their texts"
    )
    whole = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    lines.append(f"  {whole:,} bytes in all")
    return "\n".join(lines)


def same_day(roots: list[Path], turn: Path, on: dt.date, turns: int) -> list[list[Cost]]:
    """The costs of one day on copies of each workspace, in turn."""
    costs: list[list[Cost]] = [[] for _ in roots]
    for _ in range(turns):
        for root, own in zip(roots, costs, strict=True):
            shutil.copytree(root, turn)
            own.append(engine(turn, on))
            shutil.rmtree(turn)
    return costs


def main() -> None:
    """Prints the costs of days and the sizes of the store."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--year", type=int, default=365)
    parser.add_argument("--turns", type=int, default=9)
    given = parser.parse_args()
    with workspace(given.accounts) as root:
        print(f"{'':>22} {'days':>5} {'proc. s':>8} {'clock s':>8}")
        costs = []
        for cost in days(root, FIRST, given.days):
            costs.append(cost)
            print(f"{len(costs):>22} {1:>5} {cost.processor:>8.2f} {cost.wall:>8.2f}", flush=True)
        last = FIRST + dt.timedelta(days=given.days - 1)
        print(shown("the first day", costs[:1]))
        print(shown("the ten days after it", costs[1:11]))
        print(shown(f"the ten to day {given.days}", costs[-10:]), flush=True)
        print(sizes(root / "store"), flush=True)
        on = last + dt.timedelta(days=1)
        apart(write_following, snapshot(root, last), snapshot(root, on), on)
        with TemporaryDirectory(prefix="tenure-bench-") as copies:
            young = shutil.copytree(root, Path(copies) / "young")
            started = time.perf_counter()
            age(root, last, given.year - given.days)
            print(f"aged to day {given.year} in {time.perf_counter() - started:.0f} s")
            print(sizes(root / "store"), flush=True)
            costs = same_day([young, root], Path(copies) / "turn", on, given.turns)
        for name, turns in zip(("young", "aged"), costs, strict=True):
            print(shown(f"{on}, {name}", turns))
        ratios = [aged.processor / young.processor for young, aged in zip(*costs, strict=True)]
        print(
            f"aged by young, on the processor: {statistics.median(ratios):.2f}, median of the turns"
        )


if __name__ == "__main__":
    main()
