"""Cases that meet at a value: those that both leave it out, and those that both include it.

Cases are conditions that a playbook puts next to each other: the transitions from a state, the triggers, the actions of
a date, the texts of a choice, the names under `define`. Two of them meet where they differ in the range of one value
alone, as `health_score < 50` and `health_score > 50` do. A third case that includes the value closes the gap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import NamedTuple

from ..core.offsets import FIXED_DAYS
from ..core.problems import Problem, Span
from ..language.expressions import (
    Call,
    Compare,
    Constant,
    ConstantValue,
    Duration,
    Expression,
)
from ..language.formatter import format_value
from ..language.implication import KnownFacts, ValueFacts, alternatives, fact, tested_value
from ..language.operands import unalias
from ..language.traversal import walk
from ..language.value_sets import ValueSet
from ..playbook.model import Action, Edge, Playbook

_CHANGES = frozenset(("change",))
"""Functions whose value 0 means that nothing changed, which cases leave out on purpose."""


class Cases(NamedTuple):
    """Conditions next to each other; where `complete`, something is said for an account that none of them fits."""

    conditions: tuple[Expression, ...]
    complete: bool = False


class _Side(NamedTuple):
    """The end of a range of values in one alternative of a case."""

    case: int
    facts: ValueFacts
    included: bool


def case_boundaries(playbook: Playbook, known: KnownFacts) -> list[Problem]:
    """Return a warning for each value that two cases both leave out, or both include, where they meet.

    Args:
        playbook: The playbook.
        known: The conditions taken apart before.
    """
    found: dict[object, Problem] = {}
    for cases in _groups(playbook):
        for problem in _meeting(cases, known):
            places = frozenset((problem.span, *(span for span, _ in problem.also)))
            found.setdefault(places, problem)
    return list(found.values())


def _groups(playbook: Playbook) -> Iterator[Cases]:
    machine = playbook.machine
    yield _cases(e for e in playbook.definitions.values() if e.type == "boolean")
    yield _cases(rule.guard for rule in machine.enrolment_rules)
    for edges in _edges_by_source(playbook):
        guards = [edge.guard for edge in edges]
        yield Cases(_cases(guards).conditions, None in guards)
    dated = sorted((edge for edge in machine.edges if edge.actions), key=_date)
    for _, together in groupby(dated, _date):
        yield _cases(action.when for edge in together for action in edge.actions)
    for state in machine.states:
        yield _cases(action.when for action in state.repeats)
    for action in machine.actions():
        yield from _cases_of_action(action)
    for choices in playbook.choices.values():
        conditions = [item.when for item in choices.items]
        yield Cases(_cases(conditions).conditions, None in conditions)


def _edges_by_source(playbook: Playbook) -> Iterator[list[Edge]]:
    machine = playbook.machine
    for state in machine.states:
        leaving = [edge for edge in machine.edges if state.id in edge.sources]
        yield [edge for edge in leaving if edge.ending]
        yield [edge for edge in leaving if not edge.ending]


def _date(edge: Edge) -> str:
    """Return as text the date that an edge's actions share with others: one counted from the anchor, else their own."""
    anchored = edge.moment is not None and edge.moment.base == "anchor"
    return str(edge.moment) if anchored else f"{edge.target} {edge.moment}"


def _cases_of_action(action: Action) -> Iterator[Cases]:
    yield Cases(tuple(when for when, _ in action.priorities), complete=True)
    yield _cases(when for when, _ in action.because)


def _cases(conditions: Iterable[Expression | None]) -> Cases:
    """Return the distinct conditions in their order."""
    distinct = {id(each): each for each in conditions if each is not None}
    return Cases(tuple(distinct.values()))


def _meeting(cases: Cases, known: KnownFacts) -> Iterator[Problem]:
    numbers = Counter(chain.from_iterable(_numbers(each) for each in cases.conditions))
    if max(numbers.values(), default=0) < 2:
        return  # No two of them meet, and need not be taken apart.
    facts = [alternatives(each, True, known) or [] for each in cases.conditions]
    lows, highs = _ends(facts)
    for end in sorted(lows.keys() & highs.keys(), key=repr):
        for high in highs[end]:
            for low in lows[end]:
                if high.case == low.case or not _alike(high.facts, low.facts, end[0]):
                    continue
                both = (cases.conditions[high.case], cases.conditions[low.case])
                if high.included and low.included:
                    yield from _problem("overlapping-cases", both, end)
                elif not (
                    high.included
                    or low.included
                    or cases.complete
                    or _covered(facts, end, high.facts)
                    or _means_unchanged(both, end)
                ):
                    yield from _problem("gap-between-cases", both, end)


def _numbers(condition: Expression) -> set[ConstantValue]:
    """Return the numbers and dates in a condition; a length of time counts in days."""
    literals = (node for node in walk(condition) if isinstance(node, Constant | Duration))
    return {
        each.value
        if isinstance(each, Constant)
        else each.offset.count * FIXED_DAYS.get(each.offset.unit, 0)
        for each in literals
        if each.type in ("number", "date", "duration")
    }


_End = tuple[str, ConstantValue]
"""A value's canonical text, and the number or date at which a range of it ends."""


def _ends(facts: list[list[ValueFacts]]) -> tuple[dict[_End, list[_Side]], dict[_End, list[_Side]]]:
    """Return the lower and the upper ends of all ranges."""
    lows: dict[_End, list[_Side]] = {}
    highs: dict[_End, list[_Side]] = {}
    for case, alternative in enumerate(facts):
        for each in alternative:
            for name, members in each.items():
                if members.only is not None or not members.known:
                    continue
                if members.low is not None:
                    side = _Side(case, each, members.low_in)
                    lows.setdefault((name, members.low), []).append(side)
                if members.high is not None:
                    side = _Side(case, each, members.high_in)
                    highs.setdefault((name, members.high), []).append(side)
    return lows, highs


def _alike(one: ValueFacts, other: ValueFacts, but: str) -> bool:
    """Return whether two alternatives differ in one value alone."""
    return _without(one, but) == _without(other, but)


def _without(facts: ValueFacts, name: str) -> dict[str, ValueSet]:
    return {each: members for each, members in facts.items() if each != name}


def _covered(facts: list[list[ValueFacts]], end: _End, around: ValueFacts) -> bool:
    """Return whether a case includes the value, in the circumstances of the two that leave it out."""
    name, value = end
    return any(
        name in each
        and value in each[name]
        and all(
            not members.meet(around.get(other, members)).empty
            for other, members in each.items()
            if other != name
        )
        for alternative in facts
        for each in alternative
    )


def _means_unchanged(both: tuple[Expression, Expression], end: _End) -> bool:
    """Return whether the value is the 0 of a difference, or of a trend: neither up nor down."""
    if end[1] != 0:
        return False
    tested = _tested(both[0], end)
    return not (isinstance(tested, Call) and tested.function not in _CHANGES)


def _tested(condition: Expression, end: _End) -> Expression | None:
    part = next(_parts(condition, end), None)
    value = None if part is None else tested_value(part)
    return None if value is None else unalias(value)


def _parts(condition: Expression, end: _End) -> Iterator[Compare]:
    """Yield the comparisons of a condition that have the end."""
    name, value = end
    for node in walk(condition):
        if isinstance(node, Compare):
            tested, members = fact(node, True)
            if tested == name and value in (members.low, members.high):
                yield node


def _problem(code: str, both: tuple[Expression, Expression], end: _End) -> Iterator[Problem]:
    spans = [{part.span for part in _parts(each, end)} for each in both]
    # Of cases of which the first counts, the second contains the opposite of the first.
    own = (spans[0] - spans[1], spans[1] - spans[0])
    pair = [min(own[n] or spans[n], key=_order, default=None) for n in range(2)]
    if pair[0] is None or pair[1] is None or pair[0] == pair[1]:
        return
    first, second = sorted((pair[0], pair[1]), key=_order)
    subject, value = end[0], format_value(end[1])
    if code == "gap-between-cases":
        why = f"no case is for `{subject}` of exactly {value}: one ends before it, the other begins after it"
        hint = f"include it in one of them: write `{subject} <= {value}` or `{subject} >= {value}`"
    else:
        why = f"two cases are for `{subject}` of exactly {value}: both include it"
        hint = f"leave it out of one of them: write `{subject} < {value}` or `{subject} > {value}`"
    yield Problem(code, why, second, hint, ((first, "the other case"),), severity="warning")


def _order(span: Span) -> tuple[str, int, int]:
    return span.file, span.line, span.column
