"""The real export of 2013, where it is at hand: read by the engine, and again by the csv module."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest
from tenure.engine.calendar.countries import iso_country
from tenure.engine.sources.snapshots import Snapshots
from tenure.engine.workspace.settings_loader import load_workspace

WORKSPACE = Path(__file__).parent / "displayr"
DATA = Path(__file__).parents[3] / "shared" / "data" / "displayr"
FIELDS = ["account_name", "account_manager", "arr", "contract_start", "country", "currency"]
MORE = ["plan", "renewal_date", "seats_licensed", "segment", "signup_date", "status"]

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real data is not here")


@pytest.fixture(scope="module")
def snapshots() -> Snapshots:
    workspace, catalogue, problems, _ = load_workspace(WORKSPACE)
    assert problems == []
    assert workspace is not None
    return Snapshots(workspace, catalogue)


def test_every_week_of_the_year_is_there(snapshots: Snapshots) -> None:
    dates = snapshots.dates()
    assert dates == [dt.date(2013, 1, 6) + dt.timedelta(weeks=week) for week in range(52)]
    assert snapshots.newest(dt.date(2013, 12, 31)) == dates[-1]


def test_every_row_is_what_the_file_says(snapshots: Snapshots) -> None:
    for day in snapshots.dates():
        snapshot = snapshots.load(day, FIELDS + MORE)
        assert snapshot.quarantined.height == 0
        with (DATA / f"accounts-{day}.csv").open(encoding="utf-8", newline="") as file:
            lines = {line["account_id"]: line for line in csv.DictReader(file)}
        assert snapshot.rows == len(lines) == snapshot.frame.height
        for row in snapshot.frame.iter_rows(named=True):
            line = lines[row["account_id"]]
            assert row["arr"] == float(line["arr_aud"])
            assert row["seats_licensed"] == float(line["licences"])
            assert str(row["renewal_date"] or "") == line["renewal_date"]
            assert str(row["contract_start"] or "") == line["current_term_start"]
            assert (row["account_manager"] or "") == line["owner"]
            assert (row["status"], row["plan"]) == (line["status"], line["plan"] or None)


def test_what_the_export_lacks_is_missing_and_warned_of(snapshots: Snapshots) -> None:
    snapshot = snapshots.load(snapshots.dates()[0], ["health_score", "arr"])
    assert snapshot.frame["health_score"].null_count() == snapshot.rows
    (warning,) = snapshot.warnings
    assert "`health_score`" in warning.message


def test_every_country_has_a_calendar(snapshots: Snapshots) -> None:
    frame = snapshots.load(snapshots.dates()[-1], ["country"]).frame
    names = frame["country"].drop_nulls().unique().to_list()
    assert len(names) > 10
    assert [name for name in names if iso_country(name) is None] == []
