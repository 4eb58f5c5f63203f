"""The first day of a book without review fields: the table of the guide "A gentle start" is what a preview gives."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import preview

ON = dt.date(2026, 4, 1)
CSMS = {0: "Ana", 1: "Ben", 2: "Chloé", 3: "Dev", 4: "Eva"}
NOT_KEPT = (
    *("last_review_date", "last_review_type", "last_review_attendance", "last_review_rating"),
    *("next_review_date", "next_review_type", "loyalty_tier"),
)
GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "gentle-start.md"


def book(root: Path) -> Path:
    """Lay out the first 300 accounts of the example, shared among five CSMs, without the fields of reviews."""
    CliRunner().invoke(main, ["init", str(root), "--demo", "--on", ON.isoformat()])
    for file in (root / "data").glob("*.csv"):
        if ON.isoformat() not in file.name:
            file.unlink()
    (file,) = (root / "data").glob("*.csv")
    accounts = pl.read_csv(file, infer_schema=False).head(300).with_row_index("number")
    accounts.with_columns(
        (pl.col("number") % 5).replace_strict(CSMS).alias("csm"),
        *(pl.lit(None, pl.String).alias(name) for name in NOT_KEPT),
    ).drop("number").write_csv(file)
    return root


def first_day(root: Path) -> list[int]:
    """Return the numbers of entries, issued and skipped ones, and of those due that day for the busiest CSM."""
    entries = preview(load_project(root), ON).entries
    issued = entries.filter(status="issued")
    due = issued.filter(pl.col("due_on") <= ON, pl.col("owner").is_in(list(CSMS.values())))
    busiest = due.group_by("owner").len()["len"].max()
    assert isinstance(busiest, int)
    return [entries.height, issued.height, entries.filter(status="skipped").height, busiest]


def add(file: Path, line: str) -> None:
    file.write_text(file.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")


@pytest.mark.slow
def test_the_guides_table_is_what_a_preview_gives(tmp_path: Path) -> None:
    root = book(tmp_path / "book")
    found = [first_day(root)]
    add(root / "tenure.yaml", "start: today")
    found.append(first_day(root))
    for file in (root / "playbooks").glob("*.yaml"):
        if file.stem not in ("renewal", "reviews"):
            add(file, "enabled: false")
    found.append(first_day(root))
    add(
        root / "playbooks" / "reviews.yaml",
        "at_most: {openings: 2, each: owner, within: 1 day}",
    )
    found.append(first_day(root))
    # Ten reviews, two for each CSM, are what the cap admits.
    assert preview(load_project(root), ON).store.states("reviews").height == 10
    assert found[-1][-1] <= 10
    row = re.compile(r"^\|.*\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)
    table = [[int(n) for n in each] for each in row.findall(GUIDE.read_text(encoding="utf-8"))]
    assert found == table
