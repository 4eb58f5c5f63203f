"""Traversal of expressions: their nodes, and the fields, names and columns that they read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .actions_read import ActionReference, action_reference
from .expressions import (
    Alias,
    And,
    Arithmetic,
    Call,
    Compare,
    EventCall,
    Expression,
    Field,
    In,
    IsMissing,
    Name,
    Not,
    Or,
)
from .formatter import format_expression, written_arguments
from .functions import FUNCTIONS
from .look_back import AS_OF, AsOfDate, Back, DayWindow, column_of_back
from .operands import days_of, unalias
from .states_read import Reference, references_of

KNOWN_ON = "@on"
"""Suffix of the column with the date that a value is of, such as `health_score@previous@on`."""


def children(e: Expression) -> tuple[Expression, ...]:
    """Return the direct children of a node, in written order; of an alias, its expression."""
    parts = _CHILDREN.get(type(e))
    return () if parts is None else parts(e)


_CHILDREN: dict[type, Callable[[Any], tuple[Expression, ...]]] = {
    Compare: lambda e: (e.left, e.right),
    Arithmetic: lambda e: (e.left, e.right),
    And: lambda e: e.operands,
    Or: lambda e: e.operands,
    Not: lambda e: (e.operand,),
    IsMissing: lambda e: (e.operand,),
    Call: lambda e: e.arguments,
    In: lambda e: (e.item, *e.options),
    Alias: lambda e: (e.expression,),
}
"""By class, because every command asks thousands of nodes."""


def walk(e: Expression) -> Iterator[Expression]:
    """Yield every node, parents first, in written order."""
    waiting = [e]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def written_children(e: Expression) -> tuple[Expression, ...]:
    """Return the direct children of a node that its text has: not the account's place, which calendars go by."""
    return written_arguments(e) if isinstance(e, Call) else children(e)


def distinct_nodes(
    expressions: Iterable[Expression],
    parts: Callable[[Expression], Iterable[Expression]] = children,
) -> Iterator[Expression]:
    """Yield the nodes of several expressions, those that they share once: a definition is part of many of them.

    Args:
        expressions: The expressions.
        parts: Returns the parts of a node that are looked at.
    """
    seen: set[int] = set()
    waiting = list(expressions)
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            waiting.extend(parts(node))


def fields_read(e: Expression) -> frozenset[str]:
    """Return the fields that an expression reads, including those read only from earlier snapshots."""
    return frozenset(node.name for node in walk(e) if isinstance(node, Field))


def fields_read_now(e: Expression) -> frozenset[str]:
    """Return the fields whose present values an expression reads."""
    if isinstance(e, Field):
        return frozenset({e.name})
    if isinstance(e, Call) and not FUNCTIONS[e.function].reads_now:
        return frozenset()
    return frozenset().union(*map(fields_read_now, children(e)))


def history_read(e: Expression) -> frozenset[tuple[str, Back]]:
    """Return the earlier values that an expression reads: the field, and how far back."""
    return history_among(walk(e))


def history_among(nodes: Iterable[Expression]) -> frozenset[tuple[str, Back]]:
    """Return the earlier values that some nodes read, as `history_read` does."""
    calls = (node for node in nodes if isinstance(node, Call) and looks_back(node))
    return frozenset((_history_name(call), _back(call)) for call in calls)


def fields_of_history(history: Iterable[tuple[str, Back]]) -> frozenset[str]:
    """Return the fields whose earlier values some values come from, as `history_read` gives them."""
    fields: set[str] = set()
    for name, back in history:
        condition = back.condition if isinstance(back, DayWindow) else None
        fields |= {name} if condition is None else fields_read(condition)
    return frozenset(fields)


def history_subject(call: Call) -> Expression:
    """Return the field, or the condition, whose history a call reads."""
    return call.arguments[1 if as_of_date(call) else 0]


def as_of_date(call: Call) -> Field | Name | None:
    """Return the date as of which a call reads its earlier value; None where it counts days, or evaluations."""
    if FUNCTIONS[call.function].looks_back != "date":
        return None
    date = unalias(call.arguments[0])
    if not isinstance(date, Field | Name):
        raise TypeError(f"{type(date).__name__} is not a date of the account")
    return date


def _history_name(call: Call) -> str:
    """Return the field that a call reads the history of, or the text of its condition."""
    subject = history_subject(call)
    return subject.name if isinstance(subject, Field) else format_expression(subject)


def looks_back(call: Call) -> bool:
    """Return whether the called function reads an earlier value."""
    return FUNCTIONS[call.function].looks_back is not None


def _back(call: Call) -> Back:
    """Return how far back the earlier value is."""
    looks_back = FUNCTIONS[call.function].looks_back
    if looks_back == "previous":
        return None
    if date := as_of_date(call):
        return AsOfDate(f"@{date.name}" if isinstance(date, Name) else date.name)
    days = days_of(call.arguments[1])
    if looks_back == "days":
        return days
    subject = call.arguments[0]
    return DayWindow(call.function, days, subject if subject.type == "boolean" else None)


def playbook_states_read(e: Expression) -> frozenset[tuple[str, str | None]]:
    """Return the playbooks, and their steps, whose states an expression reads; a step of None is the playbook."""
    return frozenset((reference.playbook, reference.step) for reference in references(e))


def references(e: Expression) -> tuple[Reference, ...]:
    """Return each reference to another playbook or one of its steps, in written order."""
    calls = (node for node in walk(e) if isinstance(node, Call))
    reading = (call for call in calls if FUNCTIONS[call.function].reads_states)
    return tuple(reference for call in reading for reference in references_of(call))


def actions_read(e: Expression) -> tuple[ActionReference, ...]:
    """Return each reference to an action, in written order."""
    calls = (node for node in walk(e) if isinstance(node, Call))
    return tuple(action_reference(c) for c in calls if FUNCTIONS[c.function].reads_actions)


def event_calls(expressions: Iterable[Expression]) -> dict[str, EventCall]:
    """Return the functions of events that some expressions call, each once, by the column of its values."""
    nodes = distinct_nodes(expressions)
    return {event_column(node): node for node in nodes if isinstance(node, EventCall)}


def event_column(call: EventCall) -> str:
    """Return the column of the values of a function of events, such as `@count(tickets, 30 days)`."""
    return f"@{format_expression(call)}"


def names_read(e: Expression) -> frozenset[str]:
    """Return the names in `BUILTIN_NAMES` that an expression reads, directly or through a function."""
    names: set[str] = set()
    for node in walk(e):
        if isinstance(node, Name):
            names.add(node.name)
        elif isinstance(node, Call):
            names |= FUNCTIONS[node.function].reads
    return frozenset(names)


def earlier_column(call: Call) -> str:
    """Return the column of the earlier value that a history function reads."""
    return column_of_back(_history_name(call), _back(call))


def as_of_column(call: Call) -> str:
    """Return the column of the date that the earlier value of `change_since` was read for."""
    return f"{earlier_column(call)}{AS_OF}"


def known_on_column(call: Call) -> str:
    """Return the column of the date that the earlier value is of, as `explain` shows it."""
    return f"{earlier_column(call)}{KNOWN_ON}"


def history_calls(e: Expression) -> Iterator[Call]:
    """Yield the calls that read an earlier value, in written order."""
    return (node for node in walk(e) if isinstance(node, Call) and looks_back(node))


def events(e: Expression) -> Iterator[tuple[Expression, frozenset[str]]]:
    """Yield the smallest conditions that compare with a playbook's previous values, and the fields compared."""
    fields = frozenset(field for field, days in history_read(e) if days is None)
    if not fields:
        return
    inner = unalias(e)
    if isinstance(inner, And | Or | Not):
        for part in children(inner):
            yield from events(part)
    else:
        yield inner, fields


def may_fail(e: Expression) -> bool:
    """Return whether an expression can be missing although its parts are known, such as a division by zero."""
    if isinstance(e, Call):
        function = FUNCTIONS[e.function]
        return function.can_fail and function.fails_for is None
    return isinstance(e, Arithmetic) and e.type == "number"
