"""Dates with names of months, numbers since 1970, other sizes of amounts, and headers that are written oddly."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.sources import Snapshots

ON, LATER = dt.date(2026, 3, 31), dt.date(2026, 4, 7)
SETTINGS = """\
workspace: acme
time_zone: Europe/Paris
snapshots: {files: "data/accounts-{date}.csv"}
"""
HEADER = "Customer ID,Status,Renewal Date"
ROW = "A1,Active,2026-06-29"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "tenure.yaml").write_text(SETTINGS)
    return folder


def bring(root: Path, file: Path | str, on: dt.date = ON, code: int = 0) -> Result:
    if isinstance(file, str):
        path = root.with_name("export.csv")
        path.write_text(file, "utf-8", newline="")
        file = path
    args = ["import", str(file), "--into", str(root), "--yes", "--date", str(on)]
    result = CliRunner().invoke(main, args)
    assert result.exit_code == code, result.output
    return result


def rows(root: Path, *fields: str, on: dt.date = ON) -> list[tuple[object, ...]]:
    project = load_project(root)
    snapshot = Snapshots(project.workspace, project.catalogue).load(on, fields)
    return snapshot.frame.select(fields).rows()


@pytest.mark.parametrize(
    ("written", "format", "day"),
    [
        ("12 mars 2026", "%d %B %Y", (2026, 3, 12)),
        ("1er août 2026", "%d %B %Y", (2026, 8, 1)),
        ("3 févr. 2026", "%d %B %Y", (2026, 2, 3)),
        ("12. März 2026", "%d. %B %Y", (2026, 3, 12)),
        ("5. Dez. 2026", "%d. %b %Y", (2026, 12, 5)),
        ("12-Mar-26", "%d-%b-%y", (2026, 3, 12)),
        ("12-juil-2026", "%d-%B-%Y", (2026, 7, 12)),
        ('"Mar 12, 2026"', "%b %d, %Y", (2026, 3, 12)),
        ('"September 1st, 2026"', "%B %d, %Y", (2026, 9, 1)),
        ("30 Juni 2026 14:05", "%d %B %Y %H:%M", (2026, 6, 30)),
        ("12MAR2026", "%d%b%Y", (2026, 3, 12)),
        ("1782691200", "unix seconds", (2026, 6, 29)),
        # Half past ten in the evening in UTC is the next day in Paris.
        ("1782685800000", "unix milliseconds", (2026, 6, 29)),
        ("46202", "excel days", (2026, 6, 29)),
        ("12/31/2026 5:30 PM", "%m/%d/%Y %I:%M %p", (2026, 12, 31)),
        ("12/31/2026 12:00:00 AM", "%m/%d/%Y %I:%M:%S %p", (2026, 12, 31)),
        ('"Tue, 30 Jun 2026"', "%a, %d %b %Y", (2026, 6, 30)),
        ("mardi 30 juin 2026", "%A %d %B %Y", (2026, 6, 30)),
        ('"Dienstag, 30. Juni 2026"', "%A, %d. %B %Y", (2026, 6, 30)),
        ("Tue Jun 30 2026", "%a %b %d %Y", (2026, 6, 30)),
        ("20260630093000", "%Y%m%d%H%M%S", (2026, 6, 30)),
        ("31/12/2026 à 10:00", "%d/%m/%Y à %H:%M", (2026, 12, 31)),
        ('"Jun 30, 2026 at 10:00 AM"', "%b %d, %Y at %I:%M %p", (2026, 6, 30)),
        # Ten in the evening in UTC, or in New York, is the next day in Paris.
        ("20260630T220000Z", "%Y%m%dT%H%M%SZ", (2026, 7, 1)),
        ('"Tue, 30 Jun 2026 22:00:00 GMT"', "%a, %d %b %Y %H:%M:%S GMT", (2026, 7, 1)),
        ('"Tue, 30 Jun 2026 22:00:00 -0400"', "%a, %d %b %Y %H:%M:%S %z", (2026, 7, 1)),
    ],
)
def test_a_date_is_proposed_declared_and_read(
    written: str, format: str, day: tuple[int, int, int], root: Path
) -> None:
    bring(root, f"Customer ID,Status,Renewal Date\nA1,Active,{written}\n")
    assert f'format: "{format}"' in (root / "fields.yaml").read_text()
    assert rows(root, "renewal_date") == [(dt.date(*day),)]


@pytest.mark.parametrize(
    ("written", "format"),
    [
        ("12 mars 2026", "%d %b %Y"),
        ("12. März 2026", "%d. %B %Y"),
        ("Mar 12, 2026", "%b %d, %Y"),
        ("12-Mar-26", "%d-%b-%y"),
        ("1782691200", "unix seconds"),
        ("1782691200000", "unix milliseconds"),
        ("46202", "excel days"),
        ("6/30/2026 12:00:00 AM", "%m/%d/%Y %I:%M:%S %p"),
        ("Tue, 30 Jun 2026", "%a, %d %b %Y"),
        ("20260630093000", "%Y%m%d%H%M%S"),
    ],
)
def test_validate_says_what_would_read_a_date(written: str, format: str, root: Path) -> None:
    (root / "data").mkdir()
    lines = "".join(f'A{n},active,"{written}"\n' for n in range(6))
    (root / "data" / f"accounts-{ON}.csv").write_text(f"account_id,status,renewal_date\n{lines}")
    (root / "playbooks").mkdir()
    (root / "playbooks" / "renewal.yaml").write_text(
        "playbook: renewal\ntitle: R\nschedule: '0 6 * * *'\nfor: status == 'active'\n"
        "catch_up: {within: 7 days, then: skip}\ntimeline:\n  anchor: renewal_date\n  steps:\n"
        "    - id: talk\n      title: Talk\n      at: -90 days\n      do: [{task: {owner: csm}}]\n"
    )
    with (root / "tenure.yaml").open("a") as settings:
        settings.write("roles: {csm: {name: Ops}}\n")
    args = ["validate", "--data", "--workspace", str(root)]
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 1, result.output
    assert f'say `format: "{format}"`' in result.stderr


def test_numbers_are_dates_only_in_a_column_that_is_named_like_one(root: Path) -> None:
    bring(root, f"{HEADER},Seats\n{ROW},1782691200\n")
    assert rows(root, "seats_licensed") == [(1782691200.0,)]


def test_the_revenue_of_a_year_is_twelve_times_that_of_a_month(root: Path) -> None:
    text = f'{HEADER},MRR\n{ROW},"100,10 €"\nA2,Active,2026-06-29,"0,10 €"\n'
    result = bring(root, text)
    assert "no column has `arr`: it is 12 times `MRR`" in result.stderr
    assert rows(root, "mrr", "arr") == [(100.1, 1201.2), (0.1, 1.2)]
    written = (root / "fields.yaml").read_text()
    bring(root, text, on=LATER)
    assert (root / "fields.yaml").read_text() == written
    assert rows(root, "mrr", "arr", on=LATER) == [(100.1, 1201.2), (0.1, 1.2)]


def test_a_column_of_the_revenue_of_a_year_goes_first(root: Path) -> None:
    bring(root, f"{HEADER},MRR,ARR\n{ROW},100,1000\n")
    assert rows(root, "arr") == [(1000.0,)]


@pytest.mark.parametrize("header", ["mrr_cents", "MRR (cents)", "MRR in cents", "MRR (in Cent)"])
def test_amounts_in_cents_are_named_so(header: str, root: Path) -> None:
    for on in (ON, LATER):
        bring(root, f"{HEADER},{header}\n{ROW},12345\n", on=on)
        assert rows(root, "mrr", "arr", on=on) == [(123.45, 1481.4)]


@pytest.mark.parametrize(
    ("header", "text", "arr"),
    [
        ("ARR (k€)", "12.5", 12_500),
        ("ARR in Mio. EUR", "1.2", 1_200_000),
        ("ARR [TEUR]", "64", 64_000),
        ("ARR", "$1.2M", 1_200_000),
        ("ARR", "64k", 64_000),
        ("ARR", '"1,5 Mio. €"', 1_500_000),
        ("ARR", "250 k€", 250_000),
        ("CA annuel récurrent en milliers", "250", 250_000),
    ],
)
def test_amounts_in_thousands_and_millions_are_whole(
    header: str, text: str, arr: float, root: Path
) -> None:
    bring(root, f"Customer ID,Status,Renewal Date,{header}\nA1,Active,2026-06-29,{text}\n")
    assert rows(root, "arr") == [(arr,)]


@pytest.mark.parametrize("name", ["chargebee", "stripe"])
def test_exports_of_billing_systems_give_the_revenue_of_a_year(name: str, root: Path) -> None:
    header = {
        "chargebee": "customers.id,customers.company,subscriptions.status,subscriptions.mrr,"
        "subscriptions.current_term_end",
        "stripe": "Customer ID,Customer Name,Status,MRR,Current Period End (UTC)",
    }[name]
    result = bring(root, f"{header}\nC1,Aurora,active,99.5,2026-06-29 10:00\n")
    assert f"the export of {name.capitalize()}" in result.stderr
    assert rows(root, "mrr", "arr") == [(99.5, 1194.0)]


def test_monthly_amounts_of_several_rows_are_added_exactly(root: Path) -> None:
    file = root.with_name("export.csv")
    file.write_text(f"{HEADER},MRR\n{ROW},0.1\n{ROW},0.2\n")
    args = ["import", str(file), "--into", str(root), "--yes", "--date", str(ON)]
    assert CliRunner().invoke(main, [*args, "--repeated", "sum"]).exit_code == 0
    assert rows(root, "mrr", "arr") == [(0.3, 3.6)]


@pytest.mark.parametrize(
    ("column", "country", "kept"),
    [
        ("EMEA,North,Bayern", "DE", False),
        ("Bayern,Hessen,Nord", "DE", True),
        ("Île-de-France,Occitanie,57", "FR", True),
        ("ENG,GB-SCT,Wales", "GB", True),
        ("California,TX,New York", "", True),
        ("East,West,South", "", False),
        (",,", "FR", True),
    ],
)
def test_a_region_decides_holidays_if_most_of_its_values_do(
    column: str, country: str, kept: bool, root: Path
) -> None:
    cells = column.split(",")
    lines = "".join(f"A{n},Active,2026-06-29,{each},{country}\n" for n, each in enumerate(cells))
    bring(root, f"{HEADER},Region,Country\n{lines}")
    field = "region" if kept else "sales_region"
    assert rows(root, field) == [(each or None,) for each in cells]
    assert ("sales_region" in load_project(root).catalogue.fields) is not kept


def test_structs_of_parquet_are_columns_and_lists_fill_no_text(root: Path) -> None:
    file = root.with_name("export.parquet")
    pl.DataFrame(
        {
            "account_id": ["A1", "A2"],
            "status": ["active", "active"],
            "renewal_date": [dt.date(2026, 6, 29)] * 2,
            "customer": [{"csm": {"name": "Ada"}, "arr": 1.5, "since": dt.date(2020, 1, 2)}, None],
            "country": [["FR"], ["DE", "FR"]],
        }
    ).write_parquet(file)
    result = bring(root, file)
    assert "the objects in `customer` of export.parquet are parted into columns" in result.stderr
    stored = pl.read_csv(root / "data" / f"accounts-{ON}.csv", infer_schema=False)
    assert stored["customer.csm.name"].to_list() == ["Ada", None]
    assert stored["customer.arr"].to_list() == ["1.5", None]
    assert stored["customer.since"].to_list() == ["2020-01-02", None]
    assert stored["country"].to_list() == ['["FR"]', '["DE", "FR"]']
    assert rows(root, "country") == [(None,), (None,)]
    assert 'ignore: ["country"]' in (root / "fields.yaml").read_text()


def test_a_run_says_that_an_object_is_not_text(root: Path) -> None:
    (root / "tenure.yaml").write_text(SETTINGS.replace(".csv", ".parquet"))
    (root / "fields.yaml").write_text("fields: {csm: {from: owner}}\n")
    (root / "data").mkdir()
    ids = [f"A{n}" for n in range(6)]
    frame = pl.DataFrame({"account_id": ids, "owner": [{"name": "Ada"}] * 6})
    frame.write_parquet(root / "data" / f"accounts-{ON}.parquet")
    project = load_project(root)
    found = Snapshots(project.workspace, project.catalogue).inspect(ON, ["csm"])[0]
    assert [each.code for each in found] == ["retyped-column"]
    assert '`{"name": "Ada"}` is an object or a list, not text' in found[0].message


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER},\n{ROW},\n",
        f"{HEADER},\n{ROW}\n",
        f"{HEADER}\n{ROW},\n",
        f"{HEADER}\n{ROW},,,\n",
        f"{HEADER},,\n{ROW},\n",
        '"Customer ID","Status\n(live)","Renewal\r\nDate"\r\nA1,Active,2026-06-29\r\n',
        'Customer ID,"Status (""live"")",Renewal Date\nA1,Active,2026-06-29\n',
        f"{HEADER},Note,Note\n{ROW},1,2\n",
        f"\ufeff{HEADER}\n{ROW}",
        f"\n{HEADER}\n{ROW}\n",
    ],
)
def test_a_header_is_read_as_it_is_meant(text: str, root: Path) -> None:
    bring(root, text)
    assert rows(root, "account_id", "status", "renewal_date") == [
        ("A1", "active", dt.date(2026, 6, 29))
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEADER}\n", "has no accounts"),
        (HEADER, "has no accounts"),
        (",,\n1,2,3\n", "the first line of export.csv names no column"),
        ("\ufeff", "the first line of export.csv names no column"),
        ("", "export.csv is empty"),
        (f"{HEADER},Note\n{ROW},1\nA2,Active\n", "is cut off"),
    ],
)
def test_a_file_without_usable_columns_or_rows_is_refused(text: str, said: str, root: Path) -> None:
    assert said in bring(root, text, code=1).stderr
    assert not (root / "data").exists()
