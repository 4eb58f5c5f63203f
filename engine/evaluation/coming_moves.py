"""Moves to come of one account, if nothing about it changes, and the smallest change by which each comes, or does not.

Takes the account's evaluation on any date to come, and steps it from date to date with the reference executor. A
change is believed only once the evaluation with it has come out otherwise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Literal, NamedTuple

from ..language.expressions import And, Expression, Row
from ..language.formatter import format_expression
from ..language.interpreter import evaluate_expression
from ..language.nearest_value import nearest_date
from ..language.operands import unalias
from ..language.smallest_change import (
    Domains,
    NeededChange,
    WayThere,
    changed_columns,
    joined_ways,
    smallest_changes,
    value_text,
)
from ..machine.dates import followed_field
from ..playbook.model import Action, Edge, EnrolmentRule
from .reference_dates import believed_row, take_back_account
from .reference_enrolment import Enrolment
from .reference_executor import ReferenceExecutor

MoveKind = Literal["entry", "restart", "step", "end", "action"]
Evaluate = Callable[[dt.date, Enrolment | None], ReferenceExecutor]
"""Returns the evaluation of the account, as it is, on a date with an enrolment; it has not run."""
MOST_TRIES = 6
"""Ways of one move that are evaluated."""
MOST_OPENINGS = 1
"""Enrolments to come whose moves are looked at; after them, what comes would come again."""


class ComingMove(NamedTuple):
    """A move that may come.

    Attributes:
        on: The date; None for a move that any date may bring.
        kind: The kind of the move.
        target: The step, the outcome, or the rule that enrols.
        action: The action of the step, of a move of the kind `action`.
        comes: True if it comes on the date or, on any date, with the next evaluation.
        changes: The smallest change by which it would not come, or would; empty where none was found.
        unmet: Its conditions that are not true, as text, each with its outcome: false, or None for unknown.
    """

    on: dt.date | None
    kind: MoveKind
    target: str
    action: str | None
    comes: bool
    changes: WayThere
    unmet: tuple[tuple[str, bool | None], ...] = ()


class _Candidate(NamedTuple):
    """A move that is looked at, its conditions, the values that they read, and whether an evaluation has made it."""

    on: dt.date | None
    kind: MoveKind
    target: str
    action: str | None
    conditions: tuple[Expression, ...]
    values: Row
    has_come: Callable[[ReferenceExecutor], bool]


def coming_moves(
    evaluate: Evaluate,
    enrolment: Enrolment | None,
    days: Iterable[dt.date],
    dated: Collection[dt.date],
    domains: Domains,
) -> Iterator[ComingMove]:
    """Yield the moves of an account in a playbook, the earliest first; of those of any date, only the next ones.

    The last are those before it would enrol a second time.

    Args:
        evaluate: The evaluation of the account on a date.
        enrolment: Its enrolment.
        days: The dates to come on which the playbook is evaluated, the earliest first.
        dated: Those on which something can come by its date.
        domains: The values that fields can have.
    """
    first, openings = True, 0
    for on in days:
        before = evaluate(on, enrolment)
        ran = _again(before, ())
        ran.run()
        openings += len(ran.opened)
        if openings > MOST_OPENINGS:
            return
        if first or ran.taken or ran.opened or ran.drafts or on in dated:
            for candidate in _candidates(before, ran, any_day=first):
                yield _move(candidate, before, ran, domains)
        first, enrolment = False, ran.enrolment


def _again(
    before: ReferenceExecutor, way: WayThere, *, believed: bool = False
) -> ReferenceExecutor:
    """Return the same evaluation, which has not run, with changes of the account, doubted or `believed`."""
    row = {**before.row, **changed_columns(way)}
    return ReferenceExecutor(
        before.playbook,
        before.rules,
        before.day,
        row if believed else believed_row(before, row),
        None if before.enrolment is None else replace(before.enrolment),
        before.since,
        before.edited_after,
        first_evaluation=before.first_evaluation,
        moves=before.moves,
    )


def _candidates(
    before: ReferenceExecutor, ran: ReferenceExecutor, *, any_day: bool
) -> Iterator[_Candidate]:
    """Yield the moves of a date: those that come, those that have their date then and, if asked, those of any date."""
    seen = _again(before, ())
    take_back_account(seen)
    listed: list[Edge] = []
    if not seen.is_open() or (any_day and seen.playbook.machine.while_open == "restart"):
        yield from _entries(seen, ran, any_day=any_day)
    for ending in (True, False) if seen.is_open() else ():
        edges = seen.edges(ending=ending)
        yield from _edges(edges, seen, ran, dict(seen.values()), any_day=any_day)
        listed += edges
        seen.follow_anchor()
    later = [edge for edge in ran.taken if not _is_among(edge, listed)]
    yield from _edges(later, seen, ran, dict(ran.values()), any_day=False)
    yield from _repeats(ran)


def _is_among(one: object, others: Iterable[object]) -> bool:
    """Return whether an object is one of others; edges and rules that are equal may be different ones."""
    return any(other is one for other in others)


def _entries(
    seen: ReferenceExecutor, ran: ReferenceExecutor, *, any_day: bool
) -> Iterator[_Candidate]:
    values = dict(seen.values())
    kind: MoveKind = "restart" if seen.is_open() else "entry"
    for rule in seen.playbook.machine.enrolment_rules:
        comes = _is_among(rule, ran.opened)
        first = rule.first and seen.date(rule.first, seen.fresh_enrolment(rule))
        has_its_date = first is not None and first == seen.day.on
        if not (comes or any_day or has_its_date):
            continue
        on = seen.day.on if comes or has_its_date else None
        conditions = tuple(e for e in _conditions_of(rule, seen.enrolment) if e is not None)
        yield _Candidate(on, kind, rule.id, None, conditions, values, _opens(rule))


def _conditions_of(rule: EnrolmentRule, before: Enrolment | None) -> Iterator[Expression | None]:
    yield rule.guard
    if before is not None:
        yield rule.again
        yield rule.rearm if f";{rule.id};" in before.disarmed else None


def _opens(rule: EnrolmentRule) -> Callable[[ReferenceExecutor], bool]:
    return lambda ran: _is_among(rule, ran.opened)


def _edges(
    edges: Iterable[Edge],
    seen: ReferenceExecutor,
    ran: ReferenceExecutor,
    values: Row,
    *,
    any_day: bool,
) -> Iterator[_Candidate]:
    entered = {edge.target for edge in ran.taken}
    for edge in edges:
        comes = _is_among(edge, ran.taken)
        date = seen.date(edge.moment) if edge.moment and seen.is_open() else None
        has_its_date = date is not None and date == seen.day.on
        is_due = date is None or date < seen.day.on
        if not comes and (edge.target in entered or not (has_its_date or (any_day and is_due))):
            continue
        on = seen.day.on if comes or has_its_date else None
        kind: MoveKind = "end" if edge.target in seen.machine.final else "step"
        guard = () if edge.guard is None else (edge.guard,)
        yield _Candidate(on, kind, edge.target, None, guard, values, _enters(edge.target))
        for action in edge.actions if comes else ():
            if action.when is not None:
                yield _action(action, seen.day.on, (*guard, action.when), values)


def _enters(state: str) -> Callable[[ReferenceExecutor], bool]:
    return lambda ran: any(edge.target == state for edge in ran.taken)


def _action(
    action: Action, on: dt.date, conditions: tuple[Expression, ...], values: Row
) -> _Candidate:
    def drafts(ran: ReferenceExecutor) -> bool:
        return (action.step, action.id) in _drafted(ran)

    return _Candidate(on, "action", action.step, action.id, conditions, values, drafts)


def _drafted(ran: ReferenceExecutor) -> set[tuple[str, str]]:
    """Return the steps and actions that were drafted."""
    return {(draft["step"], draft["action"]) for draft in ran.drafts}


def _repeats(ran: ReferenceExecutor) -> Iterator[_Candidate]:
    """Yield the actions that repeat and come again on the date."""
    if ran.enrolment is None or not ran.is_open():
        return
    drafted = _drafted(ran)
    for action in ran.playbook.machine.state(ran.enrolment.state).repeats:
        if (action.step, action.id) in drafted:
            conditions = () if action.when is None else (action.when,)
            yield _action(action, ran.day.on, conditions, dict(ran.values()))


def _move(
    candidate: _Candidate, before: ReferenceExecutor, ran: ReferenceExecutor, domains: Domains
) -> ComingMove:
    comes = candidate.has_come(ran)

    def does(way: WayThere) -> bool:
        other = _again(before, way)
        other.run()
        return candidate.has_come(other) is not comes

    if comes:
        ways: Iterable[WayThere] = _ways_out(candidate, before, ran, domains)[:MOST_TRIES]
    else:
        ways = chain(
            islice(_ways_in(candidate, before, domains), MOST_TRIES), _by_date(candidate, before)
        )
    found = next((way for way in ways if way and does(way)), ())
    on = before.day.on if comes else candidate.on
    unmet = tuple(_unmet(candidate.conditions, candidate.values))
    return ComingMove(on, candidate.kind, candidate.target, candidate.action, comes, found, unmet)


def _unmet(conditions: Iterable[Expression], values: Row) -> Iterator[tuple[str, bool | None]]:
    """Yield the conditions that are not true; of an and, those among its parts."""
    for condition in conditions:
        inner = unalias(condition)
        if isinstance(inner, And):
            yield from _unmet(inner.operands, values)
            continue
        outcome = evaluate_expression(inner, values)
        if outcome is not True:
            yield format_expression(condition), None if outcome is None else False


def _conditions(candidate: _Candidate, before: ReferenceExecutor) -> And:
    return And(candidate.conditions, before.playbook.span)


def _ways_out(
    candidate: _Candidate, before: ReferenceExecutor, ran: ReferenceExecutor, domains: Domains
) -> list[WayThere]:
    """Return the changes by which its conditions would be false, or it would end before, or not be enrolled."""
    ways = smallest_changes(_conditions(candidate, before), candidate.values, False, domains)
    values = before.values()
    endings = [edge.guard for edge in before.edges(ending=True)] if before.is_open() else []
    for guards, wanted in (endings, True), ([rule.guard for rule in ran.opened], False):
        for guard in guards:
            ways += [] if guard is None else smallest_changes(guard, values, wanted, domains)
    return sorted(ways, key=len)


def _ways_in(
    candidate: _Candidate, before: ReferenceExecutor, domains: Domains
) -> Iterator[WayThere]:
    """Yield the changes by which its conditions would be true, and then those without the move that comes first."""
    ways = smallest_changes(_conditions(candidate, before), candidate.values, True, domains)
    yield from ways
    for way in ways:
        ran = _again(before, way)
        ran.run()
        first = next((edge.guard for edge in ran.taken if edge.guard is not None), None)
        if first is not None and not candidate.has_come(ran):
            values = {**candidate.values, **changed_columns(way)}
            for more in smallest_changes(first, values, False, domains):
                yield joined_ways(way, more)


def _by_date(candidate: _Candidate, before: ReferenceExecutor) -> Iterator[WayThere]:
    """Yield the nearest date of the account by which it would come if that is believed; nothing without one."""
    field = followed_field(before.playbook.machine)
    if field is None or field not in before.row:
        return

    def change(date: dt.date) -> WayThere:
        return (NeededChange(field, value_text(date), before.row[field], date, ((field, date),)),)

    def does(date: dt.date) -> bool:
        # A date further off is doubted rather than the nearest one: the search needs one side that does.
        ran = _again(before, change(date), believed=True)
        ran.run()
        return candidate.has_come(ran)

    now = before.row[field]
    date = nearest_date(now if isinstance(now, dt.date) else before.day.on, does)
    if date is not None:
        yield change(date)
