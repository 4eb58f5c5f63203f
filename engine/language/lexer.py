"""Lexer: split the text of a condition into tokens.

Symbols of other languages, such as `&&`, are reported and read as ours: each is one problem,
and the rest of the text is still checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, NamedTuple

from ..core.problems import Problem, Span, correction
from ..text.written_values import date_hint, date_readings, number_hint, number_readings
from .formatter import format_value

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
    "=/=": "!=",
    "/=": "!=",
    "><": "!=",
    ":=": "==",
    "!>": "<=",
    "!<": ">=",
    "≯": "<=",
    "≮": ">=",
    "=!": "!=",
    "=>": ">=",
    "=<": "<=",
    "≤": "<=",
    "⩽": "<=",
    "≦": "<=",
    "⩾": ">=",
    "≧": ">=",
    "—": "-",
    "∧": "and",
    "∨": "or",
    "¬": "not",
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
MOST_DIGITS = 16
"""Digits of the largest number that may be written."""
_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<date>\d{4}-\d{1,2}-\d{1,2}(?!\w))
    | (?P<foreign_date>\d{4}(?P<a>[/.])\d{1,2}(?P=a)\d{1,2}(?![\w.])|\d{1,2}(?P<b>[/.-])\d{1,2}(?P=b)\d{4}(?![\w.])
        |\d{1,2}\.\d{1,2}\.\d{2}(?![\w.]))
    | (?P<amount>[€$£¥][ \u00a0]?\d[\d_'’\u00a0\u202f]*(?:[.,]\d+){0,4}
        |\d[\d_'’\u00a0\u202f]*(?:[ .,]\d+){0,4}[ \u00a0]?(?:[kKM]|[Mm]io)?[ \u00a0]?[€$£¥])
    | (?P<number>\d{1,3}(?:['’]\d{3})+(?:[.,]\d+)?(?!\d)|(?:\d[\d_]*(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<braced>\$?\{\{?[ ]?[^\W\d]\w*[ ]?\}\}?)
    | (?P<word>[^\W\d]\w*)
    | (?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")
    | (?P<smart>[‘’‚](?:[^‘’']|[’'](?=\w))*[’‘'](?!\w)|[“”„][^“”"]*[”“"]|«[^»]*»)
    | (?P<symbol>[<>!=][ ]=(?!=)|=/=|/=|><|:=|![<>](?!=)|===|!==|==|!=|<>|<=|>=|=>|=<|=!|&&|\|\|
        |[-+*/<>=!&|(),\[\]%≤≥⩽⩾≦≧≠−–—×÷∧∨¬≯≮]
        |(?<=\w)\.(?=[^\W\d]))
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
        if token is not None and problem is not None and token.text in _WORDS_FOR_SIGNS:
            problem = _spaced(problem, token.text, text, match, span_of)
        if problem is not None and _THOUSANDS.fullmatch(match.group()):
            problem = _problem_of_group(text, match.start(), match.end(), span_of) or problem
        if token is not None:
            tokens.append(token)
        if problem is not None:
            problems.append(problem)
            if problem.code == "unclosed-text":
                break
    end = len(text.rstrip())
    tokens.append(Token("end", "", end, end))
    return tokens, problems


_WORDS_FOR_SIGNS = frozenset(word for word in CORRECT_SYMBOLS.values() if word in KEYWORDS)
_WORD_BEFORE = re.compile(r"\w*$")
_WORD_AFTER = re.compile(r"\w*")


def _spaced(
    problem: Problem, word: str, text: str, sign: re.Match[str], span_of: SpanOf
) -> Problem:
    """Return the problem of a sign for `and`, `or` or `not`, with the words that touch it: a word needs spaces."""
    before = _WORD_BEFORE.search(text, 0, sign.start())
    after = _WORD_AFTER.match(text, sign.end())
    if sign.group().isalnum() or not before or not after or not before.group() + after.group():
        return problem
    spaced = f"{before.group()} {word} {after.group()}".strip()
    span = span_of(before.start(), after.end())
    fix = correction(span, spaced, text[before.start() : after.end()])
    return replace(problem, span=span, hint=f"write {spaced}", fix=fix)


def separated_number(text: str, span: Span) -> Problem:
    """Return the problem of a number with commas or spaces in it, such as `20.000,50`."""
    why = "numbers are written without commas and without spaces"
    return Problem("wrong-number", why, span, number_hint(text))


def check_number(text: str, span: Span) -> Problem | None:
    """Return the problem of a YAML number that is spelled as no number of a condition is, such as `5.000`."""
    digits = text.lstrip("+-")
    problem = _number(digits, 0, len(digits), lambda *_: span)[1]
    if problem is None:
        return None
    why = f"`{text}` is not how numbers are written here"
    return Problem("wrong-number", why, span, number_hint(text) or problem.hint)


_THOUSANDS = re.compile(r"\d{3}", re.ASCII)
_GROUPS = re.compile(r"(?<![\w.,])\d{1,3}(?:[, ]\d{3})*[, ]\d{3}", re.ASCII)
_LONGEST_NUMBER = 24


def _problem_of_group(text: str, start: int, end: int, span_of: SpanOf) -> Problem | None:
    """Return the problem of a number whose last thousands are these digits; None if they are a number alone."""
    first = max(0, end - _LONGEST_NUMBER)
    for run in _GROUPS.finditer(text, first):
        if run.start() < start < run.end():
            span = span_of(run.start(), run.end())
            return separated_number(run.group(), span)
    return None


def _token(
    kind: str, text: str, start: int, end: int, span_of: SpanOf
) -> tuple[Token | None, Problem | None]:
    if kind == "word":
        return _word(text, start, end, span_of)
    if kind == "braced":
        return _braced(text, start, end, span_of)
    if kind == "symbol":
        return _symbol(text, start, end, span_of)
    if kind == "number":
        return _number(text, start, end, span_of)
    if kind == "amount":
        return _amount(text, start, end, span_of)
    if kind == "date":
        return Token("date", text, start, end), None
    if kind == "foreign_date":
        return _foreign_date(text, start, end, span_of)
    if kind == "text":
        quote = text[0]
        return Token("text", text[1:-1].replace(quote * 2, quote), start, end), None
    if kind == "smart":
        content = text[1:-1].strip("\u00a0 ") if text[0] == "«" else text[1:-1]
        problem = Problem(
            "wrong-quote",
            f"these quotes are not straight: {text}",
            span_of(start, end),
            f"write {format_value(content)}",
            fix=correction(span_of(start, end), format_value(content), text),
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
        fix=correction(span_of(start, end), lowered, text),
    )
    return Token("word", lowered, start, end), problem


def _braced(text: str, start: int, end: int, span_of: SpanOf) -> tuple[Token, Problem]:
    """Return the name in a text such as `{{ arr }}` or `${arr}`, and its problem."""
    name = text.strip("${} ")
    why = "a name has no braces in a condition: they are for messages"
    problem = Problem("unexpected-text", why, span_of(start, end), f"write {name}")
    return Token("word", name, start, end), problem


def _symbol(text: str, start: int, end: int, span_of: SpanOf) -> tuple[Token, Problem | None]:
    correct = CORRECT_SYMBOLS.get(text)
    if correct is None:
        return Token("symbol", text, start, end), None
    why = "`=` alone compares nothing here" if text == "=" else f"`{text}` is not used here"
    span = span_of(start, end)
    fix = correction(span, correct, text)
    problem = Problem("wrong-operator", why, span, f"write {correct}", fix=fix)
    kind: TokenKind = "word" if correct in KEYWORDS else "symbol"
    return Token(kind, correct, start, end), problem


def _number(text: str, start: int, end: int, span_of: SpanOf) -> tuple[Token, Problem | None]:
    readings = number_readings(text)
    plain = readings[0] if readings else "1"
    if "e" in text.lower() and len(plain) > MOST_DIGITS:
        readings, plain = (), "1"
    decimal = text.strip("0123456789") == "." and not _has_needless_zeros(text)
    if plain == text or (decimal and len(readings) == 1):
        return Token("number", text, start, end), None
    hint = (number_hint(text) if readings else None) or "write the number out in digits"
    why = f"`{text}` is not how numbers are written here"
    return Token("number", plain, start, end), Problem(
        "wrong-number", why, span_of(start, end), hint
    )


def _has_needless_zeros(text: str) -> bool:
    """Return whether a number begins with a point, or with a zero before another digit."""
    return text.startswith(".") or (text[0] == "0" and text[1:2].isdigit())


def _amount(text: str, start: int, end: int, span_of: SpanOf) -> tuple[Token, Problem]:
    """Return the number of an amount with a currency sign, and its problem."""
    readings = number_readings(text)
    why = "numbers are written without a currency"
    problem = Problem("wrong-number", why, span_of(start, end), number_hint(text))
    return Token("number", readings[0] if readings else "1", start, end), problem


def _foreign_date(text: str, start: int, end: int, span_of: SpanOf) -> tuple[Token, Problem]:
    """Return the date of a text such as `31.12.2026`, and its problem."""
    readings = date_readings(text)
    if readings:
        why = f"`{text}` is not how dates are written here: the year comes first"
    else:
        why = f"`{text}` is not a date that exists"
    problem = Problem("wrong-date", why, span_of(start, end), date_hint(text))
    return Token("date", readings[0] if readings else "2000-01-01", start, end), problem


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
