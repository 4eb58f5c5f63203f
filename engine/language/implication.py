"""Proofs about two conditions without data: that they are never both true, or that one implies the other.

The proofs are sound but not complete: True is proved, False is not proved. A condition is expanded to its disjunctive
normal form, whose facts have the form "this value is in this set". Any other condition is one Boolean value.
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
"""Maximum alternatives of a condition, since their number can grow exponentially; beyond it nothing is proved."""

ValueFacts = dict[str, ValueSet]
"""A conjunction: for each value, by its canonical text, the set that it must be in."""

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


KnownFacts = dict[tuple[int, bool], tuple[Expression, "list[ValueFacts] | None"]]
"""Alternatives computed before, by the condition's identity and `holds`, for proofs about conditions that share parts.

It has the conditions too, so that no other one gets the identity of one of them.
"""


def never_both(a: Expression, b: Expression, known: KnownFacts | None = None) -> bool:
    """Return whether it is proved that two conditions are never both true for one account on one date."""
    first, second = alternatives(a, True, known), alternatives(b, True, known)
    if first is None or second is None:
        return False
    return all(_conjunction(one, other) is None for one in first for other in second)


def implies(a: Expression, b: Expression, known: KnownFacts | None = None) -> bool:
    """Return whether it is proved that `b` is true (and not unknown) wherever `a` is true."""
    first = alternatives(a, True, known)
    return first is not None and all(_facts_imply(facts, b, True) for facts in first)


def alternatives(
    e: Expression, holds: bool, known: KnownFacts | None = None
) -> list[ValueFacts] | None:
    """Return the alternatives under which a condition is true (`holds`) or false; None if there are too many."""
    e = unalias(e)
    if known is None:
        return _alternatives(e, holds, None)
    if (id(e), holds) not in known:
        known[id(e), holds] = (e, _alternatives(e, holds, known))
    return known[id(e), holds][1]


def _alternatives(e: Expression, holds: bool, known: KnownFacts | None) -> list[ValueFacts] | None:
    if isinstance(e, Not):
        return alternatives(e.operand, not holds, known)
    if isinstance(e, And | Or):
        parts = [alternatives(operand, holds, known) for operand in e.operands]
        return _all_of(parts) if isinstance(e, And) == holds else _any_of(parts)
    if isinstance(e, Call) and (expand := FUNCTIONS[e.function].expand):
        return alternatives(expand(e), holds, known)
    if isinstance(e, Constant):
        return [{}] if e.value is holds else []
    name, members = fact(e, holds)
    return [] if members.empty else [{name: members}]


def fact(e: Expression, holds: bool) -> tuple[str, ValueSet]:
    """Return the value that a single condition tests, and the set in which it makes it true (`holds`) or false."""
    if isinstance(e, IsMissing):
        return format_expression(unalias(e.operand)), NO_VALUE if holds else ANY_VALUE
    if isinstance(e, In):
        listed = [_literal_value(option) for option in e.options]
        return format_expression(unalias(e.item)), values(listed, holds)
    if isinstance(e, Compare):
        return _comparison(e, holds)
    if isinstance(e, Call) and FUNCTIONS[e.function].reads_states:
        return _playbook_states(e, holds)
    return format_expression(e), values([True], holds)


def tested_value(e: Expression) -> Expression | None:
    """Return the value that a comparison tests with literals; None for other conditions."""
    if isinstance(e, In):
        return e.item
    if not isinstance(e, Compare) or e.left.type == "boolean":
        return None
    if _is_literal(e.right):
        return None if _is_literal(e.left) else e.left
    return e.right if _is_literal(e.left) else None


def _playbook_states(e: Call, holds: bool) -> tuple[str, ValueSet]:
    """Return the fact of a test of states.

    Steps of one playbook exclude each other. The state is missing for an account that was never enrolled.
    """
    references = references_of(e)
    steps = [reference.step for reference in references if reference.step is not None]
    if len(steps) < len(references) or len({reference.playbook for reference in references}) > 1:
        return format_expression(e), values([True], holds)
    members = values(steps, holds)
    return references[0].state_column, members if holds else replace(members, missing=True)


def _comparison(e: Compare, holds: bool) -> tuple[str, ValueSet]:
    left, right = e.left, e.right
    operator = str(e.operator) if holds else _OPPOSITE[e.operator]
    if _is_literal(left) and not _is_literal(right):
        left, right, operator = right, left, _FLIPPED[operator]
    if _is_literal(right):
        if left.type == "boolean":
            return fact(unalias(left), (_literal_value(right) is True) == (operator == "=="))
        return format_expression(unalias(left)), value_set(operator, _literal_value(right))
    names = format_expression(left), format_expression(right)
    if names[0] == names[1]:
        return f"{names[0]} against itself", ordering(operator).meet(values([0], True))
    if names[0] > names[1]:
        names, operator = (names[1], names[0]), _FLIPPED[operator]
    return f"{names[0]} against {names[1]}", ordering(operator)


def _is_literal(e: Expression) -> bool:
    return isinstance(unalias(e), Constant | Duration)


def _literal_value(e: Expression) -> ConstantValue:
    e = unalias(e)
    if isinstance(e, Duration):
        return e.offset.count * FIXED_DAYS[e.offset.unit]
    if not isinstance(e, Constant):
        raise TypeError(f"{type(e).__name__} is not a literal")
    return number_of(e) if e.type == "number" else e.value


def _all_of(parts: Iterable[list[ValueFacts] | None]) -> list[ValueFacts] | None:
    """Return the alternatives of an and: every combination of alternatives without a contradiction."""
    combined: list[ValueFacts] = [{}]
    for part in parts:
        if part is None:
            return None
        conjunctions = (_conjunction(one, other) for one in combined for other in part)
        combined = [facts for facts in conjunctions if facts is not None]
        if len(combined) > MAX_ALTERNATIVES:
            return None
    return combined


def _any_of(parts: list[list[ValueFacts] | None]) -> list[ValueFacts] | None:
    combined: list[ValueFacts] = []
    for part in parts:
        if part is None:
            return None
        combined += part
    return combined if len(combined) <= MAX_ALTERNATIVES else None


def _conjunction(one: ValueFacts, other: ValueFacts) -> ValueFacts | None:
    """Return the conjunction of two conjunctions; None if they contradict each other."""
    facts = dict(one)
    for name, members in other.items():
        common = members.meet(facts.get(name, ValueSet(missing=True)))
        if common.empty:
            return None
        facts[name] = common
    return facts


def _facts_imply(facts: ValueFacts, e: Expression, holds: bool) -> bool:
    """Return whether facts make a condition true (`holds`) or false."""
    e = unalias(e)
    if isinstance(e, Not):
        return _facts_imply(facts, e.operand, not holds)
    if isinstance(e, And | Or):
        parts = (_facts_imply(facts, operand, holds) for operand in e.operands)
        return all(parts) if isinstance(e, And) == holds else any(parts)
    if isinstance(e, Call) and (expand := FUNCTIONS[e.function].expand):
        return _facts_imply(facts, expand(e), holds)
    if isinstance(e, Constant):
        return e.value is holds
    name, members = fact(e, holds)
    return name in facts and facts[name].within(members)
