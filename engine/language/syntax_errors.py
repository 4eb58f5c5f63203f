"""Syntax errors: the problems of texts that the parser cannot continue to read, with hints.

Most functions take an `ErrorContext`: the wrong token, the tokens before and after it, and the complete text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ..core.offsets import Offset, Unit, round_days
from ..core.problems import Problem, Span
from ..text.suggest import suggest
from ..text.written_values import SPACES, fold, number_hint, unit_of
from .lexer import SpanOf, Token, separated_number
from .text_tests import NO_PATTERNS, PATTERNS
from .worded_comparisons import read_comparison

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
    with_next = context.text[number.start : context.after.end]
    if context.after.kind == "word" and number_hint(with_next):
        written, span = with_next, context.span_of(number.start, context.after.end)
    if amount := number_hint(written):
        why = f"`{written}` is not how numbers are written here"
        return Problem("wrong-number", why, span, amount)
    both = f"{word.text} {context.after.text}" if context.after.kind == "word" else ""
    meant = unit_of(word.text)
    if wider := unit_of(both):
        meant, written = wider, context.text[number.start : context.after.end]
        span = context.span_of(number.start, context.after.end)
    if meant is None and (word.start != number.end and not _is_time(word.text)):
        return trailing(context)
    why = f"`{written}` is neither a number nor a duration"
    return Problem("wrong-duration", why, span, _duration_hint(number.text, word.text, meant))


def _duration_hint(number: str, word: str, meant: tuple[int, Unit] | None) -> str:
    if meant is None:
        near = suggest(word, UNITS)
        if near and not _is_time(word):
            return f"write {number} {near}"
        return "the units are days, weeks, months and years"
    times, unit = meant
    if unit == "business days":
        return "write days, or count to a date, as in business_days_until(renewal_date) < 5"
    if not number.isdigit():
        return f"write a whole number of {unit}"
    return f"write {Offset(int(number) * times, unit)}"


def _is_time(word: str) -> bool:
    """Return whether a word is a unit of the time of day, or a slip in a unit of time."""
    return word.lower() in _TIMES or suggest(word, UNITS) is not None


_TIMES = frozenset(
    (
        *("h", "hr", "hrs", "hour", "hours", "heure", "heures", "stunde", "stunden"),
        *("min", "mins", "minute", "minutes", "minuten", "s", "sec", "second", "seconds"),
    )
)


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
    negation, token = context.before, context.token
    if token.text == "missing":
        why = "`not missing` needs `is` before it"
        span = context.span_of(negation.start, token.end)
        return Problem("wrong-missing", why, span, "write is not missing")
    return Problem(
        "unexpected-text",
        "after a value, `not` is used only in `not in` and `not between`",
        context.span_of(negation.start, negation.end),
        "put `not` before the whole comparison" if token.kind == "symbol" else "write !=",
    )


def trailing(context: ErrorContext) -> Problem:
    """Return the problem of a token that cannot follow a complete condition or value."""
    before, token = context.before, context.token
    if token.text == ")":
        return Problem("unbalanced-bracket", "no bracket was opened for this one", context.span)
    is_number = before.kind == "number" and (token.kind == "number" or token.text == ",")
    if is_number and (problem := _separated_number(context)):
        return problem
    if token.text.lower() in ("within", "innerhalb", "sous") and before.kind == "word":
        return within(before, token, context.text, context.span_of)
    why = f"`{context.written(token)}` cannot follow `{context.written(before)}`"
    if token.text == "," and context.after.text in ("and", "or"):
        why = f"no comma is written before `{context.after.text}`"
        return Problem("unexpected-text", why, context.span, "remove the comma")
    if fold(token.text.lower()) in ("unless", "except", "without", "sauf", "ausser"):
        return Problem("unexpected-text", why, context.span, "write and not")
    if _is_split_name(before, token):
        why = f"a name has no spaces: `{before.text} {token.text}` is two names"
        span = context.span_of(before.start, token.end)
        joined = f"{before.text}_{token.text}"
        return Problem(
            "unexpected-text",
            why,
            span,
            f"join conditions with `and` or `or`, names with `_`: {joined}",
        )
    if token.text == "," and before.kind == context.after.kind == "text":
        listed = f"({context.written(before)}, {context.written(context.after)})"
        return Problem(
            "unexpected-text", why, context.span, f"for one of several, write in {listed}"
        )
    return Problem("unexpected-text", why, context.span, _trailing_hint(token))


_LENGTH = re.compile(r"\s*(\d{1,5})\s*([^\W\d]+)?")


def within(subject: Token, token: Token, text: str, span_of: SpanOf) -> Problem:
    """Return the problem of `renewal_date within 30 days`."""
    why = f"`{token.text}` is not a comparison"
    length = _LENGTH.match(text, token.end)
    times, unit = (unit_of(length[2] or "days") if length else None) or (0, "days")
    if length is None or not times:
        hint = "compare the number of days, as in 0 <= days_until(renewal_date) <= 30"
        return Problem("unexpected-text", why, span_of(token.start, token.end), hint)
    days = round_days(Offset(int(length[1]) * times, unit))
    hint = (
        f"write 0 <= days_until({subject.text}) <= {days} if the date is to come, "
        f"0 <= days_since({subject.text}) <= {days} if it is past"
    )
    return Problem("unexpected-text", why, span_of(subject.start, length.end()), hint)


_RUN = re.compile(rf"\d+(?:[.,'’_ {SPACES}]\d+)+", re.ASCII)


def _separated_number(context: ErrorContext) -> Problem | None:
    """Return the problem of a number with commas or spaces in it, such as `20.000,50`; None for other texts."""
    run = next(
        (run for run in _RUN.finditer(context.text) if run.end() > context.token.start), None
    )
    if run is None or run.start() > context.before.start:
        return None
    problem = separated_number(run.group(), context.span_of(run.start(), run.end()))
    return problem if problem.hint or "," in run.group() else None


def _is_split_name(before: Token, token: Token) -> bool:
    """Return whether two words are probably a name with a space in it, such as `health score`."""
    words = (before.kind, token.kind) == ("word", "word") and "_" not in before.text + token.text
    return words and before.text not in ("true", "false") and _trailing_hint(token) == _JOIN


_JOIN = "join conditions with `and` or `or`"


def _trailing_hint(token: Token) -> str | None:
    if token.text.lower() in ("for", "since", "during", "pendant", "depuis", "seit"):
        return "for a condition that holds for some days, write held_for(condition, 14 days)"
    if token.text.lower() in PATTERNS:
        return NO_PATTERNS
    if token.text == "missing":
        return "write is missing"
    if token.text == "where":
        return "put `where` inside the function's brackets, after the table of events"
    if token.text == "exists":
        return "write is not missing"
    if worded := read_comparison([token]):
        return f"write {worded[0]}"
    return None if token.kind == "symbol" and token.text != "," else _JOIN


def corrects_part(problem: Problem, span: Span) -> bool:
    """Return whether a problem corrects a part of a span that is corrected whole, such as `IS` in `IS NOT NULL`."""
    return problem.fix is not None and _within(problem, replace(problem, span=span))


def without_duplicates(problems: list[Problem]) -> list[Problem]:
    """Return the problems without those inside the span of another one with the same code.

    In `1,000`, the problem of `000` is inside that of the complete number.
    """
    different = list(dict.fromkeys(problems))
    covered: set[Problem] = set()
    widest: Problem | None = None
    for problem in sorted(different, key=_outer_first):
        if widest is not None and problem.code == widest.code and _within(problem, widest):
            if problem.span != widest.span:
                covered.add(problem)
        else:
            widest = problem
    return [problem for problem in different if problem not in covered]


def _outer_first(problem: Problem) -> tuple[str, int, int, int, int]:
    """Return the sort key by which a problem follows those of its code whose span contains its own."""
    span = problem.span
    place = (span.line, span.column, -span.end_line, -span.end_column) if span else (0, 0, 0, 0)
    return (problem.code, *place)


def without_follow_ups(
    problems: list[Problem], type_problems: list[Problem]
) -> tuple[list[Problem], list[Problem]]:
    """Return the problems of syntax, and those of types, without those that others include.

    `health` is not a field alone in `health score < 70`, and `=` is part of a test in `csm = none`.
    """
    names = [p for p in problems if p.code == "unexpected-text"]
    missing = [p for p in type_problems if p.code == "wrong-missing"]
    return (
        [
            p
            for p in without_texts(problems, type_problems)
            if p.code != "wrong-operator" or not any(_within(p, wider) for wider in missing)
        ],
        [
            p
            for p in type_problems
            if p.code != "unknown-field" or not any(_within(p, name) for name in names)
        ],
    )


_TEXT_OR_DATE = re.compile(r"write '|write .* \d{4}-\d\d-\d\d", re.ASCII)


def without_texts(problems: list[Problem], type_problems: list[Problem]) -> list[Problem]:
    """Return the problems of syntax without those of numbers that the type checker takes for texts or dates.

    In `account_id == 00012`, the zeros belong to the text that is meant, and in `renewal_date < 03/04/26` to the date.
    """
    texts = [
        p
        for p in type_problems
        if (p.code == "mixed-types" and _TEXT_OR_DATE.match(p.hint or ""))
        or (p.code == "not-a-condition" and "in ('" in (p.hint or ""))
    ]
    return [
        problem
        for problem in problems
        if problem.code != "wrong-number" or not any(_within(problem, text) for text in texts)
    ]


def _within(inner: Problem, outer: Problem) -> bool:
    if inner.span is None or outer.span is None:
        return False
    begins = (outer.span.line, outer.span.column) <= (inner.span.line, inner.span.column)
    ends = (inner.span.end_line, inner.span.end_column) <= (
        outer.span.end_line,
        outer.span.end_column,
    )
    return begins and ends
