"""Cohorts on the portfolio page: retention as curves by segment, and by month of signup as a table of shades.

In: figures of the cohorts' family; out: texts and a chart for the template. It works out nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ...metrics.cohorts import COHORTS, KNOWN_ACCOUNTS, curves
from ...metrics.metric_value import Figure
from ...reports.figure_format import figure_language, group_text
from ..charts import CHART_COLOURS, Caption, Curve, draw_curves, draw_file, shade
from ..localizer import Localizer
from .metric_tiles import show_table

LATEST_MONTHS = 12
"""Months of signup that are shown, the last ones."""


def show_cohorts(
    by_segment: Sequence[Figure], by_month: Sequence[Figure], t: Localizer
) -> dict[str, Any] | None:
    """The curves, what all of them say together, and each month's; None where there is nothing to draw."""
    drawn = _lines(by_segment, t)
    if drawn is None:
        return None
    caption, steps, lines = drawn
    every = [each for each in by_segment if each.group is None]
    return {
        "about": _about(every, t),
        "chart": draw_curves(caption, steps, lines),
        "caption": t("All accounts, period by period", "Tous les comptes, période par période"),
        "table": show_table(COHORTS, every, t),
        "months_caption": t(
            "Still active, by month of signup and months since",
            "Encore actifs, par mois d'inscription et nombre de mois depuis",
        ),
        "months": _months(by_month, t),
    }


def plot(figures: Sequence[Figure], language: str) -> str | None:
    """The curves as an SVG file; None where there is nothing to draw."""
    drawn = _lines(figures, Localizer(language))
    return draw_file(*drawn) if drawn else None


def _lines(
    figures: Sequence[Figure], t: Localizer
) -> tuple[Caption, list[str], list[Curve]] | None:
    """The whole and its groups, as many as can be told apart, at the periods that are told; None if only one is."""
    steps, groups = curves(figures)
    told = [
        at for at in range(len(steps)) if any(values[at] is not None for values in groups.values())
    ]
    if len(told) < 2:
        return None
    whole = {None: groups[None]} if None in groups else {}
    lines = [
        Curve(_named(group, t), [values[at] for at in told])
        for group, values in (whole | groups).items()
    ][:CHART_COLOURS]
    shown = [steps[at] for at in told]
    title = t("Retention by time since signup", "Rétention selon le temps depuis l'inscription")
    return Caption("retention", title, _in_words(lines, shown, t)), shown, lines


def _named(group: str | None, t: Localizer) -> str:
    return t("All accounts", "Tous les comptes") if group is None else group_text(group, t.language)


def _in_words(lines: Sequence[Curve], steps: Sequence[str], t: Localizer) -> str:
    """The first curve, for who cannot see it."""
    points = zip(steps, lines[0].values, strict=True)
    named = (f"{step} {_percent(value, t)}" for step, value in points if value is not None)
    return f"{lines[0].label}: {', '.join(named)}"


def _about(figures: Sequence[Figure], t: Localizer) -> list[str]:
    """What is shown, what to know of who is known, and whether the curve flattens, as the last of its figures says."""
    first = t(
        "The share of accounts still active so long after their signup, of those old enough and known.",
        "La part des comptes encore actifs tant de jours après leur inscription, parmi ceux assez anciens et connus.",
    )
    known = (each.note for each in figures if each.metric is KNOWN_ACCOUNTS)
    last = (each.note or each.why for each in figures[-1:])
    said = dict.fromkeys(figure_language(each, t.language) for each in (*known, *last) if each)
    return [first, *(f"{text[:1].upper()}{text[1:]}." for text in said)]


def _months(figures: Sequence[Figure], t: Localizer) -> dict[str, Any] | None:
    """A row a month of signup, a column a month since: the share that is still active."""
    order, groups = curves(each for each in figures if each.group is not None)
    steps = sorted(order, key=lambda step: int(step[1:]))
    rows = []
    for group in sorted(name for name in groups if name)[-LATEST_MONTHS:]:
        values = dict(zip(order, groups[group], strict=True))
        rows.append((group, *(_cell(values[step], t) for step in steps)))
    if not rows:
        return None
    head = [t("Signed up", "Inscrits"), *steps]
    return {"head": head, "rows": rows, "numbers": range(1, len(head))}


def _cell(value: Decimal | None, t: Localizer) -> str:
    return "" if value is None else shade(value / 100, _percent(value, t))


def _percent(value: Decimal, t: Localizer) -> str:
    return t.percent(t.number(value.quantize(Decimal(1), ROUND_HALF_UP), 0))
