"""The cost of fields without a source: the steps, openings and actions that then never come.

Takes playbooks and the fields that are filled, and returns a record for each missing field. A condition that needs the
field is never true; so a step, an opening or an action that depends on it never comes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from ..core.languages import choose_text
from ..fields.catalogue import FieldSpec
from ..language.expressions import (
    Alias,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Expression,
    Field,
    In,
    IsMissing,
    Not,
    Or,
)
from ..language.traversal import children, fields_read
from ..playbook.model import ENROLLED, Edge, Playbook
from ..reports.message_fields import fields_of_messages
from ..runs.required_fields import fields_of

_NAMED = 3
"""The most steps or openings that are named."""


class FieldCost(NamedTuple):
    """A missing field, and what each playbook does not do without it, the worst first.

    `stopped` counts the playbooks that enrol no account at all.
    """

    field: str
    losses: tuple[str, ...]
    readers: tuple[str, ...]
    stopped: int

    def sentence(self) -> str:
        """Return the cost in a sentence."""
        if self.losses:
            return f"without `{self.field}`: {'; '.join(self.losses)}"
        return f"without `{self.field}`: {', '.join(self.readers)} know less of an account"


def costs_of_missing(
    playbooks: Iterable[Playbook],
    fields: Mapping[str, FieldSpec],
    filled: Collection[str],
    language: str = "en",
) -> list[FieldCost]:
    """Return the costs of the fields that the playbooks read and nothing fills, the greatest first."""
    enabled = [playbook for playbook in playbooks if playbook.enabled]
    read = {p.id: fields_of(p) | (fields_of_messages(p) & fields.keys()) for p in enabled}
    wanted = {name: None for name in fields if any(name in names for names in read.values())}
    for name in list(wanted):
        if name not in filled:
            wanted |= dict.fromkeys(_inputs(fields[name]))
    costs: list[FieldCost] = []
    for name in wanted:
        spec = fields[name]
        if name in filled or spec.default is not None or spec.derive or spec.rank is not None:
            continue
        absent = _with_derived({name}, fields, filled)
        losses = [(p, _loss(p, absent, language)) for p in enabled if read[p.id] & absent]
        readers = tuple(p.id for p, _ in losses)
        stopped = sum(loss.startswith(_NO_ACCOUNT) for _, loss in losses)
        texts = sorted(
            (f"{p.id} {loss}" for p, loss in losses if loss), key=lambda t: _NO_ACCOUNT not in t
        )
        costs.append(FieldCost(name, tuple(texts), readers, stopped))
    return sorted(costs, key=lambda cost: (-cost.stopped, -len(cost.losses), -len(cost.readers)))


_NO_ACCOUNT = "enrols no account"


def _inputs(spec: FieldSpec) -> list[str]:
    """Return the fields from which a field is computed."""
    conditions = [case.when for case in spec.derive if case.when is not None]
    found = [name for when in conditions for name in fields_read(when)]
    return found + ([spec.rank.of] if spec.rank is not None else [])


def _with_derived(
    absent: set[str], fields: Mapping[str, FieldSpec], filled: Collection[str]
) -> frozenset[str]:
    """Return the fields with those that are computed from them."""
    for name, spec in fields.items():
        if name not in filled and absent & {*_inputs(spec)}:
            absent = absent | {name}
    return frozenset(absent)


def _loss(playbook: Playbook, absent: frozenset[str], language: str) -> str:
    """Return what a playbook never does without these fields; empty if it does everything sometimes."""
    machine = playbook.machine
    closed = [
        rule.id
        for rule in machine.enrolment_rules
        if never(rule.guard, True, absent) or (rule.anchor and is_unknown(rule.anchor, absent))
    ]
    if closed and len(closed) == len(machine.enrolment_rules):
        return _NO_ACCOUNT
    parts = [f"is not opened by {_names(closed)}"] if closed else []
    titles = {state.id: choose_text(state.title, language) or state.id for state in machine.states}
    blocked = _unreached(machine.edges, absent)
    if blocked:
        parts.append(f"never comes to {_names([titles[each] for each in blocked])}")
    silent = [
        choose_text(action.title, language) or action.id
        for action in machine.actions()
        if action.step not in blocked and never(action.when, True, absent)
    ]
    if silent:
        parts.append(f"never issues {_names(silent)}")
    return ", ".join(parts)


def _unreached(edges: Sequence[Edge], absent: frozenset[str]) -> list[str]:
    """Return the states to which no transition leads."""
    targets = {edge.target: None for edge in edges if edge.target != ENROLLED}
    return [
        target
        for target in targets
        if all(never(edge.guard, True, absent) for edge in edges if edge.target == target)
    ]


def _names(names: Sequence[str]) -> str:
    unique = list(dict.fromkeys(names))
    shown = ", ".join(f"`{name}`" for name in unique[:_NAMED])
    more = len(unique) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def never(e: Expression | None, outcome: bool, absent: frozenset[str]) -> bool:
    """Return whether a condition never has this outcome while these fields are missing; none at all is true."""
    if e is None:
        return not outcome
    if isinstance(e, Alias):
        return never(e.expression, outcome, absent)
    if isinstance(e, And | Or):
        # One operand is enough to make `and` false, and `or` true.
        needs_all = isinstance(e, And) == outcome
        kept = [never(each, outcome, absent) for each in e.operands]
        return any(kept) if needs_all else all(kept)
    if isinstance(e, Not):
        return never(e.operand, not outcome, absent)
    if isinstance(e, IsMissing):
        return not outcome and is_unknown(e.operand, absent)
    if isinstance(e, Constant):
        return e.value is not outcome
    return is_unknown(e, absent)


def is_unknown(e: Expression, absent: frozenset[str]) -> bool:
    """Return whether a value is always missing while these fields are missing."""
    if isinstance(e, Field):
        return e.name in absent
    if isinstance(e, Alias):
        return is_unknown(e.expression, absent)
    if isinstance(e, IsMissing | And | Or | Not):
        return never(e, True, absent) and never(e, False, absent)
    if isinstance(e, Call) and e.function == "first":
        return all(is_unknown(each, absent) for each in e.arguments)
    if isinstance(e, Call) and e.function == "choose":
        condition, *values = e.arguments
        return is_unknown(condition, absent) or all(is_unknown(each, absent) for each in values)
    if isinstance(e, Compare | Arithmetic | In | Call):
        return any(is_unknown(each, absent) for each in children(e))
    return False
