"""A playbook made ready for columns: each condition compiled at most once, edges by the state they leave."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from ..columns.compiler import compile_expression
from ..columns.unknown_columns import unknown_columns
from ..core.problems import Span
from ..language.expressions import Constant, Expression, Name
from ..machine.topology import looping, working_order
from ..playbook.model import Action, DueOffset, Edge, EnrolmentRule, Machine, Playbook, State


class Condition:
    """A condition as columns: its outcome, and for each field whether its absence is to blame.

    Each is compiled when first asked for. A programme has thousands of conditions, of which a day looks at a few, and
    blames fewer: compiling all of them took longer than evaluating ten thousand accounts.
    """

    def __init__(self, expression: Expression) -> None:
        self._expression = expression

    @cached_property
    def outcome(self) -> pl.Expr:
        """Whether it holds; null where that can't be told."""
        return compile_expression(self._expression)

    @cached_property
    def blame(self) -> dict[str, pl.Expr]:
        """By what is missing: whether that is why it can't be told."""
        return unknown_columns(self._expression)


_NOWHERE = Span("", 1, 1, 1, 1)
ALWAYS_TRUE = Condition(Constant(True, "boolean", _NOWHERE))
NEVER_TRUE = Condition(Constant(False, "boolean", _NOWHERE))
TODAY = Condition(Name("today", "date", _NOWHERE))


@dataclass(frozen=True, slots=True)
class PreparedAction:
    """An action with its condition."""

    action: Action
    when: Condition


@dataclass(frozen=True, slots=True)
class PreparedEdge:
    """An edge with its guard and actions."""

    edge: Edge
    guard: Condition
    actions: tuple[PreparedAction, ...]


@dataclass(frozen=True, slots=True)
class PreparedEnrolment:
    """An opening with its conditions and the date it takes as anchor."""

    opening: EnrolmentRule
    guard: Condition
    again: Condition
    rearm: Condition
    anchor: Condition


@dataclass(frozen=True, slots=True)
class Prepared:
    """One playbook, ready to be evaluated over columns."""

    playbook: Playbook
    order: tuple[str, ...]
    looping: frozenset[str]
    endings: tuple[PreparedEdge, ...]
    leaving: dict[str, tuple[PreparedEdge, ...]]
    """Edges that end nothing, by the state they leave, in the order they are tried."""
    openings: tuple[PreparedEnrolment, ...]
    anchor: Condition | None
    repeats: dict[str, tuple[PreparedAction, ...]]
    final: frozenset[str]

    @property
    def machine(self) -> Machine:
        """The playbook's machine."""
        return self.playbook.machine


def prepare(playbook: Playbook) -> Prepared:
    """A playbook's conditions beside what hangs on them."""
    machine = playbook.machine
    edges = [_edge(edge) for edge in machine.edges]
    return Prepared(
        playbook,
        working_order(machine),
        looping(machine),
        tuple(edge for edge in edges if edge.edge.ending),
        {state.id: _leaving(state, edges) for state in machine.states},
        tuple(_opening(opening) for opening in machine.openings),
        condition(machine.anchor) if machine.anchor else None,
        {state.id: _actions(state.repeats) for state in machine.states if state.repeats},
        frozenset(state.id for state in machine.states if state.final),
    )


def condition(expression: Expression | None) -> Condition:
    """The expression as columns; none always holds."""
    return ALWAYS_TRUE if expression is None else Condition(expression)


def outcomes(frame: pl.DataFrame, expression: pl.Expr) -> pl.Series:
    """An expression's value for every row, also where it is a constant."""
    value = frame.select(expression.alias("outcome")).to_series()
    return value if len(value) == frame.height else value.new_from_index(0, frame.height)


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


SHORTEST_DAYS = {"days": 1, "weeks": 7, "months": 28, "years": 365, "business days": 1}
LONGEST_DAYS = {"days": 1, "weeks": 7, "months": 31, "years": 366, "business days": 7}


def earliest_days(moment: DueOffset, slack: int) -> int:
    """Days after its base before which a moment cannot come; `slack` allows for days that are off."""
    count = moment.offset.count
    days = count * (SHORTEST_DAYS if count > 0 else LONGEST_DAYS)[moment.offset.unit]
    return days - slack if moment.early or moment.offset.unit == "business days" else days


def latest_days(moment: DueOffset, slack: int) -> int:
    """Days after its base after which a moment cannot come."""
    count = moment.offset.count
    days = count * (LONGEST_DAYS if count > 0 else SHORTEST_DAYS)[moment.offset.unit]
    return days + slack if moment.offset.unit == "business days" else days
