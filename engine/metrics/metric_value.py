"""What a metric is, and the figures that it gives.

A `Metric` says in French and English what is counted, over whom, and by which scale it is judged; a `Figure` is
one value of it: of a group, of a period, in a window. Values are decimals; one that cannot be told is None, with why.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ..core.offsets import Offset, shift_date
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


FigureUnit = Literal["percent", "amount", "count", "points", "rating", "months"]
"""`percent` holds 107 for 107 %; `points` are differences of percentages, or of scores."""

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Metric:
    """What is counted, by which formula, over whom; `source` names where the formula stands.

    `scale` judges its figures; with `yearly` only those of a window of twelve months.
    """

    id: str
    unit: FigureUnit
    title: Texts
    definition: Texts
    population: Texts
    source: Texts
    scale: Scale | None = None
    yearly: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """From the state of the world on its first date to that on its last."""

    first: dt.date
    last: dt.date

    @property
    def yearly(self) -> bool:
        """Whether it is twelve months, to the day."""
        after = shift_date(self.first, Offset(1, "years"))
        return self.first == twelve_months_before(self.last) or self.last == after

    def months(self) -> list[dt.date]:
        """Its first date, the same day of each month after it, and its last date."""
        count = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        days = {shift_date(self.first, Offset(month, "months")) for month in range(count + 1)}
        return sorted({day for day in days if day < self.last} | {self.last})


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of a metric.

    `group` is the value of `--by` or the thing counted, `period` a step of a curve (J30, M2), `accounts` how many
    stand behind it, `currency` that of an amount. `why` says why there is no value, `note` what to know about it.
    """

    metric: Metric
    window: Window
    value: Decimal | None
    accounts: int | None = None
    group: str | None = None
    period: str | None = None
    currency: str | None = None
    why: Texts | None = None
    note: Texts | None = None

    @property
    def level(self) -> str | None:
        """Where the scale puts it; None without a scale or a value, or where the window does not suit it."""
        scale = self.metric.scale
        if scale is None or self.value is None or (self.metric.yearly and not self.window.yearly):
            return None
        return scale.level(self.value)


def written_in(document: str, headings: str) -> Texts:
    """Where a formula stands: one of the two source documents, and the headings there."""
    return {"en": f"{document} document, {headings}", "fr": f"document {document}, {headings}"}


def ratio(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """A percentage; None where the whole is nothing: n/a."""
    return Decimal(part) * HUNDRED / Decimal(whole) if whole else None


def twelve_months_before(on: dt.date) -> dt.date:
    """The same day a year before; of February's last day its last day, as snapshots of months' ends have it."""
    before = shift_date(on, Offset(-1, "years"))
    ends = (on + dt.timedelta(days=1)).day == 1
    return before.replace(day=monthrange(before.year, before.month)[1]) if ends else before
