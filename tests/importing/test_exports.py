"""Exports as CRMs, billing systems and spreadsheets write them, each imported without an edit, with the right values.

`book.csv` is written by hand: what the accounts are in truth. `support/make_exports.py` writes it in many styles.
"""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from tenure.cli.main import main
from tenure.engine.importing.knowledge import find_preset, presets
from tenure.engine.project.loading import load_project
from tenure.engine.sources import Snapshots

HERE = Path(__file__).parent
ON = dt.date(2026, 3, 31)
NUMBERS = (
    "arr",
    "mrr",
    "seats_licensed",
    "seats_active",
    "plan_utilisation",
    "health_score",
    "nps_score",
)
DATES = ("renewal_date", "contract_start", "signup_date", "last_review_date")
BOOLEANS = ("auto_renew", "payment_overdue", "opt_out")

_BASIC = "account_name status renewal_date contact_email country"
_FRENCH = (
    f"{_BASIC} arr signup_date auto_renew seats_licensed seats_active plan_utilisation health_score csm "
    "contact_first_name last_review_date payment_overdue"
)
_GERMAN = (
    f"{_BASIC} arr contract_start signup_date auto_renew seats_licensed plan_utilisation health_score csm "
    "contact_first_name last_review_date"
)
_ENGLISH = (
    f"{_BASIC} arr signup_date auto_renew seats_licensed seats_active plan_utilisation health_score nps_score csm "
    "language last_review_date"
)
_HEADERS = (
    f"{_BASIC} arr contract_start seats_licensed seats_active plan_utilisation contact_first_name"
)
_SALESFORCE = f"{_BASIC} arr contract_start industry contact_first_name opt_out health_score"

EXPECTED: dict[str, tuple[str, str, str | None]] = {
    "hubspot.csv": (
        "account_name status arr renewal_date signup_date auto_renew csm health_score industry country",
        "EUR",
        "hubspot",
    ),
    "salesforce_us-2026-03-31.csv": (_SALESFORCE, "USD", "salesforce"),
    "salesforce_uk.csv": (_SALESFORCE, "GBP", "salesforce"),
    "pipedrive.csv": (f"{_BASIC} arr signup_date", "EUR", "pipedrive"),
    "stripe.csv": (
        "account_name status renewal_date contact_email contract_start signup_date seats_licensed",
        "eur",
        "stripe",
    ),
    "chargebee.csv": (
        "account_name status renewal_date contact_email contact_first_name contract_start signup_date seats_licensed "
        "mrr language",
        "EUR",
        "chargebee",
    ),
    "classeur_windows.csv": (_FRENCH, "EUR", None),
    "classeur_bom.csv": (_FRENCH, "EUR", None),
    "classeur_unicode.txt": (_FRENCH, "EUR", None),
    "kunden.csv": (_GERMAN, "EUR", None),
    "kunden_utf8.csv": (_GERMAN, "EUR", None),
    "kunden.csv.zip": (_GERMAN, "EUR", None),
    "schweiz.csv": (_GERMAN, "CHF", None),
    "arbeitsmappe.xlsx": (_GERMAN, "EUR", None),
    "named_months.csv": (_ENGLISH, "EUR", None),
    "two_digit_years.csv": (_ENGLISH, "EUR", None),
    "tabs.tsv": (_ENGLISH, "EUR", None),
    "bars.csv": (_ENGLISH, "EUR", None),
    "packed.csv.gz": (_ENGLISH, "EUR", None),
    "accounts.json": (_ENGLISH, "EUR", None),
    "accounts.jsonl": (_ENGLISH, "EUR", None),
    "workbook.xlsx": (_ENGLISH, "EUR", None),
    "half_broken.csv": (_ENGLISH, "EUR", None),
    "classeur_titres.csv": (_FRENCH, "EUR", None),
    "rapport.xlsx": (_FRENCH, "EUR", None),
    "classeur_sans_format.csv": (_FRENCH, "EUR", None),
    "zwei_kopfzeilen.csv": (_HEADERS, "EUR", None),
    "zwei_kopfzeilen.xlsx": (_HEADERS, "EUR", None),
    "schweiz_unicode.txt": (_GERMAN, "CHF", None),
    "sap.txt": (
        "account_name status renewal_date contact_email country arr contract_start last_review_date nps_score",
        "EUR",
        None,
    ),
    "salesforce_report.csv": (_ENGLISH, "USD", None),
    "separator_line.csv": (_ENGLISH, "EUR", None),
    "guarded.csv": (_ENGLISH, "EUR", None),
    "google_sheets.csv": (_ENGLISH, "EUR", None),
    "pandas.csv": (
        "account_name status arr renewal_date last_review_date seats_licensed auto_renew health_score csm "
        "contact_email",
        "EUR",
        None,
    ),
    "zoho.csv": (f"{_BASIC} arr signup_date", "EUR", None),
    "zendesk.csv": ("account_name status renewal_date country signup_date", "EUR", None),
}
"""The fields that each export has, the currency, and whose export it is."""

IDS = {"guarded.csv": "00{}", "sap.txt": "000000{}", "pandas.csv": "{}"}
"""How exports write the number in an account's id, where that is not `C-0101`; pandas leaves out its zeros."""

CURRENCIES = {"google_sheets.csv": {"US": "USD", "GB": "GBP"}}
"""The currencies of exports in which accounts have different ones, by country."""

UNKNOWN = {("half_broken.csv", "C-0105", "health_score")}
"""Values that an export does not have."""


def book() -> dict[str, dict[str, str]]:
    with (HERE / "book.csv").open(encoding="utf-8", newline="") as file:
        return {row["account_id"]: row for row in csv.DictReader(file)}


def written_id(export: str, id: str) -> str:
    number = id.removeprefix("C-")
    if export == "pandas.csv":
        number = number.lstrip("0")
    return IDS[export].format(number) if export in IDS else id


def typed(field: str, text: str) -> object:
    if not text:
        return None
    if field in NUMBERS:
        return float(text)
    if field in DATES:
        return dt.date.fromisoformat(text)
    return text == "true" if field in BOOLEANS else text


def test_there_are_thirty_and_all_are_expected() -> None:
    assert {path.name for path in (HERE / "exports").iterdir()} == EXPECTED.keys()
    assert len(EXPECTED) >= 30


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace with two playbooks: with all eight it takes longer, and `test_import.py` does that once."""
    folder = tmp_path_factory.mktemp("exports") / "acme"
    assert CliRunner().invoke(main, ["init", str(folder)]).exit_code == 0
    for file in (folder / "playbooks").iterdir():
        if file.name not in ("renewal.yaml", "reviews.yaml"):
            file.unlink()
    return folder


@pytest.mark.parametrize("name", EXPECTED)
def test_an_export_is_imported_without_an_edit(name: str, empty: Path, tmp_path: Path) -> None:
    fields, currency, preset = EXPECTED[name]
    root = Path(shutil.copytree(empty, tmp_path / "acme"))
    args = ["import", str(HERE / "exports" / name), "--into", str(root), "--yes", "--date", str(ON)]
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 0, result.output
    assert "bad value" not in result.stderr
    if preset is not None:
        assert f"the export of {presets()[preset].title}" in result.stderr
    project = load_project(root)
    wanted = fields.split()
    snapshot = Snapshots(project.workspace, project.catalogue).load(ON, [*wanted, "currency"])
    assert snapshot.quarantined.is_empty()
    truth = {written_id(name, id): row for id, row in book().items()}
    rows = {row["account_id"]: row for row in snapshot.frame.to_dicts()}
    assert rows.keys() == truth.keys()
    for id, row in rows.items():
        assert row["currency"] == CURRENCIES.get(name, {}).get(truth[id]["country"], currency)
        for field in wanted:
            given = None if (name, id, field) in UNKNOWN else typed(field, truth[id][field])
            assert (
                row[field] == pytest.approx(given)
                if field in NUMBERS and given is not None
                else row[field] == given
            ), (
                id,
                field,
                row[field],
            )


@pytest.mark.parametrize("name", presets())
def test_a_preset_knows_thirty_headers_and_recognises_them(name: str) -> None:
    preset = presets()[name]
    headers = [*preset.columns, *preset.unneeded]
    assert len(headers) >= 30
    assert find_preset(headers) is preset
    assert not preset.columns.keys() & preset.unneeded.keys()
