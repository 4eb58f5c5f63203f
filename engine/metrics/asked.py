"""What somebody asks metrics of: a project, what is known by a date, a window, a grouping, and how to count."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from ..runs.project import Project
from .figure import Window

By = Literal["segment", "plan", "owner", "country", "cohort"]
"""An owner is the CSM; a cohort is the accounts that signed up in the same month."""

Method = Literal["snapshots", "movements"]
Counting = Literal["n_day", "on_or_after"]
Periods = Literal["days", "months"]


@dataclass(frozen=True, slots=True)
class Asked:
    """Nothing later than `on` is known; `grace` days after its term an account that comes back has not churned."""

    project: Project
    on: dt.date
    window: Window
    grace: int
    by: By | None = None
    method: Method = "snapshots"
    counting: Counting = "n_day"
    periods: Periods = "days"
