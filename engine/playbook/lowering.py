"""What the five bodies are lowered with: reads nodes that passed the shape check, and gathers problems.

One `Lowering` lives for one playbook file. Its methods return a usable value even where they found a
problem, so that a single run reports everything.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from ..core.offsets import Offset, parse_offset
from ..core.problems import Problem, Span
from ..language.condition import Scope, parse_condition
from ..language.expressions import And, Compare, Constant, Expression, Not, Operator, Or, Type
from ..language.states_read import Reference
from ..language.traversal import names_read, references
from ..text.suggest import suggest
from ..text.yaml_nodes import Entry, Mapping, Node, Scalar, Sequence
from .model import Agenda, DueOffset, Texts

TRUE = frozenset({"today", "snapshot_date"})
"""Names that mean something before an account is enrolled."""
ENROLMENT = TRUE | {"anchor", "opened_on", "entered_on"}
"""Names that mean something while it is."""

FieldTypes = Map[str, tuple[Type, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Symbols:
    """What a playbook may refer to: the workspace's fields, roles, links and contact priorities."""

    fields: FieldTypes
    roles: Collection[str]
    links: Collection[str]
    priorities: tuple[str, ...]
    variables: Collection[str] = ()


@dataclass(slots=True)
class Lowering:
    """One file on its way from nodes to a machine."""

    around: Symbols
    definitions: dict[str, Expression] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    """Names whose definitions have problems: where they are used, no more is said."""
    messages: Collection[str] = ()
    agendas: Map[str, Agenda] = field(default_factory=dict)
    priority: str = ""
    owner: tuple[str, ...] = ()
    """The playbook's own, for actions that name nobody."""
    names: frozenset[str] = ENROLMENT
    """What conditions inside the body may name."""
    problems: list[Problem] = field(default_factory=list)
    references: dict[Reference, None] = field(default_factory=dict)
    """What the conditions read so far ask of other playbooks."""

    def problem(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """Note a problem and go on."""
        self.problems.append(Problem(code, message, span, hint))

    def expression(
        self, node: Node, names: frozenset[str], expect: Type | None = "boolean"
    ) -> Expression | None:
        """A condition or value, in either spelling; None where it has problems."""
        scope = Scope(self.around.fields, names, self.definitions, self.lost)
        expression, problems = parse_condition(node, scope, expect)
        self.problems.extend(problems)
        if expression is None:
            return None
        self.references |= dict.fromkeys(references(expression))
        for name in sorted(names_read(expression) - names):
            self.problem(
                "name-not-here",
                f"a definition used here is about `{name}`, which means nothing here",
                node.span,
                f"known here: {', '.join(sorted(names))}",
            )
        return expression

    def condition(
        self, mapping: Mapping, key: str, names: frozenset[str] | None = None
    ) -> Expression | None:
        """The condition under `key`, None where there is none."""
        node = mapping.get(key)
        return None if node is None else self.expression(node, names or self.names)

    def offset(self, node: Node) -> Offset:
        """A length of time; its form was checked, its size is checked here."""
        offset = parse_offset(node.text) if isinstance(node, Scalar) else None
        if offset is None:
            self.problem(
                "bad-offset",
                "this is longer than any playbook needs",
                node.span,
                "write at most 36500 days, 5214 weeks, 1200 months or 100 years",
            )
            return Offset(0, "days")
        return offset

    def duration(self, node: Node, what: str) -> Offset:
        """A length of time of at least one day."""
        offset = self.offset(node)
        if offset.count < 1:
            self.problem(
                "bad-offset", f"`{what}` must be longer than nothing", node.span, "write `7 days`"
            )
        return offset

    def known(self, node: Node, names: Collection[str], what: str) -> str:
        """A name that must be one of `names`; `what` is the word for the error."""
        name = node.text if isinstance(node, Scalar) else ""
        if name not in names:
            near = suggest(name, names)
            hint = (
                f"did you mean `{near}`?"
                if near
                else f"known: {', '.join(sorted(names)) or 'none'}"
            )
            self.problem(f"unknown-{what}", f"there is no {what} called `{name}`", node.span, hint)
        return name

    def roles(self, node: Node | None) -> tuple[str, ...]:
        """A role, or several in order of preference; none where nothing is written."""
        if node is None:
            return ()
        return tuple(
            self.known(role, self.around.roles, "role") for role in node_items(node) or (node,)
        )

    def cases(self, node: Node) -> list[tuple[Expression | None, Offset, Span]]:
        """An offset, or offsets by condition: each with the guard under which it is the one that counts."""
        if isinstance(node, Scalar):
            return [(None, self.offset(node), node.span)]
        found: list[tuple[Expression | None, Offset, Span]] = []
        earlier: list[Expression] = []
        for item in node_items(node):
            own: Expression | None = None
            if isinstance(item, Mapping):
                own = self.condition(item, "when")
                offset = self.offset(required_value(item, "then"))
            else:
                offset = self.offset(item)
            guard = conjunction([Not(e, e.span) for e in earlier] + ([own] if own else []))
            found.append((guard, offset, item.span))
            if own is None:
                break
            earlier.append(own)
        return found


def node_items(node: Node | None) -> tuple[Node, ...]:
    """The items of a list, none where there is no list."""
    return node.items if isinstance(node, Sequence) else ()


def node_entries(node: Node | None) -> tuple[Entry, ...]:
    """The entries of a mapping, none where there is no mapping."""
    return node.entries if isinstance(node, Mapping) else ()


def required_value(mapping: Mapping, key: str) -> Node:
    """The value that the shape check made sure of; a null in its place where the file failed it."""
    node = mapping.get(key)
    return Scalar(None, "", mapping.span) if node is None else node


def node_text(node: Node | None, default: str = "") -> str:
    """A scalar's text."""
    return node.text if isinstance(node, Scalar) else default


def texts_by_language(node: Node | None, default: str) -> Texts:
    """Text in one language or several; a plain one counts for every language."""
    if isinstance(node, Mapping):
        return {entry.key: node_text(entry.value) for entry in node}
    return {"": node_text(node, default)}


def whole_value(node: Node) -> int:
    """A whole number; 0 in its place where the file failed the shape check."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, int) else 0


def id_as_title(id: str) -> str:
    """An id as a title: `renewal_notice` is Renewal notice."""
    return id.replace("_", " ").capitalize()


def conjunction(operands: list[Expression]) -> Expression | None:
    """All of them; None for none."""
    if len(operands) < 2:
        return operands[0] if operands else None
    return And(tuple(operands), operands[0].span)


def disjunction(operands: list[Expression], place: Span) -> Expression:
    """Any of them."""
    return operands[0] if len(operands) == 1 else Or(tuple(operands), place)


def true_condition(place: Span) -> Expression:
    """The condition that holds."""
    return Constant(True, "boolean", place)


def comparison(operator: Operator, left: Expression, right: Expression) -> Expression:
    """A comparison that the lowering itself puts together."""
    return Compare(operator, left, right, left.span)


def moment_text(moment: DueOffset) -> str:
    """`90 days before the anchor`, `5 days after entering`."""
    base = "the anchor" if moment.base == "anchor" else "entering"
    count = moment.offset.count
    if count == 0:
        return f"on {base}" if moment.base == "anchor" else "on entering"
    length = Offset(abs(count), moment.offset.unit)
    return f"{length} {'before' if count < 0 else 'after'} {base}"
