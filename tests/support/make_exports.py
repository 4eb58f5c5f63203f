"""Writes the exports under `tests/importing/exports`: one book of accounts, as twenty programs and people write it.

Run it after a change: `python tests/support/make_exports.py`. The files are committed, so that what is imported does
not depend on what writes it.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

BOOK = Path(__file__).parents[1] / "importing" / "book.csv"
EXPORTS = BOOK.with_name("exports")
Account = Mapping[str, str]
Columns = Mapping[str, Callable[[Account], str]]


def book() -> list[dict[str, str]]:
    """Return the accounts as they are in truth."""
    with BOOK.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def field(name: str) -> Callable[[Account], str]:
    """Write a field as it is."""
    return lambda account: account[name]


def fixed(text: str) -> Callable[[Account], str]:
    """Write the same for all accounts."""
    return lambda _: text


def words(name: str, **spelling: str) -> Callable[[Account], str]:
    """Write a field in other words."""
    return lambda account: spelling[account[name]]


def date(name: str, format: str, missing: str = "") -> Callable[[Account], str]:
    """Write a date in a format, without leading zeros where `#` is before the directive."""

    def write(account: Account) -> str:
        if not account[name]:
            return missing
        day = dt.date.fromisoformat(account[name])
        text = format.replace("#d", str(day.day)).replace("#m", str(day.month))
        return day.strftime(text)

    return write


def number(
    name: str,
    *,
    thousands: str = "",
    decimal: str = ".",
    places: int = 2,
    before: str = "",
    after: str = "",
    times: float = 1,
) -> Callable[[Account], str]:
    """Write a number with these marks."""

    def write(account: Account) -> str:
        text = f"{float(account[name]) * times:,.{places}f}"
        text = text.replace(",", "\0").replace(".", decimal).replace("\0", thousands)
        return f"{before}{text}{after}"

    return write


def table(columns: Columns) -> list[list[str]]:
    """Return header and rows."""
    return [[*columns], *([write(account) for write in columns.values()] for account in book())]


def csv_text(
    rows: Iterable[list[str]], separator: str = ",", end: str = "\n", quote: bool = False
) -> str:
    """Return rows as CSV."""
    out = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()


def save(name: str, content: str | bytes, encoding: str = "utf-8") -> None:
    """Write a file."""
    data = content if isinstance(content, bytes) else content.encode(encoding)
    (EXPORTS / name).write_bytes(data)


def french(**more: Callable[[Account], str]) -> dict[str, Callable[[Account], str]]:
    """Return the columns of a French book in Excel."""
    return {
        "Code client": field("account_id"),
        "Raison sociale": field("account_name"),
        "Statut": words(
            "status", active="Actif", trial="Essai", lapsed="Résilié", suspended="Suspendu"
        ),
        "Montant annuel HT": number("arr", thousands="\u202f", decimal=",", after=" €"),
        "Date d'échéance": date("renewal_date", "%d/%m/%Y"),
        "Client depuis": date("signup_date", "%d/%m/%Y"),
        "Tacite reconduction": words("auto_renew", true="Oui", false="Non"),
        "Licences": field("seats_licensed"),
        "Utilisateurs actifs": field("seats_active"),
        "Taux d'utilisation": number("plan_utilisation", decimal=",", places=1, times=100),
        "Score de santé": field("health_score"),
        "CSM": field("csm"),
        "Courriel": field("contact_email"),
        "Prénom": field("contact_first_name"),
        "Pays": field("country"),
        "Dernière revue": date("last_review_date", "%d/%m/%Y", "n/a"),
        "Impayé": words("payment_overdue", true="Oui", false="Non"),
        **more,
    }


def german(**more: Callable[[Account], str]) -> dict[str, Callable[[Account], str]]:
    """Return the columns of a German book."""
    return {
        "Kundennummer": field("account_id"),
        "Firmenname": field("account_name"),
        "Kundenstatus": words(
            "status", active="Aktiv", trial="Testphase", lapsed="Gekündigt", suspended="Pausiert"
        ),
        "Jahreswert": number("arr", thousands=".", decimal=","),
        "Währung": fixed("EUR"),
        "Vertragsbeginn": date("contract_start", "%d.%m.%Y"),
        "Vertragsende": date("renewal_date", "%d.%m.%Y"),
        "Kunde seit": date("signup_date", "%d.%m.%Y"),
        "Automatische Verlängerung": words("auto_renew", true="Ja", false="Nein"),
        "Lizenzen": field("seats_licensed"),
        "Auslastung": number("plan_utilisation", decimal=",", places=0, times=100, after=" %"),
        "Kundengesundheit": field("health_score"),
        "Kundenbetreuer": field("csm"),
        "E-Mail": field("contact_email"),
        "Vorname": field("contact_first_name"),
        "Land": field("country"),
        "Letztes Review": date("last_review_date", "%d.%m.%Y", "k.A."),
        **more,
    }


def english(day: str, **more: Callable[[Account], str]) -> dict[str, Callable[[Account], str]]:
    """Return the columns of an English book, with dates in a format."""
    return {
        "Customer ID": field("account_id"),
        "Customer Name": field("account_name"),
        "Subscription Status": words(
            "status", active="Active", trial="Trial", lapsed="Churned", suspended="On Hold"
        ),
        "ARR": field("arr"),
        "Renewal Date": date("renewal_date", day),
        "Customer Since": date("signup_date", day),
        "Auto-Renew": words("auto_renew", true="Yes", false="No"),
        "Licensed Seats": field("seats_licensed"),
        "Active Users": field("seats_active"),
        "Utilization": field("plan_utilisation"),
        "Health Score": field("health_score"),
        "NPS": field("nps_score"),
        "CSM": field("csm"),
        "Contact Email": field("contact_email"),
        "Country": field("country"),
        "Language": field("language"),
        "Last QBR": date("last_review_date", day),
        **more,
    }


def from_crms() -> None:
    """Write exports of CRMs and billing systems."""
    stamp = "%Y-%m-%d 09:30"
    hubspot: Columns = {
        "Record ID": field("account_id"),
        "Company name": field("account_name"),
        "Company owner": field("csm"),
        "Lifecycle Stage": words(
            "status",
            active="Customer",
            trial="Trial",
            lapsed="Former Customer",
            suspended="On hold",
        ),
        "Annual Revenue": fixed("50000000"),
        "Industry": field("industry"),
        "Country/Region": field("country"),
        "City": fixed("Paris"),
        "Create Date": date("signup_date", stamp),
        "Close Date": date("signup_date", stamp),
        "Last Activity Date": fixed("2026-03-30 17:05"),
        "Number of Associated Contacts": fixed("3"),
        "Company Domain Name": lambda a: a["contact_email"].partition("@")[2],
        "Annual recurring revenue": field("arr"),
        "Renewal Date": date("renewal_date", "%Y-%m-%d"),
        "Auto Renew": field("auto_renew"),
        "Customer Success Manager": field("csm"),
        "Health Score": field("health_score"),
    }
    save("hubspot.csv", csv_text(table(hubspot), quote=True))
    salesforce: Columns = {
        "Account ID": field("account_id"),
        "Account Name": field("account_name"),
        "Account Owner": field("csm"),
        "Type": words(
            "status",
            active="Customer - Direct",
            trial="Trial",
            lapsed="Former Customer",
            suspended="On Hold",
        ),
        "Annual Revenue": fixed("$12,000,000"),
        "ARR": number("arr", thousands=",", before="$"),
        "Contract Start Date": date("contract_start", "#m/#d/%Y"),
        "Contract End Date": date("renewal_date", "#m/#d/%Y"),
        "Billing Country": field("country"),
        "Billing State/Province": fixed("California"),
        "Industry": field("industry"),
        "Contact: Email": field("contact_email"),
        "Contact: First Name": field("contact_first_name"),
        "Email Opt Out": words("opt_out", true="1", false="0"),
        "Health Score": field("health_score"),
        "Last Modified Date": fixed("3/30/2026 2:05 PM"),
    }
    save("salesforce_us-2026-03-31.csv", csv_text(table(salesforce), end="\r\n", quote=True))
    british = {
        **salesforce,
        "ARR": number("arr", thousands=",", before="£"),
        "Contract Start Date": date("contract_start", "%d/%m/%Y"),
        "Contract End Date": date("renewal_date", "%d/%m/%Y"),
        "Last Modified Date": fixed("30/03/2026 14:05"),
    }
    save("salesforce_uk.csv", csv_text(table(british), end="\r\n", quote=True), "windows-1252")
    pipedrive: Columns = {
        "Organization - ID": field("account_id"),
        "Organization - Name": field("account_name"),
        "Organization - Owner": field("csm"),
        "Organization - Address": fixed("1 Main Street"),
        "Organization - Open deals": fixed("1"),
        "Organization - Won deals": fixed("2"),
        "Organization - Organization created": date("signup_date", "%Y-%m-%d 08:00:00"),
        "Organization - Last activity date": fixed("2026-03-28"),
        "Organization - Country of Address": field("country"),
        "Deal - Status": words(
            "status", active="Won", trial="Trial", lapsed="Lost", suspended="On hold"
        ),
        "Deal - ARR": field("arr"),
        "Deal - Currency of Value": fixed("EUR"),
        "Person - Email - Work": field("contact_email"),
        "Renewal date": date("renewal_date", "%Y-%m-%d"),
    }
    save("pipedrive.csv", csv_text(table(pipedrive)))
    stripe: Columns = {
        "id": lambda a: f"sub_{a['account_id'][2:]}",
        "Customer ID": field("account_id"),
        "Customer Name": field("account_name"),
        "Customer Email": field("contact_email"),
        "Plan": fixed("price_1N"),
        "Quantity": field("seats_licensed"),
        "Currency": fixed("eur"),
        "Interval": fixed("month"),
        "Amount": fixed("49.00"),
        "Status": words(
            "status", active="active", trial="trialing", lapsed="canceled", suspended="past_due"
        ),
        "Created (UTC)": date("signup_date", "%Y-%m-%d 08:15"),
        "Current Period Start (UTC)": date("contract_start", "%Y-%m-%d 08:15"),
        "Current Period End (UTC)": date("renewal_date", "%Y-%m-%d 08:15"),
        "Trial Start (UTC)": fixed(""),
        "Cancel At Period End": fixed("false"),
        "Canceled At (UTC)": fixed(""),
    }
    save("stripe.csv", csv_text(table(stripe)))
    chargebee: Columns = {
        "subscriptions.id": lambda a: f"sub{a['account_id'][2:]}",
        "customers.id": field("account_id"),
        "customers.company": field("account_name"),
        "customers.email": field("contact_email"),
        "customers.first_name": field("contact_first_name"),
        "customers.locale": field("language"),
        "subscriptions.status": words(
            "status", active="Active", trial="In Trial", lapsed="Cancelled", suspended="Paused"
        ),
        "subscriptions.plan_id": fixed("pro-yearly"),
        "subscriptions.plan_quantity": field("seats_licensed"),
        "subscriptions.mrr": field("mrr"),
        "subscriptions.currency_code": fixed("EUR"),
        "subscriptions.started_at": date("signup_date", "%d-%b-%Y"),
        "subscriptions.current_term_start": date("contract_start", "%d-%b-%Y"),
        "subscriptions.current_term_end": date("renewal_date", "%d-%b-%Y"),
        "subscriptions.next_billing_at": date("renewal_date", "%d-%b-%Y"),
        "subscriptions.auto_collection": fixed("on"),
    }
    save("chargebee.csv", csv_text(table(chargebee)))


def from_spreadsheets() -> None:
    """Write what people save from spreadsheets, in several countries."""
    rows = table(french())
    blank = [""] * len(rows[0])
    excel = [*rows, blank, blank]
    narrow = csv_text(excel, ";", "\r\n").replace("\u202f", "\u00a0")
    save("classeur_windows.csv", narrow, "windows-1252")
    save("classeur_bom.csv", csv_text(rows, ";", "\r\n"), "utf-8-sig")
    save("classeur_unicode.txt", csv_text(rows, "\t", "\r\n"), "utf-16")
    save("kunden.csv", csv_text(table(german()), ";", "\r\n"), "windows-1252")
    save("kunden_utf8.csv", csv_text(table(german()), ";"))
    swiss = german(Jahreswert=number("arr", thousands="'", before="CHF "), Währung=fixed("CHF"))
    save("schweiz.csv", csv_text(table(swiss), ";"))
    save("named_months.csv", csv_text(table(english("%b %d, %Y"))))
    save("two_digit_years.csv", csv_text(table(english("%m/%d/%y"))))
    save("tabs.tsv", csv_text(table(english("%Y/%m/%d")), "\t"))
    save("bars.csv", csv_text(table(english("%Y%m%d")), "|"))
    save("packed.csv.gz", gzip.compress(csv_text(table(english("%d %b %Y"))).encode(), mtime=0))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo("kunden.csv", (2026, 3, 31, 0, 0, 0))
        archive.writestr(info, csv_text(table(german()), ";"))
    save("kunden.csv.zip", packed.getvalue())


def from_programs() -> None:
    """Write what programs export as JSON, and half-broken tables."""
    rows = table(english("%Y-%m-%d"))
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    save("accounts.json", json.dumps(records, indent=1, ensure_ascii=False))
    save("accounts.jsonl", "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in records))
    broken = table(
        english(
            "%d-%m-%Y",
            ARR=number("arr", thousands=",", after=" EUR"),
            Utilization=number("plan_utilisation", places=0, times=100, after="%"),
            **{
                "Health Score": lambda a: (
                    "#N/A" if a["account_id"] == "C-0105" else a["health_score"]
                )
            },
            Notes=lambda a: "called twice,\nno answer" if a["account_id"] == "C-0104" else "-",
        )
    )
    last_review = broken[0].index("Last QBR")
    for row in broken[1:]:
        row[last_review] = row[last_review] or "NULL"
    broken = [*broken[:4], [""] * len(broken[0]), *broken[4:], [""] * len(broken[0])]
    save("half_broken.csv", csv_text(broken, ",", "\r\n"))


def workbooks() -> None:
    """Write workbooks, with dates and numbers as cells and as text."""
    import xlsxwriter

    for name, columns in (("workbook.xlsx", english("%Y-%m-%d")), ("arbeitsmappe.xlsx", german())):
        with xlsxwriter.Workbook(EXPORTS / name) as workbook:
            workbook.set_properties({"created": dt.datetime(2026, 3, 31, tzinfo=dt.UTC)})
            sheet = workbook.add_worksheet("Accounts")
            day = workbook.add_format({"num_format": "yyyy-mm-dd"})
            for at, row in enumerate(table(columns)):
                for column, text in enumerate(row):
                    _write_cell(sheet, at, column, text, day)


def _write_cell(sheet: object, row: int, column: int, text: str, day: object) -> None:
    try:
        value = dt.datetime.fromisoformat(text)
    except ValueError:
        sheet.write(row, column, text)  # type: ignore[attr-defined]
    else:
        sheet.write_datetime(row, column, value, day)  # type: ignore[attr-defined]


if __name__ == "__main__":
    shutil.rmtree(EXPORTS, ignore_errors=True)
    EXPORTS.mkdir(parents=True)
    from_crms()
    from_spreadsheets()
    from_programs()
    workbooks()
