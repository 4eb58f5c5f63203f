"""Smallest changes: which values of an account would have to be others for a condition to be true, or false.

Takes a condition and a row, and returns ways: each a few changes of values that were evaluated together and give the
outcome. Only what can still be another counts: fields, events, actions and other playbooks, not time and not history.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple, cast

from ..core.list_texts import join_items, readable_list, split_items
from .actions_read import action_reference, fact_column
from .expressions import (
    OPPOSITES,
    And,
    Call,
    Compare,
    Constant,
    ConstantValue,
    EventCall,
    Expression,
    Field,
    In,
    IsMissing,
    Not,
    Operator,
    Or,
    Row,
    Type,
)
from .formatter import format_expression, format_value
from .functions.function_row import FIRST_DATE
from .interpreter import evaluate_expression
from .nearest_value import nearest_date, nearest_number
from .operands import unalias
from .states_read import references_of, state_column
from .traversal import children, event_column, walk, written_children
from .value_sets import ValueSet

MOST_WAYS = 12
"""Ways that are followed of one condition; one with many alternatives has more."""
SOME_TEXT = "other"
"""A text that is none of those in a condition."""
_MIRRORED: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_WORDS: dict[str, tuple[str, str]] = {
    "<": ("below ", "before "),
    "<=": ("at most ", "on or before "),
    ">": ("above ", "after "),
    ">=": ("at least ", "on or after "),
    "==": ("", ""),
    "!=": ("not ", "not "),
}
"""By operator, its words for numbers and texts, and for dates."""

Domains = Mapping[str, ValueSet]
"""By field, the values that it can have; other fields can have any."""


class NeededChange(NamedTuple):
    """A value that would have to be another.

    Attributes:
        what: The field, or the call that asks about something else, as conditions write it.
        must: The values that would do, such as `below 70`.
        now: Its value.
        to: The value nearest to it that would do.
        columns: The row's columns that have the value, as they would be.
    """

    what: str
    must: str
    now: ConstantValue | None
    to: ConstantValue | None
    columns: tuple[tuple[str, ConstantValue | None], ...]


WayThere = tuple[NeededChange, ...]
"""Changes that do it together; without any, nothing has to change."""


class _Subject(NamedTuple):
    """A part of a condition whose value can be another."""

    what: str
    type: Type
    node: Expression
    columns_for: Callable[[ConstantValue | None], dict[str, ConstantValue | None]]


def smallest_changes(e: Expression, row: Row, wanted: bool, domains: Domains) -> list[WayThere]:
    """Return the ways in which a condition would be true, or false, those with the fewest changes first.

    Args:
        e: The condition.
        row: The account's row.
        wanted: The outcome.
        domains: The values that fields can have.
    """
    ways = sorted(_ways(e, row, wanted, domains), key=len)
    # Of a value that several comparisons test, the words of one of them would say too much.
    tested = Counter(chain.from_iterable(_tested(e).values()))
    return [tuple(_exact(c) if tested[c.what] > 1 else c for c in way) for way in ways]


def _exact(change: NeededChange) -> NeededChange:
    return change._replace(must=value_text(change.to))


def _tested(e: Expression) -> dict[str, set[str]]:
    """Return by smallest condition the values that it tests."""
    found: dict[str, set[str]] = {}
    waiting = [e]
    while waiting:
        node = unalias(waiting.pop())
        if isinstance(node, And | Or | Not):
            waiting.extend(children(node))
        else:
            found[format_expression(node)] = {subject.what for subject in _subjects(node)}
    return found


def changed_columns(way: WayThere) -> dict[str, ConstantValue | None]:
    """Return the columns of a row that a way changes."""
    return dict(chain.from_iterable(change.columns for change in way))


def change_text(change: NeededChange) -> str:
    """Return a change in words: `health_score is below 70, such as 69 (now 82)`."""
    to, now = value_text(change.to), value_text(change.now)
    example = "" if change.must == to else f", such as {to}"
    return f"{change.what} is {change.must}{example} (now {now})"


def value_text(value: ConstantValue | None) -> str:
    """Return a value as it is written in a condition; a list with commas."""
    text = readable_list(value) if isinstance(value, str) else value
    return format_value(text)


def joined_ways(one: WayThere, other: WayThere) -> WayThere:
    """Return the changes of two ways, each value once: the later change of it counts."""
    found = {change.what: change for change in one}
    for change in other:
        before = found.get(change.what)
        if before is not None:
            change = change._replace(now=before.now, must=value_text(change.to))
        found[change.what] = change
    return tuple(found.values())


def _ways(e: Expression, row: Row, wanted: bool, domains: Domains) -> list[WayThere]:
    e = unalias(e)
    if evaluate_expression(e, row) is wanted:
        return [()]
    if isinstance(e, Not):
        return _ways(e.operand, row, not wanted, domains)
    if isinstance(e, And | Or):
        if isinstance(e, And) is wanted:
            return _ways_of_all(e, row, wanted, domains)
        ways = (way for each in e.operands for way in _ways(each, row, wanted, domains))
        return sorted(ways, key=len)[:MOST_WAYS]
    changes = (_nearest_change(each, e, row, wanted, domains) for each in _subjects(e))
    return [(change,) for change in changes if change is not None]


def _ways_of_all(e: And | Or, row: Row, wanted: bool, domains: Domains) -> list[WayThere]:
    """Return the ways in which all conditions of an and are true, or all of an or are false."""
    ways: list[WayThere] = [()]
    for operand in e.operands:
        ways = [
            joined_ways(way, more)
            for way in ways
            for more in _ways(operand, {**row, **changed_columns(way)}, wanted, domains)
        ][:MOST_WAYS]
    # A later change may undo an earlier one.
    return [
        way for way in ways if evaluate_expression(e, {**row, **changed_columns(way)}) is wanted
    ]


def _subjects(e: Expression) -> Iterator[_Subject]:
    """Yield the parts of a condition whose values can be others, each once."""
    found: dict[str, _Subject] = {}
    waiting = [e]
    while waiting:
        node = unalias(waiting.pop())
        subject = _subject(node)
        if subject is not None:
            found.setdefault(subject.what, subject)
        else:
            waiting.extend(reversed(written_children(node)))
    yield from found.values()


def _subject(e: Expression) -> _Subject | None:
    what = format_expression(e) if isinstance(e, Field | EventCall | Call) else ""
    if isinstance(e, Field):
        return _Subject(what, e.type, e, lambda value: {e.name: value})
    if isinstance(e, EventCall):
        return _Subject(what, e.type, e, lambda value: {event_column(e): value})
    if isinstance(e, Call) and e.function == "stands_in":
        return _Subject(what, e.type, e, lambda value: _standing(e, bool(value)))
    if isinstance(e, Call) and e.function in _FACTS:
        return _Subject(what, e.type, e, lambda value: _fact(e, value))
    return None


def _standing(call: Call, enrolled: bool) -> dict[str, ConstantValue | None]:
    """Return the columns of an account that is in the first step or playbook of a call, or in none of them."""
    columns: dict[str, ConstantValue | None] = {}
    for reference in references_of(call):
        names = ("state", "opened_on", "entered_on")
        columns |= {state_column(reference.playbook, name): None for name in names}
    if enrolled:
        first = references_of(call)[0]
        columns[state_column(first.playbook, "state")] = first.step or SOME_TEXT
        for name in ("opened_on", "entered_on"):
            columns[state_column(first.playbook, name)] = FIRST_DATE
    return columns


_FACTS: dict[str, Callable[[ConstantValue | None], dict[str, ConstantValue | None]]] = {
    "done": lambda done: {"standing": "done" if done else "open"},
    "issued": lambda issued: {"standing": "open" if issued else None},
    "open": lambda is_open: {"standing": "open" if is_open else "done"},
    "result": lambda result: {"result": result},
    "attempts": lambda attempts: {"attempts": attempts},
}
"""By function of an action that can come out otherwise, the facts that it would read."""


def _fact(call: Call, value: ConstantValue | None) -> dict[str, ConstantValue | None]:
    text = action_reference(call).text
    return {fact_column(text, fact): known for fact, known in _FACTS[call.function](value).items()}


def _nearest_change(
    subject: _Subject, e: Expression, row: Row, wanted: bool, domains: Domains
) -> NeededChange | None:
    """Return the change of one value that gives a condition the outcome; None without one."""
    now, domain = evaluate_expression(subject.node, row), domains.get(subject.what)

    def does(value: ConstantValue | None) -> bool:
        if value is not None and domain is not None and value not in domain:
            return False
        return evaluate_expression(e, {**row, **subject.columns_for(value)}) is wanted

    for value in _candidates(subject, e, row, domain, does):
        if does(value):
            columns = tuple(subject.columns_for(value).items())
            must = _must(subject, e, row, wanted) or value_text(value)
            return NeededChange(subject.what, must, now, value, columns)
    return None


def _candidates(
    subject: _Subject,
    e: Expression,
    row: Row,
    domain: ValueSet | None,
    does: Callable[[ConstantValue], bool],
) -> Iterator[ConstantValue | None]:
    """Yield values that may do, the nearest first."""
    now = evaluate_expression(subject.node, row)
    if isinstance(e, IsMissing):
        yield None
    if subject.type == "boolean":
        yield from (not now, bool(now))
    elif subject.type in ("text", "list"):
        texts = [c.value for c in walk(e) if isinstance(c, Constant) and isinstance(c.value, str)]
        yield from _lists(now, texts) if subject.type == "list" else texts
        if subject.type == "text":
            yield from sorted(map(str, (domain.only or ()) if domain else ()))
            yield SOME_TEXT
    elif subject.type == "date":
        others = [v for v in _others(subject, e, row) if isinstance(v, dt.date)]
        start = now if isinstance(now, dt.date) else cast(dt.date, row["@today"])
        yield from () if (found := nearest_date(start, does, others)) is None else (found,)
    elif subject.type == "number":
        numbers = [float(v) for v in _others(subject, e, row) if isinstance(v, int | float)]
        start_number = float(cast(float, now)) if now is not None else next(iter(numbers), 0.0)
        number = nearest_number(start_number, does, [*numbers, *_ends(domain)])
        yield from () if number is None else (number,)


def _ends(domain: ValueSet | None) -> Iterator[float]:
    """Yield the bounds of a number's values."""
    for end in () if domain is None else (domain.low, domain.high):
        if isinstance(end, int | float):
            yield float(end)


def _lists(now: ConstantValue | None, texts: Iterable[str]) -> Iterator[str]:
    items = split_items(now) if isinstance(now, str) else []
    texts = [*texts]
    for text in texts:
        yield join_items((*items, text))
        yield join_items(item for item in items if item != text)
    yield join_items((*items, *texts))
    yield join_items(item for item in items if item not in texts)


def _others(subject: _Subject, e: Expression, row: Row) -> list[ConstantValue | None]:
    """Return the values of the parts of a condition that are of the subject's type and do not read it."""
    return [
        evaluate_expression(node, row)
        for node in walk(e)
        if node.type == subject.type and not _reads(node, subject)
    ]


def _reads(e: Expression, subject: _Subject) -> bool:
    return any(each.what == subject.what for each in _subjects(e))


def _must(subject: _Subject, e: Expression, row: Row, wanted: bool) -> str:
    """Return the values that would do in words, where a condition compares the value itself; else nothing."""
    if isinstance(e, In) and format_expression(unalias(e.item)) == subject.what:
        options = ", ".join(format_expression(each) for each in e.options)
        one, several = ("", "one of ") if wanted else ("not ", "none of ")
        return f"{several if len(e.options) > 1 else one}{options}"
    if isinstance(e, IsMissing) and format_expression(unalias(e.operand)) == subject.what:
        return "missing" if wanted else "known"
    if not isinstance(e, Compare):
        return ""
    operator: Operator = e.operator if wanted else OPPOSITES[e.operator]
    sides = (unalias(e.left), unalias(e.right))
    if format_expression(sides[1]) == subject.what:
        sides, operator = (sides[1], sides[0]), _MIRRORED.get(operator, operator)
    if format_expression(sides[0]) != subject.what or _reads(sides[1], subject):
        return ""
    words = _WORDS[operator][subject.type == "date"]
    return f"{words}{value_text(evaluate_expression(sides[1], row))}"
