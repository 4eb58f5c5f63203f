"""`tenure validate` looks at the headers of files of events."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.workspaces import RENEWAL, SETTINGS, workspace
from tenure.cli.main import main

FIELDS = "events:\n  tickets: {file: tickets.csv, date: opened_at, columns: {minutes: number}}\n"
COUNTING = RENEWAL.replace("for: status == 'active'", "for: sum(tickets.minutes, 30 days) > 0")


@pytest.mark.parametrize(
    ("header", "warning"),
    [
        (None, "warning[no-events]: `tickets` cannot be read: tickets.csv is not there"),
        ("account_id,minutes\n", "tickets.csv has no column `opened_at`, from which the date"),
        ("account_id,opened_at\n", "tickets.csv has no column `minutes`, from which `minutes`"),
        ("account_id,opened_at,minutes\n", ""),
    ],
)
def test_a_file_that_is_not_there_or_lacks_a_column_is_a_warning(
    tmp_path: Path, header: str | None, warning: str
) -> None:
    root = workspace(tmp_path / "w", {"renewal": COUNTING}, SETTINGS)
    (root / "fields.yaml").write_text(FIELDS, encoding="utf-8")
    if header is not None:
        (root / "tickets.csv").write_text(header, encoding="utf-8")
    result = CliRunner().invoke(main, ["validate", "--workspace", str(root)])
    assert result.exit_code == 0
    assert warning in result.output
    assert ("warning" in result.output) == bool(warning)


def test_events_that_no_playbook_reads_are_not_looked_at(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, SETTINGS)
    (root / "fields.yaml").write_text(FIELDS, encoding="utf-8")
    result = CliRunner().invoke(main, ["validate", "--workspace", str(root)])
    assert "warning" not in result.output


def test_with_a_path_it_does_so_without_polars(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": COUNTING}, SETTINGS)
    (root / "fields.yaml").write_text(FIELDS, encoding="utf-8")
    (root / "tickets.csv").write_text("account_id,opened_at,minutes\n", encoding="utf-8")
    book = root / "playbooks" / "renewal.yaml"
    program = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from tenure.cli.main import main\n"
        f"result = CliRunner().invoke(main, ['validate', '--workspace', {str(root)!r}, {str(book)!r}])\n"
        "assert result.exit_code == 0, result.output\n"
        "assert 'polars' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_fields_lists_tables_of_events_with_their_columns_and_readers(tmp_path: Path) -> None:
    other = COUNTING.replace("sum(tickets.minutes, 30 days) > 0", "last(tickets) is missing")
    books = {"renewal": COUNTING, "other": other.replace("playbook: renewal", "playbook: other")}
    root = workspace(tmp_path / "w", books, SETTINGS)
    columns = "columns: {n: {type: number, from: N}}"
    query = f"{{query: SELECT * FROM l, tables: {{l: l.parquet}}, date: at, {columns}}}"
    (root / "fields.yaml").write_text(f"{FIELDS}  logins: {query}\n", encoding="utf-8")
    (root / "tickets.csv").write_text("account_id,opened_at\n", encoding="utf-8")
    result = CliRunner().invoke(
        main, ["fields", "--format", "csv", "--workspace", str(root), "--on", "2026-04-01"]
    )
    assert result.exit_code == 0
    header, *rows = csv.reader(result.output.splitlines())
    listed = [dict(zip(header, row, strict=True)) for row in rows]
    shown = [
        (row["field"], row["type"], row["from"], row["filled"], row["read_by"])
        for row in listed
        if row["field"].partition(".")[0] in ("tickets", "logins")
    ]
    tickets = "file tickets.csv: account_id, opened_at"
    assert shown == [
        ("tickets", "events", tickets, "yes", "other, renewal"),
        ("tickets.minutes", "number", "column minutes", "no", "renewal"),
        ("logins", "events", "query on l: account_id, at", "", ""),
        ("logins.n", "number", "column N", "", ""),
    ]
