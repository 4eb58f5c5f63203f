"""Customer retention: the source's example, and where its formula goes wrong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from support.metrics_workspace import ask, lay_out, values
from tenure.engine.metrics.customers import BY_FORMULA, CUSTOMERS


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
        "customer_retention_by_formula": 86,
    }


def test_the_formula_goes_wrong_where_new_customers_leave_within_the_window(tmp_path: Path) -> None:
    left_again = range(650, 675)
    year = {
        "2024-12-31": customers(STARTED),
        "2025-06-30": customers(STAYED, CAME, left_again),
        "2025-12-31": customers(STAYED, CAME),
    }
    figures = CUSTOMERS.compute(ask(lay_out(tmp_path / "w", year), "2024-12-31", "2025-12-31"))
    found = values(figures)
    assert found["customers_joined"] == 175
    assert (found["customer_retention"], found["customer_retention_by_formula"]) == (86, 81)
    ((note,),) = (figure.notes for figure in figures if figure.metric is BY_FORMULA)
    assert "(25)" in note["en"]
    assert "(25)" in note["fr"]


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
    root = lay_out(tmp_path / "w", {"2025-01-01": rows})
    found = values(CUSTOMERS.compute(ask(root, "2025-01-01", "2025-01-01")))
    assert found["customers_start"] == found["customers_end"] == 3


def test_without_accounts_at_the_start_there_is_no_rate(tmp_path: Path) -> None:
    rows = [{"account_id": "a", "mrr": "0"}]
    asked = ask(lay_out(tmp_path / "w", {"2025-01-01": rows}), "2025-01-01", "2025-01-01")
    by_sets, by_formula = CUSTOMERS.compute(asked)[-2:]
    assert by_sets.value is None
    assert by_formula.value is None
    assert by_sets.why is not None


def test_a_window_before_the_first_snapshot_says_from_when_to_ask(tmp_path: Path) -> None:
    year = {"2025-10-01": customers(STARTED), "2025-12-31": customers(STAYED, CAME)}
    figures = CUSTOMERS.compute(ask(lay_out(tmp_path / "w", year), "2024-12-31", "2025-12-31"))
    assert {figure.value for figure in figures} == {None}
    assert {(figure.why or {})["en"] for figure in figures} == {
        "the first snapshot is of 2025-10-01; ask --from 2025-10-01 or later"
    }
