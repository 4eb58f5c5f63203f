"""Parser: text of a condition or value to surface nodes.

Problems are returned with their spans. Parsing continues after those that leave the meaning clear, and stops at others.
Precedence, lowest first: `or`, `and`, `not`, comparisons (also `in`, `between`, `is missing`), `+ -`, `* /`, minus.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Sequence
from typing import Literal, cast

from ..core.problems import Problem, ProblemList, Span, correction
from ..text.written_values import number_hint, unit_of
from .formatter import format_value
from .functions import INFIX
from .functions.function_row import FIRST_DATE, LAST_DATE
from .lexer import KEYWORDS, SpanOf, Token, tokenise
from .other_wordings import find_other_wording
from .subjects import excludes, lacks_subject, subject_of
from .surface import (
    BinaryOp,
    BoolOp,
    ColumnName,
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
    WhereClause,
)
from .syntax_errors import (
    MAX_CONDITION_DEPTH,
    UNITS,
    ErrorContext,
    after_not,
    corrects_part,
    empty_condition,
    not_a_unit,
    not_a_value,
    too_deep,
    trailing,
    within,
    without_duplicates,
)
from .text_tests import TextTest, read_text_test, wrong_text_test
from .worded_comparisons import negate_comparison, read_comparison
from .wording_rows import REMOVE

LONGEST_CONDITION = 10_000
"""Maximum characters of a condition."""
LARGEST_LITERAL = 1e15
"""Largest number that may be written; whole numbers up to it are exact as floats."""
LARGEST_HINT = f"the largest is {LARGEST_LITERAL:.0f}"
MISSING_WORDS = frozenset(
    (
        *(
            "null",
            "none",
            "nil",
            "nan",
            "na",
            "empty",
            "blank",
            "unknown",
            "unset",
            "undefined",
            "absent",
        ),
        *("nul", "vide", "inconnu", "manquant", "leer", "unbekannt", "fehlend"),
    )
)
"""Words for a missing value in other languages; all are reported, with `is missing` as the hint."""
KNOWN_WORDS = frozenset(
    (
        *("set", "known", "present", "defined", "given", "filled", "assigned", "populated"),
        *("connu", "renseigné", "rempli", "bekannt", "gesetzt", "vorhanden"),
    )
)
"""Words for a value that is not missing; all are reported after `is`, with `is not missing` as the hint."""

WHERE = "where"
"""The word before a condition on events."""

_NUMBER = r"-?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"[\[(]?\s*({_NUMBER})\s*(?:\.\.\.?|\bto\b)\s*({_NUMBER})\s*[\])]?", re.ASCII)
"""A range in other words, such as `8..10` or `8 to 10`."""

_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _NEGATE = range(1, 8)
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_PRECEDENCE = {
    "or": _OR,
    "and": _AND,
    "in": _COMPARE,
    "between": _COMPARE,
    "is": _COMPARE,
    "not": _COMPARE,
    **dict.fromkeys(_COMPARISONS, _COMPARE),
    **dict.fromkeys(INFIX, _COMPARE),
    "+": _ADD,
    "-": _ADD,
    "*": _MULTIPLY,
    "/": _MULTIPLY,
}


def parse_text(
    text: str, span_of: SpanOf, constants: Collection[str] = ()
) -> tuple[SurfaceNode | None, list[Problem]]:
    """Parse a condition or a value.

    Args:
        text: The condition or value.
        span_of: Maps characters of the text to spans in the file.
        constants: The names with one value for all accounts.

    Returns:
        The node, and the problems; the node is None where the text cannot be parsed.
    """
    if len(text) > LONGEST_CONDITION:
        why = f"this is {len(text):,} characters long; {LONGEST_CONDITION:,} are the most"
        return None, [
            Problem("long-condition", why, span_of(0, 1), "split it up with names under define:")
        ]
    tokens, spelling = tokenise(text, span_of)
    problems = ProblemList(spelling)
    if problems and problems[-1].code == "unclosed-text":
        wording = find_other_wording(text, span_of, readable=False)
        return None, [wording] if wording else problems
    if len(tokens) == 1:
        if not problems:
            problems.append(empty_condition(span_of(0, max(len(text), 1))))
        return None, problems
    parser = _Parser(tokens, span_of, problems, text, constants)
    try:
        node = parser.whole_text()
    except _Unreadable as error:
        node = None
        problems.append(error.problem)
    if wording := find_other_wording(text, span_of, readable=not problems):
        return None, [wording]
    return node, without_duplicates(problems)


class _Unreadable(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


def raise_separated(problem: Problem) -> None:
    """Raise the problem of a number with commas or spaces in it; return for any other problem."""
    if problem.code == "wrong-number":
        raise _Unreadable(problem)


class _Parser:
    """A precedence-climbing parser; its state is the index of the next token."""

    def __init__(
        self,
        tokens: Sequence[Token],
        span_at: SpanOf,
        problems: ProblemList,
        text: str,
        constants: Collection[str],
    ) -> None:
        self.tokens = tokens
        self.span_at = span_at
        self.problems = problems
        self.text = text
        self.constants = constants
        self.index = 0
        self.depth = 0
        self.condition_before: SurfaceNode | None = None
        """The condition that `and` or `or` joins to the one being parsed."""

    def whole_text(self) -> SurfaceNode:
        """Parse the complete text; anything after a complete condition is a problem."""
        result = self.expression(0)
        token = self.peek()
        if token.kind != "end" and not any(p.code == "unexpected-text" for p in self.problems):
            self.problems.append(self.error_at(trailing, token))
        return result

    def peek(self) -> Token:
        return self.tokens[self.index]

    def take(self) -> Token:
        token = self.tokens[self.index]
        if token.kind != "end":
            self.index += 1
        return token

    def error_at(self, why: Callable[[ErrorContext], Problem], token: Token) -> Problem:
        """Return the problem of a token, which is the last one taken or the next one."""
        index = self.index if token is self.tokens[self.index] else self.index - 1
        before, following = self.tokens[max(index - 1, 0)], self.tokens[index + 1 :]
        after = following[0] if following else self.tokens[-1]
        return why(ErrorContext(before, token, after, self.text, self.span_at))

    def accept(self, text: str) -> bool:
        token = self.tokens[self.index]
        if token.text == text and token.kind in ("symbol", "word"):
            self.index += 1
            return True
        return False

    def span_from(self, start: int) -> Span:
        """Return the span from a character to the end of the last token taken."""
        return self.span_at(start, self.tokens[max(self.index - 1, 0)].end)

    def correct(self, code: str, why: str, start: int, instead: str) -> Span:
        """Report what is written from a character to the last token taken, with the text that means it here."""
        span = self.span_from(start)
        self.problems[:] = [each for each in self.problems if not corrects_part(each, span)]
        fix = correction(span, instead, self.text[start : self.tokens[max(self.index - 1, 0)].end])
        hint = f"write {instead}" if instead else REMOVE
        self.problems.append(Problem(code, why, span, hint, fix=fix))
        return span

    def span_of(self, token: Token) -> Span:
        return self.span_at(token.start, max(token.end, token.start + 1))

    def expression(self, precedence: int) -> SurfaceNode:
        self.depth += 1
        if self.depth > MAX_CONDITION_DEPTH:
            raise _Unreadable(too_deep(self.span_of(self.peek())))
        start = self.peek().start
        left = self.prefix()
        while True:
            token = self.peek()
            binding = _PRECEDENCE.get(token.text, 0) if token.kind in ("symbol", "word") else 0
            if not binding and token.kind == "word" and read_text_test(self.tokens[self.index :]):
                binding = _COMPARE
            if not binding or binding <= precedence:
                break
            left = self.infix(left, token, binding, start)
        self.depth -= 1
        return left

    def infix(self, left: SurfaceNode, token: Token, precedence: int, start: int) -> SurfaceNode:
        if precedence == _COMPARE:
            return self.comparison(left, start)
        if precedence > _COMPARE:
            self.take()
            right = self.expression(precedence)
            operator = cast(Literal["+", "-", "*", "/"], token.text)
            return BinaryOp(operator, left, right, self.span_from(start))
        operands, before = [left], self.condition_before
        while self.accept(token.text):
            self.condition_before = operands[-1]
            operands.append(self.expression(precedence))
        self.condition_before = before
        word: Literal["and", "or"] = "and" if token.text == "and" else "or"
        return BoolOp(word, tuple(operands), self.span_from(start))

    def comparison(self, left: SurfaceNode, start: int) -> SurfaceNode:
        if test := read_text_test(self.tokens[self.index :]):
            return self.text_test(left, test, start)
        token = self.take()
        if token.text in _COMPARISONS:
            return self.chain(left, token, start)
        if token.text == "is":
            return self.missing(left, start)
        negated = token.text == "not"
        if negated:
            opening, token = token, self.take()
            if token.text not in ("in", "between") or token.kind != "word":
                if worded := read_comparison(self.tokens[self.index - 1 :]):
                    self.index -= 1
                    return self.worded(left, opening, worded, True, start)
                raise _Unreadable(self.error_at(after_not, token))
        inner: SurfaceNode
        if token.text == "in":
            self.refuse_text_in_field(left, negated, start)
            options = self.options()
            return InTest(left, options, negated, self.span_from(start))
        inner = self.between(left, start)
        return NotOp(inner, self.span_from(start)) if negated else inner

    def chain(self, first: SurfaceNode, token: Token, start: int) -> SurfaceNode:
        links: list[ComparisonLink] = []
        while True:
            right = self.expression(_COMPARE)
            operator = cast(Literal["==", "!=", "<", "<=", ">", ">="], token.text)
            links.append(ComparisonLink(operator, self.span_of(token), right))
            token = self.peek()
            if token.kind != "symbol" or token.text not in _COMPARISONS:
                return ComparisonChain(first, tuple(links), self.span_from(start))
            self.take()

    def text_test(self, left: SurfaceNode, test: TextTest, start: int) -> SurfaceNode:
        """Parse a test of a text for a part of it, such as `contains 'x'` or `like '%x%'`."""
        opening = self.peek()
        for _ in range(test.count):
            last = self.take()
        subject = self.text[start : opening.start].rstrip()
        parts = self.parts(test, last)
        span = self.span_from(start)
        is_method = subject.endswith(".")
        if is_method:
            self.forget_dot(start + len(subject) - 1)
        if is_method or not test.correct or (len(parts) > 1 and not test.takes_items):
            written = self.text[opening.start : last.end]
            texts = [text for _, text in parts]
            self.problems.append(
                wrong_text_test(test, written, subject.removesuffix("."), texts, span)
            )
        nodes = [node for node, _ in parts] if test.takes_items else [parts[0][0]]
        inner: SurfaceNode
        if test.operator in INFIX:
            inner = FunctionCall(test.operator, self.span_of(last), (left, *nodes), span)
        else:
            inner = ComparisonChain(left, (ComparisonLink("==", span, nodes[0]),), span)
        return NotOp(inner, span) if test.negated else inner

    def parts(self, test: TextTest, last: Token) -> list[tuple[SurfaceNode, str]]:
        """Parse the part of a text that a test searches for, with its text; several where a list is written."""
        if test.pattern is not None:
            node = LiteralNode(test.pattern, "text", self.span_of(last))
            return [(node, format_value(test.pattern))]
        opening = self.peek()
        if not self.accept("("):
            part = self.expression(_COMPARE)
            return [(part, self.text[opening.start : self.tokens[self.index - 1].end])]
        items = self.items(")", opening)
        if not items:
            raise _Unreadable(self.error_at(not_a_value, self.tokens[self.index - 1]))
        text = self.text[opening.end : self.tokens[self.index - 1].start].strip()
        return [(i, format_value(i.value) if isinstance(i, LiteralNode) else text) for i in items]

    def forget_dot(self, index: int) -> None:
        """Remove the problem of a dot, which the problem of the method call contains."""
        dot = self.span_at(index, index + 1)
        self.problems[:] = [problem for problem in self.problems if problem.span != dot]

    def between(self, item: SurfaceNode, start: int) -> SurfaceNode:
        operator_span = self.span_of(self.tokens[self.index - 1])
        low = self.expression(_COMPARE)
        token = self.peek()
        if token.kind == "word" and token.text == "to":
            self.take()
            why = "`between` needs two values with `and` between them"
            self.correct("wrong-operator", why, token.start, "and")
        elif not self.accept("and"):
            if self.tokens[self.index - 1].kind == "number":
                raise_separated(self.error_at(trailing, token))
            why = "`between` needs two values with `and` between them"
            hint = "put `and` between the two values, as in `between 50 and 70`"
            raise _Unreadable(Problem("unexpected-text", why, self.span_of(token), hint))
        high = self.expression(_COMPARE)
        return ComparisonChain(
            low,
            (
                ComparisonLink("<=", operator_span, item),
                ComparisonLink("<=", operator_span, high),
            ),
            self.span_from(start),
        )

    def missing(self, operand: SurfaceNode, start: int) -> SurfaceNode:
        opening = self.tokens[self.index - 1]
        negated = self.accept("not")
        token = self.peek()
        if self.accept("missing"):
            return MissingTest(operand, negated, self.span_from(start))
        words = "is not" if negated else "is"
        word = token.text.lower() if token.kind == "word" else ""
        if word in MISSING_WORDS | KNOWN_WORDS:
            self.take()
            negated = negated == (word in MISSING_WORDS)
            why = f"`{words} {token.text}` is not used here"
            right = "is not missing" if negated else "is missing"
            self.correct("wrong-missing", why, opening.start, right)
            return MissingTest(operand, negated, self.span_from(start))
        if word == "within" and self.index > 1:
            subject = self.tokens[self.index - 2 - negated]
            raise _Unreadable(within(subject, token, self.text, self.span_at))
        if worded := read_comparison(self.tokens[self.index :]):
            return self.worded(operand, opening, worded, negated, start)
        if not negated and token.kind == "symbol" and token.text in _COMPARISONS:
            self.correct(
                "wrong-operator", "`is` is not written before a comparison", opening.start, ""
            )
            return self.chain(operand, self.take(), start)
        operator: Literal["!=", "=="] = "!=" if negated else "=="
        why = f"`{words}` is used only before `missing`"
        instead = operator if token.kind != "end" else f"{words} missing"
        self.correct("wrong-operator", why, opening.start, instead)
        if token.kind == "end":
            return MissingTest(operand, negated, self.span_from(start))
        operator_span = self.span_of(token)
        return ComparisonChain(
            operand,
            (ComparisonLink(operator, operator_span, self.expression(_COMPARE)),),
            self.span_from(start),
        )

    def worded(
        self,
        operand: SurfaceNode,
        opening: Token,
        worded: tuple[str, int],
        negated: bool,
        start: int,
        subject: str = "",
    ) -> SurfaceNode:
        """Parse a comparison in words, such as `is below 70` or `is in ('a', 'b')`.

        `subject` is the text of an operand that is not written before it.
        """
        right, words = worded
        for _ in range(words):
            self.take()
        right = negate_comparison(right) if negated else right
        why = f"`{self.text[opening.start : self.tokens[self.index - 1].end]}` is not used here"
        span = self.correct("wrong-operator", why, opening.start, f"{subject} {right}".strip())
        if right in ("between", "not between"):
            inner = self.between(operand, start)
            return NotOp(inner, self.span_from(start)) if right != "between" else inner
        if right in ("in", "not in"):
            return InTest(operand, self.options(), right != "in", self.span_from(start))
        operator = cast(Literal["==", "!=", "<", "<=", ">", ">="], right)
        link = ComparisonLink(operator, span, self.expression(_COMPARE))
        return ComparisonChain(operand, (link,), self.span_from(start))

    def options(self) -> tuple[SurfaceNode, ...]:
        token = self.take()
        if problem := self.range_of(token):
            raise _Unreadable(problem)
        if token.text == "(" and token.kind == "symbol":
            return self.items(")", token)
        why = "`in` needs a list in round brackets"
        if token.text == "[" and token.kind == "symbol":
            self.problems.report("wrong-list", why, self.span_of(token), "write ( and )")
            return self.items("]", token)
        if problem := self.within_days(token):
            raise _Unreadable(problem)
        listed = self.listed(token)
        span = self.span_at(token.start, listed[-1].end) if listed else self.span_of(token)
        one_kind = len({each.kind in ("word", "text") for each in listed}) == 1
        values = ", ".join(self.quoted(each) for each in listed) if one_kind else "'a', 'b'"
        raise _Unreadable(Problem("wrong-list", why, span, f"write ({values})"))

    def range_of(self, token: Token) -> Problem | None:
        """Return the problem of `in 8..10`, in place of those of its signs; None for other texts."""
        found = _RANGE.match(self.text, token.start)
        if found is None:
            return None
        places = range(token.start, found.end() + 1)
        inside = {self.span_at(start, end) for start in places for end in places if start < end}
        self.problems[:] = [problem for problem in self.problems if problem.span not in inside]
        span = self.span_at(self.tokens[self.tokens.index(token) - 1].start, found.end())
        why = "`in` needs a list in round brackets; a range is tested with `between`"
        return Problem("wrong-list", why, span, f"write between {found[1]} and {found[2]}")

    def within_days(self, token: Token) -> Problem | None:
        """Return the problem of `renewal_date in next 90 days`, where no list follows `in`; None for other texts."""
        index = self.tokens.index(token)
        before, subject = self.tokens[index - 1], self.tokens[index - 2]
        while self.tokens[index].text in ("the", "next", "last", "coming", "past", "less", "than"):
            before, index = self.tokens[index], index + 1
        number, unit = self.tokens[index], self.tokens[min(index + 1, len(self.tokens) - 1)]
        if number.kind != "number" or unit.kind != "word" or subject.kind != "word":
            return None
        return within(subject, before, self.text, self.span_at) if unit_of(unit.text) else None

    def refuse_text_in_field(self, left: SurfaceNode, negated: bool, start: int) -> None:
        """Raise the problem of `'beta' in tags`, where the list is a field."""
        name = self.peek()
        if not isinstance(left, LiteralNode) or left.type != "text" or name.kind != "word":
            return
        if _is_item(self.tokens[self.index + 1]) or self.tokens[self.index + 1].text == ",":
            return
        self.take()
        why = "`in` needs a list in round brackets; the items of a field are tested with `has`"
        hint = f"write {name.text} {'not ' if negated else ''}has {format_value(left.value)}"
        raise _Unreadable(Problem("wrong-list", why, self.span_from(start), hint))

    def listed(self, first: Token) -> list[Token]:
        """Return the literals of a list without brackets, up to the first other token."""
        listed: list[Token] = []
        index = self.index - 1 if first.kind != "end" else self.index
        while _is_item(self.tokens[index]):
            listed.append(self.tokens[index])
            index += 1
            if self.tokens[index].text == "," and _is_item(self.tokens[index + 1]):
                index += 1
            elif not _is_item(self.tokens[index]):
                break
        return listed

    def quoted(self, token: Token) -> str:
        """Return a literal as written, a word in quotes."""
        written = self.text[token.start : token.end]
        return f"'{written}'" if token.kind == "word" else written

    def items(self, closing: str, opening: Token, clause: str = "") -> tuple[SurfaceNode, ...]:
        """Parse comma-separated items up to the closing bracket; the opening one is taken already.

        `clause` is the word with which a condition can follow an item.
        """
        items: list[SurfaceNode] = []
        self.condition_before = None
        if self.accept(closing):
            return ()
        while True:
            start = self.peek().start
            item = self.expression(0)
            word = self.peek()
            if clause and word.kind == "word" and word.text.lower() == clause:
                item = self.where(item, start)
            items.append(item)
            comma = self.peek()
            if comma.text == "," and clause and self.tokens[self.index + 1].text == clause:
                why = f"no comma is written before `{clause}`"
                raise _Unreadable(
                    Problem("unexpected-text", why, self.span_of(comma), "remove the comma")
                )
            if not self.accept(","):
                if _is_item(self.peek()) and _is_item(self.tokens[self.index - 1]):
                    raise _Unreadable(self.missing_comma())
                self.close(closing, opening)
                return tuple(items)
            if self.accept(closing):
                why = "nothing follows this comma"
                self.problems.report("unexpected-text", why, self.span_of(comma), "remove it")
                return tuple(items)

    def missing_comma(self) -> Problem:
        """Return the problem of two items of a list without a comma between them."""
        before, token = self.tokens[self.index - 1], self.peek()
        if token.kind == before.kind == "number":
            raise_separated(self.error_at(trailing, token))
        why = "a comma is missing between these two"
        hint = f"write {self.quoted(before)}, {self.quoted(token)}"
        return Problem("wrong-list", why, self.span_at(before.start, token.end), hint)

    def close(self, closing: str, opening: Token) -> None:
        token = self.peek()
        if self.accept(closing):
            return
        if token.kind == "end":
            why = f"this bracket is not closed; `{closing}` is missing"
            hint = "if a comma follows it between braces, put the whole condition in quotes"
            split = hint if self.text[opening.start - 1 : opening.start].isalnum() else None
            raise _Unreadable(Problem("unbalanced-bracket", why, self.span_of(opening), split))
        if token.kind == "symbol" and token.text in ")]":
            why = f"the bracket that is open here is closed by `{closing}`, not by `{token.text}`"
            raise _Unreadable(Problem("unbalanced-bracket", why, self.span_of(token)))
        raise _Unreadable(self.error_at(trailing, token))

    def subject_before(self) -> SurfaceNode | None:
        """Return the subject of the condition before, where the next tokens are a comparison that lacks its own."""
        before, token = self.condition_before, self.peek()
        if before is None:
            return None
        subject = subject_of(before, self.constants)
        if subject is None:
            return None
        if worded := self.worded_ahead():
            return self.worded(subject, token, worded, False, token.start, self.text_of(subject))
        if not lacks_subject(self.tokens[self.index : self.index + 2]):
            return None
        last = self.tokens[self.index + 1] if token.text == "not" else token
        first, new = token, f"{self.text_of(subject)} {self.text[token.start : last.end]}"
        joined = self.tokens[self.index - 1]
        if excludes(before) and joined.text == "or" and token.text in ("==", "!="):
            # Neither of the values is meant: joined by `or`, the condition would be true of every value.
            first, new = joined, f"and {self.text_of(subject)} !="
        why = f"`{self.text[token.start : last.end]}` has nothing before it to compare"
        span = self.span_at(first.start, last.end)
        self.problems.report("unexpected-text", why, span, f"write {new}")
        return subject

    def worded_ahead(self) -> tuple[str, int] | None:
        """Return a comparison in words, such as `less than`, that is followed by a literal."""
        worded = read_comparison(self.tokens[self.index :])
        if worded is None or self.peek().text in KEYWORDS:
            return None
        following = self.tokens[self.index + worded[1]]
        return worded if following.kind in ("number", "text", "date") else None

    def text_of(self, node: SurfaceNode) -> str:
        """Return the text of a node, in one line."""
        spans = [self.span_of(token) for token in self.tokens]
        first = [(span.line, span.column) for span in spans].index(
            (node.span.line, node.span.column)
        )
        last = [(span.end_line, span.end_column) for span in spans].index(
            (node.span.end_line, node.span.end_column)
        )
        return " ".join(self.text[self.tokens[first].start : self.tokens[last].end].split())

    def prefix(self) -> SurfaceNode:
        if subject := self.subject_before():
            return subject
        token = self.take()
        if token.kind == "word":
            return self.word(token)
        if token.kind == "number":
            return self.number(token)
        if token.kind == "text":
            return LiteralNode(token.text, "text", self.span_of(token))
        if token.kind == "date":
            return self.date(token)
        if token.text == "(":
            inner = self.expression(0)
            self.close(")", token)
            return inner._replace(span=self.span_from(token.start))
        if token.text == "-":
            return UnaryMinus(self.expression(_NEGATE), self.span_from(token.start))
        raise _Unreadable(self.error_at(not_a_value, token))

    def word(self, token: Token) -> SurfaceNode:
        text = token.text
        if text == "not":
            return NotOp(self.expression(_NOT), self.span_from(token.start))
        if text in ("true", "false"):
            return LiteralNode(text == "true", "boolean", self.span_of(token))
        if text in KEYWORDS:
            raise _Unreadable(self.error_at(not_a_value, token))
        opening = self.peek()
        if self.accept("("):
            arguments = self.items(")", opening, WHERE)
            return FunctionCall(text, self.span_of(token), arguments, self.span_from(token.start))
        if self.peek().text == "." and self.tokens[self.index + 1].kind == "word":
            if self.tokens[self.index + 2].text != "(":
                return self.column(token)
            dot = self.span_of(self.take())
            self.problems.report(
                "unexpected-text",
                "`.` has no meaning in a condition",
                dot,
                "write the field's name alone",
            )
        return Identifier(text, self.span_of(token))

    def column(self, table: Token) -> SurfaceNode:
        """Parse the column of a table, such as `tickets.minutes`, after the table."""
        dot, column = self.take(), self.take()
        return ColumnName(
            table.text,
            column.text,
            self.span_of(table),
            self.span_of(dot),
            self.span_of(column),
            self.span_from(table.start),
        )

    def where(self, subject: SurfaceNode, start: int) -> SurfaceNode:
        """Parse the condition after `where`."""
        word = self.take()
        if word.text != WHERE:
            why = f"`{word.text}` is written in small letters"
            self.correct("wrong-operator", why, word.start, WHERE)
        condition = self.expression(0)
        return WhereClause(subject, condition, self.span_of(word), self.span_from(start))

    def number(self, token: Token) -> SurfaceNode:
        value = float(token.text)
        if abs(value) > LARGEST_LITERAL:
            why = f"{token.text} is too large a number"
            self.problems.report("wrong-number", why, self.span_of(token), LARGEST_HINT)
            value = 0.0
        next_token = self.peek()
        if next_token.kind == "word" and next_token.text not in (*KEYWORDS, "to"):
            return self.duration(token, value, next_token)
        if next_token.kind == "symbol" and next_token.text == "%":
            self.take()
            self.problems.report(
                "wrong-number",
                f"`{token.text}%` is not how numbers are written here",
                self.span_from(token.start),
                number_hint(f"{token.text}%"),
            )
        return LiteralNode(value, "number", self.span_of(token), self.text[token.start : token.end])

    def duration(self, token: Token, value: float, next_token: Token) -> SurfaceNode:
        """Parse a number followed by a word: a duration, or a problem."""
        unit = UNITS.get(next_token.text)
        if next_token.text == "business":
            self.take()
            if UNITS.get(self.peek().text) == "days":
                self.take()
            return DurationLiteral(value, "business days", self.span_from(token.start))
        if unit is None:
            raise _Unreadable(self.error_at(not_a_unit, next_token))
        self.take()
        if next_token.start == token.end:
            self.problems.report(
                "wrong-duration",
                f"`{token.text}{next_token.text}` needs a space",
                self.span_from(token.start),
                f"write {token.text} {next_token.text}",
            )
        return DurationLiteral(value, unit, self.span_from(token.start))

    def date(self, token: Token) -> SurfaceNode:
        span = self.span_of(token)
        year, month, day = token.text.split("-")
        padded = f"{year}-{month:0>2}-{day:0>2}"
        value, problem = parse_date(padded, span)
        if problem is None and padded != token.text:
            problem = Problem(
                "wrong-date",
                f"{token.text} is not how dates are written here",
                span,
                f"write {padded}",
            )
        if problem is not None:
            self.problems.append(problem)
        return LiteralNode(value, "date", span)


def _is_item(token: Token) -> bool:
    """Return whether a token can be an item of a list: a literal, or a text without quotes."""
    if token.kind == "word":
        return token.text not in KEYWORDS
    return token.kind in ("text", "number", "date")


def parse_date(text: str, span: Span) -> tuple[dt.date, Problem | None]:
    """Read a date of the form 2026-01-31.

    Returns:
        The date, and None; or `FIRST_DATE` and the problem, so that checking can continue.
    """
    try:
        value = dt.date.fromisoformat(text)
    except ValueError:
        return FIRST_DATE, Problem("wrong-date", f"{text} is not a date that exists", span)
    if FIRST_DATE <= value <= LAST_DATE:
        return value, None
    return FIRST_DATE, Problem("wrong-date", f"{text} is outside the years 1900 to 2200", span)
