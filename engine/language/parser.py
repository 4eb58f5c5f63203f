"""Text to syntax: a condition or a value, as ops people write it.

Whatever is wrong is returned with its place; the first thing that cannot be read at all ends the reading.
From the weakest: `or`, `and`, `not`, comparisons with `in`, `between` and `is missing`, `+ -`, `* /`, a minus sign.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Literal, cast

from ..core.problems import Problem, Span
from .formatter import format_number
from .functions.function_row import FIRST_DATE, LAST_DATE
from .lexer import KEYWORDS, PlaceOf, Token, tokenise
from .surface import (
    BinaryOp,
    BoolOp,
    ComparisonChain,
    ComparisonLink,
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
from .syntax_errors import (
    MAX_DEPTH,
    UNITS,
    Spot,
    after_not,
    empty_condition,
    not_a_unit,
    not_a_value,
    too_deep,
    trailing,
    without_duplicates,
)

LONGEST_CONDITION = 10_000
LARGEST_LITERAL = 1e15
"""Numbers up to here are exact in columns."""
MISSING_WORDS = frozenset({"null", "none", "nil", "nan", "na", "empty", "blank", "unknown"})
"""Other languages' words for a missing value."""

_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _NEGATE = range(1, 8)
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_POWERS = {
    "or": _OR,
    "and": _AND,
    "in": _COMPARE,
    "between": _COMPARE,
    "is": _COMPARE,
    "not": _COMPARE,
    **dict.fromkeys(_COMPARISONS, _COMPARE),
    "+": _ADD,
    "-": _ADD,
    "*": _MULTIPLY,
    "/": _MULTIPLY,
}


def parse_text(text: str, at: PlaceOf) -> tuple[SurfaceNode | None, list[Problem]]:
    """What a text says, or None with the reasons; `at` gives the place of a stretch of it."""
    if len(text) > LONGEST_CONDITION:
        why = f"this is {len(text):,} characters long; {LONGEST_CONDITION:,} are the most"
        return None, [
            Problem("long-condition", why, at(0, 1), "split it up with names under define:")
        ]
    tokens, problems = tokenise(text, at)
    if problems and problems[-1].code == "unclosed-text":
        return None, problems
    if len(tokens) == 1:
        if not problems:
            problems.append(empty_condition(at(0, max(len(text), 1))))
        return None, problems
    reader = _Reader(tokens, at, problems, text)
    try:
        written = reader.whole()
    except _Unreadable as stop:
        written = None
        problems.append(stop.problem)
    return written, without_duplicates(problems)


class _Unreadable(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


class _Reader:
    """Goes through the tokens once; its place among them is all that it remembers."""

    def __init__(
        self, tokens: Sequence[Token], at: PlaceOf, problems: list[Problem], text: str
    ) -> None:
        self.tokens = tokens
        self.at = at
        self.problems = problems
        self.text = text
        self.index = 0
        self.depth = 0

    def whole(self) -> SurfaceNode:
        """The whole text; what stands behind a complete condition is a problem, not an end."""
        result = self.expression(0)
        token = self.peek()
        if token.kind != "end" and not any(p.code == "unexpected-text" for p in self.problems):
            self.problems.append(self.because(trailing, token))
        return result

    def peek(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.tokens[self.index]
        if token.kind != "end":
            self.index += 1
        return token

    def because(self, why: Callable[[Spot], Problem], token: Token) -> Problem:
        """Why it cannot be read on at a token, the last one taken or the next."""
        index = self.index if token is self.tokens[self.index] else self.index - 1
        before, behind = self.tokens[max(index - 1, 0)], self.tokens[index + 1 :]
        end = self.tokens[-1]
        return why(Spot(before, token, behind[0] if behind else end, self.text, self.at))

    def takes(self, text: str) -> bool:
        token = self.tokens[self.index]
        if token.text == text and token.kind in ("sign", "word"):
            self.index += 1
            return True
        return False

    def span(self, start: int) -> Span:
        """From a character to the end of the last token taken."""
        return self.at(start, self.tokens[max(self.index - 1, 0)].end)

    def place(self, token: Token) -> Span:
        return self.at(token.start, max(token.end, token.start + 1))

    def expression(self, power: int) -> SurfaceNode:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _Unreadable(too_deep(self.place(self.peek())))
        start = self.peek().start
        left = self.prefix()
        while True:
            token = self.peek()
            found = _POWERS.get(token.text, 0) if token.kind in ("sign", "word") else 0
            if not found or found <= power:
                break
            left = self.further(left, token, found, start)
        self.depth -= 1
        return left

    def further(self, left: SurfaceNode, token: Token, power: int, start: int) -> SurfaceNode:
        if power == _COMPARE:
            return self.comparison(left, start)
        if power > _COMPARE:
            self.take()
            right = self.expression(power)
            operator = cast(Literal["+", "-", "*", "/"], token.text)
            return BinaryOp(operator, left, right, self.span(start))
        operands = [left]
        while self.takes(token.text):
            operands.append(self.expression(power))
        word: Literal["and", "or"] = "and" if token.text == "and" else "or"
        return BoolOp(word, tuple(operands), self.span(start))

    def comparison(self, left: SurfaceNode, start: int) -> SurfaceNode:
        token = self.take()
        if token.text in _COMPARISONS:
            return self.chain(left, token, start)
        if token.text == "is":
            return self.missing(left, start)
        negated = token.text == "not"
        if negated:
            token = self.take()
            if token.text not in ("in", "between") or token.kind != "word":
                raise _Unreadable(self.because(after_not, token))
        inner: SurfaceNode
        if token.text == "in":
            options = self.options()
            return InTest(left, options, negated, self.span(start))
        inner = self.between(left, start)
        return NotOp(inner, self.span(start)) if negated else inner

    def chain(self, first: SurfaceNode, token: Token, start: int) -> SurfaceNode:
        links: list[ComparisonLink] = []
        while True:
            right = self.expression(_COMPARE)
            operator = cast(Literal["==", "!=", "<", "<=", ">", ">="], token.text)
            links.append(ComparisonLink(operator, self.place(token), right))
            token = self.peek()
            if token.kind != "sign" or token.text not in _COMPARISONS:
                return ComparisonChain(first, tuple(links), self.span(start))
            self.take()

    def between(self, item: SurfaceNode, start: int) -> SurfaceNode:
        here = self.place(self.tokens[self.index - 1])
        low = self.expression(_COMPARE)
        token = self.peek()
        if not self.takes("and"):
            why = "`between` needs two values with `and` between them"
            raise _Unreadable(
                Problem("unexpected-text", why, self.place(token), "write: score between 50 and 70")
            )
        high = self.expression(_COMPARE)
        return ComparisonChain(
            low,
            (ComparisonLink("<=", here, item), ComparisonLink("<=", here, high)),
            self.span(start),
        )

    def missing(self, operand: SurfaceNode, start: int) -> SurfaceNode:
        negated = self.takes("not")
        token = self.peek()
        if self.takes("missing"):
            return MissingTest(operand, negated, self.span(start))
        words = "is not" if negated else "is"
        if token.kind == "word" and token.text.lower() in MISSING_WORDS:
            self.take()
            self.problems.append(
                Problem(
                    "wrong-missing",
                    f"`{words} {token.text}` is not used here",
                    self.place(token),
                    f"write {words} missing",
                )
            )
            return MissingTest(operand, negated, self.span(start))
        operator: Literal["!=", "=="] = "!=" if negated else "=="
        self.problems.append(
            Problem(
                "wrong-operator",
                f"`{words}` stands only before `missing`",
                self.place(token),
                f"write {operator}" if token.kind != "end" else f"write {words} missing",
            )
        )
        if token.kind == "end":
            return MissingTest(operand, negated, self.span(start))
        here = self.place(token)
        return ComparisonChain(
            operand, (ComparisonLink(operator, here, self.expression(_COMPARE)),), self.span(start)
        )

    def options(self) -> tuple[SurfaceNode, ...]:
        token = self.take()
        if token.text == "(" and token.kind == "sign":
            return self.items(")", token)
        why = "`in` needs a list in round brackets"
        written = self.text[token.start : token.end]
        if token.text == "[" and token.kind == "sign":
            self.problems.append(Problem("wrong-list", why, self.place(token), "write ( and )"))
            return self.items("]", token)
        if token.kind == "word" and token.text not in KEYWORDS:
            written = f"'{written}'"
        elif token.kind not in ("text", "number", "date"):
            written = "'a', 'b'"
        hint = f"write in ({written})"
        raise _Unreadable(Problem("wrong-list", why, self.place(token), hint))

    def items(self, closing: str, opening: Token) -> tuple[SurfaceNode, ...]:
        """What stands between brackets, commas between; the opening one is taken already."""
        found: list[SurfaceNode] = []
        if self.takes(closing):
            return ()
        while True:
            found.append(self.expression(0))
            comma = self.peek()
            if not self.takes(","):
                self.close(closing, opening)
                return tuple(found)
            if self.takes(closing):
                why = "nothing follows this comma"
                self.problems.append(
                    Problem("unexpected-text", why, self.place(comma), "remove it")
                )
                return tuple(found)

    def close(self, closing: str, opening: Token) -> None:
        token = self.peek()
        if self.takes(closing):
            return
        if token.kind == "end":
            why = f"this bracket is not closed; `{closing}` is missing"
            raise _Unreadable(Problem("unbalanced-bracket", why, self.place(opening)))
        if token.kind == "sign" and token.text in ")]":
            why = f"the bracket that is open here is closed by `{closing}`, not by `{token.text}`"
            raise _Unreadable(Problem("unbalanced-bracket", why, self.place(token)))
        raise _Unreadable(self.because(trailing, token))

    def prefix(self) -> SurfaceNode:
        token = self.take()
        if token.kind == "word":
            return self.word(token)
        if token.kind == "number":
            return self.number(token)
        if token.kind == "text":
            return LiteralNode(token.text, "text", self.place(token))
        if token.kind == "date":
            return self.date(token)
        if token.text == "(":
            inner = self.expression(0)
            self.close(")", token)
            return inner
        if token.text == "-":
            return UnaryMinus(self.expression(_NEGATE), self.span(token.start))
        raise _Unreadable(self.because(not_a_value, token))

    def word(self, token: Token) -> SurfaceNode:
        text = token.text
        if text == "not":
            return NotOp(self.expression(_NOT), self.span(token.start))
        if text in ("true", "false"):
            return LiteralNode(text == "true", "boolean", self.place(token))
        if text in KEYWORDS:
            raise _Unreadable(self.because(not_a_value, token))
        opening = self.peek()
        if self.takes("("):
            arguments = self.items(")", opening)
            return FunctionCall(text, self.place(token), arguments, self.span(token.start))
        return Identifier(text, self.place(token))

    def number(self, token: Token) -> SurfaceNode:
        value = float(token.text)
        if abs(value) > LARGEST_LITERAL:
            why = f"{token.text} is too large a number"
            hint = "the largest is 1000000000000000"
            self.problems.append(Problem("wrong-number", why, self.place(token), hint))
            value = 0.0
        follows = self.peek()
        if follows.kind == "word" and follows.text not in KEYWORDS:
            return self.length(token, value, follows)
        if follows.kind == "sign" and follows.text == "%":
            self.take()
            share = format_number(float(f"{value / 100:.12g}"))
            self.problems.append(
                Problem(
                    "wrong-number",
                    f"`{token.text}%` is not how numbers are written here",
                    self.span(token.start),
                    f"write {share} if the field is a share, {token.text} if it counts in percent",
                )
            )
        return LiteralNode(value, "number", self.place(token))

    def length(self, token: Token, value: float, follows: Token) -> SurfaceNode:
        """A number with a word behind it: a duration, or something that only looks like one."""
        unit = UNITS.get(follows.text)
        if follows.text == "business":
            self.take()
            if UNITS.get(self.peek().text) == "days":
                self.take()
            return DurationLiteral(value, "business days", self.span(token.start))
        if unit is None:
            raise _Unreadable(self.because(not_a_unit, follows))
        self.take()
        if follows.start == token.end:
            self.problems.append(
                Problem(
                    "wrong-duration",
                    f"`{token.text}{follows.text}` needs a space",
                    self.span(token.start),
                    f"write {token.text} {follows.text}",
                )
            )
        return DurationLiteral(value, unit, self.span(token.start))

    def date(self, token: Token) -> SurfaceNode:
        place = self.place(token)
        year, month, day = token.text.split("-")
        padded = f"{year}-{month:0>2}-{day:0>2}"
        value, problem = read_date(padded, place)
        if problem is None and padded != token.text:
            problem = Problem(
                "wrong-date",
                f"{token.text} is not how dates are written here",
                place,
                f"write {padded}",
            )
        if problem is not None:
            self.problems.append(problem)
        return LiteralNode(value, "date", place)


def read_date(text: str, place: Span) -> tuple[dt.date, Problem | None]:
    """A date of the form 2026-01-31; with a problem, some date all the same."""
    try:
        value = dt.date.fromisoformat(text)
    except ValueError:
        return FIRST_DATE, Problem("wrong-date", f"{text} is not a date that exists", place)
    if FIRST_DATE <= value <= LAST_DATE:
        return value, None
    return FIRST_DATE, Problem("wrong-date", f"{text} is outside the years 1900 to 2200", place)
