"""Lowering of `triggers`: conditions and cadences that open a follow-up, whose steps count from its date."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..core.problems import Span
from ..language.expressions import (
    And,
    Arithmetic,
    Call,
    Constant,
    Duration,
    Expression,
    Name,
    Or,
)
from ..language.substitute import substitute
from ..text.yaml_nodes import Mapping, Node, Scalar
from .lowering import (
    ENROLMENT,
    TRUE,
    Lowering,
    comparison,
    conjunction,
    disjunction,
    node_items,
    node_text,
    required_value,
    true_condition,
)
from .model import ANCHOR_SO_FAR, Edge, EnrolmentRule, Machine
from .timeline import lower_steps

ANCHORED = frozenset({"opened_on", "opened_by", "anchor"})
"""Names that the anchor of a follow-up may use, other than those of TRUE."""


def lower_triggers(lowering: Lowering, body: Mapping, guard: Expression | None) -> Machine:
    """Return a follow-up's machine, with one enrolment rule for each trigger, tried in order."""
    node = body.get("anchor")
    anchor = lowering.expression(node, TRUE | ANCHORED, "date") if node else None
    again = _apart(lowering, body)
    enrolment_rules = [
        _opening(lowering, item, guard, anchor, again)
        for item in node_items(body.get("open"))
        if isinstance(item, Mapping)
    ]
    lowering.names = ENROLMENT | {"opened_by"}
    states, edges = lower_steps(lowering, body, body.span)
    if node is None:
        _check_no_earlier_steps(lowering, edges)
    return Machine(states, edges, tuple(enrolment_rules), anchor, _while_open(body))


def trigger_ids(body: Node | None) -> tuple[str, ...]:
    """Return the ids of the triggers in a body; empty where there is none."""
    items = node_items(body.get("open")) if isinstance(body, Mapping) else ()
    ids = (node_text(item.get("id")) for item in items if isinstance(item, Mapping))
    return tuple(id for id in ids if id)


def _while_open(body: Mapping) -> Literal["ignore", "restart"]:
    return "restart" if node_text(body.get("while_open")) == "restart" else "ignore"


def _opening(
    lowering: Lowering,
    item: Mapping,
    guard: Expression | None,
    anchor: Expression | None,
    again: Expression,
) -> EnrolmentRule:
    every = item.get("every")
    cadence = _cadence(lowering, item) if every else None
    when = lowering.condition(item, "when", TRUE)
    due = cadence and cadence.is_due()
    both = conjunction([e for e in (guard, due, when) if e is not None])
    id_node = required_value(item, "id")
    return EnrolmentRule(
        id=node_text(id_node),
        span=id_node.span,
        cycle="trigger",
        guard=both,
        anchor=_opened_by(opening_anchor(anchor), id_node),
        again=And((again, cadence.is_new(id_node)), cadence.span) if cadence else again,
        rearm=lowering.condition(item, "rearm", TRUE),
    )


def _check_no_earlier_steps(lowering: Lowering, edges: tuple[Edge, ...]) -> None:
    """Report steps before the opening, in a follow-up that counts from its opening."""
    for edge in edges:
        if edge.moment and edge.moment.offset.count < 0:
            lowering.problems.report(
                "step-never-due",
                f"`{edge.target}` is dated before the follow-up opens: it can't be due on its own date",
                edge.span,
                "write `0 days` or later, or say with `anchor:` which date the steps count from",
            )


def opening_anchor(anchor: Expression | None) -> Expression | None:
    """Return the anchor for the opening date, on which `opened_on` is today and no earlier anchor exists."""
    if anchor is None:
        return None
    return substitute(substitute(anchor, "opened_on", "today"), "anchor", ANCHOR_SO_FAR)


def _opened_by(anchor: Expression | None, id: Node) -> Expression | None:
    """Return the anchor of the follow-up that this trigger opens."""
    return (
        substitute(anchor, "opened_by", Constant(node_text(id), "text", id.span))
        if anchor
        else None
    )


class _Cadence(NamedTuple):
    """An interval and the date from which it counts."""

    since: Expression
    every: Duration
    span: Span

    def is_due(self) -> Expression:
        """Return the condition that its first date has come."""
        return comparison(">=", Name("today", "date", self.span), _later(self.since, self.every))

    def is_new(self, id: Node) -> Expression:
        """Return the condition that it has not opened in this period yet, also where its date is not updated.

        Periods count from `since`, not from the last opening, so that an opening that comes late moves no other one.
        """
        name = Constant(node_text(id), "text", id.span)
        other = comparison("!=", Name("opened_by", "text", self.span), name)
        period = Call("recurrence", (self.since, self.every), "date", self.span)
        earlier = comparison("<", Name("opened_on", "date", self.span), period)
        return Or((other, earlier), self.span)


def _cadence(lowering: Lowering, item: Mapping) -> _Cadence | None:
    node = required_value(item, "every")
    every = lowering.duration(node, "every")
    since = lowering.expression(required_value(item, "since"), TRUE, "date")
    if since is None:
        return None
    if every.unit == "business days":
        lowering.problems.report(
            "bad-offset",
            "a cadence is counted in calendar time, not in business days",
            node.span,
            "write days, weeks, months or years",
        )
    return _Cadence(since, Duration(every, node.span), node.span)


def _apart(lowering: Lowering, body: Mapping) -> Expression:
    """Return the least time between two openings, as a condition on the date of the last one."""
    node = body.get("apart")
    if node is None:
        return true_condition(body.span)
    if isinstance(node, Scalar):
        lowering.duration(node, "apart")
    branches: list[Expression] = []
    for case, offset, span in lowering.cases(node):
        if offset.unit == "business days":
            lowering.problems.report(
                "bad-offset",
                "`apart` is counted in calendar time, not in business days",
                span,
                "write days, weeks, months or years",
            )
        has_passed = comparison(
            ">=",
            Name("today", "date", span),
            _later(Name("opened_on", "date", span), Duration(offset, span)),
        )
        branches.append(And((case, has_passed), span) if case else has_passed)
    return disjunction(branches, node.span)


def _later(date: Expression, by: Duration) -> Expression:
    return Arithmetic("+", date, by, "date", by.span)
