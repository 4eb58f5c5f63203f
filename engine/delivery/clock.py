"""The clock that delivery is given: the engine reads none itself."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Clock(Protocol):
    """A clock: the time of day for working hours and headers, and seconds for limits and waits."""

    def now(self) -> dt.datetime:
        """Return the current instant, with its time zone."""
        ...

    def seconds(self) -> float:
        """Return seconds that only ever grow."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
