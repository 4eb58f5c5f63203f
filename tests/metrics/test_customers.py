"""Customer retention: the source's example, and customers on the way."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from support.metrics_workspace import ask, lay_out, values
from tenure.engine.metrics.customers import CUSTOMERS


def customers(*numbers: Iterable[int]) -> list[dict[str, object]]:
    return [
        {"account_id": f"{number:04}", "mrr": 10} for some in numbers for number in sorted(some)
    ]


STARTED, STAYED, CAME = range(500), range(70, 500), range(500, 650)
"""retention.md: 500 at the start of the year, 150 acquired, 580 at its end."""


def test_the_example_of_the_source_comes_out_to_the_digit(tmp_path: Path) -> None:
    year = {"2024-12-31": customers(STARTED), "2025-12-31": customers(STAYED, CAME)}
    found = values(
        CUSTOMERS.compute(ask(lay_out(tmp_path / "w", year), "2024-12-31", "2025-12-31"))
    )
    assert found == {
        "customers_start": 500,
        "customers_lost": 70,
        "customers_joined": 150,
        "customers_end": 580,
        "customer_retention": 86,
    }


def test_new_customers_that_leave_within_the_window_count_by_movements_only(
    tmp_path: Path,
) -> None:
    left_again = range(650, 675)
    year = {
        "2024-12-31": customers(STARTED),
        "2025-06-30": customers(STAYED, CAME, left_again),
        "2025-12-31": customers(STAYED, CAME),
    }
    root = lay_out(tmp_path / "w", year)
    by_ends = values(CUSTOMERS.compute(ask(root, "2024-12-31", "2025-12-31")))
    asked = ask(root, "2024-12-31", "2025-12-31", method="movements")
    on_the_way = values(CUSTOMERS.compute(asked))
    assert (by_ends["customers_joined"], on_the_way["customers_joined"]) == (150, 175)
    assert by_ends["customer_retention"] == on_the_way["customer_retention"] == 86


def test_a_customer_is_recognised_by_its_status_or_else_by_its_revenue(tmp_path: Path) -> None:
    rows = [
        {"account_id": "active", "status": "active", "mrr": ""},
        {"account_id": "suspended", "status": "suspended", "mrr": "5"},
        {"account_id": "lapsed", "status": "lapsed", "mrr": "5"},
        {"account_id": "trial", "status": "trial", "mrr": "5"},
        {"account_id": "pays", "status": "", "mrr": "5"},
        {"account_id": "pays_nothing", "status": "", "mrr": "0"},
        {"account_id": "unknown", "status": "", "mrr": ""},
    ]
    root = lay_out(tmp_path / "w", {"2025-01-01": rows, "2025-01-31": rows})
    found = values(CUSTOMERS.compute(ask(root, "2025-01-01", "2025-01-31")))
    assert found["customers_start"] == found["customers_end"] == 3


def test_without_accounts_at_the_start_there_is_no_rate(tmp_path: Path) -> None:
    rows = [{"account_id": "a", "mrr": "0"}]
    root = lay_out(tmp_path / "w", {"2025-01-01": rows, "2025-01-31": rows})
    retention = CUSTOMERS.compute(ask(root, "2025-01-01", "2025-01-31"))[-1]
    assert retention.value is None
    assert retention.why is not None


def test_a_window_before_the_first_snapshot_says_from_when_to_ask(tmp_path: Path) -> None:
    year = {"2025-10-01": customers(STARTED), "2025-12-31": customers(STAYED, CAME)}
    figures = CUSTOMERS.compute(ask(lay_out(tmp_path / "w", year), "2024-12-31", "2025-12-31"))
    assert {figure.value for figure in figures} == {None}
    assert {(figure.why or {})["en"] for figure in figures} == {
        "the first snapshot is of 2025-10-01; ask --from 2025-10-01 or later"
    }
