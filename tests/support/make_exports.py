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


def by_hand() -> None:
    """Write what people make of an export: titles, totals, notes, two rows of headers, cells of many kinds."""
    rows = table(french())
    width = len(rows[0])
    total = ["Total", *[""] * (width - 1)]
    total[3] = "499 147,62 €"
    title = ["Portefeuille clients au 31/03/2026", *[""] * (width - 1)]
    note = ["Source : CRM, extraction du 31/03/2026", *[""] * (width - 1)]
    blank = [""] * width
    titled = [title, note, blank, *rows, total]
    save("classeur_titres.csv", csv_text(titled, ";", "\r\n"), "utf-8-sig")
    save("rapport.xlsx", workbook_bytes([title, blank, *rows, total], merged=[(0, 0, width - 1)]))
    groups = {"Kunde": 3, "Vertrag": 3, "Nutzung": 3, "Ansprechpartner": 4}
    upper = [name for name, size in groups.items() for name in (name, *[""] * (size - 1))]
    lower: Columns = {
        "Kundennummer": field("account_id"),
        "Firma": field("account_name"),
        "Status": german()["Kundenstatus"],
        "Beginn": date("contract_start", "%d.%m.%Y"),
        "Ende": date("renewal_date", "%d.%m.%Y"),
        "Jahreswert": number("arr", thousands=".", decimal=",", after=" €"),
        "Lizenzen": field("seats_licensed"),
        "Aktive Nutzer": field("seats_active"),
        "Auslastung": number("plan_utilisation", decimal=",", places=0, times=100, after=" %"),
        "Name": lambda a: f"{a['contact_first_name']} Muster",
        "Vorname": field("contact_first_name"),
        "E-Mail": field("contact_email"),
        "Land": field("country"),
    }
    cells = table(lower)
    merges = [(0, 0, 2), (0, 3, 5), (0, 6, 8), (0, 9, 12)]
    save("zwei_kopfzeilen.xlsx", workbook_bytes([upper, *cells], merged=merges))
    save("zwei_kopfzeilen.csv", csv_text([upper, *cells], ";", "\r\n"), "windows-1252")


def from_reports() -> None:
    """Write reports as programs write them: with lines around the table, and cells that only Excel understands."""
    report = table(english("%m/%d/%Y", ARR=number("arr", thousands=",", before="$")))
    foot = (
        '\r\n\r\n"Customers with renewals"\r\n"Copyright (c) 2000-2026 salesforce.com, inc."\r\n'
        '"Confidential Information - Do Not Distribute"\r\n"Generated By: Alice Martin 3/31/2026 2:05 PM"\r\n'
        '"Example Inc"\r\n'
    )
    save("salesforce_report.csv", csv_text(report, end="\r\n", quote=True) + foot, "windows-1252")
    hinted = csv_text(table(english("%Y-%m-%d")), ";", "\r\n")
    save("separator_line.csv", "sep=;\r\n" + hinted, "utf-8-sig")
    guarded = english(
        "%Y-%m-%d",
        **{
            "Customer ID": lambda a: f'="00{a["account_id"][2:]}"',
            "Phone": lambda a: f'="+33 1 44 00 {a["account_id"][3:]} 00"',
        },
    )
    save("guarded.csv", csv_text(table(guarded), quote=True))
    frame: Columns = {
        "": lambda a: str(int(a["account_id"][2:]) - 101),
        "account_id": lambda a: f"{int(a['account_id'][2:])}.0",
        "name": field("account_name"),
        "status": field("status"),
        "arr": lambda a: repr(float(a["arr"])),
        "renewal_date": date("renewal_date", "%Y-%m-%d 00:00:00"),
        "last_review_date": date("last_review_date", "%Y-%m-%d 00:00:00", "NaT"),
        "seats": lambda a: f"{a['seats_licensed']}.0",
        "auto_renew": lambda a: a["auto_renew"].title(),
        "health": lambda a: f"{a['health_score']}.0",
        "csm": field("csm"),
        "email": field("contact_email"),
    }
    save("pandas.csv", csv_text(table(frame)))
    sap: Columns = {
        "Debitor": lambda a: f"000000{a['account_id'][2:]}",
        "Name 1": field("account_name"),
        "Land": field("country"),
        "Status": german()["Kundenstatus"],
        "Jahreswert": number("arr", thousands=".", decimal=","),
        "Währg": fixed("EUR"),
        "Gültig ab": date("contract_start", "%d.%m.%Y"),
        "Gültig bis": date("renewal_date", "%d.%m.%Y"),
        "Letztes Review": date("last_review_date", "%d.%m.%Y", "00.00.0000"),
        "NPS": lambda a: f"{a['nps_score'].lstrip('-')}{'-' if '-' in a['nps_score'] else ''}",
        "Telefon 1": lambda a: f"0049 30 {a['account_id'][2:]}",
        "E-Mail": field("contact_email"),
    }
    save("sap.txt", csv_text(table(sap), "\t", "\r\n"), "utf-16")


def from_more_crms() -> None:
    """Write exports of more CRMs and help desks, and sheets that people filled in by hand."""
    zoho: Columns = {
        "Record Id": field("account_id"),
        "Account Name": field("account_name"),
        "Account Owner.id": fixed("zcrm_558733000000"),
        "Account Owner": field("csm"),
        "Phone": lambda a: f"+3314400{a['account_id'][2:]}",
        "Account Status": english("")["Subscription Status"],
        "Annual Recurring Revenue": number("arr", thousands=",", before="€ "),
        "Renewal Date": date("renewal_date", "%d/%m/%Y"),
        "Customer Since": date("signup_date", "%d/%m/%Y"),
        "Billing Country": field("country"),
        "Email": field("contact_email"),
        "Created Time": fixed("31/03/2026 09:30:00"),
        "Employees": fixed("250"),
        "Tag": fixed("vip;beta"),
    }
    save("zoho.csv", csv_text(table(zoho), quote=True), "utf-8-sig")
    zendesk: Columns = {
        "ID": lambda a: str(36002000000 + int(a["account_id"][2:])),
        "Name": field("account_name"),
        "External ID": field("account_id"),
        "Domain names": lambda a: a["contact_email"].partition("@")[2],
        "Created at": date("signup_date", "%Y-%m-%dT08:00:00Z"),
        "Updated at": fixed("2026-03-30T17:05:00Z"),
        "Account status": english("")["Subscription Status"],
        "Contract end": date("renewal_date", "%Y-%m-%d"),
        "Open tickets": fixed("2"),
        "Satisfaction score": fixed("92%"),
        "Country": field("country"),
        "Shared tickets": fixed("false"),
    }
    save("zendesk.csv", csv_text(table(zendesk)))
    signs = {"US": "$", "GB": "£"}

    def day(name: str) -> Callable[[Account], str]:
        """Write a date as one colleague does, or as the other."""
        one, other = date(name, "%Y-%m-%d"), date(name, "%d/%m/%Y")
        return lambda a: (one if int(a["account_id"][2:]) % 2 else other)(a)

    def amount(account: Account) -> str:
        sign = signs.get(account["country"], "€")
        return number("arr", thousands=",", before=sign)(account)

    def share(account: Account) -> str:
        if account["csm"] == "Bob Keller":
            return account["plan_utilisation"]
        return number("plan_utilisation", places=0, times=100, after="%")(account)

    sheet = english(
        "%Y-%m-%d",
        ARR=amount,
        Utilization=share,
        **{
            "Renewal Date": day("renewal_date"),
            "Auto-Renew": words("auto_renew", true="TRUE", false="FALSE"),
            "Last QBR": date("last_review_date", "%Y-%m-%d", "#REF!"),
        },
    )
    cells = table(sheet)
    # The sheet was joined by a formula, which brought the name a second time.
    name = cells[0].index("Customer Name")
    save("google_sheets.csv", csv_text([*row, row[name]] for row in cells))
    swiss = german(
        Jahreswert=number("arr", thousands="’", before="CHF "),
        Währung=fixed("CHF"),
        Vertragsende=date("renewal_date", "#d.#m.%y"),
    )
    save("schweiz_unicode.txt", csv_text(table(swiss), "\t", "\r\n"), "utf-16")
    serial: Columns = french(**{"Date d'échéance": lambda a: str(excel_day(a["renewal_date"]))})
    save("classeur_sans_format.csv", csv_text(table(serial), ";", "\r\n"), "utf-8-sig")


def excel_day(day: str) -> int:
    """Return the number that a spreadsheet has for a date."""
    return (dt.date.fromisoformat(day) - dt.date(1899, 12, 30)).days


def workbook_bytes(rows: list[list[str]], merged: Iterable[tuple[int, int, int]] = ()) -> bytes:
    """Return a workbook with these cells as text, and with cells of a row merged from one column to another."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as workbook:
        workbook.set_properties({"created": dt.datetime(2026, 3, 31, tzinfo=dt.UTC)})
        sheet = workbook.add_worksheet("Accounts")
        for at, row in enumerate(rows):
            for column, text in enumerate(row):
                if text:
                    sheet.write_string(at, column, text)
        for at, first, last in merged:
            sheet.merge_range(at, first, at, last, rows[at][first])
    return out.getvalue()


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
    by_hand()
    from_reports()
    from_more_crms()
