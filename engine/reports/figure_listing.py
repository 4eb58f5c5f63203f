"""Listings of metric figures, for people and for programs.

Takes a family's figures and a language, and returns listings and text. Programs get a row per figure with exact
values. People get text, and for a wide family a row per group and period.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from ..core.languages import choose_text
from ..metrics.metric_value import Bands, Figure, Metric, Target
from ..metrics.request import Family
from ..text.translations import translate
from .figure_format import (
    bands_text,
    colon,
    exact_digits,
    figure_value_text,
    group_text,
    join_clauses,
    level_text,
    notes_text,
    target_text,
    word,
)
from .listing import WRITERS, Listing
from .table import draw_text_table

if TYPE_CHECKING:
    import polars as pl

FIGURE_COLUMNS = (
    "metric",
    "group",
    "period",
    "value",
    "unit",
    "currency",
    "level",
    "accounts",
    "from",
    "to",
    "note",
)
"""Columns of a listing for programs, without the explanation."""

EXPLAINED = ("definition", "population", "source")

WIDEST_FIGURE = 60
"""Maximum width of a cell, in terminal columns; a longer note is written under the table."""


def figure_report(
    families: Sequence[tuple[Family, Sequence[Figure]]],
    form: str,
    language: str,
    explained: bool = False,
) -> Iterable[str]:
    """Yield the figures of each family in a format, in pieces.

    Args:
        families: Families with their figures.
        form: `csv`, `json`, `markdown` or `table`.
        language: The language of titles and notes.
        explained: Add each metric's definition.
    """
    if form in ("csv", "json"):
        figures = [figure for _, results in families for figure in results]
        return WRITERS[form](for_programs(figures, language, explained))
    return chain.from_iterable(
        _section(family, results, form, language, explained) for family, results in families
    )


def report_accounts(accounts: pl.DataFrame, form: str) -> Iterable[str]:
    """Yield the accounts of a figure in a format, in pieces; amounts have two decimals."""
    rows = [
        tuple(exact_digits(cell, "amount") if isinstance(cell, Decimal) else cell for cell in row)
        for row in accounts.iter_rows()
    ]
    listing = _without_empty(tuple(accounts.columns), rows)
    return [draw_text_table(listing)] if form == "table" else WRITERS[form](listing)


def for_programs(figures: Iterable[Figure], language: str, explained: bool = False) -> Listing:
    """Return a row per figure: exact decimals, ids, ISO dates."""
    rows = [
        _row(figure, language) + (_explanation(figure.metric, language) if explained else ())
        for figure in figures
    ]
    return Listing(FIGURE_COLUMNS + (EXPLAINED if explained else ()), rows)


def for_people(family: Family, figures: Sequence[Figure], language: str) -> Listing:
    """Return the figures as text; empty columns are left out.

    With several groups or periods there is a row for each and a column per metric, for every family.
    """
    grouped = len({figure.group for figure in figures}) > 1
    if grouped and family.over_periods is not None:
        return _matrix(family.over_periods, figures, language)
    wide = family.wide or grouped or any(figure.period for figure in figures)
    return _wide(family, figures, language) if wide else _long(figures, language)


def _row(figure: Figure, language: str) -> tuple[object, ...]:
    metric = figure.metric
    value = None if figure.value is None else exact_digits(figure.value, metric.unit)
    return (
        metric.id,
        figure.group,
        figure.period,
        value,
        metric.unit,
        figure.currency,
        figure.level,
        figure.accounts,
        figure.window.first,
        figure.window.last,
        _note(figure, language) or None,
    )


def _note(figure: Figure, language: str) -> str:
    return notes_text([each for each in (figure.why, *figure.notes) if each], language)


def _explanation(metric: Metric, language: str) -> tuple[str, str, str]:
    definition, population, source = (
        choose_text(each, language)
        for each in (metric.definition, metric.population, metric.source)
    )
    return definition, population, source


def _long(figures: Sequence[Figure], language: str) -> Listing:
    columns = ("metric", "group", "period", "value", "level", "accounts", "note")
    grouped = any(figure.group for figure in figures)
    rows = [
        (
            choose_text(figure.metric.title, language),
            group_text(figure.group, language) if grouped else "",
            figure.period or "",
            figure_value_text(figure, language),
            level_text(figure, language),
            figure.accounts,
            _short(_note(figure, language)),
        )
        for figure in figures
    ]
    return _without_empty(tuple(word(name, language) for name in columns), rows)


def _wide(family: Family, figures: Sequence[Figure], language: str) -> Listing:
    grouped = any(figure.group for figure in figures)
    cells: dict[tuple[str, str], dict[str, str]] = {}
    notes: dict[tuple[str, str], dict[str, None]] = {}
    for figure in figures:
        group = group_text(figure.group, language) if grouped else ""
        key = (group, figure.period or "")
        cells.setdefault(key, {})[figure.metric.id] = _cell(figure, language)
        notes.setdefault(key, {})[_short(_note(figure, language))] = None
    head = (word("group", language), word("period", language))
    titles = tuple(choose_text(metric.title, language) for metric in family.metrics)
    rows = [
        (
            *key,
            *(row.get(metric.id, "") for metric in family.metrics),
            join_clauses(filter(None, notes[key]), language),
        )
        for key, row in cells.items()
    ]
    return _without_empty((*head, *titles, word("note", language)), rows)


def _matrix(metric: Metric, figures: Sequence[Figure], language: str) -> Listing:
    """Return one metric by group and period; its title is the header of the groups' column."""
    known = [figure for figure in figures if figure.metric is metric and figure.value is not None]
    cells = {
        (group_text(figure.group, language), figure.period or ""): figure_value_text(
            figure, language
        )
        for figure in known
    }
    groups = dict.fromkeys(group for group, _ in cells)
    # Ungrouped figures have all periods in order; young cohorts lack the later ones, old cohorts the earlier ones.
    ordered = sorted(figures, key=lambda figure: figure.group is not None)
    periods = dict.fromkeys(figure.period or "" for figure in ordered if figure.metric is metric)
    rows = [(group, *(cells.get((group, period), "") for period in periods)) for group in groups]
    return _without_empty((choose_text(metric.title, language), *periods), rows)


def _cell(figure: Figure, language: str) -> str:
    """Return a value with its level, for a table without a column for levels."""
    value, level, scale = figure_value_text(figure, language), figure.level, figure.metric.scale
    if level is None or scale is None or figure.value is None:
        return value
    if isinstance(scale, Bands):
        return f"{value} ({choose_text(scale.of(figure.value).title, language)})"
    return f"{value} ({word(level, language)})"


def _short(note: str) -> str:
    """Return a note that fits a table; empty for a longer one, which is written under it."""
    return note if len(note) <= WIDEST_FIGURE else ""


def _without_empty(columns: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> Listing:
    shown = [at for at in range(len(columns)) if any(row[at] not in ("", None) for row in rows)]
    return Listing(
        tuple(columns[at] for at in shown), [tuple(row[at] for at in shown) for row in rows]
    )


def _section(
    family: Family, figures: Sequence[Figure], form: str, language: str, explained: bool
) -> Iterable[str]:
    title = choose_text(family.title, language)
    if figures:
        first = min(figure.window.first for figure in figures)
        last = max(figure.window.last for figure in figures)
        dated = "on" if first == last else "from"
        title += f", {translate('figures', dated, language, first=first, last=last)}"
    if form == "markdown":
        title = f"## {title}"
    yield f"{title}\n\n"
    known = [figure for figure in figures if figure.why is None]
    # A table without any known figure would repeat the reason in each row.
    if known:
        listing = for_people(family, figures, language)
        yield from (
            WRITERS[form](listing)
            if form == "markdown"
            else [draw_text_table(listing, WIDEST_FIGURE)]
        )
        yield "\n"
    if notes := _long_notes(figures, language, every=not known):
        yield "\n\n".join(notes) + "\n\n"
    if explained:
        shown = {figure.metric.id for figure in figures}
        for metric in family.metrics:
            if metric.id in shown:
                yield from _paragraph(metric, form, language)
        yield "\n"


def _long_notes(figures: Iterable[Figure], language: str, *, every: bool) -> list[str]:
    """Return the notes to write under a table: the long ones, or all of them with `every`."""
    notes = dict.fromkeys(_note(figure, language) for figure in figures)
    selected = [note for note in notes if note and (every or not _short(note))]
    lead = f"{word('n/a', language)}{colon(language)} "
    return [f"{lead}{note}" for note in selected] if every else selected


def _paragraph(metric: Metric, form: str, language: str) -> Iterable[str]:
    """Yield the lines that explain a metric."""
    definition, population, source = _explanation(metric, language)
    title = choose_text(metric.title, language)
    sign = colon(language)
    shown = f"- **{title}**" if form == "markdown" else title
    yield f"{shown}{sign} {definition}\n"
    yield f"  {word('over', language)}{sign} {population}\n"
    yield f"  {word('source', language)}{sign} {source}\n"
    scale = metric.scale
    if isinstance(scale, Target):
        yield f"  {word('target', language)}{sign} {target_text(scale, metric.unit, language)}\n"
    elif scale is not None:
        yield f"  {bands_text(scale, metric.unit, language)}\n"
