"""Files of tasks for the imports of CRMs: one a day, each action in one of them, with an id."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.deliveries import DAY, deliver_day, make_workspace, rows_of, run_day
from tenure.engine.core.schemas import HAND_MOVES, OUTCOMES, empty_table
from tenure.engine.delivery.task_files import draw_tasks
from tenure.engine.store import Store

CHANNEL = "channels:\n  crm:\n    folder: {{path: crm, tasks: {layout}}}\n    kinds: [task]\n"

# Fields of Task: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/
# sforce_api_objects_task.htm, and `Type:Relationship.Field` for owners: api_asynch, "Relationship Fields in a Header
# Row". Properties of tasks: https://developers.hubspot.com/docs/api/crm/tasks, with the labels of the import.
HEADERS = {
    "hubspot": [
        *("Tenure ID", "Task Title", "Task Notes", "Due Date", "Task Type", "Task Status"),
        *("Priority", "Assigned To", "Company Record ID", "Company Name"),
    ],
    "salesforce": [
        *("Tenure_Id__c", "Subject", "Description", "ActivityDate", "Status", "Priority"),
        *("User:Owner.Email", "WhatId"),
    ],
}
STATUSES = {"hubspot": ("Task Status", "NOT_STARTED"), "salesforce": ("Status", "Not Started")}


def read(root: Path, day: dt.date = DAY) -> list[dict[str, str]]:
    text = (root / "crm" / day.isoformat() / "tasks-crm.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def record(project: Any, account: str, outcome: str) -> None:
    with Store.open(project.store, project.root) as store:
        action = store.ledger(accounts=[account]).filter(kind="task")["action_id"][0]
        row = {"action_id": action, "outcome": outcome, "on": DAY, "recorded_on": DAY}
        store.record(pl.DataFrame([row], schema=OUTCOMES), empty_table(HAND_MOVES))


@pytest.mark.parametrize("layout", ["hubspot", "salesforce"])
def test_a_file_has_the_days_actions_in_the_layout_of_the_import(
    tmp_path: Path, layout: str
) -> None:
    root = make_workspace(tmp_path / "w", CHANNEL.format(layout=layout), ("Alice", "Bob"))
    project = run_day(root)
    report = deliver_day(root)
    assert [(row["item"], row["state"]) for row in rows_of(report)] == [("action", "sent")] * 2
    rows = read(root)
    assert list(rows[0]) == HEADERS[layout]
    with Store.open(project.store, project.root) as store:
        tasks = store.ledger().filter(kind="task").sort("account_id").to_dicts()
    id, due = HEADERS[layout][0], "Due Date" if layout == "hubspot" else "ActivityDate"
    assert [row[id] for row in rows] == [task["action_id"] for task in tasks]
    assert [row[due] for row in rows] == ["2026-03-02", "2026-03-02"]
    column, status = STATUSES[layout]
    assert {row[column] for row in rows} == {status}
    account = "Company Record ID" if layout == "hubspot" else "WhatId"
    assert [row[account] for row in rows] == ["a1", "a2"]
    owner = "Assigned To" if layout == "hubspot" else "User:Owner.Email"
    # Bob is absent, and Alice is his deputy.
    assert {row[owner] for row in rows} == {"alice@example.com"}
    path = root / "crm" / "2026-03-02" / "tasks-crm.csv"
    assert path.stat().st_mode & 0o077 == 0


def test_each_action_is_in_the_file_of_one_day(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "w", CHANNEL.format(layout="hubspot"), ("Alice", "Alice"))
    run_day(root)
    deliver_day(root)
    assert rows_of(deliver_day(root)) == []
    assert rows_of(deliver_day(root, on=DAY + dt.timedelta(days=1))) == []
    assert [path.name for path in (root / "crm").iterdir() if path.is_dir()] == ["2026-03-02"]


def test_what_is_done_is_in_no_file_and_what_is_reopened_joins_the_days_file(
    tmp_path: Path,
) -> None:
    root = make_workspace(tmp_path / "w", CHANNEL.format(layout="hubspot"), ("Alice",) * 3)
    project = run_day(root)
    record(project, "a2", "done")
    deliver_day(root)
    assert [row["Company Record ID"] for row in read(root)] == ["a1", "a3"]
    record(project, "a2", "reopened")
    record(project, "a3", "dismissed")
    report = deliver_day(root)
    assert [row["state"] for row in rows_of(report)] == ["sent"]
    assert [row["Company Record ID"] for row in read(root)] == ["a1", "a2"]


def test_a_file_that_cannot_be_written_waits(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "w", CHANNEL.format(layout="salesforce"), ("Alice", "Alice"))
    run_day(root)
    (root / "crm").write_text("in the way")
    report = deliver_day(root)
    assert [row["state"] for row in rows_of(report)] == ["planned", "planned"]
    assert [problem.code for problem in report.problems] == ["channel-down"]
    (root / "crm").unlink()
    next_day = DAY + dt.timedelta(days=1)
    assert [row["state"] for row in rows_of(deliver_day(root, on=next_day))] == ["sent", "sent"]
    assert len(read(root, next_day)) == 2
    assert rows_of(deliver_day(root, on=next_day)) == []


def test_words_of_the_crm_and_hostile_texts() -> None:
    values = {
        "action_id": "f" * 20,
        "title": '=cmd|"x"',
        "reason": "two\nlines, and a comma",
        "due_on": "2026-03-02",
        "owner_email": None,
        "account_id": "0015g00000AbCdE",
        "account_name": "Firm",
    }
    expected = {
        ("call", "urgent"): ("CALL", "HIGH"),
        ("email", "low"): ("EMAIL", "LOW"),
        ("meeting", "top"): ("TODO", "MEDIUM"),
    }
    for (kind, priority), words in expected.items():
        text = draw_tasks("hubspot", [{**values, "kind": kind, "priority": priority}])
        (row,) = csv.DictReader(text.splitlines(keepends=True))
        assert (row["Task Type"], row["Priority"]) == words
        assert row["Task Title"] == "'" + values["title"]  # type: ignore[operator]
        assert row["Task Notes"] == values["reason"]
        assert row["Assigned To"] == ""


@pytest.mark.parametrize("layout", ["hubspot", "salesforce"])
def test_a_layout_is_data(layout: str) -> None:
    from tenure.engine.delivery import task_files

    folder = Path(task_files.__file__).with_name("templates")
    template = json.loads((folder / f"tasks_{layout}.json").read_text("utf-8"))
    assert list(template["columns"]) == HEADERS[layout]
    assert next(iter(template["columns"].values())) == "{action_id}"
    assert all("*" in words for words in template["words"].values())
