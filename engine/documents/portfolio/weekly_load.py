"""The portfolio page's part on actions: number due by week and owner.

Takes the load of a date, and returns texts, a chart and a table for the template.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from ..charts import Caption, ChartBar, draw_bars, shade
from ..localizer import Localizer
from .workload import Load, monday

COLOURED = 5
"""Owners with a colour in the chart; more could not be distinguished."""
OWNERS_LISTED = 20
"""Owners in the table, those with the most actions; the others are summed."""


def show_load(load: Load, on: dt.date, t: Localizer) -> dict[str, Any]:
    """Return a bar chart by week, and a table of owners by week."""
    later = t("later")
    names = [owner or t("no_owner") for owner, _ in load.owners]
    most = max((number for _, counts in _rows(load, names, t) for number in counts), default=0)
    weeks = [*(t.day(week) for week in load.weeks), later]
    now = load.weeks.index(monday(on))
    shown = _shown(load, now)
    return {
        "about": _load_about(load, now, t),
        "empty": t("nothing_due"),
        "chart": _load_chart(load, names, weeks, shown, t),
        "head": [
            t("owner"),
            *(_now(weeks[at], t) if at == now else weeks[at] for at in shown),
            t("all"),
        ],
        "numbers": range(1, len(shown) + 2),
        "rows": [
            (name, *(_heat(counts[at], most, t) for at in shown), t.number(sum(counts)))
            for name, counts in _rows(load, names, t)
        ],
        "foot": [
            t("all"),
            *(t.number(load.by_week[at]) for at in shown),
            t.number(sum(load.by_week)),
        ],
    }


def _rows(load: Load, names: Sequence[str], t: Localizer) -> list[tuple[str, Sequence[int]]]:
    """Return the table's rows: the owners with the most actions, and the sum of the others with their number."""
    rows: list[tuple[str, Sequence[int]]] = [
        (name, counts) for name, (_, counts) in zip(names, load.owners, strict=True)
    ]
    rest = rows[OWNERS_LISTED:]
    if len(rest) < 2:
        return rows
    sums = [sum(column) for column in zip(*(counts for _, counts in rest), strict=True)]
    return [*rows[:OWNERS_LISTED], (t("other_owners", owners=t.number(len(rest))), sums)]


def _shown(load: Load, now: int) -> list[int]:
    """Return the indexes of the weeks from the first to the last with actions or today, and of `later` if not empty."""
    with_actions = [at for at, number in enumerate(load.by_week[: len(load.weeks)]) if number] + [
        now
    ]
    later = [len(load.weeks)] if load.by_week[-1] else []
    return [*range(min(with_actions), max(with_actions) + 1), *later]


def _load_about(load: Load, now: int, t: Localizer) -> str:
    week = t.count("actions", load.by_week[now])
    later = t.count("actions", sum(load.by_week[now + 1 :]))
    since = t.date(load.weeks[0])
    return t("load", week=week, later=later, since=since)


def _load_chart(
    load: Load, names: Sequence[str], weeks: Sequence[str], shown: Sequence[int], t: Localizer
) -> Markup:
    """Return a bar per week, owners with the most actions first; those with the fewest are summed as others."""
    rows = [counts for _, counts in load.owners]
    rest = rows[COLOURED:]
    series = [*names[:COLOURED], *([t("others")] if rest else [])]
    bars = []
    for at in shown:
        parts = [row[at] for row in rows[:COLOURED]]
        parts += [sum(row[at] for row in rest)] if rest else []
        last = at == len(weeks) - 1
        label = weeks[at] if last else t("week_of", week=weeks[at])
        bars.append(ChartBar(label, parts, t.number(sum(parts))))
    about = t.named((bar.label, bar.shown) for bar in bars)
    return draw_bars(Caption("load", t("actions_by_week"), about, t.colon), bars, series, t.number)


def _now(week: str, t: Localizer) -> Markup:
    return Markup('<span class="now" title="{}">{}</span>').format(t("this_week"), week)


def _heat(number: int, most: int, t: Localizer) -> str:
    """Return a count on a shaded background; empty for zero."""
    return shade(Decimal(number) / most, t.number(number)) if number else ""
