"""A simulated year of the whole programme: every shipped playbook, daily, over the generated series.

    python tests/support/programme.py        prints the tables of docs/evidence/simulated-year.md

A test holds the year to the contact policy, and that page to the year.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from click.testing import CliRunner
from tenure.cli.main import main as tenure
from tenure.engine.example import write_example
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

FIRST, LAST = dt.date(2025, 1, 1), dt.date(2025, 12, 31)
ACCOUNTS = 250
SEED = 1
EXEMPT = {("renewal", "grace"), ("renewal", "renewed")}
"""What the shipped policy exempts: expiry and grace."""

CONTACT = ("account_id", "playbook", "cycle", "step", "occurrence", "contact_on")
"""A contact is what one step sends one account on one day."""


@dataclass(frozen=True, slots=True)
class Year:
    """The store after the last day, and how many days were run."""

    reader: Reader
    accounts: int
    days: int

    def latest(self) -> pl.DataFrame:
        """Every action as last revised."""
        return self.reader.ledger()


def live_through(folder: Path) -> Year:
    """A new workspace as `tenure init` lays it out, with a year of snapshots, run on every day."""
    root = folder / "programme"
    made = CliRunner().invoke(tenure, ["init", str(root), "--demo", "--on", LAST.isoformat()])
    assert made.exit_code == 0, made.output
    for file in (root / "data").iterdir():
        file.unlink()
    write_example(root / "data", seed=SEED, first=FIRST, last=LAST, accounts=ACCOUNTS)
    project = load_project(root)
    assert not project.problems
    days = (LAST - FIRST).days + 1
    for n in range(days):
        run(project, FIRST + dt.timedelta(days=n))
    reader = Reader(root / "store")
    return Year(reader, reader.ledger()["account_id"].n_unique(), days)


def by_month(ledger: pl.DataFrame) -> list[tuple[str, list[int]]]:
    """For each playbook the actions issued in each month, and in all."""
    issued = ledger.filter(pl.col("status") == "issued")
    months = sorted({(day.year, day.month) for day in _days()})
    counted = Counter(
        (row["playbook"], row["issued_on"].year, row["issued_on"].month)
        for row in issued.iter_rows(named=True)
    )
    playbooks = sorted({playbook for playbook, _, _ in counted})
    rows = []
    for playbook in [*playbooks, "all"]:
        chosen = playbooks if playbook == "all" else [playbook]
        monthly = [sum(counted[p, year, month] for p in chosen) for year, month in months]
        rows.append((playbook, [*monthly, sum(monthly)]))
    return rows


def contacts(ledger: pl.DataFrame) -> pl.DataFrame:
    """Every contact made: one row each, with the columns `CONTACT`."""
    made = ledger.filter(pl.col("status") == "issued", pl.col("contact_on").is_not_null())
    return made.select(CONTACT).unique().sort(CONTACT)


def by_number(ledger: pl.DataFrame) -> list[tuple[str, int]]:
    """How many accounts had how many contacts in the year."""
    each = Counter(contacts(ledger)["account_id"].to_list())
    everyone = ledger["account_id"].unique().to_list()
    bounds = [(0, 0), (1, 5), (6, 10), (11, 20), (21, 30), (31, 366)]
    named = [str(low) if low == high else f"{low} to {high}" for low, high in bounds]
    named[-1] = "over 30"
    return [
        (name, sum(low <= each[account] <= high for account in everyone))
        for name, (low, high) in zip(named, bounds, strict=True)
    ]


def tables(ledger: pl.DataFrame) -> tuple[str, str]:
    """Both tables in Markdown, as the page has them: actions by month, and accounts by contacts."""
    months = sorted({(day.year, day.month) for day in _days()})
    head = ["playbook", *(dt.date(year, month, 1).strftime("%b") for year, month in months), "all"]
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    for playbook, numbers in by_month(ledger):
        name = f"`{playbook}`" if playbook != "all" else "all"
        lines.append(f"| {name} | " + " | ".join(f"{n:,}" for n in numbers) + " |")
    counted = ["| contacts in the year | accounts |", "|---|---:|"]
    counted += [f"| {name} | {number:,} |" for name, number in by_number(ledger)]
    return "\n".join(lines) + "\n", "\n".join(counted) + "\n"


def _days() -> list[dt.date]:
    return [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def main() -> None:
    """Prints the tables and the statuses."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = live_through(Path(folder)).latest()
        sys.stdout.write("\n".join(tables(ledger)))
        statuses = ledger.group_by("playbook", "status").len().sort("playbook", "status")
        with pl.Config(tbl_rows=-1):
            print(statuses)


if __name__ == "__main__":
    main()
