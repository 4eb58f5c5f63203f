"""Fields that follow from others: `derive` by conditions, `rank` over the portfolio.

They are computed while a snapshot is read, before any playbook and for no date but the snapshot's
own: so their conditions know `snapshot_date`, but neither `today` nor earlier snapshots.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Map

from ..core.problems import Problem, Span
from ..language.condition import Scope, parse_condition
from ..language.expressions import ConstantValue, Expression, Type
from ..language.traversal import fields_read, history_read, names_read, playbook_states_read
from ..text import circles
from ..text.suggest import suggest
from ..text.yaml_nodes import Node, Scalar
from .catalogue import Case, FieldSpec, Rank
from .yaml_values import child, list_items, text_of, typed_value

DERIVATION_NAMES = frozenset({"snapshot_date"})


def scope(fields: Map[str, FieldSpec]) -> Scope:
    """What a condition may speak of: every field, with its type and allowed values."""
    return Scope(field_types(fields), DERIVATION_NAMES, {})


def field_types(fields: Map[str, FieldSpec]) -> dict[str, tuple[Type, tuple[str, ...]]]:
    """Type and allowed values of each field, as the language's checker wants them."""
    return {name: (spec.type, spec.values) for name, spec in fields.items()}


def standard_cases(
    fields: Map[str, FieldSpec], name: str, rows: Iterable[tuple[str | None, str]]
) -> tuple[Case, ...]:
    """The cases of a standard field; a mistake in them is the engine's own."""
    cases = []
    for condition, value in rows:
        when = None
        if condition is not None:
            when, problems = _standard(fields, name, condition)
            assert not problems, problems
        cases.append(Case(when, value))
    return tuple(cases)


def standard_ranks(
    fields: Map[str, FieldSpec], among: str, ranked: Map[str, str]
) -> dict[str, Rank]:
    """The ranks of standard fields; none in a workspace whose own words the condition does not fit."""
    when, problems = _standard(fields, " and ".join(ranked), among)
    return {} if problems else {name: Rank(of, when) for name, of in ranked.items()}


def _standard(
    fields: Map[str, FieldSpec], name: str, condition: str
) -> tuple[Expression | None, list[Problem]]:
    place = Span(f"standard field {name}", 1, 1, 1, len(condition) + 1)
    return parse_condition(Scalar(condition, condition, place), scope(fields))


def derive(
    fields: Map[str, FieldSpec], spec: FieldSpec, node: Node
) -> tuple[tuple[Case, ...], list[tuple[Node, ConstantValue | None]], list[Problem]]:
    """The cases under `derive:`, each value as written with what it means, if anything, and problems.

    The last case may be an `otherwise`.
    """
    cases: list[Case] = []
    values: list[tuple[Node, ConstantValue | None]] = []
    problems: list[Problem] = []
    for item in list_items(node):
        then = child(item, "then") or child(item, "otherwise")
        if then is None:
            continue
        if cases and cases[-1].when is None:
            message = "this case is never reached: `otherwise` stands before it"
            problems.append(Problem("unreachable-case", message, item.span))
        value = typed_value(then, spec.type)
        values.append((then, value))
        condition = child(item, "when")
        when = _condition(fields, condition, problems) if condition is not None else None
        if value is not None and (condition is None or when is not None):
            cases.append(Case(when, value))
    return tuple(cases), values, problems


def rank(
    fields: Map[str, FieldSpec], spec: FieldSpec, node: Node
) -> tuple[Rank | None, list[Problem]]:
    """What stands under `rank:`: a field that has an order, and a condition on the accounts compared."""
    problems: list[Problem] = []
    if spec.type != "number":
        message = f"a rank is a number from 0 to 1, and `{spec.name}` is a {spec.type}"
        problems.append(Problem("wrong-type", message, node.span, "write `type: number`"))
    place = child(node, "of")
    of = text_of(place)
    if place is None or of is None:
        return None, problems
    ranked = fields.get(of)
    if ranked is None:
        near = suggest(of, fields)
        hint = f"did you mean `{near}`?" if near else "see `tenure fields`"
        problems.append(Problem("unknown-field", f"there is no field `{of}`", place.span, hint))
    elif ranked.type not in ("number", "date"):
        message = f"accounts are ranked by a number or a date, and `{of}` is a {ranked.type}"
        problems.append(Problem("wrong-type", message, place.span))
    condition = child(node, "among")
    among = _condition(fields, condition, problems) if condition is not None else None
    return (None if problems else Rank(of, among)), problems


def needs(spec: FieldSpec) -> frozenset[str]:
    """The fields that this one directly follows from."""
    found = [fields_read(case.when) for case in spec.derive if case.when is not None]
    if spec.rank is not None:
        found.append(frozenset({spec.rank.of}))
        if spec.rank.among is not None:
            found.append(fields_read(spec.rank.among))
    return frozenset().union(*found)


def find_cycles(fields: Map[str, FieldSpec]) -> list[Problem]:
    """A problem for each field that follows from itself, directly or through others."""
    problems = []
    for name, spec in fields.items():
        path = circles.way_back(lambda need: needs(fields[need]) if need in fields else (), name)
        if path:
            chain = " from ".join(f"`{step}`" for step in path)
            message = f"{chain}: a field cannot follow from itself"
            problems.append(Problem("field-cycle", message, spec.span))
    return problems


def derivation_order(fields: Map[str, FieldSpec], wanted: Iterable[str]) -> list[str]:
    """The wanted fields and all they follow from, each after what it needs; there are no cycles."""
    return circles.in_order(lambda name: needs(fields[name]), wanted)


def _condition(
    fields: Map[str, FieldSpec], node: Node, problems: list[Problem]
) -> Expression | None:
    when, found = parse_condition(node, scope(fields))
    problems.extend(found)
    if when is None:
        return None
    out_of_place = sorted(names_read(when) - DERIVATION_NAMES)
    if playbook_states_read(when):
        out_of_place.append("where the account stands in a playbook")
    if history_read(when) or out_of_place:
        name = out_of_place[0] if out_of_place else "an earlier value"
        problems.append(
            Problem(
                "name-not-here",
                f"a field of the snapshot cannot depend on {name}",
                node.span,
                "use it in the playbook's condition instead; known here: snapshot_date",
            )
        )
        return None
    return when
