"""Exports as people have them: each is read to the same three accounts, written down here once."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from support.spreadsheets import write_ods, write_xlsx
from support.workspaces import RENEWAL, SETTINGS, workspace
from tenure.engine.core.file_formats import FileFormat
from tenure.engine.core.problems import Problem, Problems
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.sources.csv_structure import tell_separator
from tenure.engine.sources.export_file import ExportFile, tell_encoding
from tenure.engine.sources.raw_table import header_problems, read_raw_table
from tenure.engine.sources.snapshots import Snapshot, Snapshots
from tenure.engine.workspace.settings_loader import load_workspace

DAY = dt.date(2026, 1, 31)
HEADER = ["Account ID", "Name", "Annual Revenue", "Renewal", "Auto", "Use"]
NAMES = ["Société Générale", 'Bee; Inc | "Zwei", drei\nneu', "Ärger & Söhne"]
ARR = [12345.67, -1234.5, None]
RENEWALS = [dt.date(2026, 5, 31), dt.date(2026, 12, 1), None]
AUTO = [True, False, None]
USE = [0.85, 1.2, None]
MAPPED = {
    "account_id": HEADER[0],
    "account_name": HEADER[1],
    "arr": HEADER[2],
    "renewal_date": HEADER[3],
    "auto_renew": HEADER[4],
    "plan_utilisation": HEADER[5],
}


def cells(
    number: Callable[[float], str] = str,
    date: str = "%Y-%m-%d",
    share: Callable[[float], str] = str,
) -> list[list[str]]:
    """The header and the rows of the three accounts, as texts."""
    rows = [HEADER]
    values = zip(["007", "8", "a3"], NAMES, ARR, RENEWALS, AUTO, USE, strict=True)
    for id, name, arr, renewal, auto, use in values:
        rows.append(
            [
                id,
                name,
                "" if arr is None else number(arr),
                "" if renewal is None else renewal.strftime(date),
                "" if auto is None else ("Yes" if auto else "No"),
                "" if use is None else share(use),
            ]
        )
    return rows


def written(rows: list[list[str]], separator: str = ",", end: str = "\n") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator, lineterminator=end).writerows(rows)
    return stream.getvalue()


def snapshots(folder: Path, name: str, source: str = "", fields: str = "") -> Snapshots:
    more = "".join(f"  {line}\n" for line in source.splitlines())
    (folder / "tenure.yaml").write_text(
        f"workspace: W\ntime_zone: UTC\nsnapshots:\n  files: '{{date}}{name}'\n{more}", "utf-8"
    )
    mapped = "".join(f"  {field}: {{from: {column}}}\n" for field, column in MAPPED.items())
    (folder / "fields.yaml").write_text(fields or f"fields:\n{mapped}", "utf-8")
    loaded, catalogue, problems, _ = load_workspace(folder)
    assert problems == []
    assert loaded is not None
    return Snapshots(loaded, catalogue)


def check(snapshot: Snapshot) -> None:
    assert snapshot.quarantined.rows() == []
    assert snapshot.frame["account_id"].to_list() == ["007", "8", "a3"]
    assert snapshot.frame["arr"].to_list() == ARR
    assert snapshot.frame["renewal_date"].to_list() == RENEWALS
    assert snapshot.frame["auto_renew"].to_list() == AUTO
    assert snapshot.frame["plan_utilisation"].to_list() == USE
    assert [name.split() for name in snapshot.frame["account_name"]] == [n.split() for n in NAMES]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "windows-1252", "latin-1", "utf-16", "utf-16-le"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_any_separator_encoding_and_line_end(
    tmp_path: Path, separator: str, encoding: str, end: str
) -> None:
    path = tmp_path / f"{DAY}.csv"
    path.write_bytes(written(cells(), separator, end).encode(encoding))
    stated = "" if encoding.startswith("utf-8") else f"encoding: {encoding}"
    check(snapshots(tmp_path, ".csv", stated).load(DAY, [*MAPPED]))
    assert tell_separator(path, encoding) == separator
    told = {"utf-8-sig": "utf-8", "latin-1": "windows-1252"}.get(encoding, encoding)
    assert tell_encoding(path) == told


STYLES: dict[str, tuple[Callable[[float], str], str]] = {
    "French": (
        lambda n: f"{n:,.2f} €".replace(",", "\u202f").replace(".", ","),
        '{decimal: ",", thousands: " ", currency: "€"}',
    ),
    "French, no-break": (
        lambda n: f"{n:,.2f}\xa0€".replace(",", "\xa0").replace(".", ","),
        '{decimal: ",", thousands: " ", currency: "€"}',
    ),
    "German": (
        lambda n: f"EUR {n:,.2f}".replace(",", "_").replace(".", ",").replace("_", "."),
        '{decimal: ",", thousands: ".", currency: EUR}',
    ),
    "American": (
        lambda n: f"{'-' if n < 0 else ''}${abs(n):,.2f}",
        '{thousands: ",", currency: "$"}',
    ),
    "Indian": (
        lambda n: re.sub(r"(?<=\d)(?=(\d\d)+\d\.)", ",", f"{n:.2f}"),
        '{thousands: ","}',
    ),
    "British": (lambda n: f"£{n:,.2f}", '{thousands: ",", currency: "£"}'),
    "Swiss": (lambda n: f"{n:,.2f}".replace(",", "’"), '{thousands: "\'"}'),
    "bare comma": (lambda n: f"{n}".replace(".", ","), '{decimal: ","}'),
    "true minus": (lambda n: f"{n:,.2f}".replace("-", "−"), '{thousands: ","}'),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("date", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d %b %Y", "%Y%m%d"])
def test_any_style_of_numbers_and_dates(tmp_path: Path, style: str, date: str) -> None:
    number, stated = STYLES[style]
    rows = cells(number, date, lambda share: f"{share * 100:g} %")
    (tmp_path / f"{DAY}.csv").write_text(written(rows, ";"), "utf-8")
    fields = "fields:\n" + "".join(
        f"  {field}: {{from: {column}}}\n"
        for field, column in MAPPED.items()
        if field not in ("arr", "renewal_date", "plan_utilisation")
    )
    fields += f"  arr: {{from: Annual Revenue, numbers: {stated}}}\n"
    fields += f"  renewal_date: {{from: Renewal, format: '{date}'}}\n"
    fields += "  plan_utilisation: {from: Use, numbers: {percent: true}}\n"
    check(snapshots(tmp_path, ".csv", fields=fields).load(DAY, [*MAPPED]))


def test_the_style_of_the_whole_export_counts_where_a_field_does_not_differ(
    tmp_path: Path,
) -> None:
    text = "account_id;arr;mrr;plan_utilisation\na;1.234,5;1,5;85,5\n"
    (tmp_path / f"{DAY}.csv").write_text(text)
    fields = (
        'numbers: {decimal: ",", thousands: "."}\n'
        "fields:\n  plan_utilisation: {numbers: {percent: true}}\n"
    )
    loaded = snapshots(tmp_path, ".csv", fields=fields).load(
        DAY, ["arr", "mrr", "plan_utilisation"]
    )
    assert loaded.frame.row(0) == ("a", 1234.5, 1.5, 0.855)


@pytest.mark.parametrize(
    ("stated", "value"),
    [
        ('{decimal: ",", thousands: " "}', "12 34"),
        ('{decimal: ",", thousands: " "}', "1 2345"),
        ('{decimal: ",", thousands: " "}', "1.5"),
        ('{thousands: ","}', "1,23"),
        ('{thousands: ",", currency: "$"}', "€5"),
        ('{currency: "$"}', "$$5"),
        ("{percent: true}", "85 %%"),
        ("{percent: true}", "8,5 %"),
        ('{decimal: ","}', "1 234"),
        ('{decimal: ","}', "--5"),
    ],
)
def test_a_number_in_another_style_is_bad_and_says_how_it_should_be_written(
    tmp_path: Path, stated: str, value: str
) -> None:
    (tmp_path / f"{DAY}.csv").write_text(f'account_id,arr\na,"{value}"\nb,5\n')
    loaded = snapshots(tmp_path, ".csv", fields=f"fields:\n  arr: {{numbers: {stated}}}\n").load(
        DAY, ["arr"]
    )
    assert loaded.frame["arr"][0] is None
    (bad,) = loaded.quarantined.rows(named=True)
    assert bad["row"] == 2
    assert bad["reason"].startswith("not a number written like `")


def test_exact_amounts_have_the_style_too(tmp_path: Path) -> None:
    (tmp_path / f"{DAY}.csv").write_text('account_id;arr\na;"0,1 €"\nb;"1 000,2 €"\n')
    fields = 'fields: {arr: {numbers: {decimal: ",", thousands: " ", currency: "€"}}}\n'
    loaded = snapshots(tmp_path, ".csv", fields=fields).load(DAY, ["arr"], ["arr"])
    assert [str(value).rstrip("0") for value in loaded.frame["arr"]] == ["0.1", "1000.2"]


SHEET: list[list[object]] = [
    HEADER,
    *(
        [id, name, arr, renewal, auto, use]
        for id, name, arr, renewal, auto, use in zip(
            ["007", 8, "a3"], NAMES, ARR, RENEWALS, AUTO, USE, strict=True
        )
    ),
]
WRITERS = {"xlsx": write_xlsx, "ods": write_ods}


@pytest.mark.parametrize("form", WRITERS)
def test_a_spreadsheet_is_read_with_its_types(tmp_path: Path, form: str) -> None:
    WRITERS[form](tmp_path / f"{DAY}.{form}", {"Accounts": SHEET})
    # A style of numbers is for texts: cells that are numbers have none.
    fields = 'numbers: {decimal: ","}\nfields:\n'
    fields += "".join(f"  {field}: {{from: {column}}}\n" for field, column in MAPPED.items())
    check(snapshots(tmp_path, f".{form}", fields=fields).load(DAY, [*MAPPED]))


@pytest.mark.parametrize("form", WRITERS)
def test_the_stated_sheet_is_read(tmp_path: Path, form: str) -> None:
    other = [["account_id"], ["x"]]
    WRITERS[form](tmp_path / f"{DAY}.{form}", {"Notes": other, "Accounts": SHEET})
    check(snapshots(tmp_path, f".{form}", "sheet: Accounts").load(DAY, [*MAPPED]))
    found = snapshots(tmp_path, f".{form}", "sheet: Acounts")
    problem = refused(lambda: found.load(DAY, []))
    assert problem.code == "missing-sheet"
    assert problem.hint == "its sheets are `Notes`, `Accounts`"


def refused(task: Callable[[], object]) -> Problem:
    with pytest.raises(Problems) as raised:
        task()
    (problem,) = raised.value.problems
    return problem


@pytest.mark.parametrize("form", WRITERS)
def test_rows_of_a_spreadsheet_have_its_numbers(tmp_path: Path, form: str) -> None:
    rows = [[], [], ["account_id", "vip"], ["a", "maybe"], [None, None], ["b", "yes"], [None, "no"]]
    WRITERS[form](tmp_path / f"{DAY}.{form}", {"A": rows})
    loaded = snapshots(tmp_path, f".{form}", fields="fields: {}\n").load(DAY, ["vip"])
    assert loaded.quarantined.select("row", "field").rows() == [(4, "vip"), (7, "account_id")]
    assert loaded.frame.rows() == [("a", None), ("b", True)]


def test_without_fastexcel_it_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_xlsx(tmp_path / f"{DAY}.xlsx", {"A": SHEET})
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    problem = refused(lambda: snapshots(tmp_path, ".xlsx").load(DAY, []))
    assert problem.code == "excel-missing"
    assert problem.hint is not None
    assert "pip install 'tenure[excel]'" in problem.hint


def test_what_is_no_spreadsheet_is_named(tmp_path: Path) -> None:
    (tmp_path / f"{DAY}.xlsx").write_text("account_id\na\n")
    assert refused(lambda: snapshots(tmp_path, ".xlsx").load(DAY, [])).code == "unreadable-snapshot"


def zipped(content: bytes, *others: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("export.csv", content)
        for name in others:
            archive.writestr(name, "x")
    return stream.getvalue()


def json_rows() -> list[dict[str, object]]:
    columns = zip(["007", "8", "a3"], NAMES, ARR, RENEWALS, AUTO, USE, strict=True)
    return [
        dict(zip(HEADER, [id, name, arr, on and on.isoformat(), auto, use], strict=True))
        for id, name, arr, on, auto, use in columns
    ]


PACKED: dict[str, Callable[[], bytes]] = {
    ".csv.gz": lambda: gzip.compress(written(cells()).encode()),
    ".csv.zip": lambda: zipped(written(cells()).encode(), "__MACOSX/._export.csv"),
    ".json": lambda: json.dumps(json_rows()).encode(),
    ".json.gz": lambda: gzip.compress(json.dumps({"total": 3, "results": json_rows()}).encode()),
    ".jsonl.gz": lambda: gzip.compress("\n".join(map(json.dumps, json_rows())).encode()),
    ".ndjson.zip": lambda: zipped("\n".join(map(json.dumps, json_rows())).encode()),
    ".parquet.gz": lambda: gzip.compress(parquet()),
}


def parquet() -> bytes:
    stream = io.BytesIO()
    pl.DataFrame(json_rows()).write_parquet(stream)
    return stream.getvalue()


@pytest.mark.parametrize("ending", PACKED)
def test_packed_files_and_json(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"{DAY}{ending}").write_bytes(PACKED[ending]())
    check(snapshots(tmp_path, ending).load(DAY, [*MAPPED]))


def test_a_packed_spreadsheet_in_another_encoding_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, {"A": SHEET})
    (tmp_path / f"{DAY}.xlsx.gz").write_bytes(gzip.compress(path.read_bytes()))
    check(snapshots(tmp_path, ".xlsx.gz").load(DAY, [*MAPPED]))


@pytest.mark.parametrize(
    ("ending", "content", "code"),
    [
        (".csv.gz", gzip.compress(b"account_id\n" + b"a\n" * 9999, mtime=0)[:-20], "cut-off"),
        (".csv.gz", b"account_id\na\n", "unreadable-snapshot"),
        (".csv.zip", b"PK\x03\x04", "cut-off"),
        (".csv.zip", zipped(b"account_id\na\n", "more.csv"), "unreadable-snapshot"),
        (".json", b'[{"account_id": "a"}', "unreadable-snapshot"),
        (".json", b'{"account_id": "a"}', "unreadable-snapshot"),
        (".json", b'["a"]', "unreadable-snapshot"),
        (".csv.gz", gzip.compress(b"", mtime=0), "empty-snapshot"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, ending: str, content: bytes, code: str) -> None:
    (tmp_path / f"{DAY}{ending}").write_bytes(content)
    found = snapshots(tmp_path, ending, fields="fields: {}\n")
    assert refused(lambda: found.load(DAY, [])).code == code


def test_a_byte_without_meaning_in_the_stated_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / f"{DAY}.csv").write_bytes(b"account_id\na\nb\x81\n")
    found = snapshots(tmp_path, ".csv", "encoding: windows-1252", "fields: {}\n")
    problem = refused(lambda: found.load(DAY, []))
    assert (problem.code, problem.hint) == (
        "wrong-encoding",
        "`encoding: cp850` would fit the whole file",
    )
    assert "line 3" in problem.message


def test_not_utf_8_says_which_encoding_would_fit(tmp_path: Path) -> None:
    (tmp_path / f"{DAY}.csv").write_bytes("account_id\ncafé\n".encode("cp1252"))
    problem = refused(lambda: snapshots(tmp_path, ".csv", fields="fields: {}\n").load(DAY, []))
    assert problem.code == "not-utf-8"
    assert "`encoding: windows-1252`" in (problem.hint or "")


@pytest.mark.parametrize("quoted", [False, True])
def test_empty_rows_are_left_out_and_rows_have_the_numbers_of_the_spreadsheet(
    tmp_path: Path, quoted: bool
) -> None:
    name = '"Acme\nSons"' if quoted else "Acme"
    text = f"account_id,account_name,vip\na,{name},yes\n,,\nb,Bee,maybe\n , ,\n,,\n,,\n"
    (tmp_path / f"{DAY}.csv").write_text(text)
    loaded = snapshots(tmp_path, ".csv", fields="fields: {}\n").load(DAY, ["vip"])
    assert loaded.frame.rows() == [("a", True), ("b", None)]
    assert loaded.quarantined.select("row", "value").rows() == [(4, "maybe")]
    assert loaded.rows == 2


def test_a_row_with_a_value_in_a_column_that_is_not_read_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / f"{DAY}.csv").write_text("account_id,plan,notes\na,Pro,\n,,who is this?\n")
    loaded = snapshots(tmp_path, ".csv", fields="fields: {}\n").load(DAY, ["plan"])
    assert loaded.quarantined.select("row", "field").rows() == [(3, "account_id")]


def test_a_raw_table_is_text_as_the_file_has_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id;Betrag;Näme;;x;x\n007; 1.234,5 €;ü;?;1;2\n;;;;;\n".encode("utf-16"))
    table = read_raw_table(path, encoding="utf-16")
    assert table.to_dict(as_series=False) == {
        "id": ["007"],
        "Betrag": [" 1.234,5 €"],
        "Näme": ["ü"],
    }
    assert read_raw_table(path, encoding="utf-16", separator=";").equals(table)
    told = header_problems(ExportFile(path, "a.csv", FileFormat(encoding="utf-16")))
    assert [(each.code, each.severity) for each in told] == [
        ("repeated-column", "warning"),
        ("unnamed-column", "warning"),
    ]


def test_a_raw_table_of_any_format_is_text(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"A": [["id", "n", "on"], [7, 1.5, DAY], [None, None, None]]})
    write_ods(tmp_path / "a.ods", {"A": [["id", "n", "on"], [7, 1.5, DAY]]})
    pl.DataFrame({"id": [7], "n": [1.5], "on": [DAY]}).write_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.json").write_text('[{"id": 7, "n": 1.5, "on": "2026-01-31"}]')
    (tmp_path / "a.jsonl").write_text('{"id": 7, "n": 1.5, "on": "2026-01-31"}\n')
    for form in ("xlsx", "ods", "parquet", "json", "jsonl"):
        table = read_raw_table(tmp_path / f"a.{form}")
        assert set(table.dtypes) == {pl.String}
        assert [each[:10] for each in table.row(0)] == ["7", "1.5", "2026-01-31"], form


def test_a_run_from_a_spreadsheet_gives_the_ledger_of_the_csv(tmp_path: Path) -> None:
    header = ["account_id", "account_name", "status", "renewal_date", "csm"]
    rows: list[list[object]] = [
        [f"{n:03}", f"Account {n}", "active", dt.date(2026, 2, 1) + n * dt.timedelta(days=4), "Ada"]
        for n in range(20)
    ]
    ledgers = []
    for form in ("csv", "xlsx", "ods"):
        root = workspace(
            tmp_path / form,
            {"renewal": RENEWAL},
            SETTINGS.replace("{date}.csv", f"{{date}}.{form}"),
        )
        path = root / "data" / f"accounts-{DAY}.{form}"
        if form == "csv":
            path.write_text(written([header, *([str(cell) for cell in row] for row in rows)]))
        else:
            WRITERS[form](path, {"Accounts": [header, *rows]})
        ledgers.append(run(load_project(root), DAY).entries.sort("action_id", "revision"))
    assert ledgers[0].height > 10
    assert ledgers[0].equals(ledgers[1])
    assert ledgers[0].equals(ledgers[2])


def test_quotes_in_the_header_are_read_as_they_are_meant(tmp_path: Path) -> None:
    content = 'account_id,"Size ""net"", in EUR",status\n007,1200,active\n'
    (tmp_path / f"{DAY}.csv").write_text(content)
    settings = {"fields": {"arr": {"from": 'Size "net", in EUR'}}}
    (tmp_path / "fields.yaml").write_text(json.dumps(settings))
    (tmp_path / "tenure.yaml").write_text(
        "workspace: W\ntime_zone: UTC\nsnapshots: {files: '{date}.csv'}\n"
    )
    workspace, catalogue, problems, _ = load_workspace(tmp_path)
    assert problems == []
    assert workspace is not None
    frame = Snapshots(workspace, catalogue).load(DAY, ["arr", "status"]).frame
    assert frame.rows() == [("007", 1200.0, "active")]
