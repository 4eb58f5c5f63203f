"""Curves by arithmetic alone: the source's table to the digit, and whether a curve flattens."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenure.engine.metrics.curve import (
    DAY_PERIODS,
    MONTH_PERIODS,
    Counted,
    Period,
    falls,
    plateau,
    points,
)

JANUARY = dt.date(2024, 1, 1)
LATER = dt.date(2026, 1, 1)
SOURCE = (1000, 650, 350, 280, 220, 180, 160, 140, 120)
"""The retention document's example: a cohort of January, by period."""


def cohort(active, periods=DAY_PERIODS, size=1000):
    return {period: Counted(size, n) for period, n in zip(periods, active, strict=True)}


def test_the_sources_table_comes_out_to_the_digit():
    found = points({JANUARY: cohort(SOURCE)}, DAY_PERIODS, LATER)
    table = [(p.period.label, p.counted.active, p.retention, p.churn) for p in found]
    assert table == [
        ("J0", 1000, 100, None),
        ("J1", 650, 65, 35),
        ("J7", 350, 35, 30),
        ("J14", 280, 28, 7),
        ("J30", 220, 22, 6),
        ("J60", 180, 18, 4),
        ("J90", 160, 16, 2),
        ("J180", 140, 14, 2),
        ("J365", 120, 12, 2),
    ]


def test_the_hazard_is_the_share_of_those_left_that_went():
    found = points({JANUARY: cohort(SOURCE)}, DAY_PERIODS, LATER)
    assert found[1].hazard == 35
    assert found[6].hazard == Decimal(20) * 100 / Decimal(180)


def test_the_sources_curve_flattens():
    found = plateau({JANUARY: cohort(SOURCE)}, DAY_PERIODS, LATER)
    assert found is not None
    assert found.last.label == "J365"
    # 220 to 180 in 30 days; 180 to 120 in 305 days: 1 - (2/3)^(30/305).
    assert round(found.corner, 6) == Decimal("18.181818")
    assert round(found.after, 2) == Decimal("3.91")
    assert found.flattens


def test_a_curve_that_goes_on_falling_does_not_flatten():
    # A fifth of those left goes every 30 days: 1000 x 0.8^(n/30), whole accounts.
    active = (1000, 993, 949, 901, 800, 640, 512, 262, 66)
    found = plateau({JANUARY: cohort(active)}, DAY_PERIODS, LATER)
    assert found is not None
    assert abs(found.corner - 20) < Decimal("0.1")
    assert abs(found.after - 20) < Decimal("0.1")
    assert not found.flattens


def test_a_curve_that_hardly_falls_is_flat_whatever_came_before():
    active = (1000, 1000, 1000, 1000, 1000, 995, 991, 980, 960)
    found = plateau({JANUARY: cohort(active)}, DAY_PERIODS, LATER)
    assert found is not None
    assert Decimal("0.3") < found.after < 1
    assert found.flattens


def test_all_that_are_left_going_is_a_hazard_of_a_hundred():
    assert falls(Counted(10, 5), Counted(10, 0), Decimal(3)) == 100
    assert falls(Counted(10, 0), Counted(10, 0), Decimal(3)) is None


def test_a_young_curve_says_nothing_of_flattening():
    assert plateau({JANUARY: cohort(SOURCE)}, DAY_PERIODS, dt.date(2024, 4, 29)) is None


def test_a_cohort_counts_only_once_its_youngest_account_is_old_enough():
    # Signed up on 31 January at the latest: 30 days old on 1 March 2024.
    for known, told in ((dt.date(2024, 2, 29), 0), (dt.date(2024, 3, 1), 1000)):
        found = {p.period.label: p for p in points({JANUARY: cohort(SOURCE)}, DAY_PERIODS, known)}
        assert found["J30"].counted.known == told
        assert found["J14"].counted.known == 1000


def test_churn_compares_the_same_cohorts_at_both_periods():
    young = {Period(0): Counted(100, 100), Period(1): Counted(100, 10), Period(7): Counted(100, 0)}
    old = {Period(0): Counted(100, 100), Period(1): Counted(100, 90), Period(7): Counted(100, 80)}
    february = dt.date(2024, 2, 1)
    # On 7 March the youngest of February are 7 days old, but only 6 days before.
    found = points({JANUARY: old, february: young}, DAY_PERIODS[:3], dt.date(2024, 3, 6))
    assert [p.retention for p in found] == [100, 50, 80]
    assert found[2].churn == 10


def test_a_period_without_known_accounts_is_left_out():
    counts = cohort(SOURCE) | {Period(1): Counted()}
    found = points({JANUARY: counts}, DAY_PERIODS, LATER)
    assert found[1].retention is None
    assert found[2].since == Period(0)
    assert found[2].churn == 65


@pytest.mark.parametrize(
    ("on", "months", "after"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-12-15", 12, "2027-12-15"),
    ],
)
def test_months_end_where_the_day_does_not_exist(on, months, after):
    found = Period(months, "months").after(dt.date.fromisoformat(on))
    assert found == dt.date.fromisoformat(after)


@given(st.lists(st.integers(0, 100), min_size=13, max_size=13))
def test_points_stay_within_bounds_and_churn_adds_up(active):
    active[0] = 100
    found = points({JANUARY: cohort(active, MONTH_PERIODS, 100)}, MONTH_PERIODS, LATER)
    assert all(p.retention is not None and 0 <= p.retention <= 100 for p in found)
    assert sum(p.churn or 0 for p in found) == 100 - active[-1]
    for before, p in pairwise(found):
        assert (p.hazard is None) == (before.counted.active == 0)
