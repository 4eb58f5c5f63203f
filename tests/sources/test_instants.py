"""Instants have their date in the workspace's time zone, whatever they are written in; other times as written."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest
from tenure.engine.sources.snapshots import Snapshots
from tenure.engine.workspace.settings_loader import load_workspace

ON = dt.date(2026, 7, 2)
# (as written, its date in Paris, which is two hours ahead of UTC in summer and one in winter, and in Los Angeles)
WRITTEN = {
    "2026-06-30T22:00:00Z": ("2026-07-01", "2026-06-30"),
    "2026-07-01T00:00:00+02:00": ("2026-07-01", "2026-06-30"),
    "2026-06-30T21:59:59.999Z": ("2026-06-30", "2026-06-30"),
    "2026-07-01 05:30:00+0530": ("2026-07-01", "2026-06-30"),
    "2026-06-30T17:00-05:00": ("2026-07-01", "2026-06-30"),
    "2026-07-01T06:59Z": ("2026-07-01", "2026-06-30"),
    "2026-07-01T07:00Z": ("2026-07-01", "2026-07-01"),
    "2025-12-31T22:59:00Z": ("2025-12-31", "2025-12-31"),
    "2025-12-31T23:00:00Z": ("2026-01-01", "2025-12-31"),
    "2026-07-01T00:00:00": ("2026-07-01", "2026-07-01"),
    "2026-06-30 23:59": ("2026-06-30", "2026-06-30"),
    "2026-07-01": ("2026-07-01", "2026-07-01"),
    "2026-06-30 22:00:00 UTC": ("2026-07-01", "2026-06-30"),
    "2026-07-01 00:00:00+02": ("2026-07-01", "2026-06-30"),
    "2026-07-01 00:00:00.0000000 +02:00": ("2026-07-01", "2026-06-30"),
    "2026-06-30 17:00 -05": ("2026-07-01", "2026-06-30"),
}


def settings(root: Path, snapshots: str, zone: str, fields: str = "") -> Snapshots:
    root.mkdir(exist_ok=True)
    text = f"workspace: T\ntime_zone: {zone}\nsnapshots: {snapshots}\n"
    (root / "tenure.yaml").write_text(text, "utf-8")
    (root / "fields.yaml").write_text(f"fields:\n  arr: {{title: ARR}}\n{fields}", "utf-8")
    workspace, catalogue, problems, _ = load_workspace(root)
    assert workspace is not None, problems
    return Snapshots(workspace, catalogue)


def dates(snapshots: Snapshots, on: dt.date = ON) -> list[str | None]:
    frame = snapshots.load(on, ["renewal_date"]).frame
    return [None if each is None else each.isoformat() for each in frame["renewal_date"]]


def rows(values: list[str]) -> list[dict[str, str]]:
    return [{"account_id": f"a{n:02}", "renewal_date": value} for n, value in enumerate(values)]


def write(path: Path, values: list[str]) -> None:
    written = rows(values)
    if path.suffix == ".csv":
        lines = [f"{each['account_id']},{each['renewal_date']}" for each in written]
        path.write_text("\n".join(["account_id,renewal_date", *lines]) + "\n", "utf-8")
    elif path.suffix == ".jsonl":
        path.write_text("".join(f"{json.dumps(each)}\n" for each in written), "utf-8")
    else:
        pl.DataFrame(written).write_parquet(path)


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Los_Angeles"])
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_text_in_files(tmp_path: Path, ending: str, zone: str) -> None:
    snapshots = settings(tmp_path, f"{{files: 'data-{{date}}.{ending}'}}", zone)
    write(tmp_path / f"data-{ON}.{ending}", list(WRITTEN))
    column = 0 if zone == "Europe/Paris" else 1
    assert dates(snapshots) == [each[column] for each in WRITTEN.values()]


def test_timestamps_of_parquet_in_any_zone_and_in_none(tmp_path: Path) -> None:
    settings(tmp_path, "{files: 'data-{date}.parquet'}", "Europe/Paris")
    late = dt.datetime(2026, 6, 30, 22)  # noqa: DTZ001
    for zone, date in ((None, "2026-06-30"), ("UTC", "2026-07-01"), ("Asia/Tokyo", "2026-06-30")):
        times = pl.Series("renewal_date", [late, None]).dt.replace_time_zone(zone)
        pl.DataFrame({"account_id": ["a", "b"], "renewal_date": times}).write_parquet(
            tmp_path / f"data-{ON}.parquet"
        )
        assert dates(Snapshots(*load_workspace(tmp_path)[:2])) == [date, None]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("format", "written", "date"),
    [
        ("%d/%m/%Y %H:%M %z", "30/06/2026 22:00 +0000", "2026-07-01"),
        ("%d/%m/%Y %H:%M %z", "01/07/2026 00:00 +0200", "2026-07-01"),
        ("%d/%m/%Y %H:%MZ", "30/06/2026 22:00Z", "2026-07-01"),
        ("%d/%m/%Y %H:%M", "30/06/2026 22:00", "2026-06-30"),
        ("%d/%m/%Y", "30/06/2026", "2026-06-30"),
    ],
)
def test_a_format_with_an_offset_says_the_instant(
    tmp_path: Path, format: str, written: str, date: str
) -> None:
    fields = f'  renewal_date: {{format: "{format}"}}\n'
    snapshots = settings(tmp_path, "{files: 'data-{date}.csv'}", "Europe/Paris", fields)
    write(tmp_path / f"data-{ON}.csv", [written])
    assert dates(snapshots) == [date]


def test_a_time_that_does_not_exist_is_a_bad_value(tmp_path: Path) -> None:
    snapshots = settings(tmp_path, "{files: 'data-{date}.csv'}", "Europe/Paris")
    write(tmp_path / f"data-{ON}.csv", ["2026-07-01T25:00:00Z", "2026-07-01"])
    snapshot = snapshots.load(ON, ["renewal_date"])
    assert snapshot.quarantined["value"].to_list() == ["2026-07-01T25:00:00Z"]


@pytest.mark.parametrize("query", [False, True])
def test_the_column_that_dates_the_rows(tmp_path: Path, query: bool) -> None:
    if query:
        pytest.importorskip("duckdb")
        source = "{query: FROM t, tables: {t: all.csv}, date_column: as_of}"
    else:
        source = "{file: all.csv, date_column: as_of}"
    snapshots = settings(tmp_path, source, "Europe/Paris")
    (tmp_path / "all.csv").write_text(
        "account_id,as_of,renewal_date\n"
        "a,2026-06-30T21:59:00Z,2026-08-01\n"
        "a,2026-06-30T22:00:00Z,2026-08-02\n"
        "b,2026-07-01T00:00:00+02:00,2026-06-30T22:00:00Z\n"
        "c,2026-07-01 23:00:00,2026-08-03\n",
        "utf-8",
    )
    assert snapshots.dates() == [dt.date(2026, 6, 30), dt.date(2026, 7, 1)]
    assert dates(snapshots, dt.date(2026, 6, 30)) == ["2026-08-01"]
    assert dates(snapshots, dt.date(2026, 7, 1)) == ["2026-08-02", "2026-07-01", "2026-08-03"]


def test_timestamps_of_a_query(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    query = (
        "SELECT account_id, happened::TIMESTAMPTZ AS renewal_date, happened::TIMESTAMPTZ AS as_of, "
        "happened::TIMESTAMP AS go_live_date FROM t"
    )
    source = f'{{query: "{query}", tables: {{t: all.csv}}, date_column: as_of}}'
    snapshots = settings(tmp_path, source, "Europe/Paris")
    (tmp_path / "all.csv").write_text("account_id,happened\na,2026-06-30 22:00:00\n", "utf-8")
    assert snapshots.dates() == [dt.date(2026, 7, 1)]
    frame = snapshots.load(dt.date(2026, 7, 1), ["renewal_date", "go_live_date"]).frame
    assert frame["renewal_date"].to_list() == [dt.date(2026, 7, 1)]
    assert frame["go_live_date"].to_list() == [dt.date(2026, 6, 30)]
