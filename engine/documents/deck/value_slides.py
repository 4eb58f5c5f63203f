"""Slides 3 to 7 of a review deck: objectives, highlights, usage, success stories and progress.

Takes a `DeckContext` and returns slides. Their structure follows "Présentation QBR" of the review document, from
"VOS OBJECTIFS" to "PROGRESSION VS OBJECTIFS".
"""

from __future__ import annotations

from ...metrics import roi
from ...reports.figure_format import figure_value_text
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
    none = t("No objective was agreed yet.", "Aucun objectif n'a encore été convenu.")

    def draw(items: list[PlanItem]) -> Table:
        head = (t("Objective", "Objectif"), "KPI", t("Target", "Cible"), t("By", "Échéance"))
        return Table(head, context.rows(items, "objective", "kpi", "target", "due"), (5, 3, 2, 2))

    below = plan_list(context.items("objectives", "objective"), none, draw)
    return Slide(t("Your objectives", "Vos objectifs"), (SlideRow([top]), SlideRow([below], 3)))


def highlights(context: DeckContext) -> Slide:
    """Return the slide with four key figures and the quarter's successes."""
    t = context.localizer
    noted = context.texts("highlights")
    heading = t("What went well", "Ce qui a bien marché")
    if isinstance(noted, str):
        below = Points([], heading, unknown=[noted])
    else:
        none = t("Nothing was noted this quarter.", "Rien n'a été noté ce trimestre.")
        below = Points(noted or [none], heading)
    tiles = (_return(context), _reduction(context), _csat(context), _nps(context))
    title = t("Value delivered: highlights", "Valeur délivrée : chiffres clés")
    return Slide(title, (SlideRow([Tiles(tiles)]), SlideRow([below])))


def _return(context: DeckContext) -> Tile:
    """Return the tile with the first year's ROI, by the calculator of the review document."""
    t = context.localizer
    label = t("ROI of the first year", "ROI de la première année")
    invested = roi.investment_of(context.facts.values)
    if invested is None:
        missing = len(missing_markers(context, roi.ROI_FIELDS))
        of = t.count(
            missing, ("value of the ROI", "values of the ROI"), ("valeur du ROI", "valeurs du ROI")
        )
        return Tile(None, label, marker(of, t.language))
    currency = context.facts.values.get("currency")
    figures = roi.roi_figures(
        invested, context.facts.on, currency if isinstance(currency, str) else None
    )
    texts = {each.metric.id: figure_value_text(each, t.language) for each in figures}
    saving, cost = texts[roi.SAVING.id], texts[roi.COST.id]
    note = t(f"{saving} saved for {cost} invested", f"{saving} économisés pour {cost} investis")
    return Tile(texts[roi.ROI.id], label, note)


def _reduction(context: DeckContext) -> Tile:
    label = context.localizer("Time spent on the task", "Temps passé à la tâche")
    if context.known("roi_reduction") is None:
        return Tile(None, label, context.field("roi_reduction"))
    return Tile(f"-{context.field('roi_reduction')}", label)


def _csat(context: DeckContext) -> Tile:
    if context.known("csat") is None:
        return Tile(None, "CSAT", context.field("csat"))
    return Tile(
        context.field("csat"),
        "CSAT",
        _against(context, "csat", context.localizer(" points", " points")),
    )


def _nps(context: DeckContext) -> Tile:
    score = context.known("nps_score")
    if score is None:
        return Tile(None, "NPS", context.field("nps_score"))
    return Tile(context.signed(score), "NPS", _against(context, "nps_score"))


def _against(context: DeckContext, name: str, unit: str = "") -> str:
    """Return a text that compares a figure with that of a quarter before."""
    t = context.localizer
    change = context.change(name)
    if change is None:
        return t("last quarter's is not known", "trimestre précédent inconnu")
    if not change:
        return t("as a quarter ago", "comme au trimestre précédent")
    more = context.signed(change)
    return t(f"{more}{unit} on a quarter ago", f"{more}{unit} vs trimestre précédent")


def stories(context: DeckContext) -> Slide:
    """Return the slide with quotes of the customer's users."""
    t = context.localizer
    title = t("Value delivered: success stories", "Valeur délivrée : témoignages")
    quoted = context.items("stories", "quote")
    if isinstance(quoted, str):
        return Slide(title, [SlideRow([Points([], unknown=[quoted])])])
    if not quoted:
        none = t("No story was gathered this quarter.", "Aucun témoignage recueilli ce trimestre.")
        return Slide(title, [SlideRow([Points([none])])])
    quotes = [
        SlideRow([Quote(each["quote"], context.text(each["by"]))]) for each in quoted[:STORIES]
    ]
    rest = [f"“{each['quote']}” {context.text(each['by'])}" for each in quoted[STORIES:]]
    return Slide(title, quotes, rest)


def progress(context: DeckContext) -> Slide:
    """Return the slide with objectives, their achieved values and their status in green, yellow or red."""
    t = context.localizer
    none = t("There is no objective to compare with.", "Il n'y a aucun objectif à comparer.")

    def draw(items: list[PlanItem]) -> Table:
        head = (
            t("Objective", "Objectif"),
            t("Target", "Cible"),
            t("Achieved", "Réalisé"),
            t("Status", "Statut"),
        )
        plain = context.rows(items, "objective", "target", "achieved")
        rows = [
            (*row, _status(context, each["status"])) for row, each in zip(plain, items, strict=True)
        ]
        return Table(head, rows, (5, 2, 2, 2))

    block = plan_list(context.items("objectives", "objective"), none, draw)
    return Slide(t("Progress against objectives", "Progression vs objectifs"), [SlideRow([block])])


def _status(context: DeckContext, status: object) -> str | tuple[str, str]:
    t = context.localizer
    level = _LEVELS.get(status) if isinstance(status, str) else None
    if level is None:
        return context.text(status)
    labels = {
        GOOD: t("On track", "En bonne voie"),
        FAIR: t("Behind", "En retard"),
        BAD: t("At risk", "À risque"),
    }
    return labels[level], level
