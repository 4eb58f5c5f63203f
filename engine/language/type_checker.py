"""Syntax to the typed tree: every name known, every type right, or the reasons why not.

Each function gives None when it, or something below it, has put a problem on the list, or uses a name whose
definition has one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..core.offsets import LIMITS, Offset
from ..core.problems import Problem, Span
from . import calls, type_errors
from .expressions import (
    BUILTIN_NAMES,
    Alias,
    And,
    Arithmetic,
    Compare,
    Constant,
    ConstantValue,
    Duration,
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
from .operands import unalias
from .parser import MISSING_WORDS
from .scope import Scope, unknown_name
from .surface import (
    BinaryOp,
    BoolOp,
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
)
from .syntax_errors import MAX_DEPTH, too_deep
from .traversal import children, walk

MAX_NODES = 2_000
"""Of one condition, the names from `define:` written out: a bound on what a run has to compute."""


@dataclass(slots=True)
class Checker:
    """One condition's check: what may be named, and the problems found so far."""

    scope: Scope
    problems: list[Problem] = field(default_factory=list)
    nodes: int = 0

    def refuse(self, problem: Problem) -> None:
        """Puts a problem on the list; None, for the caller to give back."""
        self.problems.append(problem)

    def tell(self, code: str, message: str, place: Span, hint: str | None = None) -> None:
        """Puts a problem on the list."""
        self.problems.append(Problem(code, message, place, hint))

    # -- values -------------------------------------------------------------------------------

    def any(self, w: SurfaceNode, depth: int = 0) -> Expression | None:
        """A value or a condition, of whichever type."""
        self.nodes += 1
        if depth > MAX_DEPTH:
            if not any(problem.code == "deep-condition" for problem in self.problems):
                self.problems.append(too_deep(w.place))
            return None
        if isinstance(w, LiteralNode):
            return constant_of(w)
        if isinstance(w, Identifier):
            return self.word(w)
        if isinstance(w, DurationLiteral):
            return self.length(w)
        if isinstance(w, ComparisonChain):
            return self.chain(w, depth)
        if isinstance(w, BoolOp):
            return self.junction(w, depth)
        if isinstance(w, InTest):
            return self.member(w, depth)
        if isinstance(w, FunctionCall):
            return calls.check_call(self, w, depth)
        if isinstance(w, BinaryOp):
            return self.arithmetic(w, depth)
        if isinstance(w, UnaryMinus):
            return self.negative(w, depth)
        return self.negation(w, depth)

    def condition(self, w: SurfaceNode, depth: int = 0) -> Expression | None:
        """Something that holds or does not."""
        e = self.any(w, depth)
        if e is not None and e.type != "boolean":
            self.refuse(type_errors.condition_expected(e, w.place))
            return None
        return e

    def word(self, w: Identifier) -> Expression | None:
        """A name, as what it stands for."""
        if w.name in self.scope.definitions:
            expression = self.scope.definitions[w.name]
            if self.nodes <= MAX_NODES:
                self.nodes += sum(1 for _ in walk(expression))
            return Alias(w.name, expression, w.place)
        if w.name in self.scope.names:
            return Name(w.name, BUILTIN_NAMES[w.name], w.place)
        if w.name in self.scope.fields:
            return Field(w.name, self.scope.fields[w.name][0], w.place)
        if w.name in self.scope.lost:
            return None
        self.refuse(unknown_name(w.name, w.place, self.scope))
        return None

    def length(self, w: DurationLiteral) -> Expression | None:
        """A duration written out."""
        if w.unit == "business days":
            self.tell(
                "wrong-duration",
                "business days cannot be counted in a condition",
                w.place,
                "write days here; offsets such as `at:` and `due:` may count business days",
            )
            return None
        if w.number != int(w.number):
            self.tell("wrong-duration", "a duration is a whole number", w.place)
            return None
        if abs(w.number) > LIMITS[w.unit]:
            most = LIMITS[w.unit]
            self.tell(
                "wrong-duration", f"this is longer than {most} {w.unit}, the longest", w.place
            )
            return None
        return Duration(Offset(int(w.number), w.unit), w.place)

    def negative(self, w: UnaryMinus, depth: int) -> Expression | None:
        """A minus before a value: part of what is written out, else nought less the value."""
        if isinstance(w.operand, DurationLiteral):
            return self.length(DurationLiteral(-w.operand.number, w.operand.unit, w.place))
        e = self.any(w.operand, depth + 1)
        if e is None:
            return None
        if e.type not in ("number", "duration"):
            self.refuse(type_errors.number_expected(e, w.place))
            return None
        if isinstance(e, Constant):
            return Constant(-e.value or 0, "number", w.place)  # type: ignore[operator]
        if isinstance(e, Duration):
            return Duration(Offset(-e.offset.count, e.offset.unit), w.place)
        if not self.in_days(e):
            return None
        if e.type == "duration":
            zero: Expression = Duration(Offset(0, "days"), w.place)
        else:
            zero = Constant(0, "number", w.place)
        return Arithmetic("-", zero, e, e.type, w.place)

    def arithmetic(self, w: BinaryOp, depth: int) -> Expression | None:
        """Numbers with numbers; dates with durations; durations with durations."""
        left, right = self.any(w.left, depth + 1), self.any(w.right, depth + 1)
        if left is None or right is None:
            return None
        given = type_errors.arithmetic_type(w.operator, left, right)
        if given is None:
            self.refuse(type_errors.arithmetic_error(w.operator, left, right, w.place))
            return None
        if given == "duration" and not (self.in_days(left) and self.in_days(right)):
            return None
        if given == "date" and not isinstance(right, Duration) and not self.in_days(right):
            return None
        return Arithmetic(w.operator, left, right, given, w.place)

    def in_days(self, e: Expression) -> bool:
        """False, with a problem, for a duration of months or years where days must be counted."""
        inner = unalias(e)
        if not isinstance(inner, Duration) or inner.offset.unit in ("days", "weeks"):
            return True
        self.refuse(type_errors.days_error(inner, e.place))
        return False

    # -- conditions ---------------------------------------------------------------------------

    def chain(self, w: ComparisonChain, depth: int) -> Expression | None:
        """One comparison, or all of several in a row."""
        written = (w.first, *(link.right for link in w.links))
        operands = self.operands(written, w, depth)
        compared: list[Expression] = []
        for index, link in enumerate(w.links):
            left, right = operands[index], operands[index + 1]
            if left is None or right is None:
                continue
            place = w.place if len(w.links) == 1 else link.right.place
            e = self.compare(Compare(link.operator, left, right, place), link.operator_place)
            if e is not None:
                compared.append(e)
        if len(compared) < len(w.links):
            return None
        return compared[0] if len(compared) == 1 else And(tuple(compared), w.place)

    def operands(
        self, written: tuple[SurfaceNode, ...], w: ComparisonChain, depth: int
    ) -> list[Expression | None]:
        """What a chain compares; an unknown word beside a text is most likely a text without quotes."""
        checked: list[Expression | None] = []
        lost: list[Identifier] = []
        for operand in written:
            if isinstance(operand, Identifier) and not self.scope.knows(operand.name):
                lost.append(operand)
                checked.append(None)
            else:
                checked.append(self.any(operand, depth + 1))
        beside = next((e for e in checked if e is not None), None)
        for word in lost:
            self.refuse(self.lost(word, beside, w))
        return checked

    def lost(self, word: Identifier, beside: Expression | None, w: ComparisonChain) -> Problem:
        """The problem of an unknown word in a comparison."""
        if word.name.lower() in MISSING_WORDS:
            negated = w.links[0].operator == "!="
            right = "is not missing" if negated else "is missing"
            return Problem(
                "wrong-missing", f"`{word.name}` is not used here", word.place, f"write {right}"
            )
        problem = unknown_name(word.name, word.place, self.scope)
        if beside is None or isinstance(beside, Constant):
            return problem
        if beside.type == "text" and problem.code == "unknown-field":
            allowed = type_errors.allowed_values(beside, self.scope)
            near = type_errors.nearest_value(word.name, allowed)
            hint = f"texts stand in quotes: '{near or word.name}'"
            return Problem(problem.code, problem.message, problem.span, hint)
        return problem

    def compare(self, e: Compare, place: Span) -> Expression | None:
        """The comparison, if its two sides can be compared so."""
        problem = type_errors.comparison_error(e, place)
        if problem is not None:
            self.refuse(problem)
            return None
        if e.left.type == "duration" and not (self.in_days(e.left) and self.in_days(e.right)):
            return None
        fine = self.allowed(e.left, e.right) and self.allowed(e.right, e.left)
        return e if fine else None

    def allowed(self, e: Expression, constant: Expression) -> bool:
        """False, with a problem, for a text that the field can never hold."""
        if not isinstance(constant, Constant) or constant.type != "text":
            return True
        values = type_errors.allowed_values(e, self.scope)
        if not values or constant.value in values:
            return True
        self.refuse(type_errors.unknown_value(e, str(constant.value), values, constant.place))
        return False

    def member(self, w: InTest, depth: int) -> Expression | None:
        """Membership in a list of values written out, all of the item's type."""
        item = self.any(w.item, depth + 1)
        if not w.options:
            self.tell("wrong-list", "this list is empty", w.place, "write in ('a', 'b')")
            return None
        if item is not None and item.type in ("boolean", "duration"):
            self.tell(
                "wrong-list",
                f"`in` does not take {type_errors.type_phrase(item.type)}",
                w.item.place,
            )
            item = None
        options = [self.option(option, item) for option in w.options]
        found = tuple(option for option in options if option is not None)
        if item is None or len(found) < len(options):
            return None
        member = In(item, found, w.place)
        return Not(member, w.place) if w.negated else member

    def option(self, w: SurfaceNode, item: Expression | None) -> Constant | None:
        """One value of a list."""
        if isinstance(w, Identifier) and not self.scope.knows(w.name):
            self.tell(
                "wrong-list",
                f"`{w.name}` is no value written out",
                w.place,
                "write `or ... is missing` behind the condition"
                if w.name.lower() in MISSING_WORDS
                else f"texts stand in quotes: '{w.name}'",
            )
            return None
        e = self.any(w, 1)
        if e is None:
            return None
        if not isinstance(e, Constant):
            self.tell("wrong-list", "a list holds values written out", w.place)
            return None
        if item is None:
            return e
        if e.type != item.type:
            self.refuse(type_errors.option_error(item, e))
            return None
        return e if self.allowed(item, e) else None

    def negation(self, w: NotOp | MissingTest, depth: int) -> Expression | None:
        """`not`, `is missing` and `is not missing`."""
        if isinstance(w, NotOp):
            operand = self.condition(w.operand, depth + 1)
            return None if operand is None else Not(operand, w.place)
        value = self.any(w.operand, depth + 1)
        if value is None:
            return None
        if isinstance(value, Constant | Duration):
            self.tell("not-a-field", "a value written out is never missing", w.place)
            return None
        missing = IsMissing(value, w.place)
        return Not(missing, w.place) if w.negated else missing

    def junction(self, w: BoolOp, depth: int) -> Expression | None:
        """`and` and `or`; every part is checked, whatever is wrong with the others."""
        parts = [self.condition(operand, depth + 1) for operand in w.operands]
        found = tuple(part for part in parts if part is not None)
        if len(found) < len(parts):
            return None
        if len(found) == 1:
            return found[0]
        return And(found, w.place) if w.word == "and" else Or(found, w.place)


def constant_of(w: LiteralNode) -> Constant:
    """A value written out; whole numbers as int, so that they print as they were written."""
    value: ConstantValue = w.value
    if w.type == "number" and float(value) == int(value):  # type: ignore[arg-type]
        value = int(value)  # type: ignore[arg-type]
    return Constant(value, w.type, w.place)


def type_check(
    w: SurfaceNode, scope: Scope, expect: Type | None
) -> tuple[Expression | None, list[Problem]]:
    """The typed tree of what was written, of the type expected (None: any), or the reasons."""
    checker = Checker(scope)
    e = checker.condition(w) if expect == "boolean" else checker.any(w)
    if e is not None and expect is not None and e.type != expect:
        checker.refuse(type_errors.unexpected_type(e, expect, w.place))
    if e is not None and not checker.problems:
        _limits(checker, e, expect)
    return (None if checker.problems else e), checker.problems


def _limits(checker: Checker, e: Expression, expect: Type | None) -> None:
    """Refuses what no run should have to compute, and dates that could leave the calendar."""
    if checker.nodes > MAX_NODES or _deep(e) or column_copies(e) > MAX_COPIES:
        why = (
            "with its defined names written out this has too many parts, or too many in each other"
        )
        hint = "shorten it, and the names under define: that it uses"
        checker.tell("deep-condition", why, e.place, hint)
        return
    lost = leaves_calendar(e)
    if lost is None and expect == "date" and not stays_in_range(e):
        lost = e
    if lost is not None:
        why = f"`{format_expression(lost)}` can be centuries away"
        checker.tell(
            "wrong-duration", why, lost.place, "add less to the date, or take less from it"
        )


def _deep(e: Expression) -> bool:
    """Whether it is nested too deeply, defined names written out; visits no more than `MOST_NODES`."""
    level: list[Expression] = [e]
    for _ in range(MAX_DEPTH + 1):
        level = [child for node in level for child in children(node)]
    return bool(level)
