"""Metrics, their values (figures), and the scales that rate them.

A `Metric` states what is counted, over which accounts, and its scale; its texts are in the catalogues. A `Figure` is
one value of a metric: of a group, of a period, in a window. Values are decimals. An unknown value is None and carries
its reason.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ..core.languages import Texts
from ..core.offsets import Offset, shift_date
from ..text.translations import catalogue_text

GREEN, YELLOW, RED = "green", "yellow", "red"
JUDGED = Decimal("0.000001")
"""The precision to which values are rounded before rating. A twelfth of a year's revenue is rounded, and could miss the
edge of a band by its last digit."""
NEARLY = Decimal("0.8")
"""The share of the target from which a figure is yellow, where the target has no alert."""


@dataclass(frozen=True, slots=True)
class Band:
    """A level that starts at `floor`. The lowest band has none."""

    id: str
    floor: Decimal | None
    title: Texts
    meaning: Texts | None = None


@dataclass(frozen=True, slots=True)
class Bands:
    """Bands in order, the best first. A value exactly on an edge is in the better band."""

    bands: tuple[Band, ...]

    def level(self, value: Decimal) -> str:
        """Return the id of the best band whose floor the value reaches."""
        return self.of(value).id

    def of(self, value: Decimal) -> Band:
        """Return the best band whose floor the value reaches."""
        rounded = value.quantize(JUDGED)
        return next(band for band in self.bands if band.floor is None or rounded >= band.floor)


@dataclass(frozen=True, slots=True)
class Target:
    """A target: at least `goal`, or more than `goal` where `strictly`. A value below `alert` is red."""

    goal: Decimal
    strictly: bool = False
    alert: Decimal | None = None

    def level(self, value: Decimal) -> str:
        """Return green where the target is met, red below the alert, and yellow between."""
        rounded = value.quantize(JUDGED)
        if rounded > self.goal or (rounded == self.goal and not self.strictly):
            return GREEN
        floor = self.goal * NEARLY if self.alert is None else self.alert
        return YELLOW if rounded >= floor else RED


Scale = Bands | Target


FigureUnit = Literal["percent", "amount", "count", "points", "rating", "months"]
"""`percent` holds 107 for 107 %; `points` are differences of percentages, or of scores."""

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: what is counted, its formula and its population.

    `source` names the document and headings of the formula. `scale` rates the figures; where `yearly`, only figures of
    a window of twelve months.
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
    """A period, from the state on its first date to the state on its last."""

    first: dt.date
    last: dt.date

    @property
    def yearly(self) -> bool:
        """Return whether the window is exactly twelve months."""
        after = shift_date(self.first, Offset(1, "years"))
        return self.first == twelve_months_before(self.last) or self.last == after

    def months(self) -> list[dt.date]:
        """Return the first date, the same day of each later month, and the last date."""
        count = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        days = {shift_date(self.first, Offset(month, "months")) for month in range(count + 1)}
        return sorted({day for day in days if day < self.last} | {self.last})


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of a metric.

    `group` is a value of `--by`, or the thing counted. `period` is a step of a curve (J30, M2). `accounts` is the
    number of accounts in the value. `currency` is set for amounts. `why` is the reason for a missing value, and `notes`
    are remarks for the reader.
    """

    metric: Metric
    window: Window
    value: Decimal | None
    accounts: int | None = None
    group: str | None = None
    period: str | None = None
    currency: str | None = None
    why: Texts | None = None
    notes: tuple[Texts, ...] = ()

    @property
    def level(self) -> str | None:
        """Return the level on the metric's scale; None without a scale or a value, or where the window does not fit."""
        scale = self.metric.scale
        if scale is None or self.value is None or (self.metric.yearly and not self.window.yearly):
            return None
        return scale.level(self.value)


def define_metric(
    id: str,
    unit: FigureUnit,
    population: str,
    source: Texts,
    scale: Scale | None = None,
    *,
    yearly: bool = False,
    defined_as: str | None = None,
) -> Metric:
    """Return a metric with its texts from the catalogues.

    Args:
        id: The id, which is also the key of its texts.
        unit: The unit of its figures.
        population: The key of the accounts that it is computed over.
        source: Where its formula is written.
        scale: The scale that rates its figures.
        yearly: True if only figures of twelve months are rated.
        defined_as: The id of the metric whose definition it shares.
    """
    title = catalogue_text(f"metrics.{id}", "title")
    definition = catalogue_text(f"metrics.{defined_as or id}", "definition")
    counted = catalogue_text("populations", population)
    return Metric(id, unit, title, definition, counted, source, scale, yearly)


def define_bands(metric: str, *, explained: bool = False, **floors: int | None) -> Bands:
    """Return the scale of a metric with its texts from the catalogues.

    Args:
        metric: The metric's id.
        explained: True if each band has a meaning as well as a title.
        floors: The floor of each band by its id, the best first.
    """
    bands = []
    for id, floor in floors.items():
        section = f"bands.{metric}.{id}"
        meaning = catalogue_text(section, "meaning") if explained else None
        title = catalogue_text(section, "title")
        bands.append(Band(id, None if floor is None else Decimal(floor), title, meaning))
    return Bands(tuple(bands))


def remark(key: str, **values: object) -> Texts:
    """Return the reason for a missing value, or a remark on a figure, from the catalogues."""
    return catalogue_text("remarks", key, **values)


def written_in(document: str, headings: str) -> Texts:
    """Return the source of a formula: one of the two source documents, and the headings in it."""
    return catalogue_text("sources", "document", document=document, headings=headings)


def ratio(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Return `part / whole` in percent; None where `whole` is zero (shown as n/a)."""
    return Decimal(part) * HUNDRED / Decimal(whole) if whole else None


def twelve_months_before(on: dt.date) -> dt.date:
    """Return the same day of the year before.

    The last day of a month gives the last day of that month, so that month-end snapshots of February match.
    """
    before = shift_date(on, Offset(-1, "years"))
    is_month_end = (on + dt.timedelta(days=1)).day == 1
    return before.replace(day=monthrange(before.year, before.month)[1]) if is_month_end else before
