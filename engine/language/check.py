"""Syntax to the typed tree: every name known, every type right, or the reasons why not.

Each function gives None when it, or something below it, has put a problem on the list, or uses a name whose
definition has one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..calendar.offset import Offset
from ..text.problem import Problem, Span
from . import arguments, mismatch
from .bounds import MOST_COPIES, copies, leaves_calendar, may_be_kept
from .format import format_expression
from .parse import MISSING_WORDS
from .refusals import DEEPEST, too_deep
from .scope import Scope, unknown_name
from .syntax import (
    Apply,
    Binary,
    Chain,
    Junction,
    Known,
    Length,
    Member,
    Missing,
    Negation,
    Negative,
    Word,
    Written,
)
from .tree import (
    NAMES,
    And,
    Arithmetic,
    Compare,
    Constant,
    Defined,
    Duration,
    Expression,
    Field,
    In,
    IsMissing,
    Name,
    Not,
    Or,
    Type,
    Value,
)
from .walk import bare, children, walk

LONGEST_DURATION = {"days": 36_500, "weeks": 5_200, "months": 1_200, "years": 100}
MOST_NODES = 2_000
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

    def any(self, w: Written, depth: int = 0) -> Expression | None:
        """A value or a condition, of whichever type."""
        self.nodes += 1
        if depth > DEEPEST:
            if not any(problem.code == "deep-condition" for problem in self.problems):
                self.problems.append(too_deep(w.place))
            return None
        if isinstance(w, Known):
            return known(w)
        if isinstance(w, Word):
            return self.word(w)
        if isinstance(w, Length):
            return self.length(w)
        if isinstance(w, Chain):
            return self.chain(w, depth)
        if isinstance(w, Junction):
            return self.junction(w, depth)
        if isinstance(w, Member):
            return self.member(w, depth)
        if isinstance(w, Apply):
            return arguments.call(self, w, depth)
        if isinstance(w, Binary):
            return self.arithmetic(w, depth)
        if isinstance(w, Negative):
            return self.negative(w, depth)
        return self.negation(w, depth)

    def condition(self, w: Written, depth: int = 0) -> Expression | None:
        """Something that holds or does not."""
        e = self.any(w, depth)
        if e is not None and e.type != "boolean":
            self.refuse(mismatch.no_condition(e, w.place))
            return None
        return e

    def word(self, w: Word) -> Expression | None:
        """A name, as what it stands for."""
        if w.name in self.scope.definitions:
            expression = self.scope.definitions[w.name]
            if self.nodes <= MOST_NODES:
                self.nodes += sum(1 for _ in walk(expression))
            return Defined(w.name, expression, w.place)
        if w.name in self.scope.names:
            return Name(w.name, NAMES[w.name], w.place)
        if w.name in self.scope.fields:
            return Field(w.name, self.scope.fields[w.name][0], w.place)
        if w.name in self.scope.lost:
            return None
        self.refuse(unknown_name(w.name, w.place, self.scope))
        return None

    def length(self, w: Length) -> Expression | None:
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
        if abs(w.number) > LONGEST_DURATION[w.unit]:
            most = LONGEST_DURATION[w.unit]
            self.tell(
                "wrong-duration", f"this is longer than {most} {w.unit}, the longest", w.place
            )
            return None
        return Duration(Offset(int(w.number), w.unit), w.place)  # type: ignore[arg-type]

    def negative(self, w: Negative, depth: int) -> Expression | None:
        """A minus before a value: part of what is written out, else nought less the value."""
        if isinstance(w.operand, Length):
            return self.length(Length(-w.operand.number, w.operand.unit, w.place))
        e = self.any(w.operand, depth + 1)
        if e is None:
            return None
        if e.type not in ("number", "duration"):
            self.refuse(mismatch.no_number(e, w.place))
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

    def arithmetic(self, w: Binary, depth: int) -> Expression | None:
        """Numbers with numbers; dates with durations; durations with durations."""
        left, right = self.any(w.left, depth + 1), self.any(w.right, depth + 1)
        if left is None or right is None:
            return None
        given = mismatch.arithmetic_type(w.operator, left, right)
        if given is None:
            self.refuse(mismatch.no_arithmetic(w.operator, left, right, w.place))
            return None
        if given == "duration" and not (self.in_days(left) and self.in_days(right)):
            return None
        if given == "date" and not isinstance(right, Duration) and not self.in_days(right):
            return None
        return Arithmetic(w.operator, left, right, given, w.place)

    def in_days(self, e: Expression) -> bool:
        """False, with a problem, for a duration of months or years where days must be counted."""
        inner = bare(e)
        if not isinstance(inner, Duration) or inner.offset.unit in ("days", "weeks"):
            return True
        self.refuse(mismatch.no_days(inner, e.place))
        return False

    # -- conditions ---------------------------------------------------------------------------

    def chain(self, w: Chain, depth: int) -> Expression | None:
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
        self, written: tuple[Written, ...], w: Chain, depth: int
    ) -> list[Expression | None]:
        """What a chain compares; an unknown word beside a text is most likely a text without quotes."""
        checked: list[Expression | None] = []
        lost: list[Word] = []
        for operand in written:
            if isinstance(operand, Word) and not self.scope.knows(operand.name):
                lost.append(operand)
                checked.append(None)
            else:
                checked.append(self.any(operand, depth + 1))
        beside = next((e for e in checked if e is not None), None)
        for word in lost:
            self.refuse(self.lost(word, beside, w))
        return checked

    def lost(self, word: Word, beside: Expression | None, w: Chain) -> Problem:
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
            allowed = mismatch.allowed_values(beside, self.scope)
            near = mismatch.nearest_value(word.name, allowed)
            hint = f"texts stand in quotes: '{near or word.name}'"
            return Problem(problem.code, problem.message, problem.span, hint)
        return problem

    def compare(self, e: Compare, place: Span) -> Expression | None:
        """The comparison, if its two sides can be compared so."""
        problem = mismatch.no_comparison(e, place)
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
        values = mismatch.allowed_values(e, self.scope)
        if not values or constant.value in values:
            return True
        self.refuse(mismatch.no_such_value(e, str(constant.value), values, constant.place))
        return False

    def member(self, w: Member, depth: int) -> Expression | None:
        """Membership in a list of values written out, all of the item's type."""
        item = self.any(w.item, depth + 1)
        if not w.options:
            self.tell("wrong-list", "this list is empty", w.place, "write in ('a', 'b')")
            return None
        if item is not None and item.type in ("boolean", "duration"):
            self.tell("wrong-list", f"`in` does not take {mismatch.a(item.type)}", w.item.place)
            item = None
        options = [self.option(option, item) for option in w.options]
        found = tuple(option for option in options if option is not None)
        if item is None or len(found) < len(options):
            return None
        member = In(item, found, w.place)
        return Not(member, w.place) if w.negated else member

    def option(self, w: Written, item: Expression | None) -> Constant | None:
        """One value of a list."""
        if isinstance(w, Word) and not self.scope.knows(w.name):
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
            self.refuse(mismatch.no_option(item, e))
            return None
        return e if self.allowed(item, e) else None

    def negation(self, w: Negation | Missing, depth: int) -> Expression | None:
        """`not`, `is missing` and `is not missing`."""
        if isinstance(w, Negation):
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

    def junction(self, w: Junction, depth: int) -> Expression | None:
        """`and` and `or`; every part is checked, whatever is wrong with the others."""
        parts = [self.condition(operand, depth + 1) for operand in w.operands]
        found = tuple(part for part in parts if part is not None)
        if len(found) < len(parts):
            return None
        if len(found) == 1:
            return found[0]
        return And(found, w.place) if w.word == "and" else Or(found, w.place)


def known(w: Known) -> Constant:
    """A value written out; whole numbers as int, so that they print as they were written."""
    value: Value = w.value
    if w.type == "number" and float(value) == int(value):  # type: ignore[arg-type]
        value = int(value)  # type: ignore[arg-type]
    return Constant(value, w.type, w.place)


def check(w: Written, scope: Scope, expect: Type | None) -> tuple[Expression | None, list[Problem]]:
    """The typed tree of what was written, of the type expected (None: any), or the reasons."""
    checker = Checker(scope)
    e = checker.condition(w) if expect == "boolean" else checker.any(w)
    if e is not None and expect is not None and e.type != expect:
        checker.refuse(mismatch.not_expected(e, expect, w.place))
    if e is not None and not checker.problems:
        _limits(checker, e, expect)
    return (None if checker.problems else e), checker.problems


def _limits(checker: Checker, e: Expression, expect: Type | None) -> None:
    """Refuses what no run should have to compute, and dates that could leave the calendar."""
    if checker.nodes > MOST_NODES or _deep(e) or copies(e) > MOST_COPIES:
        why = (
            "with its defined names written out this has too many parts, or too many in each other"
        )
        hint = "shorten it, and the names under define: that it uses"
        checker.tell("deep-condition", why, e.place, hint)
        return
    lost = leaves_calendar(e)
    if lost is None and expect == "date" and not may_be_kept(e):
        lost = e
    if lost is not None:
        why = f"`{format_expression(lost)}` can be centuries away"
        checker.tell(
            "wrong-duration", why, lost.place, "add less to the date, or take less from it"
        )


def _deep(e: Expression) -> bool:
    """Whether it is nested too deeply, defined names written out; visits no more than `MOST_NODES`."""
    level: list[Expression] = [e]
    for _ in range(DEEPEST + 1):
        level = [child for node in level for child in children(node)]
    return bool(level)
