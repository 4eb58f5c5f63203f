"""Metrics on the portfolio page: tiles for rates with their levels, and tables for the other figures.

Takes metric families with their figures, and returns texts for the template. It computes no metric.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...core.languages import choose_text
from ...metrics.metric_value import Bands, Figure
from ...metrics.request import Family
from ...reports.figure_format import (
    figure_value_text,
    level_text,
    notes_text,
    word,
)
from ...reports.figure_listing import for_people
from ..localizer import Localizer

FamilyFigures = Sequence[tuple[Family, Sequence[Figure]]]


def show_families(results: FamilyFigures, t: Localizer) -> list[dict[str, Any]]:
    """Return each family's rates as tiles, and the other figures as a table."""
    return [_family(family, figures, t) for family, figures in results if figures]


def _family(family: Family, figures: Sequence[Figure], t: Localizer) -> dict[str, Any]:
    first = _at_a_glance(figures)
    rest = [each for each in figures if each not in first and each.value is not None]
    return {
        "title": choose_text(family.title, t.language),
        "about": [_span(figures, t), *_notes(first, t)],
        "tiles": [_tile(each, t) for each in first],
        "table": show_table(family, rest, t),
    }


def _at_a_glance(figures: Sequence[Figure]) -> list[Figure]:
    """Return the family's main figures over all accounts: those with a scale, or else the percentages."""
    overall = [each for each in figures if each.group is None and each.period is None]
    judged = [each for each in overall if each.metric.scale is not None]
    return judged or [each for each in overall if each.metric.unit == "percent"]


def show_table(family: Family, figures: Sequence[Figure], t: Localizer) -> dict[str, Any] | None:
    """Return the figures as `tenure metrics` lists them; None without figures."""
    if not figures:
        return None
    listing = for_people(family, figures, t.language)
    rows = [["" if cell is None else str(cell) for cell in row] for row in listing.rows]
    head = [column[:1].upper() + column[1:] for column in listing.columns]
    columns = zip(*rows, strict=True)
    missing = word("n/a", t.language)
    numbers = [
        at for at, cells in enumerate(columns) if all(_numeric(each, missing) for each in cells)
    ]
    return {"head": head, "rows": rows, "numbers": [at for at in numbers if at]}


def _numeric(cell: str, missing: str) -> bool:
    return not cell or cell == missing or cell[-1].isdigit() or cell[0].isdigit()


def _span(figures: Sequence[Figure], t: Localizer) -> str:
    window = figures[0].window
    first, last = t.date(window.first), t.date(window.last)
    text = t("window", first=first, last=last)
    if any(each.metric.yearly for each in figures) and not window.yearly:
        text += f" {t('shorter_window')}"
    return text


def _notes(figures: Iterable[Figure], t: Localizer) -> list[str]:
    """Return the distinct notes of the figures."""
    notes = (notes_text(each.notes, t.language) for each in figures if each.notes)
    return [f"{note[:1].upper()}{note[1:]}." for note in dict.fromkeys(notes)]


def _tile(figure: Figure, t: Localizer) -> dict[str, str]:
    scale = figure.metric.scale
    meaning = None
    if isinstance(scale, Bands) and figure.level is not None and figure.value is not None:
        meaning = scale.of(figure.value).meaning
    texts = [each for each in (figure.why, meaning) if each]
    return {
        "title": choose_text(figure.metric.title, t.language),
        "value": figure_value_text(figure, t.language),
        "level": _level(figure),
        "judged": level_text(figure, t.language),
        "note": notes_text(texts, t.language),
    }


def _level(figure: Figure) -> str:
    """Return the CSS class of a level: of bands the last is bad, the last but one fair, the others good."""
    level, scale = figure.level, figure.metric.scale
    if level is None or scale is None:
        return ""
    ids = ["green", "yellow", "red"]
    if isinstance(scale, Bands):
        ids = [band.id for band in scale.bands]
    return ("bad", "fair", "good")[min(len(ids) - 1 - ids.index(level), 2)]
