"""The portfolio page: its numbers are those of the ledger and the snapshot, and it reads everywhere."""

from __future__ import annotations

import datetime as dt
import html
import re
import shutil
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.workspaces import SETTINGS, snapshot, workspace
from tenure.engine.core.problems import Problems
from tenure.engine.documents.charts import Caption, ChartBar, Curve, draw_bars, draw_curves
from tenure.engine.documents.localizer import Localizer
from tenure.engine.documents.portfolio.cohort_charts import plot
from tenure.engine.documents.portfolio.renewals_due import read_renewals
from tenure.engine.documents.portfolio.weekly_load import show_load
from tenure.engine.documents.portfolio.workload import Load
from tenure.engine.documents.registry import DocumentRequest, NoLanguage, make_document
from tenure.engine.metrics.cohorts import COHORT_RETENTION, KNOWN_ACCOUNTS
from tenure.engine.metrics.currency import Exchange
from tenure.engine.metrics.families import METRIC_FAMILIES
from tenure.engine.metrics.metric_value import Figure, Window
from tenure.engine.metrics.request import MetricRequest as Question
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

ON = dt.date(2026, 4, 1)
EARLIER = dt.date(2025, 4, 1)
UNTIL = ON + dt.timedelta(days=120)

PLAYBOOK = """\
playbook: renewal
title: {en: Renewal <i>, fr: Renouvellement}
schedule: "0 6 * * *"
for: status == 'active'
catch_up: {within: 400 days, then: issue}
timeline:
  anchor: renewal_date
  steps:
    - id: preparation
      title: {en: Preparation, fr: Préparation}
      at: -120 days
      do:
        - task: {id: recovery_plan, owner: csm, due: 20 days, when: health_score < 50}
        - task: {id: risks, owner: [csm, operations], due: 10 days}
    - id: notice
      title: {en: Notice, fr: Annonce}
      at: -30 days
      do: [task: {owner: operations}]
  outcomes:
    lapsed: {title: {en: Lapsed, fr: Résilié}, at: 30 days}
"""


def accounts() -> Iterator[dict[str, Any]]:
    """Renewals from long gone to far ahead, in two currencies, with whatever can be missing."""
    for n in range(40):
        yield {
            "account_id": f"{n:03}",
            "account_name": "" if n == 7 else f"Account <script>alert({n})</script>",
            "status": "lapsed" if n % 11 == 10 else "active",
            "renewal_date": (ON + dt.timedelta(days=9 * n - 60)).isoformat(),
            "health_score": "" if n % 13 == 5 else 40 + (n * 17) % 60,
            "arr": "" if n % 17 == 9 else 1000 * n + 0.2,
            "mrr": 100 * n + 100,
            "currency": "EUR" if n % 3 else "USD",
            "csm": ["Ann <b>", "Bob", ""][n % 3],
            "signup_date": (EARLIER + dt.timedelta(days=7 * (n % 30))).isoformat(),
        }


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("portfolio") / "w"
    settings = SETTINGS.replace("workspace: Test", 'workspace: "Test <u>"')
    settings += "metrics: {currency: EUR, rates: rates.csv}\n"
    workspace(folder, {"renewal": PLAYBOOK}, settings)
    (folder / "rates.csv").write_text("on,currency,rate\n2020-01-01,USD,0.9\n", encoding="utf-8")
    for months in range(13):
        year, month = divmod(2025 * 12 + 3 + months, 12)
        snapshot(folder, dt.date(year, month + 1, 1), list(accounts()))
    for on in (ON - dt.timedelta(days=30), ON):
        run(load_project(folder), on)
    return folder


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return write(root)


def write(root: Path, language: str | None = None, on: dt.date = ON) -> str:
    paper = make_document(
        DocumentRequest(load_project(root), "portfolio", None, on, language, "html")
    )
    assert isinstance(paper.content, str)
    return paper.content


class Tables(HTMLParser):
    """The rows of each table, and the charts' titles with what they tell who can't see them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.text: list[str] = []
        self.tags: Counter[str] = Counter()
        self._rows: list[list[str]] = []
        self._in: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag == "table":
            self._rows = self.tables.setdefault(dict(attrs)["aria-label"] or "", [])
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
            self._in = tag

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in = None

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._in:
            self._rows[-1][-1] += data


def monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def known_issued(root: Path, on: dt.date) -> list[dict[str, Any]]:
    """Each action as its last entry by that date has it, if that is issued."""
    entries = Reader(root / "store").ledger(history=True).sort("revision").to_dicts()
    last = {entry["action_id"]: entry for entry in entries if entry["issued_on"] <= on}
    return [entry for entry in last.values() if entry["status"] == "issued"]


@pytest.mark.parametrize("on", [ON, ON - dt.timedelta(days=30)])
def test_actions_are_the_ledger_s_by_owner_and_week(root: Path, on: dt.date) -> None:
    counts: dict[str, Counter[dt.date]] = defaultdict(Counter)
    first = monday(on) - dt.timedelta(weeks=4)
    for entry in known_issued(root, on):
        if monday(entry["due_on"]) >= first:
            counts[entry["owner"]][monday(entry["due_on"])] += 1
    assert set(counts) == {"Ann <b>", "Bob", "Ops"}
    head, *rows = Tables(write(root, on=on)).tables["Actions due, by owner and week (Monday)"]
    weeks = [first + dt.timedelta(weeks=n) for n in range(13)]
    names = {f"{week.day} {week:%b}": week for week in weeks}
    assert set(head[1:-1]) <= {*names, "later"}
    for owner, *cells, whole in rows:
        seen = sum(counts.values(), Counter()) if owner == "All" else counts[owner]
        assert int(whole) == sum(seen.values())
        for name, cell in zip(head[1:-1], cells, strict=True):
            expected = (
                seen[names[name]]
                if name in names
                else sum(n for w, n in seen.items() if w > weeks[-1])
            )
            assert int(cell or 0) == expected
    assert {row[0] for row in rows} == {*counts, "All"}
    this = sum(each[monday(on)] for each in counts.values())
    assert f"{this} action{'' if this == 1 else 's'} due this week" in write(root, on=on)


def due_renewals() -> list[dict[str, Any]]:
    last = (ON.isoformat(), UNTIL.isoformat())
    return [
        each
        for each in accounts()
        if each["status"] != "lapsed" and last[0] <= each["renewal_date"] <= last[1]
    ]


def at_risk(root: Path) -> list[dict[str, Any]]:
    plans = {
        (entry["account_id"], entry["anchor"].isoformat())
        for entry in known_issued(root, ON)
        if entry["action"] == "recovery_plan"
    }
    return [
        each
        for each in due_renewals()
        if (each["health_score"] != "" and each["health_score"] < 70)
        or (each["account_id"], each["renewal_date"]) in plans
    ]


@pytest.mark.parametrize(("currency", "sign"), [("EUR", "€"), ("USD", "$")])
def test_renewals_at_risk_are_the_snapshot_s_by_currency(
    root: Path, page: str, currency: str, sign: str
) -> None:
    def worth(rows: list[dict[str, Any]]) -> tuple[int, Decimal]:
        mine = [each for each in rows if each["currency"] == currency and each["arr"] != ""]
        return len(mine), sum((Decimal(str(each["arr"])) for each in mine), Decimal())

    def money(amount: Decimal) -> str:
        return f"{sign}{amount.quantize(Decimal(1)):,}"

    rows = Tables(page).tables[f"Value of renewals by month, {currency}"][1:]
    months = sorted(
        {
            each["renewal_date"][:7]
            for each in due_renewals()
            if each["currency"] == currency and each["arr"] != ""
        }
    )
    assert [row[0] for row in rows] == [
        *(dt.date.fromisoformat(f"{month}-01").strftime("%B %Y") for month in months),
        "All",
    ]
    for row, month in zip(rows, [*months, ""], strict=True):
        due, value = worth(
            [each for each in due_renewals() if each["renewal_date"].startswith(month)]
        )
        risky, lost = worth(
            [each for each in at_risk(root) if each["renewal_date"].startswith(month)]
        )
        assert row[1:5] == [str(due), money(value), str(risky), money(lost)]
        assert row[5] == f"{lost * 100 / value:.1f}%"


@pytest.mark.parametrize("rates", ["on,currency,rate\n2024-01-01,USD,0.9\n", None])
def test_one_large_account_at_risk_is_not_hidden_by_many_of_another_currency(
    tmp_path: Path, rates: str | None
) -> None:
    """51 accounts of EUR 1,000, and one of USD 9,000,000: it is the first."""
    converted = "metrics: {currency: EUR, rates: rates.csv}\n" if rates else ""
    root = workspace(tmp_path / "w", {}, SETTINGS + converted)
    if rates:
        (root / "rates.csv").write_text(rates, "utf-8")
    row = {"status": "active", "renewal_date": "2025-06-01", "health_score": 10}
    many = [{"account_id": f"e{n}", "arr": 1000, "currency": "EUR", **row} for n in range(51)]
    large = {"account_id": "large", "arr": 9_000_000, "currency": "USD", **row}
    snapshot(root, dt.date(2025, 5, 1), [*many, large])
    page = write(root, on=dt.date(2025, 5, 1))
    rows = Tables(page).tables["Accounts at risk, by ARR (50 / 52)"][1:]
    assert rows[0][0] == "large"


def test_accounts_at_risk_of_several_currencies_are_ordered_by_converted_value() -> None:
    exchange = Exchange("EUR", {"USD": Decimal("0.5"), "GBP": Decimal(2)})
    arr = {"a": (100, "EUR"), "b": (150, "USD"), "c": (60, "GBP"), "d": (None, "EUR")}
    rows = [
        {
            "account_id": id,
            "arr": amount,
            "currency": currency,
            "renewal_date": dt.date(2025, 6, 1),
            "health_score": 10.0,
            **dict.fromkeys(("account_name", "csm", "status")),
        }
        for id, (amount, currency) in arr.items()
    ]
    schema = {"account_name": pl.String(), "csm": pl.String(), "status": pl.String()}
    frame = pl.DataFrame(rows, schema_overrides=schema)
    found = read_renewals(frame, dt.date(2025, 5, 1), (), exchange)
    assert [each.account_id for each in found.at_risk] == ["c", "a", "b", "d"]


def test_owners_beyond_twenty_are_one_row_with_their_number() -> None:
    monday = ON - dt.timedelta(days=ON.weekday())
    weeks = tuple(monday + dt.timedelta(weeks=n) for n in range(-4, 9))
    counts = [tuple(100 - n if at == 4 else 0 for at in range(14)) for n in range(60)]
    load = Load(weeks, tuple((f"owner {n}", row) for n, row in enumerate(counts)))
    shown = show_load(load, ON, Localizer("en", "portfolio"))
    assert len(shown["rows"]) == 21
    assert shown["rows"][-1][0] == "Others (40)"
    assert shown["rows"][-1][-1] == f"{sum(100 - n for n in range(20, 60)):,}"
    assert shown["foot"][-1] == f"{sum(100 - n for n in range(60)):,}"


def test_the_axis_of_periods_is_to_scale() -> None:
    steps = ["J0", "J1", "J30", "J60", "J365"]
    values = [Decimal(100)] * 5
    drawn = draw_curves(Caption("a", "T", "A"), steps, [Curve("all", values)], str)
    places = [float(x) for x in re.findall(r'<circle cx="([\d.]+)%"', drawn)]
    shares = [(place - places[0]) / (places[-1] - places[0]) for place in places]
    assert shares == pytest.approx([0, 1 / 365, 30 / 365, 60 / 365, 1], abs=0.001)
    labels = re.findall(r'text-anchor="middle">(J\d+)<', drawn)
    assert labels == ["J0", "J30", "J60", "J365"], "J1 has no room"


def of_month(group: str | None, accounts: int = 10) -> list[Figure]:
    window = Window(dt.date(2024, 1, 1), dt.date(2026, 1, 1))
    return [
        Figure(metric, window, Decimal(50), accounts, group, period)
        for period in ("M0", "M1")
        for metric in (COHORT_RETENTION, KNOWN_ACCOUNTS)
    ]


def test_curves_that_are_not_drawn_are_counted_and_the_latest_months_are_drawn() -> None:
    months = [f"2025-{month:02}" for month in range(1, 13)]
    figures = [each for month in months for each in of_month(month)] + of_month(None)
    drawn = plot(figures, "en")
    assert drawn is not None
    drawing, note = drawn
    assert "Drawn: all accounts and 7 groups" in drawing
    assert note is not None
    assert note.endswith("groups not drawn: 5.")
    assert all((f"{month}, M1" in drawing) is (month >= "2025-06") for month in months)
    few = plot([*of_month("2025-01"), *of_month(None)], "en")
    assert few is not None
    assert few[1] is None


def test_of_other_groups_the_largest_are_drawn() -> None:
    sizes = {f"plan {n}": 10 + n % 5 * 100 for n in range(10)}
    figures = [each for plan, size in sizes.items() for each in of_month(plan, size)]
    drawn = plot(figures + of_month(None), "fr")
    assert drawn is not None
    shown = {plan for plan in sizes if f"{plan}, M1" in drawn[0]}
    assert len(shown) == 7
    assert min(sizes[plan] for plan in shown) >= max(sizes[plan] for plan in {*sizes} - shown)
    assert "non tracés" in drawn[0]


def test_accounts_at_risk_are_named_by_value(root: Path, page: str) -> None:
    rows = Tables(page).tables["Accounts at risk, by ARR"][1:]
    assert {row[0].split()[-1] for row in rows} == {each["account_id"] for each in at_risk(root)}
    euros = [Decimal(row[2][1:].replace(",", "")) for row in rows if row[2].startswith("€")]
    assert euros == sorted(euros, reverse=True)


def test_unknown_conditions_are_counted(root: Path, page: str) -> None:
    untold = [e for e in due_renewals() if e["health_score"] == "" and e not in at_risk(root)]
    without = [each for each in due_renewals() if each["arr"] == ""]
    assert untold
    assert without
    text = " ".join(Tables(page).text)
    assert f"Risk unknown because the health score is missing: {len(untold)} account" in text
    assert f"Left out of the sums because the ARR is missing: {len(without)} account" in text


def test_states_are_the_store_s(root: Path, page: str) -> None:
    states = Reader(root / "store").states().to_dicts()
    there = Counter(each["state"] for each in states if each["ended_on"] is None)
    ended = sum(each["ended_on"] is not None for each in states)
    titles = {"preparation": "Preparation", "notice": "Notice", "enrolled": "Enrolled"}
    assert ended
    assert there.keys() <= titles.keys()
    [about] = re.findall(r'<desc id="playbook-renewal-about">(.*?)</desc>', page)
    expected = [
        f"{titles[id]}: {there[id]}" for id in ("enrolled", "preparation", "notice") if there[id]
    ]
    assert about.split("; ") == expected
    assert f"{sum(there.values())} accounts, {ended} ended" in page


def test_metrics_are_those_of_the_families(root: Path, page: str) -> None:
    question = Question(load_project(root), ON, Window(EARLIER, ON))
    figures = {each.metric.id: each for each in METRIC_FAMILIES["revenue"].compute(question)}
    nrr = figures["nrr"]
    assert nrr.value == 100
    assert nrr.level == "good"
    tile = re.search(r'<div class="tile good"><dt>Net revenue.*?</div>', page, re.DOTALL)
    assert tile is not None
    assert "100.0%" in tile[0]
    assert "Good" in tile[0]


def test_cohorts_are_curves_and_a_table(page: str) -> None:
    found = Tables(page)
    steps = [row[0] for row in found.tables["All accounts, period by period"][1:]]
    assert steps[:2] == ["J0", "J1"]
    months = found.tables["Still active, by month of signup and months since"]
    assert {row[1] for row in months[1:]} == {"100%"}
    assert re.search(r'<g class="curve c1"><line', page)


# "Exemple cohorte Janvier (1000 utilisateurs)" of the retention document: who is active at each step, here by segment.
STEPS = (0, 1, 7, 14, 30, 60, 90, 180, 365)
ACTIVE = {
    "enterprise": (100, 90, 80, 75, 70, 65, 62, 60, 58),
    "strategic": (200, 170, 120, 100, 80, 65, 55, 45, 36),
    "growth": (300, 210, 90, 65, 45, 33, 28, 24, 18),
    "self_serve": (400, 180, 60, 40, 25, 17, 15, 11, 8),
}
SOURCE = ("100", "65", "35", "28", "22", "18", "16", "14", "12")


def january(root: Path) -> Path:
    """A workspace with that cohort, and a snapshot at each step and when all of January is a year old."""
    workspace(root, {})
    signup = dt.date(2025, 1, 1)
    for day, step in [
        *((signup + dt.timedelta(n), at) for at, n in enumerate(STEPS)),
        (dt.date(2026, 2, 1), 8),
    ]:
        rows = [
            {
                "account_id": f"{segment}-{n}",
                "segment": segment,
                "signup_date": signup,
                "status": "active" if n < counts[step] else "lapsed",
            }
            for segment, counts in ACTIVE.items()
            for n in range(counts[0])
        ]
        snapshot(root, day, rows)
    return root


def test_curves_over_survivors_say_so(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {})
    for month in (3, 4, 5):
        row = {"account_id": "a", "signup_date": "2025-01-01", "status": "active"}
        snapshot(root, dt.date(2025, month, 1), [row])
    text = " ".join(Tables(write(root, on=dt.date(2025, 5, 1))).text)
    assert "Some accounts signed up before the first snapshot" in text


def test_the_source_s_cohort_is_on_the_page(tmp_path: Path) -> None:
    page = write(january(tmp_path / "w"), on=dt.date(2026, 2, 1))
    table = Tables(page).tables["All accounts, period by period"]
    at = table[0].index("Retention")
    assert [row[at] for row in table[1:10]] == [f"{share}.0%" for share in SOURCE]
    assert "The curve flattens: core users are there." in page
    assert "before the first snapshot" not in page
    assert "No account has a renewal date" in page
    drawn = re.findall(r"<circle[^>]*><title>([^<]*)</title>", page)
    for segment, counts in ACTIVE.items():
        for n, count in zip(STEPS, counts, strict=True):
            share = Decimal(count) * 100 / counts[0]
            assert f"{segment}, J{n}: {round(share, 2).normalize():f}%" in drawn


def test_names_are_escaped(page: str) -> None:
    tags = Tables(page).tags
    assert not {"script", "b", "i", "u"} & tags.keys()
    text = " ".join(Tables(page).text)
    assert {"Ann <b>", "Test <u>", "Renewal <i>"} <= {each.strip() for each in Tables(page).text}
    assert "<script>alert(" in text


def test_it_names_no_other_place(page: str) -> None:
    assert "http" not in page.replace("http-equiv", "")
    assert not re.search(r"url\(|@import|src=", page)


def test_the_same_inputs_give_the_same_bytes(root: Path, page: str) -> None:
    assert write(root) == page


def test_it_is_written_in_french(root: Path) -> None:
    page = write(root, "fr")
    assert '<html lang="fr">' in page
    assert "Portefeuille au" in page
    assert "Valeur des renouvellements par mois, EUR" in page
    assert "Rétention nette" in page
    assert not re.search(r"\b(Renewals|Owner|Week of|at risk)\b", " ".join(Tables(page).text))


def test_there_is_no_page_in_another_language(root: Path) -> None:
    with pytest.raises(NoLanguage, match="'es'; there are: de, en, fr"):
        write(root, "es")


def test_a_section_without_data_says_so(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {})
    text = " ".join(Tables(write(root)).text)
    assert "No run was committed yet: the ledger has no action." in text
    assert "There is no snapshot on that date or before." in text
    assert "There are no two snapshots to compare." in text
    assert "No cohort is old enough to draw its curve." in text
    assert "No run was committed yet: no account is in a playbook." in text


def test_weeks_without_actions_say_so(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": PLAYBOOK})
    snapshot(
        root,
        ON,
        [{"account_id": "1", "status": "active", "renewal_date": "2027-04-01", "health_score": 80}],
    )
    run(load_project(root), ON)
    text = " ".join(Tables(write(root)).text)
    assert "Nothing is due in these weeks." in text


def test_bars_are_as_long_as_their_parts() -> None:
    caption = Caption("a", "Title", "About")
    drawn = draw_bars(
        caption, [ChartBar("Mon", (1, 3), "4"), ChartBar("Tue", (2, 0), "2")], ("x", "y")
    )
    widths = re.findall(r'<rect class="(c\d)" x="([\d.]+)%" y="\d+" width="([\d.]+)%"', drawn)
    assert widths == [("c1", "0", "25"), ("c2", "25", "75"), ("c1", "0", "50")]
    assert '<title id="a-title">Title</title><desc id="a-about">About</desc>' in drawn
    assert re.findall(r"</span>(.*?)</li>", drawn) == ["x", "y"]


def test_tooltips_and_the_axis_write_numbers_as_the_language_does() -> None:
    t = Localizer("fr", "portfolio")
    caption = Caption("a", "T", t.named([("Lun", "1"), ("Mar", "2")]), t.colon)
    assert caption.about == "Lun\u00a0: 1\u00a0; Mar\u00a0: 2"
    bars = draw_bars(caption, [ChartBar("Lun", (1234, 2), "1 236")], ("x", "y"), t.number)
    assert re.findall(r"<title>((?:x|Lun).*?)</title>", bars) == [
        "Lun\u00a0: 1 236",
        "x\u00a0: 1\u202f234",
    ]
    values = [Decimal(100), Decimal("66.6667")]
    drawn = draw_curves(caption, ["J0", "J30"], [Curve("tous", values)], t.exact_percent)
    assert re.search(r"<title>tous, J30\u00a0: 66,67\s%</title>", drawn)
    levels = re.findall(r'<text class="quiet" x="0".*?>(.*?)</text>', drawn)
    assert [re.sub(r"\s", " ", level) for level in levels] == [
        "0 %",
        "25 %",
        "50 %",
        "75 %",
        "100 %",
    ]


def test_a_curve_jumps_over_what_is_not_known() -> None:
    values = [Decimal(100), None, Decimal(50)]
    drawn = draw_curves(Caption("a", "T", "A"), ["J0", "J1", "J7"], [Curve("<all>", values)], str)
    [line] = re.findall(
        r'<g class="curve c1"><line x1="([\d.]+)%" y1="([\d.]+)" x2="([\d.]+)%" y2="([\d.]+)"',
        drawn,
    )
    left, top, right, middle = map(float, line)
    assert left < right
    # 100 % is at the top, 50 % halfway down to the line of 0 %.
    levels = [float(y) for y in re.findall(r'<line class="grid-line".*?y1="([\d.]+)"', drawn)]
    assert top == min(levels)
    assert middle == sum(levels) / len(levels)
    assert drawn.count("<circle") == 2
    assert "&lt;all&gt;" in drawn


CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
PHONE = """<!doctype html><body style="margin:0"><iframe width="360" height="800" srcdoc="{}"
 onload="let page = this.contentDocument.documentElement;
 document.title = `${{page.scrollWidth}} of ${{page.clientWidth}}`"></iframe>"""


def browse(file: Path, profile: Path) -> tuple[str, list[str]]:
    """The page's DOM, and what its console said."""
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    command = [CHROMIUM or "", *options, f"--user-data-dir={profile}", "--dump-dom", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
def test_a_browser_shows_it_without_an_error(tmp_path: Path, page: str) -> None:
    file = tmp_path / "portfolio.html"
    file.write_text(page, encoding="utf-8")
    shown, console = browse(file, tmp_path / "profile")
    assert "Renewals at risk" in shown
    assert not console


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_phone_shows_it_without_scrolling_sideways(
    tmp_path: Path, root: Path, language: str
) -> None:
    file = tmp_path / "phone.html"
    file.write_text(PHONE.format(html.escape(write(root, language))), encoding="utf-8")
    shown, _ = browse(file, tmp_path / "profile")
    found = re.search(r"<title>(\d+) of (\d+)</title>", shown)
    assert found is not None
    width, room = map(int, found.groups())
    assert 300 < room <= 360
    assert width <= room


def test_a_workspace_s_own_style_and_page_come_before_the_shipped_ones(
    root: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "w"
    shutil.copytree(root, mine)
    (mine / "documents").mkdir(exist_ok=True)
    (mine / "documents" / "portfolio.css").write_text("h1 { color: rebeccapurple; }", "utf-8")
    assert "rebeccapurple" in write(mine)
    (mine / "documents" / "portfolio.html").write_text(
        "<p>{{ page.name }}, {{ page.on }}</p>", "utf-8"
    )
    name = html.escape(load_project(mine).workspace.name)
    assert write(mine) == f"<p>{name}, 1 April 2026</p>\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<p>\n{% if %}</p>", "documents/portfolio.html: Expected an expression"),
        ("{{ page.nmae }}", "has no attribute 'nmae'"),
        ("{{ ''.__class__ }}", "unsafe"),
        ("{{ t('at_rsik') }}", "there is no text or value 'at_rsik'"),
        ("{{ t('week_of', day=1) }}", "there is no text or value 'week'"),
    ],
)
def test_a_page_of_the_workspace_s_own_that_is_no_good_is_refused(
    root: Path, tmp_path: Path, text: str, said: str
) -> None:
    mine = tmp_path / "w"
    shutil.copytree(root, mine)
    (mine / "documents").mkdir(exist_ok=True)
    (mine / "documents" / "portfolio.html").write_text(text, "utf-8")
    with pytest.raises(Problems, match=re.escape(said)) as raised:
        write(mine)
    assert raised.value.problems[0].code == "document-syntax"
