"""Explanation of one account in one playbook: its state, and the conditions of each possible move.

Edges, dates and anchors are the reference executor's, and the language traces the conditions, so the explanation
agrees with evaluation.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.problems import Span
from ..evaluation.coming_moves import ComingMove
from ..evaluation.hand_orders import NO_ORDERS, HandOrders
from ..evaluation.reference_dates import DoubtedDate, doubted_date, take_back_account
from ..evaluation.reference_executor import ReferenceExecutor
from ..evaluation.reference_follow_ups import NextFollowUp, next_follow_ups
from ..language.expressions import Expression, Row
from ..language.interpreter import evaluate_expression
from ..language.trace import Trace, trace
from ..machine.topology import reachable
from ..playbook.model import ENROLLED, Action, Edge, EnrolmentRule, Playbook, moment_text

StateRow = Mapping[str, Any]
"""A row of the store's states."""


@dataclass(frozen=True, slots=True)
class TracedCondition:
    """A condition with its trace; `label` names its role."""

    label: str
    trace: Trace


@dataclass(frozen=True, slots=True)
class PossibleMove:
    """A possible move: its target, its date (None: any), its conditions, and the conditions of its actions.

    The actions' conditions are left out where a condition of the move is false.
    """

    target: str
    span: Span
    moment: str
    date: dt.date | None
    conditions: tuple[TracedCondition, ...]
    actions: tuple[TracedCondition, ...]


@dataclass(frozen=True, slots=True)
class WaitingContact:
    """A contact that the contact policy postponed: its planned day, the last day on which it may go out, and why."""

    step: str
    action: str
    since: dt.date
    until: dt.date
    why: str


@dataclass(frozen=True, slots=True)
class PlaybookExplanation:
    """An account in one playbook; `state` is None where it was never enrolled."""

    playbook: Playbook
    state: StateRow | None
    moves: tuple[PossibleMove, ...]
    triggers: tuple[PossibleMove, ...]
    """Triggers of an open follow-up, by which it may start again; empty for other enrolments."""
    dates: tuple[tuple[dt.date, str], ...]
    """Future dates of the calendar, earliest first."""
    waiting: tuple[WaitingContact, ...] = ()
    follow_ups: tuple[NextFollowUp, ...] = ()
    """The next reminder and escalation of each open action, while the enrolment is open."""
    goes_on: str | None = None
    """The state in which an enrolment that ended goes on with the next run; None where it does not."""
    doubted: DoubtedDate | None = None
    """A date of the account that moved beyond belief: while it waits, nothing moves."""
    waits_for_room: bool = False
    """True if it may enrol as soon as the playbook's `at_most` has room."""
    by_hand: HandOrders = NO_ORDERS
    """The moves by hand that count: a hold, an enrolment or an end with the next run, and steps that are skipped."""
    held_out: bool = False
    """True if the account is in the playbook's holdout: nothing of it goes out but what must reach the customer."""
    done_before: dt.date | None = None
    """The date before which what was due counts as done, by the playbook's `start`; None where nothing does."""
    coming: tuple[ComingMove, ...] = ()
    """The moves to come if nothing changes, and what would change them; empty unless they are asked for."""


def explain_playbook(executor: ReferenceExecutor, state: StateRow | None) -> PlaybookExplanation:
    """Return the explanation: the moves out of the state of an open enrolment, or else the enrolment rules.

    Nothing moves in a disabled playbook, nor of an account that was merged, is on hold, or is closed by hand. The
    executor provides the edges, their dates and the anchor.
    """
    playbook = executor.playbook
    if not playbook.enabled or executor.is_merged():
        return PlaybookExplanation(playbook, state, (), (), ())
    had_ended, orders = not executor.is_open(), executor.orders
    if orders.hold is not None or orders.decision == "close":
        return PlaybookExplanation(playbook, state, (), (), (), by_hand=orders)
    take_back_account(executor)
    current, doubted = executor.enrolment, doubted_date(executor)
    goes_on = current.state if current and had_ended and executor.is_open() else None
    if not executor.is_open():
        moves = [_enrolment_move(opening, executor) for opening in playbook.machine.enrolment_rules]
        dates = tuple(_enrolment_dates(executor))
        return PlaybookExplanation(
            playbook, state, tuple(moves), (), dates, doubted=doubted, by_hand=orders
        )
    # Outcomes use the enrolment's anchor; all other edges use the account's current date.
    moves = [_edge_move(edge, executor) for edge in executor.edges(ending=True)]
    rules = [rule for rule in playbook.machine.enrolment_rules if rule.cycle == "trigger"]
    triggers = tuple(_enrolment_move(rule, executor) for rule in rules)
    if doubted is None:
        executor.follow_anchor()
    moves += [_edge_move(edge, executor) for edge in executor.edges(ending=False)]
    dates = tuple(_future_dates(executor))
    return PlaybookExplanation(
        playbook,
        state,
        tuple(moves),
        triggers,
        dates,
        follow_ups=tuple(next_follow_ups(executor)),
        goes_on=goes_on,
        doubted=doubted,
        by_hand=orders,
    )


def _edge_move(edge: Edge, executor: ReferenceExecutor) -> PossibleMove:
    values = executor.values()
    date = executor.date(edge.moment) if edge.moment else None
    moment = moment_text(edge.moment) if edge.moment else ""
    conditions = tuple(_condition("if", edge.guard, values))
    blocked = any(condition.trace.value is False for condition in conditions)
    actions = () if blocked else tuple(_action_conditions(edge.actions, values))
    return PossibleMove(edge.target, edge.span, moment, date, conditions, actions)


def _action_conditions(actions: tuple[Action, ...], values: Row) -> Iterator[TracedCondition]:
    """Yield the conditions of the actions that have one."""
    for action in actions:
        yield from _condition(action.id, action.when, values)


def _enrolment_move(opening: EnrolmentRule, executor: ReferenceExecutor) -> PossibleMove:
    values, before = executor.values(), executor.enrolment
    conditions = list(_condition("for", opening.guard, values))
    if before is not None and opening.again is not None:
        conditions += _condition("again", opening.again, values)
    if before is not None and f";{opening.id};" in before.disarmed:
        conditions += _condition("rearm", opening.rearm, values)
    date, moment = None, ""
    if opening.first is not None:
        date = executor.date(opening.first, executor.fresh_enrolment(opening))
        moment = moment_text(opening.first)
    return PossibleMove(opening.id, opening.span, moment, date, tuple(conditions), ())


def _condition(label: str, condition: Expression | None, values: Row) -> Iterator[TracedCondition]:
    if condition is not None:
        yield TracedCondition(label, trace(condition, values))


def _future_dates(executor: ReferenceExecutor) -> Iterator[tuple[dt.date, str]]:
    """Yield the future dates, by the anchor, of the states that can be reached."""
    machine, values = executor.playbook.machine, executor.values()
    state = executor.enrolment.state if executor.enrolment else ENROLLED
    coming = {state, *reachable(machine, state)}
    dates = set()
    for edge in machine.edges:
        is_current = state in edge.sources
        if edge.moment is None or not coming & set(edge.sources):
            continue
        if edge.moment.base != "anchor" and not is_current:
            continue
        # Of dates by case, only the one whose condition is not false.
        if (
            edge.dated
            and edge.guard is not None
            and evaluate_expression(edge.guard, values) is False
        ):
            continue
        date = executor.date(edge.moment)
        if date is not None and date > executor.day.on:
            dates.add((date, edge.target))
    yield from sorted(dates)


def _enrolment_dates(executor: ReferenceExecutor) -> Iterator[tuple[dt.date, str]]:
    dates = set()
    for opening in executor.playbook.machine.enrolment_rules:
        if opening.first is not None:
            date = executor.date(opening.first, executor.fresh_enrolment(opening))
            if date is not None and date > executor.day.on:
                dates.add((date, "enrolled"))
    yield from sorted(dates)


def place_text(span: Span) -> str:
    """Return a span's position as `file:line`."""
    return f"{span.file}:{span.line}"
