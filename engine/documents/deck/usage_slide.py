"""The slide on usage and adoption: how much it is used now, against a quarter ago, and over the months.

In: what is known of an account, and its history; out: a slide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal

from .deck_context import DeckContext, exported_number, missing_markers
from .slide_model import Block, Chart, Points, Slide, SlideRow
from .usage_history import UsagePoint

DRAWN = ("seats_active", "seats_licensed", "key_actions", "sessions")
"""The fields whose history is drawn."""


def usage(told: DeckContext, history: Sequence[UsagePoint]) -> Slide:
    """How much it is used, now and over the months."""
    t = told.voice
    seats = (
        (t("active", "actives"), "seats_active"),
        (t("licensed", "souscrites"), "seats_licensed"),
    )
    second = "key_actions" if told.known("key_actions") is not None else "sessions"
    title = {
        "key_actions": t("Key actions in 30 days", "Actions clés en 30 jours"),
        "sessions": t("Sessions in 30 days", "Sessions en 30 jours"),
    }[second]
    charts = [
        _chart(told, t("Seats", "Licences"), seats, history),
        _chart(told, title, ((title, second),), history),
    ]
    return Slide(
        t("Value delivered: usage and adoption", "Valeur délivrée : usage et adoption"),
        (SlideRow(charts, 5), SlideRow([Points(list(_used(told)), unknown=_unused(told))], 3)),
    )


def _chart(
    told: DeckContext, title: str, fields: Sequence[tuple[str, str]], history: Sequence[UsagePoint]
) -> Block:
    series = [
        (label, [exported_number(each.values.get(name)) for each in history])
        for label, name in fields
    ]
    if max(sum(value is not None for value in values) for _, values in series) < 2:
        none = told.voice(
            "too few snapshots to draw its course",
            "trop peu d'instantanés pour en tracer l'évolution",
        )
        return Points([], title, unknown=[none])
    days = [f"{told.voice.day(each.on)} {each.on:%y}" for each in history]
    return Chart(title, days, series)


_USED = ("seats_active", "key_actions", "features_used", "features_total")


def _unused(told: DeckContext) -> list[str]:
    return missing_markers(told, _USED)


def _used(told: DeckContext) -> Iterator[str]:
    """Active users, actions a month and features, against a quarter before; what is known of them."""
    t = told.voice
    if (seats := told.known("seats_active")) is not None:
        users = t.count(
            int(seats),
            ("active user", "active users"),
            ("utilisateur actif", "utilisateurs actifs"),
        )
        yield f"{users}{_brackets(told, 'seats_active')}"
    if (actions := told.known("key_actions")) is not None:
        month = t(f"{t.number(actions)} actions a month", f"{t.number(actions)} actions/mois")
        yield f"{month}{_brackets(told, 'key_actions', share=True)}"
    used, all = told.known("features_used"), told.known("features_total")
    if used is not None and all:
        share = t.percent(t.number(used * 100 / all, 0))
        few, many = t.number(used), t.number(all)
        yield t(
            f"{few} of {many} features adopted ({share})",
            f"{few} fonctionnalités adoptées sur {many} ({share})",
        )


def _brackets(told: DeckContext, name: str, *, share: bool = False) -> str:
    """` (+12 on Q-1)`, or the change as a share; nothing where the quarter before is not known."""
    change, now = told.change(name), told.known(name)
    if change is None or now is None or (share and now == change):
        return ""
    if not change:
        return told.voice(" (as in Q-1)", " (comme en Q-1)")
    before = now - change
    text = told.signed(change)
    if share:
        percent = (change * 100 / before).quantize(Decimal(1), ROUND_HALF_UP)
        text = told.voice.percent(told.signed(percent))
    return f" ({text} {told.voice('on Q-1', 'vs Q-1')})"
