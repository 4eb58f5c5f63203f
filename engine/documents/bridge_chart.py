"""Chart of the revenue bridge, of one window or month by month.

Takes figures of the family `revenue`, and returns an SVG file. It computes no metric.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby

from ..core.languages import choose_text
from ..metrics.metric_value import Figure
from ..metrics.revenue import BRIDGE, BRIDGE_PARTS
from .charts import Caption
from .localizer import Localizer
from .waterfall import WaterfallGroup, WaterfallStep, draw_waterfall

_START, *_CHANGES, _END = BRIDGE_PARTS
_COLOURS = {
    _START: 6,
    "expansion": 3,
    "contraction": 2,
    "churn": 7,
    "new": 1,
    "reactivation": 5,
    _END: 6,
}
_LOSSES = frozenset(("contraction", "churn"))
_LONGEST_LINE = 14
"""Characters of a label's line."""

Amounts = dict[str, Decimal]
"""The amount of each part of a bridge."""


def plot_bridge(figures: Sequence[Figure], language: str) -> str | None:
    """Return the bridge of all accounts as an SVG file; None where no amount is known.

    Figures with a period are those of months.
    """
    parts = {metric.id: part for part, metric in BRIDGE.items()}
    drawn = [each for each in figures if each.group is None and each.metric.id in parts]
    windows = [
        (window, {parts[each.metric.id]: each for each in of_window})
        for window, of_window in groupby(drawn, key=lambda each: each.window)
    ]
    known = [(window, bridge) for window, bridge in windows if _amounts(bridge)]
    if not known:
        return None
    t = Localizer(language, "portfolio")
    currency = next(iter(known[0][1].values())).currency
    first, last = t.date(windows[0][0].first), t.date(windows[-1][0].last)

    def money(value: Decimal) -> str:
        return t.money(value, currency)

    if drawn[0].period is None:
        [(_, bridge)] = known
        groups = [
            WaterfallGroup(_wrapped(step.label), step.shown, [step])
            for step in _steps(_amounts(bridge), t, currency, BRIDGE_PARTS)
        ]
        title, legend = t("bridge", first=first, last=last), []
    else:
        groups = [_month(window.last, _amounts(bridge), t, currency) for window, bridge in windows]
        title = t("bridge_by_month", first=first, last=last)
        legend = [(_title(part, t), _COLOURS[part]) for part in _CHANGES]
    about = t.named((" ".join(group.label.split()), group.shown) for group in groups)
    return draw_waterfall(Caption("bridge", title, about, t.colon), groups, money, legend)


def _amounts(bridge: dict[str, Figure]) -> Amounts:
    """Return the known amounts; empty where one is missing."""
    amounts = {part: each.value for part, each in bridge.items() if each.value is not None}
    return amounts if len(amounts) == len(BRIDGE_PARTS) else {}


def _month(last: dt.date, amounts: Amounts, t: Localizer, currency: str | None) -> WaterfallGroup:
    """Return a month's changes, with what they come to; a month without amounts has no bars."""
    label = f"{t.day(last)}\n{last.year}"
    if not amounts:
        return WaterfallGroup(label, "–", [])
    change = amounts[_END] - amounts[_START]
    shown = f"{'+' if change > 0 else ''}{t.money(change, currency)}"
    return WaterfallGroup(label, shown, _steps(amounts, t, currency, _CHANGES))


def _steps(
    amounts: Amounts, t: Localizer, currency: str | None, parts: Sequence[str]
) -> list[WaterfallStep]:
    """Return the bars of these parts: the ends from zero, the changes from where the last one ended."""
    level = amounts[_START]
    steps = []
    for part in parts:
        amount = amounts[part]
        if part in (_START, _END):
            before, level = Decimal(0), amount
        else:
            before, level = level, level - amount if part in _LOSSES else level + amount
        sign = "" if part in (_START, _END) or not amount else "-" if part in _LOSSES else "+"
        shown = f"{sign}{t.money(amount, currency)}"
        low, high = sorted((before, level))
        steps.append(WaterfallStep(_title(part, t), _COLOURS[part], low, high, level, shown))
    return steps


def _title(part: str, t: Localizer) -> str:
    return choose_text(BRIDGE[part].title, t.language)


def _wrapped(label: str) -> str:
    """Return the label on two lines where it is long."""
    words = label.split()
    if len(label) <= _LONGEST_LINE or len(words) < 2:
        return label
    half = min(
        range(1, len(words)), key=lambda at: abs(len(" ".join(words[:at])) - len(label) // 2)
    )
    return f"{' '.join(words[:half])}\n{' '.join(words[half:])}"
