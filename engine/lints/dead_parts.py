"""Dead parts of a playbook: steps, transitions, triggers and actions that no account ever gets.

Each condition may be true alone; whether it is, `one_outcome` says. Here conditions are taken together: that of a step
with that of its action, with `for` or `while`, with the values that the field catalogue allows, and with the
transitions that are tried first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import combinations
from typing import NamedTuple

from ..core.problems import Problem, Span
from ..language.expressions import And, Expression, Field, Name, Not
from ..language.formatter import format_expression
from ..language.implication import KnownFacts, ValueFacts, alternatives, implies
from ..language.traversal import distinct_nodes, walk
from ..playbook.lowering import conjunction, true_condition
from ..playbook.model import ENROLLED, LEFT, Action, Edge, Machine, Playbook, moment_days
from ..project.one_outcome import Fields, values_of_field


class _Place(NamedTuple):
    """One way to a transition, an action, or a case of an action, with all conditions together.

    Attributes:
        edge: The transition; None for what repeats in a state.
        span: The place of the part in the file.
        condition: All that must be true.
        inner: True for an action or a case of it, which is dead with its edge.
    """

    edge: Edge | None
    span: Span
    condition: Expression
    inner: bool = True


class _Context(NamedTuple):
    """The playbook, the field catalogue, and the conditions taken apart so far."""

    playbook: Playbook
    fields: Fields
    known: KnownFacts
    read: dict[int, tuple[Expression, frozenset[str]]]

    def names_in(self, condition: Expression) -> frozenset[str]:
        """Return the fields and names that a condition reads: without a common one, nothing is proved about two."""
        if id(condition) not in self.read:
            nodes = distinct_nodes([condition])
            names = (node.name for node in nodes if isinstance(node, Field | Name))
            # With the condition itself: else another one could get its identity.
            self.read[id(condition)] = (condition, frozenset(names))
        return self.read[id(condition)][1]


def dead_parts(
    playbook: Playbook, fields: Fields, reported: Collection[Span], known: KnownFacts
) -> list[Problem]:
    """Return a warning for each part of the playbook that no account gets.

    A part to which several ways lead is dead if all of them are.

    Args:
        playbook: The playbook.
        fields: The field catalogue.
        reported: The places of conditions that are never true by themselves: their parts are not reported again.
        known: The conditions taken apart before.
    """
    context = _Context(playbook, fields, known, {})
    alive: set[Span] = set()
    dead: dict[Span, Problem] = {}
    dead_edges: set[int] = set()
    for place in _places(playbook):
        if reported and any(node.span in reported for node in walk(place.condition)):
            continue
        problem = _why_dead(context, place)
        if problem is None:
            alive.add(place.span)
        elif not place.inner:
            dead_edges.add(id(place.edge))
            dead.setdefault(place.span, problem)
        elif id(place.edge) not in dead_edges:
            dead.setdefault(place.span, problem)
    problems = [problem for span, problem in dead.items() if span not in alive]
    problems += _dead_triggers(context, reported)
    return list({problem.span: problem for problem in problems}.values())


def _places(playbook: Playbook) -> Iterator[_Place]:
    """Yield every way to a part of the playbook, edges before their actions."""
    for edge in playbook.machine.edges:
        if edge.target == LEFT:
            continue
        if edge.guard is not None:
            yield _Place(edge, edge.guard.span, edge.guard, inner=False)
        for action in edge.actions:
            yield from _places_of_action(edge, edge.guard, action)
    for state in playbook.machine.states:
        for action in state.repeats:
            yield from _places_of_action(None, None, action)


def _places_of_action(
    edge: Edge | None, guard: Expression | None, action: Action
) -> Iterator[_Place]:
    """Yield an action, then the cases of its priority and its reason."""
    needed = [each for each in (guard, action.when) if each is not None]
    yield _Place(edge, action.span, conjunction(needed) or true_condition(action.span))
    for case in (*(when for when, _ in action.priorities), *(when for when, _ in action.because)):
        yield _Place(edge, case.span, conjunction([*needed, case]) or case)


def _why_dead(context: _Context, place: _Place) -> Problem | None:
    outside = _outside(context, place)
    if outside is not None:
        key = "while" if _keeps_others(context.playbook.machine) else "for"
        why = f"no account that gets here has `{_shown(outside)}`: `{key}` ended the playbook for it before"
        return _problem(
            why, outside.span, f"correct the condition, or let `{key}` keep these accounts"
        )
    excluded = _impossible(context, place.condition)
    if excluded is not None:
        why = f"no account ever gets this: {excluded}"
        return _problem(
            why, place.span, "correct one of these conditions, or remove what depends on it"
        )
    first = None if place.inner or place.edge is None else _tried_first(context, place.edge)
    if first is None or place.edge is None:
        return None
    why = (
        f"`{place.edge.target}` is never reached by this: `{first.target}` is tried first, and is reached whenever "
        "this is true"
    )
    hint = "put the narrower condition first, or remove this one"
    also = ((first.guard.span if first.guard else first.span, "this one is tried first"),)
    return _problem(why, place.span, hint, also)


def _problem(why: str, span: Span, hint: str, also: tuple[tuple[Span, str], ...] = ()) -> Problem:
    return Problem("never-reached", why, span, hint, also, severity="warning")


def _outside(context: _Context, place: _Place) -> Expression | None:
    """Return the part of a condition that no account of the playbook meets; None where there is none."""
    machine = context.playbook.machine
    exits = [edge.guard for edge in machine.edges if edge.target == LEFT and edge.guard]
    if exits and _keeps_others(machine) and (place.edge is None or ENROLLED in place.edge.sources):
        # On the date on which an enrolment opens, `while` was not asked yet.
        exits += [Not(machine.entry, machine.entry.span)] if machine.entry else []
    if not exits:
        return None
    read = [context.names_in(exit) for exit in exits]
    for part in _operands(place.condition):
        reads = context.names_in(part)
        if all(reads & each for each in read) and all(
            implies(part, exit, context.known) for exit in exits
        ):
            return part
    return None


def _operands(condition: Expression) -> tuple[Expression, ...]:
    """Return the conditions of a step, an action and an edge that lowering joined, each as it is written."""
    if not isinstance(condition, And) or not condition.operands:
        return (condition,)
    if condition.span != condition.operands[0].span:
        return (condition,)  # It is written with this `and`.
    return tuple(part for operand in condition.operands for part in _operands(operand))


def _keeps_others(machine: Machine) -> bool:
    """Return whether `while` keeps the enrolments, and not `for`."""
    exits = [edge.guard for edge in machine.edges if edge.target == LEFT]
    return any(isinstance(each, Not) and each.operand is not machine.entry for each in exits)


def _impossible(context: _Context, condition: Expression) -> str | None:
    """Return why a condition is false for all values that the field catalogue allows; None where it may be true."""
    parts = _operands(condition)
    for part in parts:
        if _excluded(context, part):
            return f"`{_shown(part)}` is false for each value that fields.yaml allows"
    read = [context.names_in(part) for part in parts]
    for (one, reads), (other, others) in combinations(zip(parts, read, strict=True), 2):
        if reads & others and _excluded(context, And((one, other), one.span)):
            return f"`{_shown(one)}` and `{_shown(other)}` exclude each other"
    return None


def _excluded(context: _Context, condition: Expression) -> bool:
    read = Counter(node.name for node in walk(condition) if isinstance(node, Field | Name))
    if max(read.values(), default=0) < 2:
        return False  # With each value tested once, a part would be false by itself.
    possible = alternatives(condition, True, context.known)
    return possible is not None and all(_contradicts(facts, context.fields) for facts in possible)


def _contradicts(facts: ValueFacts, fields: Fields) -> bool:
    for name, members in facts.items():
        allowed = values_of_field(fields[name]) if name in fields else None
        if allowed is not None and not members.missing and members.meet(allowed).empty:
            return True
    return False


def _tried_first(context: _Context, edge: Edge) -> Edge | None:
    """Return the edge that an account always takes before this one could be taken; None where it may be taken."""
    # Levels are tried from the highest on; whether one is ever reached is checked by itself.
    if context.playbook.body == "tiers" or edge.guard is None:
        return None
    edges = context.playbook.machine.edges
    before = [each for each in edges if each.ending and not edge.ending]
    before += [each for each in edges[: _index(edges, edge)] if each.ending == edge.ending]
    first: Edge | None = None
    for source in edge.sources:
        among = (each for each in before if source in each.sources)
        first = next((each for each in among if _always_before(context, each, edge)), None)
        if first is None:
            return None
    return first


def _index(edges: tuple[Edge, ...], edge: Edge) -> int:
    return next(index for index, each in enumerate(edges) if each is edge)


def _always_before(context: _Context, first: Edge, edge: Edge) -> bool:
    if first.target in (LEFT, edge.target) or edge.guard is None:
        return False
    if first.moment is not None:
        if edge.moment is None or edge.moment.base != first.moment.base:
            return False
        if moment_days(edge.moment) < moment_days(first.moment):
            return False
    return first.guard is None or implies(edge.guard, first.guard, context.known)


def _dead_triggers(context: _Context, reported: Collection[Span]) -> Iterator[Problem]:
    """Yield a warning for each trigger that excludes what `for` says."""
    for rule in context.playbook.machine.enrolment_rules:
        guard = rule.guard
        if context.playbook.body != "triggers" or guard is None:
            continue
        if any(node.span in reported for node in walk(guard)):
            continue
        if (excluded := _impossible(context, guard)) is not None:
            hint = "correct the trigger, or the condition under `for`"
            yield _problem(f"`{rule.id}` never opens: {excluded}", rule.span, hint)


_LONGEST = 160


def _shown(condition: Expression) -> str:
    text = format_expression(condition)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
