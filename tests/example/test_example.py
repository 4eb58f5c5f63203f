import csv
import datetime as dt
import shutil
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from support.large_snapshot import write_large
from support.scenario import ship
from tenure.cli.init import TEMPLATES, settings_text
from tenure.engine.example.series import write_example

FIRST, LAST = dt.date(2026, 1, 5), dt.date(2026, 7, 6)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[Path]:
    return write_example(tmp_path_factory.mktemp("data"), seed=7, first=FIRST, last=LAST)


@pytest.fixture(scope="module")
def series(files) -> dict[dt.date, dict[str, dict[str, str]]]:
    """By date, then account."""
    return {dt.date.fromisoformat(path.stem[-10:]): read(path) for path in files}


def read(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["account_id"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def histories(series) -> dict[str, list[dict[str, str]]]:
    """By account, its rows in the order of their dates."""
    rows = defaultdict(list)
    for on in sorted(series):
        for account, row in series[on].items():
            rows[account].append(row)
    return rows


def steps(history: list[dict[str, str]], column: str) -> list[tuple[str, str]]:
    """Where a column's value differs from the row before."""
    cells = [row[column] for row in history]
    return [(old, new) for old, new in pairwise(cells) if old != new]


def test_the_same_arguments_give_the_same_bytes(files, tmp_path):
    again = write_example(tmp_path, seed=7, first=FIRST, last=LAST)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in files]


def test_another_seed_gives_other_accounts(files, tmp_path):
    other = write_example(tmp_path, seed=8, first=FIRST, last=LAST)
    assert other[-1].read_bytes() != files[-1].read_bytes()


def test_it_writes_a_file_a_week_up_to_the_last_date(series):
    assert len(series) == 27
    assert max(series) == LAST
    assert min(series) == FIRST


def test_it_writes_no_file_before_the_first_date(tmp_path):
    paths = write_example(tmp_path, seed=7, first=LAST - dt.timedelta(10), last=LAST, accounts=20)
    assert [path.name for path in paths] == ["accounts-2026-06-29.csv", "accounts-2026-07-06.csv"]


def test_fewer_accounts_live_the_same_lives(files, tmp_path):
    few = write_example(tmp_path, seed=7, first=FIRST, last=LAST, accounts=50)
    everybody = read(files[-1])
    assert all(everybody[account] == row for account, row in read(few[-1]).items())


def test_renewal_dates_move_on_or_come_and_go(histories):
    moved = [step for rows in histories.values() for step in steps(rows, "renewal_date")]
    gains = [
        (dt.date.fromisoformat(new) - dt.date.fromisoformat(old)).days
        for old, new in moved
        if old and new and "02-30" not in old + new
    ]
    assert sum(gain > 60 for gain in gains) > 100
    assert any(0 < gain <= 60 for gain in gains)


def test_accounts_lapse_and_some_return(histories):
    states = [steps(rows, "state") for rows in histories.values()]
    assert sum(("Active", "Lapsed") in moves for moves in states) > 15
    assert sum(("Lapsed", "Active") in moves for moves in states) > 5
    assert any(("Trial", "Active") in moves for moves in states)


def test_health_falls_below_70_and_climbs_above_it(histories):
    scores = [
        [int(row["health_score"]) for row in rows if row["health_score"].isdigit()]
        for rows in histories.values()
    ]
    assert sum(bool(s) and s[0] >= 70 > s[-1] for s in scores) > 20
    assert sum(bool(s) and s[0] < 70 <= s[-1] for s in scores) > 5
    assert any(set(s) == {70} for s in scores)
    assert sum(not s for s in scores) > 10


def test_every_segment_and_both_kinds_of_accounts_are_there(series):
    rows = list(series[LAST].values())
    arr = [float(row["annual_value"]) for row in rows if row["annual_value"] not in ("", "NaN")]
    for low, high in ((0, 5000), (5000, 20000), (20000, 100001), (100001, 10**7)):
        assert sum(low <= value < high for value in arr) > 10
    for column in ("csm", "auto_renew", "contact_first_name", "country", "nps_rating", "champion"):
        filled = sum(bool(row[column]) for row in rows)
        assert 0 < filled < len(rows), column
    assert {row["auto_renew"] for row in rows} >= {"true", "false", ""}


@pytest.mark.parametrize(
    "column",
    ["customer_sponsor", "last_review_date", "escalated", "payment_overdue", "nps_rating"],
)
def test_what_playbooks_react_to_changes_along_the_way(histories, column):
    assert sum(bool(steps(rows, column)) for rows in histories.values()) > 10


def test_accounts_come_and_go(series):
    assert series[LAST].keys() - series[FIRST].keys()
    assert series[FIRST].keys() - series[LAST].keys()


def test_some_signed_up_on_a_29_february(series):
    assert any(row["signup_date"].endswith("02-29") for row in series[LAST].values())


def test_a_few_cells_hold_bad_values(series):
    bad = {("health_score", "n/a"), ("renewal_date", "2025-02-30"), ("annual_value", "NaN")}
    found = {
        (column, cell)
        for rows in series.values()
        for row in rows.values()
        for column, cell in row.items()
    }
    assert bad <= found


def test_a_large_snapshot_has_the_types_of_the_catalogue(tmp_path):
    from tenure.engine.fields.standard_fields import STANDARD

    path = tmp_path / "large.parquet"
    write_large(path, seed=1, accounts=5000, on=LAST)
    frame = pl.read_parquet(path)
    types = {"text": pl.String, "number": pl.Float64, "date": pl.Date, "boolean": pl.Boolean}
    expected = {row.name: types[row.type] for row in STANDARD}
    assert frame.height == 5000
    assert frame["account_id"].n_unique() == 5000
    assert all(expected[name] == kind for name, kind in frame.schema.items())
    ahead = (frame["renewal_date"] - LAST).dt.total_days()
    assert (ahead.min(), ahead.max()) == (-40, 325)
    write_large(tmp_path / "again.parquet", seed=1, accounts=5000, on=LAST)
    assert pl.read_parquet(tmp_path / "again.parquet").equals(frame)


@pytest.fixture(scope="module")
def workspace(files, tmp_path_factory) -> Path:
    """What `tenure init` lays out, on the example series, with the renewal playbook once a week."""
    root = tmp_path_factory.mktemp("example") / "workspace"
    for part in ("common", "demo"):
        shutil.copytree(TEMPLATES / part, root, dirs_exist_ok=True)
    (root / "tenure.yaml").write_text(settings_text("Example"), encoding="utf-8")
    shutil.copytree(files[0].parent, root / "data", dirs_exist_ok=True)
    ship(root, ["renewal"])
    playbook = (root / "playbooks" / "renewal.yaml").read_text(encoding="utf-8")
    weekly = playbook.replace('schedule: "0 6 * * *"', 'schedule: "0 6 * * 1"')
    assert weekly != playbook
    (root / "playbooks" / "renewal.yaml").write_text(weekly, encoding="utf-8")
    return root


@pytest.mark.slow
def test_the_renewal_playbook_finds_accounts_for_every_action(workspace):
    from tenure.engine.evaluation.inputs import CHECK_STEP
    from tenure.engine.project.loading import load_project
    from tenure.engine.runs.running import run

    project = load_project(workspace)
    # The playbooks that it reads sleep here, which is a warning.
    assert not project.errors
    results = [run(project, FIRST), run(project, LAST)]
    machine = project.playbooks[0].machine
    written = {(action.step, action.id) for action in machine.actions()}
    entries = [result.entries.filter(pl.col("step") != CHECK_STEP) for result in results]
    issued = {row for each in entries for row in each.select("step", "action").rows()}
    assert issued == written
    moved = {
        step
        for result in results
        for step in result.counts.filter(pl.col("what") == "moved")["step"]
    }
    assert moved == {state.id for state in machine.states} - {"enrolled"}
    assert sum(result.quarantined.height for result in results) > 0
