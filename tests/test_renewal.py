"""The shipped renewal playbook, held against a ledger written by hand from its source."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from pathlib import Path

import polars as pl
import pytest
from tenure.engine.evaluation.tables import COUNTS, LEDGER
from tenure.engine.runs.project import Project, load_project
from tenure.engine.runs.run import run

HERE = Path(__file__).parent
SCENARIO = HERE / "scenarios" / "renewal"
PLAYBOOK = HERE.parent / "playbooks" / "renewal.yaml"
FIRST, LAST = dt.date(2026, 2, 2), dt.date(2026, 7, 10)
COLUMNS = (
    "account_id",
    "due_on",
    "issued_on",
    "step",
    "action",
    "owner",
    "status",
    "late_days",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    root = tmp_path_factory.mktemp("renewal") / "workspace"
    shutil.copytree(SCENARIO, root)
    (root / "playbooks").mkdir()
    shutil.copy(PLAYBOOK, root / "playbooks")
    project = load_project(root)
    assert not project.errors
    return project


@pytest.fixture(scope="module")
def year(project) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The ledger and the counts of all daily runs."""
    entries, counts = [pl.DataFrame(schema=LEDGER)], [pl.DataFrame(schema=COUNTS)]
    on = FIRST
    while on <= LAST:
        result = run(project, on)
        entries.append(result.entries)
        counts.append(result.counts)
        on += dt.timedelta(days=1)
    return pl.concat(entries), pl.concat(counts)


def expected() -> dict[str, list[tuple[str, ...]]]:
    with (SCENARIO / "expected.csv").open(encoding="utf-8", newline="") as file:
        rows = [tuple(row[name] for name in COLUMNS) for row in csv.DictReader(file)]
    return {account: [row for row in rows if row[0] == account] for account in {r[0] for r in rows}}


@pytest.mark.parametrize("account", sorted(expected()))
def test_each_account_gets_what_the_source_says(year, account):
    ledger, _ = year
    rows = ledger.filter(pl.col("account_id") == account).select(COLUMNS)
    given = [tuple(map(str, row)) for row in rows.iter_rows()]
    assert sorted(given) == sorted(expected()[account])


def test_nobody_else_gets_anything(year):
    ledger, _ = year
    assert set(ledger["account_id"]) == set(expected())


def test_what_cannot_be_told_is_counted_with_its_field(year):
    _, counts = year
    untold = counts.filter(pl.col("what") == "cannot_tell")
    found = set(untold.select("step", "field").iter_rows())
    assert ("health_check", "health_score") in found
    assert ("urgency", "health_score") in found
    assert any(field == "renewal_date" for _, field in found)
