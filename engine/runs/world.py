"""The protocol of what happens to accounts in days that are only previewed."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from ..sources import Snapshots
from ..store import Overlay


class World(Protocol):
    """Gives the snapshots of each previewed date, in order, and does what people do on it."""

    def snapshots(self, on: dt.date) -> Snapshots | None:
        """Return the snapshots up to the date, which is about to be evaluated.

        None is for a date on which no run could be: the next one catches up.
        """
        ...

    def act(self, store: Overlay, on: dt.date) -> None:
        """Record in the store what people do on the date, which was evaluated."""
        ...
