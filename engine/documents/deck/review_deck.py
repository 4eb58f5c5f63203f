"""The deck of an account's review: twelve slides, as the review document lays them out."""

from __future__ import annotations

import datetime as dt
from importlib.util import find_spec

from ...core.problems import Problem, Problems
from ..account_documents import facts_of
from ..document_context import PRODUCT, account_values, quarter
from ..document_templates import TEMPLATES_FOLDER
from ..localizer import Localizer
from ..placeholders import Placeholders
from ..plan_file import load_plan, plan_file
from ..registry import DocumentRequest, NoLanguage, Rendered
from . import outlook_slides, usage_slide, value_slides
from .deck_context import DeckContext
from .slide_model import Cover, Deck, Points, Slide, SlideRow
from .usage_history import read_history

DECK_LANGUAGES = ("en", "fr")
DECK_TEMPLATE = "review_deck.pptx"
"""A workspace's own presentation among its templates: its master, theme and logo are the deck's."""


def make(asked: DocumentRequest) -> Rendered:
    """The presentation's bytes; raises `Problems` where python-pptx is not installed."""
    _refuse_without_pptx()
    from .draw_deck import draw_deck

    deck, gaps = lay_out(asked)
    own = asked.project.root / TEMPLATES_FOLDER / DECK_TEMPLATE
    return Rendered(draw_deck(deck, asked.on, own if own.exists() else None), len(gaps.listed()))


def lay_out(asked: DocumentRequest) -> tuple[Deck, Placeholders]:
    """What stands on its slides, and what is missing."""
    project = asked.project
    facts = facts_of(asked)
    t = Localizer(_language(asked, facts.values.get("language")))
    gaps = Placeholders(t.language, plan_file(facts.account), facts.bad)
    plan = load_plan(project.root, facts.account, project.catalogue)
    values = account_values(project, facts, plan, gaps)
    told = DeckContext(values, facts, project.catalogue.fields, gaps, t)
    planned = told.date("next_review_date")
    review_on = planned if planned is not None and planned >= asked.on else asked.on
    history = read_history(project, facts.account, asked.on, usage_slide.DRAWN)
    slides = [
        _agenda(t),
        value_slides.objectives(told),
        value_slides.highlights(told),
        usage_slide.usage(told, history),
        value_slides.stories(told),
        value_slides.progress(told),
        outlook_slides.challenges(told),
        outlook_slides.roadmap(told),
        outlook_slides.plan(told),
        outlook_slides.opportunities(told),
        outlook_slides.recap(told, review_on),
    ]
    us = told.text(values[PRODUCT])
    cover = _cover(f"{facts.name} × {us}", review_on, t)
    slides[-1] = _with_gaps(slides[-1], gaps, t)
    title = f"{cover.title} - {facts.name} - {cover.lines[0]}"
    footer = f"{cover.who} · {cover.lines[0]}"
    return Deck(title, project.workspace.name, t.language, cover, slides, footer), gaps


def _cover(who: str, on: dt.date, t: Localizer) -> Cover:
    lines = (f"{quarter(on)} {on.year}", t.date(on))
    return Cover(who, t("Quarterly Business Review", "Revue trimestrielle (QBR)"), lines)


def _agenda(t: Localizer) -> Slide:
    """The source's five points; how long each takes stands in the notes."""
    points = [
        t("Your objectives", "Rappel de vos objectifs"),
        t("The value delivered", "Revue de la valeur délivrée"),
        t("Challenges and feedback", "Challenges et feedback"),
        t("Plan for next quarter", "Plan pour le prochain trimestre"),
        t("Questions and discussion", "Questions et discussion"),
    ]
    minutes = t(
        "45 to 60 minutes: introduction 5, objectives 5, value 15, challenges 10, plan 10, recap 5.",
        "45 à 60 minutes : introduction 5, objectifs 5, valeur 15, challenges 10, plan 10, récap 5.",
    )
    return Slide("Agenda", [SlideRow([Points(points)])], [minutes])


def _with_gaps(slide: Slide, gaps: Placeholders, t: Localizer) -> Slide:
    """The slide, its notes ending with what is to be completed, and where."""
    wanted = gaps.listed()
    head = t("Data to complete before the review:", "Données à compléter avant la revue :")
    lines = [f"- {each.title}{t(': ', ' : ')}{each.where.replace('`', '')}" for each in wanted]
    return Slide(slide.title, slide.rows, [*slide.notes, *([head, *lines] if wanted else [])])


def _language(asked: DocumentRequest, theirs: object) -> str:
    """The one asked for, the account's, or the workspace's; English for any that is not spoken."""
    if asked.language is not None:
        if asked.language not in DECK_LANGUAGES:
            raise NoLanguage(
                f"no deck in {asked.language!r}; there are: {', '.join(DECK_LANGUAGES)}"
            )
        return asked.language
    wanted = theirs if isinstance(theirs, str) else asked.project.workspace.language
    return Localizer(wanted)("en", "fr")


def _refuse_without_pptx() -> None:
    if find_spec("pptx") is None:
        raise Problems(
            [
                Problem(
                    "pptx-missing",
                    "a presentation is drawn by python-pptx, which is not installed",
                    hint="install it where Tenure is installed: pip install python-pptx, or the extra tenure[deck]",
                )
            ]
        )
