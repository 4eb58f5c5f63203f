"""Lowering of `timeline`: steps at offsets from a date of the account, one state for each step."""

from __future__ import annotations

from ..core.offsets import Offset, add_offsets
from ..core.problems import Span
from ..language.expressions import Expression, Name
from ..text.translations import catalogue_text
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
from .model import ENROLLED, Action, DueOffset, Edge, EnrolmentRule, Machine, State, moment_days

DateCase = tuple[Expression | None, Offset, Span]
"""An offset of a step, with the guard under which it applies, and its place."""
DONE = "done"
"""Id of the final state of a timeline without outcomes."""


def lower_timeline(lowering: Lowering, body: Mapping, guard: Expression | None) -> Machine:
    """Return a timeline's machine, whose cycle opens when the first step is due and is named by the anchor's date."""
    node = required_value(body, "anchor")
    anchor = lowering.expression(node, frozenset({"today", "snapshot_date"}), "date")
    span = node.span
    again = lowering.condition(body, "next_cycle", frozenset({"today", "snapshot_date", "anchor"}))
    if again is None and anchor is not None:
        again = comparison(">", anchor, Name("anchor", "date", span))
    states, edges = lower_steps(lowering, body, span)
    moments = [edge.moment for edge in edges if edge.moment and edge.moment.base == "anchor"]
    opening = EnrolmentRule(
        id="",
        span=span,
        cycle="anchor",
        guard=guard,
        anchor=anchor,
        first=_first(edges),
        last=max(moments, key=moment_days)._replace(early=False) if moments else None,
        again=again,
    )
    return Machine(states, edges, (opening,), anchor)


def lower_steps(
    lowering: Lowering, body: Mapping, span: Span
) -> tuple[tuple[State, ...], tuple[Edge, ...]]:
    """Return the states and edges of the steps in order, then of the outcomes; shared with `triggers`."""
    states = [State(ENROLLED, catalogue_text("states", "enrolled"), span)]
    edges: list[Edge] = []
    dated: list[Edge] = []
    for item in node_items(body.get("steps")):
        if isinstance(item, Mapping):
            state, into, after_waiting = _step(lowering, item, states[-1].id)
            _check_order(lowering, dated, into, state.id)
            states.append(state)
            dated.extend(into)
            edges.extend([*into, *after_waiting])
    last = states[-1].id
    running = tuple(state.id for state in states)
    outcomes = node_entries(body.get("outcomes"))
    for entry in outcomes:
        state, ends = _outcome(lowering, entry, last, running)
        states.append(state)
        edges.extend(ends)
    if not outcomes:
        states.append(State(DONE, catalogue_text("states", "done"), span, final=True))
        edges.append(Edge((last,), DONE, span))
    return tuple(states), tuple(edges)


def _step(lowering: Lowering, item: Mapping, before: str) -> tuple[State, list[Edge], list[Edge]]:
    """Return a step's state, the edges into it, and those for accounts that have waited as long as they may."""
    id_node = required_value(item, "id")
    id = node_text(id_node)
    if (was := item.get("was")) is not None:
        lowering.first_steps[id] = node_text(was)
    title = texts_by_language(item.get("title"), id_as_title(id))
    when = lowering.condition(item, "when")
    actions = lower_actions(lowering, item.get("do"), id, title, when, item.get("needs"))
    once = tuple(action for action in actions if action.repeat is None)
    wait = lowering.condition(item, "wait_for")
    state = State(
        id, title, id_node.span, repeats=tuple(action for action in actions if action.repeat)
    )
    cases = lowering.cases(required_value(item, "at"))
    edges = _edges_by_case(cases, (before,), id, once, wait)
    limit = item.get("wait_at_most")
    if limit is None or wait is None:
        return state, edges, []
    ends = _ends_of_waiting(lowering, cases, limit)
    late = _edges_by_case(ends, (before,), id, once, None)
    return state, edges, [edge._replace(dated=False) for edge in late]


def _ends_of_waiting(lowering: Lowering, cases: list[DateCase], node: Node) -> list[DateCase]:
    """Return the cases of a step's date with the dates on which waiting for a condition ends."""
    limit, ends = lowering.duration(node, "wait_at_most"), []
    for guard, offset, span in cases:
        end = add_offsets(offset, limit)
        if end is None:
            lowering.problems.report(
                "bad-offset",
                f"`{limit}` after `{offset}` is no single length of time",
                node.span,
                f"count `wait_at_most` in {offset.unit}, as `at` is",
            )
            return []
        ends.append((guard, end, span))
    return ends


def dated_edges(
    lowering: Lowering,
    node: Node,
    sources: tuple[str, ...],
    target: str,
    actions: tuple[Action, ...],
    wait: Expression | None,
) -> list[Edge]:
    """Return one edge for each case of an `at:`.

    With `wait_for:`, an edge's actions are due on the date on which it is taken.
    """
    return _edges_by_case(lowering.cases(node), sources, target, actions, wait)


def _edges_by_case(
    cases: list[DateCase],
    sources: tuple[str, ...],
    target: str,
    actions: tuple[Action, ...],
    wait: Expression | None,
) -> list[Edge]:
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
        for case, offset, span in cases
    ]


def _outcome(
    lowering: Lowering, entry: Entry, last: str, running: tuple[str, ...]
) -> tuple[State, list[Edge]]:
    body = entry.value if isinstance(entry.value, Mapping) else Mapping((), entry.key_span)
    title = texts_by_language(body.get("title"), id_as_title(entry.key))
    actions = lower_actions(lowering, body.get("do"), entry.key, title)
    for action in actions:
        if action.repeat:
            lowering.problems.report(
                "repeat-at-end",
                "an outcome ends the playbook for the account: nothing repeats after it",
                action.span,
                "take `repeat:` out, or put the action into a step",
            )
    state = State(entry.key, title, entry.key_span, final=True)
    when = lowering.condition(body, "when")
    date = body.get("at")
    if date is not None:
        return state, dated_edges(lowering, date, (last,), entry.key, actions, when)
    if body.get("when") is None:
        lowering.problems.report(
            "missing-key",
            f"the outcome `{entry.key}` lacks `when` or `at`: no account ever gets there",
            entry.key_span,
            "write `when:` with a condition, or `at:` with a date such as `30 days`",
        )
    return state, [Edge(running, entry.key, entry.key_span, None, when, actions, ending=True)]


def _check_order(lowering: Lowering, before: list[Edge], into: list[Edge], id: str) -> None:
    earlier = [edge.moment for edge in before if edge.moment]
    moments = [edge.moment for edge in into if edge.moment]
    if earlier and moments and max(map(moment_days, moments)) < min(map(moment_days, earlier[-1:])):
        lowering.problems.report(
            "step-never-due",
            f"step `{id}` is dated before the step above it: it can't be due on its own date",
            into[0].span,
            "put the steps in the order of their dates",
        )


def _first(edges: tuple[Edge, ...]) -> DueOffset | None:
    moments = [edge.moment for edge in edges if ENROLLED in edge.sources and edge.moment]
    return min(moments, key=moment_days) if moments else None
