"""The deck of an account's review: up to twelve slides in the order of the review document."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from importlib.util import find_spec

from ...core.languages import choose_language
from ...core.problems import Problem, Problems
from ...text.translations import shipped
from ...workspace.plan_file import load_plan
from ...workspace.plan_paths import plan_file
from ..account_documents import facts_of, language_warnings_of
from ..account_facts import AccountFacts
from ..document_context import PRODUCT, account_values
from ..localizer import Localizer
from ..placeholders import Placeholder, Placeholders
from ..registry import TEMPLATES_FOLDER, DocumentRequest, Rendered, requested_language
from . import outlook_slides, usage_slide, value_slides
from .deck_context import DeckContext
from .slide_model import Cover, Deck, Points, Slide, SlideRow
from .usage_history import read_usage_history

DECK_TEMPLATE = "review_deck.pptx"
"""A workspace's presentation among its templates, which gives the deck its master, theme and logo."""


def make_review_deck(request: DocumentRequest) -> Rendered:
    """Return the presentation's bytes. Raise `Problems` where python-pptx is not installed."""
    _require_pptx()
    from .draw_deck import draw_deck

    facts = facts_of(request)
    deck, placeholders = lay_out(request, facts)
    template = request.project.root / TEMPLATES_FOLDER / DECK_TEMPLATE
    content = draw_deck(deck, request.on, template if os.path.lexists(template) else None)
    return Rendered(content, len(placeholders.listed()), language_warnings_of(request, facts))


def lay_out(request: DocumentRequest, facts: AccountFacts) -> tuple[Deck, Placeholders]:
    """Return the deck before it is drawn, and the placeholders of its missing values."""
    project = request.project
    t = Localizer(_language(request, facts.values.get("language")), "deck")
    placeholders = Placeholders(t.language, plan_file(facts.account), facts.bad)
    plan = load_plan(project.root, facts.account, project.catalogue)
    values = account_values(project, facts, plan, placeholders)
    context = DeckContext(values, facts, project.catalogue.fields, placeholders, t)
    planned = context.date("next_review_date")
    review_on = planned if planned is not None and planned >= request.on else request.on
    history = read_usage_history(project, facts.account, request.on, usage_slide.DRAWN)
    parts = (
        (t("agenda_objectives"), [value_slides.objectives(context)]),
        (
            t("agenda_value"),
            [
                value_slides.highlights(context),
                usage_slide.usage(context, history),
                value_slides.stories(context),
                value_slides.progress(context),
            ],
        ),
        (t("agenda_challenges"), [outlook_slides.challenges(context)]),
        (
            t("agenda_plan"),
            [
                outlook_slides.roadmap(context),
                outlook_slides.plan(context),
                outlook_slides.opportunities(context),
            ],
        ),
        (t("agenda_questions"), [outlook_slides.recap(context, review_on)]),
    )
    every = [slide for _, slides in parts for slide in slides]
    left_out = [slide.title for slide in every if not slide.rows]
    slides = [_agenda(parts, t), *(slide for slide in every if slide.rows)]
    product = values[PRODUCT]
    if isinstance(product, Placeholder):
        product.note()
    who = facts.name if isinstance(product, Placeholder) else f"{facts.name} × {product}"
    cover = _cover(who, review_on, t)
    slides[-1] = _with_missing_values(slides[-1], placeholders, left_out, t)
    title = f"{cover.title} - {facts.name} - {cover.lines[0]}"
    footer = f"{cover.who} · {cover.lines[0]}"
    return Deck(title, project.workspace.name, t.language, cover, slides, footer), placeholders


def _cover(who: str, on: dt.date, t: Localizer) -> Cover:
    lines = (t("quarter", number=(on.month + 2) // 3, year=on.year), t.date(on))
    return Cover(who, t("title"), lines)


def _agenda(parts: Sequence[tuple[str, Sequence[Slide]]], t: Localizer) -> Slide:
    """Return the slide with the review document's points that have slides, and its last; minutes are in the notes."""
    last, _ = parts[-1]
    points = [point for point, slides in parts[:-1] if any(slide.rows for slide in slides)]
    return Slide(t("agenda"), [SlideRow([Points([*points, last])])], [t("minutes")])


def _with_missing_values(
    slide: Slide, placeholders: Placeholders, left_out: Sequence[str], t: Localizer
) -> Slide:
    """Return the slide with notes for the owner: missing values, where to complete them, and the slides left out."""
    lines = [
        t("missing_value", title=each.title, where=each.where.replace("`", ""))
        for each in placeholders.listed()
    ]
    if lines:
        lines = [t("to_complete"), *lines]
    if left_out:
        lines.append(t("left_out", titles=", ".join(left_out)))
    return Slide(slide.title, slide.rows, [*slide.notes, *lines])


def _language(request: DocumentRequest, account_language: object) -> str:
    """Return the requested language, the account's or the workspace's, whichever exists; else English."""
    known = shipped().languages()
    requested = requested_language(request, known, "deck")
    return requested or choose_language(known, account_language, request.project.workspace.language)


def _require_pptx() -> None:
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
