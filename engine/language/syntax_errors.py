"""What to say to an ops person where a text cannot be read on.

Each function takes the token that is wrong, the one before and the one behind it, and the whole text.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.offsets import Unit
from ..core.problems import Problem, Span
from .lexer import PlaceOf, Token

MAX_DEPTH = 64
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
class Spot:
    """Where reading stopped."""

    before: Token
    token: Token
    behind: Token
    text: str
    at: PlaceOf

    @property
    def place(self) -> Span:
        """Where the token stands; of the end, the last token before it."""
        token = self.before if self.token.kind == "end" else self.token
        return self.at(token.start, max(token.end, token.start + 1))

    def written(self, token: Token) -> str:
        """The token as it was written."""
        return self.text[token.start : token.end]


def empty_condition(place: Span) -> Problem:
    """The problem of a condition that says nothing."""
    return Problem(
        "empty-condition",
        "a condition is expected here and nothing is written",
        place,
        "write a condition, or remove the key: without a condition it always holds",
    )


def too_deep(place: Span) -> Problem:
    """The problem of brackets within brackets within brackets."""
    return Problem(
        "deep-condition",
        f"this is nested more than {MAX_DEPTH} deep",
        place,
        "split it up with names under define:",
    )


def not_a_unit(spot: Spot) -> Problem:
    """A number with a word behind it that is no unit of time."""
    number, word = spot.before, spot.token
    written = spot.text[number.start : word.end]
    place = spot.at(number.start, word.end)
    if word.text in ("k", "K", "M") and word.start == number.end:
        zeros = "000000" if word.text == "M" else "000"
        hint = f"write {number.text}{zeros}" if "." not in number.text else None
        why = f"`{written}` is not how numbers are written here"
        return Problem("wrong-number", why, place, hint)
    if word.start != number.end and word.text.lower() not in UNITS:
        return trailing(spot)
    initials = {"d": "days", "j": "days", "w": "weeks", "m": "months", "y": "years"}
    unit = initials.get(word.text.lower()[:1])
    why = f"`{written}` is neither a number nor a duration"
    hint = f"write {number.text} {unit}" if unit else "the units are days, weeks, months and years"
    return Problem("wrong-duration", why, place, hint)


def not_a_value(spot: Spot) -> Problem:
    """Something that can begin neither a value nor a condition."""
    token = spot.token
    if token.kind == "end":
        why = "a value or a condition is expected after this"
        return Problem("unexpected-text", why, spot.place)
    if token.text == ")":
        why = "a value or a condition is expected before this bracket"
        return Problem("unbalanced-bracket", why, spot.place)
    why = f"a value or a condition is expected here, not `{spot.written(token)}`"
    return Problem("unexpected-text", why, spot.place)


def after_not(spot: Spot) -> Problem:
    """What stands behind `not` that stands behind a value."""
    if spot.token.text == "missing":
        why = "`not missing` needs `is` before it"
        return Problem("wrong-missing", why, spot.place, "write is not missing")
    return Problem(
        "unexpected-text",
        "after a value, `not` stands only in `not in` and `not between`",
        spot.place,
        "write != for `is not equal`, or put `not` before the whole comparison",
    )


def trailing(spot: Spot) -> Problem:
    """What stands behind something complete and does not go on with it."""
    before, token, behind = spot.before, spot.token, spot.behind
    if token.text == ")":
        return Problem("unbalanced-bracket", "no bracket was opened for this one", spot.place)
    if token.text == "," and (before.kind, behind.kind) == ("number", "number"):
        written = spot.text[before.start : behind.end]
        return Problem(
            "wrong-number",
            "numbers are written without commas",
            spot.at(before.start, behind.end),
            f"write {written.replace(',', '').replace(' ', '')}",
        )
    why = f"`{spot.written(token)}` cannot follow `{spot.written(before)}`"
    return Problem("unexpected-text", why, spot.place, _trailing_hint(token))


def _trailing_hint(token: Token) -> str | None:
    if token.text in ("like", "contains", "matches", "startswith", "starts", "ends"):
        return "texts are compared whole: with ==, != or in (...)"
    if token.text == "missing":
        return "write is missing"
    return None if token.kind == "sign" else "join conditions with `and` or `or`"


def without_duplicates(problems: list[Problem]) -> list[Problem]:
    """The problems without those that another of the same code tells better: of 1,000 the 000 alone."""
    return [problem for problem in problems if not _told(problem, problems)]


def _told(problem: Problem, problems: list[Problem]) -> bool:
    return any(
        other.code == problem.code and other.span != problem.span and _within(problem, other)
        for other in problems
    )


def _within(inner: Problem, outer: Problem) -> bool:
    if inner.span is None or outer.span is None or inner.span.line != outer.span.line:
        return False
    starts = outer.span.column <= inner.span.column
    return starts and inner.span.end_column <= outer.span.end_column
