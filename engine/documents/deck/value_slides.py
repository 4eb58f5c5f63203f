"""Slides 3 to 7: what the customer wanted, and what it got.

In: what is known of an account; out: slides. Structure: "Présentation QBR" of the
review document, "VOS OBJECTIFS" to "PROGRESSION VS OBJECTIFS".
"""

from __future__ import annotations

from ...metrics import roi
from ...reports.figure_format import figure_value_text
from ..labels import STATUS_SIGNS, marker
from ..plan_file import PlanItem
from .deck_context import DeckContext, missing_markers, plan_list
from .slide_model import BAD, FAIR, GOOD, Points, Quote, Slide, SlideRow, Table, Tile, Tiles

STORIES = 3
"""Success stories on one slide."""

_LEVELS = {STATUS_SIGNS["green"]: GOOD, STATUS_SIGNS["yellow"]: FAIR, STATUS_SIGNS["red"]: BAD}


def objectives(told: DeckContext) -> Slide:
    """What the customer set out to reach."""
    t = told.voice
    vision = told.values["vision"]
    top = Quote(vision) if isinstance(vision, str) else Points([], unknown=[told.text(vision)])
    none = t("No objective was agreed yet.", "Aucun objectif n'a encore été convenu.")

    def draw(found: list[PlanItem]) -> Table:
        head = (t("Objective", "Objectif"), "KPI", t("Target", "Cible"), t("By", "Échéance"))
        return Table(head, told.rows(found, "objective", "kpi", "target", "due"), (5, 3, 2, 2))

    below = plan_list(told.items("objectives", "objective"), none, draw)
    return Slide(t("Your objectives", "Vos objectifs"), (SlideRow([top]), SlideRow([below], 3)))


def highlights(told: DeckContext) -> Slide:
    """Four figures to remember, and what went well."""
    t = told.voice
    found = told.texts("highlights")
    heading = t("What went well", "Ce qui a bien marché")
    if isinstance(found, str):
        below = Points([], heading, unknown=[found])
    else:
        none = t("Nothing was noted this quarter.", "Rien n'a été noté ce trimestre.")
        below = Points(found or [none], heading)
    tiles = (_return(told), _reduction(told), _csat(told), _nps(told))
    title = t("Value delivered: highlights", "Valeur délivrée : chiffres clés")
    return Slide(title, (SlideRow([Tiles(tiles)]), SlideRow([below])))


def _return(told: DeckContext) -> Tile:
    """ROI of the first year, by the calculator of the review document."""
    t = told.voice
    label = t("ROI of the first year", "ROI de la première année")
    invested = roi.investment_of(told.facts.values)
    if invested is None:
        lacking = len(missing_markers(told, roi.ROI_FIELDS))
        of = t.count(
            lacking, ("value of the ROI", "values of the ROI"), ("valeur du ROI", "valeurs du ROI")
        )
        return Tile(None, label, marker(of, t.language))
    currency = told.facts.values.get("currency")
    found = roi.roi_figures(
        invested, told.facts.on, currency if isinstance(currency, str) else None
    )
    texts = {each.metric.id: figure_value_text(each, t.language) for each in found}
    saving, cost = texts[roi.SAVING.id], texts[roi.COST.id]
    note = t(f"{saving} saved for {cost} invested", f"{saving} économisés pour {cost} investis")
    return Tile(texts[roi.ROI.id], label, note)


def _reduction(told: DeckContext) -> Tile:
    label = told.voice("Time spent on the task", "Temps passé à la tâche")
    if told.known("roi_reduction") is None:
        return Tile(None, label, told.field("roi_reduction"))
    return Tile(f"-{told.field('roi_reduction')}", label)


def _csat(told: DeckContext) -> Tile:
    if told.known("csat") is None:
        return Tile(None, "CSAT", told.field("csat"))
    return Tile(
        told.field("csat"), "CSAT", _against(told, "csat", told.voice(" points", " points"))
    )


def _nps(told: DeckContext) -> Tile:
    score = told.known("nps_score")
    if score is None:
        return Tile(None, "NPS", told.field("nps_score"))
    return Tile(told.signed(score), "NPS", _against(told, "nps_score"))


def _against(told: DeckContext, name: str, unit: str = "") -> str:
    """How a figure compares with that of a quarter before."""
    t = told.voice
    change = told.change(name)
    if change is None:
        return t("last quarter's is not known", "trimestre précédent inconnu")
    if not change:
        return t("as a quarter ago", "comme au trimestre précédent")
    more = told.signed(change)
    return t(f"{more}{unit} on a quarter ago", f"{more}{unit} vs trimestre précédent")


def stories(told: DeckContext) -> Slide:
    """What users at the customer's say."""
    t = told.voice
    title = t("Value delivered: success stories", "Valeur délivrée : témoignages")
    found = told.items("stories", "quote")
    if isinstance(found, str):
        return Slide(title, [SlideRow([Points([], unknown=[found])])])
    if not found:
        none = t("No story was gathered this quarter.", "Aucun témoignage recueilli ce trimestre.")
        return Slide(title, [SlideRow([Points([none])])])
    quotes = [SlideRow([Quote(each["quote"], told.text(each["by"]))]) for each in found[:STORIES]]
    rest = [f"“{each['quote']}” {told.text(each['by'])}" for each in found[STORIES:]]
    return Slide(title, quotes, rest)


def progress(told: DeckContext) -> Slide:
    """Objectives against what is achieved, in green, yellow and red."""
    t = told.voice
    none = t("There is no objective to compare with.", "Il n'y a aucun objectif à comparer.")

    def draw(found: list[PlanItem]) -> Table:
        head = (
            t("Objective", "Objectif"),
            t("Target", "Cible"),
            t("Achieved", "Réalisé"),
            t("Status", "Statut"),
        )
        plain = told.rows(found, "objective", "target", "achieved")
        rows = [
            (*row, _status(told, each["status"])) for row, each in zip(plain, found, strict=True)
        ]
        return Table(head, rows, (5, 2, 2, 2))

    block = plan_list(told.items("objectives", "objective"), none, draw)
    return Slide(t("Progress against objectives", "Progression vs objectifs"), [SlideRow([block])])


def _status(told: DeckContext, status: object) -> str | tuple[str, str]:
    t = told.voice
    level = _LEVELS.get(status) if isinstance(status, str) else None
    if level is None:
        return told.text(status)
    words = {
        GOOD: t("On track", "En bonne voie"),
        FAIR: t("Behind", "En retard"),
        BAD: t("At risk", "À risque"),
    }
    return words[level], level
