"""Cohorts on the portfolio page: retention curves by segment, and a shaded table by month of signup.

Takes figures of the family `cohorts`, and returns texts and a chart for the template. It computes no metric.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import Any, NamedTuple

from ...core.languages import choose_text
from ...metrics.cohorts import COHORTS, KNOWN_ACCOUNTS, curves
from ...metrics.metric_snapshots import NONE
from ...metrics.metric_value import Figure
from ...reports.figure_format import group_text
from ..charts import CHART_COLOURS, Caption, Curve, draw_curves, draw_file, shade
from ..localizer import Localizer
from .metric_tiles import show_table

MONTH_GROUP = re.compile(r"\d{4}-\d{2}")
"""A month of signup as a group."""
LATEST_MONTHS = 12
"""Months of signup in the table: the latest ones."""


def show_cohorts(
    by_segment: Sequence[Figure], by_month: Sequence[Figure], t: Localizer
) -> dict[str, Any] | None:
    """Return the template's values: the curves, their figures and the months' table; None with nothing to draw."""
    drawn = _drawing(by_segment, t)
    if drawn is None:
        return None
    every = [each for each in by_segment if each.group is None]
    return {
        "about": [*_about(every, t), *([drawn.note] if drawn.note else [])],
        "chart": draw_curves(drawn.caption, drawn.steps, drawn.curves, t.exact_percent),
        "caption": t("all_accounts_by_period"),
        "table": show_table(COHORTS, every, t),
        "months_caption": t("months_of_signup"),
        "months": _months(by_month, t),
    }


class CohortDrawing(NamedTuple):
    """The curves to draw, and a note on those that are left out."""

    caption: Caption
    steps: list[str]
    curves: list[Curve]
    note: str | None


def plot(figures: Sequence[Figure], language: str) -> tuple[str, str | None] | None:
    """Return the curves as an SVG file, and its note if any; None where there is nothing to draw."""
    t = Localizer(language, "portfolio")
    drawing = _drawing(figures, t)
    return (draw_file(*drawing, t.exact_percent), drawing.note) if drawing else None


def _drawing(figures: Sequence[Figure], t: Localizer) -> CohortDrawing | None:
    """Return the curves: all accounts first, then as many groups as there are colours.

    Periods without a value in any group are left out. Return None where fewer than two remain.
    """
    steps, groups = curves(figures)
    known = [
        at for at in range(len(steps)) if any(values[at] is not None for values in groups.values())
    ]
    if len(known) < 2:
        return None
    chosen = _most_telling(figures, [group for group in groups if group is not None])
    drawn: list[str | None] = [*([None] if None in groups else []), *chosen]
    lines = [Curve(_label(group, t), [groups[group][at] for at in known]) for group in drawn]
    shown = [steps[at] for at in known]
    caption = Caption("retention", t("retention_by_time"), _in_words(lines, shown, t), t.colon)
    left_out = len(groups) - len(drawn)
    note = t("curves_left_out", drawn=len(chosen), left_out=left_out) if left_out else None
    return CohortDrawing(caption, shown, lines, note)


def _most_telling(figures: Sequence[Figure], groups: list[str]) -> list[str]:
    """Return the groups to draw, in order: the latest months of signup, or the groups with the most accounts."""
    room = CHART_COLOURS - 1
    if all(MONTH_GROUP.fullmatch(group) or group == NONE for group in groups):
        return sorted(groups)[-room:]
    sizes: Counter[str] = Counter()
    for figure in figures:
        if figure.group is not None and figure.metric is KNOWN_ACCOUNTS:
            sizes[figure.group] = max(sizes[figure.group], figure.accounts or 0)
    largest = sorted(groups, key=lambda group: (-sizes[group], group))[:room]
    return [group for group in groups if group in largest]


def _label(group: str | None, t: Localizer) -> str:
    return t("all_accounts") if group is None else group_text(group, t.language)


def _in_words(lines: Sequence[Curve], steps: Sequence[str], t: Localizer) -> str:
    """Return the first curve as text, for screen readers."""
    points = zip(steps, lines[0].values, strict=True)
    named = (f"{step} {_percent(value, t)}" for step, value in points if value is not None)
    return t.named([(lines[0].label, ", ".join(named))])


def _about(figures: Sequence[Figure], t: Localizer) -> list[str]:
    """Return texts on the figures: their meaning, the accounts they cover, and whether the curve flattens."""
    first = t("retention_about")
    known = (each.notes for each in figures if each.metric is KNOWN_ACCOUNTS)
    last = (each.notes or (each.why,) for each in figures[-1:])
    notes = chain.from_iterable((*known, *last))
    texts = dict.fromkeys(choose_text(each, t.language) for each in notes if each)
    return [first, *(f"{text[:1].upper()}{text[1:]}." for text in texts)]


def _months(figures: Sequence[Figure], t: Localizer) -> dict[str, Any] | None:
    """Return a table with a row per month of signup and a column per month since: the share still active."""
    order, groups = curves(each for each in figures if each.group is not None)
    steps = sorted(order, key=lambda step: int(step[1:]))
    rows = []
    for group in sorted(name for name in groups if name)[-LATEST_MONTHS:]:
        values = dict(zip(order, groups[group], strict=True))
        rows.append((group, *(_cell(values[step], t) for step in steps)))
    if not rows:
        return None
    head = [t("signed_up"), *steps]
    return {"head": head, "rows": rows, "numbers": range(1, len(head))}


def _cell(value: Decimal | None, t: Localizer) -> str:
    return "" if value is None else shade(value / 100, _percent(value, t))


def _percent(value: Decimal, t: Localizer) -> str:
    return t.percent(t.number(value.quantize(Decimal(1), ROUND_HALF_UP), 0))
