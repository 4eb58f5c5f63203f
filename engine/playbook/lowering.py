"""Tools to lower a playbook's body: read nodes that passed the schema check, and collect problems.

Each playbook file has one `Lowering`. Its methods return a usable value even where there is a problem, so that one
pass reports all problems.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from ..calendar.working_days import NO_HOLIDAYS, Calendar
from ..core.languages import Texts
from ..core.offsets import FIXED_DAYS, Offset, parse_offset
from ..core.problems import ProblemList, Span
from ..language.actions_read import ActionReference
from ..language.condition import Scope, load_condition
from ..language.expressions import And, Compare, Constant, Expression, Not, Operator, Or, Type
from ..language.scope import FieldTypes
from ..language.states_read import Reference
from ..language.traversal import actions_read, names_read, references
from ..language.variables import Variables, variables_read
from ..text.suggest import suggest
from ..text.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence
from ..workspace.settings import CATCH_UP, Start
from .model import Agenda, FollowUp

TRUE = frozenset({"today", "snapshot_date"})
"""Names that conditions may use before an account is enrolled."""
ENROLMENT = TRUE | {"anchor", "opened_on", "entered_on"}
"""Names that conditions may use while an account is enrolled."""


@dataclass(frozen=True, slots=True)
class Symbols:
    """The workspace's names that a playbook may use.

    Attributes:
        fields: By name: type and allowed values.
        roles: Role ids.
        links: Link ids.
        priorities: Contact priorities, the highest first.
        variables: The values of the variables that conditions may use, by name.
        start: The `start` of playbooks that do not have one.
        calendar: The workspace's working days.
        events: By table of events, its columns with type and allowed values.
        has_people: True if a table of people may name the manager of an owner.
    """

    fields: FieldTypes
    roles: Collection[str]
    links: Collection[str]
    priorities: tuple[str, ...]
    variables: Variables = field(default_factory=dict)
    start: Start = CATCH_UP
    calendar: Calendar = NO_HOLIDAYS
    events: Map[str, FieldTypes] = field(default_factory=dict)
    has_people: bool = False


@dataclass(slots=True)
class Lowering:
    """The lowering of one file from nodes to a machine.

    Attributes:
        symbols: The workspace's names.
        definitions: Expressions under `define`, by name.
        lost: Names of definitions with problems; their uses are not reported again.
        messages: Names of messages.
        agendas: Agendas by name.
        priority: The playbook's priority.
        owner: The playbook's owner, for actions without one.
        names: Names that conditions inside the body may use.
        problems: Problems so far.
        references: References to other playbooks in the conditions read so far, in order.
        actions_read: References to actions in the conditions read so far, in order.
        follow_ups: Reminders and escalations of open actions, by `again` or `escalate` and what they issue.
        variables: The variables in the conditions read so far, with their values.
        first_steps: By renamed step, its first id.
        triggers: The ids of the playbook's triggers, the values of `opened_by`.
    """

    symbols: Symbols
    definitions: dict[str, Expression] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    messages: Collection[str] = ()
    agendas: Map[str, Agenda] = field(default_factory=dict)
    priority: str = ""
    owner: tuple[str, ...] = ()
    names: frozenset[str] = ENROLMENT
    problems: ProblemList = field(default_factory=ProblemList)
    references: dict[Reference, None] = field(default_factory=dict)
    actions_read: dict[ActionReference, None] = field(default_factory=dict)
    follow_ups: dict[str, FollowUp] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    first_steps: dict[str, str] = field(default_factory=dict)
    triggers: tuple[str, ...] = ()

    def expression(
        self, node: Node, names: frozenset[str], expect: Type | None = "boolean"
    ) -> Expression | None:
        """Return a condition or value, written as text or as YAML; None where it has problems."""
        values = {"opened_by": self.triggers}
        symbols = self.symbols
        scope = Scope(
            symbols.fields,
            names,
            self.definitions,
            self.lost,
            values,
            calendar=symbols.calendar,
            variables=symbols.variables,
            events=symbols.events,
            actions=True,
        )
        expression, problems = load_condition(node, scope, expect)
        self.problems.extend(problems)
        if expression is None:
            return None
        self.references |= dict.fromkeys(references(expression))
        self.actions_read |= dict.fromkeys(actions_read(expression))
        self.variables |= variables_read(expression, symbols.variables)
        for name in sorted(names_read(expression) - names):
            self.problems.report(
                "name-not-here",
                f"a definition used here is about `{name}`, which means nothing here",
                node.span,
                f"known here: {', '.join(sorted(names))}",
            )
        return expression

    def condition(
        self, mapping: Mapping, key: str, names: frozenset[str] | None = None
    ) -> Expression | None:
        """Return the condition under `key`; None where the key is missing."""
        node = mapping.get(key)
        return None if node is None else self.expression(node, names or self.names)

    def offset(self, node: Node) -> Offset:
        """Return a length of time, and check its limits; the schema has checked its form."""
        offset = parse_offset(node.text) if isinstance(node, Scalar) else None
        if offset is None:
            self.problems.report(
                "bad-offset",
                "this is longer than any playbook needs",
                node.span,
                "write at most 36500 days, 5214 weeks, 1200 months or 100 years",
            )
            return Offset(0, "days")
        return offset

    def duration(self, node: Node, what: str) -> Offset:
        """Return a length of time, and check that it is at least one day."""
        offset = self.offset(node)
        if offset.count < 1:
            self.problems.report(
                "bad-offset", f"`{what}` must be longer than nothing", node.span, "write `7 days`"
            )
        return offset

    def whole_days(self, node: Node, what: str, least: int = 0) -> int:
        """Return a length of time in days, and check that it is counted in days or weeks, and not less than `least`."""
        offset = self.offset(node)
        if offset.unit not in FIXED_DAYS or offset.count < least:
            message = f"`{what}` is counted in days or weeks"
            message += ", and at least 1 day" if least else ""
            self.problems.report("bad-offset", message, node.span, "write `7 days`")
            return 0
        return offset.count * FIXED_DAYS[offset.unit]

    def known(self, node: Node, names: Collection[str], what: str) -> str:
        """Return the node's text, and check that it is one of `names`; `what` is their kind, for the message."""
        name = node.text if isinstance(node, Scalar) else ""
        if name not in names:
            suggestion = suggest(name, names)
            hint = (
                f"did you mean `{suggestion}`?"
                if suggestion
                else f"known: {', '.join(sorted(names)) or 'none'}"
            )
            self.problems.report(
                f"unknown-{what}", f"there is no {what} called `{name}`", node.span, hint
            )
        return name

    def roles(self, node: Node | None) -> tuple[str, ...]:
        """Return one or several roles in order of preference; empty where `node` is None."""
        if node is None:
            return ()
        return tuple(
            self.known(role, self.symbols.roles, "role") for role in node_items(node) or (node,)
        )

    def cases(self, node: Node) -> list[tuple[Expression | None, Offset, Span]]:
        """Return an offset, or offsets by case, each with the guard under which it applies."""
        if isinstance(node, Scalar):
            return [(None, self.offset(node), node.span)]
        cases: list[tuple[Expression | None, Offset, Span]] = []
        earlier: list[Expression] = []
        for item in node_items(node):
            when: Expression | None = None
            if isinstance(item, Mapping):
                when = self.condition(item, "when")
                offset = self.offset(required_value(item, "then"))
            else:
                offset = self.offset(item)
            guard = conjunction([Not(e, e.span) for e in earlier] + ([when] if when else []))
            cases.append((guard, offset, item.span))
            if when is None:
                break
            earlier.append(when)
        return cases


def node_items(node: Node | None) -> tuple[Node, ...]:
    """Return the items of a list; empty where the node is not a list."""
    return node.items if isinstance(node, Sequence) else ()


def node_entries(node: Node | None) -> tuple[Entry, ...]:
    """Return the entries of a mapping; empty where the node is not a mapping."""
    return node.entries if isinstance(node, Mapping) else ()


def was_nodes(playbook: Mapping) -> tuple[Node, ...]:
    """Return the values of `was` in a playbook's document: one, or several in a list."""
    was = playbook.get("was")
    return (was,) if isinstance(was, Scalar) else node_items(was)


def required_value(mapping: Mapping, key: str) -> Node:
    """Return the value of a key that the schema requires; a null where the file lacks it."""
    node = mapping.get(key)
    return Scalar(None, "", mapping.span) if node is None else node


def node_text(node: Node | None, default: str = "") -> str:
    """Return a scalar's text; `default` where the node is not a scalar."""
    return node.text if isinstance(node, Scalar) else default


def texts_by_language(node: Node | None, default: str) -> Texts:
    """Return text by language; a plain text is under the empty language and is for every language."""
    if isinstance(node, Mapping):
        return {entry.key: node_text(entry.value) for entry in node}
    return {"": node_text(node, default)}


def whole_value(node: Node) -> int:
    """Return a whole number; 0 where the file failed the schema check."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, int) else 0


def flag(node: Node | None, default: bool) -> bool:
    """Return a boolean; `default` where the node is missing or failed the schema check."""
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, bool) else default


def id_as_title(id: str) -> str:
    """Return an id as a title: `renewal_notice` becomes `Renewal notice`."""
    return id.replace("_", " ").capitalize()


def conjunction(operands: list[Expression]) -> Expression | None:
    """Return the conjunction of the operands; None without operands."""
    if len(operands) < 2:
        return operands[0] if operands else None
    return And(tuple(operands), operands[0].span)


def disjunction(operands: list[Expression], span: Span) -> Expression:
    """Return the disjunction of the operands."""
    return operands[0] if len(operands) == 1 else Or(tuple(operands), span)


def true_condition(span: Span) -> Expression:
    """Return the condition that is always true."""
    return Constant(True, "boolean", span)


def comparison(operator: Operator, left: Expression, right: Expression) -> Expression:
    """Return a comparison that is not in the file."""
    return Compare(operator, left, right, left.span)
