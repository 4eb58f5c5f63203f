"""Lowering of `anniversaries`: a date that returns every year; 29 February is on the 28th in other years."""

from __future__ import annotations

from ..core.offsets import Offset
from ..core.problems import Span
from ..language.expressions import Call, Compare, Constant, Expression, Name, Not, Operator, Or
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
    whole_value,
)
from .model import ENROLLED, DueOffset, Edge, EnrolmentRule, Machine, State, moment_days

OPEN_FOR = Offset(31, "days")
"""Time after its date in which an anniversary still opens a cycle, for accounts first seen after the date."""

_NOTHING_PLANNED = catalogue_text("states", "nothing_planned")


def lower_anniversaries(lowering: Lowering, body: Mapping, guard: Expression | None) -> Machine:
    """Return a machine that opens on each anniversary and ends with the year's step."""
    node = required_value(body, "of")
    of = lowering.expression(node, TRUE, "date")
    states = [State(ENROLLED, catalogue_text("states", "anniversary"), node.span)]
    edges: list[Edge] = []
    lowering.names = ENROLMENT | {"year"}
    for item in node_items(body.get("years")):
        if isinstance(item, Mapping):
            state, edge = _year(lowering, item)
            states.append(state)
            edges.append(edge)
    if not _every_year(body):
        states.append(State("uncelebrated", _NOTHING_PLANNED, node.span, final=True))
        edges.append(_nothing_planned(edges, node.span))
    anchor = Call("anniversary", (of,), "date", node.span) if of else None
    furthest = max((edge.moment for edge in edges if edge.moment), key=moment_days, default=None)
    later = int(moment_days(furthest)) if furthest else 0
    opening = EnrolmentRule(
        id="",
        span=node.span,
        cycle="year",
        guard=guard,
        anchor=anchor,
        first=DueOffset("anchor", Offset(0, "days")),
        last=DueOffset("anchor", Offset(OPEN_FOR.count + later, "days")),
        again=Constant(True, "boolean", node.span),
    )
    return Machine(tuple(states), tuple(edges), (opening,))


def _year(lowering: Lowering, item: Mapping) -> tuple[State, Edge]:
    id_node = required_value(item, "id")
    id = node_text(id_node)
    title = texts_by_language(item.get("title"), id_as_title(id))
    which = _year_condition(item)
    when = lowering.condition(item, "when")
    offset = _offset(lowering, item.get("at"))
    actions = lower_actions(lowering, item.get("do"), id, title, when)
    for action in actions:
        if action.repeat:
            lowering.problems.report(
                "repeat-at-end",
                "an anniversary ends with its step: nothing repeats",
                action.span,
                "take `repeat:` out",
            )
    state = State(id, title, id_node.span, final=True)
    edge = Edge(
        (ENROLLED,), id, id_node.span, DueOffset("anchor", offset), which, actions, dated=True
    )
    return state, edge


def _offset(lowering: Lowering, node: Node | None) -> Offset:
    if node is None:
        return Offset(0, "days")
    offset = lowering.offset(node)
    if offset.count < 0:
        lowering.problems.report(
            "step-never-due",
            "an anniversary opens on its day: nothing of it can be due before",
            node.span,
            "write `at: 0 days` or later",
        )
    return offset


def _year_condition(item: Mapping) -> Expression | None:
    key = "year" if item.get("year") else "from_year"
    node = required_value(item, key)
    number = node.value if isinstance(node, Scalar) and isinstance(node.value, int) else 0
    span = node.span
    operator: Operator = "==" if key == "year" else ">="
    return Compare(operator, Name("year", "number", span), Constant(number, "number", span), span)


def _every_year(body: Mapping) -> bool:
    """Return whether each year from the first on has an entry."""
    entries = [item for item in node_items(body.get("years")) if isinstance(item, Mapping)]
    single = {node_text(item.get("year")) for item in entries}
    onward = [whole_value(node) for item in entries if (node := item.get("from_year"))]
    return bool(onward) and all(str(year) in single for year in range(1, min(onward)))


def _nothing_planned(edges: list[Edge], span: Span) -> Edge:
    """Return the edge that ends the cycle of a year without an entry, so that the next cycle can open."""
    planned = tuple(edge.guard for edge in edges if edge.guard is not None)
    return Edge((ENROLLED,), "uncelebrated", span, None, Not(Or(planned, span), span))
