"""What an expression is made of: its nodes, and the columns that it reads."""

from __future__ import annotations

from collections.abc import Iterator

from .expressions import (
    Alias,
    And,
    Arithmetic,
    Call,
    Compare,
    Expression,
    Field,
    In,
    IsMissing,
    Name,
    Not,
    Or,
)
from .functions import FUNCTIONS
from .operands import days_of, history_field
from .states_read import Reference, references_of


def children(e: Expression) -> tuple[Expression, ...]:
    """The nodes directly below, in the order written; of a defined name, what it stands for."""
    if isinstance(e, Compare | Arithmetic):
        return (e.left, e.right)
    if isinstance(e, And | Or):
        return e.operands
    if isinstance(e, Not | IsMissing):
        return (e.operand,)
    if isinstance(e, Call):
        return e.arguments
    if isinstance(e, In):
        return (e.item, *e.options)
    if isinstance(e, Alias):
        return (e.expression,)
    return ()


def walk(e: Expression) -> Iterator[Expression]:
    """Every node, parents first, in the order written."""
    waiting = [e]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def fields_read(e: Expression) -> frozenset[str]:
    """The fields it reads, those that it reads only of earlier snapshots among them."""
    return frozenset(node.name for node in walk(e) if isinstance(node, Field))


def history_read(e: Expression) -> frozenset[tuple[str, int | None]]:
    """The earlier values it reads: field, and how many days ago (None: at the previous due date)."""
    calls = (node for node in walk(e) if isinstance(node, Call))
    return frozenset((history_field(call), _days_back(call)) for call in calls if looks_back(call))


def looks_back(call: Call) -> bool:
    """Return whether the function reads an earlier value."""
    return FUNCTIONS[call.function].looks_back is not None


def _days_back(call: Call) -> int | None:
    """Return how many days ago the earlier value is of; None is the playbook's previous due date."""
    return days_of(call.arguments[1]) if FUNCTIONS[call.function].looks_back == "days" else None


def standings_read(e: Expression) -> frozenset[tuple[str, str | None]]:
    """The playbooks, and steps of them, that it asks where the account stands."""
    return frozenset((each.playbook, each.step) for each in references(e))


def references(e: Expression) -> tuple[Reference, ...]:
    """Each mention of another playbook or a step of one, in the order written."""
    calls = (node for node in walk(e) if isinstance(node, Call))
    reading = (call for call in calls if FUNCTIONS[call.function].reads_states)
    return tuple(reference for call in reading for reference in references_of(call))


def names_read(e: Expression) -> frozenset[str]:
    """The names of `NAMES` it reads, `today` and `snapshot_date` also where a function reads them."""
    found: set[str] = set()
    for node in walk(e):
        if isinstance(node, Name):
            found.add(node.name)
        elif isinstance(node, Call):
            found |= FUNCTIONS[node.function].reads
    return frozenset(found)


def earlier_column(call: Call) -> str:
    """The column of the earlier value that a history function reads."""
    days = _days_back(call)
    return f"{history_field(call)}@{'previous' if days is None else days}"


def may_fail(e: Expression) -> bool:
    """Whether it can be missing though everything in it is known: divided by zero, say."""
    if isinstance(e, Call):
        function = FUNCTIONS[e.function]
        return function.can_fail and function.fails_for is None
    return isinstance(e, Arithmetic) and e.type == "number"
