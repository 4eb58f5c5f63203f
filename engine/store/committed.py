"""The dates that one run has committed, for the command that must name them if something fails afterwards."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from ..core.problems import Problem


@dataclass(slots=True)
class Commits:
    """The dates committed so far; `warnings` has what the disk reported of committed dates."""

    dates: list[dt.date] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
