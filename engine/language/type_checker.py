"""Type checker: resolve the names of surface nodes, check their types, and build the expression.

Each method returns None where it, or a call below it, reported a problem, or where a name's definition has one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..core.offsets import LIMITS, Offset
from ..core.problems import Fix, Problem, ProblemList, Span
from . import calls, event_calls, type_errors
from .expressions import (
    BUILTIN_NAMES,
    Alias,
    And,
    Arithmetic,
    Compare,
    Constant,
    ConstantValue,
    Duration,
    EventCall,
    Expression,
    Field,
    In,
    IsMissing,
    Name,
    Not,
    Or,
    Type,
)
from .formatter import format_expression
from .limits import MAX_COPIES, column_copies, leaves_calendar, stays_in_range
from .meant_names import hyphenated_name, joined_values, repeated_subject, repeated_value
from .operands import unalias
from .parser import MISSING_WORDS
from .scope import Scope, unknown_name
from .surface import (
    BinaryOp,
    BoolOp,
    ColumnName,
    ComparisonChain,
    DurationLiteral,
    FunctionCall,
    Identifier,
    InTest,
    LiteralNode,
    MissingTest,
    NotOp,
    SurfaceNode,
    UnaryMinus,
    WhereClause,
)
from .syntax_errors import MAX_CONDITION_DEPTH, too_deep
from .traversal import children, walk

MAX_CONDITION_NODES = 2_000
"""Maximum nodes of one condition with its aliases expanded: a bound on the work of a run."""


@dataclass(slots=True)
class Checker:
    """The check of one condition.

    Attributes:
        scope: The names that the condition may use.
        problems: The problems reported so far.
        nodes: The nodes visited so far, with aliases expanded.
        written: Literal numbers as written, by their spans.
    """

    scope: Scope
    problems: ProblemList = field(default_factory=ProblemList)
    nodes: int = 0
    written: dict[Span, str] = field(default_factory=dict)

    # -- values -------------------------------------------------------------------------------

    def any(self, node: SurfaceNode, depth: int = 0) -> Expression | None:
        """Check a value or a condition, of any type."""
        self.nodes += 1
        if depth > MAX_CONDITION_DEPTH:
            if not any(problem.code == "deep-condition" for problem in self.problems):
                self.problems.append(too_deep(node.span))
            return None
        if isinstance(node, LiteralNode):
            if node.written:
                self.written[node.span] = node.written
            return constant_of(node)
        if isinstance(node, Identifier):
            return self.identifier(node)
        if isinstance(node, DurationLiteral):
            return self.duration(node)
        if isinstance(node, ComparisonChain):
            return self.comparison_chain(node, depth)
        if isinstance(node, BoolOp):
            return self.bool_op(node, depth)
        if isinstance(node, InTest):
            return self.in_test(node, depth)
        if isinstance(node, ColumnName):
            self.problems.extend(event_calls.column_alone(node, self.scope))
            return None
        if isinstance(node, WhereClause):
            self.problems.append(event_calls.where_alone(node, self.scope))
            return None
        if isinstance(node, FunctionCall):
            return calls.check_call(self, node, depth)
        if isinstance(node, BinaryOp):
            return self.arithmetic(node, depth)
        if isinstance(node, UnaryMinus):
            return self.unary_minus(node, depth)
        return self.negation(node, depth)

    def condition(self, node: SurfaceNode, depth: int = 0) -> Expression | None:
        """Check a condition: an expression of type boolean."""
        e = self.any(node, depth)
        if e is not None and e.type != "boolean":
            self.problems.append(type_errors.condition_expected(e, node.span))
            return None
        return e

    def condition_in(self, scope: Scope, node: SurfaceNode, depth: int) -> Expression | None:
        """Check a condition in another scope, such as that of events."""
        outer, self.scope = self.scope, scope
        condition = self.condition(node, depth)
        self.scope = outer
        return condition

    def identifier(self, node: Identifier) -> Expression | None:
        """Resolve a name: as a definition, a built-in name, a field or a variable, in this order."""
        if node.name in self.scope.definitions:
            return self.alias(node, self.scope.definitions[node.name])
        if node.name in self.scope.names:
            return Name(node.name, BUILTIN_NAMES[node.name], node.span)
        if node.name in self.scope.fields:
            return Field(node.name, self.scope.fields[node.name][0], node.span)
        if node.name in self.scope.variables:
            return self.alias(node, self.scope.variables[node.name])
        if node.name in self.scope.invalid:
            return None
        if node.name in self.scope.events:
            self.problems.append(event_calls.table_alone(node.name, node.span))
            return None
        self.problems.append(unknown_name(node.name, node.span, self.scope))
        return None

    def alias(self, node: Identifier, expression: Expression) -> Alias:
        """Return a use of a definition or variable, and count its nodes."""
        if self.nodes <= MAX_CONDITION_NODES:
            self.nodes += sum(1 for _ in walk(expression))
        return Alias(node.name, expression, node.span)

    def duration(self, node: DurationLiteral) -> Expression | None:
        """Check a literal duration."""
        if node.unit == "business days":
            self.problems.report(
                "wrong-duration",
                "business days cannot be counted in a condition",
                node.span,
                "write days, or count to a date, as in business_days_until(renewal_date) < 5",
            )
            return None
        if node.number != int(node.number):
            self.problems.report("wrong-duration", "a duration is a whole number", node.span)
            return None
        if abs(node.number) > LIMITS[node.unit]:
            most = LIMITS[node.unit]
            self.problems.report(
                "wrong-duration", f"this is longer than {most} {node.unit}, the longest", node.span
            )
            return None
        return Duration(Offset(int(node.number), node.unit), node.span)

    def unary_minus(self, node: UnaryMinus, depth: int) -> Expression | None:
        """Check a minus before a value: a negative literal, or zero minus the value."""
        if isinstance(node.operand, DurationLiteral):
            return self.duration(
                DurationLiteral(-node.operand.number, node.operand.unit, node.span)
            )
        e = self.any(node.operand, depth + 1)
        if e is None:
            return None
        if e.type not in ("number", "duration"):
            self.problems.append(type_errors.number_expected(e, node.span))
            return None
        if isinstance(e, Constant):
            return Constant(-e.value or 0, "number", node.span)  # type: ignore[operator]
        if isinstance(e, Duration):
            return Duration(Offset(-e.offset.count, e.offset.unit), node.span)
        if not self.in_days(e):
            return None
        if e.type == "duration":
            zero: Expression = Duration(Offset(0, "days"), node.span)
        else:
            zero = Constant(0, "number", node.span)
        return Arithmetic("-", zero, e, e.type, node.span)

    def arithmetic(self, node: BinaryOp, depth: int) -> Expression | None:
        """Check an arithmetic operation: numbers, dates with durations, or durations."""
        if problem := hyphenated_name(node, self.scope):
            self.problems.append(problem)
            return None
        left, right = self.any(node.left, depth + 1), self.any(node.right, depth + 1)
        if left is None or right is None:
            return None
        type = type_errors.arithmetic_type(node.operator, left, right)
        if type is None:
            self.problems.append(
                type_errors.arithmetic_error(node.operator, left, right, node.span)
            )
            return None
        if type == "duration" and not (self.in_days(left) and self.in_days(right)):
            return None
        if type == "date" and not isinstance(unalias(right), Duration) and not self.in_days(right):
            return None
        return Arithmetic(node.operator, left, right, type, node.span)

    def in_days(self, e: Expression) -> bool:
        """Return whether a duration has a fixed number of days; report a problem for months and years."""
        inner = unalias(e)
        if not isinstance(inner, Duration) or inner.offset.unit in ("days", "weeks"):
            return True
        self.problems.append(type_errors.days_error(inner, e.span))
        return False

    # -- conditions ---------------------------------------------------------------------------

    def comparison_chain(self, node: ComparisonChain, depth: int) -> Expression | None:
        """Check one comparison, or a chain of several, which becomes an `And`."""
        if problem := repeated_value(node, self.scope, self.value_of):
            self.problems.append(problem)
            return None
        values = (node.first, *(link.right for link in node.links))
        operands = self.chain_operands(values, node, depth)
        compared: list[Expression] = []
        for index, link in enumerate(node.links):
            left, right = operands[index], operands[index + 1]
            if left is None or right is None:
                continue
            span = node.span if len(node.links) == 1 else link.right.span
            e = self.compare(Compare(link.operator, left, right, span), link.operator_span)
            if e is not None:
                compared.append(e)
        if len(compared) < len(node.links):
            return None
        return compared[0] if len(compared) == 1 else And(tuple(compared), node.span)

    def chain_operands(
        self, values: tuple[SurfaceNode, ...], node: ComparisonChain, depth: int
    ) -> list[Expression | None]:
        """Check the operands of a chain; an unknown name compared with a text is probably a text without quotes."""
        checked: list[Expression | None] = []
        unknown: list[Identifier] = []
        for operand in values:
            if isinstance(operand, Identifier) and not self.scope.knows(operand.name):
                unknown.append(operand)
                checked.append(None)
            else:
                checked.append(self.any(operand, depth + 1))
        known = next((e for e in checked if e is not None), None)
        for identifier in unknown:
            self.problems.append(self.unknown_operand(identifier, known, node))
        return checked

    def unknown_operand(
        self, identifier: Identifier, known: Expression | None, node: ComparisonChain
    ) -> Problem:
        """Return the problem of an unknown name in a comparison."""
        if identifier.name.lower() in MISSING_WORDS:
            return self.missing_operand(identifier, node)
        problem = unknown_name(identifier.name, identifier.span, self.scope)
        if known is None or isinstance(known, Constant):
            return problem
        if known.type == "text" and problem.code == "unknown-field":
            allowed = type_errors.allowed_values(known, self.scope)
            near = type_errors.nearest_value(identifier.name, allowed)
            hint = f"texts are written in quotes: '{near or identifier.name}'"
            return Problem(problem.code, problem.message, problem.span, hint)
        return problem

    def missing_operand(self, identifier: Identifier, node: ComparisonChain) -> Problem:
        """Return the problem of a comparison with a word for a missing value, such as `== null`."""
        link = node.links[0]
        right = "is not missing" if link.operator == "!=" else "is missing"
        why = f"`{identifier.name}` is not used here"
        if link.right is not identifier:
            hint = f"write {right} after the field"
            return Problem("wrong-missing", why, identifier.span, hint)
        span = link.operator_span.up_to(identifier.span)
        # In a text over several lines, each part has the place of the whole.
        exact = link.operator_span != identifier.span
        fix = Fix(span, right) if exact else None
        return Problem("wrong-missing", why, span, f"write {right}", fix=fix)

    def compare(self, e: Compare, span: Span) -> Expression | None:
        """Return a comparison if its two sides can be compared."""
        problem = type_errors.comparison_error(e, span, self.written)
        if problem is not None:
            self.problems.append(problem)
            return None
        if e.left.type == "duration" and not (self.in_days(e.left) and self.in_days(e.right)):
            return None
        valid = self.check_allowed(e.left, e.right) and self.check_allowed(e.right, e.left)
        return e if valid else None

    def check_allowed(self, e: Expression, constant: Expression) -> bool:
        """Return whether a field allows a constant; report a problem for a text that is not an allowed value."""
        literal = unalias(constant)
        if not isinstance(literal, Constant) or literal.type != "text":
            return True
        values = type_errors.allowed_values(e, self.scope)
        if not values or literal.value in values:
            return True
        self.problems.append(
            type_errors.unknown_value(e, str(literal.value), values, constant.span)
        )
        return False

    def in_test(self, node: InTest, depth: int) -> Expression | None:
        """Check membership in a list of literals, all of the item's type."""
        item = self.any(node.item, depth + 1)
        if not node.options:
            self.problems.report(
                "wrong-list", "this list is empty", node.span, "write in ('a', 'b')"
            )
            return None
        if item is not None and item.type in ("boolean", "duration", "list"):
            self.problems.append(type_errors.untested_item(item, node))
            item = None
        options = [self.option(option, item) for option in node.options]
        constants = tuple(option for option in options if option is not None)
        if item is None or len(constants) < len(options):
            return None
        test = In(item, constants, node.span)
        return Not(test, node.span) if node.negated else test

    def option(self, node: SurfaceNode, item: Expression | None) -> Constant | None:
        """Check one literal of a list."""
        if isinstance(node, Identifier) and not self.scope.knows(node.name):
            self.problems.report(
                "wrong-list",
                f"`{node.name}` is not a value written out",
                node.span,
                "write `or ... is missing` after the condition"
                if node.name.lower() in MISSING_WORDS
                else f"texts are written in quotes: '{node.name}'",
            )
            return None
        if isinstance(node, BoolOp) and (listed := joined_values(node)):
            why = f"a list has commas, not `{node.word}`"
            self.problems.report("wrong-list", why, node.span, f"write {listed}")
            return None
        e = self.any(node, 1)
        if e is None:
            return None
        literal = unalias(e)
        if isinstance(literal, Constant):
            e = Constant(literal.value, literal.type, e.span)
        if not isinstance(e, Constant):
            self.problems.report("wrong-list", "a list holds values written out", node.span)
            return None
        if item is None:
            return e
        if e.type != item.type:
            self.problems.append(type_errors.option_error(item, e, self.written))
            return None
        return e if self.check_allowed(item, e) else None

    def negation(self, node: NotOp | MissingTest, depth: int) -> Expression | None:
        """Check `not`, `is missing` and `is not missing`."""
        if isinstance(node, NotOp):
            operand = self.condition(node.operand, depth + 1)
            return None if operand is None else Not(operand, node.span)
        value = self.any(node.operand, depth + 1)
        if value is None:
            return None
        if isinstance(value, Constant | Duration):
            self.problems.report("not-a-field", "a value written out is never missing", node.span)
            return None
        missing = IsMissing(value, node.span)
        return Not(missing, node.span) if node.negated else missing

    def value_of(self, node: SurfaceNode) -> Expression | None:
        """Check a value without reporting its problems."""
        checker = Checker(self.scope)
        e = checker.any(node)
        return None if checker.problems else e

    def bool_op(self, node: BoolOp, depth: int) -> Expression | None:
        """Check `and` and `or`; every operand is checked, also where others have problems."""
        if problem := repeated_subject(node, self.scope, self.value_of):
            self.problems.append(problem)
            return None
        parts = [self.condition(operand, depth + 1) for operand in node.operands]
        conditions = tuple(part for part in parts if part is not None)
        if len(conditions) < len(parts):
            return None
        if len(conditions) == 1:
            return conditions[0]
        return And(conditions, node.span) if node.word == "and" else Or(conditions, node.span)


def constant_of(node: LiteralNode) -> Constant:
    """Return the constant of a literal; whole numbers as int, so that they print as written."""
    value: ConstantValue = node.value
    if node.type == "number" and float(value) == int(value):  # type: ignore[arg-type]
        value = int(value)  # type: ignore[arg-type]
    return Constant(value, node.type, node.span)


def type_check(
    node: SurfaceNode, scope: Scope, expect: Type | None
) -> tuple[Expression | None, list[Problem]]:
    """Check a condition or value and build its expression.

    Args:
        node: The surface node.
        scope: The names that it may use.
        expect: The type that the expression must have; None allows any.

    Returns:
        The expression, and the problems. The expression is None where there are problems, or where the node uses
        a name in `scope.invalid`.
    """
    checker = Checker(scope)
    e = checker.condition(node) if expect == "boolean" else checker.any(node)
    if e is not None and expect is not None and e.type != expect:
        checker.problems.append(type_errors.unexpected_type(e, expect, node.span))
    if e is not None and not checker.problems:
        _limits(checker, e, expect)
    return (None if checker.problems else e), checker.problems


def _limits(checker: Checker, e: Expression, expect: Type | None) -> None:
    """Report conditions that are too large to compute, and dates that could leave the calendar."""
    for call in walk(e):
        if isinstance(call, EventCall) and call.where is not None and not checker.problems:
            _limits(checker, call.where, "boolean")
    if checker.problems:
        return
    if checker.nodes > MAX_CONDITION_NODES or _is_too_deep(e) or column_copies(e) > MAX_COPIES:
        why = (
            "with its defined names written out this has too many parts, or too many in each other"
        )
        hint = "shorten it, and the names under define: that it uses"
        checker.problems.report("deep-condition", why, e.span, hint)
        return
    date = leaves_calendar(e)
    if date is None and expect == "date" and not stays_in_range(e):
        date = e
    if date is not None:
        why = f"`{format_expression(date)}` can be centuries away"
        checker.problems.report(
            "wrong-duration", why, date.span, "add less to the date, or take less from it"
        )


def _is_too_deep(e: Expression) -> bool:
    """Return whether an expression is nested deeper than `MAX_CONDITION_DEPTH`, with its aliases expanded.

    The caller limits the nodes to `MAX_CONDITION_NODES` first.
    """
    level: list[Expression] = [e]
    for _ in range(MAX_CONDITION_DEPTH + 1):
        level = [child for node in level for child in children(node)]
    return bool(level)
