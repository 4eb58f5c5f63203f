"""Lowering of `for` and `while` as what keeps an enrolment: an exit from every state, for all five bodies."""

from __future__ import annotations

from ..language.expressions import Constant, Expression, Not
from ..text.translations import catalogue_text
from .model import LEFT, Edge, Machine, State


def add_exit(machine: Machine, keep: Expression | None) -> Machine:
    """Return the machine with an exit to `left`, taken as soon as `keep` is false.

    It is the first of the ending edges: an account that left gets nothing of an outcome that comes true on that day.
    An unknown condition keeps the enrolment, as the negation of unknown is unknown. A constant adds no exit.
    """
    if keep is None or isinstance(keep, Constant):
        return machine
    running = tuple(state.id for state in machine.states if not state.final)
    span = machine.states[0].span  # Marks the state as one that the file did not write.
    exit = Edge(running, LEFT, span, None, Not(keep, keep.span), ending=True)
    return machine._replace(
        states=(*machine.states, State(LEFT, catalogue_text("states", "left"), span, final=True)),
        edges=(exit, *machine.edges),
    )
