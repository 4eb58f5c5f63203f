"""`tenure deliver`: dry runs, files, exit codes, and what `run` says of deliveries that failed."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import icalendar
import pytest
from click.testing import CliRunner, Result
from support.deliveries import DAY, make_workspace, run_day
from tenure.cli.main import main
from tenure.engine.store.lock import hold_lock

FOLDER = "channels:\n  desk:\n    folder: {path: outbox, formats: [markdown, html, csv, ical]}\n"


def tenure(root: Path, *args: str) -> Result:
    return CliRunner().invoke(main, [*args, "--workspace", str(root), "--today", DAY.isoformat()])


def test_without_channels_it_says_so(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "w", "")
    result = tenure(root, "deliver")
    assert result.exit_code == 0
    assert "tenure.yaml has no `channels:`" in result.stderr


def test_a_folder_gets_a_file_for_each_owner_and_format_once(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "w", FOLDER, ("Alice", "Bob", "Émile O'Hara"))
    run_day(root)
    shown = tenure(root, "deliver", "--dry-run", "--format", "json")
    assert shown.exit_code == 0
    rows = json.loads(shown.stdout)
    assert [(row["to"], row["state"]) for row in rows] == [
        ("Alice", "planned"),
        ("Émile O'Hara", "planned"),
    ]
    assert not (root / "outbox").exists()
    assert tenure(root, "deliver").exit_code == 0
    folder = root / "outbox" / "2026-03-02"
    names = sorted(path.name for path in folder.iterdir())
    assert [name for name in names if name.startswith("alice")] == [
        *("alice.csv", "alice.html", "alice.ics", "alice.md")
    ]
    assert len(names) == 8
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    # Bob is absent, and Alice is his deputy.
    rows = list(csv.DictReader((folder / "alice.csv").read_text("utf-8").splitlines()))
    assert {(row["account_id"], row["kind"]) for row in rows} == {
        *(("a1", "email"), ("a1", "task"), ("a2", "email"), ("a2", "task"))
    }
    calendar = icalendar.Calendar.from_ical((folder / "alice.ics").read_bytes())
    assert len(calendar.walk("VEVENT")) == 4
    assert "for Bob, who is absent" in (folder / "alice.md").read_text("utf-8")
    again = tenure(root, "deliver")
    assert again.exit_code == 0
    assert "0 sent" in again.stderr


def test_what_is_done_or_snoozed_is_not_in_the_digest(tmp_path: Path) -> None:
    import polars as pl
    from tenure.engine.core.schemas import HAND_MOVES, OUTCOMES, empty_table
    from tenure.engine.store import Store

    root = make_workspace(tmp_path / "w", FOLDER, ("Alice",) * 3)
    project = run_day(root)
    with Store.open(project.store, project.root) as store:
        tasks = store.ledger().filter(kind="task").sort("account_id")["action_id"]
        rows = [
            {"action_id": tasks[0], "outcome": "done", "on": DAY},
            {
                "action_id": tasks[1],
                "outcome": "snoozed",
                "on": DAY,
                "until": DAY + dt.timedelta(days=3),
            },
        ]
        store.record(pl.DataFrame(rows, schema=OUTCOMES), empty_table(HAND_MOVES))
    tenure(root, "deliver")
    text = (root / "outbox" / "2026-03-02" / "alice.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert sorted((row["account_id"], row["kind"]) for row in rows) == [
        *(("a1", "email"), ("a2", "email"), ("a3", "email"), ("a3", "task"))
    ]


def test_what_cannot_be_written_waits_and_exits_with_1(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "w", FOLDER.replace("}", "}\n    attempts: 1"))
    run_day(root)
    (root / "outbox").write_text("in the way")
    result = tenure(root, "deliver")
    assert result.exit_code == 1
    assert "error[channel-down]" in result.stderr
    assert "0 sent, 1 waiting" in result.stderr
    (root / "outbox").unlink()
    assert tenure(root, "deliver").exit_code == 0


def test_two_never_deliver_together(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "w", FOLDER)
    project = run_day(root)
    with hold_lock(project.store):
        assert tenure(root, "deliver", "--wait", "0").exit_code == 3
        assert tenure(root, "deliver", "--dry-run").exit_code == 0


def test_a_date_to_come_is_wrong_usage(tmp_path: Path) -> None:
    root = make_workspace(tmp_path / "w", FOLDER)
    run_day(root)
    assert tenure(root, "deliver", "--on", "2026-03-03").exit_code == 2


def test_a_run_shows_deliveries_that_failed(tmp_path: Path) -> None:
    channels = (
        "channels:\n  morning:\n    email: {to: owners, host: localhost, from: t@example.com}\n"
    )
    root = make_workspace(tmp_path / "w", channels, ("Carol",))
    run_day(root)
    result = tenure(root, "deliver")
    assert result.exit_code == 1
    assert "1 failed" in result.stderr
    result = tenure(root, "run")
    assert result.exit_code == 0
    assert (
        "warning[delivery-failed]: 1 delivery has failed; the first, on 2026-03-02" in result.stderr
    )


@pytest.mark.parametrize(
    "name", ["Alice Martin", "alice-martin", "Alice  Martin", "../x", "ALICE/MARTIN"]
)
def test_names_of_files_are_plain_and_differ(name: str) -> None:
    from tenure.engine.delivery.folder_sender import file_stem

    stem = file_stem(name)
    assert "/" not in stem
    assert not stem.startswith(".")
    assert file_stem("Alice Martin") == "alice-martin"
