"""Answers to the questions of an import: the next import knows them, unless the data contradicts them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.spreadsheets import write_xlsx
from tenure.cli import import_file
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.sources import Snapshots

ON, LATER, LAST = dt.date(2026, 3, 31), dt.date(2026, 4, 7), dt.date(2026, 4, 14)
SETTINGS = """\
workspace: acme
time_zone: Europe/Paris
snapshots: {files: "data/accounts-{date}.csv"}
"""
HEADER = "Customer ID,Status,Renewal Date,"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "tenure.yaml").write_text(SETTINGS)
    monkeypatch.setattr(import_file, "on_terminal", lambda: True)
    return folder


def bring(
    root: Path, text: str, answers: str, on: dt.date = ON, name: str = "export.csv"
) -> Result:
    file = root.with_name(name)
    file.write_text(text, "utf-8")
    args = ["import", str(file), "--into", str(root), "--date", str(on)]
    result = CliRunner().invoke(main, args, input=answers)
    assert result.exit_code == 0, result.output
    return result


def values(root: Path, field: str, on: dt.date = ON) -> list[object]:
    project = load_project(root)
    return Snapshots(project.workspace, project.catalogue).load(on, [field]).frame[field].to_list()


def rows(*values: str) -> str:
    return "".join(f"A{n},Active,2026-06-{n + 10},{value}\n" for n, value in enumerate(values))


CASES: dict[str, tuple[str, tuple[str, ...], str, str, str, list[object]]] = {
    "decimals": ("ARR", ("4.125", "7"), "decimals\nEUR\n", "before decimals", "arr", [4.125, 7]),
    "thousands": ("ARR", ("4.125", "7"), "thousands\nEUR\n", "before decimals", "arr", [4125, 7]),
    "a share": ("Utilization", ("3", "0.5"), "no\n", "per cent", "plan_utilisation", [3, 0.5]),
    "per cent": ("Utilization", ("30", "5"), "yes\n", "per cent", "plan_utilisation", [0.3, 0.05]),
    "month first": (
        "Customer Since",
        ("03/04/2020",),
        "month first\n",
        "come first",
        "signup_date",
        [dt.date(2020, 3, 4)],
    ),
    "another field": ("Created", ("2021-01-01",), "no\n", "Is `Created`", "signup_date", [None]),
    "a word": ("Opt out", ("Oui", "Non", "Wat"), "true\n", "`Wat`", "opt_out", [True, False, True]),
    "no meaning": (
        "Opt out",
        ("Oui", "Non", "Wat"),
        "nothing\n",
        "`Wat`",
        "opt_out",
        [True, False, None],
    ),
}
"""By case a column, its values, the answers, a part of the question, and what the field then has."""


@pytest.mark.parametrize("case", CASES)
def test_an_answer_is_remembered(case: str, root: Path) -> None:
    column, cells, answers, question, field, read = CASES[case]
    text = f"{HEADER}{column}\n{rows(*cells)}"
    assert question in bring(root, text, f"{answers}y\n").stderr
    assert values(root, field) == read
    written = (root / "fields.yaml").read_text()
    assert question not in bring(root, text, "y\n", LATER).stderr
    assert values(root, field, LATER) == read
    assert (root / "fields.yaml").read_text() == written


@pytest.mark.parametrize(
    "before",
    [
        "fields:\n  account_id: {from: Customer ID}\n  renewal_date: {from: Renewal Date}\n",
        "fields:\n  plan_utilisation: {}\n  arr: {}\n  opt_out:\n    missing: []\n",
        "fields: {account_id: {from: Customer ID}}\n",
        "fields: {}\n",
        "missing: []\n",
        "missing: [x]\nfields: {opt_out: {}}\n",
        "{fields: {}, missing: []}\n",
    ],
)
def test_answers_are_added_to_whatever_fields_there_are(before: str, root: Path) -> None:
    (root / "fields.yaml").write_text(before)
    text = f"{HEADER}ARR,Created,Opt out,plan_utilisation,arr,opt_out\n" + rows(
        "4.125,2021-01-01,,3,,Oui", "7,2021-01-02,,1,,Wat", "8,2021-01-03,,0,,Non"
    )
    text = text.replace("Created,Opt out", "Created,Note").replace(",arr,", ",Other,")
    answers = "no\ndecimals\nno\nnothing\nEUR\ny\n"
    first = bring(root, text, answers)
    assert "before decimals" in first.stderr
    assert values(root, "arr") == [4.125, 7, 8]
    assert values(root, "plan_utilisation") == [3, 1, 0]
    assert values(root, "opt_out") == [True, None, False]
    assert values(root, "signup_date") == [None, None, None]
    written = (root / "fields.yaml").read_text()
    bring(root, text, "y\n", LATER)
    assert (root / "fields.yaml").read_text() == written
    assert values(root, "arr", LATER) == [4.125, 7, 8]


def test_data_that_contradicts_an_answer_goes_before_it(root: Path) -> None:
    head = f"{HEADER}ARR,Utilization\n"
    bring(root, head + rows("4.125,3", "7,0.5"), "decimals\nno\nEUR\ny\n")
    later = head + rows('"1.234.567,50",85 %', '"4.125,00",7 %')
    bring(root, later, "y\n", LATER)
    assert values(root, "arr", LATER) == [1234567.5, 4125]
    assert values(root, "plan_utilisation", LATER) == [0.85, 0.07]


def test_a_stated_order_of_day_and_month_is_that_of_a_new_column(root: Path) -> None:
    bring(root, f"{HEADER}Customer Since\n{rows('03/04/2020')}", "month first\ny\n")
    text = f"{HEADER}Customer Since,Last QBR\n{rows('03/04/2020,05/06/2025')}"
    assert "come first" not in bring(root, text, "y\n", LATER).stderr
    assert values(root, "last_review_date", LATER) == [dt.date(2025, 5, 6)]


@pytest.mark.parametrize(("said", "arr"), [("newest", 200.0), ("sum", 1200.5)])
def test_the_row_that_counts_is_remembered(said: str, arr: float, root: Path) -> None:
    text = f"{HEADER}ARR\nA1,Active,2026-06-29,1000.50\nA1,Active,2027-01-31,200.00\n"
    file = root.with_name("export.csv")
    file.write_text(text, "utf-8")
    for on, more in ((ON, ["--repeated", said]), (LATER, [])):
        args = ["import", str(file), "--into", str(root), "--yes", "--date", str(on), *more]
        result = CliRunner().invoke(main, args)
        assert result.exit_code == 0, result.output
        assert values(root, "arr", on) == [arr]
    assert f"repeated: {said}\n" in (root / "fields.yaml").read_text()
    other = {"newest": "sum", "sum": "newest"}[said]
    args = ["import", str(file), "--into", str(root), "--yes", "--date", str(LAST)]
    result = CliRunner().invoke(main, [*args, "--repeated", other])
    assert f"of several rows of an account the import takes: {other}" in result.stderr
    assert f"repeated: {other}\n" in (root / "fields.yaml").read_text()


@pytest.mark.parametrize(
    "before", ["fields:\n  arr: {from: ARR}\n", "{fields: {arr: {from: ARR}}}\n"]
)
def test_the_row_that_counts_is_added_to_what_people_wrote(before: str, root: Path) -> None:
    (root / "fields.yaml").write_text(before)
    file = root.with_name("export.csv")
    file.write_text(f"{HEADER}ARR\nA1,Active,2026-06-29,10\nA1,Active,2027-01-31,2\n", "utf-8")
    args = ["import", str(file), "--into", str(root), "--yes", "--date", str(ON)]
    result = CliRunner().invoke(main, [*args, "--repeated", "sum"])
    assert result.exit_code == 0, result.output
    assert "repeated: sum" in (root / "fields.yaml").read_text()
    assert values(root, "arr") == [12]


def test_the_sheet_is_remembered(root: Path) -> None:
    file = root.with_name("book.xlsx")
    table = [["Customer ID", "Status"], ["A1", "Active"]]
    write_xlsx(file, {"Notes": [["x"]], "Accounts": table})
    for on, more in ((ON, ["--sheet", "Accounts"]), (LATER, [])):
        args = ["import", str(file), "--into", str(root), "--yes", "--date", str(on), *more]
        assert CliRunner().invoke(main, args).exit_code == 0
    assert values(root, "status", LATER) == ["active"]


def test_a_column_that_is_ignored_may_still_be_named(root: Path) -> None:
    text = f"{HEADER}region\n{rows('EMEA', 'North')}"
    assert "few values of `region` (EMEA, North) are regions" in bring(root, text, "y\n").stderr
    assert 'ignore: ["region"]' in (root / "fields.yaml").read_text()
    assert values(root, "region") == [None, None]
    assert values(root, "sales_region") == ["EMEA", "North"]
    bring(root, text, "y\n", LATER)
    assert values(root, "sales_region", LATER) == ["EMEA", "North"]
    said = (
        "ignore: [region]\nfields:\n  account_id: {from: Customer ID}\n  region: {from: region}\n"
    )
    (root / "fields.yaml").write_text(said)
    bring(root, text, "y\n", LAST)
    assert values(root, "region", LAST) == ["EMEA", "North"]
