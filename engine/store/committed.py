"""The dates that one run has committed, for the command that must name them when something fails afterwards."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from ..core.problems import Problem


@dataclass(slots=True)
class Commits:
    """Grows with each date committed; `warnings` holds what the disk reported of dates that are committed."""

    dates: list[dt.date] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
