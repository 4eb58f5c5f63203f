"""NRR, GRR and the bridge: the source's example, what counts as having left, and by whom it is split."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from support.metrics_workspace import ask, lay_out, values
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
def test_fourteen_days_after_its_term_an_account_has_not_left_and_after_fifteen_it_has(
    tmp_path: Path, back: str, started: str, left: bool
) -> None:
    root = lay_out(tmp_path / "w", away(back, started))
    found = values(REVENUE.compute(ask(root, "2025-03-01", back)))
    lost = (100, 90, 0) if left else (0, 0, 10)
    assert (found["churn"], found["reactivation"], found["contraction"]) == lost
    assert (found["grr"], found["nrr"]) == (
        (75, 75) if left else (Decimal("97.5"), Decimal("97.5"))
    )


def test_who_may_still_come_back_is_there_until_a_later_snapshot_says_otherwise(
    tmp_path: Path,
) -> None:
    root = lay_out(tmp_path / "w", away("2025-04-15"))
    window = ("2025-03-01", "2025-04-10")
    assert values(REVENUE.compute(ask(root, *window)))["churn"] == 0
    assert values(REVENUE.compute(ask(root, *window, on="2025-04-14")))["churn"] == 0
    assert values(REVENUE.compute(ask(root, *window, on="2025-04-15")))["churn"] == 100
    assert values(REVENUE.compute(ask(root, *window, grace=15, on="2025-04-15")))["churn"] == 0
    assert values(REVENUE.compute(ask(root, *window, grace=0)))["churn"] == 100


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
