"""An account that was merged has not churned, and the one that goes on has neither joined nor grown by it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.metrics_workspace import Rows, ask, lay_out, values
from tenure.engine.documents.portfolio.portfolio_data import read_portfolio
from tenure.engine.metrics.cohorts import COHORTS
from tenure.engine.metrics.customers import CUSTOMERS
from tenure.engine.metrics.renewal_rates import RENEWALS
from tenure.engine.metrics.revenue import REVENUE
from tenure.engine.project.loading import load_project

DAYS = ("2025-01-31", "2025-02-28", "2025-03-31")
PARTS = ("start", "expansion", "contraction", "churn", "new", "reactivation", "end")


def row(id: str, mrr: int | str, into: str = "", **more: Any) -> dict[str, Any]:
    return {"account_id": id, "status": "active", "mrr": mrr, "merged_into": into} | more


def bridge(root: Path, *days: Rows, **options: Any) -> dict[str, int]:
    """The parts of the bridge from the first day to the last; those that are 0 are left out."""
    lay_out(root, dict(zip(DAYS, days, strict=False)))
    found = values(REVENUE.compute(ask(root, DAYS[0], DAYS[len(days) - 1], **options)))
    return {name: int(found[name] or 0) for name in PARTS if found[name]}


@pytest.mark.parametrize("method", ["snapshots", "movements"])
def test_a_merger_moves_nothing(tmp_path: Path, method: str) -> None:
    before, after = [row("a", 100), row("b", 50)], [row("a", 100, "b"), row("b", 150)]
    found = bridge(tmp_path / "w", before, after, [row("b", 150)], method=method)
    assert found == {"start": 150, "end": 150}


def test_an_account_that_appears_with_the_merger_is_not_new(tmp_path: Path) -> None:
    found = bridge(tmp_path / "w", [row("a", 100)], [row("a", 0, "b"), row("b", 120)])
    assert found == {"start": 100, "expansion": 20, "end": 120}


def test_a_chain_is_one_life(tmp_path: Path) -> None:
    before = [row("a", 10), row("b", 20), row("c", 30)]
    middle = [row("a", 10, "b"), row("b", 30), row("c", 30)]
    found = bridge(tmp_path / "w", before, middle, [row("b", 0, "c"), row("c", 60)])
    assert found == {"start": 60, "end": 60}


def test_the_value_that_is_lost_in_the_merger_is_contraction(tmp_path: Path) -> None:
    found = bridge(
        tmp_path / "w", [row("a", 100), row("b", 50)], [row("a", 100, "b"), row("b", 90)]
    )
    assert found == {"start": 150, "contraction": 60, "end": 90}


def test_a_later_merger_changes_no_earlier_window(tmp_path: Path) -> None:
    days: list[Rows] = [
        [row("a", 100), row("b", 50)],
        [row("a", 110), row("b", 40)],
        [row("a", 110, "b"), row("b", 150)],
    ]
    root = lay_out(tmp_path / "w", dict(zip(DAYS, days, strict=True)))
    found = values(REVENUE.compute(ask(root, DAYS[0], DAYS[1], on=DAYS[2])))
    assert (found["expansion"], found["contraction"], found["end"]) == (10, 10, 150)


def test_a_merger_that_is_undone_never_was(tmp_path: Path) -> None:
    both = [row("a", 100), row("b", 50)]
    found = bridge(tmp_path / "w", both, [row("a", 100, "b"), row("b", 50)], both)
    assert found == {"start": 150, "end": 150}


def test_accounts_in_a_circle_count_as_ever(tmp_path: Path) -> None:
    both = [row("a", 100, "b"), row("b", 50, "a")]
    assert bridge(tmp_path / "w", both, both) == {"start": 150, "end": 150}


def test_a_bad_value_of_one_leaves_all_as_they_were(tmp_path: Path) -> None:
    bad = row("a", 100, renewal_date="2025-02-30")
    before = [row("a", 100, renewal_date=""), row("b", 50)]
    found = bridge(tmp_path / "w", before, [bad, row("b", 50)], [row("a", 1, "b"), row("b", 150)])
    assert found == {"start": 150, "end": 150}


def test_customers_and_renewals_go_by_the_account_that_goes_on(tmp_path: Path) -> None:
    term = {"renewal_date": "2025-02-15"}
    next_term = {"renewal_date": "2026-02-15"}
    root = lay_out(
        tmp_path / "w",
        {
            DAYS[0]: [row("a", 100, **term), row("c", 9, **next_term)],
            DAYS[1]: [row("a", 100, "b", **term), row("b", 100, **next_term), row("c", 9)],
        },
    )
    asked = ask(root, DAYS[0], DAYS[1])
    assert values(CUSTOMERS.compute(asked))["customer_retention"] == 100
    assert values(RENEWALS.compute(asked))["renewal_rate"] == 100


def test_a_cohort_has_the_merged_accounts_once(tmp_path: Path) -> None:
    since = {"signup_date": "2025-01-31"}
    root = lay_out(
        tmp_path / "w",
        {
            DAYS[0]: [row("a", 1, **since), row("b", 1, **since), row("c", 1, **since)],
            DAYS[1]: [row("b", 2, **since), row("a", 1, "b", **since), row("c", 1, **since)],
            DAYS[2]: [row("b", 2, **since), row("c", 0, status="lapsed", **since)],
        },
    )
    figures = COHORTS.compute(ask(root, DAYS[0], DAYS[2], periods="months"))
    known = {
        (each.metric.id, each.period): each.value for each in figures if each.value is not None
    }
    assert known["cohort_retention", "M1"] == 100
    assert known["cohort_retention", "M2"] == 50


def test_the_portfolio_lists_no_merged_account(tmp_path: Path) -> None:
    term = {"renewal_date": "2025-02-15"}
    rows = [row("a", 100, "b", **term), row("b", 100, **term)]
    root = lay_out(tmp_path / "w", {DAYS[0]: rows})
    renewals = read_portfolio(load_project(root), dt.date.fromisoformat(DAYS[0]), "en").renewals
    assert renewals is not None
    # Without a health score, of one account it is not known whether it is at risk.
    assert renewals.unknown == 1


_amounts = st.integers(1, 9).map(lambda n: n * 10)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(_amounts, _amounts), min_size=1, max_size=4), st.data())
def test_the_bridge_is_that_of_one_account(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int]], data: Any
) -> None:
    """Accounts of which some are merged into others give the bridge of the merged ones from the beginning."""
    ids = "abcd"[: len(rows)]
    into = {id: data.draw(st.sampled_from(["", *ids[n + 1 :]])) for n, id in enumerate(ids)}

    def last(id: str) -> str:
        return last(into[id]) if into[id] else id

    start = dict.fromkeys(ids, 0)
    for id, (amount, _) in zip(ids, rows, strict=True):
        start[last(id)] += amount
    ends = {id: end for id, (_, end) in zip(ids, rows, strict=True) if not into[id]}
    merged = bridge(
        tmp_path_factory.mktemp("m") / "w",
        [row(id, amount) for id, (amount, _) in zip(ids, rows, strict=True)],
        [row(id, ends.get(id, 1), into[id]) for id in ids],
    )
    change = {id: ends[id] - start[id] for id in ends}
    expected = {
        "start": sum(start.values()),
        "expansion": sum(max(each, 0) for each in change.values()),
        "contraction": sum(max(-each, 0) for each in change.values()),
        "end": sum(ends.values()),
    }
    assert merged == {name: value for name, value in expected.items() if value}
