"""Syntax errors: the problems of texts that the parser cannot continue to read, with hints.

Most functions take an `ErrorContext`: the wrong token, the tokens before and after it, and the complete text.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.offsets import Unit
from ..core.problems import Problem, Span
from .lexer import SpanOf, Token

MAX_CONDITION_DEPTH = 64
"""Maximum nesting of a condition."""
UNITS: dict[str, Unit] = {
    "day": "days",
    "days": "days",
    "week": "weeks",
    "weeks": "weeks",
    "month": "months",
    "months": "months",
    "year": "years",
    "years": "years",
}


@dataclass(frozen=True, slots=True)
class ErrorContext:
    """The token at which parsing stopped, with its context.

    Attributes:
        before: The token before it.
        token: The token.
        after: The token after it.
        text: The complete condition.
        span_of: Maps characters of the text to spans in the file.
    """

    before: Token
    token: Token
    after: Token
    text: str
    span_of: SpanOf

    @property
    def span(self) -> Span:
        """Return the span of the token; at the end, that of the last token before it."""
        token = self.before if self.token.kind == "end" else self.token
        return self.span_of(token.start, max(token.end, token.start + 1))

    def written(self, token: Token) -> str:
        """Return a token as it was written."""
        return self.text[token.start : token.end]


def empty_condition(span: Span) -> Problem:
    """Return the problem of an empty condition."""
    return Problem(
        "empty-condition",
        "a condition is expected here and nothing is written",
        span,
        "write a condition, or remove the key: without a condition it always holds",
    )


def too_deep(span: Span) -> Problem:
    """Return the problem of a condition nested deeper than `MAX_CONDITION_DEPTH`."""
    return Problem(
        "deep-condition",
        f"this is nested more than {MAX_CONDITION_DEPTH} deep",
        span,
        "split it up with names under define:",
    )


def not_a_unit(context: ErrorContext) -> Problem:
    """Return the problem of a number followed by a word that is not a unit of time."""
    number, word = context.before, context.token
    written = context.text[number.start : word.end]
    span = context.span_of(number.start, word.end)
    if word.text in ("k", "K", "M") and word.start == number.end:
        zeros = "000000" if word.text == "M" else "000"
        hint = f"write {number.text}{zeros}" if "." not in number.text else None
        why = f"`{written}` is not how numbers are written here"
        return Problem("wrong-number", why, span, hint)
    if word.start != number.end and word.text.lower() not in UNITS:
        return trailing(context)
    initials = {"d": "days", "j": "days", "w": "weeks", "m": "months", "y": "years"}
    unit = initials.get(word.text.lower()[:1])
    why = f"`{written}` is neither a number nor a duration"
    hint = f"write {number.text} {unit}" if unit else "the units are days, weeks, months and years"
    return Problem("wrong-duration", why, span, hint)


def not_a_value(context: ErrorContext) -> Problem:
    """Return the problem of a token that cannot begin a value or a condition."""
    token = context.token
    if token.kind == "end":
        why = "a value or a condition is expected after this"
        return Problem("unexpected-text", why, context.span)
    if token.text == ")":
        why = "a value or a condition is expected before this bracket"
        return Problem("unbalanced-bracket", why, context.span)
    why = f"a value or a condition is expected here, not `{context.written(token)}`"
    return Problem("unexpected-text", why, context.span)


def after_not(context: ErrorContext) -> Problem:
    """Return the problem of a token that follows a value and `not`."""
    if context.token.text == "missing":
        why = "`not missing` needs `is` before it"
        return Problem("wrong-missing", why, context.span, "write is not missing")
    return Problem(
        "unexpected-text",
        "after a value, `not` is used only in `not in` and `not between`",
        context.span,
        "write != for `is not equal`, or put `not` before the whole comparison",
    )


def trailing(context: ErrorContext) -> Problem:
    """Return the problem of a token that cannot follow a complete condition or value."""
    before, token, after = context.before, context.token, context.after
    if token.text == ")":
        return Problem("unbalanced-bracket", "no bracket was opened for this one", context.span)
    if token.text == "," and (before.kind, after.kind) == ("number", "number"):
        written = context.text[before.start : after.end]
        return Problem(
            "wrong-number",
            "numbers are written without commas",
            context.span_of(before.start, after.end),
            f"write {written.replace(',', '').replace(' ', '')}",
        )
    why = f"`{context.written(token)}` cannot follow `{context.written(before)}`"
    return Problem("unexpected-text", why, context.span, _trailing_hint(token))


def _trailing_hint(token: Token) -> str | None:
    if token.text in ("like", "contains", "matches", "startswith", "starts", "ends"):
        return "texts are compared whole: with ==, != or in (...)"
    if token.text == "missing":
        return "write is missing"
    return None if token.kind == "symbol" else "join conditions with `and` or `or`"


def without_duplicates(problems: list[Problem]) -> list[Problem]:
    """Return the problems without those inside the span of another one with the same code.

    In `1,000`, the problem of `000` is inside that of the complete number.
    """
    return [problem for problem in problems if not _is_covered(problem, problems)]


def _is_covered(problem: Problem, problems: list[Problem]) -> bool:
    return any(
        other.code == problem.code and other.span != problem.span and _within(problem, other)
        for other in problems
    )


def _within(inner: Problem, outer: Problem) -> bool:
    if inner.span is None or outer.span is None or inner.span.line != outer.span.line:
        return False
    starts = outer.span.column <= inner.span.column
    return starts and inner.span.end_column <= outer.span.end_column
