"""Slides 8 to 12 of a review deck: challenges, roadmap, plan, opportunities and recap.

Takes a `DeckContext` and returns slides. Their structure follows "Présentation QBR" of the review document, from
"CHALLENGES & RÉSOLUTIONS" to "RÉCAP & NEXT STEPS".
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from ...workspace.plan_file import PlanItem
from ..placeholders import Placeholder
from .deck_context import NOTHING, DeckContext, plan_list
from .slide_model import FAIR, GOOD, Block, Points, Slide, Table, filled_row, filled_slide


def challenges(context: DeckContext) -> Slide:
    """Return the slide with problems, their resolutions and their status."""
    t = context.localizer
    none = t("no_challenge")

    def draw(items: list[PlanItem]) -> Table:
        head = (t("challenge"), t("resolution"), t("status"))
        return Table(head, [_challenge(context, each) for each in items], (4, 5, 2))

    block = plan_list(context.items("challenges", "challenge"), none, draw)
    number = context.field("tickets_open")
    below = None if number is None else Points([t("tickets_open", number=number)])
    return filled_slide(t("challenges"), (filled_row([block], 6), filled_row([below])))


def _challenge(context: DeckContext, each: PlanItem) -> tuple[str | tuple[str, str], ...]:
    """Return a challenge's cells: green where it is solved; an open one needs only a status."""
    t = context.localizer
    solved = not isinstance(each["resolution"], Placeholder)
    has_status = not isinstance(each["status"], Placeholder)
    if solved:
        status = (context.text(each["status"]) if has_status else t("solved"), GOOD)
    else:
        status = (context.text(each["status"]) if has_status else t("open"), FAIR)
    resolution = NOTHING if not solved and has_status else context.text(each["resolution"])
    return context.text(each["challenge"]), resolution, status


def roadmap(context: DeckContext) -> Slide:
    """Return the slide with coming features that matter to this customer."""
    t = context.localizer
    none = t("no_feature")

    def draw(items: list[PlanItem]) -> Table:
        brings = t("benefit")
        head = (t("feature"), t("when"), brings)
        return Table(head, context.rows(items, "feature", "due", "benefit"), (4, 2, 5))

    block = plan_list(context.items("roadmap", "feature"), none, draw)
    return filled_slide(t("roadmap"), [filled_row([block])])


def plan(context: DeckContext) -> Slide:
    """Return the slide with next quarter's objectives, priority actions and resources."""
    t = context.localizer
    sides = [
        _points(context, "proposed_objectives", t("proposed_objectives")),
        _points(context, "resources", t("resources")),
    ]
    return filled_slide(
        t("plan"), (filled_row(sides, 4), filled_row([_actions(context, "actions")], 5))
    )


def opportunities(context: DeckContext) -> Slide:
    """Return the slide with upsell opportunities; it says so where the plan has none."""
    t = context.localizer

    def draw(items: list[PlanItem]) -> Table:
        head = (t("opportunity"), t("potential"), t("note"))
        return Table(head, [_opportunity(context, each) for each in items], (5, 2, 4))

    items = context.items("opportunities", "opportunity")
    block = plan_list(items, t("no_opportunity"), draw)
    return filled_slide(t("opportunities"), [filled_row([block])])


def _opportunity(context: DeckContext, each: PlanItem) -> tuple[str, ...]:
    note = "" if isinstance(each["note"], Placeholder) else context.text(each["note"])
    return context.text(each["opportunity"]), _amount(context, each["amount"]), note


def recap(context: DeckContext, review_on: dt.date) -> Slide:
    """Return the slide with decisions, actions with owners and dates, and the next review."""
    t = context.localizer
    held_on = context.values["review_on"]
    name = t("decisions")
    if isinstance(held_on, dt.date):
        date = t.date(held_on)
        name = t("decisions_of", date=date)
    actions = "review_actions" if isinstance(held_on, dt.date) else "actions"
    above = [_points(context, "review_decisions", name), _next_review(context, review_on)]
    below = [_actions(context, actions)]
    return filled_slide(t("recap"), (filled_row(above, 4, (3, 2)), filled_row(below, 5)))


def _next_review(context: DeckContext, review_on: dt.date) -> Points | None:
    """Return the first known date after the review of the deck; None, listed, without one."""
    heading = context.localizer("next_review")
    agreed = context.values["review_next"]
    dates = [context.date("next_review_date"), agreed if isinstance(agreed, dt.date) else None]
    later = sorted(date for date in dates if date is not None and date > review_on)
    if later:
        return Points([context.localizer.date(later[0])], heading)
    context.placeholders.of_field(context.fields["next_review_date"]).note()
    return None


def _points(context: DeckContext, name: str, heading: str) -> Points | None:
    texts = context.texts(name)
    if texts is None:
        return None
    return Points(texts or [context.localizer("none")], heading)


def _actions(context: DeckContext, name: str) -> Block | None:
    t = context.localizer

    def draw(items: list[PlanItem]) -> Table:
        head = (t("action"), t("owner"), t("date"), t("done"))
        done = [context.text(each["done"] is True) for each in items]
        plain = context.rows(items, "action", "owner", "due")
        rows = [(*row, each) for row, each in zip(plain, done, strict=True)]
        return Table(head, rows, (6, 3, 3, 1))

    none = t("no_action")
    return plan_list(context.items(name, "action"), none, draw)


def _amount(context: DeckContext, amount: Decimal | Placeholder) -> str:
    if isinstance(amount, Placeholder):
        return context.text(amount)
    currency = context.facts.values.get("currency")
    return context.localizer.money(amount, currency if isinstance(currency, str) else None)
