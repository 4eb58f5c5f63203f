"""Lowers agendas: those under `agendas`, which have a name, and those that an action writes out itself."""

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


def lower_agendas(at: Lowering, node: Node | None) -> dict[str, Agenda]:
    """The agendas by name; each is read once, however many actions take it."""
    return {entry.key: _written(at, entry.value) for entry in node_entries(node)}


def lower_agenda(at: Lowering, node: Node) -> Agenda:
    """An action's agenda: a name under `agendas`, or the parts themselves."""
    if isinstance(node, Scalar):
        return at.agendas.get(at.known(node, at.agendas, "agenda"), Agenda(()))
    return _written(at, node)


def check_length(at: Lowering, detail: Map[str, Detail], body: Mapping) -> None:
    """The parts of an action's agenda fit into the time there is."""
    agenda, minutes = detail.get("agenda"), detail.get("minutes")
    if not isinstance(agenda, Agenda) or not isinstance(minutes, int | Minutes):
        return
    most = minutes if isinstance(minutes, int) else minutes.most
    needed = sum(part.minutes or 0 for part in agenda.parts)
    if needed > most:
        at.problem(
            "long-agenda",
            f"the parts of this agenda take {needed} minutes, and there are {most}",
            required_value(body, "minutes").span,
            f"give it {needed} minutes, or make parts shorter",
        )


def _written(at: Lowering, node: Node) -> Agenda:
    return Agenda(tuple(_part(at, item) for item in node_items(node)))


def _part(at: Lowering, item: Node) -> AgendaPart:
    if not isinstance(item, Mapping) or item.get("part") is None:
        return AgendaPart(texts_by_language(item, ""))
    others = [entry for entry in item if entry.key not in ("part", "minutes", "points")]
    if others:
        at.problem(
            "conflicting-keys",
            f"a part of an agenda has its texts under `part`, and `{others[0].key}` stands beside it",
            others[0].key_span,
            f"write `part: {{{others[0].key}: ...}}`",
        )
    minutes = item.get("minutes")
    points = tuple(texts_by_language(point, "") for point in node_items(item.get("points")))
    return AgendaPart(
        texts_by_language(item.get("part"), ""), whole_value(minutes) if minutes else None, points
    )
