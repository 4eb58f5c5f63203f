"""Lexer: split the text of a condition into tokens.

Symbols of other languages, such as `&&`, are reported and read as ours: each is one problem,
and the rest of the text is still checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from ..core.problems import Problem, Span

TokenKind = Literal["number", "date", "text", "word", "symbol", "end"]
SpanOf = Callable[[int, int], Span]
"""Return the span in the file of the characters from a start to an end of the text."""


class Token(NamedTuple):
    """A token, from character `start` to `end` of the condition.

    `text` is the correct spelling of a symbol, keyword or number, or the content of a text without its quotes.
    """

    kind: TokenKind
    text: str
    start: int
    end: int


KEYWORDS = frozenset({"and", "or", "not", "in", "between", "is", "missing", "true", "false"})
CORRECT_SYMBOLS = {
    "=": "==",
    "===": "==",
    "< =": "<=",
    "> =": ">=",
    "! =": "!=",
    "= =": "==",
    "<>": "!=",
    "!==": "!=",
    "=!": "!=",
    "=>": ">=",
    "=<": "<=",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "−": "-",
    "–": "-",
    "×": "*",
    "÷": "/",
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not",
}
_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<date>\d{4}-\d{1,2}-\d{1,2}(?!\w))
    | (?P<number>(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d]\w*)
    | (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
    | (?P<smart>[‘’‚][^‘’']*[’‘']|[“”„][^“”"]*[”“"]|«[^»]*»)
    | (?P<symbol>[<>!=][ ]=(?!=)|===|!==|==|!=|<>|<=|>=|=>|=<|=!|&&|\|\||[-+*/<>=!&|(),\[\]%≤≥≠−–×÷])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def tokenise(text: str, span_of: SpanOf) -> tuple[list[Token], list[Problem]]:
    """Split a text into tokens.

    Args:
        text: The condition.
        span_of: Maps characters of the text to spans in the file.

    Returns:
        The tokens, the last of kind `end`, and the problems of their spelling.
    """
    tokens: list[Token] = []
    problems: list[Problem] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "space":
            continue
        token, problem = _token(str(kind), match.group(), match.start(), match.end(), span_of)
        if token is not None:
            tokens.append(token)
        if problem is not None:
            problems.append(problem)
            if problem.code == "unclosed-text":
                break
    end = len(text.rstrip())
    tokens.append(Token("end", "", end, end))
    return tokens, problems


def _token(
    kind: str, text: str, start: int, end: int, span_of: SpanOf
) -> tuple[Token | None, Problem | None]:
    if kind == "word":
        return _word(text, start, end, span_of)
    if kind == "symbol":
        return _symbol(text, start, end, span_of)
    if kind == "number":
        return _number(text, start, end, span_of)
    if kind == "date":
        return Token("date", text, start, end), None
    if kind == "text":
        quote = text[0]
        return Token("text", text[1:-1].replace(quote * 2, quote), start, end), None
    if kind == "smart":
        content = text[1:-1].strip("\u00a0 ") if text[0] == "«" else text[1:-1]
        problem = Problem(
            "wrong-quote",
            f"these quotes are not straight: {text}",
            span_of(start, end),
            f"write '{content}'",
        )
        return Token("text", content, start, end), problem
    return None, _unexpected(text, start, end, span_of)


def _word(text: str, start: int, end: int, span_of: SpanOf) -> tuple[Token, Problem | None]:
    lowered = text.lower()
    if text == lowered or lowered not in KEYWORDS:
        return Token("word", text, start, end), None
    problem = Problem(
        "wrong-operator",
        f"`{text}` is written in small letters",
        span_of(start, end),
        f"write {lowered}",
    )
    return Token("word", lowered, start, end), problem


def _symbol(text: str, start: int, end: int, span_of: SpanOf) -> tuple[Token, Problem | None]:
    correct = CORRECT_SYMBOLS.get(text)
    if correct is None:
        return Token("symbol", text, start, end), None
    why = "`=` alone compares nothing here" if text == "=" else f"`{text}` is not used here"
    problem = Problem("wrong-operator", why, span_of(start, end), f"write {correct}")
    kind: TokenKind = "word" if correct in KEYWORDS else "symbol"
    return Token(kind, correct, start, end), problem


def _number(text: str, start: int, end: int, span_of: SpanOf) -> tuple[Token, Problem | None]:
    plain = text.replace("_", "")
    hint = "write the number out in digits"
    if "e" in plain or "E" in plain:
        plain = "1"
    elif plain.startswith("."):
        plain = f"0{plain}"
    elif len(plain) > 1 and plain[0] == "0" and plain[1] != ".":
        hint = "write 1000, not 1,000" if plain == "000" else ""
        plain = plain.lstrip("0") or "0"
        plain = f"0{plain}" if plain[0] == "." else plain
    if plain == text:
        return Token("number", plain, start, end), None
    if plain != "1" and plain != "0":
        hint = f"write {plain}"
    why = f"`{text}` is not how numbers are written here"
    return Token("number", plain, start, end), Problem(
        "wrong-number", why, span_of(start, end), hint
    )


def _unexpected(text: str, start: int, end: int, span_of: SpanOf) -> Problem:
    if text in "'\"‘’“”„«":
        return Problem(
            "unclosed-text",
            f"the text that begins here with {text} does not end",
            span_of(start, start + 1),
            "put the same quote after it",
        )
    why = f"`{text}` has no meaning in a condition"
    hint = "write the field's name alone" if text == "." else None
    return Problem("unexpected-text", why, span_of(start, end), hint)
