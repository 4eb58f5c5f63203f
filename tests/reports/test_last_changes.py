"""`tenure fields --profile`: when each field last changed, from the snapshots there are."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from click.testing import CliRunner
from support.workspaces import RENEWAL, snapshot, workspace
from tenure.cli.main import main

DAYS = [dt.date(2026, 3, day) for day in (2, 3, 4, 5)]
BOOK: list[dict[str, object]] = [
    {"account_id": "a", "status": "active", "csm": "Ada", "arr": 1, "plan": "x"},
    {"account_id": "b", "status": "active", "csm": "Bob", "arr": 2, "plan": ""},
]


def last_change(root: Path, on: dt.date) -> dict[str, str | None]:
    args = ["fields", "--profile", "--on", str(on), "--format", "json", "--workspace", str(root)]
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 0, result.output
    return {row["field"]: row["last_change"] for row in json.loads(result.stdout)}


def test_a_field_has_the_date_of_the_first_snapshot_with_its_value(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    for day in DAYS:
        rows = [dict(row) for row in BOOK]
        if day >= DAYS[1]:
            rows[0]["arr"] = 5
        if day >= DAYS[2]:
            rows[1]["plan"] = "y"
        if day == DAYS[3]:
            rows[1]["csm"] = "Ada"
            rows.append({"account_id": "c", "status": "trial", "csm": "Zoe", "arr": 9, "plan": "z"})
        snapshot(root, day, rows)
    found = last_change(root, DAYS[3])
    assert found["csm"] == "2026-03-05"
    assert found["plan"] == "2026-03-04"
    assert found["arr"] == "2026-03-03"
    # The account that came on the last day changes nothing, and no older value is known.
    assert found["status"] == "before 2026-03-03"
    assert found["account_id"] is None
    # As of an earlier date, what came later is not known.
    assert last_change(root, DAYS[2])["csm"] == "before 2026-03-03"


def test_one_snapshot_says_nothing_about_changes(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    snapshot(root, DAYS[0], BOOK)
    assert last_change(root, DAYS[0])["csm"] == "unknown"


def test_a_snapshot_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    for day, csm in zip(DAYS[:3], ("Ada", "Eve", "Eve"), strict=True):
        snapshot(root, day, [{**row, "csm": csm} for row in BOOK])
    (root / "data" / f"accounts-{DAYS[1]}.csv").write_text("nothing\n")
    assert last_change(root, DAYS[2])["csm"] == "2026-03-04"


def test_a_field_whose_column_is_new_is_compared_where_it_is_there(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    (root / "fields.yaml").write_text("fields: {csm: {from: Owner}}\n")
    snapshot(root, DAYS[0], BOOK)
    for day in DAYS[1:3]:
        snapshot(root, day, [{**row, "Owner": f"Eve {day.day}"} for row in BOOK])
    assert last_change(root, DAYS[2])["csm"] == "2026-03-04"
