"""Tests of a text for a part of it, as written here or in other tools, such as `name like '%x%'`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from ..core.problems import Problem, Span
from .functions import FUNCTIONS, INFIX
from .lexer import Token

NO_PATTERNS = "there are no patterns: test for a part with contains, starts_with or ends_with"
"""The help for a pattern that is more than a part of the text."""
_WORDED: dict[str, str] = {
    **{name: name for name in INFIX},
    **dict.fromkeys(("contain", "containing", "contient", "enthält"), "contains"),
    **dict.fromkeys(("include", "includes", "including", "comprend"), "contains"),
    **dict.fromkeys(("startswith", "starts with", "start with", "startwith"), "starts_with"),
    **dict.fromkeys(("beginswith", "begins with", "begin with", "begins_with"), "starts_with"),
    **dict.fromkeys(("commence par", "beginnt mit"), "starts_with"),
    **dict.fromkeys(("has any", "has any of", "has one of", "hasany", "contains any"), "has_any"),
    **dict.fromkeys(("contains any of", "have any"), "has_any"),
    **dict.fromkeys(
        ("has all", "has all of", "hasall", "contains all", "contains all of"), "has_all"
    ),
    **dict.fromkeys(("have", "has item", "has tag"), "has"),
    **dict.fromkeys(("endswith", "ends with", "end with", "endwith"), "ends_with"),
    **dict.fromkeys(("finit par", "endet mit"), "ends_with"),
}
_IGNORING_CASE = {
    "icontains": "contains",
    "istartswith": "starts_with",
    "iendswith": "ends_with",
    "ilike": "like",
}
PATTERNS = ("like", "matches", "rlike", "regexp", "glob")
"""Words before a pattern."""
_NEGATIONS = (("does", "not"), ("do", "not"), ("not",))
_LONGEST = 3
_WILDCARDS = "%*"


@dataclass(frozen=True, slots=True)
class TextTest:
    """A test of a text, as read from tokens.

    Attributes:
        operator: The function, or `==` for a pattern that is a whole text; empty for other patterns.
        negated: True if the words negate it, as in `does not contain`.
        ignores_case: True if capitals do not count, as in `ilike`.
        pattern: The part that a pattern searches for; None where the part follows.
        count: How many tokens it is.
        correct: True if it is written as it is here.
    """

    operator: str
    negated: bool
    ignores_case: bool
    pattern: str | None
    count: int
    correct: bool

    @property
    def takes_items(self) -> bool:
        """Return whether a list of items follows."""
        return self.operator in INFIX and FUNCTIONS[self.operator].parameters[-1] == "items"

    @property
    def words(self) -> str:
        """Return the operator as it is written here, with its negation."""
        if self.operator == "==":
            return "!=" if self.negated else "=="
        return f"not {self.operator}" if self.negated else self.operator


def wrong_text_test(
    test: TextTest, written: str, subject: str, parts: Sequence[str], span: Span
) -> Problem:
    """Return the problem of a test of a text that is not written as it is here.

    Args:
        test: The test.
        written: Its words as written.
        subject: The text that is tested.
        parts: The parts that it searches for, as they are written here.
        span: The complete test.
    """
    if not test.operator:
        why = f"`{written}` is not used here"
        return Problem("wrong-operator", why, span, NO_PATTERNS)
    several = len(parts) > 1 and not test.takes_items
    why = f"`{test.words}` takes one text" if several else f"`{written}` is not used here"
    if test.ignores_case:
        subject = f"lower({subject})"
        parts = [part.lower() if part[0] in "'\"" else f"lower({part})" for part in parts]
    joined = " and " if test.negated else " or "
    hint = joined.join(f"{subject} {test.words} {part}" for part in parts)
    if test.takes_items or (test.operator == "has" and len(parts) > 1):
        words = test.words if test.takes_items else f"{test.words}_any"
        hint = f"{subject} {words} ({', '.join(parts)})"
    return Problem("wrong-operator", why, span, f"write {hint}")


def read_text_test(tokens: Sequence[Token]) -> TextTest | None:
    """Return the test of a text that the first tokens say; None for other words."""
    words = [token.text.lower() for token in takewhile(_is_word, tokens[:2])]
    negation = next((n for n in _NEGATIONS if tuple(words[: len(n)]) == n), ())
    rest = tokens[len(negation) :]
    for count in range(_LONGEST, 0, -1):
        if not all(map(_is_word, rest[:count])):
            continue
        word = " ".join(token.text for token in rest[:count])
        text = rest[count].text if len(rest) > count and rest[count].kind == "text" else None
        test = _meaning(word, text)
        if test is not None:
            operator, pattern, ignores_case = test
            taken = len(negation) + count + (pattern is not None)
            correct = word in INFIX and negation in ((), ("not",))
            return TextTest(operator, bool(negation), ignores_case, pattern, taken, correct)
    return None


def _is_word(token: Token) -> bool:
    return token.kind == "word"


def named_text_test(name: str, part: str | None) -> TextTest | None:
    """Return the test of a text that a function of another tool means, such as `startswith`; None for others."""
    meaning = _meaning(name, part)
    return (
        None if meaning is None else TextTest(meaning[0], False, meaning[2], meaning[1], 1, False)
    )


def _meaning(word: str, text: str | None) -> tuple[str, str | None, bool] | None:
    """Return the operator, the part of a pattern, and whether capitals do not count; None for other words.

    Args:
        word: The words of the test.
        text: The text in quotes that follows it; None where none follows.
    """
    lowered = word.lower()
    ignores_case = lowered in _IGNORING_CASE
    lowered = _IGNORING_CASE.get(lowered, lowered)
    if lowered in _WORDED:
        return _WORDED[lowered], None, ignores_case
    if lowered not in PATTERNS or text is None:
        return None
    operator, part = _pattern(text) if lowered == "like" else ("", text)
    return operator, part.lower() if ignores_case else part, ignores_case


def _pattern(pattern: str) -> tuple[str, str]:
    """Return the operator and the part that a pattern such as `%x%` means; no operator for other patterns."""
    part = pattern.strip(_WILDCARDS)
    if not part or any(wildcard in part for wildcard in (*_WILDCARDS, "_", "?")):
        return "", pattern
    before, after = pattern[0] in _WILDCARDS, pattern[-1] in _WILDCARDS
    if before and after:
        return "contains", part
    return "starts_with" if after else "ends_with" if before else "==", part
