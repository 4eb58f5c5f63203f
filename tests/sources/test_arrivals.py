"""Snapshots that come without a date: a file that is overwritten, and a database."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from support.lakes import files_of, move_delta, move_iceberg, opened_catalogue
from support.object_storage import S3, object_storage
from support.postgres_server import can_serve, postgres_server
from support.workspaces import RENEWAL, SETTINGS, snapshot, workspace
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.project.loading import load_project, read_project
from tenure.engine.runs.data_check import check_columns
from tenure.engine.runs.running import preview, run
from tenure.engine.sources import refusal as refusal_module
from tenure.engine.sources import table_folders
from tenure.engine.sources.databases import ask_database
from tenure.engine.sources.snapshots import Snapshots
from tenure.engine.store import Reader
from tenure.engine.text.problem_text import render
from tenure.engine.workspace.settings import SnapshotSource

DAYS = [dt.date(2026, 3, day) for day in (2, 3, 4, 5)]
DATED = "files: data/accounts-{date}.csv"
OVERWRITTEN = "file: data/accounts.csv"
SQLITE = "{database: 'sqlite:///data/crm.db', query: SELECT * FROM accounts}"


def accounts(day: dt.date) -> list[dict[str, object]]:
    """A small book, in which a day changes something."""
    return [
        {
            "account_id": f"00{number}",
            "account_name": f"Customer {number}",
            "status": "active",
            "csm": "Alice",
            "arr": 1000.5 * number,
            "renewal_date": (dt.date(2026, 3, 1) + dt.timedelta(days=26 + number)).isoformat(),
            "contact_email": f"c{number}@example.com",
            "opt_out": number == day.day,
        }
        for number in range(1, 8)
    ]


def placed(root: Path, source: str) -> Path:
    return workspace(
        root,
        {"renewal": RENEWAL},
        SETTINGS.replace("\n  " + DATED, f"\n  {source}" if source[0] != "{" else f" {source}"),
    )


def overwrite(root: Path, rows: list[dict[str, object]]) -> None:
    with (root / "data" / "accounts.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def fill(root: Path, rows: list[dict[str, object]]) -> None:
    with sqlite3.connect(root / "data" / "crm.db") as database:
        database.execute("DROP TABLE IF EXISTS accounts")
        database.execute(f"CREATE TABLE accounts ({', '.join(rows[0])})")
        marks = ", ".join("?" * len(rows[0]))
        database.executemany(
            f"INSERT INTO accounts VALUES ({marks})", [tuple(row.values()) for row in rows]
        )
    database.close()


def runs(root: Path) -> pl.DataFrame:
    """Runs each day on what has come, and returns the ledger."""
    for day in DAYS:
        project = load_project(root)
        run(project, day, today=day)
    return Reader.of(load_project(root)).ledger(history=True)


def expected(folder: Path) -> pl.DataFrame:
    """The ledger of the same days from one file a date."""
    root = placed(folder / "dated", DATED)
    for day in DAYS:
        snapshot(root, day, accounts(day))
    ledger = runs(root)
    assert ledger.height > 5
    return ledger


def test_a_file_that_is_overwritten_gives_the_same_ledger(tmp_path: Path) -> None:
    root = placed(tmp_path / "overwritten", OVERWRITTEN)
    for day in DAYS:
        overwrite(root, accounts(day))
        run(load_project(root), day, today=day)
    assert_frame_equal(Reader.of(load_project(root)).ledger(history=True), expected(tmp_path))
    kept = sorted(path.name for path in (root / "arrivals").iterdir())
    assert kept == [f"accounts-{day}.csv" for day in DAYS]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (root / "arrivals").iterdir())


def test_a_sqlite_database_gives_the_same_ledger(tmp_path: Path) -> None:
    root = placed(tmp_path / "sqlite", SQLITE)
    for day in DAYS:
        fill(root, accounts(day))
        run(load_project(root), day, today=day)
    assert_frame_equal(Reader.of(load_project(root)).ledger(history=True), expected(tmp_path))
    assert len(list((root / "arrivals").glob("accounts-*.parquet"))) == len(DAYS)


@pytest.mark.skipif(not can_serve(), reason="PostgreSQL is not installed here")
def test_a_postgresql_database_gives_the_same_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import adbc_driver_postgresql.dbapi as dbapi

    monkeypatch.setenv("CRM_PASSWORD", "p@ss/word")
    columns = (
        "account_id text, account_name text, status text, csm text, arr numeric(12, 2), renewal_date date, "
        "contact_email text, opt_out boolean"
    )
    with postgres_server() as server:
        address = f"postgresql://tenure:${{CRM_PASSWORD}}@{server}/crm"
        source = (
            f"{{database: '{address}', query: SELECT * FROM accounts, limits: {{time: 9 seconds}}}}"
        )
        root = placed(tmp_path / "postgres", source)
        with dbapi.connect(f"postgresql://tenure@{server}/crm", autocommit=True) as connection:
            cursor = connection.cursor()
            cursor.execute(f"CREATE TABLE accounts ({columns})")
            for day in DAYS:
                cursor.execute("DELETE FROM accounts")
                for row in accounts(day):
                    values = ", ".join(f"'{value}'" for value in row.values())
                    cursor.execute(f"INSERT INTO accounts VALUES ({values})")
                run(load_project(root), day, today=day)
            cursor.close()
        assert_frame_equal(Reader.of(load_project(root)).ledger(history=True), expected(tmp_path))
        written = "".join(path.read_text() for path in root.rglob("*.yaml"))
        assert "p@ss" not in written

        def asked(query: str, address: str = address) -> str:
            with pytest.raises(Problems) as caught:
                ask_database(SnapshotSource(database=address, query=query, query_seconds=1), root)
            (problem,) = caught.value.problems
            assert "p@ss" not in problem.message + (problem.hint or "")
            return f"{problem.code}: {problem.message}"

        assert asked("SELECT nope FROM accounts").startswith("query-failed")
        for query in (
            "DELETE FROM accounts",
            "WITH gone AS (DELETE FROM accounts RETURNING *) SELECT * FROM gone",
            "SELECT 1; DELETE FROM accounts",
        ):
            assert asked(query).split(":")[0] in {"query-failed", "query-not-select"}
        assert asked("SELECT 1 AS x, pg_sleep(5)::text AS y").startswith("query-limit")
        assert asked("SELECT 1 AS x, 2 AS x").startswith("repeated-column")
        closed = "postgresql://tenure:${CRM_PASSWORD}@127.0.0.1:1/crm"
        assert asked("SELECT 1 AS x", closed).startswith("query-failed")
        found = ask_database(
            SnapshotSource(database=address, query="SELECT count(*)::text AS n FROM accounts"), root
        )
        assert found["n"].to_list() == ["7"]


@pytest.fixture(scope="module")
def storage() -> Iterator[S3]:
    with object_storage() as opened:
        yield opened


@pytest.fixture
def bucket(storage: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    for name, value in storage.environment.items():
        monkeypatch.setenv(name, value)
    return storage


def as_table(day: dt.date) -> pl.DataFrame:
    return pl.DataFrame(accounts(day)).with_columns(pl.col("renewal_date").str.to_date())


def written(rows: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    rows.write_parquet(content)
    return content.getvalue()


def as_parquet(day: dt.date) -> bytes:
    return written(as_table(day))


def test_object_storage_gives_the_same_ledger(tmp_path: Path, bucket: S3) -> None:
    dated = placed(tmp_path / "a", "files: s3://exports/daily/accounts-{date}.parquet")
    overwritten = placed(tmp_path / "b", "file: s3://exports/accounts.csv")
    for day in DAYS:
        bucket.put(f"daily/accounts-{day}.parquet", as_parquet(day))
        bucket.put("accounts.csv", pl.DataFrame(accounts(day)).write_csv().encode())
        for root in (dated, overwritten):
            run(load_project(root), day, today=day)
    for root in (dated, overwritten):
        assert_frame_equal(Reader.of(load_project(root)).ledger(history=True), expected(root))


def test_a_delta_table_gives_the_same_ledger(tmp_path: Path) -> None:
    root = placed(tmp_path / "w", "file: data/lake\n  format: delta")
    for day in DAYS:
        as_table(day).write_delta(str(root / "data" / "lake"), mode="overwrite")
        run(load_project(root), day, today=day)
    assert_frame_equal(Reader.of(load_project(root)).ledger(history=True), expected(tmp_path))


PARIS = ZoneInfo("Europe/Paris")


def late_on(day: dt.date) -> dt.datetime:
    """Half past eleven in the evening, in the zone of the workspace: a later date already further east."""
    return dt.datetime.combine(day, dt.time(23, 30), PARIS)


def with_versions(lake: Path, days: Sequence[dt.date]) -> None:
    """Write a Delta table with a version of each day."""
    for number, day in enumerate(days):
        as_table(day).write_delta(str(lake), mode="overwrite")
        move_delta(lake, number, late_on(day))


def missed_versions(folder: Path, days: Sequence[dt.date]) -> Path:
    """A workspace that ran on the first of the days, whose table has had a version on each of them since."""
    root = placed(folder / "w", "file: data/lake\n  format: delta")
    lake = root / "data" / "lake"
    with_versions(lake, days[:1])
    run(load_project(root), days[0], today=days[0])
    shutil.rmtree(lake)
    with_versions(lake, days)
    return root


def versions_read(root: Path) -> list[tuple[dt.date, dt.date, str]]:
    """The dates committed, the dates of their snapshots, and the versions that these are."""
    runs = Reader.of(load_project(root)).runs()
    return [(each.on, each.snapshot_on, each.events["snapshot: version"]) for each in runs]


def test_dates_without_runs_read_the_versions_of_their_time(tmp_path: Path) -> None:
    root = missed_versions(tmp_path, DAYS)
    run(load_project(root), DAYS[3], today=DAYS[3])
    assert versions_read(root) == [
        (day, day, f"version {number}") for number, day in enumerate(DAYS)
    ]
    files = placed(tmp_path / "dated", DATED)
    for day in DAYS:
        snapshot(files, day, accounts(day))
    for day in (DAYS[0], DAYS[3]):
        run(load_project(files), day, today=day)
    ledgers = [Reader.of(load_project(each)).ledger(history=True) for each in (root, files)]
    assert_frame_equal(*ledgers)
    assert ledgers[0].height > 5


def test_an_earlier_date_reads_the_version_of_its_time_and_a_stored_one_stays(
    tmp_path: Path,
) -> None:
    root = placed(tmp_path / "w", "file: data/lake\n  format: delta")
    with_versions(root / "data" / "lake", [DAYS[0], DAYS[2], DAYS[3]])
    later = DAYS[3] + dt.timedelta(days=9)
    with pytest.raises(Problems) as caught:
        run(load_project(root), DAYS[0] - dt.timedelta(days=1), today=later)
    (problem,) = caught.value.problems
    assert problem.code == "no-snapshot"
    assert problem.message == (
        "data/lake has no version of 2026-03-01 or before: the first that it still has is of 2026-03-02"
    )
    preview(load_project(root), DAYS[1], today=later)
    assert not (root / "arrivals").exists()
    run(load_project(root), DAYS[1], today=later)
    assert versions_read(root) == [(DAYS[1], DAYS[1], "version 0")]
    stored = (root / "arrivals" / f"accounts-{DAYS[1]}.parquet").read_bytes()
    move_delta(root / "data" / "lake", 1, late_on(DAYS[1]))
    again = run(load_project(root), DAYS[1], today=later, redo=True)
    assert "with the same inputs" in again.note
    assert (root / "arrivals" / f"accounts-{DAYS[1]}.parquet").read_bytes() == stored


def test_a_version_whose_files_are_gone_is_named(tmp_path: Path) -> None:
    root = missed_versions(tmp_path, DAYS[:3])
    lake = root / "data" / "lake"
    for uri in files_of(lake, 1):
        Path(uri).unlink()
    done = run(load_project(root), DAYS[2], today=DAYS[2])
    (warning,) = (each for each in done.warnings if each.code == "fetch-failed")
    assert warning.severity == "warning"
    assert warning.message == (
        "data/lake cannot be read: files of its version 1 are not there any more"
    )
    assert versions_read(root)[1:] == [
        (DAYS[1], DAYS[0], "version 0"),
        (DAYS[2], DAYS[2], "version 2"),
    ]
    project = load_project(root)
    snapshots = Snapshots(project.workspace, project.catalogue)
    assert snapshots.arrive_earlier(DAYS[1]) == [warning]
    assert snapshots.newest(DAYS[1]) == DAYS[0]


def columns_missed(root: Path) -> list[tuple[str, str, str]]:
    """What plain `validate` says about a source whose field `csm` is read from a column that is not there."""
    (root / "fields.yaml").write_text("fields: {csm: {from: Manager}}\n")
    project = load_project(root)
    found = check_columns(project.workspace, project.catalogue, project.enabled, DAYS[0])
    return [(each.code, each.severity, each.message) for each in found]


def test_validate_looks_at_the_columns_of_a_lake_and_stores_nothing(tmp_path: Path) -> None:
    root = placed(tmp_path / "w", "file: data/lake\n  format: delta")
    code, severity, message = columns_missed(root)[0]
    assert (code, severity) == ("fetch-failed", "warning")
    assert "data/lake cannot be read" in message
    as_table(DAYS[0]).write_delta(str(root / "data" / "lake"))
    assert columns_missed(root)[0] == (
        "missing-column",
        "error",
        "data/lake has no column `Manager`, from which `csm` is read",
    )
    as_table(DAYS[0]).rename({"csm": "Manager"}).write_delta(
        str(root / "data" / "lake"),
        mode="overwrite",
        delta_write_options={"schema_mode": "overwrite"},
    )
    assert not [each for each in columns_missed(root) if each[1] == "error"]
    assert not (root / "arrivals").exists()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*Delete operation:UserWarning")
def test_an_iceberg_table_gives_the_same_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = opened_catalogue(tmp_path, monkeypatch)
    table = opened.create_table("book.accounts", schema=as_table(DAYS[0]).to_arrow().schema)
    root = placed(tmp_path / "w", "file: crm/book.accounts\n  format: iceberg")
    for day in DAYS:
        table.overwrite(as_table(day).to_arrow())
        run(load_project(root), day, today=day)
    assert_frame_equal(Reader.of(load_project(root)).ledger(history=True), expected(tmp_path))
    root = placed(tmp_path / "y", "file: crm/book.accounts\n  format: iceberg")
    checked = columns_missed(root)
    assert checked[0][:2] == ("missing-column", "error")
    root = placed(tmp_path / "z", "file: crm/book.accounts\n  format: iceberg")
    # Each overwriting deletes and appends: two snapshots, but for the first into an empty table.
    move_iceberg(table, [late_on(DAYS[-(-n // 2)]) for n in range(2 * len(DAYS) - 1)])
    versions = [each.snapshot_id for each in table.refresh().history()]
    later = DAYS[3] + dt.timedelta(days=9)
    for day in DAYS[1:3]:
        run(load_project(root), day, today=later)
    assert versions_read(root) == [
        (DAYS[1], DAYS[1], f"snapshot {versions[2]}"),
        (DAYS[2], DAYS[2], f"snapshot {versions[4]}"),
    ]
    stored = pl.read_parquet(root / "arrivals" / f"accounts-{DAYS[1]}.parquet")
    assert_frame_equal(stored, as_table(DAYS[1]))
    root = placed(tmp_path / "v", "file: crm/book.accounts\n  format: iceberg")
    with pytest.raises(Problems) as caught:
        run(load_project(root), DAYS[0] - dt.timedelta(days=1), today=later)
    assert "has no version of 2026-03-01 or before" in caught.value.problems[0].message
    opened.close()
    root = placed(tmp_path / "x", "file: crm/book.nothing\n  format: iceberg")
    with pytest.raises(Problems) as caught:
        run(load_project(root), DAYS[0], today=DAYS[0])
    assert caught.value.problems[0].code == "fetch-failed"


def test_of_a_folder_the_last_file_by_name_is_taken_in(tmp_path: Path) -> None:
    root = placed(tmp_path / "w", "file: data/export_*.csv")
    for day in DAYS:
        overwrite(root, accounts(day))
        (root / "data" / "accounts.csv").rename(root / "data" / f"export_{day:%Y%m%d}_0430.csv")
        run(load_project(root), day, today=day)
    assert_frame_equal(Reader.of(load_project(root)).ledger(history=True), expected(tmp_path))


def test_objects_of_days_without_runs_are_still_taken_in(tmp_path: Path, bucket: S3) -> None:
    root = placed(tmp_path / "w", "files: s3://exports/late/accounts-{date}.parquet")
    for day in DAYS:
        bucket.put(f"late/accounts-{day}.parquet", as_parquet(day))
        if day in (DAYS[0], DAYS[-1]):
            run(load_project(root), day, today=day)
    kept = sorted(path.name for path in (root / "arrivals").iterdir())
    assert kept == [f"accounts-{day}.parquet" for day in DAYS]


def test_an_earlier_date_reads_its_object(tmp_path: Path, bucket: S3) -> None:
    root = placed(tmp_path / "w", "files: s3://exports/past/accounts-{date}.parquet")
    for day in DAYS:
        bucket.put(f"past/accounts-{day}.parquet", as_parquet(day))
    run(load_project(root), DAYS[1], today=DAYS[3])
    assert [path.name for path in (root / "arrivals").iterdir()] == [f"accounts-{DAYS[1]}.parquet"]


def test_an_object_that_was_not_overwritten_grows_old(tmp_path: Path, bucket: S3) -> None:
    root = placed(tmp_path / "w", "file: s3://exports/still.csv\n  max_age: 2 days")
    bucket.put("still.csv", pl.DataFrame(accounts(DAYS[0])).write_csv().encode())
    for day in DAYS[:3]:
        run(load_project(root), day, today=day)
    with pytest.raises(Problems) as caught:
        run(load_project(root), DAYS[3], today=DAYS[3])
    assert [problem.code for problem in caught.value.problems] == ["snapshot-too-old"]


def test_what_is_not_in_the_storage_is_named(tmp_path: Path, bucket: S3) -> None:
    root = placed(tmp_path / "w", "file: s3://exports/nothing.parquet")
    with pytest.raises(Problems) as caught:
        run(load_project(root), DAYS[0], today=DAYS[0])
    assert caught.value.problems[0].code == "no-snapshot"
    bucket.put("broken.parquet", b"no table")
    root = placed(tmp_path / "x", "file: s3://exports/broken.parquet")
    with pytest.raises(Problems) as caught:
        run(load_project(root), DAYS[0], today=DAYS[0])
    assert caught.value.problems[0].code == "fetch-failed"
    assert "s3://exports/broken.parquet cannot be read" in caught.value.problems[0].message
    assert not (root / "arrivals").exists()


def refusal(root: Path, day: dt.date = DAYS[0]) -> Problem:
    """The one problem for which a run stops."""
    with pytest.raises(Problems) as caught:
        run(load_project(root), day, today=day)
    (problem,) = caught.value.problems
    return problem


def test_a_folder_that_is_missing_unfinished_or_mixed_is_refused(
    tmp_path: Path, bucket: S3
) -> None:
    done = "s3://exports/torn/{date}/_SUCCESS"
    root = placed(tmp_path / "w", f"files: s3://exports/torn/{{date}}/\n  done_file: {done}")
    problem = refusal(root)
    assert problem.code == "unfinished-snapshot"
    assert f"s3://exports/torn/{DAYS[0]}/_SUCCESS is not there" in problem.message
    bucket.put(f"torn/{DAYS[0]}/_SUCCESS", b"")
    assert refusal(root).code == "no-snapshot"
    bucket.put(f"torn/{DAYS[0]}/a.parquet", as_parquet(DAYS[0]))
    bucket.put(f"torn/{DAYS[0]}/b.parquet", written(as_table(DAYS[0]).drop("arr")))
    problem = refusal(root)
    assert problem.code == "unreadable-snapshot"
    assert "do not have the same columns and types" in problem.message
    bucket.put(f"torn/{DAYS[0]}/b.parquet", b"PAR1 cut off")
    assert refusal(root).code == "fetch-failed"
    assert not (root / "arrivals").exists()
    nowhere = placed(tmp_path / "x", "file: s3://no-bucket/accounts/")
    problem = refusal(nowhere)
    assert (problem.code, "NoSuchBucket" in problem.message) == ("fetch-failed", True)


def test_a_folder_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = placed(tmp_path / "w", "file: data/book/")
    (root / "data/book").mkdir()
    (root / "data/book/a.parquet").write_bytes(as_parquet(DAYS[0]))
    listed = table_folders._tables_of

    def listed_before_more_is_written(address: str) -> object:
        found = listed(address)
        (root / "data/book/b.parquet").write_bytes(as_parquet(DAYS[0]))
        return found

    monkeypatch.setattr(table_folders, "_tables_of", listed_before_more_is_written)
    assert refusal(root).code == "file-changed"
    assert not (root / "arrivals").exists()


def test_a_folder_of_yesterdays_rows_in_other_files_grows_old(tmp_path: Path) -> None:
    root = placed(tmp_path / "w", "file: data/book/\n  max_age: 2 days")
    for day in DAYS:
        shutil.rmtree(root / "data/book", ignore_errors=True)
        (root / "data/book").mkdir()
        for number in range(3):
            some = as_table(DAYS[0])[(number + day.day) % 3 :: 3]
            (root / f"data/book/{day.day}{number}.parquet").write_bytes(written(some))
        if day < DAYS[3]:
            run(load_project(root), day, today=day)
    assert refusal(root, DAYS[3]).code == "snapshot-too-old"
    assert [path.name for path in (root / "arrivals").iterdir()] == [f"accounts-{DAYS[0]}.parquet"]


def test_without_the_extra_a_folder_in_object_storage_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusal_module, "find_spec", lambda _: None)
    root = placed(tmp_path / "w", "file: s3://exports/book/")
    problem = refusal(root)
    assert (problem.code, problem.hint) == ("driver-missing", "pip install 'tenure[s3]'")


def test_without_the_extra_a_query_of_spark_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusal_module, "find_spec", lambda _: None)
    problem = refusal(placed(tmp_path / "w", "{database: spark, query: SELECT 1}"))
    assert (problem.code, problem.hint) == ("driver-missing", "pip install 'tenure[spark]'")


def test_a_preview_looks_at_what_has_come_and_keeps_nothing(tmp_path: Path) -> None:
    root = placed(tmp_path / "w", SQLITE)
    fill(root, accounts(DAYS[0]))
    before = sorted(path for path in root.rglob("*"))
    shown = preview(load_project(root), DAYS[0], today=DAYS[0], until=DAYS[-1])
    assert sorted(path for path in root.rglob("*")) == before
    done = run(load_project(root), DAYS[0], today=DAYS[0])
    of_day = pl.col("issued_on") == DAYS[0]
    assert_frame_equal(
        shown.entries.filter(of_day).sort("action_id"), done.entries.sort("action_id")
    )


def test_a_file_that_was_not_overwritten_grows_old(tmp_path: Path) -> None:
    root = placed(tmp_path / "w", OVERWRITTEN + "\n  max_age: 2 days")
    overwrite(root, accounts(DAYS[0]))
    for day in DAYS[:3]:
        run(load_project(root), day, today=day)
    with pytest.raises(Problems) as caught:
        run(load_project(root), DAYS[3], today=DAYS[3])
    assert [problem.code for problem in caught.value.problems] == ["snapshot-too-old"]
    assert [path.name for path in (root / "arrivals").iterdir()] == [f"accounts-{DAYS[0]}.csv"]


def test_a_second_run_of_a_day_reads_what_the_first_read_and_redo_asks_again(
    tmp_path: Path,
) -> None:
    root = placed(tmp_path / "w", OVERWRITTEN)
    overwrite(root, accounts(DAYS[0])[:3])
    run(load_project(root), DAYS[0], today=DAYS[0])
    overwrite(root, accounts(DAYS[0]))
    assert run(load_project(root), DAYS[0], today=DAYS[0]).entries.is_empty()
    again = run(load_project(root), DAYS[0], today=DAYS[0], redo=True).entries
    assert set(again["account_id"]) <= {"004", "005", "006", "007"}
    assert again.height


def test_what_is_older_than_keep_goes(tmp_path: Path) -> None:
    root = placed(tmp_path / "w", OVERWRITTEN + "\n  keep: 2 days")
    for day in DAYS:
        overwrite(root, accounts(day))
        run(load_project(root), day, today=day)
    kept = sorted(path.name for path in (root / "arrivals").iterdir())
    assert kept == [f"accounts-{day}.csv" for day in DAYS[1:]]


def test_a_stated_checksum_and_a_done_file_are_of_the_file_that_is_overwritten(
    tmp_path: Path,
) -> None:
    root = placed(tmp_path / "w", OVERWRITTEN + "\n  done_file: data/done\n  rows_file: data/rows")
    overwrite(root, accounts(DAYS[0]))
    with pytest.raises(Problems) as caught:
        run(load_project(root), DAYS[0], today=DAYS[0])
    assert [problem.code for problem in caught.value.problems] == ["unfinished-snapshot"]
    (root / "data" / "done").touch()
    (root / "data" / "rows").write_text("8")
    with pytest.raises(Problems) as caught:
        run(load_project(root), DAYS[0], today=DAYS[0])
    assert [problem.code for problem in caught.value.problems] == ["cut-off"]
    (root / "data" / "rows").write_text("7")
    assert run(load_project(root), DAYS[0], today=DAYS[0]).entries.height


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("DELETE FROM accounts", "query-failed"),
        ("SELEC 1", "query-failed"),
        ("CREATE TABLE other (x)", "query-failed"),
        ("SELECT 1 AS x, 2 AS x", "repeated-column"),
        (
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n",
            "query-limit",
        ),
    ],
)
def test_sqlite_is_read_only_and_for_a_limited_time(tmp_path: Path, query: str, found: str) -> None:
    (tmp_path / "data").mkdir()
    fill(tmp_path, accounts(DAYS[0]))
    source = SnapshotSource(database="sqlite:///data/crm.db", query=query, query_seconds=1)
    with pytest.raises(Problems) as caught:
        ask_database(source, tmp_path)
    assert [problem.code for problem in caught.value.problems] == [found]
    with sqlite3.connect(tmp_path / "data" / "crm.db") as database:
        assert database.execute("SELECT count(*) FROM accounts").fetchone() == (7,)
    database.close()


def test_a_column_of_several_types_is_text(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    rows = [{"a": 1, "b": 1, "c": 1.5, "d": None}, {"a": 2, "b": "x", "c": 2.5, "d": None}]
    fill(tmp_path, [*rows])
    source = SnapshotSource(database="sqlite:///data/crm.db", query="SELECT * FROM accounts")
    found = ask_database(source, tmp_path)
    assert found.to_dict(as_series=False) == {
        "a": [1, 2],
        "b": ["1", "x"],
        "c": [1.5, 2.5],
        "d": [None, None],
    }


def test_a_missing_secret_or_driver_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CRM_URL", raising=False)
    with pytest.raises(Problems) as caught:
        ask_database(SnapshotSource(database="${CRM_URL}", query="SELECT 1 AS x"), tmp_path)
    assert caught.value.problems[0].code == "missing-secret"
    assert "`CRM_URL`" in caught.value.problems[0].message
    monkeypatch.setenv("CRM_URL", "bigquery://project/data")
    with pytest.raises(Problems) as caught:
        ask_database(SnapshotSource(database="${CRM_URL}", query="SELECT 1 AS x"), tmp_path)
    assert caught.value.problems[0].code == "driver-missing"
    assert "tenure[bigquery]" in (caught.value.problems[0].hint or "")
    monkeypatch.setenv("CRM_URL", "mysql://project/data")
    with pytest.raises(Problems) as caught:
        ask_database(SnapshotSource(database="${CRM_URL}", query="SELECT 1 AS x"), tmp_path)
    assert caught.value.problems[0].code == "bad-database"


def errors_of(problems: Iterable[Problem]) -> set[str]:
    return {problem.code for problem in problems if problem.severity == "error"}


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{database: 'mysql://crm', query: SELECT 1}", "bad-database"),
        ("{database: 'postgresql://u:secret@h/d', query: SELECT 1}", "plain-secret"),
        ("{database: 'postgresql://u@h/d?password=secret', query: SELECT 1}", "plain-secret"),
        ("{database: 'sqlite:///crm.db'}", "missing-key"),
        ("{database: 'sqlite:///crm.db', query: SELECT $on}", "conflicting-keys"),
        ("{database: 'sqlite:///crm.db', query: SELECT 1, date_column: d}", "conflicting-keys"),
        ("{query: SELECT 1}", "missing-key"),
        ("{file: 'in/*/a.csv'}", "bad-path"),
        ("{files: 'a-{date}.csv', keep: 3 days}", "conflicting-keys"),
        ("{file: accounts, format: iceberg}", "bad-path"),
        ("{file: 's3://b/a.xlsx'}", "unknown-format"),
        ("{file: 's3://b/a.csv.gz'}", "unknown-format"),
        ("{files: 's3://b/t-{date}', format: delta}", "conflicting-keys"),
        ("{file: 's3://b/a.csv', date_column: d}", "conflicting-keys"),
        ("{database: 'spark://host:7077', query: SELECT 1}", "bad-database"),
        ("{database: spark, query: SELECT $on}", "conflicting-keys"),
        ("{database: spark}", "missing-key"),
        ("{file: 's3://b/a/', format: csv}", "unknown-format"),
        ("{file: 's3://b/a/', separator: ';'}", "conflicting-keys"),
        ("{file: data/a/, date_column: d}", "conflicting-keys"),
        ("{file: 's3://b/a.csv', encoding: latin-1}", "conflicting-keys"),
    ],
)
def test_what_does_not_go_together_is_said(tmp_path: Path, source: str, code: str) -> None:
    root = placed(tmp_path / "w", source)
    assert code in errors_of(read_project(root).problems)


@pytest.mark.parametrize(
    "address",
    [
        "${CRM}",
        "postgresql://u:${PW}@h/d",
        "postgresql://h/d?password=${PW}",
        "snowflake://u:${PW}@account/d",
    ],
)
def test_secrets_by_name_are_right(tmp_path: Path, address: str) -> None:
    root = placed(tmp_path / "w", f"{{database: '{address}', query: SELECT 1}}")
    assert not errors_of(read_project(root).problems)


def codes(raised: pytest.ExceptionInfo[Problems]) -> list[str]:
    return [problem.code for problem in raised.value.problems]


def test_what_is_no_good_is_not_stored_and_the_next_good_file_is_read(tmp_path: Path) -> None:
    root = placed(tmp_path / "w", OVERWRITTEN + "\n  rows_file: data/rows")
    (root / "data" / "rows").write_text("7")
    overwrite(root, accounts(DAYS[0]))
    run(load_project(root), DAYS[0], today=DAYS[0])
    stored = (root / "arrivals" / f"accounts-{DAYS[0]}.csv").read_bytes()
    overwrite(root, accounts(DAYS[1])[:5])
    with pytest.raises(Problems) as raised:
        run(load_project(root), DAYS[1], today=DAYS[1])
    assert codes(raised) == ["cut-off"]
    # A redo with a file that cannot be read leaves the snapshot of the committed day.
    overwrite(root, [{"id": "7"}] * 7)
    with pytest.raises(Problems) as raised:
        run(load_project(root), DAYS[0], today=DAYS[0], redo=True)
    assert "missing-column" in codes(raised)
    assert [path.name for path in (root / "arrivals").iterdir()] == [f"accounts-{DAYS[0]}.csv"]
    assert (root / "arrivals" / f"accounts-{DAYS[0]}.csv").read_bytes() == stored
    overwrite(root, accounts(DAYS[2]))
    done = run(load_project(root), DAYS[2], today=DAYS[2])
    assert done.dates[-1] == DAYS[2]


def test_a_file_that_stays_grows_old_also_beyond_keep(tmp_path: Path) -> None:
    root = placed(tmp_path / "w", OVERWRITTEN + "\n  keep: 2 days\n  max_age: 9 days")
    overwrite(root, accounts(DAYS[0]))
    for days in range(10):
        day = DAYS[0] + dt.timedelta(days=days)
        run(load_project(root), day, today=day)
    assert [path.name for path in (root / "arrivals").iterdir()] == [f"accounts-{DAYS[0]}.csv"]
    day = DAYS[0] + dt.timedelta(days=10)
    with pytest.raises(Problems) as raised:
        run(load_project(root), day, today=day)
    assert codes(raised) == ["snapshot-too-old"]


def test_the_past_stays_when_the_file_has_another_format(tmp_path: Path) -> None:
    root = placed(tmp_path / "w", OVERWRITTEN)
    overwrite(root, accounts(DAYS[0]))
    run(load_project(root), DAYS[0], today=DAYS[0])
    settings = root / "tenure.yaml"
    settings.write_text(settings.read_text().replace("accounts.csv", "accounts.parquet"))
    as_table(DAYS[1]).write_parquet(root / "data" / "accounts.parquet")
    project = load_project(root)
    run(project, DAYS[1], today=DAYS[1])
    snapshots = Snapshots(project.workspace, project.catalogue)
    assert snapshots.dates() == DAYS[:2]
    assert snapshots.load(DAYS[0], ["arr"]).frame["arr"].to_list() == [
        1000.5 * n for n in range(1, 8)
    ]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    root = placed(tmp_path / "w", OVERWRITTEN)
    with pytest.raises(Problems) as raised:
        run(load_project(root), DAYS[0], today=DAYS[0])
    assert "data/accounts.csv is not there" in raised.value.problems[0].message
    overwrite(root, accounts(DAYS[0]))
    run(load_project(root), DAYS[0], today=DAYS[0])
    (root / "data" / "accounts.csv").unlink()
    warned = run(load_project(root), DAYS[1], today=DAYS[1]).warnings
    assert any("data/accounts.csv is not there" in problem.message for problem in warned)


def test_a_name_with_a_star_may_have_other_signs_and_packed_files(tmp_path: Path) -> None:
    root = placed(tmp_path / "w", "file: 'data/[crm] *'\n  format: csv")
    overwrite(root, accounts(DAYS[0]))
    content = (root / "data" / "accounts.csv").read_bytes()
    (root / "data" / "[crm] 1.csv.gz").write_bytes(gzip.compress(content, mtime=0))
    (root / "data" / "[crm] 2").mkdir()
    run(load_project(root), DAYS[0], today=DAYS[0])
    assert run(load_project(root), DAYS[1], today=DAYS[1]).dates == (DAYS[1],)
    assert [path.name for path in (root / "arrivals").iterdir()] == [f"accounts-{DAYS[0]}.csv.gz"]


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:hun%ter2@127.0.0.1:1/db",
        "postgresql://u@127.0.0.1:1/db?sslpassword=hun%ter2",
        "postgresql://u:a/hun%ter2@127.0.0.1:1/db",
    ],
)
def test_no_part_of_an_address_from_the_environment_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("CRM_URL", address)
    with pytest.raises(Problems) as raised:
        ask_database(SnapshotSource(database="${CRM_URL}", query="SELECT 1 AS x"), tmp_path)
    assert "ter2" not in raised.value.problems[0].message


def test_a_short_secret_does_not_show_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PW", "1")
    source = SnapshotSource(database="postgresql://u:${PW}@127.0.0.1:1/db", query="SELECT 1 AS x")
    with pytest.raises(Problems) as raised:
        ask_database(source, tmp_path)
    assert "***" not in raised.value.problems[0].message
    assert "127" not in raised.value.problems[0].message


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://h/db?sslpassword=hunter2",
        "snowflake://u@acc/db?privateKey=hunter2",
        "postgresql://u:hun/ter2@h/db",
        "mysql://u:hunter2@h/db",
    ],
)
def test_a_password_in_the_file_is_not_shown_again(tmp_path: Path, address: str) -> None:
    root = placed(tmp_path / "w", f"{{database: '{address}', query: SELECT 1}}")
    read = read_project(root)
    assert errors_of(read.problems) & {"plain-secret", "bad-database"}
    assert "ter2" not in render(read.problems, read.texts)
