"""Waterfall charts as SVG files: bars that rise and fall from a start to an end, each from where the last one ended.

Takes groups of steps with their amounts as text, and returns the file's text. Heights are to scale. Where a bar is a
total, the axis begins at zero; where all bars are changes, it begins below the lowest level.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from .charts import CHART_STYLE, Caption


class WaterfallStep(NamedTuple):
    """A bar between two levels; `after` is the level that the next bar begins at, `colour` a class from 1 to 8."""

    label: str
    colour: int
    low: Decimal
    high: Decimal
    after: Decimal
    shown: str


class WaterfallGroup(NamedTuple):
    """Bars over one label of the axis, with a text above them."""

    label: str
    shown: str
    steps: Sequence[WaterfallStep]


_RIGHT, _TOP, _HEIGHT = 20, 75, 260
_LEAST_WIDTH, _LEAST_GROUP_WIDTH = 800, 64
_LETTER = 8
"""Width of a letter above the bars and on the axis, rounded up."""
_GAP = Decimal("0.16")
"""Space between groups, as a share of a group's width."""
_LINE = 22
_TICKS = 4
"""Most intervals of the axis."""


def draw_waterfall(
    caption: Caption,
    groups: Sequence[WaterfallGroup],
    amount: Callable[[Decimal], str],
    legend: Sequence[tuple[str, int]] = (),
) -> str:
    """Return the chart as a standalone SVG file, dark and light.

    Args:
        caption: Its title and description.
        groups: The bars, from left to right.
        amount: Writes a level of the axis.
        legend: Names of colours, where the bars are not named below.
    """
    scale = _Scale.of([step for group in groups for step in group.steps])
    ticks = [(scale.y(level), amount(level)) for level in scale.ticks()]
    left = 35 + _LETTER * max(len(text) for _, text in ticks)
    each = max(_LEAST_GROUP_WIDTH, *(_LETTER * len(group.shown) + 12 for group in groups))
    width = max(_LEAST_WIDTH, left + _RIGHT + each * len(groups))
    slot = Decimal(width - left - _RIGHT) / len(groups)
    bars = [
        _group(group, left + slot * at, slot * (1 - _GAP), scale, caption.colon)
        for at, group in enumerate(groups)
    ]
    places = [place for _, of_group in bars for place in of_group]
    drawing = [_tick(y, text, left, width) for y, text in ticks]
    drawing += [_link(before, after, scale) for before, after in pairwise(places)]
    drawing += [drawn for drawn, _ in bars]
    drawing += [_entry(at, *named) for at, named in enumerate(legend)]
    height = _TOP + _HEIGHT + 60 + _LINE * len(legend)
    frame = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 {w} {h}" '
        'font-family="system-ui, sans-serif" aria-labelledby="{id}-title {id}-about">'
        '<title id="{id}-title">{title}</title><desc id="{id}-about">{about}</desc><style>{style}</style>'
        '<rect width="{w}" height="{h}" fill="var(--card)"/>'
        '<text class="number" x="20" y="30">{title}</text>{drawing}</svg>\n'
    )
    return frame.format(
        w=width,
        h=height,
        id=caption.id,
        title=caption.title,
        about=caption.about,
        style=Markup(CHART_STYLE.read_text("utf-8")),
        drawing=Markup("").join(drawing),
    )


class _Scale(NamedTuple):
    """The axis: its lowest level, its highest, and the interval between its lines."""

    low: Decimal
    high: Decimal
    interval: Decimal

    @classmethod
    def of(cls, steps: Sequence[WaterfallStep]) -> _Scale:
        """Return round levels around the bars."""
        low = min((step.low for step in steps), default=Decimal(0))
        high = max((step.high for step in steps), default=Decimal(0))
        interval = _interval((high - low) / _TICKS)
        low = (low / interval).to_integral_value(ROUND_FLOOR) * interval
        high = (high / interval).to_integral_value(ROUND_CEILING) * interval
        return cls(low, max(high, low + interval), interval)

    def ticks(self) -> list[Decimal]:
        """Return the levels with a line."""
        count = int((self.high - self.low) / self.interval)
        return [self.low + self.interval * at for at in range(count + 1)]

    def y(self, level: Decimal) -> Decimal:
        """Return the place of a level from the top."""
        return _TOP + _HEIGHT * (self.high - level) / (self.high - self.low)


def _interval(least: Decimal) -> Decimal:
    """Return the smallest of 1, 2, 5, 10, 20, 50 and so on that is not below `least`; at least 1."""
    power = Decimal(1)
    while True:
        for factor in (1, 2, 5):
            if factor * power >= least:
                return factor * power
        power *= 10


class _Place(NamedTuple):
    """Where a drawn bar begins and ends, and the level after it."""

    left: Decimal
    right: Decimal
    after: Decimal


def _group(
    group: WaterfallGroup, left: Decimal, width: Decimal, scale: _Scale, colon: str
) -> tuple[Markup, list[_Place]]:
    each = width / max(len(group.steps), 1)
    places, drawn = [], []
    for at, step in enumerate(group.steps):
        place = _Place(left + each * at, left + each * (at + 1), step.after)
        places.append(place)
        drawn.append(_bar(step, place, scale, colon))
    middle = left + width / 2
    highest = max((step.high for step in group.steps), default=scale.low)
    above = Markup(
        '<text class="number" x="{}" y="{}" text-anchor="middle" paint-order="stroke" stroke="var(--card)" '
        'stroke-width="4">{}</text>'
    )
    drawn.append(above.format(_two(middle), _two(scale.y(highest) - 6), group.shown))
    for at, line in enumerate(group.label.split("\n")):
        below = Markup('<text class="quiet" x="{}" y="{}" text-anchor="middle">{}</text>')
        drawn.append(below.format(_two(middle), _TOP + _HEIGHT + 20 + 15 * at, line))
    return Markup("").join(drawn), places


def _bar(step: WaterfallStep, place: _Place, scale: _Scale, colon: str) -> Markup:
    top, bottom = scale.y(step.high), scale.y(step.low)
    drawn = Markup(
        '<rect class="c{}" x="{}" y="{}" width="{}" height="{}"><title>{}{} {}</title></rect>'
    )
    size = _two(place.right - place.left), _two(bottom - top)
    return drawn.format(
        step.colour, _two(place.left), _two(top), *size, step.label, colon, step.shown
    )


def _link(before: _Place, after: _Place, scale: _Scale) -> Markup:
    """Return the line from a bar to the next, at the level between them."""
    y = _two(scale.y(before.after))
    line = Markup('<line class="grid-line" x1="{}" y1="{}" x2="{}" y2="{}"/>')
    return line.format(_two(before.left), y, _two(after.right), y)


def _tick(y: Decimal, text: str, left: int, width: int) -> Markup:
    drawn = Markup(
        '<line class="grid-line" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="quiet" x="{}" y="{}" text-anchor="end">{}</text>'
    )
    return drawn.format(left - 10, width - _RIGHT, _two(y), _two(y), left - 15, _two(y + 4), text)


def _entry(at: int, name: str, colour: int) -> Markup:
    """Return a line of the legend."""
    y = _TOP + _HEIGHT + 60 + _LINE * at
    drawn = Markup(
        '<rect class="c{}" x="20" y="{}" width="14" height="14"/><text x="42" y="{}">{}</text>'
    )
    return drawn.format(colour, y, y + 12, name)


def _two(value: Decimal) -> str:
    """Return the number with at most two decimals, without trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
