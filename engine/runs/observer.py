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
        """Note that the work on a date begins, or goes on after a rest."""
        ...

    def rest_stage(self, stage: Stage) -> None:
        """Note that a date is evaluated, and not committed before the later ones of its run are evaluated too."""
        ...

    def end_stage(self, record: RunRecord) -> None:
        """Note that a date is evaluated, and in a run committed."""
        ...


class _Unobserved:
    """An observer that notes nothing."""

    def begin_stage(self, stage: Stage) -> None:
        """Do nothing."""

    def rest_stage(self, stage: Stage) -> None:
        """Do nothing."""

    def end_stage(self, record: RunRecord) -> None:
        """Do nothing."""


UNOBSERVED: Observer = _Unobserved()
"""For runs of which no log is asked for."""
