"""Derivation of fields from other fields: `derive` by conditions, `rank` over the portfolio.

Derived fields are computed while a snapshot is read, before any playbook and only for the snapshot's date. So their
conditions can use `snapshot_date`, but neither `today` nor earlier snapshots.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Map
from types import MappingProxyType

from ..core.dependencies import cycle_through
from ..core.problems import Problem, ProblemList, Problems, Span
from ..language.condition import Scope, load_condition
from ..language.expressions import ConstantValue, Expression, Type
from ..language.traversal import history_read, names_read, playbook_states_read
from ..language.variables import Variables
from ..text.suggest import suggest
from ..text.yaml_nodes import Node, Scalar
from .catalogue import Case, FieldSpec, Rank
from .derivation_order import needs
from .yaml_values import child, list_items, text_of, typed_value

DERIVATION_NAMES = frozenset({"snapshot_date"})
"""Names other than fields that the conditions of derived fields may use."""


def scope(fields: Map[str, FieldSpec], variables: Variables = MappingProxyType({})) -> Scope:
    """Return the scope of a derived field's conditions: every field, with its type and allowed values."""
    return Scope(field_types(fields), DERIVATION_NAMES, variables=variables)


def field_types(fields: Map[str, FieldSpec]) -> dict[str, tuple[Type, tuple[str, ...]]]:
    """Return by name each field's type and allowed values, for the language's type checker."""
    return {name: (spec.type, spec.values) for name, spec in fields.items()}


def standard_cases(
    fields: Map[str, FieldSpec], name: str, rows: Iterable[tuple[str | None, str]]
) -> tuple[Case, ...]:
    """Return the cases of a standard field; an invalid condition is a bug of the engine."""
    cases = []
    for condition, value in rows:
        when = None
        if condition is not None:
            when, problems = _standard(fields, name, condition)
            if problems:
                raise Problems(problems)
        cases.append(Case(when, value))
    return tuple(cases)


def standard_ranks(
    fields: Map[str, FieldSpec], among: str, ranked: Map[str, str]
) -> dict[str, Rank]:
    """Return the ranks of standard fields; empty where the workspace changed the values that `among` compares."""
    when, problems = _standard(fields, " and ".join(ranked), among)
    return {} if problems else {name: Rank(of, when) for name, of in ranked.items()}


def _standard(
    fields: Map[str, FieldSpec], name: str, condition: str
) -> tuple[Expression | None, list[Problem]]:
    span = Span(f"standard field {name}", 1, 1, 1, len(condition) + 1)
    return load_condition(Scalar(condition, condition, span), scope(fields))


def derive(
    fields: Map[str, FieldSpec], spec: FieldSpec, node: Node, variables: Variables
) -> tuple[tuple[Case, ...], list[tuple[Node, ConstantValue | None]], list[Problem]]:
    """Read the cases under `derive:`; the last one may be an `otherwise`.

    Returns:
        The cases; for each value its node and its typed value, None where it has another type; and the problems.
    """
    cases: list[Case] = []
    values: list[tuple[Node, ConstantValue | None]] = []
    problems = ProblemList()
    names = scope(fields, variables)
    for item in list_items(node):
        then = child(item, "then") or child(item, "otherwise")
        if then is None:
            continue
        if cases and cases[-1].when is None:
            message = "this case is never reached: `otherwise` comes before it"
            problems.report("unreachable-case", message, item.span)
        value = typed_value(then, spec.type)
        values.append((then, value))
        condition = child(item, "when")
        when = _condition(names, condition, problems) if condition is not None else None
        if value is not None and (condition is None or when is not None):
            cases.append(Case(when, value))
    return tuple(cases), values, problems


def rank(
    fields: Map[str, FieldSpec], spec: FieldSpec, node: Node, variables: Variables
) -> tuple[Rank | None, list[Problem]]:
    """Read `rank:`: a field with an order, and a condition on the accounts compared.

    Returns:
        The rank, None where it has problems; and the problems.
    """
    problems = ProblemList()
    if spec.type != "number":
        message = f"a rank is a number from 0 to 1, and `{spec.name}` is a {spec.type}"
        problems.report("wrong-type", message, node.span, "write `type: number`")
    of_node = child(node, "of")
    of = text_of(of_node)
    if of_node is None or of is None:
        return None, problems
    ranked = fields.get(of)
    if ranked is None:
        suggestion = suggest(of, fields)
        hint = f"did you mean `{suggestion}`?" if suggestion else "see `tenure fields`"
        problems.report("unknown-field", f"there is no field `{of}`", of_node.span, hint)
    elif ranked.type not in ("number", "date"):
        message = f"accounts are ranked by a number or a date, and `{of}` is a {ranked.type}"
        problems.report("wrong-type", message, of_node.span)
    condition = child(node, "among")
    names = scope(fields, variables)
    among = _condition(names, condition, problems) if condition is not None else None
    return (None if problems else Rank(of, among)), problems


def find_cycles(fields: Map[str, FieldSpec]) -> list[Problem]:
    """Return a problem for each field that is derived from itself, directly or through others."""
    problems = ProblemList()
    for name, spec in fields.items():
        path = cycle_through(lambda need: needs(fields[need]) if need in fields else (), name)
        if path:
            chain = " from ".join(f"`{step}`" for step in path)
            message = f"{chain}: a field cannot follow from itself"
            problems.report("field-cycle", message, spec.span)
    return problems


def _condition(names: Scope, node: Node, problems: ProblemList) -> Expression | None:
    when, syntax_problems = load_condition(node, names)
    problems.extend(syntax_problems)
    if when is None:
        return None
    forbidden = sorted(names_read(when) - DERIVATION_NAMES)
    if playbook_states_read(when):
        forbidden.append("the account's state in a playbook")
    if history_read(when) or forbidden:
        name = forbidden[0] if forbidden else "an earlier value"
        problems.report(
            "name-not-here",
            f"a field of the snapshot cannot depend on {name}",
            node.span,
            "use it in the playbook's condition instead; known here: snapshot_date",
        )
        return None
    return when
