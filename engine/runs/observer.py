"""The protocol by which runs and previews report their stages, to a log for example.

The engine reads no clock: an observer that wants durations takes the time of each call.
"""

from __future__ import annotations

from typing import Protocol

from ..store import RunRecord
from .plan import Stage


class Observer(Protocol):
    """Receives each evaluated date of a run or preview, in order."""

    def begin_stage(self, stage: Stage) -> None:
        """Note that the evaluation of a date begins."""
        ...

    def end_stage(self, record: RunRecord) -> None:
        """Note that a date is evaluated, and in a run committed."""
        ...
