"""A family of metrics: what is found together and shown together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..playbook.model import Texts
from .metric_value import Figure, Metric
from .request import MetricRequest


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics in the order in which they are shown, and how they are found for a window, if they are.

    A `wide` family is a table with a row for each group and period and a column for each metric; another lists
    figure under figure. Of several groups over periods only the metric `over_periods` is shown: a row for each group, a
    column for each period.
    """

    id: str
    title: Texts
    metrics: tuple[Metric, ...]
    find: Callable[[MetricRequest], list[Figure]]
    wide: bool = False
    over_periods: Metric | None = None
