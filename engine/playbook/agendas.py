"""Lowering of agendas: named ones under `agendas`, and those written in an action."""

from __future__ import annotations

from collections.abc import Mapping as Map

from ..text.yaml_nodes import Mapping, Node, Scalar
from .lowering import (
    Lowering,
    node_entries,
    node_items,
    required_value,
    texts_by_language,
    whole_value,
)
from .model import Agenda, AgendaPart, Detail, Minutes


def lower_agendas(lowering: Lowering, node: Node | None) -> dict[str, Agenda]:
    """Return the agendas under `agendas` by name."""
    return {entry.key: _agenda(lowering, entry.value) for entry in node_entries(node)}


def lower_agenda(lowering: Lowering, node: Node) -> Agenda:
    """Return an action's agenda, written as a name under `agendas` or as a list of parts."""
    if isinstance(node, Scalar):
        return lowering.agendas.get(lowering.known(node, lowering.agendas, "agenda"), Agenda(()))
    return _agenda(lowering, node)


def check_length(lowering: Lowering, detail: Map[str, Detail], body: Mapping) -> None:
    """Check that the parts of an action's agenda fit into the action's minutes."""
    agenda, minutes = detail.get("agenda"), detail.get("minutes")
    if not isinstance(agenda, Agenda) or not isinstance(minutes, int | Minutes):
        return
    most = minutes if isinstance(minutes, int) else minutes.most
    needed = sum(part.minutes or 0 for part in agenda.parts)
    if needed > most:
        lowering.problems.report(
            "long-agenda",
            f"the parts of this agenda take {needed} minutes, and there are {most}",
            required_value(body, "minutes").span,
            f"give it {needed} minutes, or make parts shorter",
        )


def _agenda(lowering: Lowering, node: Node) -> Agenda:
    return Agenda(tuple(_part(lowering, item) for item in node_items(node)))


def _part(lowering: Lowering, item: Node) -> AgendaPart:
    if not isinstance(item, Mapping) or item.get("part") is None:
        return AgendaPart(texts_by_language(item, ""))
    others = [entry for entry in item if entry.key not in ("part", "minutes", "points")]
    if others:
        lowering.problems.report(
            "conflicting-keys",
            f"a part of an agenda has its texts under `part`, and `{others[0].key}` is next to it",
            others[0].key_span,
            f"write `part: {{{others[0].key}: ...}}`",
        )
    minutes = item.get("minutes")
    points = tuple(texts_by_language(point, "") for point in node_items(item.get("points")))
    return AgendaPart(
        texts_by_language(item.get("part"), ""), whole_value(minutes) if minutes else None, points
    )
