"""Ranges of numbers over simulated runs: the median, and what nine of ten runs lie between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

LOW, HIGH = 0.05, 0.95
RangeKey = TypeVar("RangeKey")


class RunRange(NamedTuple):
    """The median of a number over runs, and its 5th and 95th percentile."""

    median: float
    low: float
    high: float


def range_of(numbers: Sequence[float]) -> RunRange:
    """Return the range of the numbers of all runs, interpolated between the nearest two."""
    ordered = sorted(numbers)
    return RunRange(
        _percentile(ordered, 0.5), _percentile(ordered, LOW), _percentile(ordered, HIGH)
    )


def _percentile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    before = int(place)
    after = min(before + 1, len(ordered) - 1)
    return ordered[before] + (ordered[after] - ordered[before]) * (place - before)


def ranges(runs: Sequence[Mapping[RangeKey, float]]) -> dict[RangeKey, RunRange]:
    """Return the range of each number; a run without it counts as zero."""
    keys = dict.fromkeys(key for run in runs for key in run)
    return {key: range_of([run.get(key, 0) for run in runs]) for key in keys}
