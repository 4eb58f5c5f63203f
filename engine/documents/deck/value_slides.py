"""Slides 3 to 7 of a review deck: objectives, highlights, usage, success stories and progress.

Takes a `DeckContext` and returns slides. Their structure follows "Présentation QBR" of the review document, from
"VOS OBJECTIFS" to "PROGRESSION VS OBJECTIFS".
"""

from __future__ import annotations

from ...metrics import roi
from ...reports.figure_format import figure_value_text, word
from ...workspace.plan_file import PlanItem
from ..labels import STATUS_SIGNS
from ..placeholders import Placeholder
from .deck_context import NOTHING, DeckContext, plan_list
from .slide_model import (
    BAD,
    FAIR,
    GOOD,
    Points,
    Quote,
    Slide,
    SlideRow,
    Table,
    Tile,
    Tiles,
    filled_row,
    filled_slide,
)

STORIES = 3
"""Success stories on one slide; the others are in the notes."""

_LEVELS = {STATUS_SIGNS["green"]: GOOD, STATUS_SIGNS["yellow"]: FAIR, STATUS_SIGNS["red"]: BAD}


def objectives(context: DeckContext) -> Slide:
    """Return the slide with the customer's objectives."""
    t = context.localizer
    vision = context.values["vision"]
    if isinstance(vision, Placeholder):
        vision.note()
    top = Quote(vision) if isinstance(vision, str) else None
    none = t("no_objective")

    def draw(items: list[PlanItem]) -> Table:
        head = (t("objective"), t("kpi"), t("target"), t("due"))
        return Table(head, context.rows(items, "objective", "kpi", "target", "due"), (5, 3, 2, 2))

    below = plan_list(context.items("objectives", "objective"), none, draw)
    return filled_slide(t("objectives"), (filled_row([top]), filled_row([below], 3)))


def highlights(context: DeckContext) -> Slide:
    """Return the slide with up to four key figures and the quarter's successes."""
    t = context.localizer
    noted = context.texts("highlights")
    below = None if noted is None else Points(noted or [t("no_success")], t("successes"))
    figures = (_return(context), _reduction(context), _csat(context), _nps(context))
    tiles = [tile for tile in figures if tile is not None]
    above = Tiles(tiles) if tiles else None
    return filled_slide(t("highlights"), (filled_row([above]), filled_row([below])))


def _return(context: DeckContext) -> Tile | None:
    """Return the tile with the first year's ROI, by the calculator of the review document."""
    t = context.localizer
    invested = roi.investment_of(context.facts.values)
    if invested is None:
        for name in roi.ROI_FIELDS:
            context.field(name)
        return None
    currency = context.facts.values.get("currency")
    figures = roi.roi_figures(
        invested, context.facts.on, currency if isinstance(currency, str) else None
    )
    texts = {each.metric.id: figure_value_text(each, t.language) for each in figures}
    saving, cost = texts[roi.SAVING.id], texts[roi.COST.id]
    note = t("roi_note", saving=saving, cost=cost)
    return Tile(texts[roi.ROI.id], t("roi"), note)


def _reduction(context: DeckContext) -> Tile | None:
    shown = context.field("roi_reduction")
    return None if shown is None else Tile(f"-{shown}", context.localizer("time_spent"))


def _csat(context: DeckContext) -> Tile | None:
    t, shown = context.localizer, context.field("csat")
    if shown is None:
        return None
    return Tile(shown, t("csat"), _against(context, "csat", f" {word('points', t.language)}"))


def _nps(context: DeckContext) -> Tile | None:
    score = context.known("nps_score")
    if score is None:
        context.field("nps_score")
        return None
    return Tile(context.signed(score), context.localizer("nps"), _against(context, "nps_score"))


def _against(context: DeckContext, name: str, unit: str = "") -> str:
    """Return a text that compares a figure with that of a quarter before; empty where that is unknown."""
    t = context.localizer
    change = context.change(name)
    if change is None:
        return ""
    if not change:
        return t("quarter_before_same")
    return t("quarter_before", change=f"{context.signed(change)}{unit}")


def stories(context: DeckContext) -> Slide:
    """Return the slide with quotes of the customer's users."""
    t = context.localizer
    title = t("stories")
    quoted = context.items("stories", "quote")
    if quoted is None:
        return Slide(title, [])
    if not quoted:
        none = t("no_story")
        return Slide(title, [SlideRow([Points([none])])])
    quotes = [SlideRow([Quote(each["quote"], _author(context, each))]) for each in quoted[:STORIES]]
    rest = [f"“{each['quote']}” {_author(context, each)}".rstrip() for each in quoted[STORIES:]]
    return Slide(title, quotes, rest)


def _author(context: DeckContext, story: PlanItem) -> str:
    text = context.text(story["by"])
    return "" if text == NOTHING else text


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
    return filled_slide(t("progress"), [filled_row([block])])


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
