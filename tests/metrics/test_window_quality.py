"""What a window's snapshots lack: empty columns, bad rows, currencies, negative and huge amounts, odd groups."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.metrics_workspace import SETTINGS, Rows, ask, lay_out, values
from tenure.cli.main import main
from tenure.engine.metrics.customers import CUSTOMERS
from tenure.engine.metrics.families import accounts_of_figure
from tenure.engine.metrics.renewal_rates import RENEWALS
from tenure.engine.metrics.revenue import REVENUE

WINDOW = ("2025-01-31", "2026-01-31")
ROW = {"status": "active", "mrr": "100", "renewal_date": "2025-06-30"}
START = [{"account_id": "a", **ROW}, {"account_id": "b", **ROW}]
BAD = [*START, {"account_id": "c", **ROW, "renewal_date": "soon"}]


def metrics(root: Path, *words: str) -> Result:
    window = ["--from", WINDOW[0], "--to", WINDOW[1], "--on", WINDOW[1]]
    return CliRunner().invoke(main, ["metrics", *words, "--workspace", str(root), *window])


def rows(result: Result) -> dict[tuple[str, str], dict[str, str]]:
    found = csv.DictReader(io.StringIO(result.stdout))
    return {(row["metric"], row["group"]): row for row in found}


@pytest.mark.parametrize("form", ["table", "csv", "json", "markdown"])
@pytest.mark.parametrize("by", [[], ["--by", "plan"]])
def test_a_renamed_column_is_unknown_with_its_reason_and_a_warning(
    tmp_path: Path, form: str, by: list[str]
) -> None:
    """The last export has `MRR`, and values fell from 100 to 10."""
    last = [{"account_id": each["account_id"], "status": "active", "MRR": "10"} for each in START]
    root = lay_out(tmp_path / "w", {WINDOW[0]: START, WINDOW[1]: last})
    result = metrics(root, "revenue", "--format", form, *by)
    reason = "the snapshot of 2026-01-31 has no value of mrr, arr: is the column renamed or empty"
    assert reason in result.stdout
    assert f"warning: {reason}" in result.stderr
    assert "100" not in result.stdout.replace("2025", "")
    asked = ask(root, *WINDOW)
    assert {each.value for each in REVENUE.compute(asked)} == {None}
    assert values(CUSTOMERS.compute(asked))["customer_retention"] == 100
    assert accounts_of_figure(asked, "end").is_empty()
    assert accounts_of_figure(asked, "customers_end").height == 2


@pytest.mark.parametrize(
    ("emptied", "unknown"),
    [
        ("mrr", ("nrr", "grr", "renewal_rate_by_value", "renewed_mrr")),
        ("renewal_date", ("renewal_rate", "renewed", "lapsed")),
        ("status", ("nrr", "customer_retention", "renewal_rate")),
        ("status mrr", ("nrr", "customer_retention", "renewal_rate")),
    ],
)
def test_figures_of_an_emptied_column_are_unknown(
    tmp_path: Path, emptied: str, unknown: tuple[str, ...]
) -> None:
    last = [{**row, **dict.fromkeys(emptied.split(), "")} for row in START]
    later = [{**row, "renewal_date": "2026-06-30"} for row in START]
    middle: dict[str, Rows] = {"2025-07-31": later}
    root = lay_out(tmp_path / "w", {WINDOW[0]: START, **middle, WINDOW[1]: last})
    asked = ask(root, *WINDOW)
    figures = [*REVENUE.compute(asked), *CUSTOMERS.compute(asked), *RENEWALS.compute(asked)]
    found = values(figures)
    assert {found[name] for name in unknown} == {None}
    assert all(each.why for each in figures if each.value is None)


def test_a_few_missing_amounts_are_the_last_known_ones_with_a_note(tmp_path: Path) -> None:
    last = [START[0], {**START[1], "mrr": ""}]
    root = lay_out(tmp_path / "w", {WINDOW[0]: START, WINDOW[1]: last})
    figures = REVENUE.compute(ask(root, *WINDOW))
    assert values(figures)["nrr"] == 100
    assert "amounts missing at the window's ends: 1" in figures[-1].notes[-1]["en"]


@pytest.mark.parametrize(
    ("tolerate", "code"), [("", 4), ("tolerate: 1\n", 0), ("tolerate: 10 %\n", 4)]
)
@pytest.mark.parametrize(
    ("words", "bad"),
    [
        (["revenue"], {"renewal_date": "soon"}),
        (["cohorts"], {"status": "?"}),
        (["cohorts"], {"signup_date": "soon"}),
        (["cohorts"], {"status": "", "mrr": "much"}),
        (["cohorts", "revenue"], {"renewal_date": "soon"}),
        (["--accounts", "churn"], {"renewal_date": "soon"}),
    ],
)
def test_metrics_end_with_4_where_rows_are_left_out(
    tmp_path: Path, tolerate: str, code: int, words: list[str], bad: dict[str, str]
) -> None:
    last = [*START, {"account_id": "c", **ROW, **bad}]
    root = lay_out(tmp_path / "w", {WINDOW[0]: START, WINDOW[1]: last}, SETTINGS + tolerate)
    result = metrics(root, *words)
    assert result.exit_code == code
    assert "warning: accounts with a bad value in a snapshot: 1" in result.stderr


@pytest.mark.parametrize("bad", [{"renewal_date": "soon"}, {"mrr": "much"}])
def test_cohorts_leave_no_account_out_for_values_that_they_do_not_read(
    tmp_path: Path, bad: dict[str, str]
) -> None:
    signed_up = {"signup_date": "2025-01-31"}
    first = [{"account_id": "c", **ROW, **signed_up}]
    later = [{**row, **bad} for row in first]
    # Another account has no status, so that the amounts are read.
    for other in ([], [{"account_id": "d", "mrr": "1"}]):
        root = lay_out(
            tmp_path / f"{len(other)}", {WINDOW[0]: first + other, WINDOW[1]: later + other}
        )
        result = metrics(root, "cohorts", "--format", "csv")
        assert (result.exit_code, result.stderr) == (0, "")
        found = {
            row["period"]: row
            for row in csv.DictReader(io.StringIO(result.stdout))
            if row["metric"] == "cohort_active"
        }
        assert found["J365"]["value"] == "1"


@pytest.mark.parametrize(
    ("emptied", "reason"),
    [("status", "no value of status"), ("status mrr", "no value of status, mrr, arr"), ("mrr", "")],
)
def test_cohorts_warn_of_an_emptied_column_that_they_read(
    tmp_path: Path, emptied: str, reason: str
) -> None:
    last = [{**row, **dict.fromkeys(emptied.split(), "")} for row in START]
    root = lay_out(tmp_path / "w", {WINDOW[0]: START, WINDOW[1]: last})
    stderr = metrics(root, "cohorts").stderr
    assert reason in stderr
    assert bool(reason) == bool(stderr)


def test_without_bad_rows_metrics_end_with_0(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "w", {WINDOW[0]: START, WINDOW[1]: START})
    result = metrics(root, "revenue")
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_currency_left_empty_later_is_the_last_known_one(tmp_path: Path) -> None:
    settings = SETTINGS + "metrics: {currency: EUR, rates: rates.csv}\n"
    first = [{"account_id": "a", "mrr": "100", "currency": "USD"}]
    last = [{"account_id": "a", "mrr": "100", "currency": ""}]
    root = lay_out(tmp_path / "w", {WINDOW[0]: first, WINDOW[1]: last}, settings)
    (root / "rates.csv").write_text("on,currency,rate\n2024-01-01,USD,0.9\n", "utf-8")
    for method in ("snapshots", "movements"):
        found = values(REVENUE.compute(ask(root, *WINDOW, method=method)))
        assert (found["start"], found["end"], found["expansion"]) == (90, 90, 0)
    result = metrics(root, "--accounts", "end", "--format", "csv")
    assert "90.00,90.00" in result.stdout


def test_a_note_says_that_no_account_has_a_currency_any_more(tmp_path: Path) -> None:
    first = [{**row, "currency": "EUR"} for row in START]
    root = lay_out(tmp_path / "w", {WINDOW[0]: first, WINDOW[1]: START})
    assert (
        "2026-01-31 has no value of currency: the last known one" in metrics(root, "revenue").stdout
    )
    for rows_of in (first, START):
        root = lay_out(tmp_path / f"{len(rows_of[0])}", {WINDOW[0]: rows_of, WINDOW[1]: rows_of})
        assert "currency" not in metrics(root, "revenue").stdout


@pytest.mark.parametrize(
    ("before", "after", "noted"),
    [
        ("Abc", "abc", True),
        ("A-12", "A12", True),
        ("0012", "12", True),
        ("ab\u200bc", "abc", True),
        ("A12", "B12", False),
        ("A12", "A13", False),
    ],
)
def test_ids_in_another_form_are_churn_and_new_with_a_note(
    tmp_path: Path, before: str, after: str, noted: bool
) -> None:
    first, last = ([START[0], {**START[1], "account_id": id}] for id in (before, after))
    root = lay_out(tmp_path / "w", {WINDOW[0]: first, WINDOW[1]: last})
    for family in ("revenue", "customers"):
        stdout = metrics(root, family).stdout
        assert ("came back with their id in another form: 1, such as" in stdout) == noted
    found = values(REVENUE.compute(ask(root, *WINDOW)))
    assert (found["churn"], found["new"]) == (100, 100)


@pytest.mark.parametrize(("before", "after"), [("abc ", "abc"), ("cafe\u0301", "caf\u00e9")])
def test_ids_are_tidied_when_they_are_read(tmp_path: Path, before: str, after: str) -> None:
    first, last = ([START[0], {**START[1], "account_id": id}] for id in (before, after))
    root = lay_out(tmp_path / "w", {WINDOW[0]: first, WINDOW[1]: last})
    assert values(REVENUE.compute(ask(root, *WINDOW)))["nrr"] == 100


def test_negative_amounts_count_as_zero_and_a_note_says_so(tmp_path: Path) -> None:
    last = [START[0], {**START[1], "mrr": "-5"}]
    root = lay_out(tmp_path / "w", {WINDOW[0]: START, WINDOW[1]: last})
    result = metrics(root, "revenue")
    assert "negative amounts at the window's ends: 1; they count as zero" in result.stdout


def test_by_a_group_a_note_says_that_it_is_that_of_the_start(tmp_path: Path) -> None:
    moved = [{**START[0], "plan": "basic"}], [{**START[0], "plan": "pro"}]
    root = lay_out(tmp_path / "w", dict(zip(WINDOW, moved, strict=True)))
    found = rows(metrics(root, "revenue", "--by", "plan", "--format", "csv"))
    assert found["end", "basic"]["value"] == "100.00"
    for name in ("end", "nrr", "grr"):
        assert found[name, "basic"]["note"].startswith("each account is in its group of the window")


def test_groups_named_as_our_words_are_groups_of_their_own(tmp_path: Path) -> None:
    plans = {"a": "all", "b": "(none)", "c": "", "d": "pro"}
    accounts = [
        {"account_id": id, "mrr": str(10**place), "plan": plan}
        for place, (id, plan) in enumerate(plans.items())
    ]
    root = lay_out(tmp_path / "w", {WINDOW[0]: accounts, WINDOW[1]: accounts})
    found = rows(metrics(root, "revenue", "--by", "plan", "--format", "csv"))
    starts = {group: row["value"] for (name, group), row in found.items() if name == "start"}
    assert starts == {
        "all": "1.00",
        '"(none)"': "10.00",
        "(none)": "100.00",
        "pro": "1000.00",
        "": "1111.00",
    }
    shown = metrics(root, "revenue", "--by", "plan", "--format", "markdown").stdout
    lines = {
        line.split(" | ")[0]: line.split(" | ")[1] for line in shown.splitlines() if " | " in line
    }
    assert (lines['| "all"'], lines["| all"]) == ("1", "1,111")
    assert (lines['| "(none)"'], lines["| (none)"]) == ("10", "100")


def test_amounts_whose_sum_would_be_too_large_are_bad_values(tmp_path: Path) -> None:
    huge = [{"account_id": f"h{n}", "mrr": "1e28"} for n in range(200)]
    large = [{"account_id": f"l{n}", "mrr": "9e17"} for n in range(200)]
    root = lay_out(tmp_path / "w", {WINDOW[0]: large + huge, WINDOW[1]: large + huge})
    result = metrics(root, "revenue", "--format", "csv")
    assert result.exit_code == 4
    assert rows(result)["start", ""]["value"] == "180000000000000000000.00"
    assert "accounts with a bad value in a snapshot: 200" in result.stderr


@pytest.mark.parametrize(
    "days",
    [
        [WINDOW[0], "2025-07-31", WINDOW[1]],
        ["2024-06-30", WINDOW[0], "2025-12-31", "2026-03-31"],
        ["2024-06-30"],
        ["2025-07-31"],
        [],
    ],
)
def test_the_quality_is_the_same_without_the_data_of_the_window(
    tmp_path: Path, days: list[str]
) -> None:
    """Families that read no window, such as reviews, still warn of what its snapshots lack."""
    last = [{**row, "mrr": ""} for row in BAD]
    snapshots = {day: last if day == WINDOW[1] else BAD for day in days}
    root = lay_out(tmp_path / "w", snapshots)
    alone, read = (ask(root, *WINDOW, "2026-03-31") for _ in range(2))
    assert alone.quality == read.window_data.quality == read.quality
    assert "window_data" not in alone.__dict__
