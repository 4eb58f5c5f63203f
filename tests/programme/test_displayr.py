"""A year of the renewal playbook on a real subscription history, held against an independent count.

The count reads the invoice lines alone and knows nothing of Tenure: an invoice line is known from
the day its term starts, an account's renewal date is the last day of any term known so far, and it
is active while that lies ahead.
The data is not part of the project: without it these tests skip.
"""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from support.scenario import ship

HERE = Path(__file__).parent
ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "displayr"
LINES = DATA / "invoice_lines_to_2013.csv"
FIRST, LAST = dt.date(2013, 1, 6), dt.date(2013, 12, 31)
DAY = dt.timedelta(days=1)

pytestmark = pytest.mark.skipif(not LINES.exists(), reason="the Displayr history is not here")

# What the source says, in the order of the steps: days from the expiry, and whether the step counts
# days down in what it sends, so that it comes ahead of weekends and holidays. What the others ask
# for is done inside the house, on the working day after. The health check gives way to a review that
# opens on the same day, and so waits for Monday where that is none on which reviews open.
STEPS = [
    ("preparation", -120, False),
    ("health_check", -90, False),
    ("value_report", -60, True),
    ("renewal_notice", -30, True),
    ("urgency", -14, True),
    ("final_push", -7, True),
    ("expiry", 0, False),
    ("grace", 0, False),
    ("win_back", 7, False),  # no account of this export has a CSM
    ("lapsed", 30, False),
]
COUNTRIES = {
    "Australia": "AU",
    "Canada": "CA",
    "Denmark": "DK",
    "Dominican Republic": "DO",
    "France": "FR",
    "Germany": "DE",
    "Hong Kong SAR": "HK",
    "India": "IN",
    "Indonesia": "ID",
    "Japan": "JP",
    "Malta": "MT",
    "Mexico": "MX",
    "Netherlands": "NL",
    "New Zealand": "NZ",
    "Singapore": "SG",
    "South Africa": "ZA",
    "United Kingdom": "GB",
    "United States": "US",
}


@dataclass
class Account:
    """What the count remembers of one account: its terms, and the cycle it is in or was last in."""

    country: str
    terms: list[tuple[dt.date, dt.date]] = field(default_factory=list)
    cycle: dt.date | None = None
    anchor: dt.date | None = None
    done: int = 0
    open: bool = False

    def renewal_date(self, on: dt.date) -> dt.date | None:
        return max((to for start, to in self.terms if start <= on), default=None)


@dataclass(frozen=True)
class Entry:
    """An account came to a step, or to an end, of a cycle."""

    on: dt.date
    name: str
    cycle: dt.date
    step: str
    late: int


def read_accounts() -> dict[str, Account]:
    accounts: dict[str, Account] = {}
    with LINES.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            start, to = map(dt.date.fromisoformat, (line["ValidFrom"], line["ValidTo"]))
            if line["validInvoice"] == "1" and float(line["AUD"]) > 0 and to > start:
                account = accounts.setdefault(line["name"], Account(line["country"]))
                account.terms.append((start, to))
    return accounts


def snapshot_days() -> list[dt.date]:
    return [FIRST + week * 7 * DAY for week in range(52)]


def read_snapshot(on: dt.date) -> dict[str, dict[str, str]]:
    with (DATA / f"accounts-{on}.csv").open(encoding="utf-8", newline="") as file:
        return {row["account_name"]: row for row in csv.DictReader(file)}


@cache
def working_day(day: dt.date, country: str, step: dt.timedelta) -> dt.date:
    while not holidays_of(country).is_working_day(day):
        day += step
    return day


@cache
def holidays_of(country: str):
    import holidays

    return holidays.country_holidays(COUNTRIES[country])


def due(anchor: dt.date, step: int, country: str) -> dt.date:
    name, days, counts_down = STEPS[step]
    day = anchor + days * DAY
    if name == "health_check":
        return day + (7 - day.weekday()) * DAY if day.weekday() >= 5 else day
    return working_day(day, country, -DAY) if counts_down else day


def run_account(name: str, account: Account, on: dt.date, snapshot: dt.date) -> Iterator[Entry]:
    """One account on one date: its outcome, then its steps, then a new cycle with its own."""
    ends = account.renewal_date(snapshot)
    if ends is None:
        return
    if account.open:
        assert account.cycle is not None
        assert account.anchor is not None
        if ends > account.anchor + 60 * DAY:
            account.open = False
            yield Entry(on, name, account.cycle, "renewed", 0)
        else:
            account.anchor = ends
            yield from take_steps(name, account, on, snapshot)
    active = ends > snapshot
    fresh = account.anchor is None or ends > account.anchor
    if not account.open and active and fresh and ends - 120 * DAY <= on <= ends + 30 * DAY:
        account.cycle, account.anchor, account.done, account.open = ends, ends, 0, True
        yield from take_steps(name, account, on, snapshot)


def take_steps(name: str, account: Account, on: dt.date, snapshot: dt.date) -> Iterator[Entry]:
    assert account.cycle is not None
    assert account.anchor is not None
    while account.open:
        step = STEPS[account.done][0]
        day = due(account.anchor, account.done, account.country)
        if day > on or (step == "grace" and snapshot < account.anchor):
            return
        account.done += 1
        account.open = step != "lapsed"
        asked = on if step == "grace" else working_day(day, account.country, DAY)
        yield Entry(on, name, account.cycle, step, max((on - asked).days, 0))


def count_year() -> list[Entry]:
    accounts = read_accounts()
    snapshots = snapshot_days()
    entries: list[Entry] = []
    on = FIRST
    while on <= LAST:
        newest = max(day for day in snapshots if day <= on)
        for name in sorted(accounts):
            entries.extend(run_account(name, accounts[name], on, newest))
        on += DAY
    return entries


def test_the_invoice_lines_give_every_renewal_date_of_every_snapshot():
    accounts = read_accounts()
    for on in snapshot_days():
        known = {name: account.renewal_date(on) for name, account in accounts.items()}
        snapshot = read_snapshot(on)
        assert {name: str(ends) for name, ends in known.items() if ends} == {
            name: row["renewal_date"] for name, row in snapshot.items()
        }
        for name, row in snapshot.items():
            ends = known[name]
            assert ends is not None
            assert (row["status"] == "active") == (ends > on)


def test_the_year_has_its_renewals_lapses_and_returns():
    accounts = read_accounts()
    moves: Counter[str] = Counter()
    for before, after in pairwise(snapshot_days()):
        for account in accounts.values():
            old, new = account.renewal_date(before), account.renewal_date(after)
            if old is None or new is None:
                continue
            moves["lapses"] += old > before and new <= after
            moves["returns"] += old <= before and new > after
            moves["amendments"] += dt.timedelta(0) < new - old <= 60 * DAY
            if new > old + 60 * DAY:
                moves["renewals"] += 1
                moves["early"] += old > after
                moves["late"] += old <= before
    assert moves == {
        "renewals": 168,
        "early": 11,
        "late": 10,
        "amendments": 1,
        "lapses": 36,
        "returns": 10,
    }


def test_renewals_outside_a_cycle_are_late_returns_and_one_far_ahead():
    counted = {(entry.name, entry.on) for entry in count_year() if entry.step == "renewed"}
    outside: Counter[str] = Counter()
    accounts = read_accounts()
    for before, after in pairwise(snapshot_days()):
        for name, account in accounts.items():
            old, new = account.renewal_date(before), account.renewal_date(after)
            if old is None or new is None or new <= old + 60 * DAY or (name, after) in counted:
                continue
            outside["after lapsed"] += after > old + 30 * DAY
            outside["before preparation"] += after < old - 120 * DAY
    assert outside == {"after lapsed": 7, "before preparation": 1}
    assert len(counted) + sum(outside.values()) == 168


def test_the_count_of_the_year_is_known():
    entries = count_year()
    steps = Counter(entry.step for entry in entries)
    assert steps == {
        "preparation": 277,
        "health_check": 254,
        "value_report": 228,
        "renewal_notice": 208,
        "urgency": 197,
        "final_push": 188,
        "expiry": 168,
        "grace": 36,
        "win_back": 36,
        "renewed": 160,
        "lapsed": 31,
    }


ALWAYS_ISSUED = {
    "preparation": "account_check",
    "value_report": "email",
    "renewal_notice": "email",
    "urgency": "email",
    "final_push": "email",
    "grace": "read_only",
    "win_back": "handoff",
    "renewed": "handoff",
}
"""An action of each step that every account gets there: nothing of this export renews by itself."""


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """The ledger and the counts of a year of daily runs of the shipped playbook."""
    import polars as pl
    from tenure.engine.project.loading import load_project
    from tenure.engine.runs.running import run

    root = tmp_path_factory.mktemp("displayr") / "workspace"
    shutil.copytree(HERE / "displayr", root)
    settings = root / "tenure.yaml"
    written = settings.read_text(encoding="utf-8")
    assert "../../../../shared/data/displayr" in written
    found = written.replace("../../../../shared/data/displayr", DATA.as_posix())
    settings.write_text(found, encoding="utf-8")
    ship(root, ["renewal"], asleep=(2, 29))  # a day that 2013 does not have
    project = load_project(root)
    assert not project.errors
    results = [run(project, FIRST + day * DAY) for day in range((LAST - FIRST).days + 1)]
    warnings = {problem.message for result in results for problem in result.warnings}
    assert any("health_score" in message for message in warnings)
    return (
        pl.concat([result.entries for result in results]),
        pl.concat([result.counts for result in results]),
    )


@pytest.mark.slow
def test_the_engine_moves_each_account_on_the_day_the_count_does(year):
    ledger, _ = year
    given = {
        (row["evaluated_on"], row["account_name"], row["cycle"], row["step"], row["late_days"])
        for row in ledger.iter_rows(named=True)
        if ALWAYS_ISSUED[row["step"]] == row["action"] and row["status"] in ("issued", "skipped")
    }
    counted = {
        (entry.on, entry.name, str(entry.cycle), entry.step, entry.late)
        for entry in count_year()
        if entry.step in ALWAYS_ISSUED
    }
    assert given == counted


@pytest.mark.slow
def test_fields_that_the_export_lacks_are_unknown(year):
    ledger, counts = year
    assert "health_check" not in set(ledger["step"])
    untold = counts.filter(counts["what"] == "cannot_tell")
    assert ("health_check", "health_score") in set(untold.select("step", "field").iter_rows())


@pytest.mark.slow
def test_as_many_accounts_reach_each_step_as_the_count_says(year):
    _, counts = year
    given: Counter[str] = Counter()
    for row in counts.filter(counts["what"] == "moved").iter_rows(named=True):
        given[row["step"]] += row["accounts"]
    assert given == Counter(entry.step for entry in count_year())


@pytest.mark.slow
def test_the_docs_say_what_the_year_gave(year):
    ledger, counts = year
    page = (ROOT / "docs" / "evidence" / "real-year.md").read_text("utf-8").replace(",", "")
    moved = counts.filter(counts["what"] == "moved").select("step", "accounts")
    statuses = Counter(ledger.select("step", "status").iter_rows())
    for step, accounts in moved.group_by("step").sum().iter_rows():
        issued, skipped = statuses[step, "issued"], statuses[step, "skipped"]
        assert f"| `{step}` | {accounts} | {issued} | {skipped} |" in page
    totals = Counter(ledger["status"])
    whole = " ".join(f"{totals[status]} {status}" for status in ("issued", "skipped", "withdrawn"))
    assert f"{ledger.height} entries: {whole}." in page
