"""Slides 3 to 7 of a review deck: objectives, highlights, usage, success stories and progress.

Takes a `DeckContext` and returns slides. Their structure follows "Présentation QBR" of the review document, from
"VOS OBJECTIFS" to "PROGRESSION VS OBJECTIFS".
"""

from __future__ import annotations

from ...metrics import roi
from ...reports.figure_format import figure_value_text, word
from ..labels import STATUS_SIGNS, marker
from ..plan_file import PlanItem
from .deck_context import DeckContext, missing_markers, plan_list
from .slide_model import BAD, FAIR, GOOD, Points, Quote, Slide, SlideRow, Table, Tile, Tiles

STORIES = 3
"""Success stories on one slide; the others are in the notes."""

_LEVELS = {STATUS_SIGNS["green"]: GOOD, STATUS_SIGNS["yellow"]: FAIR, STATUS_SIGNS["red"]: BAD}


def objectives(context: DeckContext) -> Slide:
    """Return the slide with the customer's objectives."""
    t = context.localizer
    vision = context.values["vision"]
    top = Quote(vision) if isinstance(vision, str) else Points([], unknown=[context.text(vision)])
    none = t("no_objective")

    def draw(items: list[PlanItem]) -> Table:
        head = (t("objective"), t("kpi"), t("target"), t("due"))
        return Table(head, context.rows(items, "objective", "kpi", "target", "due"), (5, 3, 2, 2))

    below = plan_list(context.items("objectives", "objective"), none, draw)
    return Slide(t("objectives"), (SlideRow([top]), SlideRow([below], 3)))


def highlights(context: DeckContext) -> Slide:
    """Return the slide with four key figures and the quarter's successes."""
    t = context.localizer
    noted = context.texts("highlights")
    heading = t("successes")
    if isinstance(noted, str):
        below = Points([], heading, unknown=[noted])
    else:
        none = t("no_success")
        below = Points(noted or [none], heading)
    tiles = (_return(context), _reduction(context), _csat(context), _nps(context))
    title = t("highlights")
    return Slide(title, (SlideRow([Tiles(tiles)]), SlideRow([below])))


def _return(context: DeckContext) -> Tile:
    """Return the tile with the first year's ROI, by the calculator of the review document."""
    t = context.localizer
    label = t("roi")
    invested = roi.investment_of(context.facts.values)
    if invested is None:
        missing = len(missing_markers(context, roi.ROI_FIELDS))
        return Tile(None, label, marker(t.count("roi_values", missing), t.language))
    currency = context.facts.values.get("currency")
    figures = roi.roi_figures(
        invested, context.facts.on, currency if isinstance(currency, str) else None
    )
    texts = {each.metric.id: figure_value_text(each, t.language) for each in figures}
    saving, cost = texts[roi.SAVING.id], texts[roi.COST.id]
    note = t("roi_note", saving=saving, cost=cost)
    return Tile(texts[roi.ROI.id], label, note)


def _reduction(context: DeckContext) -> Tile:
    label = context.localizer("time_spent")
    if context.known("roi_reduction") is None:
        return Tile(None, label, context.field("roi_reduction"))
    return Tile(f"-{context.field('roi_reduction')}", label)


def _csat(context: DeckContext) -> Tile:
    t = context.localizer
    label, shown = t("csat"), context.field("csat")
    if context.known("csat") is None:
        return Tile(None, label, shown)
    return Tile(shown, label, _against(context, "csat", f" {word('points', t.language)}"))


def _nps(context: DeckContext) -> Tile:
    label, score = context.localizer("nps"), context.known("nps_score")
    if score is None:
        return Tile(None, label, context.field("nps_score"))
    return Tile(context.signed(score), label, _against(context, "nps_score"))


def _against(context: DeckContext, name: str, unit: str = "") -> str:
    """Return a text that compares a figure with that of a quarter before."""
    t = context.localizer
    change = context.change(name)
    if change is None:
        return t("quarter_before_unknown")
    if not change:
        return t("quarter_before_same")
    return t("quarter_before", change=f"{context.signed(change)}{unit}")


def stories(context: DeckContext) -> Slide:
    """Return the slide with quotes of the customer's users."""
    t = context.localizer
    title = t("stories")
    quoted = context.items("stories", "quote")
    if isinstance(quoted, str):
        return Slide(title, [SlideRow([Points([], unknown=[quoted])])])
    if not quoted:
        none = t("no_story")
        return Slide(title, [SlideRow([Points([none])])])
    quotes = [
        SlideRow([Quote(each["quote"], context.text(each["by"]))]) for each in quoted[:STORIES]
    ]
    rest = [f"“{each['quote']}” {context.text(each['by'])}" for each in quoted[STORIES:]]
    return Slide(title, quotes, rest)


def progress(context: DeckContext) -> Slide:
    """Return the slide with objectives, their achieved values and their status in green, yellow or red."""
    t = context.localizer
    none = t("no_comparison")

    def draw(items: list[PlanItem]) -> Table:
        head = (
            t("objective"),
            t("target"),
            t("achieved"),
            t("status"),
        )
        plain = context.rows(items, "objective", "target", "achieved")
        rows = [
            (*row, _status(context, each["status"])) for row, each in zip(plain, items, strict=True)
        ]
        return Table(head, rows, (5, 2, 2, 2))

    block = plan_list(context.items("objectives", "objective"), none, draw)
    return Slide(t("progress"), [SlideRow([block])])


def _status(context: DeckContext, status: object) -> str | tuple[str, str]:
    t = context.localizer
    level = _LEVELS.get(status) if isinstance(status, str) else None
    if level is None:
        return context.text(status)
    labels = {
        GOOD: t("on_track"),
        FAIR: t("behind"),
        BAD: t("at_risk"),
    }
    return labels[level], level
