"""Constant currency: one rate for the whole window, and what is said without one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.metrics_workspace import SETTINGS, ask, lay_out, values
from tenure.cli.main import main
from tenure.engine.core.problems import Problems
from tenure.engine.metrics.customers import CUSTOMERS
from tenure.engine.metrics.renewal_rates import RENEWALS
from tenure.engine.metrics.revenue import REVENUE
from tenure.engine.text.problem_text import render
from tenure.engine.workspace.settings import MetricSettings
from tenure.engine.workspace.settings_loader import load_workspace

CONVERTED = SETTINGS + "metrics: {currency: EUR, rates: rates.csv}\n"
RATES = """\
on,currency,rate
2025-12-31,USD,9.99
2024-12-31,USD,0.96
2024-06-30,USD,0.93
2024-01-01,GBP,1.2
"""
SNAPSHOTS = {
    "2024-12-31": [
        {"account_id": "de", "mrr": "100.10", "currency": "EUR"},
        {"account_id": "us", "mrr": "200.20", "currency": "USD"},
        {"account_id": "uk", "mrr": "50", "currency": "GBP"},
        {"account_id": "zz", "mrr": "1", "currency": ""},
    ],
    "2025-12-31": [
        {"account_id": "de", "mrr": "100.10", "currency": "EUR"},
        {"account_id": "us", "mrr": "300.30", "currency": "USD"},
        {"account_id": "uk", "mrr": "60", "currency": "EUR"},
        {"account_id": "zz", "mrr": "1", "currency": ""},
    ],
}


def revenue(root: Path, rates: str | None = None, first: str = "2024-12-31") -> dict[str, object]:
    if rates is not None:
        (root / "rates.csv").write_text(rates, "utf-8")
    figures = REVENUE.compute(ask(root, first, "2025-12-31"))
    return {**values(figures), "currency": figures[0].currency, "why": figures[0].why}


def test_both_ends_are_converted_at_the_newest_rate_of_the_first_date(tmp_path: Path) -> None:
    found = revenue(lay_out(tmp_path / "w", SNAPSHOTS, CONVERTED), RATES)
    start = Decimal("100.10") + Decimal("200.20") * Decimal("0.96") + 50 * Decimal("1.2") + 1
    end = Decimal("100.10") + Decimal("300.30") * Decimal("0.96") + 60 + 1
    assert (found["start"], found["end"], found["currency"]) == (start, end, "EUR")
    assert found["nrr"] == end * 100 / start, "the pound that became a euro has changed nothing"


def test_a_rate_of_the_very_first_date_counts_and_a_later_one_does_not(tmp_path: Path) -> None:
    later = {**SNAPSHOTS, "2026-12-31": SNAPSHOTS["2025-12-31"]}
    root = lay_out(tmp_path / "w", later, CONVERTED)
    (root / "rates.csv").write_text(RATES, "utf-8")
    found = values(REVENUE.compute(ask(root, "2025-12-31", "2026-12-31")))
    assert found["start"] == Decimal("161.10") + Decimal("300.30") * Decimal("9.99")


def test_a_currency_without_a_rate_leaves_only_amounts_unknown(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "w", SNAPSHOTS, CONVERTED)
    found = revenue(root, "on,currency,rate\n2025-01-01,USD,1\n2024-01-01,GBP,1.2\n")
    assert found["why"] is not None
    why = found["why"]["en"]  # type: ignore[index]
    assert why.startswith("there is no rate for USD on 2024-12-31 or before; add a line")
    assert {found[name] for name in ("start", "nrr", "grr")} == {None}
    asked = ask(root, "2024-12-31", "2025-12-31")
    assert values(CUSTOMERS.compute(asked))["customer_retention"] == 100
    assert values(RENEWALS.compute(asked))["renewed_mrr"] is None


def test_several_currencies_without_rates_say_what_to_write(tmp_path: Path) -> None:
    found = revenue(lay_out(tmp_path / "w", SNAPSHOTS))
    assert found["why"] is not None
    assert found["why"]["en"] == (  # type: ignore[index]
        "accounts pay in EUR, GBP, USD; write `metrics: {currency: EUR, rates: rates.csv}` in tenure.yaml"
    )
    assert found["nrr"] is None


@pytest.mark.parametrize("settings", [SETTINGS, SETTINGS + "metrics: {currency: EUR}\n"])
def test_one_currency_needs_no_rates(tmp_path: Path, settings: str) -> None:
    dollars = {
        day: [{**row, "currency": "USD"} for row in rows if row["account_id"] != "zz"]
        for day, rows in SNAPSHOTS.items()
    }
    found = revenue(lay_out(tmp_path / "w", dollars, settings))
    assert (found["start"], found["currency"]) == (Decimal("350.30"), "USD")


def test_a_table_of_rates_that_is_none_is_shown_with_its_place(tmp_path: Path) -> None:
    text = "on,currency,rate\n2025-01-01,USD,0.92\n2025-02-30,USD,1\n2025-03-01,USD,\n"
    with pytest.raises(Problems) as found:
        revenue(lay_out(tmp_path / "w", SNAPSHOTS, CONVERTED), text)
    shown = Path(__file__).parent / "metrics_cases" / "bad-rate.txt"
    assert render(found.value.problems, {"rates.csv": text}) == shown.read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [("on,currency\n", "there is no column `rate`"), (None, "rates.csv cannot be read: no such file or directory")],
)  # fmt: skip
def test_a_table_of_rates_that_lacks_something_says_what(
    tmp_path: Path, text: str | None, message: str
) -> None:
    with pytest.raises(Problems) as found:
        revenue(lay_out(tmp_path / "w", SNAPSHOTS, CONVERTED), text)
    assert [problem.message for problem in found.value.problems] == [message]


def test_validate_finds_bad_rates_before_figures_are_asked_for(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "w", SNAPSHOTS, CONVERTED)
    rates = root / "rates.csv"
    rates.unlink(missing_ok=True)
    validate = ["validate", "--workspace", str(root)]
    lost = CliRunner().invoke(main, validate)
    assert (lost.exit_code, "rates.csv cannot be read" in lost.stderr) == (1, True)
    rates.write_text("on,currency,rate\n2025-01-01,USD,0.92\n2025-02-30,USD,1\n", "utf-8")
    bad = CliRunner().invoke(main, validate)
    assert bad.exit_code == 1
    assert "rates.csv:3:1" in bad.stderr
    assert "3 | 2025-02-30,USD,1" in bad.stderr
    rates.write_text("on,currency,rate\n2025-01-01,USD,0.92\n", "utf-8")
    assert CliRunner().invoke(main, validate).exit_code == 0


def test_the_settings_say_how_figures_are_computed(tmp_path: Path) -> None:
    def read(metrics: str) -> tuple[MetricSettings, list[str]]:
        (tmp_path / "tenure.yaml").write_text(SETTINGS + metrics, "utf-8")
        workspace, _, problems, _ = load_workspace(tmp_path)
        assert workspace is not None
        return workspace.metrics, [problem.message for problem in problems]

    assert read("") == (MetricSettings(14, None, None), [])
    stated = "metrics: {grace: 0 days, currency: EUR, rates: rates.csv}\n"
    assert read(stated) == (MetricSettings(0, "EUR", "rates.csv"), [])
    assert read("metrics: {grace: 1 month}\n")[1] == ["`1 month` is no stretch of days"]
    assert len(read("metrics: {rates: rates.csv}\n")[1]) == 1
    assert len(read("metrics: {currency: euro}\n")[1]) == 1
