"""Confidence intervals for the difference of two independent groups, and how many accounts a difference needs.

All intervals are two-sided, at 95 %. Shares: Newcombe's hybrid of two Wilson intervals (R. G. Newcombe, "Interval
estimation for the difference between independent proportions", Statistics in Medicine 17, 1998, method 10). Means:
Welch's t with Satterthwaite's degrees of freedom (B. L. Welch, "The generalization of Student's problem when several
different population variances are involved", Biometrika 34, 1947).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

Z_95 = Decimal("1.959963984540054")
"""The quantile of the normal distribution at 97.5 %."""
Z_POWER = Decimal("0.841621233572914")
"""The quantile of the normal distribution at 80 %, the power of the estimates."""
FEWEST_OF_GROUP = 10
"""Accounts that each group needs for an interval."""


class Interval(NamedTuple):
    """An estimate and its confidence interval."""

    estimate: Decimal
    low: Decimal
    high: Decimal

    @property
    def significant(self) -> bool:
        """Return whether the interval is without zero."""
        return self.low > 0 or self.high < 0


class Sample(NamedTuple):
    """The size, mean and variance of a group's values; the variance is unbiased."""

    size: int
    mean: Decimal
    variance: Decimal


def sample_of(values: Sequence[Decimal]) -> Sample:
    """Return the sample of some values; without any, the mean is zero, and of fewer than two the variance."""
    size = len(values)
    mean = sum(values, Decimal(0)) / size if size else Decimal(0)
    squares = sum(((value - mean) ** 2 for value in values), Decimal(0))
    return Sample(size, mean, squares / (size - 1) if size > 1 else Decimal(0))


def wilson_interval(count: int, size: int) -> tuple[Decimal, Decimal]:
    """Return Wilson's score interval of a share, `count` of `size` (E. B. Wilson, JASA 22, 1927)."""
    share, square = Decimal(count) / size, Z_95 * Z_95
    middle = share + square / (2 * size)
    spread = Z_95 * (share * (1 - share) / size + square / (4 * size * size)).sqrt()
    whole = 1 + square / size
    # Rounding may lead past what a share can be.
    return max((middle - spread) / whole, Decimal(0)), min((middle + spread) / whole, Decimal(1))


def share_difference(first: tuple[int, int], second: tuple[int, int]) -> Interval:
    """Return the difference of two shares, each `count` of `size`."""
    (share, low, high), (other, other_low, other_high) = (
        (Decimal(count) / size, *wilson_interval(count, size)) for count, size in (first, second)
    )
    estimate = share - other
    below = ((share - low) ** 2 + (other_high - other) ** 2).sqrt()
    above = ((high - share) ** 2 + (other - other_low) ** 2).sqrt()
    return Interval(estimate, max(estimate - below, Decimal(-1)), min(estimate + above, Decimal(1)))


def mean_difference(first: Sample, second: Sample) -> Interval | None:
    """Return the difference of two means; None where neither group's values vary."""
    parts = [each.variance / each.size for each in (first, second)]
    square = sum(parts, Decimal(0))
    if not square:
        return None
    weights = (part**2 / (each.size - 1) for part, each in zip(parts, (first, second), strict=True))
    freedom = square**2 / sum(weights, Decimal(0))
    estimate, half = first.mean - second.mean, t_quantile(freedom) * square.sqrt()
    return Interval(estimate, estimate - half, estimate + half)


def t_quantile(freedom: Decimal) -> Decimal:
    """Return the quantile of Student's t at 97.5 %, for at least `FEWEST_OF_GROUP` - 1 degrees of freedom.

    The expansion in powers of 1 / `freedom` is 26.7.5 of Abramowitz and Stegun, "Handbook of Mathematical Functions".
    From nine degrees on it is exact to four digits after the point.
    """
    z, n = Z_95, freedom
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum((term / n**power for power, term in enumerate(terms)), Decimal(0))


def visible_difference(variance: Decimal, size: int, share: Decimal) -> Decimal:
    """Return the least true difference that 80 of 100 experiments find significant.

    H. S. Bloom, "Minimum detectable effects", Evaluation Review 19, 1995.

    Args:
        variance: The variance of the values of all accounts.
        size: The number of accounts.
        share: The share of them that is held out.
    """
    inverse = 1 / (size * share) + 1 / (size * (1 - share))
    return (Z_95 + Z_POWER) * (variance * inverse).sqrt()
