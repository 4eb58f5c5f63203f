"""Lowers `timeline`: steps at offsets around a date of the account, one state a step."""

from __future__ import annotations

from ..core.offsets import APPROXIMATE_DAYS, Offset
from ..core.problems import Span
from ..language.expressions import Expression, Name
from ..text.yaml_nodes import Entry, Mapping, Node
from .action_lowering import lower_actions
from .lowering import (
    Lowering,
    comparison,
    conjunction,
    id_as_title,
    node_entries,
    node_items,
    node_text,
    required_value,
    texts_by_language,
)
from .model import ENROLLED, Action, DueOffset, Edge, EnrolmentRule, Machine, State

DONE = "done"
"""The end of a timeline that names no outcomes."""


def lower_timeline(at: Lowering, body: Mapping, guard: Expression | None) -> Machine:
    """A timeline's machine: opens when the first step is due, named for the anchor's date."""
    node = required_value(body, "anchor")
    anchor = at.expression(node, frozenset({"today", "snapshot_date"}), "date")
    place = node.span
    again = at.condition(body, "next_cycle", frozenset({"today", "snapshot_date", "anchor"}))
    if again is None and anchor is not None:
        again = comparison(">", anchor, Name("anchor", "date", place))
    states, edges = lower_steps(at, body, place)
    moments = [edge.moment for edge in edges if edge.moment and edge.moment.base == "anchor"]
    opening = EnrolmentRule(
        id="",
        span=place,
        cycle="anchor",
        guard=guard,
        anchor=anchor,
        first=_first(edges),
        last=max(moments, key=moment_days)._replace(early=False) if moments else None,
        again=again,
    )
    return Machine(states, edges, (opening,), anchor)


def lower_steps(
    at: Lowering, body: Mapping, place: Span
) -> tuple[tuple[State, ...], tuple[Edge, ...]]:
    """Steps in a row, then the outcomes; shared with `triggers`."""
    states = [State(ENROLLED, {"en": "Enrolled", "fr": "Inscrit"}, place)]
    edges: list[Edge] = []
    for item in node_items(body.get("steps")):
        if isinstance(item, Mapping):
            state, into = _step(at, item, states[-1].id)
            _in_order(at, edges, into, state.id)
            states.append(state)
            edges.extend(into)
    last = states[-1].id
    running = tuple(state.id for state in states)
    outcomes = node_entries(body.get("outcomes"))
    for entry in outcomes:
        state, ends = _outcome(at, entry, last, running)
        states.append(state)
        edges.extend(ends)
    if not outcomes:
        states.append(State(DONE, {"en": "Done", "fr": "Terminé"}, place, final=True))
        edges.append(Edge((last,), DONE, place))
    return tuple(states), tuple(edges)


def _step(at: Lowering, item: Mapping, before: str) -> tuple[State, list[Edge]]:
    id_node = required_value(item, "id")
    id = node_text(id_node)
    title = texts_by_language(item.get("title"), id_as_title(id))
    when = at.condition(item, "when")
    actions = lower_actions(at, item.get("do"), id, title, when)
    once = tuple(action for action in actions if action.repeat is None)
    wait = at.condition(item, "wait_for")
    state = State(
        id, title, id_node.span, repeats=tuple(action for action in actions if action.repeat)
    )
    edges = dated_edges(at, required_value(item, "at"), (before,), id, once, wait)
    return state, edges


def dated_edges(
    at: Lowering,
    node: Node,
    sources: tuple[str, ...],
    target: str,
    actions: tuple[Action, ...],
    wait: Expression | None,
) -> list[Edge]:
    """One edge for each case of an `at:`; what it waits for makes its actions due when it is taken."""
    early = any(action.shift == "earlier" and action.due is None for action in actions)
    return [
        Edge(
            sources,
            target,
            span,
            DueOffset("anchor", offset, early and wait is None),
            conjunction([e for e in (case, wait) if e is not None]),
            actions,
            dated=wait is None,
        )
        for case, offset, span in at.cases(node)
    ]


def _outcome(
    at: Lowering, entry: Entry, last: str, running: tuple[str, ...]
) -> tuple[State, list[Edge]]:
    body = entry.value if isinstance(entry.value, Mapping) else Mapping((), entry.key_span)
    title = texts_by_language(body.get("title"), id_as_title(entry.key))
    actions = lower_actions(at, body.get("do"), entry.key, title)
    for action in actions:
        if action.repeat:
            at.problem(
                "repeat-at-end",
                "an outcome ends the playbook for the account: nothing repeats after it",
                action.span,
                "take `repeat:` out, or put the action into a step",
            )
    state = State(entry.key, title, entry.key_span, final=True)
    when = at.condition(body, "when")
    date = body.get("at")
    if date is not None:
        return state, dated_edges(at, date, (last,), entry.key, actions, when)
    if when is None:
        at.problem(
            "missing-key",
            f"the outcome `{entry.key}` lacks `when` or `at`: no account ever gets there",
            entry.key_span,
            "write `when:` with a condition, or `at:` with a date such as `30 days`",
        )
    return state, [Edge(running, entry.key, entry.key_span, None, when, actions, ending=True)]


def _in_order(at: Lowering, before: list[Edge], into: list[Edge], id: str) -> None:
    earlier = [edge.moment for edge in before if edge.moment]
    own = [edge.moment for edge in into if edge.moment]
    if earlier and own and max(map(moment_days, own)) < min(map(moment_days, earlier[-1:])):
        at.problem(
            "step-never-due",
            f"step `{id}` is dated before the step above it: it can't be due on its own date",
            into[0].span,
            "put the steps in the order of their dates",
        )


def _first(edges: tuple[Edge, ...]) -> DueOffset | None:
    moments = [edge.moment for edge in edges if ENROLLED in edge.sources and edge.moment]
    return min(moments, key=moment_days) if moments else None


def moment_days(moment: DueOffset) -> float:
    """Its length in days, near enough to tell which of two comes first."""
    return offset_days(moment.offset)


def offset_days(offset: Offset) -> float:
    """A length in days, near enough for comparison."""
    return offset.count * APPROXIMATE_DAYS[offset.unit]
