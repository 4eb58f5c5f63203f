"""A weekly series of example snapshots: the same arguments give the same bytes, the dates are arguments.

The series has every trait that the shipped playbooks react to, and what real exports have: missing
cells, bad values, accounts that come, leave and return.
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
    """Writes one `accounts-DATE.csv` a week, the last dated `last` and none before `first`.

    Returns the files, oldest first.
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
