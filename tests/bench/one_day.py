"""All shipped playbooks: the engine's day beside the same day by hand, on the same snapshots, in one run.

For each size: the very first day, which finds every account midway, and the day after it, an ordinary one; each as a
whole process from start to exit, engine and hand in turn. Prints medians on the clock and on the processor, ratios
and peak memory, and stops where the two decide differently. Then the engine's memory for a portfolio that is larger
than any that a machine should have to hold.

    python tests/bench/one_day.py [ACCOUNTS ...] [--runs N] [--first-runs N] [--memory ACCOUNTS]
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import polars as pl
from tenure.cli.init import settings_text
from tenure.engine.evaluation.must_reach import OTHER_WAY
from tenure.engine.project.record_cache import NOTES_FOLDER
from tenure.engine.store import Reader
from tenure.engine.store.file_names import NOTE

HERE = Path(__file__).parent
FIRST = dt.date(2026, 4, 1)
"""A working day on which every playbook is due: the first of a quarter."""
NEXT = FIRST + dt.timedelta(days=1)
ENGINE = "from tenure.cli.main import main; main()"
BY_HAND = f"import sys; sys.path.insert(0, {str(HERE)!r}); from by_hand.__main__ import main; main(*sys.argv[1:])"
DECIDED = ["playbook", "account_id", "cycle", "step", "action", "owner", "due_on", "late_days"]


ALLOCATOR = "_RJEM_MALLOC_CONF"
"""Polars sets it when it is imported, as here; the processes that are timed choose for themselves."""


class Cost(NamedTuple):
    """Of one process: seconds on the clock and on the processor, and peak MiB."""

    wall: float
    processor: float
    mib: float


def timed(*command: str) -> Cost:
    """What a process takes from start to exit."""
    start = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    environment = {name: value for name, value in os.environ.items() if name != ALLOCATOR}
    pid = os.posix_spawn(command[0], command, environment, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"failed: {' '.join(command)}")
    wall = time.perf_counter() - start
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def apart(function: Callable[..., None], *given: object) -> None:
    """Calls it in a process of its own: what a process once held counts as its children's peak memory too."""
    process = multiprocessing.get_context("spawn").Process(target=function, args=given)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)


@contextmanager
def workspace(accounts: int) -> Iterator[Path]:
    """A workspace with the shipped playbooks and settings, and the snapshots of both days."""
    root = Path(tempfile.mkdtemp(prefix="tenure-bench-"))
    try:
        settings = settings_text("Bench").replace(".csv", ".parquet")
        settings = re.sub(r"^brake:.*$", "", settings, flags=re.M)
        (root / "tenure.yaml").write_text(settings, encoding="utf-8")
        (root / "playbooks").mkdir()
        for playbook in resources.files("tenure.playbooks").iterdir():
            if playbook.name.endswith(".yaml"):
                (root / "playbooks" / playbook.name).write_text(
                    playbook.read_text("utf-8"), "utf-8"
                )
        apart(write_snapshots, root / "data", accounts)
        yield root
    finally:
        shutil.rmtree(root)


def write_snapshots(folder: Path, accounts: int) -> None:
    """The snapshots of both days."""
    sys.path.insert(0, str(HERE.parent))  # the helpers of the tests
    from support.large_snapshot import write_large

    first, following = (folder / f"accounts-{day}.parquet" for day in (FIRST, NEXT))
    write_large(first, seed=1, accounts=accounts, on=FIRST)
    a_day_later(first).sink_parquet(following)


def a_day_later(snapshot: Path) -> pl.LazyFrame:
    """What a day changes: some reviews are held, some customers renew, a few scores fall, people change."""
    number = pl.int_range(pl.len())
    held = (pl.col("next_review_date") == NEXT) & (number % 3 > 0)
    near = (pl.col("renewal_date") - pl.lit(FIRST)).dt.total_days().is_between(-10, 40)
    renews = near & (number % 40 == 3)
    changes = {
        "last_review_date": (held, pl.lit(NEXT)),
        "next_review_date": (held, pl.lit(None, pl.Date)),
        "renewal_date": (renews, pl.col("renewal_date").dt.offset_by("1y")),
        "status": (renews, pl.lit("active")),
        "health_score": (number % 200 == 7, (pl.col("health_score") - 20).clip(0)),
        "customer_sponsor": (number % 900 == 11, pl.lit("Somebody new")),
        "objectives_at_risk": (number % 300 == 13, pl.col("objectives_at_risk") + 1),
        "escalated": (number % 1000 == 17, ~pl.col("escalated")),
    }
    return pl.scan_parquet(snapshot).with_columns(
        pl.when(when).then(value).otherwise(name).alias(name)
        for name, (when, value) in changes.items()
    )


def engine(root: Path, on: dt.date) -> Cost:
    """One day by the engine."""
    run = ("run", "--workspace", str(root), "--on", on.isoformat())
    return timed(sys.executable, "-c", ENGINE, *run)


def by_hand(root: Path, on: dt.date) -> Cost:
    """One day by hand, from what it wrote the day before."""
    before, after = root / "hand" / str(on - dt.timedelta(days=1)), root / "hand" / str(on)
    return timed(
        sys.executable, "-c", BY_HAND, str(root / "data"), str(before), on.isoformat(), str(after)
    )


def measured(root: Path, on: dt.date, runs: int) -> tuple[list[Cost], list[Cost]]:
    """The costs of a day, engine and hand in turn; the decisions of the last ones are compared."""
    store, kept = root / "store", root / "store-before"
    if store.exists():
        store.rename(kept)
    ours, theirs = [], []
    for _ in range(runs):
        shutil.rmtree(store, ignore_errors=True)
        # The workspace notes the newest run, and would refuse the copy of the day before. Its other notes stay, such as
        # the texts that were read: all runs from cron but the first ones find them.
        (root / NOTES_FOLDER / NOTE).unlink(missing_ok=True)
        if kept.exists():
            shutil.copytree(kept, store)
        ours.append(engine(root, on))
        theirs.append(by_hand(root, on))
    apart(compare, root, on)
    shutil.rmtree(kept, ignore_errors=True)
    return ours, theirs


def compare(root: Path, on: dt.date) -> None:
    """Both must have decided the same, account by account, but for what the contact plan does.

    Only the engine postpones and withholds contacts, gives tasks for those that cannot go out, skips what needs them,
    and takes back what it promised.
    """
    entries = Reader(root / "store").ledger(issued_on=on, history=True)
    needs = pl.col("reason").str.contains("; skipped: it needs ")
    status = pl.when(needs).then(pl.lit("issued")).otherwise("status")
    status = status.replace(["postponed", "withheld"], "issued").alias("status")
    by_playbook = pl.col("planned_on") - pl.duration(days="late_days")
    ours = entries.filter(
        pl.col("revision") == 1,
        pl.col("status").is_in(["issued", "postponed", "skipped", "withheld"]),
        ~pl.col("action").str.ends_with(OTHER_WAY),
    ).with_columns(pl.coalesce(by_playbook, "due_on").alias("due_on"))
    ours = ours.select(*DECIDED, status)
    theirs = pl.read_parquet(root / "hand" / str(on) / "actions.parquet").select(ours.columns)
    only = [
        one.join(other, on=ours.columns, how="anti", nulls_equal=True)
        for one, other in ((ours, theirs), (theirs, ours))
    ]
    if ours.height != theirs.height or any(each.height for each in only):
        raise SystemExit(f"on {on} the decisions differ, engine and hand:\n{only[0]}\n{only[1]}")


def shown(accounts: int, day: str, ours: list[Cost], theirs: list[Cost]) -> str:
    """A row of the table."""
    figures = []
    for read in (lambda cost: cost.wall, lambda cost: cost.processor):
        one, other = median(ours, read), median(theirs, read)
        figures.append(f"{one:>8.2f} {other:>8.2f} {one / other:>6.2f}")
    memory = (max(cost.mib for cost in costs) for costs in (ours, theirs))
    return " ".join([f"{accounts:>10,} {day:>9}", *figures, *(f"{mib:>7.0f}" for mib in memory)])


def median(costs: list[Cost], read: Callable[[Cost], float]) -> float:
    """The median of one figure."""
    return statistics.median(read(cost) for cost in costs)


def main() -> None:
    """Prints a row for each size and day."""
    parser = argparse.ArgumentParser()
    parser.add_argument("accounts", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--first-runs", type=int, default=3)
    parser.add_argument("--memory", type=int, default=4_000_000)
    given = parser.parse_args()
    print(
        f"{'accounts':>10} {'day':>9} {'clock s':>8} {'by hand':>8} {'ratio':>6}"
        f" {'proc. s':>8} {'by hand':>8} {'ratio':>6} {'MiB':>7} {'by hand':>7}"
    )
    for accounts in given.accounts:
        with workspace(accounts) as root:
            for day, on, runs in (
                ("first", FIRST, given.first_runs),
                ("ordinary", NEXT, given.runs),
            ):
                print(shown(accounts, day, *measured(root, on, runs)), flush=True)
    if given.memory:
        with workspace(given.memory) as root:
            for day, on in (("first", FIRST), ("ordinary", NEXT)):
                cost = engine(root, on)
                print(
                    f"{given.memory:>10,} {day:>9} {cost.wall:>8.2f} {'':>15} {cost.processor:>8.2f}"
                    f" {'':>15} {cost.mib:>7.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
