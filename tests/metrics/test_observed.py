"""What is read of snapshots: bad rows, missing amounts, exact numbers, groups, windows, and queries of any date."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from support.metrics_workspace import SETTINGS, Rows, ask, lay_out, values
from tenure.engine.metrics.customers import CUSTOMERS
from tenure.engine.metrics.families import accounts_of_figure, with_names
from tenure.engine.metrics.groups import DRILLDOWN_FIGURES, By
from tenure.engine.metrics.metric_value import Window
from tenure.engine.metrics.renewal_rates import RENEWALS
from tenure.engine.metrics.revenue import GRR, NRR, REVENUE
from tenure.engine.sources.snapshots import Snapshots

GOOD = {"account_id": "good", "mrr": "100"}


def found(root: Path, first: str, last: str, on: str | None = None) -> dict[str, Decimal | None]:
    return values(REVENUE.compute(ask(root, first, last, on)))


def test_an_account_with_a_bad_row_is_what_it_was_and_a_note_says_so(tmp_path: Path) -> None:
    bad = {"account_id": "bad", "mrr": "40", "renewal_date": "2025-02-30"}
    snapshots: dict[str, Rows] = {
        "2025-01-31": [GOOD, {**bad, "renewal_date": "2025-01-31"}],
        "2025-02-28": [GOOD, bad, {"account_id": "", "mrr": "1"}],
        "2025-03-31": [GOOD, bad],
    }
    root = lay_out(tmp_path / "w", snapshots)
    figures = REVENUE.compute(ask(root, "2025-01-31", "2025-03-31"))
    assert values(figures)["end"] == 140
    assert values(figures)["nrr"] == 100
    assert [note["en"] for note in figures[-1].notes] == [
        "accounts with a bad value in a snapshot: 1; there, the last known state counts, and who has none at the start "
        "is left out",
        "rows without an account: 1",
    ]


def test_who_is_unknown_at_the_start_is_in_no_figure(tmp_path: Path) -> None:
    """Else a customer of old with a bad value in the first snapshot would come back, or be new, in the second."""
    bad = {"account_id": "bad", "mrr": "40", "signup_date": "2020-01-01"}
    snapshots: dict[str, Rows] = {
        "2025-01-31": [GOOD, {**bad, "renewal_date": "2025-02-30"}],
        "2025-02-28": [GOOD, bad],
    }
    figures = found(lay_out(tmp_path / "w", snapshots), "2025-01-31", "2025-02-28")
    assert (figures["start"], figures["reactivation"], figures["new"]) == (100, 0, 0)
    assert figures["end"] == 100


def test_a_window_whose_ends_are_read_from_one_snapshot_has_no_figures(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "w", {"2025-01-31": [GOOD], "2025-06-30": [GOOD]})
    for family in (REVENUE, CUSTOMERS, RENEWALS):
        for figure in family.compute(ask(root, "2025-02-28", "2025-05-31")):
            assert figure.value is None
            assert figure.level is None
            assert figure.why is not None
            assert figure.why["en"].startswith("the only snapshot of the window is of 2025-01-31")


def test_a_note_names_the_snapshots_that_stand_for_the_ends(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "w", {"2025-01-31": [GOOD], "2025-06-30": [GOOD]})
    (note,) = REVENUE.compute(ask(root, "2025-02-28", "2025-06-30"))[-1].notes
    assert note["en"].startswith("by the snapshots of 2025-01-31 and 2025-06-30, the newest not")


def test_an_amount_that_the_export_lacks_is_what_it_was(tmp_path: Path) -> None:
    there = {"account_id": "a", "status": "active", "mrr": "40"}
    snapshots: dict[str, Rows] = {
        "2025-01-31": [GOOD, there],
        "2025-02-28": [GOOD, {**there, "mrr": ""}],
    }
    assert found(lay_out(tmp_path / "w", snapshots), "2025-01-31", "2025-02-28")["end"] == 140


@pytest.mark.parametrize(
    ("mrr", "arr", "amount"),
    [
        ("0.10", "999", "0.10"),
        ("", "100", "8.3333333333"),
        ("", "0.01", "0.0008333333"),
        ("123456789012345678.99", "", "123456789012345678.99"),
        ("1e3", "", "1000"),
        ("-5", "1200", "0"),
    ],
)
def test_an_amount_is_the_export_s_to_the_digit(
    tmp_path: Path, mrr: str, arr: str, amount: str
) -> None:
    row = {"account_id": "a", "status": "active", "mrr": mrr, "arr": arr}
    root = lay_out(tmp_path / "w", {"2025-01-31": [row], "2025-02-28": [row]})
    figures = found(root, "2025-01-31", "2025-02-28")
    assert figures["start"] == figures["end"] == Decimal(amount)


def test_a_binary_float_counts_as_the_shortest_decimal_that_gives_it(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "w", {}, SETTINGS.replace(".csv", ".parquet"))
    frame = pl.DataFrame({"account_id": [f"{n}" for n in range(10)], "mrr": [0.1] * 9 + [1e-7]})
    for on in ("2025-01-31", "2025-02-28"):
        frame.sort("account_id").write_parquet(root / "data" / f"accounts-{on}.parquet")
    start = found(root, "2025-01-31", "2025-02-28")["start"]
    assert start == Decimal("0.9000001")


def test_exact_amounts_leave_out_what_has_too_many_digits(tmp_path: Path) -> None:
    rows = [GOOD, {"account_id": "huge", "mrr": "1e30"}]
    asked = ask(lay_out(tmp_path / "w", {"2025-01-31": rows}), "2025-01-31", "2025-01-31")
    snapshots = Snapshots(asked.project.workspace, asked.project.catalogue)
    exact = snapshots.load(dt.date(2025, 1, 31), ["mrr", "segment"], ["mrr"])
    assert exact.frame["mrr"].to_list() == [Decimal(100), None]
    assert exact.quarantined["reason"].to_list() == ["too large for an amount"]
    assert snapshots.load(dt.date(2025, 1, 31), ["mrr"]).frame["mrr"].to_list() == [100.0, 1e30]


@pytest.mark.parametrize(
    ("by", "field"),
    [("segment", "segment"), ("plan", "plan"), ("owner", "csm"), ("country", "country")],
)
def test_a_group_is_that_of_the_start_or_else_of_the_end(
    tmp_path: Path, by: By, field: str
) -> None:
    one, other, missing = "enterprise", "growth", "(none)"
    snapshots: dict[str, Rows] = {
        "2025-01-31": [
            {"account_id": "moves", "mrr": "10", field: one},
            {"account_id": "nowhere", "mrr": "5", field: ""},
        ],
        "2025-02-28": [
            {"account_id": "moves", "mrr": "30", field: other},
            {"account_id": "comes", "mrr": "7", field: other},
        ],
    }
    root = lay_out(tmp_path / "w", snapshots)
    figures = REVENUE.compute(ask(root, "2025-01-31", "2025-02-28", by=by))
    assert list(dict.fromkeys(figure.group for figure in figures)) == [missing, one, other, None]
    assert values(figures, one)["expansion"] == 20
    assert values(figures, other)["new"] == 7
    assert values(figures, missing)["churn"] == 5


def test_a_cohort_is_the_month_of_signup(tmp_path: Path) -> None:
    rows = [
        {"account_id": "a", "mrr": "1", "signup_date": "2024-12-31"},
        {"account_id": "b", "mrr": "2", "signup_date": "2024-12-01"},
        {"account_id": "c", "mrr": "4", "signup_date": "2025-01-01"},
    ]
    root = lay_out(tmp_path / "w", {"2025-01-31": rows, "2025-02-28": rows})
    figures = REVENUE.compute(ask(root, "2025-01-31", "2025-02-28", by="cohort"))
    starts = {each.group: each.value for each in figures if each.metric.id == "start"}
    assert starts == {"2024-12": 3, "2025-01": 4, None: 7}


@pytest.mark.parametrize(
    ("before", "signup", "part"),
    [
        ({}, "2025-02-01", "new"),
        ({}, "", "new"),
        ({}, "2025-01-31", "new"),
        ({}, "2025-01-30", "reactivation"),
        ({"status": "trial", "mrr": "9"}, "2024-12-01", "new"),
        ({"status": "lapsed", "mrr": "9"}, "", "reactivation"),
        ({"status": "active", "mrr": "0"}, "2024-12-01", "new"),
        ({"status": "suspended", "mrr": "0"}, "2024-12-01", "reactivation"),
    ],
)
def test_who_comes_is_new_unless_it_was_a_customer_before(
    tmp_path: Path, before: dict[str, str], signup: str, part: str
) -> None:
    came = {"account_id": "comes", "status": "active", "mrr": "7", "signup_date": signup}
    earlier = [{**came, **before}] if before else []
    snapshots: dict[str, Rows] = {"2025-01-31": [GOOD, *earlier], "2025-02-28": [GOOD, came]}
    root = lay_out(tmp_path / "w", snapshots)
    amounts = found(root, "2025-01-31", "2025-02-28")
    assert {name for name in ("new", "reactivation") if amounts[name]} == {part}


@pytest.mark.parametrize("method", ["snapshots", "movements"])
@pytest.mark.parametrize(
    ("before", "start", "part"),
    [
        ({"status": "active", "mrr": "200"}, {"status": "suspended", "mrr": "0"}, "reactivation"),
        ({"status": "active", "mrr": "200"}, {"status": "active", "mrr": "0"}, "reactivation"),
        ({"status": "active", "mrr": "200"}, {"status": "lapsed", "mrr": "0"}, "reactivation"),
        ({"status": "trial", "mrr": "0"}, {"status": "lapsed", "mrr": "0"}, "new"),
        ({"status": "trial", "mrr": "0"}, {"status": "trial", "mrr": "0"}, "new"),
        ({"status": "active", "mrr": "0"}, {"status": "lapsed", "mrr": "0"}, "new"),
    ],
)
def test_who_paid_nothing_at_the_start_comes_back_only_if_it_had_paid(
    tmp_path: Path, before: dict[str, str], start: dict[str, str], part: str, method: str
) -> None:
    account = {"account_id": "a", "signup_date": "2024-12-01"}
    snapshots: dict[str, Rows] = {
        "2025-01-31": [GOOD, {**account, **before}],
        "2025-02-28": [GOOD, {**account, **start}],
        "2025-03-31": [GOOD, {**account, "status": "active", "mrr": "200"}],
    }
    root = lay_out(tmp_path / "w", snapshots)
    amounts = values(REVENUE.compute(ask(root, "2025-02-28", "2025-03-31", method=method)))
    assert {name: amounts[name] for name in ("new", "reactivation") if amounts[name]} == {part: 200}
    assert amounts["nrr"] == 100


def test_a_year_ends_on_a_leap_day_a_day_after_the_28th_of_the_year_before(tmp_path: Path) -> None:
    days = {
        "2023-02-27": 90,
        "2023-02-28": 100,
        "2023-03-01": 110,
        "2024-02-28": 120,
        "2024-02-29": 130,
    }
    rows = {day: [{"account_id": "a", "mrr": str(amount)}] for day, amount in days.items()}
    root = lay_out(tmp_path / "w", rows)
    figures = REVENUE.compute(ask(root, "2023-02-28", "2024-02-29"))
    (nrr,) = (figure for figure in figures if figure.metric is NRR)
    assert (nrr.value, nrr.level) == (130, "world_class"), "exactly on the edge the better band"
    figures = REVENUE.compute(ask(root, "2023-03-01", "2024-02-29"))
    assert {figure.level for figure in figures} == {None}, "not a year"
    assert Window(dt.date(2023, 2, 28), dt.date(2024, 2, 28)).yearly


def test_bands_are_those_of_the_source_and_share_their_edges() -> None:
    def levels(scale: object, *edges: str) -> list[str]:
        return [scale.level(Decimal(edge)) for edge in edges]  # type: ignore[attr-defined]

    assert levels(NRR.scale, "130", "129.9", "110", "100", "90", "89.9") == [
        "world_class", "excellent", "excellent", "good", "acceptable", "problematic",
    ]  # fmt: skip
    assert levels(GRR.scale, "95", "94.9", "90", "85", "84.9") == [
        "excellent", "good", "good", "to_improve", "critical",
    ]  # fmt: skip


def test_the_accounts_behind_a_figure_come_with_what_they_add_to_it(tmp_path: Path) -> None:
    def row(name: str, mrr: int) -> dict[str, object]:
        return {"account_id": name, "mrr": mrr}

    snapshots: dict[str, Rows] = {
        "2025-01-31": [row("falls", 100), row("falls_far", 100), row("leaves", 30)],
        "2025-02-28": [row("falls", 90), row("falls_far", 20), row("comes", 5)],
    }
    asked = ask(lay_out(tmp_path / "w", snapshots), "2025-01-31", "2025-02-28")

    def behind(figure_id: str) -> list[tuple[object, ...]]:
        return accounts_of_figure(asked, figure_id).drop("group").rows()

    assert behind("contraction") == [("falls_far", 100, 20, -80), ("falls", 100, 90, -10)]
    assert behind("churn") == [("leaves", 30, 0, -30)]
    assert behind("customers_lost") == [("leaves", 30, 0, -30)]
    assert behind("new") == behind("customers_joined") == [("comes", 0, 5, 5)]
    assert all(accounts_of_figure(asked, name).width >= 4 for name in DRILLDOWN_FIGURES)
    figures = values([*REVENUE.compute(asked), *CUSTOMERS.compute(asked)])
    for name in ("start", "end", "customers_start", "customers_end", "expansion"):
        count = len(behind(name))
        assert count == {"expansion": 0, "start": 3, "end": 3}.get(name, figures[name]), name


def test_a_query_of_any_date_is_asked_for_each_month_of_the_window(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    settings = """\
workspace: Any date
time_zone: UTC
snapshots:
  tables: {terms: data/terms.csv}
  query: >
    SELECT name AS account_id, mrr, first AS contract_start, last AS renewal_date FROM terms
    WHERE $on BETWEEN CAST(first AS DATE) AND CAST(last AS DATE)
"""
    root = lay_out(tmp_path / "w", {}, settings)
    (root / "data" / "terms.csv").write_text(
        "name,first,last,mrr\n"
        "stays,2024-01-01,2026-12-31,100\n"
        "gap,2024-01-01,2025-06-20,10\n"
        "gap,2025-07-05,2026-12-31,10\n"
        "gone,2024-01-01,2025-06-20,1\n"
        "gone,2025-07-02,2026-12-31,1\n"
    )
    asked = ask(root, "2024-12-31", "2025-12-31", "2026-01-05")
    days = asked.window_data.days
    assert [str(day) for day in days[:4]] == [
        "2024-12-17",
        "2024-12-31",
        "2025-01-31",
        "2025-02-28",
    ]
    assert [str(day) for day in days[-3:]] == ["2025-11-30", "2025-12-31", "2026-01-05"]
    assert len(days) == 15
    assert values(REVENUE.compute(asked))["churn"] == 0, "both are back at the end"
    moved = ask(root, "2024-12-31", "2025-12-31", "2026-01-05", method="movements")
    assert values(REVENUE.compute(moved))["churn"] == 10, "15 days away, and 12"


def test_the_accounts_behind_a_figure_are_named_as_they_were_last(tmp_path: Path) -> None:
    def row(account: str, name: str | None, mrr: int) -> dict[str, object]:
        return {"account_id": account, "account_name": name, "mrr": mrr}

    snapshots: dict[str, Rows] = {
        "2025-01-31": [row("1", "Old", 100), row("2", "Gone", 30), row("3", "Kept", 20)],
        "2025-02-28": [row("1", "New", 90), row("3", None, 10)],
    }
    asked = ask(lay_out(tmp_path / "w", snapshots), "2025-01-31", "2025-02-28")

    def named(figure_id: str) -> list[tuple[object, ...]]:
        found = with_names(asked, accounts_of_figure(asked, figure_id))
        return found.select("account_id", "account_name", "change").rows()

    assert named("churn") == [("2", "Gone", -30)]
    assert named("contraction") == [("1", "New", -10), ("3", "Kept", -10)]
    assert all(
        with_names(asked, accounts_of_figure(asked, name)).columns[:2]
        == ["account_id", "account_name"]
        for name in DRILLDOWN_FIGURES
    )
