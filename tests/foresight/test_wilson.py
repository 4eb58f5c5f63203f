"""Wilson intervals against published values."""

from __future__ import annotations

import pytest
from tenure.engine.foresight.wilson import wilson_interval


@pytest.mark.parametrize(
    ("counted", "of", "low", "high"),
    [
        # R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
        # (1998), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_are_the_published_ones(counted: int, of: int, low: float, high: float) -> None:
    found = wilson_interval(counted, of)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_all_is_the_mirror_of_none() -> None:
    none, all_of_them = wilson_interval(0, 20), wilson_interval(20, 20)
    assert all_of_them.high == 1
    assert all_of_them.low == pytest.approx(1 - none.high)


def test_of_nothing_every_share_is_possible() -> None:
    assert wilson_interval(0, 0) == (0, 1)
