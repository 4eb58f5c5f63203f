"""Playbooks prepared for evaluation over columns: conditions compiled once, edges grouped by source state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from ..columns.compiler import combine, compile_expression
from ..columns.unknown_columns import causes_where_null
from ..core.problems import Span
from ..language.expressions import And, Call, Constant, Expression, Name
from ..language.functions import FUNCTIONS
from ..language.functions.date_functions import CALENDAR_COPIES
from ..language.operands import unalias
from ..language.traversal import events, walk
from ..machine.dates import last_moment
from ..machine.topology import looping, working_order
from ..playbook.model import Action, DueOffset, Edge, EnrolmentRule, Machine, Playbook, State


class PreparedCondition:
    """A condition as columns, compiled on first use.

    A workspace has thousands of conditions, and a date needs few of them. Compiling all took longer than evaluating
    ten thousand accounts.
    """

    def __init__(self, expression: Expression) -> None:
        self._expression = expression

    @cached_property
    def outcome(self) -> pl.Expr:
        """Return the condition as a column: true, false, or null where it is unknown."""
        return compile_expression(self._expression)

    @cached_property
    def first(self) -> pl.Expr | None:
        """Return a part of the condition that is quick to compute, and without which it is false.

        Return None where the whole condition is quick: only anniversaries and whole months take long.
        """
        parts = [*_required(self._expression)]
        quick = [part for part in parts if not any(map(_is_slow, walk(part)))]
        if len(quick) == len(parts):
            return None
        return combine([compile_expression(part) for part in quick], True)

    @cached_property
    def causes(self) -> dict[str, pl.Expr]:
        """Return by field whether its absence makes the condition unknown, for rows where the condition is unknown."""
        return causes_where_null(self._expression)

    @cached_property
    def events(self) -> list[tuple[pl.Expr, frozenset[str]]]:
        """Return the comparisons with the playbook's previous values, as columns, each with the fields compared."""
        return [(compile_expression(e), fields) for e, fields in events(self._expression)]


def _required(e: Expression) -> Iterator[Expression]:
    """Yield the conditions that all have to be true for the expression to be."""
    e = unalias(e)
    if isinstance(e, And):
        for operand in e.operands:
            yield from _required(operand)
    else:
        yield e


def _is_slow(e: Expression) -> bool:
    return isinstance(e, Call) and FUNCTIONS[e.function].copies >= CALENDAR_COPIES


_NOWHERE = Span("", 1, 1, 1, 1)
ALWAYS_TRUE = PreparedCondition(Constant(True, "boolean", _NOWHERE))
NEVER_TRUE = PreparedCondition(Constant(False, "boolean", _NOWHERE))
TODAY = PreparedCondition(Name("today", "date", _NOWHERE))


@dataclass(frozen=True, slots=True)
class PreparedAction:
    """An action with its condition."""

    action: Action
    when: PreparedCondition


@dataclass(frozen=True, slots=True)
class PreparedEdge:
    """An edge with its guard and actions."""

    edge: Edge
    guard: PreparedCondition
    actions: tuple[PreparedAction, ...]


@dataclass(frozen=True, slots=True)
class PreparedEnrolment:
    """An enrolment rule with its conditions and its anchor."""

    rule: EnrolmentRule
    guard: PreparedCondition
    again: PreparedCondition
    rearm: PreparedCondition
    anchor: PreparedCondition


@dataclass(frozen=True, slots=True)
class Prepared:
    """A playbook prepared for evaluation over columns.

    Attributes:
        playbook: The playbook.
        order: States in the order in which they are evaluated.
        looping: States that are part of a loop.
        endings: Edges that end an enrolment.
        leaving: By source state: the other edges, in the order in which they are tried.
        enrolment_rules: Enrolment rules, in the order in which they are tried.
        anchor: The date that the playbook follows; None without one.
        entry: The condition `for`.
        last: The last date of a cycle, until which it can go on after it ended; None: always.
        running: States that are not final.
        repeats: By state: its repeating actions.
        final: Final states.
    """

    playbook: Playbook
    order: tuple[str, ...]
    looping: frozenset[str]
    endings: tuple[PreparedEdge, ...]
    leaving: dict[str, tuple[PreparedEdge, ...]]
    enrolment_rules: tuple[PreparedEnrolment, ...]
    anchor: PreparedCondition | None
    entry: PreparedCondition
    last: DueOffset | None
    running: frozenset[str]
    repeats: dict[str, tuple[PreparedAction, ...]]
    final: frozenset[str]

    @property
    def machine(self) -> Machine:
        """Return the playbook's machine."""
        return self.playbook.machine


def prepare(playbook: Playbook) -> Prepared:
    """Return the playbook with its conditions as columns."""
    machine = playbook.machine
    edges = [_edge(edge) for edge in machine.edges]
    return Prepared(
        playbook,
        working_order(machine),
        looping(machine),
        tuple(edge for edge in edges if edge.edge.ending),
        {state.id: _leaving(state, edges) for state in machine.states},
        tuple(_opening(opening) for opening in machine.enrolment_rules),
        condition(machine.anchor) if machine.anchor else None,
        condition(machine.entry),
        last_moment(machine),
        frozenset(state.id for state in machine.states if not state.final),
        {state.id: _actions(state.repeats) for state in machine.states if state.repeats},
        frozenset(state.id for state in machine.states if state.final),
    )


def condition(expression: Expression | None) -> PreparedCondition:
    """Return the expression as a condition; None is always true."""
    return ALWAYS_TRUE if expression is None else PreparedCondition(expression)


def outcomes(frame: pl.DataFrame, expression: pl.Expr) -> pl.Series:
    """Return an expression's value for every row, also where it is a constant."""
    value = frame.select(expression.alias("outcome")).to_series()
    return value if len(value) == frame.height else value.new_from_index(0, frame.height)


def all_rows(frame: pl.DataFrame, value: bool) -> pl.Series:
    """Return a mask of all the frame's rows, or of none."""
    return pl.Series([value]).new_from_index(0, frame.height)


def is_true(outcome: pl.Series) -> pl.Series:
    """Return the mask of the outcomes that are true: neither false nor unknown."""
    return outcome.fill_null(False) if outcome.null_count() else outcome


def _edge(edge: Edge) -> PreparedEdge:
    return PreparedEdge(edge, condition(edge.guard), _actions(edge.actions))


def _actions(actions: tuple[Action, ...]) -> tuple[PreparedAction, ...]:
    return tuple(PreparedAction(action, condition(action.when)) for action in actions)


def _leaving(state: State, edges: list[PreparedEdge]) -> tuple[PreparedEdge, ...]:
    return tuple(e for e in edges if state.id in e.edge.sources and not e.edge.ending)


def _opening(opening: EnrolmentRule) -> PreparedEnrolment:
    return PreparedEnrolment(
        opening,
        condition(opening.guard),
        condition(opening.again) if opening.again else NEVER_TRUE,
        condition(opening.rearm),
        condition(opening.anchor) if opening.anchor else TODAY,
    )


# Bounds in calendar days of one unit. "business days" counts 7 as its longest; days off are the callers' `slack`.
SHORTEST_DAYS = {"days": 1, "weeks": 7, "months": 28, "years": 365, "business days": 1}
LONGEST_DAYS = {"days": 1, "weeks": 7, "months": 31, "years": 366, "business days": 7}


def earliest_days(moment: DueOffset, slack: int) -> int:
    """Return the least number of days from a due offset's base to its date, less `slack` where days off can move it."""
    count = moment.offset.count
    days = count * (SHORTEST_DAYS if count > 0 else LONGEST_DAYS)[moment.offset.unit]
    return days - slack if moment.early or moment.offset.unit == "business days" else days


def latest_days(moment: DueOffset, slack: int) -> int:
    """Return the greatest number of days from a due offset's base to its date, plus `slack` for business days."""
    count = moment.offset.count
    days = count * (LONGEST_DAYS if count > 0 else SHORTEST_DAYS)[moment.offset.unit]
    return days + slack if moment.offset.unit == "business days" else days
