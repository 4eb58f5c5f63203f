"""A weekly series of example snapshots. The same arguments give the same bytes.

The series has every trait that the shipped playbooks react to, and the flaws of real exports: missing cells, bad
values, and accounts that come, leave and return.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

from .export_rows import export_row
from .lives import simulate_account
from .spans import DAY


def write_example(
    folder: Path, *, seed: int, first: dt.date, last: dt.date, accounts: int = 400
) -> list[Path]:
    """Write one `accounts-DATE.csv` per week, the last dated `last` and none before `first`.

    Args:
        folder: The folder to write to; it is created if missing.
        seed: The seed of all random values.
        first: The first date of the series.
        last: The date of the last snapshot.
        accounts: The number of accounts.

    Returns:
        The files, oldest first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weeks = [last - week * 7 * DAY for week in range((last - first).days // 7, -1, -1)]
    lives = [simulate_account(seed, number, first, last) for number in range(accounts)]
    paths = []
    for on in weeks:
        path = folder / f"accounts-{on}.csv"
        rows = [export_row(life, on) for life in lives if life.exported(on)]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        paths.append(path)
    return paths
