"""What can be proved of two conditions without any data: that they never hold together, that one brings the other.

Sound, not complete: True is a proof, False is "could not tell". A condition is seen as alternatives, each a
conjunction of facts "this value lies in this set"; what is not of that form counts as an unknown fact of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..core.offsets import FIXED_DAYS
from .expressions import (
    And,
    Call,
    Compare,
    Constant,
    ConstantValue,
    Duration,
    Expression,
    In,
    IsMissing,
    Not,
    Or,
)
from .formatter import format_expression
from .functions import FUNCTIONS
from .operands import number_of, unalias
from .states_read import references_of
from .value_sets import ANY_VALUE, NO_VALUE, ValueSet, ordering, value_set, values

MAX_ALTERNATIVES = 64
"""Beyond these nothing is proved: alternatives multiply."""

ValueFacts = dict[str, ValueSet]
"""By value (as canonical text): where it must lie. All of them hold."""

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def never_both(a: Expression, b: Expression) -> bool:
    """Whether it is proved that the two conditions cannot hold for the same account on the same date."""
    first, second = alternatives(a, True), alternatives(b, True)
    if first is None or second is None:
        return False
    return all(_together(one, other) is None for one in first for other in second)


def implies(a: Expression, b: Expression) -> bool:
    """Whether it is proved that where `a` holds, `b` holds (not merely cannot be told)."""
    first = alternatives(a, True)
    return first is not None and all(_brings(facts, b, True) for facts in first)


def alternatives(e: Expression, holds: bool) -> list[ValueFacts] | None:
    """What must be so for a condition to hold (or not to hold): one of these; None if too many to list."""
    e = unalias(e)
    if isinstance(e, Not):
        return alternatives(e.operand, not holds)
    if isinstance(e, And | Or):
        parts = [alternatives(operand, holds) for operand in e.operands]
        return _every(parts) if isinstance(e, And) == holds else _either(parts)
    if isinstance(e, Call) and (expand := FUNCTIONS[e.function].expand):
        return alternatives(expand(e), holds)
    if isinstance(e, Constant):
        return [{}] if e.value is holds else []
    name, where = fact(e, holds)
    return [{name: where}] if not where.empty else []


def fact(e: Expression, holds: bool) -> tuple[str, ValueSet]:
    """A single condition as a value and the set in which it must lie to make it hold (or not hold)."""
    if isinstance(e, IsMissing):
        return format_expression(unalias(e.operand)), NO_VALUE if holds else ANY_VALUE
    if isinstance(e, In):
        listed = [_known(option) for option in e.options]
        return format_expression(unalias(e.item)), values(listed, holds)
    if isinstance(e, Compare):
        return _comparison(e, holds)
    if isinstance(e, Call) and FUNCTIONS[e.function].reads_states:
        return _standing(e, holds)
    return format_expression(e), values([True], holds)


def _standing(e: Call, holds: bool) -> tuple[str, ValueSet]:
    """Steps of one playbook exclude each other; whoever was never enrolled in it stands in none of them."""
    where = references_of(e)
    steps = [each.step for each in where if each.step is not None]
    if len(steps) < len(where) or len({each.playbook for each in where}) > 1:
        return format_expression(e), values([True], holds)
    found = values(steps, holds)
    return where[0].standing, found if holds else replace(found, missing=True)


def _comparison(e: Compare, holds: bool) -> tuple[str, ValueSet]:
    left, right, operator = e.left, e.right, e.operator
    sign = str(operator) if holds else _OPPOSITE[operator]
    if _written(left) and not _written(right):
        left, right, sign = right, left, _FLIPPED[sign]
    if _written(right):
        if left.type == "boolean":
            return fact(unalias(left), (_known(right) is True) == (sign == "=="))
        return format_expression(unalias(left)), value_set(sign, _known(right))
    names = format_expression(left), format_expression(right)
    if names[0] > names[1]:
        names, sign = (names[1], names[0]), _FLIPPED[sign]
    return f"{names[0]} against {names[1]}", ordering(sign)


def _written(e: Expression) -> bool:
    return isinstance(unalias(e), Constant | Duration)


def _known(e: Expression) -> ConstantValue:
    e = unalias(e)
    if isinstance(e, Duration):
        return e.offset.count * FIXED_DAYS[e.offset.unit]
    assert isinstance(e, Constant)
    return number_of(e) if e.type == "number" else e.value


def _every(parts: Iterable[list[ValueFacts] | None]) -> list[ValueFacts] | None:
    """All of several: each combination that does not contradict itself."""
    found: list[ValueFacts] = [{}]
    for part in parts:
        if part is None:
            return None
        both = (_together(one, other) for one in found for other in part)
        found = [facts for facts in both if facts is not None]
        if len(found) > MAX_ALTERNATIVES:
            return None
    return found


def _either(parts: list[list[ValueFacts] | None]) -> list[ValueFacts] | None:
    found: list[ValueFacts] = []
    for part in parts:
        if part is None:
            return None
        found += part
    return found if len(found) <= MAX_ALTERNATIVES else None


def _together(one: ValueFacts, other: ValueFacts) -> ValueFacts | None:
    """Both conjunctions; None if they contradict each other."""
    found = dict(one)
    for name, where in other.items():
        met = where.meet(found.get(name, ValueSet(missing=True)))
        if met.empty:
            return None
        found[name] = met
    return found


def _brings(facts: ValueFacts, e: Expression, holds: bool) -> bool:
    """Whether the facts make a condition hold (or not hold)."""
    e = unalias(e)
    if isinstance(e, Not):
        return _brings(facts, e.operand, not holds)
    if isinstance(e, And | Or):
        parts = (_brings(facts, operand, holds) for operand in e.operands)
        return all(parts) if isinstance(e, And) == holds else any(parts)
    if isinstance(e, Call) and (expand := FUNCTIONS[e.function].expand):
        return _brings(facts, expand(e), holds)
    if isinstance(e, Constant):
        return e.value is holds
    name, where = fact(e, holds)
    return name in facts and facts[name].within(where)
