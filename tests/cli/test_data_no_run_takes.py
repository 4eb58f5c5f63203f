"""Data that no run takes never validates, whatever it comes from; what was not read is said."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from support.spreadsheets import write_xlsx
from support.workspaces import RENEWAL, SETTINGS, workspace
from tenure.cli.main import main

DAY = dt.date(2026, 4, 1)
HEADER = "account_id,status,renewal_date,account_name"
GOOD = [[f"a{n:02}", "active", "2026-05-01", f"Name {n}"] for n in range(40)]


def text(rows: list[list[str]], header: str = HEADER) -> str:
    return "\n".join([header, *(",".join(row) for row in rows)]) + "\n"


def with_column(name: str, value: Callable[[int], str]) -> str:
    place = HEADER.split(",").index(name)
    changed = [list(row) for row in GOOD]
    for number, row in enumerate(changed):
        row[place] = value(number)
    return text(changed)


def refusals(root: Path, *command: str, today: dt.date = DAY) -> tuple[int, list[str], str]:
    """Return the exit code, the codes of the errors in JSON, and the status lines of `validate`."""
    at = ("--workspace", str(root), "--today", str(today))
    result = CliRunner().invoke(main, ["validate", *command, *at, "--format", "json"])
    found = [each["code"] for each in json.loads(result.stdout) if each["severity"] == "error"]
    return result.exit_code, sorted(found), result.stderr


def run_exit(root: Path) -> int:
    at = ("--workspace", str(root), "--today", str(DAY))
    return CliRunner().invoke(main, ["run", "--on", str(DAY), *at]).exit_code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (text([]), "empty-snapshot"),
        (text([*GOOD, GOOD[3]]), "repeated-account"),
        (text([["a", "active", "soon", "A"]]), "empty-snapshot"),
        (text([["", "active", "2026-05-01", "A"]]), "empty-snapshot"),
        (with_column("renewal_date", lambda _: "soon"), "retyped-column"),
        (with_column("status", lambda _: "Actif"), "retyped-column"),
        (with_column("renewal_date", lambda n: "soon" if n % 2 else "2026-05-01"), "brake"),
        (with_column("account_id", lambda n: "" if n % 2 else f"a{n}"), "brake"),
        (with_column("account_name", lambda n: f"Café {n}"), "not-utf-8"),
        (text(GOOD, f"{HEADER},status"), "repeated-column"),
    ],
    ids=lambda value: value if len(value) < 20 else "",
)
def test_a_file_that_stops_runs_does_not_validate(tmp_path: Path, content: str, code: str) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, SETTINGS)
    encoding = "latin-1" if code == "not-utf-8" else "utf-8"
    (root / "data" / f"accounts-{DAY}.csv").write_text(content, encoding)
    assert run_exit(root) == 1
    for more in ((), ("--data",)):
        status, codes, _ = refusals(root, *more)
        assert (status, codes) == (1, [code])


def in_sheet(root: Path, rows: list[list[str]]) -> str:
    write_xlsx(root / "data" / f"accounts-{DAY}.xlsx", {"Book": [HEADER.split(","), *rows]})
    return "files: data/accounts-{date}.xlsx"


def in_parquet(root: Path, rows: list[list[str]]) -> str:
    frame = pl.DataFrame(rows, HEADER.split(","), orient="row")
    frame.write_parquet(root / "data" / f"accounts-{DAY}.parquet")
    return "files: data/accounts-{date}.parquet"


def in_json(root: Path, rows: list[list[str]]) -> str:
    objects = [dict(zip(HEADER.split(","), row, strict=True)) for row in rows]
    (root / "data" / f"accounts-{DAY}.json").write_text(json.dumps(objects))
    return "files: data/accounts-{date}.json"


def in_one_file(root: Path, rows: list[list[str]]) -> str:
    dated = text([[*row, str(DAY)] for row in rows], f"{HEADER},as_of")
    (root / "data" / "all.csv").write_text(dated)
    return "file: data/all.csv\n  date_column: as_of"


def in_query(root: Path, rows: list[list[str]]) -> str:
    (root / "data" / "crm.csv").write_text(text(rows))
    return "query: SELECT * FROM crm WHERE $on > '2026-01-01'\n  tables: {crm: data/crm.csv}"


def in_overwritten_file(root: Path, rows: list[list[str]]) -> str:
    (root / "data" / "accounts.csv").write_text(text(rows))
    return "file: data/accounts.csv"


PLACES = [in_sheet, in_parquet, in_json, in_one_file, in_query, in_overwritten_file]


@pytest.mark.parametrize("place", PLACES)
def test_nor_does_it_from_any_other_source(
    tmp_path: Path, place: Callable[[Path, list[list[str]]], str]
) -> None:
    for name, rows, expected in (
        ("bad", [*GOOD, GOOD[0]], (1, ["repeated-account"])),
        ("good", GOOD, (0, [])),
    ):
        root = workspace(tmp_path / name, {"renewal": RENEWAL}, SETTINGS)
        source = place(root, rows)
        settings = SETTINGS.replace("files: data/accounts-{date}.csv", source)
        (root / "tenure.yaml").write_text(settings, "utf-8")
        assert refusals(root)[:2] == refusals(root, "--data")[:2] == expected
        assert not (root / "arrivals").exists()


def test_a_sheet_that_is_not_there_does_not_validate(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, SETTINGS)
    source = f"{in_sheet(root, GOOD)}\n  sheet: Accounts"
    settings = SETTINGS.replace("files: data/accounts-{date}.csv", source)
    (root / "tenure.yaml").write_text(settings, "utf-8")
    status, codes, _ = refusals(root)
    assert (status, codes) == (1, ["missing-sheet"])


def test_a_database_is_asked_by_data_alone_and_that_is_said(tmp_path: Path) -> None:
    source = "database: sqlite:///data/crm.db\n  query: SELECT * FROM accounts"
    settings = SETTINGS.replace("files: data/accounts-{date}.csv", source)
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, settings)
    status, codes, said = refusals(root)
    assert (status, codes) == (0, [])
    assert "The database was not asked: `tenure validate --data` asks it, as a run does." in said
    status, codes, said = refusals(root, "--data")
    assert (status, codes) == (1, ["query-failed"])
    assert "not asked" not in said
    database = sqlite3.connect(root / "data" / "crm.db")
    database.execute(f"CREATE TABLE accounts ({HEADER})")
    database.executemany("INSERT INTO accounts VALUES (?, ?, ?, ?)", [*GOOD, GOOD[0]])
    database.commit()
    database.close()
    assert refusals(root, "--data")[:2] == (1, ["repeated-account"])


def test_an_old_snapshot_stops_a_run_and_is_noted_where_only_files_are_checked(
    tmp_path: Path,
) -> None:
    settings = SETTINGS.replace("{date}.csv", "{date}.csv\n  max_age: 3 days")
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, settings)
    (root / "data" / f"accounts-{DAY}.csv").write_text(text(GOOD))
    later = DAY + dt.timedelta(days=4)
    for today, expected in ((DAY, (0, [])), (later, (1, ["snapshot-too-old"]))):
        assert refusals(root, today=today)[:2] == (0, [])
        assert refusals(root, "--data", today=today)[:2] == expected
    at = ("--workspace", str(root), "--today", str(later))
    said = CliRunner().invoke(main, ["validate", *at]).output
    assert f"A run on {later} would stop: the newest snapshot is of {DAY}, 4 days before" in said


def test_a_snapshot_that_is_still_to_come_is_read_and_said(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, SETTINGS)
    (root / "data" / f"accounts-{DAY}.csv").write_text(text(GOOD))
    at = ("--workspace", str(root), "--today", str(DAY - dt.timedelta(days=1)))
    result = CliRunner().invoke(main, ["validate", *at])
    assert result.exit_code == 0
    assert f"the first snapshot is of {DAY}: no run of a date before it has one" in result.output


def test_events_that_stop_runs_do_not_validate(tmp_path: Path) -> None:
    counting = RENEWAL.replace("for: status == 'active'", "for: count(tickets, 30 days) >= 0")
    root = workspace(tmp_path / "w", {"renewal": counting}, SETTINGS)
    (root / "data" / f"accounts-{DAY}.csv").write_text(text(GOOD))
    (root / "fields.yaml").write_text("events:\n  tickets: {file: tickets.csv, date: opened_at}\n")
    (root / "tickets.csv").write_text("account_id,opened_at\na01,yesterday\n")
    assert run_exit(root) == 1
    assert refusals(root)[:2] == (1, ["retyped-column"])
    assert refusals(root, str(root / "playbooks" / "renewal.yaml"))[:2] == (0, [])


def test_the_brake_comes_with_the_values_that_are_bad_and_how_to_read_them(tmp_path: Path) -> None:
    content = with_column("renewal_date", lambda n: "31.05.2026" if n % 2 else "2026-05-01")
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, SETTINGS)
    (root / "data" / f"accounts-{DAY}.csv").write_text(content)
    at = ("--workspace", str(root), "--today", str(DAY))
    said = CliRunner().invoke(main, ["validate", *at]).output
    assert "error[brake]" in said
    assert "warning[bad-values]: 20 of the 40 values of the column `renewal_date`" in said
    assert '`format: "%Y-%m-%d or %d.%m.%Y"`' in said


WRONG_FIELDS = {
    "words for signs": "arr: {from: value, numbers: {decimal: comma}}",
    "a column for a field": "arr: value",
    "words for a format": "renewal_date: {format: DD/MM/YYYY}",
    "another word": "status: {translate: {active: Aktiv}}",
}


@pytest.mark.parametrize("more", [(), ("--data",)])
@pytest.mark.parametrize("field", WRONG_FIELDS.values(), ids=WRONG_FIELDS)
def test_no_snapshot_is_judged_by_a_wrong_catalogue(
    tmp_path: Path, field: str, more: tuple[str, ...]
) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, SETTINGS)
    (root / "data" / f"accounts-{DAY}.csv").write_text(text([*GOOD, GOOD[3]]))
    (root / "fields.yaml").write_text(f"fields:\n  {field}\n")
    status, codes, said = refusals(root, *more)
    assert (status, len(codes)) == (1, 1)
    assert "repeated-account" not in codes
    assert "The newest snapshot was not checked: correct fields.yaml first." in said


@pytest.mark.parametrize("more", [(), ("--data",)])
@pytest.mark.parametrize("field", ["owner_name", "Account Owner"])
def test_the_snapshot_is_checked_where_a_role_names_an_unknown_field(
    tmp_path: Path, field: str, more: tuple[str, ...]
) -> None:
    settings = SETTINGS.replace("{field: csm", f"{{field: {field}")
    assert settings != SETTINGS
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, settings)
    (root / "data" / f"accounts-{DAY}.csv").write_text(text([*GOOD, GOOD[3]]))
    status, codes, _ = refusals(root, *more)
    assert (status, len(codes)) == (1, 2)
    assert "repeated-account" in codes


def test_no_snapshot_is_searched_for_where_its_path_is_wrong(tmp_path: Path) -> None:
    settings = SETTINGS.replace("accounts-{date}.csv", "accounts.csv")
    root = workspace(tmp_path / "w", {"renewal": RENEWAL}, settings)
    status, codes, said = refusals(root)
    assert (status, codes) == (1, ["bad-path"])
    assert "correct `snapshots:` in tenure.yaml first" in said
    assert "no accounts yet" not in said
