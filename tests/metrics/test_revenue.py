"""NRR, GRR and the bridge: the source's example, what counts as having left, and by whom it is split."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
import tenure
from click.testing import CliRunner
from support.metrics_workspace import ask, lay_out, values
from tenure.cli.main import main
from tenure.engine.metrics.customers import CUSTOMERS
from tenure.engine.metrics.request import compute_each_month
from tenure.engine.metrics.revenue import REVENUE

EXAMPLE = {
    "2025-03-31": [
        {"account_id": "grows", "mrr": "60000", "segment": "enterprise"},
        {"account_id": "shrinks", "mrr": "35000", "segment": "enterprise"},
        {"account_id": "leaves", "mrr": "5000", "segment": "growth"},
    ],
    "2025-04-30": [
        {"account_id": "grows", "mrr": "75000", "segment": "enterprise"},
        {"account_id": "shrinks", "mrr": "32000", "segment": "enterprise"},
        {"account_id": "comes", "mrr": "8000.55", "segment": "growth"},
    ],
}
"""retention.md: 100,000 at the start of the month, + 15,000, - 3,000, - 5,000; and somebody new."""


@pytest.mark.parametrize("method", ["snapshots", "movements"])
def test_the_example_of_the_source_comes_out_to_the_digit(tmp_path: Path, method: str) -> None:
    root = lay_out(tmp_path / "w", EXAMPLE)
    found = values(REVENUE.compute(ask(root, "2025-03-31", "2025-04-30", method=method)))
    assert found == {
        "start": 100_000,
        "expansion": 15_000,
        "contraction": 3_000,
        "churn": 5_000,
        "new": Decimal("8000.55"),
        "reactivation": 0,
        "end": Decimal("115000.55"),
        "arr_start": 1_200_000,
        "arr_end": Decimal("1380006.60"),
        "nrr": 107,
        "grr": 92,
    }


def test_what_is_lost_and_won_back_on_the_way_counts_by_movements_only(tmp_path: Path) -> None:
    days = {"2025-01-31": 100, "2025-02-28": 60, "2025-03-31": 100}
    root = lay_out(
        tmp_path / "w",
        {day: [{"account_id": "a", "mrr": amount}] for day, amount in days.items()},
    )
    capped = values(REVENUE.compute(ask(root, "2025-01-31", "2025-03-31")))
    summed = values(REVENUE.compute(ask(root, "2025-01-31", "2025-03-31", method="movements")))
    assert (capped["grr"], capped["nrr"]) == (100, 100)
    assert (summed["grr"], summed["nrr"]) == (60, 100)
    assert (summed["expansion"], summed["contraction"]) == (40, 40)


def away(back: str, started: str = "") -> dict[str, list[dict[str, str]]]:
    """One account whose term ends on 31 March and that is there again in the snapshot of `back`."""
    there = {"account_id": "a", "mrr": "100", "renewal_date": "2025-03-31"}
    other = {"account_id": "b", "mrr": "300", "renewal_date": "2026-01-31"}
    renewed = {**there, "mrr": "90", "renewal_date": "2026-03-31", "contract_start": started}
    return {
        "2025-03-01": [there, other],
        "2025-04-01": [other],
        back: [renewed, other],
    }


@pytest.mark.parametrize(
    ("back", "started", "left"),
    [
        ("2025-04-14", "", False),
        ("2025-04-15", "", True),
        ("2025-05-31", "2025-04-14", False),
        ("2025-05-31", "2025-04-15", True),
        ("2025-05-31", "2025-03-30", True),
        ("2025-05-31", "2025-06-01", True),
    ],
)
def test_by_movements_an_account_that_returns_fifteen_days_after_its_term_has_left(
    tmp_path: Path, back: str, started: str, left: bool
) -> None:
    root = lay_out(tmp_path / "w", away(back, started))
    found = values(REVENUE.compute(ask(root, "2025-03-01", back, method="movements")))
    lost = (100, 90, 0) if left else (0, 0, 10)
    assert (found["churn"], found["reactivation"], found["contraction"]) == lost
    assert (found["grr"], found["nrr"]) == (
        (75, 75) if left else (Decimal("97.5"), Decimal("97.5"))
    )
    by_ends = values(REVENUE.compute(ask(root, "2025-03-01", back)))
    assert (by_ends["churn"], by_ends["contraction"]) == (0, 10), "a customer at both ends"


@pytest.mark.parametrize(
    ("last", "churn"), [("2025-04-01", 0), ("2025-04-14", 0), ("2025-04-15", 100)]
)
def test_a_term_that_ended_without_a_word_has_fourteen_days_of_grace(
    tmp_path: Path, last: str, churn: int
) -> None:
    """The figure is the same whenever it is computed, and whether or not the account came back later."""
    there, other = away("2025-05-31")["2025-03-01"]
    months = {"2025-03-01": [there, other], last: [other]}
    for back in (None, "2025-04-20", "2025-05-31"):
        later = {} if back is None else {back: [{**there, "renewal_date": "2026-03-31"}, other]}
        root = lay_out(tmp_path / f"w{back}", {**months, **later})
        for on in (last, back or "2025-07-01"):
            assert values(REVENUE.compute(ask(root, "2025-03-01", last, on)))["churn"] == churn
    assert values(REVENUE.compute(ask(root, "2025-03-01", last, grace=0)))["churn"] == 100


LOST = {
    "vanishes": None,
    "lapses": {"status": "lapsed", "mrr": "0"},
    "keeps its amount": {"status": "lapsed", "mrr": "5000"},
    "declared": {"status": "lapsed", "mrr": "0", "churn_date": "2026-01-20"},
    "declared at its term": {
        "status": "lapsed",
        "mrr": "0",
        "churn_date": "2026-01-20",
        "renewal_date": "2026-01-20",
    },
    "before its term": {"status": "lapsed", "mrr": "0", "renewal_date": "2026-06-30"},
    "only an amount": {"mrr": "0"},
}


@pytest.mark.parametrize("method", ["snapshots", "movements"])
@pytest.mark.parametrize("how", LOST)
@pytest.mark.parametrize("announced", ["", "2026-01-20"])
@pytest.mark.parametrize("later", [{}, {"2026-03-31": None}])
def test_the_month_of_the_source_is_107_however_it_is_exported(
    tmp_path: Path, how: str, method: str, announced: str, later: dict[str, None]
) -> None:
    """retention.md: 100,000 + 15,000 - 3,000 - 5,000; whenever it is computed, with the default grace."""

    def rows(a: str, b: str, c: dict[str, str] | None) -> list[dict[str, str]]:
        stays = [("a", a), ("b", b)]
        state = {} if how == "only an amount" else {"status": "active"}
        kept = [{"account_id": id, "mrr": mrr, **state} for id, mrr in stays]
        return kept + ([] if c is None else [{"account_id": "c", **c}])

    before: dict[str, str] = {"mrr": "5000", "churn_date": announced}
    if how != "only an amount":
        before |= {"status": "active"}
    if how == "before its term":
        before |= {"renewal_date": "2026-06-30"}
    snapshots = {
        "2025-12-31": rows("60000", "35000", before),
        "2026-01-31": rows("75000", "32000", LOST[how]),
    }
    after = {day: rows("1", "1", LOST[how]) for day in later}
    root = lay_out(tmp_path / "w", {**snapshots, **after})
    on = max(after, default="2026-01-31")
    found = values(REVENUE.compute(ask(root, "2025-12-31", "2026-01-31", on, method=method)))
    assert (found["nrr"], found["grr"], found["churn"]) == (107, 92, 5000)


def test_an_account_missed_on_the_way_and_there_at_both_ends_is_kept(tmp_path: Path) -> None:
    """Of two accounts at 100, one is not in the export of 30 June: nothing is lost between the ends."""
    both = [{"account_id": "a", "mrr": 100}, {"account_id": "b", "mrr": 100}]
    year = {"2024-12-31": both, "2025-12-31": both}
    for name, days in (("ends", year), ("between", {**year, "2025-06-30": both[:1]})):
        root = lay_out(tmp_path / name, days)
        asked = ask(root, "2024-12-31", "2025-12-31", grace=0)
        found = values([*REVENUE.compute(asked), *CUSTOMERS.compute(asked)])
        assert {found[name] for name in ("nrr", "grr", "customer_retention")} == {100}
    moved = ask(root, "2024-12-31", "2025-12-31", grace=0, method="movements")
    found = values([*REVENUE.compute(moved), *CUSTOMERS.compute(moved)])
    assert {found[name] for name in ("nrr", "grr", "customer_retention")} == {50}


def test_by_movements_no_account_loses_more_than_it_paid_at_the_start(tmp_path: Path) -> None:
    """100 to 500 and gone: 400 gained, 500 lost, and GRR is 0 %, not -400 %."""
    other = {"account_id": "b", "mrr": 100}
    days = {
        "2025-01-31": [{"account_id": "a", "mrr": 100}, other],
        "2025-02-28": [{"account_id": "a", "mrr": 500}, other],
        "2025-03-31": [other],
    }
    root = lay_out(tmp_path / "w", days)
    found = values(REVENUE.compute(ask(root, "2025-01-31", "2025-03-31", method="movements")))
    assert (found["expansion"], found["churn"], found["nrr"], found["grr"]) == (400, 500, 50, 50)


@pytest.mark.parametrize(
    ("end", "level"),
    [("121", "excellent"), ("120.99", "good"), ("99", "acceptable"), ("98.99", "problematic")],
)
def test_twelfths_of_a_year_s_revenue_do_not_miss_an_edge(
    tmp_path: Path, end: str, level: str
) -> None:
    """110 a year to 121 is 110 % to the digit, and to 99 is 90 %, though neither twelfth has an end."""
    days = {"2024-12-31": "110", "2025-12-31": end}
    rows = {day: [{"account_id": "a", "status": "active", "arr": arr}] for day, arr in days.items()}
    figures = REVENUE.compute(ask(lay_out(tmp_path / "w", rows), "2024-12-31", "2025-12-31"))
    (nrr,) = (figure for figure in figures if figure.metric.id == "nrr")
    assert nrr.level == level


@pytest.mark.parametrize("method", ["snapshots", "movements"])
def test_months_lead_from_one_to_the_next(tmp_path: Path, method: str) -> None:
    """The source's month, and one in which all come back to where they were."""
    months = {**EXAMPLE, "2025-05-31": EXAMPLE["2025-03-31"]}
    root = lay_out(tmp_path / "w", months)
    asked = ask(root, "2025-03-31", "2025-05-31", method=method)
    found = {
        (each.period, each.metric.id): each.value for each in compute_each_month(REVENUE, asked)
    }
    assert found["2025-04-30", "nrr"] == 107
    assert found["2025-04-30", "end"] == found["2025-05-31", "start"] == Decimal("115000.55")
    assert found["2025-05-31", "end"] == 100_000
    assert found["2025-05-31", "reactivation"] == 5000
    single = values(REVENUE.compute(ask(root, "2025-03-31", "2025-04-30", method=method)))
    assert single == {
        name: value for (period, name), value in found.items() if period == "2025-04-30"
    }


@pytest.mark.parametrize("form", ["table", "csv", "json", "markdown"])
def test_the_bridge_of_each_month_comes_in_one_call(tmp_path: Path, form: str) -> None:
    root = lay_out(tmp_path / "w", EXAMPLE)
    window = ["--from", "2025-03-31", "--on", "2025-04-30", "--workspace", str(root)]
    result = CliRunner().invoke(main, ["metrics", "--each", "month", *window, "--format", form])
    assert result.exit_code == 0
    assert "2025-04-30" in result.stdout
    assert "107" in result.stdout
    for words in (["cohorts"], ["--accounts", "churn"]):
        wrong = CliRunner().invoke(main, ["metrics", *words, "--each", "month", *window])
        assert wrong.exit_code == 2
        assert "--each" in wrong.stderr
    frame = tenure.open(str(root), today="2025-04-30").metrics(each="month", start="2025-03-31")
    nrr = frame.filter(frame["metric"] == "nrr")
    assert nrr.select("period", "value").rows() == [("2025-04-30", Decimal("107.0000"))]
