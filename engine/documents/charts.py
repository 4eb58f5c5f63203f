"""Charts as inline SVG, without scripts or network access.

Takes labels and numbers, and returns an `<svg>` as markup. Horizontal units are percent and vertical ones pixels, so
that a chart fills its container and its text has the page's size. Every number drawn is also written.
Colours are the page's: the classes `c1` to `c8`, `track`, `grid-line` and `quiet`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

CHART_STYLE = Path(__file__).parent / "templates" / "chart.css"
"""Style sheet of charts, on a page and in a file."""

CHART_COLOURS = 8
"""Number of distinct colours; the ninth series looks like the first."""

LONGEST_LABEL = 38
"""Characters that a phone shows next to a number; the bar's title has the full text."""

ChartNumber = int | Decimal
ShownNumber = Callable[[ChartNumber], str]
"""Writes a number of a chart in the language of the page."""


class ChartBar(NamedTuple):
    """A bar: its label, its stacked parts, and the number as text."""

    label: str
    parts: Sequence[ChartNumber]
    shown: str


class Curve(NamedTuple):
    """A curve: its values at the steps, None where there is none (yet)."""

    label: str
    values: Sequence[Decimal | None]


class Caption(NamedTuple):
    """A chart's title, and its description for screen readers; `id` is unique on the page.

    `colon` is that of the language, between a name and its value.
    """

    id: str
    title: str
    about: str
    colon: str = ":"


_ROW, _BAR = 44, 14
_HEIGHT, _TOP, _FOOT = 240, 14, 30
_LINE = 22
_LEFT, _WIDE = Decimal(9), Decimal(87)
_LABEL = Decimal(5)
"""Room of a step's label, in percent of the width."""

_SQUARE = Markup('<span class="key c{}" aria-hidden="true"></span>')
_DASH = Markup(
    '<svg class="dash" width="30" height="10" aria-hidden="true">'
    '<g class="curve c{}"><line x1="2" y1="5" x2="28" y2="5"/></g></svg>'
)


def draw_bars(
    caption: Caption,
    bars: Sequence[ChartBar],
    series: Sequence[str] = (),
    write: ShownNumber = str,
) -> Markup:
    """Return bars from top to bottom, each with label and number above it.

    `series` names the stacked parts, whose numbers `write` shows.
    """
    most = max((sum(bar.parts) for bar in bars), default=0)
    rows = [_bar(bar, at * _ROW, most, series, write, caption.colon) for at, bar in enumerate(bars)]
    return _svg(caption, len(bars) * _ROW, Markup("").join(rows)) + draw_legend(series)


def draw_curves(
    caption: Caption, steps: Sequence[str], curves: Sequence[Curve], write: ShownNumber
) -> Markup:
    """Return curves of percentages from 0 to 100 over named steps, each with a colour and dash pattern.

    `write` shows a percentage. Steps are named by a letter and a number, such as `J30`; the axis is to the scale of the
    numbers.
    """
    names = [each.label for each in curves]
    chart = _svg(caption, _HEIGHT + _FOOT, _curves(steps, curves, write, caption.colon))
    return chart + draw_legend(names, _DASH)


def draw_file(
    caption: Caption,
    steps: Sequence[str],
    curves: Sequence[Curve],
    note: str | None,
    write: ShownNumber,
) -> str:
    """Return the curves as a standalone SVG file with title, legend, note and colours, dark and light."""
    legend = Markup("").join(_entry(at, curve) for at, curve in enumerate(curves))
    height = _HEIGHT + _FOOT + 70 + _LINE * len(curves)
    if note is not None:
        below = Markup('<text class="quiet" x="20" y="{}">{}</text>')
        legend += below.format(height - 5, note)
        height += _LINE
    frame = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" viewBox="0 0 800 {h}" '
        'font-family="system-ui, sans-serif" '
        'aria-labelledby="{id}-title {id}-about"><title id="{id}-title">{title}</title>'
        '<desc id="{id}-about">{about}</desc><style>{style}</style>'
        '<rect width="800" height="{h}" fill="var(--card)"/>'
        '<text class="number" x="20" y="30">{title}</text>'
        '<svg x="20" y="45" width="760" height="{inner}">{drawing}</svg>{legend}</svg>\n'
    )
    return frame.format(
        h=height,
        id=caption.id,
        title=caption.title,
        about=caption.about,
        style=Markup(CHART_STYLE.read_text("utf-8")),
        inner=_HEIGHT + _FOOT,
        drawing=_curves(steps, curves, write, caption.colon),
        legend=legend,
    )


def _curves(
    steps: Sequence[str], curves: Sequence[Curve], write: ShownNumber, colon: str
) -> Markup:
    grid = Markup("").join(_level(level, write) for level in (0, 25, 50, 75, 100))
    places = _places(steps)
    below = Markup("").join(_step(places[at], steps[at]) for at in _labelled(places))
    lines = [_curve(at, curve, steps, places, write, colon) for at, curve in enumerate(curves)]
    return grid + below + Markup("").join(lines)


def _places(steps: Sequence[str]) -> list[Decimal]:
    """Return the horizontal position of each step, in percent of the width, to scale."""
    numbers = [Decimal(step[1:]) for step in steps]
    length = numbers[-1] - numbers[0]
    shares = [(number - numbers[0]) / length if length else Decimal("0.5") for number in numbers]
    return [_LEFT + _WIDE * share for share in shares]


def _labelled(places: Sequence[Decimal]) -> list[int]:
    """Return the indexes of the steps whose labels do not overlap: the first, and each far enough from the last."""
    shown: list[int] = []
    for at, place in enumerate(places):
        if not shown or place - places[shown[-1]] >= _LABEL:
            shown.append(at)
    return shown


def _entry(at: int, curve: Curve) -> Markup:
    """Return a line of the legend inside the drawing."""
    y = _HEIGHT + _FOOT + 65 + _LINE * at
    drawn = Markup(
        '<g class="curve c{}"><line x1="20" y1="{}" x2="50" y2="{}"/></g><text x="60" y="{}">{}</text>'
    )
    return drawn.format(_n(at), y, y, y + 4, curve.label)


def draw_legend(series: Sequence[str], key: Markup = _SQUARE) -> Markup:
    """Return the legend of the colours; empty without series."""
    items = [
        Markup("<li>{}{}</li>").format(key.format(_n(at)), name) for at, name in enumerate(series)
    ]
    return (
        Markup('<ul class="legend">{}</ul>').format(Markup("").join(items)) if items else Markup()
    )


def shade(share: Decimal, text: str) -> Markup:
    """Return a table cell whose background is stronger for a larger share (0 to 1)."""
    strength = f"{share * Decimal('0.4') + Decimal('0.05'):.2f}"
    cell = Markup('<span class="heat" style="background: rgb(var(--heat) / {})">{}</span>')
    return cell.format(strength, text)


def _bar(
    bar: ChartBar,
    top: int,
    most: ChartNumber,
    series: Sequence[str],
    write: ShownNumber,
    colon: str,
) -> Markup:
    track = Markup('<rect class="track" x="0" y="{}" width="100%" height="{}" rx="3"/>')
    begin = Decimal(0)
    parts = [track.format(top + 22, _BAR)]
    for at, part in enumerate(bar.parts):
        width = Decimal(part) * 100 / Decimal(most) if most else Decimal(0)
        if width:
            name = f"{series[at]}{colon} {write(part)}" if series else bar.shown
            parts.append(_part(name, at, begin, width, top + 22))
        begin += width
    text = Markup(
        '<g><title>{}{} {}</title><text x="0" y="{}">{}</text>'
        '<text class="number" x="100%" y="{}" text-anchor="end">{}</text>{}</g>'
    )
    label = _short(bar.label)
    return text.format(
        bar.label, colon, bar.shown, top + 15, label, top + 15, bar.shown, Markup("").join(parts)
    )


def _part(name: str, at: int, begin: Decimal, width: Decimal, top: int) -> Markup:
    drawn = Markup(
        '<rect class="c{}" x="{}%" y="{}" width="{}%" height="{}"><title>{}</title></rect>'
    )
    return drawn.format(_n(at), _two(begin), top, _two(width), _BAR, name)


def _level(level: int, write: ShownNumber) -> Markup:
    y = _y(Decimal(level))
    return Markup(
        '<line class="grid-line" x1="0" x2="100%" y1="{}" y2="{}"/><text class="quiet" x="0" y="{}">{}</text>'
    ).format(y, y, y - 3, write(level))


def _step(place: Decimal, step: str) -> Markup:
    drawn = Markup('<text class="quiet" x="{}%" y="{}" text-anchor="middle">{}</text>')
    return drawn.format(_two(place), _HEIGHT + 20, step)


def _curve(
    at: int,
    curve: Curve,
    steps: Sequence[str],
    places: Sequence[Decimal],
    write: ShownNumber,
    colon: str,
) -> Markup:
    known = [(n, value) for n, value in enumerate(curve.values) if value is not None]
    drawn = []
    for (a, before), (b, after) in pairwise(known):
        line = Markup('<line x1="{}%" y1="{}" x2="{}%" y2="{}"/>')
        drawn.append(line.format(_two(places[a]), _y(before), _two(places[b]), _y(after)))
    for n, value in known:
        dot = Markup('<circle cx="{}%" cy="{}" r="3.5"><title>{}, {}{} {}</title></circle>')
        position = (_two(places[n]), _y(value))
        drawn.append(dot.format(*position, curve.label, steps[n], colon, write(value)))
    return Markup('<g class="curve c{}">{}</g>').format(_n(at), Markup("").join(drawn))


def _svg(caption: Caption, height: int, drawing: Markup) -> Markup:
    frame = Markup(
        '<svg class="chart" role="img" width="100%" height="{h}" aria-labelledby="{id}-title {id}-about">'
        '<title id="{id}-title">{title}</title><desc id="{id}-about">{about}</desc>{drawing}</svg>'
    )
    return frame.format(
        h=height, id=caption.id, title=caption.title, about=caption.about, drawing=drawing
    )


def _y(value: Decimal) -> Decimal:
    return _TOP + ((100 - value) * (_HEIGHT - _TOP) / 100).quantize(Decimal("0.1"))


def _two(value: Decimal) -> str:
    """Return the number with at most two decimals, without trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _n(at: int) -> int:
    return at % CHART_COLOURS + 1


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"
