"""Confidence intervals against published examples and tables."""

from __future__ import annotations

from decimal import Decimal
from statistics import NormalDist

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tenure.engine.metrics.intervals import (
    FEWEST_OF_GROUP,
    Z_95,
    Z_POWER,
    Sample,
    mean_difference,
    sample_of,
    share_difference,
    t_quantile,
    visible_difference,
    wilson_interval,
)

# Newcombe 1998, table II, method 10: eight differences with their intervals, to four digits.
NEWCOMBE = [
    ((56, 70), (48, 80), "0.0524", "0.3339"),
    ((9, 10), (3, 10), "0.1705", "0.8090"),
    ((6, 7), (2, 7), "0.0582", "0.8062"),
    ((5, 56), (0, 29), "-0.0381", "0.1926"),
    ((0, 10), (0, 20), "-0.1611", "0.2775"),
    ((0, 10), (0, 10), "-0.2775", "0.2775"),
    ((10, 10), (0, 20), "0.6791", "1.0000"),
    ((10, 10), (0, 10), "0.6075", "1.0000"),
]


@pytest.mark.parametrize(("first", "second", "low", "high"), NEWCOMBE)
def test_the_intervals_of_shares_are_those_published(
    first: tuple[int, int], second: tuple[int, int], low: str, high: str
) -> None:
    found = share_difference(first, second)
    assert abs(found.low - Decimal(low)) <= Decimal("0.00006")
    assert abs(found.high - Decimal(high)) <= Decimal("0.00006")


def test_the_interval_of_one_share_is_wilsons() -> None:
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I: 81 of 263 and 15 of 148.
    for count, size, low, high in ((81, 263, "0.2553", "0.3662"), (15, 148, "0.0624", "0.1605")):
        found = wilson_interval(count, size)
        assert [round(each, 4) for each in found] == [Decimal(low), Decimal(high)]


@pytest.mark.parametrize(
    ("freedom", "published"),
    # Any table of Student's t, two-sided 5 %.
    [
        (9, "2.2622"),
        (10, "2.2281"),
        (12, "2.1788"),
        (20, "2.0860"),
        (30, "2.0423"),
        (60, "2.0003"),
        (120, "1.9799"),
    ],
)
def test_the_quantiles_of_t_are_those_of_the_tables(freedom: int, published: str) -> None:
    assert abs(t_quantile(Decimal(freedom)) - Decimal(published)) <= Decimal("0.0001")


def test_the_quantiles_of_the_normal_distribution() -> None:
    assert abs(float(Z_95) - NormalDist().inv_cdf(0.975)) < 1e-14
    assert abs(float(Z_POWER) - NormalDist().inv_cdf(0.8)) < 1e-14


def test_the_interval_of_means_is_welchs() -> None:
    # Two groups of 10 with means 20 and 15 and variances 4 and 16: square = 2, freedom = 4 / (0.16/9 + 2.56/9) = 13.2;
    # t there, between 2.1604 (13) and 2.1448 (14), is 2.1564; half the width is 2.1564 * sqrt 2 = 3.0496.
    found = mean_difference(
        Sample(10, Decimal(20), Decimal(4)), Sample(10, Decimal(15), Decimal(16))
    )
    assert found is not None
    assert found.estimate == 5
    assert abs(found.low - Decimal("1.9504")) < Decimal("0.001")
    assert abs(found.high - Decimal("8.0496")) < Decimal("0.001")


def test_without_any_spread_there_is_no_interval() -> None:
    same = sample_of([Decimal(3)] * FEWEST_OF_GROUP)
    assert mean_difference(same, same) is None


def test_a_sample_has_mean_and_unbiased_variance() -> None:
    assert sample_of([Decimal(n) for n in (2, 4, 4, 4, 5, 5, 7, 9)]) == (8, 5, Decimal(32) / 7)
    assert sample_of([]) == (0, 0, 0)


sizes = st.integers(FEWEST_OF_GROUP, 400)
shares = sizes.flatmap(lambda size: st.tuples(st.integers(0, size), st.just(size)))


@given(shares, shares)
@example((0, 10), (19, 19))
def test_exchanging_the_groups_turns_the_interval_round(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    one, other = share_difference(first, second), share_difference(second, first)
    assert one.low == -other.high
    assert one.high == -other.low
    assert -1 <= one.low <= one.estimate <= one.high <= 1
    assert one.significant == (not one.low <= 0 <= one.high)


def test_the_difference_that_can_be_seen_is_the_usual_one_of_two_shares() -> None:
    # 200 and 200 accounts, of which nine in ten stay: 2.8016 * sqrt(0.09 * 2 / 200) = 0.08405.
    found = visible_difference(Decimal("0.09"), 400, Decimal("0.5"))
    assert round(found, 4) == Decimal("0.0840")
    # A tenth of them held out: 2.8016 * sqrt(0.09 * (1 / 40 + 1 / 360)) = 0.14008.
    assert round(visible_difference(Decimal("0.09"), 400, Decimal("0.1")), 4) == Decimal("0.1401")
