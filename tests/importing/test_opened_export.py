"""Tables that are inside a file: a zip file of any name, lines quoted as a whole, a later sheet, nested objects."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.spreadsheets import write_xlsx
from tenure.cli.main import main
from tenure.engine.importing.import_plan import read_export
from tenure.engine.importing.knowledge import name_in_object

HEADER = "Account ID,Account Name,Status,Renewal Date,ARR"
LINES = [
    HEADER,
    *(f'{n:03},"Ants ""{n}"", Inc",Active,2026-{n:02}-15,{n}000' for n in range(1, 9)),
]
EXPECTED = [(f"{n:03}", f'Ants "{n}", Inc', f"{n}000") for n in range(1, 9)]


def rows_of(path: Path) -> list[tuple[str, ...]]:
    return read_export(path).table.select("Account ID", "Account Name", "ARR").rows()


def quoted(line: str) -> str:
    return '"' + line.replace('"', '""') + '"'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("only_some", [False, True])
def test_lines_that_are_quoted_as_a_whole_are_read(
    tmp_path: Path, encoding: str, end: str, only_some: bool
) -> None:
    path = tmp_path / "export.csv"
    lines = [line if only_some and '"' not in line else quoted(line) for line in LINES]
    path.write_bytes((end.join(lines) + end).encode(encoding))
    assert rows_of(path) == EXPECTED
    assert "lines of export.csv are quoted as a whole" in read_export(path).notes[0]


@pytest.mark.parametrize(
    "text",
    [
        'name\n"a, b"\n"c, d"\n',
        '"a","b"\n"1, 2","x"\n"3","4"\n',
        '"Account ID","Note"\n"1","first\n""second"", third"\n',
    ],
)
def test_quoted_values_are_no_quoted_lines(tmp_path: Path, text: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text(text)
    assert not [note for note in read_export(path).notes if "quoted as a whole" in note]


def packed(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "\n".join(LINES))
    return path


def test_a_zip_file_of_any_name_has_the_table_inside(tmp_path: Path) -> None:
    path = packed(tmp_path / "export.zip", "crm/accounts.csv", "__MACOSX/._accounts.csv", "README")
    assert rows_of(path) == EXPECTED
    root = tmp_path / "w"
    result = imported(path, root)
    assert result.exit_code == 0, result.output
    assert (root / "data/accounts-2026-03-31.csv").read_text().startswith(HEADER)


def imported(path: Path, root: Path) -> Result:
    options = ("--into", str(root), "--yes", "--date", "2026-03-31")
    return CliRunner().invoke(main, ["import", str(path), *options])


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["a.csv", "b.tsv"], "several tables in it, or a very large one: `a.csv`, `b.tsv`"),
        (["notes.doc"], "the ending of `export.zip` does not say what kind of table it is"),
    ],
)
def test_a_zip_file_with_several_tables_or_none_names_them(
    tmp_path: Path, names: list[str], says: str
) -> None:
    result = imported(packed(tmp_path / "export.zip", *names), tmp_path / "w")
    assert result.exit_code == 1
    assert says in result.output
    assert not (tmp_path / "w").exists()


def test_the_sheet_with_the_table_is_read_and_remembered(tmp_path: Path) -> None:
    header = HEADER.split(",")
    rows = [[f"{n:03}", f"A{n}", "Active", f"2026-{n:02}-15", n * 1000] for n in range(1, 9)]
    path = tmp_path / "book.xlsx"
    write_xlsx(path, {"Cover": [["Confidential"]], "Accounts": [header, *rows], "Notes": [["x"]]})
    assert imported(path, tmp_path / "w").exit_code == 0
    assert "sheet: Accounts" in (tmp_path / "w" / "tenure.yaml").read_text()
    write_xlsx(path, {"Accounts": [header, *rows], "More": [header, *rows]})
    assert read_export(path).stated["sheet"] is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("company.address.country", "country"),
        ("subscription.auto_renew", "auto_renew"),
        ("subscription.mrr.amount", "mrr"),
        ("owner.email", None),
        ("company.owner.email", None),
        ("country", None),
    ],
)
def test_a_name_in_an_object_about_the_account_is_its_own(path: str, name: str | None) -> None:
    assert name_in_object(path) == name


def test_nested_objects_fill_fields_by_their_last_name_with_a_doubt(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    path.write_text(
        "".join(
            json.dumps(
                {
                    "id": f"a{n}",
                    "company": {"name": f"Co {n}", "address": {"country": "France"}},
                    "subscription": {"status": "active", "auto_renew": n % 2 == 0},
                    "owner": {"email": "jo@example.com"},
                }
            )
            + "\n"
            for n in range(12)
        )
    )
    root = tmp_path / "w"
    assert imported(path, root).exit_code == 0
    fields = (root / "fields.yaml").read_text()
    assert "country: {from: company.address.country}" in fields
    assert "from: subscription.auto_renew" in fields
    assert "owner.email" not in fields.split("# Columns")[0].split("\n\n")[1]
