"""The catalogue next to the data: how many accounts have a value, which, and who reads it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from support.workspaces import snapshot, workspace
from tenure.engine.core.problems import Problems
from tenure.engine.project.loading import load_project
from tenure.engine.reports.field_profile import profile_fields

ON = dt.date(2026, 3, 31)
PLAYBOOK = """\
playbook: care
schedule: "0 6 * * *"
for: status == 'active' and health_score < 70
catch_up: {within: 7 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - {id: talk, at: -90 days, do: [{call: {owner: csm}}]}
"""


def rows(root: Path) -> dict[str, dict[str, Any]]:
    listing = profile_fields(load_project(root), ON)
    return {row["field"]: row for row in listing.records()}


def test_each_field_has_its_range_and_its_readers(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"care": PLAYBOOK})
    (root / "fields.yaml").write_text("fields:\n  arr: {from: value}\n  vip: {default: false}\n")
    accounts = [
        {"account_id": "a", "status": "active", "value": 100, "renewal_date": "2026-05-01"},
        {"account_id": "b", "status": "active", "value": 20000, "renewal_date": ""},
        {"account_id": "c", "status": "trial", "value": "", "renewal_date": "2026-07-01"},
        {"account_id": "d", "status": "", "value": 100, "renewal_date": ""},
    ]
    snapshot(root, ON - dt.timedelta(days=1), accounts)
    found = rows(root)
    assert found["arr"] == {
        "field": "arr",
        "from": "column value",
        "filled": "75%",
        "distinct": 2,
        "least": 100,
        "most": 20000,
        "examples": "100, 20000",
        "last_change": "unknown",
        "read_by": None,
    }
    assert (found["renewal_date"]["least"], found["renewal_date"]["most"]) == (
        dt.date(2026, 5, 1),
        dt.date(2026, 7, 1),
    )
    assert found["status"]["examples"] == "active, trial"
    assert found["status"]["read_by"] == "care"
    assert found["vip"]["filled"] == "100%"
    assert found["segment"]["examples"] == "self_serve, strategic"
    # A field that is read and that nothing fills is shown; one that is neither read nor filled is not.
    assert found["health_score"]["filled"] == "0%"
    assert found["health_score"]["read_by"] == "care"
    assert "nps_score" not in found


def test_without_a_snapshot_it_names_the_import(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"care": PLAYBOOK})
    with pytest.raises(Problems, match="there is no snapshot for 2026-03-31") as raised:
        rows(root)
    assert "tenure import" in (raised.value.problems[0].hint or "")
