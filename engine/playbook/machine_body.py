"""Lowering of `machine`: states and transitions written out."""

from __future__ import annotations

from ..language.expressions import Expression
from ..text.translations import catalogue_text
from ..text.yaml_nodes import Mapping, Node, Scalar
from .action_lowering import lower_actions
from .lowering import (
    ENROLMENT,
    TRUE,
    Lowering,
    id_as_title,
    node_items,
    node_text,
    required_value,
    texts_by_language,
    true_condition,
)
from .model import ENROLLED, Action, DueOffset, Edge, EnrolmentRule, Machine, State
from .triggers import opening_anchor

ANY = "any"


def lower_states(lowering: Lowering, body: Mapping, guard: Expression | None) -> Machine:
    """Return the machine as written, with the state `enrolled` before its initial state."""
    node = body.get("anchor")
    anchor = lowering.expression(node, TRUE | {"opened_on"}, "date") if node else None
    initial = required_value(body, "initial")
    states = [State(ENROLLED, catalogue_text("states", "enrolled"), initial.span)]
    entering: dict[str, tuple[Action, ...]] = {}
    for item in node_items(body.get("states")):
        if isinstance(item, Mapping):
            state, actions = _state(lowering, item)
            if state.id == ANY:
                lowering.problems.report(
                    "reserved-id",
                    "`any` stands for every state under `from:`",
                    state.span,
                    "choose another id",
                )
            states.append(state)
            entering[state.id] = actions
    into = lowering.known(initial, entering, "state")
    edges = [Edge((ENROLLED,), into, initial.span, None, None, entering.get(into, ()))]
    running = tuple(state.id for state in states if not state.final and state.id != ENROLLED)
    edges += [
        _transition(lowering, item, entering, running)
        for item in node_items(body.get("transitions"))
        if isinstance(item, Mapping)
    ]
    opening = EnrolmentRule(
        "",
        body.span,
        "count",
        guard,
        opening_anchor(anchor),
        again=lowering.condition(body, "again", ENROLMENT),
    )
    return Machine(tuple(states), tuple(edges), (opening,), anchor)


def _state(lowering: Lowering, item: Mapping) -> tuple[State, tuple[Action, ...]]:
    id_node = required_value(item, "id")
    id = node_text(id_node)
    title = texts_by_language(item.get("title"), id_as_title(id))
    final = item.get("final")
    actions = lower_actions(lowering, item.get("do"), id, title)
    repeats = tuple(action for action in actions if action.repeat)
    is_final = isinstance(final, Scalar) and final.value is True
    if is_final and repeats:
        lowering.problems.report(
            "repeat-at-end",
            "a final state ends the playbook for the account: nothing repeats in it",
            repeats[0].span,
            "take `repeat:` out",
        )
    state = State(id, title, id_node.span, is_final, repeats)
    return state, tuple(action for action in actions if action.repeat is None)


def _transition(
    lowering: Lowering,
    item: Mapping,
    entering: dict[str, tuple[Action, ...]],
    running: tuple[str, ...],
) -> Edge:
    to = required_value(item, "to")
    target = lowering.known(to, entering, "state")
    sources = _sources(lowering, required_value(item, "from"), entering, running, target)
    actions = lower_actions(lowering, item.get("do"), f"to_{target}", {"": id_as_title(target)})
    repeated = [action for action in actions if action.repeat]
    if repeated:
        lowering.problems.report(
            "repeat-at-end",
            "a transition happens once: nothing repeats in it",
            repeated[0].span,
            f"put the action under the `do:` of state `{target}`",
        )
    guard = lowering.condition(item, "when")
    moment = _moment(lowering, item)
    if moment is None and guard is None:
        guard = true_condition(to.span)
    return Edge(
        sources,
        target,
        item.span,
        moment,
        guard,
        entering.get(target, ()) + actions,
        dated=moment is not None and guard is None,
    )


def _sources(
    lowering: Lowering,
    node: Node,
    known: dict[str, tuple[Action, ...]],
    running: tuple[str, ...],
    target: str,
) -> tuple[str, ...]:
    if isinstance(node, Scalar) and node.text == ANY:
        return tuple(state for state in running if state != target)
    items = node_items(node) or (node,)
    names = [lowering.known(item, known, "state") for item in items]
    for item, name in zip(items, names, strict=True):
        if name in known and name not in running:
            lowering.problems.report(
                "final-left",
                f"state `{name}` is final: it ends the playbook, and nothing leaves it",
                item.span,
                f"take it out of `from:`, or take `final: true` off `{name}`",
            )
    return tuple(names)


def _moment(lowering: Lowering, item: Mapping) -> DueOffset | None:
    date, after = item.get("at"), item.get("after")
    if after is not None:
        return DueOffset("entered_on", lowering.duration(after, "after"))
    return DueOffset("anchor", lowering.offset(date)) if date is not None else None
