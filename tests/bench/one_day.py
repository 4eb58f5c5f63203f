"""The engine's day beside the same day by hand, on the same generated snapshot, in one run of this script.

For each size: a first day is run, so that accounts are under way; then the next day is timed, each as a whole process
from start to exit, engine and hand in turn. Prints medians, ratios and peak memory, and compares the actions.

    python tests/bench/one_day.py [ACCOUNTS ...] [--runs N]
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from tenure.engine.sources.example import write_large
from tenure.engine.store import Reader

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
FIRST = dt.date(2026, 3, 2)
NEXT = FIRST + dt.timedelta(days=1)
SETTINGS = """\
workspace: Bench
time_zone: Europe/Paris
language: en
country: FR
snapshots: {files: "data/accounts-{date}.parquet"}
roles:
  csm: {field: csm}
  account_manager: {field: account_manager}
  operations: {name: Operations team}
  marketing: {name: Marketing team}
  leadership: {name: Head of customer success}
links:
"""
LINKS = (
    *("advocacy", "book_call", "confirm_review", "options", "renew", "review_deck", "review_notes"),
    *("roadmap", "roi_report", "success_stories", "talk_to_us", "training"),
)
POLICY = """\
contact_policy:
  at_most: [{contacts: 2, within: 7 days}, {contacts: 1, within: 1 day}]
  priorities: [renewal, review, loyalty, other]
  exempt: [renewal/grace, renewal/renewed]
  suppress: [{when: opt_out, kinds: [email, in_app], reason: opted out}]
variables: {product: P, sender_name: S, support_phone: "1", early_renewal_discount: 5 %}
"""


def timed(command: list[str]) -> tuple[float, float]:
    """Seconds and peak MiB of a process from start to exit."""
    start = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"failed: {' '.join(command)}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def workspace(root: Path, accounts: int) -> None:
    """The shipped renewal playbook with no reviews under way, and a generated snapshot, the same on both days."""
    (root / "data").mkdir(parents=True)
    links = "".join(f'  {name}: {{label: {name}, url: "https://example.com"}}\n' for name in LINKS)
    (root / "tenure.yaml").write_text(SETTINGS + links + POLICY, encoding="utf-8")
    from scenario import ship

    ship(root, ["renewal"])
    write_large(root / "data" / f"accounts-{FIRST}.parquet", seed=1, accounts=accounts, on=FIRST)
    shutil.copy(
        root / "data" / f"accounts-{FIRST}.parquet", root / "data" / f"accounts-{NEXT}.parquet"
    )


def engine(root: Path, on: dt.date) -> list[str]:
    """The command of one engine day."""
    tenure = str(Path(sys.executable).parent / "tenure")
    return [tenure, "run", "--workspace", str(root), "--on", on.isoformat()]


def measure(accounts: int, runs: int) -> dict[str, float]:
    """One size: first day, then the next one `runs` times by each."""
    folder = Path(tempfile.mkdtemp(prefix="tenure-bench-"))
    try:
        root = folder / "workspace"
        workspace(root, accounts)
        first = timed(engine(root, FIRST))
        states = folder / "states.parquet"
        Reader(root / "store").states().write_parquet(states)
        shutil.copytree(root / "store", folder / "store")
        snapshot = str(root / "data" / f"accounts-{NEXT}.parquet")
        by_hand = [
            sys.executable,
            str(HERE / "by_hand.py"),
            snapshot,
            str(states),
            NEXT.isoformat(),
            str(folder / "hand"),
        ]
        ours, theirs = [], []
        for _ in range(runs):
            shutil.rmtree(root / "store")
            shutil.copytree(folder / "store", root / "store")
            ours.append(timed(engine(root, NEXT)))
            theirs.append(timed(by_hand))
        compare(root, folder / "hand")
        return {
            "first": first[0],
            "first_mib": first[1],
            "engine": statistics.median(seconds for seconds, _ in ours),
            "engine_mib": max(mib for _, mib in ours),
            "hand": statistics.median(seconds for seconds, _ in theirs),
            "hand_mib": max(mib for _, mib in theirs),
        }
    finally:
        shutil.rmtree(folder)


def compare(root: Path, folder: Path) -> None:
    """The actions of both must be the same, account by account, but for what the contact policy held back."""
    keys = ["account_id", "cycle", "step", "action", "owner", "due_on", "late_days"]
    entries = Reader(root / "store").ledger(issued_on=NEXT, history=True)
    ours = entries.select(keys).sort(keys)
    theirs = pl.read_parquet(folder / "actions.parquet").with_columns(
        pl.col("late_days").cast(pl.Int32)
    )
    if not ours.equals(theirs.select(keys).sort(keys)):
        only_ours = ours.join(theirs, on=keys, how="anti", nulls_equal=True)
        only_theirs = theirs.select(keys).join(ours, on=keys, how="anti", nulls_equal=True)
        raise SystemExit(f"the decisions differ:\n{only_ours}\n{only_theirs}")


def main() -> None:
    """Prints a row for each size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("accounts", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    print(
        f"{'accounts':>10} {'engine s':>9} {'by hand s':>9} {'ratio':>6} {'MiB':>6} {'first day s':>11} {'MiB':>6}"
    )
    for accounts in given.accounts:
        row = measure(accounts, given.runs)
        print(
            f"{accounts:>10,} {row['engine']:>9.2f} {row['hand']:>9.2f} {row['engine'] / row['hand']:>6.2f} "
            f"{row['engine_mib']:>6.0f} {row['first']:>11.2f} {row['first_mib']:>6.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
