"""What somebody asks metrics of: a project, what is known by a date, a window, a grouping, and how to count."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from ..core.problems import Problem, Problems
from ..project.loading import Project
from ..sources import Snapshots
from ..workspace.settings import MetricSettings
from .currency import read_exchange
from .groups import By, Counting, Method, Periods
from .metric_value import Window, twelve_months_before
from .window_data import WindowData, read_window


@dataclass(frozen=True)
class MetricRequest:
    """Nothing later than `on` is known; `grace` days after its term an account that comes back has not churned."""

    project: Project
    on: dt.date
    window: Window
    grace: int = MetricSettings().grace_days
    by: By | None = None
    method: Method = "snapshots"
    counting: Counting = "n_day"
    periods: Periods = "days"

    @cached_property
    def observed(self) -> WindowData:
        """What the snapshots show of the window, read when first asked for."""
        snapshots = Snapshots(self.project.workspace, self.project.catalogue)
        exchange = read_exchange(self.project.workspace, self.window.first)
        return read_window(
            snapshots, exchange, self.window, self.on, self.grace, self.by, self.method
        )


def newest_on(project: Project, on: dt.date) -> dt.date:
    """The date of the newest snapshot that is not later; raises `Problems` where there is none."""
    newest = Snapshots(project.workspace, project.catalogue).newest(on)
    if newest is None:
        hint = "metrics are reckoned from snapshots: see `snapshots` in tenure.yaml"
        message = f"there is no snapshot of {on} or before"
        raise Problems([Problem("no-snapshot", message, project.workspace.source.span, hint)])
    return newest


def year_known(project: Project, newest: dt.date) -> Window:
    """The twelve months before the newest snapshot, or as many of them as there are snapshots of."""
    first = twelve_months_before(newest)
    oldest = Snapshots(project.workspace, project.catalogue).dates()[:1]
    return Window(max([first, *(day for day in oldest if day < newest)]), newest)
