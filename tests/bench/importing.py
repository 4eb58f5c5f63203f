"""How long the profile of an export takes, against Polars' own reading of the file; by processor time.

    python tests/bench/importing.py [ROWS] [COLUMNS]

The target is three times Polars' own reading at 1,000,000 rows of 60 columns.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
from tenure.engine.importing.column_profile import profile_columns
from tenure.engine.importing.import_plan import read_export

ROUNDS = 2


def column(kind: int, number: int, rows: int, rng: random.Random) -> pl.Series:
    """Return a column as exports have them: ids, words, amounts, dates, yes and no, or names."""
    name = f"column {number}"
    if kind == 0:
        return pl.Series(name, [f"C-{number}-{row:07}" for row in range(rows)])
    if kind == 1:
        return pl.Series(name, rng.choices(["Actif", "Résilié", "Suspendu", "n/a"], k=rows))
    if kind == 2:
        amounts = (rng.random() * 100_000 for _ in range(rows))
        return pl.Series(
            name, [f"{each:,.2f} €".replace(",", " ").replace(".", ",") for each in amounts]
        )
    if kind == 3:
        days = rng.choices(range(3000), k=rows)
        return (pl.Series(name, days) + 17_000).cast(pl.Date).dt.strftime("%d/%m/%Y")
    if kind == 4:
        return pl.Series(name, rng.choices(["Oui", "Non"], k=rows))
    return pl.Series(name, rng.choices(range(100_000), k=rows)).cast(pl.String)


def write(path: Path, rows: int, columns: int) -> None:
    """Write an export."""
    rng = random.Random(8)
    table = pl.DataFrame([column(number % 6, number, rows, rng) for number in range(columns)])
    table.write_csv(path, separator=";")


def processor_seconds(work: Callable[[], object]) -> float:
    """Return the least processor time of a few rounds."""
    taken = []
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_SELF)
        work()
        after = resource.getrusage(resource.RUSAGE_SELF)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken)


def main() -> None:
    """Print the times."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    columns = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        write(path, rows, columns)
        own = processor_seconds(lambda: pl.read_csv(path, separator=";"))
        text = processor_seconds(lambda: pl.read_csv(path, separator=";", infer_schema=False))
        raw = processor_seconds(lambda: read_export(path))
        table = read_export(path).table
        profile = processor_seconds(lambda: profile_columns(table))
    print(f"{rows:,} rows of {columns} columns, seconds of processor time")
    print(f"Polars' own reading   {own:7.2f}  (as text {text:.2f})")
    print(f"raw table             {raw:7.2f}")
    print(f"profile               {profile:7.2f}")
    print(f"both, times Polars'   {(raw + profile) / own:7.2f}")


if __name__ == "__main__":
    main()
