"""Confidence intervals of shares, by Wilson's score method.

Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American
Statistical Association 22 (1927).
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """The bounds of a share that are compatible with what was counted."""

    low: float
    high: float


def wilson_interval(counted: int, of: int, confidence: float = CONFIDENCE) -> Interval:
    """Return the interval of the share `counted / of`; of nothing, every share is possible."""
    if of == 0:
        return Interval(0, 1)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, square = counted / of, z * z / of
    centre = share + square / 2
    margin = z * sqrt(share * (1 - share) / of + square / (4 * of))
    low, high = ((centre + sign * margin) / (1 + square) for sign in (-1, 1))
    return Interval(max(low, 0) if counted else 0, min(high, 1) if counted < of else 1)
