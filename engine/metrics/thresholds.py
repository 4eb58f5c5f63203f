"""How figures are judged: by bands that have names, or by a target with an alert.

In: a value; out: the id of a level. Bands share their edges, and exactly on an edge the better band counts;
a target is read as it is written: `> 95 %` is not met by 95.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..playbook.model import Texts

GREEN, YELLOW, RED = "green", "yellow", "red"
JUDGED = Decimal("0.000001")
"""To what values are judged: a twelfth of a year's revenue is rounded, and may miss an edge that it stands on."""
NEARLY = Decimal("0.8")
"""Without an alert, the share of the target from which a figure is yellow."""


@dataclass(frozen=True, slots=True)
class Band:
    """A level from a floor upwards; no floor means the lowest."""

    id: str
    floor: Decimal | None
    title: Texts
    meaning: Texts | None = None


@dataclass(frozen=True, slots=True)
class Bands:
    """Bands, the best first."""

    bands: tuple[Band, ...]

    def level(self, value: Decimal) -> str:
        """The best band whose floor the value reaches."""
        return self.of(value).id

    def of(self, value: Decimal) -> Band:
        """The same, as a band."""
        judged = value.quantize(JUDGED)
        return next(each for each in self.bands if each.floor is None or judged >= each.floor)


@dataclass(frozen=True, slots=True)
class Target:
    """What is aimed at: at least `goal`, or more than it where `strictly`; red is below `alert`."""

    goal: Decimal
    strictly: bool = False
    alert: Decimal | None = None

    def level(self, value: Decimal) -> str:
        """Green when met, red when past the alert, yellow between."""
        judged = value.quantize(JUDGED)
        if judged > self.goal or (judged == self.goal and not self.strictly):
            return GREEN
        floor = self.goal * NEARLY if self.alert is None else self.alert
        return YELLOW if judged >= floor else RED


Scale = Bands | Target
