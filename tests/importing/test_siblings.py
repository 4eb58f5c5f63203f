"""One book of accounts in writings that no committed export has: other tools, signs, encodings and faults."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.make_exports import book, csv_text, date, english, field, number, table, words
from tenure.engine.core.problems import Problems
from tenure.engine.importing.import_plan import ImportPlan, ImportReader, ImportRequest
from tenure.engine.project.loading import load_project
from tenure.engine.sources import Snapshots

ON = dt.date(2026, 3, 31)
NUMBERS = frozenset(("arr", "mrr", "seats_licensed", "plan_utilisation", "health_score"))
FIELDS = "account_name status arr renewal_date signup_date auto_renew seats_licensed plan_utilisation csm country"
Write = Callable[[dict[str, str]], str]
SETTINGS = """\
workspace: acme
time_zone: Europe/Paris
snapshots:
  files: data/accounts-{date}.csv
"""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace without playbooks, in which an import is fast."""
    folder = tmp_path_factory.mktemp("siblings") / "acme"
    folder.mkdir()
    (folder / "tenure.yaml").write_text(SETTINGS, "utf-8")
    return folder


def plan_of(empty: Path, folder: Path, name: str, content: str | bytes) -> tuple[Path, ImportPlan]:
    """Return the workspace, and the plan of what `--yes` takes."""
    root = Path(shutil.copytree(empty, folder / "acme"))
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root, ImportReader(ImportRequest((path,), root, ON)).plan({})


def check(
    empty: Path, folder: Path, name: str, content: str | bytes, fields: str = FIELDS
) -> ImportPlan:
    """Import an export, and compare what a run reads with the book."""
    root, plan = plan_of(empty, folder, name, content)
    for path, text in plan.files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text)
    project = load_project(root)
    snapshot = Snapshots(project.workspace, project.catalogue).load(ON, fields.split())
    assert snapshot.quarantined.is_empty()
    found = {row["account_id"]: row for row in snapshot.frame.to_dicts()}
    assert found.keys() == {account["account_id"] for account in book()}
    for account in book():
        for each in fields.split():
            value, wanted = found[account["account_id"]][each], account[each]
            if each in NUMBERS:
                assert value == pytest.approx(float(wanted)), (account["account_id"], each)
            else:
                assert str(value).lower() == wanted.lower(), (account["account_id"], each)
    return plan


def plain(**more: Write) -> str:
    return csv_text(table(english("%Y-%m-%d", **more)))  # type: ignore[arg-type]


def lakhs(account: dict[str, str]) -> str:
    """Write an amount as India does: by two digits before the last three."""
    whole, _, rest = f"{float(account['arr']):.2f}".partition(".")
    if len(whole) > 3:
        whole = re.sub(r"(?<=\d)(?=(\d\d)+$)", ",", whole[:-3]) + "," + whole[-3:]
    return f"₹{whole}.{rest}"


def francs(account: dict[str, str]) -> str:
    text = f"{float(account['arr']):,.2f}".replace(",", "'")
    return "CHF " + text.replace(".00", ".-")


AMOUNTS: dict[str, tuple[Write, str]] = {
    "Indian": (lakhs, "INR"),
    "Swiss without coins": (francs, "CHF"),
    "German among points": (number("arr", thousands=".", decimal=",", before="EUR "), "EUR"),
    "in words": (number("arr", thousands=" ", decimal=",", after=" euros"), "EUR"),
    "Turkish": (number("arr", thousands=".", decimal=",", before="₺"), "TRY"),
    "Swedish": (number("arr", thousands=" ", decimal=",", after=" kr"), "SEK"),
    "two signs": (number("arr", thousands=",", before="USD$"), "USD"),
    "told to be text": (number("arr", before="'"), "EUR"),
}


@pytest.mark.parametrize("case", AMOUNTS)
def test_amounts_in_other_writings(case: str, empty: Path, tmp_path: Path) -> None:
    write, currency = AMOUNTS[case]
    plan = check(empty, tmp_path, "a.csv", plain(ARR=write))
    assert plan.proposal.defaults["currency"] == currency


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("✅", "❌"), ("☑", "☐"), ("✓", "✗"), ("Enabled", "Disabled"), ("Automatic", "Manual"), ("1.0", "0.0"),
        ("Sí", "No"), ("Auto-Renew", "Manual renewal"), ("x", ""), ("checked", ""),
    ],
)  # fmt: skip
def test_yes_and_no_in_other_writings(yes: str, no: str, empty: Path, tmp_path: Path) -> None:
    plan = check(
        empty, tmp_path, "a.csv", plain(**{"Auto-Renew": words("auto_renew", true=yes, false=no)})
    )
    asked = [each.text for each in plan.proposal.questions if "Auto-Renew" in each.text]
    assert len(asked) == (not no)


def test_an_empty_cell_means_nothing_where_a_person_says_so(empty: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(empty, tmp_path / "acme"))
    path = tmp_path / "a.csv"
    path.write_text(plain(**{"Auto-Renew": words("auto_renew", true="x", false="")}), "utf-8")
    reader = ImportReader(ImportRequest((path,), root, ON))
    answers = {"blank:Auto-Renew": "no"}
    assert reader.plan(answers).proposal.columns["auto_renew"].default == ""


@pytest.mark.parametrize(("best", "factor"), [(1, 100), (5, 20), (10, 10)])
def test_a_score_on_another_scale_is_asked_about(
    best: int, factor: int, empty: Path, tmp_path: Path
) -> None:
    scored = number("health_score", times=best / 100, places=4)
    plan = check(empty, tmp_path, "a.csv", plain(**{"Health Score": scored}), "health_score")
    (asked,) = [each for each in plan.proposal.questions if each.key.startswith("scale:")]
    assert asked.default == str(best)
    assert plan.proposal.columns["health_score"].times == factor


@pytest.mark.parametrize("separator", ["^", "~", "#", ":", "\x1f", "\x01", "|"])
def test_any_separator_is_told_by_the_header(separator: str, empty: Path, tmp_path: Path) -> None:
    check(empty, tmp_path, "a.csv", csv_text(table(english("%Y-%m-%d")), separator))


@pytest.mark.parametrize(
    "encoding",
    ["mac-roman", "cp850", "iso-8859-15", "windows-1252", "utf-32", "utf-16-le", "utf-16-be"],
)
def test_any_encoding_of_western_europe_is_told_by_the_text(
    encoding: str, empty: Path, tmp_path: Path
) -> None:
    after = " €" if encoding == "iso-8859-15" else ""
    text = plain(ARR=number("arr", after=after))
    check(empty, tmp_path, "a.csv", text.encode(encoding))


def test_an_encoding_that_the_workspace_states_is_taken(empty: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(empty, tmp_path / "acme"))
    (root / "tenure.yaml").write_text(f"{SETTINGS}  encoding: windows-1250\n", "utf-8")
    path = tmp_path / "a.csv"
    path.write_bytes("Customer ID,Customer Name,Status\nA1,Dvořák,Active\n".encode("windows-1250"))
    plan = ImportReader(ImportRequest((path,), root, ON)).plan({})
    assert plan.proposal.columns["account_name"].column.examples == ("Dvořák",)


BROKEN: dict[str, Callable[[list[str]], list[str]]] = {
    "the header again": lambda lines: [*lines[:6], lines[0], *lines[6:]],
    "a row twice": lambda lines: [*lines, lines[3]],
    "blank lines": lambda lines: ["", *lines[:4], "", *lines[4:], "", ""],
    "a quote in front": lambda lines: [*lines[:5], lines[5].replace("Bob", '"Bob'), *lines[6:]],
    "spaces around": lambda lines: [" , ".join(line.split(",")) for line in lines],
}


@pytest.mark.parametrize("case", BROKEN)
def test_half_broken_tables(case: str, empty: Path, tmp_path: Path) -> None:
    lines = BROKEN[case](plain().splitlines())
    check(empty, tmp_path, "a.csv", "\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('Ocean 5" Ltd', 'Ocean 5" Ltd'),
        ('"The "Best" Ltd"', 'The "Best" Ltd'),
        ('"The \\"Best\\" Ltd"', 'The "Best" Ltd'),
        ('"The ""Best"" Ltd"', 'The "Best" Ltd'),
    ],
)
def test_quotes_within_values(written: str, name: str, empty: Path, tmp_path: Path) -> None:
    lines = plain().splitlines()
    lines[4] = lines[4].replace("Delta Logistics", written)
    _, plan = plan_of(empty, tmp_path, "a.csv", "\n".join(lines) + "\n")
    column = plan.proposal.columns["account_name"].column
    assert name in column.values or name in column.examples


def packed(**members: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_", "."), text)
    return content.getvalue()


def test_a_note_in_a_zip_file_is_no_table(empty: Path, tmp_path: Path) -> None:
    check(empty, tmp_path, "a.zip", packed(README_txt="hello", accounts_csv=plain()))


def test_a_packed_export_in_another_writing(empty: Path, tmp_path: Path) -> None:
    content = gzip.compress(csv_text(table(english("%a, %d %b %Y")), "~").encode("cp850"), mtime=0)
    check(empty, tmp_path, "a.csv.gz", content)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Customer ID ; Status\n".replace(";", "\u00a6") + "A1 \u00a6 Active\n", "has one column"),
        (plain(**{"Customer ID": lambda a: f"1.23457E+{a['account_id'][-2:]}"}), "lost digits"),
        (csv_text([[*row] for row in zip(*table(english("%Y-%m-%d")), strict=True)]), "transpose"),
    ],
)
def test_what_is_no_table_of_accounts_is_refused(
    text: str, said: str, empty: Path, tmp_path: Path
) -> None:
    with pytest.raises(Problems) as caught:
        plan_of(empty, tmp_path, "a.csv", text)
    (problem,) = caught.value.problems
    assert said in f"{problem.message} {problem.hint}"


TOOLS: dict[str, tuple[dict[str, Write], str]] = {
    "Gainsight": (
        {
            "SFDC Account ID": field("account_id"),
            "Name": field("account_name"),
            "Stage": words("status", active="Adopting", trial="Trial", lapsed="Churned", suspended="On Hold"),
            "ARR": number("arr", thousands=",", before="$"),
            "Renewal Date": date("renewal_date", "%m/%d/%Y"),
            "Original Contract Date": date("signup_date", "%m/%d/%Y"),
            "Current Score": field("health_score"),
            "CSM Name": field("csm"),
        },
        "account_name status arr renewal_date signup_date health_score csm",
    ),
    "Totango": (
        {
            "Account ID": field("account_id"),
            "Account Name": field("account_name"),
            "Account Status": words(
                "status", active="Paying", trial="Free Trial", lapsed="Canceled", suspended="Paused"
            ),
            "Contract Value": field("arr"),
            "Contract Renewal Date": date("renewal_date", "%Y-%m-%dT00:00:00.000Z"),
            "Success Manager": field("csm"),
            "Health": words("auto_renew", true="Green", false="Red"),
            "Licenses": field("seats_licensed"),
        },
        "account_name status arr renewal_date csm seats_licensed",
    ),
    "Planhat": (
        {
            "External id": field("account_id"),
            "Name": field("account_name"),
            "Phase": words("status", active="Live", trial="Trial", lapsed="Churned", suspended="Paused"),
            "ARR": number("arr", thousands=" "),
            "Renewal date": date("renewal_date", "%Y-%m-%d"),
            "Customer from": date("signup_date", "%Y-%m-%d"),
            "Health": number("health_score", times=0.1, places=1),
        },
        "account_name status arr renewal_date signup_date health_score",
    ),
    "Intercom": (
        {
            "Company name": field("account_name"),
            "Company ID": field("account_id"),
            "Company industry": field("industry"),
            "Monthly spend": field("mrr"),
            "Company created at (UTC)": date("signup_date", "%Y-%m-%d 10:00:00"),
        },
        "account_name industry mrr signup_date",
    ),
    "Recurly": (
        {
            "account_code": field("account_id"),
            "company_name": field("account_name"),
            "state": words("status", active="active", trial="in_trial", lapsed="expired", suspended="paused"),
            "quantity": field("seats_licensed"),
            "current_term_ends_at": date("renewal_date", "%Y-%m-%d 00:00:00 UTC"),
            "auto_renew": field("auto_renew"),
        },
        "account_name status seats_licensed renewal_date auto_renew",
    ),
    "Dynamics": (
        {
            "(Do Not Modify) Account": lambda a: f"6f2c0b1e-0000-4000-8000-00000000{a['account_id'][2:]}",
            "(Do Not Modify) Modified On": lambda _: "46111.5",
            "Account Name": field("account_name"),
            "Account Number": field("account_id"),
            "Relationship Type": words(
                "status", active="Customer", trial="Trial", lapsed="Former Customer", suspended="On hold"
            ),
            "Address 1: Country/Region": field("country"),
            "Annual Contract Value": field("arr"),
            "Contract End": date("renewal_date", "#m/#d/%Y"),
        },
        "account_name status country arr renewal_date",
    ),
}  # fmt: skip
"""Tools without a preset: their columns, and the fields that these fill."""


@pytest.mark.parametrize("tool", TOOLS)
def test_exports_of_tools_without_a_preset(tool: str, empty: Path, tmp_path: Path) -> None:
    columns, fields = TOOLS[tool]
    check(empty, tmp_path, "a.csv", csv_text(table(columns)), fields)  # type: ignore[arg-type]


def test_active_or_not_is_a_status_only_in_a_column_that_says_so(
    empty: Path, tmp_path: Path
) -> None:
    columns = {
        "Customer ID": field("account_id"),
        "Customer Name": field("account_name"),
        "Is Active": words("status", active="True", trial="True", lapsed="False", suspended="True"),
    }
    _, plan = plan_of(empty, tmp_path, "a.csv", csv_text(table(columns)))
    read = plan.proposal.columns["status"]
    assert (read.column.name, dict(read.translate)) == (
        "Is Active",
        {"True": "active", "False": "lapsed"},
    )
    flagged = csv_text(
        table({**columns, "Is Active": field("account_name"), "Paid": columns["Is Active"]})
    )
    root = tmp_path / "other"
    root.mkdir()
    _, plan = plan_of(empty, root, "a.csv", flagged)
    assert "status" not in plan.proposal.columns
