"""Wordings of other tools and languages that no condition has: recognise them, to say what to write instead.

Each row has a pattern and its meaning here. The rows are tried on texts that cannot be read as they are, and no row
matches a wording that is correct in a condition. The content of quotes matches no word of a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from ..core.problems import Problem
from ..text.written_values import number_hint
from .date_wordings import DATE_WORDINGS
from .formatter import format_value
from .lexer import KEYWORDS, SpanOf
from .logic_wordings import LOGIC_WORDINGS
from .text_tests import NO_PATTERNS
from .worded_comparisons import WORDED_COMPARISONS
from .wording_rows import (
    AFTER_VALUE,
    BEGINS,
    EQUAL,
    NO_WORD,
    QUOTED,
    REMOVE,
    VALUE_PATTERN,
    FoundWording,
    Wording,
    word_wordings,
    wording,
)

_MASK = "\0"
"""Represents each character inside quotes while rows are tried."""


def find_other_wording(text: str, span_of: SpanOf, readable: bool) -> Problem | None:
    """Return the problem of the first wording of other tools in a text; None if there is none."""
    masked = re.sub(rf"(?<!\w){QUOTED}", _mask, text)
    for each in _ROWS:
        if readable and not each.always:
            continue
        match = _compiled(each.pattern).search(masked)
        if match is None:
            continue
        found = FoundWording(match, text)
        hint = each.hint(found)
        if hint is not None:
            start, end = match.span()
            start += len(match[0]) - len(match[0].lstrip())
            why = each.why.format(written=text[start:end].rstrip())
            return Problem("unexpected-text", why, span_of(start, max(end, start + 1)), hint)
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _mask(quoted: re.Match[str]) -> str:
    mark = quoted[0][0]
    return f"{mark}{_MASK * (len(quoted[0]) - 2)}{mark}"


def _between(found: FoundWording) -> str:
    groups = [found.part(group) for group in range(2, 2 + found.match.re.groups - 1)]
    low, high = [part for part in groups if part]
    return f"write {'not ' if found.match[1] else ''}between {low} and {high}"


def _listed(found: FoundWording) -> str:
    """Return the hint for a list after `==`, or in brackets of another kind after `in`."""
    operator = found.match[1] or ""
    words = {"==": "in ", "=": "in ", "!=": "not in ", "<>": "not in "}.get(
        operator, f"{operator} "
    )
    return f"write {words}({found.part(2)})".replace("  ", " ")


def _pattern(found: FoundWording) -> str:
    content = found.part(2)[1:-1]
    plain = content.strip("^$%").removeprefix(".*").removesuffix(".*")
    if "!" in found.match[1] or not re.fullmatch(r"[\w @-]+", plain):
        return NO_PATTERNS
    opens, closes = content.startswith("^"), content.endswith("$")
    if opens and closes:
        return f"write == {format_value(plain)}"
    test = "starts_with" if opens else "ends_with" if closes else "contains"
    return f"write {test} {format_value(plain)}"


def _backticks(found: FoundWording) -> str:
    content = found.text[found.match.start() + 1 : found.match.end() - 1]
    if not content.isidentifier():
        return f"write {format_value(content)}"
    return f"write {format_value(content)} if it is a text, {content} if it is a field"


def _called(name: str) -> Callable[[FoundWording], str | None]:
    """Return the hint for a function of the subject, and of a value where the pattern has one."""

    def hint(found: FoundWording) -> str | None:
        arguments = [found.part(group) for group in range(1, found.match.re.groups + 1)]
        return None if arguments[0] in KEYWORDS else f"write {name}({', '.join(arguments)})"

    return hint


_TWO_VALUES = "`between` needs two values with `and` between them"
_ENTITIES = {"lt": "<", "gt": ">", "le": "<=", "ge": ">=", "amp": "and"}
_OPERATORS = {
    "lt": "<",
    "le": "<=",
    "lte": "<=",
    "gt": ">",
    "ge": ">=",
    "gte": ">=",
    "eq": "==",
    "ne": "!=",
    **{
        phrase: sign for phrase, sign in WORDED_COMPARISONS.items() if sign not in ("in", "between")
    },
}
_ROWS: tuple[Wording, ...] = (
    wording(r"\bn['’]est\s+pas\b|\bisn['’]t\b", NO_WORD, "write is not"),
    wording(r"\bdoesn['’]t\b", NO_WORD, "write does not"),
    wording(
        rf"\b(\w+)\.between\s*\(\s*({VALUE_PATTERN})\s*,\s*({VALUE_PATTERN})\s*\)",
        "`between` is not a function",
        "write {1} between {2} and {3}",
    ),
    wording(
        rf"\b(not\s+)?between\s*[\[(]\s*({VALUE_PATTERN})\s*(?:,|;|and\b|&|\.\.\.?|to\b|-)\s*({VALUE_PATTERN})\s*[\])]",
        _TWO_VALUES,
        _between,
    ),
    wording(
        rf"\b(not\s+)?between\s+({VALUE_PATTERN})\s*(?:,|\.\.\.?|-)\s*({VALUE_PATTERN})(?!\s*and\b)(?![\w.,-])",
        _TWO_VALUES,
        _between,
    ),
    wording(
        rf"\b(not\s+)?in\s+range\s*\(\s*({VALUE_PATTERN})\s*,\s*({VALUE_PATTERN})\s*\)",
        "a range is tested with `between`",
        _between,
    ),
    wording(r"\b(not\s+)?in\s+(\d+)\s*-\s*(\d+)\b", "a range is tested with `between`", _between),
    wording(
        rf"(?<![\w.])between\s*\(\s*({VALUE_PATTERN})\s*,\s*({VALUE_PATTERN})\s*,\s*({VALUE_PATTERN})\s*\)",
        "`between` is not a function",
        "write {1} between {2} and {3}",
    ),
    *LOGIC_WORDINGS,
    wording(
        r"^\s*(?:if|when|where|si|wenn|falls)\b.*\b(?:then|alors|dann)\b|\bthen\b",
        "a condition only says when something is done",
        "say what is done under `do:`, and join conditions with `and` or `or`",
    ),
    wording(
        r"^\s*(?:if|when|where|si|wenn|falls)\s+(?=[\w(])",
        "a condition begins without `{written}`",
        REMOVE,
    ),
    *DATE_WORDINGS,
    wording(r"(?<![!<>=])=+\s*missing\b", "a missing value equals nothing", "write is missing"),
    wording(r"(?:!=|<>)\s*missing\b", "a missing value equals nothing", "write is not missing"),
    wording(
        r"\bmissing\s*\(\s*([\w.]+)\s*\)", "`missing` is not a function", "write {1} is missing"
    ),
    wording(
        r"(?<!\w )\bis\s+(not\s+)?missing\s+([^\W\d]\w*)",
        "`is missing` follows what is missing",
        "write {2} is {1}missing",
    ),
    *word_wordings(
        NO_WORD,
        {
            **dict.fromkeys(
                ("isnull", "is_null", "is_missing", "isempty", "is_empty"), "is missing"
            ),
            **dict.fromkeys(("notnull", "not_null", "isnotnull", "is_not_null"), "is not missing"),
        },
        before=AFTER_VALUE,
        after=r"(?!\s*\()",
    ),
    wording(rf"(!=~|=~|!~\*?|~\*?)\s*({QUOTED})", "`{written}` is a pattern", _pattern),
    wording(
        rf"{EQUAL}\s*\[\s*({VALUE_PATTERN}(?:\s*,\s*{VALUE_PATTERN})*)\s*\]",
        "a list is tested with `in`",
        _listed,
    ),
    wording(
        rf"\b((?:not\s+)?in)\s*\[\s*({VALUE_PATTERN}(?:\s*,\s*{VALUE_PATTERN})*)\s*\]",
        "`in` needs a list in round brackets",
        _listed,
    ),
    wording(
        rf"\b((?:not\s+)?in)\s*\{{\s*({VALUE_PATTERN}(?:\s*,\s*{VALUE_PATTERN})*)\s*\}}",
        "`in` needs a list in round brackets",
        _listed,
    ),
    wording(
        rf"{EQUAL}\s*({QUOTED}(?:\s*,\s*{QUOTED})+)",
        "several values are tested with `in`",
        _listed,
    ),
    wording(
        r"\baccounts?\s*(?:->|::|:)\s*([^\W\d]\w*)",
        "a name is written without `account` before it",
        "write {1}",
    ),
    wording(r"[^\W\d]\w*->([^\W\d]\w*)", "a name is written alone", "write {1}"),
    wording(
        r"^\s*([^\W\d]\w*)\s*:\s*(?=[\w'\"(])", "a value is compared with `==`", "write {1} == "
    ),
    wording(r"(?:[$@]|(?<!\w):|^#)([^\W\d]\w*)", "a name has no sign before it", "write {1}"),
    wording(r"%([^\W\d]\w*)%", "a name has no signs around it", "write {1}"),
    wording(
        r"(?<!\w)(?<!\w )(?<![=<>] )\[\s*([^\W\d]\w*)\s*\](?!\s*\[)",
        "a name has no brackets around it",
        "write {1}",
    ),
    wording(
        rf"({QUOTED})(?=\s*(?:<=?|>=?)\s*-?\d)",
        "a name has no quotes around it",
        lambda found: f"write {name}" if (name := found.part(1)[1:-1]).isidentifier() else None,
        always=True,
    ),
    wording(r"~=", NO_WORD, "write != if the values differ, == if they are equal"),
    wording(
        r"&(lt|gt|le|ge|amp);(=?)",
        "`{written}` is for web pages",
        lambda found: f"write {_ENTITIES[found.part(1).lower()]}{found.part(2)}",
    ),
    wording(r"([<>])\1+(?!=)", NO_WORD, "write {1}"),
    wording(r"\\(?=[<>=!])", "no sign is needed here", REMOVE),
    wording(r"[^\W\d]\w*\[\s*['\"](\0+)['\"]\s*\]", "a name is written alone", "write {1}"),
    wording(
        r"`[^`]*`|´[^´]*´", "`'` and `\"` are the quotes of a text, and a name has none", _backticks
    ),
    wording(
        r"\b(\d+(?:[.,]\d+)?)\s*(?:percent|per\s+cent|pour\s+cent|prozent|pct)\b",
        "numbers are written without a unit",
        lambda found: number_hint(f"{found.match[1]}%"),
    ),
    wording(
        rf"\b(\w+)\s+(?:drops?|dropped|falls?|fell|goes|went|sinks?|sank)\s+(?:below|under)\s+({VALUE_PATTERN})",
        "a crossing is a function",
        _called("crossed_below"),
    ),
    wording(
        rf"\b(\w+)\s+(?:rises?|rose|climbs?|climbed|goes|went|grows?|grew)\s+(?:above|over)\s+({VALUE_PATTERN})",
        "a crossing is a function",
        _called("crossed_above"),
    ),
    wording(
        r"\b(\w+)\s+(?:was\s+|is\s+)?changed\b",
        "`changed` is a function",
        _called("changed"),
    ),
    wording(
        r"\b(\w+)\s+has\s+changed\b(?!\s*\()",
        "`changed` is a function",
        _called("changed"),
        always=True,
    ),
    *word_wordings(
        NO_WORD, {"est": "is", "ist": "is", "sont": "is", "sind": "is"}, AFTER_VALUE, BEGINS
    ),
    *word_wordings(NO_WORD, {"entre": "between", "zwischen": "between"}, AFTER_VALUE, BEGINS),
    *word_wordings(NO_WORD, _OPERATORS, rf"(?<!\bis)(?<!\bnot){AFTER_VALUE}-?", BEGINS),
    *word_wordings(
        NO_WORD,
        dict.fromkeys(("nicht", "non", "pas"), "not"),
        r"(?:^|(?<=[(\s]))",
        r"(?=\s+[\w(])",
    ),
    wording(r"\s+(?:(?://|--)\s+(?![\d(])|#).*$", "a condition has no comment in it", REMOVE),
    wording(r"\s*[;.,]+\s*$", "nothing follows a condition", REMOVE),
)
