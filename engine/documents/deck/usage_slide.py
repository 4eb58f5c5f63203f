"""Slide on usage and adoption: current usage, its change since a quarter ago, and its history by month.

Takes a `DeckContext` and the account's history, and returns a slide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from .deck_context import DeckContext, exported_number
from .slide_model import Chart, Points, Slide, filled_row, filled_slide
from .usage_history import UsagePoint

DRAWN = ("seats_active", "seats_licensed", "key_actions", "sessions")
"""Fields with a history in the charts."""


def usage(context: DeckContext, history: Sequence[UsagePoint]) -> Slide:
    """Return the slide with current usage and its history."""
    t = context.localizer
    seats = (
        (t("seats_active"), "seats_active"),
        (t("seats_licensed"), "seats_licensed"),
    )
    second = "key_actions" if context.known("key_actions") is not None else "sessions"
    title = {
        "key_actions": t("key_actions"),
        "sessions": t("sessions"),
    }[second]
    charts = [
        _chart(context, t("seats"), seats, history),
        _chart(context, title, ((title, second),), history),
    ]
    used = list(_used(context))
    below = Points(used) if used else None
    return filled_slide(t("usage"), (filled_row(charts, 5), filled_row([below], 3)))


def _chart(
    context: DeckContext,
    title: str,
    fields: Sequence[tuple[str, str]],
    history: Sequence[UsagePoint],
) -> Chart | None:
    """Return a chart of the fields; None, listed, where fewer than two snapshots have a value."""
    series = [
        (label, [exported_number(each.values.get(name)) for each in history])
        for label, name in fields
    ]
    if max(sum(value is not None for value in values) for _, values in series) < 2:
        where = context.localizer("too_few_snapshots")
        context.placeholders.of(title, where).note()
        return None
    dates = [f"{context.localizer.day(each.on)} {each.on:%y}" for each in history]
    return Chart(title, dates, series)


_USED = ("seats_active", "key_actions", "features_used", "features_total")


def _used(context: DeckContext) -> Iterator[str]:
    """Yield texts on active users, actions a month and features, with their change; list those that are missing."""
    t = context.localizer
    for name in _USED:
        context.field(name)
    if (seats := context.known("seats_active")) is not None:
        users = t.count("active_users", int(seats))
        yield f"{users}{_brackets(context, 'seats_active')}"
    if (actions := context.known("key_actions")) is not None:
        month = t("actions_a_month", actions=t.number(actions))
        yield f"{month}{_brackets(context, 'key_actions', share=True)}"
    used, available = context.known("features_used"), context.known("features_total")
    if used is not None and available:
        share = t.percent(t.number(used * 100 / available, 0))
        few, many = t.number(used), t.number(available)
        yield t("features_adopted", few=few, many=many, share=share)


def _brackets(context: DeckContext, name: str, *, share: bool = False) -> str:
    """Return the change in brackets, ` (+12 on Q-1)`, or as a share; empty where the earlier value is missing."""
    change, now = context.change(name), context.known(name)
    if change is None or now is None or (share and now == change):
        return ""
    if not change:
        return f" {context.localizer('same_as_before')}"
    before = now - change
    text = context.signed(change)
    if share:
        percent = (change * 100 / before).quantize(Decimal(1), ROUND_HALF_UP)
        text = context.localizer.percent(context.signed(percent))
    return f" {context.localizer('against_before', change=text)}"
