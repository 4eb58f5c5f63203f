"""With and without reviews: a year of nine accounts, by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from support.workspaces import snapshot, workspace
from tenure.engine.metrics.metric_value import Window
from tenure.engine.metrics.request import MetricRequest
from tenure.engine.metrics.review_impact import EFFECT_METRICS, compute_effects
from tenure.engine.project.loading import Project, load_project

START, END = dt.date(2025, 1, 1), dt.date(2026, 1, 1)
WINDOW = Window(START, END)
YEAR = {
    # account: segment, last review, MRR at the start, MRR at the end (None: lapsed), rating at the end
    "p": ("enterprise", "2024-06-01", 10000, 12000, 10),
    "q": ("enterprise", "2024-01-02", 10000, None, 3),
    "r": ("strategic", "2025-01-01", 20000, 20000, 9),
    "s": ("growth", "2024-06-01", 10000, 11000, 6),
    "t": ("growth", "2024-01-01", 10000, 10500, 8),
    "u": ("strategic", "", 10000, None, ""),
    "v": ("enterprise", "", 20000, 20000, 2),
    "w": ("self_serve", "2024-06-01", 100, None, 10),
}


@pytest.fixture
def year(tmp_path) -> Project:
    """Two snapshots; `v` is reviewed in between, `n` comes in between."""
    root = workspace(tmp_path / "w", {})
    held = {"v": "2025-06-01"}
    before = [row(id, s, held_on, start, "") for id, (s, held_on, start, _, _) in YEAR.items()]
    after = [
        row(id, s, held.get(id, held_on), end, rating)
        for id, (s, held_on, _, end, rating) in YEAR.items()
    ]
    snapshot(root, START, before)
    snapshot(root, END, [*after, row("n", "growth", "2025-03-01", 500, 10)])
    return load_project(root)


def row(id: str, segment: str, held: str, mrr: int | None, rating: object) -> dict[str, object]:
    return {
        "account_id": id,
        "status": "lapsed" if mrr is None else "active",
        "segment": segment,
        "currency": "EUR",
        "mrr": mrr or 0,
        "renewal_date": "2025-06-30" if mrr is None else "2026-12-31",
        "last_review_date": held,
        "nps_rating": rating,
    }


def test_the_groups_are_those_reviewed_in_the_year_before(year):
    found = {
        f.metric.id: (f.value, f.accounts)
        for f in compute_effects(MetricRequest(year, END, WINDOW))
    }
    # With: p, q, r, s; t's review is a day too old, v's came within the window, w is not eligible.
    assert found["retention_with"] == (75, 4)
    assert found["retention_without"] == (Decimal(200) / 3, 3)
    assert found["retention_difference"] == (75 - Decimal(200) / 3, 7)
    # 2000 + 1000 of 50 000; 500 of 40 000: 6 % is 380 % more than 1.25 %.
    assert found["expansion_with"] == (6, 4)
    assert found["expansion_without"] == (Decimal("1.25"), 3)
    assert found["expansion_difference"] == (380, 7)
    # Of those kept p and r promote and s detracts; t does neither and v detracts.
    assert found["nps_with"] == (Decimal(100) / 3, 3)
    assert found["nps_without"] == (-50, 2)


def test_every_figure_is_labelled_a_correlation(year):
    found = compute_effects(MetricRequest(year, END, WINDOW, by="segment"))
    assert {figure.metric.id for figure in found} == {metric.id for metric in EFFECT_METRICS}
    for figure in found:
        (note,) = figure.notes
        assert note["en"].startswith("a correlation, not an effect")
        assert note["fr"].startswith("une corrélation, pas un effet")


def test_a_group_without_anybody_compares_with_nothing(year):
    found = {
        f.metric.id: f
        for f in compute_effects(MetricRequest(year, END, WINDOW, by="segment"))
        if f.group == "growth"
    }
    assert (found["retention_with"].value, found["retention_without"].value) == (100, 100)
    strategic = [
        f
        for f in compute_effects(MetricRequest(year, END, WINDOW, by="segment"))
        if f.group == "strategic"
    ]
    lacking = {f.metric.id for f in strategic if f.value is None and f.why}
    # u has left: it answers nothing, and paid no more, which nothing can be times as much as.
    assert lacking == {"expansion_difference", "nps_without", "nps_difference"}


@pytest.mark.parametrize(
    ("rated", "expected"),
    [
        ({"a": 10, "c": 3}, (100, -100, 200)),
        ({"a": 10}, (100, None, None)),
        ({}, (20, -30, 50)),
    ],
)
def test_ratings_are_never_compared_with_scores(tmp_path, rated, expected):
    """Reviewed: a, by its score 20; not reviewed: c, by its score -30."""
    root = workspace(tmp_path / "w", {})
    for on in (START, END):
        rows = [
            {**row(id, "growth", held, 100, rated.get(id, "")), "nps_score": score}
            for id, held, score in (("a", "2024-06-01", 20), ("c", "", -30))
        ]
        snapshot(root, on, rows)
    found = {
        f.metric.id: f.value
        for f in compute_effects(MetricRequest(load_project(root), END, WINDOW))
    }
    names = ("nps_with", "nps_without", "nps_difference")
    assert tuple(found[name] for name in names) == expected
