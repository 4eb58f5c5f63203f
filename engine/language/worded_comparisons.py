"""Comparisons in words, as in `is below 70` or `less than 70`: recognise them, to say what to write instead."""

from __future__ import annotations

from collections.abc import Sequence

from .lexer import Token

WORDED_COMPARISONS: dict[str, str] = {
    "less than or equal to": "<=",
    "smaller than or equal to": "<=",
    "greater than or equal to": ">=",
    "more than or equal to": ">=",
    "not equal to": "!=",
    "different from": "!=",
    "equal to": "==",
    "equals": "==",
    "less than": "<",
    "lower than": "<",
    "smaller than": "<",
    "fewer than": "<",
    "more than": ">",
    "greater than": ">",
    "higher than": ">",
    "larger than": ">",
    "at least": ">=",
    "at most": "<=",
    "below": "<",
    "under": "<",
    "before": "<",
    "above": ">",
    "over": ">",
    "after": ">",
    "exceeds": ">",
    **dict.fromkeys(
        ("inférieur à", "inférieure à", "plus petit que", "moins de", "kleiner als"), "<"
    ),
    **dict.fromkeys(
        ("supérieur à", "supérieure à", "plus grand que", "plus de", "größer als"), ">"
    ),
    **dict.fromkeys(("unter", "vor", "avant", "weniger als"), "<"),
    **dict.fromkeys(("über", "nach", "après", "mehr als"), ">"),
    **dict.fromkeys(("au moins", "mindestens"), ">="),
    **dict.fromkeys(("au plus", "höchstens"), "<="),
    **dict.fromkeys(("égal à", "égale à", "gleich"), "=="),
    "one of": "in",
    "any of": "in",
    "none of": "not in",
    "in": "in",
    "between": "between",
}
"""Comparisons in words, in English, French and German, and their operators."""
_OPPOSITES = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_LONGEST = 5


def read_comparison(tokens: Sequence[Token]) -> tuple[str, int] | None:
    """Return the operator that the first tokens say in words, and how many tokens they are; None for other words."""
    words = []
    for token in tokens[:_LONGEST]:
        if token.kind != "word":
            break
        words.append(token.text.lower())
    for count in range(len(words), 0, -1):
        operator = WORDED_COMPARISONS.get(" ".join(words[:count]))
        if operator is not None:
            return operator, count
    return None


def negate_comparison(operator: str) -> str:
    """Return the opposite of an operator."""
    if operator in ("in", "between"):
        return f"not {operator}"
    return _OPPOSITES.get(operator) or operator.removeprefix("not ")
