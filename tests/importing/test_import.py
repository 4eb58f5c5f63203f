"""`tenure import`: what it proposes, asks, writes and refuses."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import click
import polars as pl
import pytest
from click.testing import CliRunner, Result
from support.spreadsheets import write_xlsx
from tenure.cli import import_file
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.project.project_cache import PROJECT_FILE
from tenure.engine.sources import Snapshots

ON = dt.date(2026, 3, 31)
LATER = dt.date(2026, 4, 7)
SETTINGS = """\
workspace: acme # our own words
time_zone: Europe/Paris
snapshots:
  files: data/accounts-{date}.csv # one a date
roles:
  csm: {field: csm}
"""
PLAYBOOK = """\
playbook: renewal
title: Renewal
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 7 days, then: skip}
timeline:
  anchor: renewal_date
  steps:
    - id: talk
      title: Talk
      at: -90 days
      when: health_score < 70
      do:
        - call: {owner: csm}
"""
HEADER = "Customer ID,Customer Name,Status,ARR,Renewal Date,CSM\n"
ROWS = "A1,Aurora,Active,1200,2026-06-29,Alice\nA2,Borealis,Churned,0,2025-01-31,Bob\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace without fields and snapshots, with one playbook."""
    folder = tmp_path / "acme"
    (folder / "playbooks").mkdir(parents=True)
    (folder / "tenure.yaml").write_text(SETTINGS)
    (folder / "playbooks" / "renewal.yaml").write_text(PLAYBOOK)
    return folder


def tenure(*args: str | Path, input: str | None = None) -> Result:
    result = CliRunner().invoke(main, [str(arg) for arg in args], input=input)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def export(root: Path, text: str, name: str = "export.csv") -> Path:
    file = root.with_name(name)
    file.write_text(text, "utf-8")
    return file


def imported(root: Path, *files: Path, on: dt.date = ON, more: tuple[str, ...] = ()) -> Result:
    return tenure("import", *files, "--into", root, "--yes", "--date", str(on), *more)


def accounts(root: Path, *fields: str, on: dt.date = ON) -> list[dict[str, object]]:
    project = load_project(root)
    return Snapshots(project.workspace, project.catalogue).load(on, fields).frame.to_dicts()


def files_of(root: Path) -> dict[str, bytes]:
    """The files, but for what a command that reads stores to start faster."""
    files = [file for file in root.rglob("*") if file.is_file() and file.name != PROJECT_FILE]
    return {str(file.relative_to(root)): file.read_bytes() for file in files}


def test_it_writes_the_snapshot_as_it_is_and_the_fields(root: Path) -> None:
    result = imported(root, export(root, HEADER + ROWS))
    assert result.exit_code == 0, result.output
    assert (root / "data" / f"accounts-{ON}.csv").read_text() == HEADER + ROWS
    assert (root / "data" / f"accounts-{ON}.csv").stat().st_mode & 0o777 == 0o600
    assert (root / "tenure.yaml").read_text() == SETTINGS
    assert accounts(root, "status", "arr", "renewal_date") == [
        {"account_id": "A1", "status": "active", "arr": 1200, "renewal_date": dt.date(2026, 6, 29)},
        {"account_id": "A2", "status": "lapsed", "arr": 0, "renewal_date": dt.date(2025, 1, 31)},
    ]
    assert tenure("validate", "--workspace", root).exit_code == 0


def test_it_says_what_a_missing_field_costs(root: Path) -> None:
    result = imported(root, export(root, HEADER + ROWS))
    assert "without `health_score`: renewal never issues `Talk`" in result.stderr
    assert "no playbook needs: Customer Name" not in result.stderr
    assert "no playbook needs: ARR" in result.stderr


def test_the_date_comes_from_the_name_of_the_file(root: Path) -> None:
    file = export(root, HEADER + ROWS, "export_20260215.csv")
    assert tenure("import", file, "--into", root, "--yes").exit_code == 0
    assert (root / "data" / "accounts-2026-02-15.csv").exists()


def test_without_a_terminal_it_says_what_it_would_ask_and_writes_nothing(root: Path) -> None:
    before = files_of(root)
    result = tenure(
        "import", export(root, HEADER + ROWS.replace("Churned", "Gone fishing")), "--into", root
    )
    assert result.exit_code == 2
    assert "to ask: What does `Gone fishing` in `Status` mean for `status`?" in result.stderr
    assert "`--yes` takes what is proposed" in result.stderr
    assert files_of(root) == before


def test_on_a_terminal_it_asks_only_what_it_cannot_tell(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_file, "on_terminal", lambda: True)
    file = export(root, HEADER + ROWS.replace("Churned", "Gone fishing"))
    answers = "lapsed\nUSD\ny\n"
    result = tenure("import", file, "--into", root, "--date", ON, input=answers)
    assert result.exit_code == 0, result.output
    assert [row["status"] for row in accounts(root, "status")] == ["active", "lapsed"]
    assert {row["currency"] for row in accounts(root, "currency")} == {"USD"}


def test_only_files_that_change_are_written(root: Path) -> None:
    marked = b"\xef\xbb\xbf" + SETTINGS.replace("\n", "\r\n").encode()
    (root / "tenure.yaml").write_bytes(marked)
    result = imported(root, export(root, HEADER + ROWS))
    assert f"Written: data/accounts-{ON}.csv, fields.yaml." in result.stderr
    assert (root / "tenure.yaml").read_bytes() == marked


def test_a_person_may_say_no(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_file, "on_terminal", lambda: True)
    before = files_of(root)
    result = tenure("import", export(root, HEADER + ROWS), "--into", root, input="EUR\nn\n")
    assert result.exit_code == 1
    assert files_of(root) == before


def test_an_ambiguous_order_of_day_and_month_is_said(root: Path) -> None:
    text = HEADER + "A1,Aurora,Active,1,03/04/2026,Alice\n"
    result = imported(root, export(root, text))
    assert (
        "taken: Dates such as `03/04/2026` in `Renewal Date`: does the day or the month come first? day first"
        in result.stderr
    )
    assert accounts(root, "renewal_date")[0]["renewal_date"] == dt.date(2026, 4, 3)


def test_another_column_proves_the_order(root: Path) -> None:
    text = "Customer ID,Status,Renewal Date,Customer Since\nA1,Active,03/04/2026,12/31/2020\n"
    result = imported(root, export(root, text))
    assert "does the day or the month" not in result.stderr
    assert accounts(root, "renewal_date")[0]["renewal_date"] == dt.date(2026, 3, 4)


GERMAN = "Kundennummer;Kundenname;Status;ARR;Vertragsende\n"
GROUPED = "1;A;Aktiv;12.000;31.05.2026\n2;B;Aktiv;900;30.04.2026\n3;C;Aktiv;250.000;30.06.2026\n"


def test_thousands_are_not_read_as_thousandths(root: Path) -> None:
    result = imported(root, export(root, GERMAN + GROUPED))
    assert (
        "taken: `12.000` in `ARR`: is the mark between thousands (12000), or before decimals (12)? thousands"
        in result.stderr
    )
    assert [row["arr"] for row in accounts(root, "arr")] == [12_000, 900, 250_000]
    again = imported(root, export(root, GERMAN + GROUPED), on=LATER)
    assert "is the mark between thousands" not in again.stderr
    assert [row["arr"] for row in accounts(root, "arr", on=LATER)] == [12_000, 900, 250_000]


def test_a_doubtful_mark_may_be_before_decimals(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_file, "on_terminal", lambda: True)
    file = export(root, GERMAN + GROUPED.replace(".000;", ",000;"))
    result = tenure("import", file, "--into", root, "--date", ON, input="decimals\nEUR\ny\n")
    assert result.exit_code == 0, result.output
    assert [row["arr"] for row in accounts(root, "arr")] == [12, 900, 250]


@pytest.mark.parametrize(
    ("header", "written", "asked", "field", "read"),
    [
        # English writes thousands with a comma; a count of 4.125 seats is unlikely, and a share of 4,125 is no share.
        ("ARR", '"4,125"', False, "arr", 4125),
        ("Seats", "4.125", True, "seats_licensed", 4125),
        ("Health Score", "4.125", False, "health_score", 4.125),
    ],
)
def test_a_doubtful_mark_is_asked_about_where_nothing_decides_it(
    header: str, written: str, asked: bool, field: str, read: float, root: Path
) -> None:
    text = f"Customer ID,Status,Renewal Date,{header}\nA1,Active,2026-06-29,{written}\n"
    result = imported(root, export(root, text))
    assert ("is the mark between thousands" in result.stderr) is asked
    assert accounts(root, field)[0][field] == read


def test_an_unknown_word_is_read_as_missing_and_marked(root: Path) -> None:
    imported(root, export(root, HEADER + ROWS.replace("Churned", "Gone fishing")))
    assert [row["status"] for row in accounts(root, "status")] == ["active", None]
    assert "words without a meaning are read as missing" in (root / "fields.yaml").read_text()


@pytest.mark.parametrize("header", ["opt_out", "Opt out"])
def test_one_unknown_word_loses_no_opt_out(header: str, root: Path) -> None:
    words = ["Oui", "Non", "Inconnu?", "true", "NON"]
    rows = "".join(f"A{n},Active,2026-06-29,{word}\n" for n, word in enumerate(words))
    result = imported(root, export(root, f"Customer ID,Status,Renewal Date,{header}\n{rows}"))
    assert result.exit_code == 0, result.output
    assert f"taken: What does `Inconnu?` in `{header}` mean for `opt_out`? nothing" in result.stderr
    assert [row["opt_out"] for row in accounts(root, "opt_out")] == [True, False, None, True, False]


def test_known_words_are_read_even_in_a_column_that_is_mostly_something_else(root: Path) -> None:
    words = ["Oui", "maybe", "later", "ask", "yes"]
    rows = "".join(f"A{n},Active,2026-06-29,{word}\n" for n, word in enumerate(words))
    file = export(root, f"Customer ID,Status,Renewal Date,opt_out\n{rows}")
    assert imported(root, file).exit_code == 0
    assert [row["opt_out"] for row in accounts(root, "opt_out")] == [True, None, None, None, True]


def test_an_empty_column_takes_no_field_from_a_filled_one(root: Path) -> None:
    text = (
        "Account ID,Status,ARR,ARR EUR,arr,Annual Revenue,Renewal date,Renewal\n"
        'A1,active,"",1000,-,5000000,,2026-06-01\nA2,active,"",2000,-,7000000,,2026-06-02\n'
    )
    file = export(root, text)
    assert imported(root, file).exit_code == 0
    assert accounts(root, "arr", "renewal_date")[0] == {
        "account_id": "A1",
        "arr": 1000,
        "renewal_date": dt.date(2026, 6, 1),
    }
    fields = root / "fields.yaml"
    fields.write_text(fields.read_text().replace("from: ARR EUR", "from: ARR"))
    assert imported(root, file, on=LATER).exit_code == 0
    assert "from: ARR}" in fields.read_text()
    assert accounts(root, "arr", on=LATER)[0]["arr"] is None


def test_an_empty_column_that_is_sure_is_not_replaced_by_a_doubtful_one(root: Path) -> None:
    text = "Account ID,Status,ARR,Annual Revenue,Renewal date\nA1,active,,5000000,2026-06-01\n"
    assert imported(root, export(root, text)).exit_code == 0
    assert accounts(root, "arr")[0]["arr"] is None


def test_codes_of_places_and_languages_are_not_words_for_nothing(root: Path) -> None:
    header = "Customer ID,Status,Renewal Date,Province,Country,Language,CSM\n"
    first = "A1,active,2026-05-01,CA,US,EN,n/a\nA2,active,2026-05-01,NC,n/a,FR,Jo\n"
    assert imported(root, export(root, header + first)).exit_code == 0
    assert [row["region"] for row in accounts(root, "region")] == ["CA", "NC"]
    assert [row["country"] for row in accounts(root, "country")] == ["US", None]
    later = "A1,active,2026-05-01,ND,US,EN,NA\nA2,active,2026-05-01,NC,NA,ND,Jo\n"
    for _ in range(2):
        assert imported(root, export(root, header + later), on=LATER).exit_code == 0
        assert accounts(root, "region", "country", "language", "csm", on=LATER) == [
            {"account_id": "A1", "region": "ND", "country": "US", "language": "EN", "csm": None},
            {"account_id": "A2", "region": "NC", "country": "NA", "language": "ND", "csm": "Jo"},
        ]
        (root / "fields.yaml").unlink()


def test_a_word_for_nothing_among_names_of_countries_is_none(root: Path) -> None:
    text = "Customer ID,Status,Renewal Date,Country\nA1,active,2026-05-01,France\nA2,active,2026-05-01,NA\n"
    assert imported(root, export(root, text)).exit_code == 0
    assert [row["country"] for row in accounts(root, "country")] == ["France", None]


def test_a_column_is_recognised_by_its_values(root: Path) -> None:
    text = "Ref X,Zustand der Dinge,Datum B\n" + "".join(
        f"K{n},{'Aktiv' if n % 2 else 'Gekündigt'},{15 + n}.08.2026\n" for n in range(1, 9)
    )
    result = imported(root, export(root, text))
    assert result.exit_code == 0, result.output
    assert (
        "taken: Is `Zustand der Dinge` (Aktiv, Gekündigt) the field `status`, Status? yes"
        in result.stderr
    )
    assert accounts(root, "status", "renewal_date")[0] == {
        "account_id": "K1",
        "status": "active",
        "renewal_date": dt.date(2026, 8, 16),
    }


def test_per_cent_is_a_share_or_a_number_up_to_100_as_the_field_counts(root: Path) -> None:
    text = "Customer ID,Status,Renewal Date,CSAT,Utilization\nA1,Active,2026-06-29,85%,85%\n"
    assert imported(root, export(root, text)).exit_code == 0
    assert accounts(root, "csat", "plan_utilisation") == [
        {"account_id": "A1", "csat": 85, "plan_utilisation": 0.85}
    ]


def test_a_column_that_says_the_opposite_is_turned_around(root: Path) -> None:
    text = (
        "id,Customer ID,Status,Currency,Current Period End (UTC),Cancel At Period End\n"
        "s1,A1,active,eur,2026-06-29 10:00,false\ns2,A2,active,eur,2026-06-30 10:00,true\n"
    )
    assert imported(root, export(root, text)).exit_code == 0
    assert [row["auto_renew"] for row in accounts(root, "auto_renew")] == [True, False]


def test_a_column_with_the_name_of_a_field_and_other_values_does_not_stop_runs(root: Path) -> None:
    rows = "".join(
        f"A{n},Active,2026-06-29,{colour}\n" for n, colour in enumerate(["Green", "Red"] * 4)
    )
    file = export(root, "account_id,status,renewal_date,health_score\n" + rows)
    result = imported(root, file)
    assert result.exit_code == 0, result.output
    assert {row["health_score"] for row in accounts(root, "health_score")} == {None}
    assert 'missing: ["Green", "Red"]' in (root / "fields.yaml").read_text()


def test_the_customers_own_revenue_is_not_arr_in_an_export_of_hubspot(root: Path) -> None:
    text = (
        "Record ID,Company name,Lifecycle Stage,Annual Revenue,Renewal Date,Create Date,City\n"
        "1,Aurora,Customer,50000000,2026-06-29,2020-01-01 10:00,Lyon\n"
    )
    result = imported(root, export(root, text))
    assert "(the customer's own revenue, not what it pays you)"[:40] in result.stderr
    assert accounts(root, "arr")[0]["arr"] is None


def test_a_file_without_a_key_is_refused(root: Path) -> None:
    before = files_of(root)
    result = imported(root, export(root, "Status,ARR\nActive,1\nActive,1\n"))
    assert result.exit_code == 1
    assert "no-key-column" in result.stderr
    assert "no column of export.csv names the account of each row" in result.stderr
    result = imported(root, export(root, HEADER + ROWS), more=("--key", "Customer Id."))
    assert "the export has no column `Customer Id.`" in result.stderr
    assert "did you mean `Customer ID`?" in result.stderr
    assert files_of(root) == before


@pytest.mark.parametrize("column", ["Turnover", "Number of employees"])
def test_an_amount_is_no_id(column: str, root: Path) -> None:
    text = (
        f"Company,Status,{column},Renewal date\nAcme,active,51233,2026-05-01\n"
        "Globex,active,51211,2026-06-01\nInitech,trial,9921,2026-07-01\n"
    )
    result = imported(root, export(root, text))
    assert result.exit_code == 1
    assert "no column of export.csv names the account of each row" in result.stderr


def test_codes_are_ids_of_accounts(root: Path) -> None:
    text = (
        "Company,Status,What,Renewal date\nAcme,active,K51,2026-05-01\nGlobex,trial,K9,2026-06-01\n"
    )
    result = imported(root, export(root, text))
    assert result.exit_code == 0, result.output
    assert [row["account_id"] for row in accounts(root, "status")] == ["K51", "K9"]


def test_a_title_above_the_header_is_left_out_where_names_show_the_header(root: Path) -> None:
    file = root.with_name("report.xlsx")
    header = ["Account ID", "Status", "Renewal Date"]
    rows = [[None], ["Customer report"], [None], header, ["A1", "Active", "2026-06-29"]]
    write_xlsx(file, {"Accounts": rows})
    result = imported(root, file)
    assert result.exit_code == 0, result.output
    assert "row 4 of report.xlsx names the columns: 2 rows are above it" in result.stderr
    assert "report.xlsx is stored as this table, as CSV" in result.stderr
    assert accounts(root, "renewal_date") == [
        {"account_id": "A1", "renewal_date": dt.date(2026, 6, 29)}
    ]
    unknown = export(root, "Customer report,,\nKey,Mood,Age\nA1,Good,1\n")
    assert "row 1 of export.csv should name" in imported(root, unknown).stderr


@pytest.mark.parametrize(
    ("end", "left_out"),
    [
        ("Total,,1200,,\n", 1),
        (",,1200,,\n", 1),
        ("Grand total:,,1200,,\n", 1),
        ("\n\nGenerated by Ada on 31/03/2026\n", 1),
        ("\nTotal,,1200,,\n\nConfidential\nExample Inc\n", 5),
    ],
)
def test_totals_and_notes_below_a_table_are_no_accounts(
    end: str, left_out: int, root: Path
) -> None:
    header = "Customer ID,Status,ARR,Renewal Date,CSM\n"
    rows = "A1,Active,1200,2026-06-29,Ada\nTotal Energies,Active,0,2026-06-29,\n"
    result = imported(root, export(root, header + rows + end))
    assert result.exit_code == 0, result.output
    assert [row["account_id"] for row in accounts(root, "arr")] == ["A1", "Total Energies"]
    assert "below the table of export.csv, with totals or notes" in result.stderr


def test_a_last_row_is_an_account_unless_it_is_surely_none(root: Path) -> None:
    header = "Customer ID,Status,ARR,Renewal Date,CSM\n"
    last = "Total Energies,,,,\n"
    result = imported(root, export(root, f"{header}A1,Active,1200,2026-06-29,Ada\n{last}"))
    assert [row["account_id"] for row in accounts(root, "arr")] == ["A1", "Total Energies"]
    assert "left out" not in result.stderr.partition("Written")[0]
    cut = f"{header}A1,Active,1200,2026-06-29,Ada\nA2"
    assert "cut off" in imported(root, export(root, cut)).stderr


def test_several_rows_of_an_account_are_refused_unless_it_is_said_which_counts(root: Path) -> None:
    rows = 'A1,Aurora,Active,"1,000.50",2026-06-29,Alice\nA1,Aurora,Active,200,2027-01-31,Alice\n'
    file = export(root, HEADER + rows)
    result = imported(root, file)
    assert result.exit_code == 1
    assert "several rows for one `Customer ID`: A1 (2 rows)" in result.stderr
    assert not (root / "data").exists()
    assert imported(root, file, more=("--repeated", "newest")).exit_code == 0
    assert accounts(root, "arr", "renewal_date") == [
        {"account_id": "A1", "arr": 200, "renewal_date": dt.date(2027, 1, 31)}
    ]
    shutil.rmtree(root / "data")
    (root / "fields.yaml").unlink()
    assert imported(root, file, more=("--repeated", "sum")).exit_code == 0
    assert accounts(root, "arr", "renewal_date") == [
        {"account_id": "A1", "arr": 1200.5, "renewal_date": dt.date(2027, 1, 31)}
    ]


def test_files_are_joined_by_the_key(root: Path) -> None:
    first = export(root, "Customer ID;Customer Name;Status\nA1;Aurora;Active\nA2;Borealis;Active\n")
    second = export(
        root, "Account Number,ARR,Renewal Date,Status\nA2,900,2026-09-30,signed\n", "contracts.csv"
    )
    result = imported(root, first, second)
    assert result.exit_code == 0, result.output
    assert accounts(root, "account_name", "arr", "renewal_date") == [
        {"account_id": "A1", "account_name": "Aurora", "arr": None, "renewal_date": None},
        {
            "account_id": "A2",
            "account_name": "Borealis",
            "arr": 900,
            "renewal_date": dt.date(2026, 9, 30),
        },
    ]


def test_it_says_which_rows_and_accounts_of_joined_files_do_not_match(root: Path) -> None:
    first = export(root, "account_id,status\nA1,active\nA2,active\nA3,active\n")
    second = export(
        root, "Account ID,ARR,Renewal date\n A1 ,900,2026-09-30\nA9,5,2026-09-30\n", "contracts.csv"
    )
    result = imported(root, first, second)
    assert result.exit_code == 0, result.output
    assert (
        "note: of 2 rows of contracts.csv, 1 with an id that export.csv has not, so left out: `A9`"
        in result.stderr
    )
    assert "note: of 3 accounts, 2 without a row in contracts.csv: `A2`, `A3`" in result.stderr
    stored = (root / "data" / "accounts-2026-03-31.csv").read_text().splitlines()
    assert stored == [
        "account_id,status,ARR,Renewal date",
        "A1,active,900,2026-09-30",
        "A2,active,,",
        "A3,active,,",
    ]


def test_files_without_a_common_id_are_refused(root: Path) -> None:
    first = export(root, "account_id,status\nA1,active\nA2,active\n")
    second = export(root, "Account ID,ARR\n0061,900\n0062,5\n", "contracts.csv")
    result = imported(root, first, second)
    assert result.exit_code == 1
    assert "no row of contracts.csv is about an account of export.csv" in result.stderr
    assert "`0061`, `0062`, and the accounts are `A1`, `A2`" in result.stderr
    assert not (root / "data").exists()


def test_a_second_import_says_what_changed_and_keeps_what_was_written(root: Path) -> None:
    imported(root, export(root, HEADER + ROWS))
    fields = root / "fields.yaml"
    mine = fields.read_text().replace("account_name:", "# my own line\n  account_name:")
    mine += "  health_score: {default: 50}  # until we have one\n"
    fields.write_text(mine)
    changed = (
        "Customer ID,Customer Name,Status,Current ARR,Renewal Date,Seats\n"
        "A1,Aurora,Active,1300,29/06/2026,12\nA2,Borealis,On hold,0,31/01/2025,3\n"
    )
    result = imported(root, export(root, changed), on=LATER)
    assert result.exit_code == 0, result.output
    for line in (
        "changed: the column `ARR` is gone",
        "changed: the column `CSM` is gone",
        "changed: the column `Seats` is new",
        "changed: `arr` was read from `ARR`, which is gone: now from `Current ARR`",
        "changed: `csm` was read from `CSM`, which is gone: its lines are a comment now",
        "changed: `On hold` in `Status` is new: it means `suspended`",
        "changed: `seats_licensed` is now read from `Seats`",
    ):
        assert line in result.stderr, (line, result.stderr)
    text = fields.read_text()
    assert "# my own line" in text
    assert "health_score: {default: 50}  # until we have one" in text
    assert accounts(root, "status", "arr", "seats_licensed", "health_score", on=LATER) == [
        {
            "account_id": "A1",
            "status": "active",
            "arr": 1300,
            "seats_licensed": 12,
            "health_score": 50,
        },
        {
            "account_id": "A2",
            "status": "suspended",
            "arr": 0,
            "seats_licensed": 3,
            "health_score": 50,
        },
    ]


PLAIN = 'account_id,status,renewal_date,arr\nA1,Aktiv,31/05/2026,"1.234,50"\n'


def test_a_column_with_the_name_of_its_field_is_followed(root: Path) -> None:
    imported(root, export(root, PLAIN))
    text = (root / "fields.yaml").read_text("utf-8")
    assert "from:" not in text
    assert "arr: {}" in text
    renamed = PLAIN.replace("status,renewal_date,arr", "Kundenstatus,Vertragsende,ARR")
    result = imported(root, export(root, renamed), on=LATER)
    assert result.exit_code == 0, result.output
    assert (
        "changed: no column is called `status`: it is now read from `Kundenstatus`" in result.stderr
    )
    assert accounts(root, "status", "renewal_date", "arr", on=LATER) == [
        {
            "account_id": "A1",
            "status": "active",
            "renewal_date": dt.date(2026, 5, 31),
            "arr": 1234.5,
        }
    ]


def test_a_field_that_follows_from_others_is_not_read_from_a_column(root: Path) -> None:
    (root / "fields.yaml").write_text(
        "fields:\n  account_id: {from: Customer ID}\n"
        "  status: {derive: [{when: arr > 0, then: active}, {otherwise: lapsed}]}\n"
    )
    assert imported(root, export(root, HEADER + ROWS)).exit_code == 0
    assert "from: Status" not in (root / "fields.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ('missing:\n  - "n/a" # none\n', 'missing:\n  - "n/a" # none\n  - "k.A."\n'),
        ('missing:\n- "n/a"\n', 'missing:\n- "n/a"\n- "k.A."\n'),
        ('missing: ["n/a"]\n', 'missing: ["n/a", "k.A."]\n'),
        ("missing: []\n", 'missing: ["k.A."]\n'),
    ],
)
def test_new_words_for_nothing_are_added_in_the_layout_of_the_list(
    root: Path, missing: str, expected: str
) -> None:
    (root / "fields.yaml").write_text(f"{missing}fields:\n  account_id: {{from: Customer ID}}\n")
    result = imported(root, export(root, HEADER + ROWS.replace("Bob", "k.A.")))
    assert result.exit_code == 0, result.output
    assert "changed: new words for no value: k.A." in result.stderr
    assert (root / "fields.yaml").read_text("utf-8").startswith(f"{expected}fields:\n")


@pytest.mark.parametrize(
    "status",
    [
        "{from: Status}",
        "{from: Status, translate: {Lost: lapsed}}",
        "\n    from: Status",
        "\n    from: Status\n    translate:\n      Lost: lapsed # gone",
        "\n    translate:\n      Lost: lapsed\n    from: Status",
        "\n    translate:\n      Lost: lapsed",
    ],
)
def test_words_are_translated_whatever_the_entry_has(root: Path, status: str) -> None:
    (root / "fields.yaml").write_text(
        f"fields:\n  account_id: {{from: Customer ID}}\n  status: {status}\n  csm: {{from: CSM}}\n"
    )
    result = imported(root, export(root, HEADER + ROWS))
    assert result.exit_code == 0, result.output
    assert "changed: `Churned` in `Status` is new: it means `lapsed`" in result.stderr
    assert [each["status"] for each in accounts(root, "status")] == ["active", "lapsed"]


@pytest.mark.parametrize(
    "stated",
    [
        'numbers: {decimal: ",", thousands: "."}\nfields:\n  arr: {}\n',
        'numbers:\n  decimal: ","\n  thousands: "." # marks\nfields:\n  arr: {}\n',
        'fields:\n  arr: {numbers: {decimal: ",", thousands: "."}}\n',
        'fields:\n  arr:\n    numbers:\n      decimal: ","\n      thousands: "."\n    title: ARR\n',
        "fields:\n  arr: {}\n",
    ],
)
def test_numbers_in_another_style_are_followed(root: Path, stated: str) -> None:
    (root / "fields.yaml").write_text(f"{stated}  currency: {{default: EUR}}\n")
    swapped = 'account_id,renewal_date,arr,mrr\nA1,2026-05-31,"1,234.50","1,100.25"\n'
    result = imported(root, export(root, swapped))
    assert result.exit_code == 0, result.output
    assert 'are now written {decimal: ".", thousands: ","}' in result.stderr
    assert accounts(root, "arr", "mrr") == [{"account_id": "A1", "arr": 1234.5, "mrr": 1100.25}]


def test_a_number_that_may_be_either_changes_no_style(root: Path) -> None:
    stated = 'numbers: {decimal: ",", thousands: "."}\nfields:\n  currency: {default: EUR}\n'
    (root / "fields.yaml").write_text(stated)
    result = imported(root, export(root, "account_id,renewal_date,arr\nA1,2026-05-31,1.234\n"))
    assert result.exit_code == 0, result.output
    assert (root / "fields.yaml").read_text("utf-8").startswith(stated)
    assert accounts(root, "arr") == [{"account_id": "A1", "arr": 1234}]


def test_the_same_export_again_changes_nothing(root: Path) -> None:
    file = export(root, HEADER + ROWS)
    imported(root, file)
    before = files_of(root)
    result = imported(root, file)
    assert result.exit_code == 0
    assert "changed:" not in result.stderr
    assert files_of(root) == before


@pytest.mark.parametrize(
    ("old", "new"), [("Status", "State"), ("2026-06-29", "29.06.2026")], ids=["column", "dates"]
)
def test_days_that_are_not_evaluated_are_run_before_an_export_in_another_style(
    root: Path, old: str, new: str
) -> None:
    text = HEADER + ROWS.splitlines()[0] + "\n"
    imported(root, export(root, text))
    assert tenure("run", "--workspace", root, "--on", ON, "--today", ON).exit_code == 0
    before = files_of(root)
    changed = export(root, text.replace(old, new))
    result = imported(root, changed, on=LATER)
    assert result.exit_code == 1
    assert "the days up to 2026-04-06 are not evaluated yet" in result.stderr
    assert "the snapshot of 2026-03-31" in result.stderr
    assert "`tenure run --on 2026-04-06`, then import again" in result.stderr
    assert "missing-column" not in result.stderr
    assert files_of(root) == before
    day = "2026-04-06"
    assert tenure("run", "--workspace", root, "--on", day, "--today", day).exit_code == 0
    assert imported(root, changed, on=LATER).exit_code == 0


def test_problems_name_the_export_and_not_the_snapshot_that_was_taken_back(root: Path) -> None:
    result = imported(root, export(root, HEADER))
    assert result.exit_code == 1
    assert "export.csv has no accounts" in result.stderr
    (root / "fields.yaml").write_text("fields: {mood: {type: text}}\n")
    playbook = root / "playbooks" / "renewal.yaml"
    playbook.write_text(PLAYBOOK.replace("status == 'active'", "mood == 'good'"))
    twice = "Customer ID,mood,mood,Renewal Date\nA1,good,good,2026-06-29\n"
    result = imported(root, export(root, twice))
    assert result.exit_code == 1
    assert "export.csv has the column `mood` more than once" in result.stderr
    assert "give each column its own name" in result.stderr
    assert "data/" not in result.stderr


def test_columns_that_cannot_be_mapped_are_named(root: Path) -> None:
    text = "Customer ID,Status,Note,Note,,Renewal Date\nA1,Active,Jo,x@y.z,1,2026-06-29\n"
    result = imported(root, export(root, text))
    assert result.exit_code == 0, result.output
    assert (
        "note: export.csv has these columns more than once, so they are not read: `Note`"
        in result.stderr
    )
    assert "note: 1 column of export.csv has no name" in result.stderr


def test_a_known_name_that_comes_again_has_a_number(root: Path) -> None:
    text = "Customer ID,Customer ID,Status,Owner,Owner,,Renewal Date\nA1,A1,Active,Jo,Ada,1,2026-06-29\n"
    result = imported(root, export(root, text))
    assert result.exit_code == 0, result.output
    assert (
        "export.csv has the column `Owner` more than once: `Owner (2)` is another" in result.stderr
    )
    assert "export.csv has columns without a name, which are left out: 1" in result.stderr
    assert accounts(root, "account_manager")[0]["account_manager"] == "Jo"


def test_objects_in_json_become_columns(root: Path) -> None:
    lines = (
        '{"id": "a1", "status": "active", "renewal_date": "2026-05-01", "tags": ["x"],'
        ' "owner": {"name": "Jo", "team": {"size": 1.5, "lead": true}}}\n'
        '{"id": "a2", "status": "active", "renewal_date": "2026-06-01", "tags": [],'
        ' "owner": {"name": null, "email": "{al}"}}\n'
        '{"id": "a3", "status": "active", "renewal_date": "2026-06-01", "owner": null}\n'
    )
    result = imported(root, export(root, lines, "export.jsonl"))
    assert result.exit_code == 0, result.output
    assert "note: the objects in `owner` of export.jsonl are parted into columns" in result.stderr
    stored = pl.read_csv(root / "data" / "accounts-2026-03-31.csv", infer_schema=False)
    assert stored.select(pl.col("^owner.*$")).to_dict(as_series=False) == {
        "owner.name": ["Jo", None, None],
        "owner.team.size": ["1.5", None, None],
        "owner.team.lead": ["true", None, None],
        "owner.email": [None, "{al}", None],
    }
    assert stored["tags"].to_list()[0] == '["x"]'


def test_a_json_column_with_other_values_too_stays_text(root: Path) -> None:
    lines = (
        '{"id": "a1", "status": "active", "renewal_date": "2026-05-01", "note": "{not JSON"}\n'
        '{"id": "a2", "status": "active", "renewal_date": "2026-06-01", "note": {"a": 1}}\n'
    )
    result = imported(root, export(root, lines, "export.jsonl"))
    assert result.exit_code == 0, result.output
    assert "parted" not in result.stderr
    assert (root / "data" / "accounts-2026-03-31.jsonl").read_text() == lines


def test_an_export_in_another_form_is_refused(root: Path) -> None:
    imported(root, export(root, HEADER + ROWS))
    before = files_of(root)
    file = root.with_name("export.json")
    file.write_text('[{"Customer ID": "A1", "Status": "Active", "Renewal Date": "2026-06-29"}]')
    result = imported(root, file, on=LATER)
    assert result.exit_code == 1
    assert "not-importable" in result.stderr
    assert "the export is in another form" in result.stderr
    assert files_of(root) == before


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (("utf-8", "Report,,,,,\n"), ("windows-1252", "")),
        (("windows-1252", ""), ("windows-1252", "Report,,,,,\n")),
        (("windows-1252", ""), ("utf-8", "")),
        (("utf-16", ""), ("utf-8", "Report,,,,,\n")),
    ],
)
def test_a_table_in_another_encoding_is_stored_as_the_others_are(
    before: tuple[str, str], now: tuple[str, str], root: Path
) -> None:
    for on, (encoding, title) in ((ON, before), (LATER, now)):
        file = root.with_name("export.csv")
        file.write_text(f"{title}{HEADER}{ROWS.replace('Aurora', 'Boréal')}", encoding)
        result = imported(root, file, on=on)
        assert result.exit_code == 0, result.output
    for on in (ON, LATER):
        assert accounts(root, "account_name", on=on)[0]["account_name"] == "Boréal"


def test_a_workbook_after_csv_files_is_stored_as_csv(root: Path) -> None:
    imported(root, export(root, HEADER + ROWS))
    file = root.with_name("export.xlsx")
    write_xlsx(file, {"A": [line.split(",") for line in (HEADER + ROWS).splitlines()]})
    result = imported(root, file, on=LATER)
    assert result.exit_code == 0, result.output
    assert [row["arr"] for row in accounts(root, "arr", on=LATER)] == [1200, 0]


def test_nothing_is_left_where_no_run_could_read_it(root: Path) -> None:
    (root / "fields.yaml").write_text(
        "fields:\n  renewal_date: {from: Gone, essential: true}\n  csm: {from: Who}\n"
    )
    before = files_of(root)
    result = imported(root, export(root, "Customer ID,Status\nA1,Active\n"))
    assert result.exit_code == 1
    assert "error[missing-column]" in result.stderr
    assert files_of(root) == before


def test_headers_and_words_are_only_text_in_what_is_written(root: Path) -> None:
    # Polars does not unescape quotes in a header, so no name here has one.
    header = (
        '"Status\nfields: {x: 1}","ARR: {from: b} # (€)","Notes\n\nmissing: [Active]",'
        "Customer ID,Renewal: Date"
    )
    rows = "".join(
        f'"Active","{n}","- {{a: b}}",A{n},2026-06-29\n"\'Gone: \n# ""fishing","-",x,B{n},2026-06-29\n'
        for n in range(3)
    )
    file = export(root, f"{header}\n{rows}")
    assert imported(root, file).exit_code == 0
    project = load_project(root)
    assert project.errors == ()
    assert project.catalogue.fields["account_id"].column == "Customer ID"
    assert "x" not in project.catalogue.fields
    text = (root / "fields.yaml").read_text("utf-8")
    assert all(line.lstrip().startswith("#") or "Notes" not in line for line in text.splitlines())
    changed = export(root, f"{header},New: {{Seats}}\n" + rows.replace("29\n", "29,5\n"))
    assert imported(root, changed, on=LATER).exit_code == 0
    assert load_project(root).errors == ()


def test_a_new_folder_becomes_a_workspace_or_is_not_left_there(tmp_path: Path) -> None:
    root = tmp_path / "new"
    bad = export(root, "Status\nActive\nActive\n")
    assert imported(root, bad).exit_code == 1
    assert not root.exists()
    (root / ".git").mkdir(parents=True)
    assert imported(root, bad).exit_code == 1
    assert [path.name for path in root.iterdir()] == [".git"]
    assert imported(root, export(root, HEADER + ROWS)).exit_code == 0
    assert (root / "deploy" / "windows-task.ps1").exists()
    assert tenure("validate", "--workspace", root).exit_code == 0


def test_a_bad_value_does_not_take_the_new_workspace_away(tmp_path: Path) -> None:
    good = "".join(f"A{n},Aurora {n},Active,100,2026-06-{n:02},Alice\n" for n in range(1, 20))
    root = tmp_path / "new"
    result = imported(root, export(root, f"{HEADER}{good}Z,Zenith,Active,500,soon,Bob\n"))
    assert result.exit_code == 4
    assert "Written: data/accounts-2026-03-31.csv" in result.stderr
    assert len(accounts(root)) == 20


def test_a_new_workspace_has_the_language_of_the_export(tmp_path: Path) -> None:
    text = "Code client;Raison sociale;Statut;Date d'échéance\nA1;Aurore;Actif;30/06/2026\n"
    root = tmp_path / "acme"
    assert imported(root, export(root, text)).exit_code == 0
    assert load_project(root).workspace.language == "fr"
    assert "Un espace de travail Tenure" in (root / "README.md").read_text("utf-8")
    other = tmp_path / "other"
    assert imported(other, export(other, HEADER + ROWS)).exit_code == 0
    assert load_project(other).workspace.language == "en"


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    file = export(tmp_path / "x", HEADER + ROWS)
    result = tenure("import", file, "--into", tmp_path, "--yes")
    assert result.exit_code == 1
    assert "name a new folder, which becomes one" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["export.csv"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://example.com/a.csv", "is not an https address"),
        ("ftp://example.com/a.csv", "is not an https address"),
        ("https://user:secret@example.com/a.csv", "an address with a password is refused"),
    ],
)
def test_only_https_addresses_without_passwords_are_read(
    address: str, said: str, root: Path
) -> None:
    result = tenure("import", address, "--into", root, "--yes")
    assert result.exit_code == 1
    assert said in result.stderr
    assert "secret" not in result.stderr.replace(address, "")


def test_an_unknown_preset_names_the_others(root: Path) -> None:
    result = tenure("import", export(root, HEADER), "--into", root, "--preset", "sugar")
    assert result.exit_code == 2
    assert "chargebee, hubspot, pipedrive, salesforce, stripe" in result.stderr


def test_it_is_a_click_command_with_help() -> None:
    command = main.get_command(click.Context(main), "import")
    assert command is not None
    assert "--repeated" in command.get_help(click.Context(command))


@pytest.mark.parametrize(
    "column", ["Owner email", "CSM E-Mail", "E-Mail Betreuer", "Email du commercial", "owner.email"]
)
def test_the_address_of_a_colleague_is_not_the_customer_s(column: str, root: Path) -> None:
    text = f"Account ID,Name,{column},Status\n1,A,jo@us.com,active\n2,B,al@us.com,active\n"
    result = imported(root, export(root, text))
    assert result.exit_code == 0, result.output
    assert "contact_email:" not in (root / "fields.yaml").read_text()
    customers = text.replace(column, "Whom we write to")
    assert imported(root, export(root, customers)).exit_code == 0
    assert "contact_email: {from: Whom we write to}" in (root / "fields.yaml").read_text()
