"""Slides 8 to 12: what went wrong, what comes, and who does what.

In: what is known of an account; out: slides. Structure: "Présentation QBR" of the review document, "CHALLENGES &
RÉSOLUTIONS" to "RÉCAP & NEXT STEPS".
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from ..placeholders import Placeholder
from ..plan_file import PlanItem
from .deck_context import DeckContext, plan_list
from .slide_model import FAIR, GOOD, Block, Points, Slide, SlideRow, Table


def challenges(told: DeckContext) -> Slide:
    """Problems met, how they were solved, and what is still open."""
    t = told.voice
    none = t("No problem was noted this quarter.", "Aucun problème noté ce trimestre.")

    def draw(found: list[PlanItem]) -> Table:
        head = ("Challenge", t("Resolution", "Résolution"), t("Status", "Statut"))
        return Table(head, [_challenge(told, each) for each in found], (4, 5, 2))

    block = plan_list(told.items("challenges", "challenge"), none, draw)
    tickets = t("Open support tickets: ", "Tickets support ouverts : ")
    text = told.field("tickets_open")
    known = told.known("tickets_open") is not None
    below = Points([tickets + text]) if known else Points([], unknown=[text])
    title = t("Challenges and resolutions", "Challenges et résolutions")
    return Slide(title, (SlideRow([block], 6), SlideRow([below])))


def _challenge(told: DeckContext, each: PlanItem) -> tuple[str | tuple[str, str], ...]:
    """A solved one is green; of an open one only its status is asked for."""
    t = told.voice
    solved = not isinstance(each["resolution"], Placeholder)
    said = not isinstance(each["status"], Placeholder)
    if solved:
        status = (told.text(each["status"]) if said else t("Solved", "Résolu"), GOOD)
    else:
        status = (told.text(each["status"]) if said else t("Open", "Ouvert"), FAIR)
    resolution = "–" if not solved and said else told.text(each["resolution"])
    return told.text(each["challenge"]), resolution, status


def roadmap(told: DeckContext) -> Slide:
    """What is to come that matters to this customer."""
    t = told.voice
    none = t("Nothing to announce this quarter.", "Rien à annoncer ce trimestre.")

    def draw(found: list[PlanItem]) -> Table:
        brings = t("What it brings you", "Ce qu'elle vous apporte")
        head = (t("Feature", "Fonctionnalité"), t("When", "Quand"), brings)
        return Table(head, told.rows(found, "feature", "due", "benefit"), (4, 2, 5))

    block = plan_list(told.items("roadmap", "feature"), none, draw)
    return Slide(t("Product roadmap", "Roadmap produit"), [SlideRow([block])])


def plan(told: DeckContext) -> Slide:
    """What to aim at next quarter, what comes first, and what it takes."""
    t = told.voice
    sides = [
        _points(told, "proposed_objectives", t("Proposed objectives", "Objectifs proposés")),
        _points(told, "resources", t("Resources", "Ressources nécessaires")),
    ]
    return Slide(
        t("Plan for next quarter", "Plan du prochain trimestre"),
        (SlideRow(sides, 4), SlideRow([_actions(told, "actions")], 5)),
    )


def opportunities(told: DeckContext) -> Slide:
    """What more they might buy, where the time is right; the slide is there all the same."""
    t = told.voice
    title = t("Opportunities", "Opportunités")
    found = told.values["opportunities"]
    if not found or isinstance(found[0]["opportunity"], Placeholder):
        none = t(
            "None for now: this quarter is about the value of what you have.",
            "Aucune pour l'instant : ce trimestre est celui de la valeur de ce que vous avez.",
        )
        return Slide(title, [SlideRow([Points([none])])])
    head = (t("Opportunity", "Opportunité"), t("Potential a year", "Potentiel par an"), "Note")
    rows = [
        (
            told.text(each["opportunity"]),
            _amount(told, each["amount"]),
            "" if isinstance(each["note"], Placeholder) else told.text(each["note"]),
        )
        for each in found
    ]
    return Slide(title, [SlideRow([Table(head, rows, (5, 2, 4))])])


def recap(told: DeckContext, review_on: dt.date) -> Slide:
    """Decisions, who does what by when, and when to meet again."""
    t = told.voice
    held = told.values["review_on"]
    name = t("Decisions", "Décisions prises")
    if isinstance(held, dt.date):
        day = t.date(held)
        name = t(f"Decisions of {day}", f"Décisions du {day}")
    own = "review_actions" if isinstance(held, dt.date) else "actions"
    return Slide(
        t("Recap and next steps", "Récap et next steps"),
        (
            SlideRow(
                [_points(told, "review_decisions", name), _next_review(told, review_on)], 4, (3, 2)
            ),
            SlideRow([_actions(told, own)], 5),
        ),
    )


def _next_review(told: DeckContext, review_on: dt.date) -> Points:
    """The first date known after the review that the deck is for."""
    heading = told.voice("Next review", "Prochaine revue")
    agreed = told.values["review_next"]
    days = [told.date("next_review_date"), agreed if isinstance(agreed, dt.date) else None]
    later = sorted(day for day in days if day is not None and day > review_on)
    if later:
        return Points([told.voice.date(later[0])], heading)
    wanted = told.gaps.of_field(told.fields["next_review_date"])
    return Points([], heading, unknown=[wanted.text])


def _points(told: DeckContext, name: str, heading: str) -> Points:
    found = told.texts(name)
    if isinstance(found, str):
        return Points([], heading, unknown=[found])
    return Points(found or [told.voice("None.", "Aucun.")], heading)


def _actions(told: DeckContext, name: str) -> Block:
    t = told.voice

    def draw(found: list[PlanItem]) -> Table:
        head = ("Action", t("Owner", "Responsable"), "Date", t("Done", "Fait"))
        done = [told.text(each["done"] is True) for each in found]
        plain = told.rows(found, "action", "owner", "due")
        rows = [(*row, each) for row, each in zip(plain, done, strict=True)]
        return Table(head, rows, (6, 3, 3, 1))

    none = t("No action was agreed.", "Aucune action convenue.")
    return plan_list(told.items(name, "action"), none, draw)


def _amount(told: DeckContext, amount: Decimal | Placeholder) -> str:
    if isinstance(amount, Placeholder):
        return amount.text
    currency = told.facts.values.get("currency")
    return told.voice.money(amount, currency if isinstance(currency, str) else None)
