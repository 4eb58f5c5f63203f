"""Wordings of other tools and languages that no condition has: recognise them, to say what to write instead.

Each row has a pattern and its meaning here. The rows are tried on texts that cannot be read as they are, and no row
matches a wording that is correct in a condition. The content of quotes matches no word of a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from ..core.offsets import Offset
from ..core.problems import Problem
from ..text.written_values import number_hint, unit_of
from .formatter import format_value
from .lexer import KEYWORDS, SpanOf
from .text_tests import NO_PATTERNS
from .worded_comparisons import WORDED_COMPARISONS

REMOVE = "remove it"


class _Found(NamedTuple):
    """A wording in a text. `part` returns what a group of the row's pattern matched, as written."""

    match: re.Match[str]
    text: str

    def part(self, group: int) -> str:
        start, end = self.match.span(group)
        return self.text[start:end] if start >= 0 else ""


class _Row(NamedTuple):
    pattern: str
    """Compiled on first use: most commands find no such wording, and compiling all takes them long to start."""
    why: str
    hint: Callable[[_Found], str | None]
    """Returns the hint; None where the wording is not recognised after all."""
    always: bool = False
    """True if the row is tried on texts that can be read, too."""


_QUOTED = r"(?:'[^']*'|\"[^\"]*\")"
_VALUE = rf"(?:\d{{4}}-\d\d-\d\d|-?\d+(?:\.\d+)?|[^\W\d]\w*|{_QUOTED})"
_EQUAL = r"(==|!=|=|<>)"
_COUNT = r"(\d{1,5}|an?|one|une?|ein(?:e[mnr]?)?)"
_MASK = "\0"
"""Represents each character inside quotes while rows are tried."""
_ENDED = r"(?<=[\w)'\"])\s+"
"""A value ends before this."""
_BEGINS = r"(?=\s+[\w(\"'-])"


def find_other_wording(text: str, span_of: SpanOf, readable: bool) -> Problem | None:
    """Return the problem of the first wording of other tools in a text; None if there is none."""
    masked = re.sub(rf"(?<!\w){_QUOTED}", _mask, text)
    for row in _ROWS:
        if readable and not row.always:
            continue
        match = _compiled(row.pattern).search(masked)
        if match is None:
            continue
        found = _Found(match, text)
        hint = row.hint(found)
        if hint is not None:
            start, end = match.span()
            start += len(match[0]) - len(match[0].lstrip())
            why = row.why.format(written=text[start:end].rstrip())
            return Problem("unexpected-text", why, span_of(start, max(end, start + 1)), hint)
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _mask(quoted: re.Match[str]) -> str:
    mark = quoted[0][0]
    return f"{mark}{_MASK * (len(quoted[0]) - 2)}{mark}"


def _between(found: _Found) -> str:
    groups = [found.part(group) for group in range(2, 2 + found.match.re.groups - 1)]
    low, high = [part for part in groups if part]
    return f"write {'not ' if found.match[1] else ''}between {low} and {high}"


def _ago(sign: str) -> Callable[[_Found], str | None]:
    """Return the hint for a number of units before or after today, in the first two groups."""

    def hint(found: _Found) -> str | None:
        length = _length(found.match[1], found.match[2])
        return f"write today {sign} {length}" if length else None

    return hint


def _length(count: str | None, word: str) -> Offset | None:
    times, unit = unit_of(word) or (0, "days")
    number = int(count) if count and count.isdigit() else 1
    return Offset(number * times, unit) if times and unit != "business days" else None


def _relative(found: _Found) -> str | None:
    """Return the hint for `last month` or `next 30 days` after a comparison."""
    length = _length(found.match[3], found.match[4])
    if length is None:
        return None
    sign = "+" if found.match[2].lower() in _TO_COME else "-"
    if found.match[1] in ("<", "<=", ">", ">="):
        return f"write {found.match[1]} today {sign} {length}"
    ends = ("today", f"today + {length}") if sign == "+" else (f"today - {length}", "today")
    return f"say from when until when, as in renewal_date between {' and '.join(ends)}"


def _signed(found: _Found) -> str | None:
    """Return the hint for `< +30 days`, which counts from today, and for `< +30`."""
    operator, count, word = found.match.groups()
    if not word:
        return f"write {operator} {count}"
    length = _length(count, word)
    if length is None:
        return None
    counts = found.text[: found.match.start()].rstrip().endswith(")")
    return f"write {operator} {length}" if counts else f"write {operator} today + {length}"


def _listed(found: _Found) -> str:
    """Return the hint for a list after `==`, or in brackets of another kind after `in`."""
    operator = found.match[1] or ""
    words = {"==": "in ", "=": "in ", "!=": "not in ", "<>": "not in "}.get(
        operator, f"{operator} "
    )
    return f"write {words}({found.part(2)})".replace("  ", " ")


def _pattern(found: _Found) -> str:
    content = found.part(2)[1:-1]
    plain = content.strip("^$%").removeprefix(".*").removesuffix(".*")
    if "!" in found.match[1] or not re.fullmatch(r"[\w @-]+", plain):
        return NO_PATTERNS
    opens, closes = content.startswith("^"), content.endswith("$")
    if opens and closes:
        return f"write == {format_value(plain)}"
    test = "starts_with" if opens else "ends_with" if closes else "contains"
    return f"write {test} {format_value(plain)}"


def _backticks(found: _Found) -> str:
    content = found.text[found.match.start() + 1 : found.match.end() - 1]
    if not content.isidentifier():
        return f"write {format_value(content)}"
    return f"write {format_value(content)} if it is a text, {content} if it is a field"


def _unquoted_length(found: _Found) -> str | None:
    parts = re.fullmatch(r"['\"]?(\d{1,5})\s*(\w+)['\"]?", found.part(2))
    length = _length(parts[1], parts[2]) if parts else None
    return f"write {found.match[1] or ''}{length}" if length else None


def _called(name: str) -> Callable[[_Found], str | None]:
    """Return the hint for a function of the subject, and of a value where the pattern has one."""

    def hint(found: _Found) -> str | None:
        arguments = [found.part(group) for group in range(1, found.match.re.groups + 1)]
        return None if arguments[0] in KEYWORDS else f"write {name}({', '.join(arguments)})"

    return hint


def _chosen(found: _Found) -> str:
    return f"write choose({', '.join(found.part(group).strip() for group in (1, 2, 3))})"


def _words(why: str, meanings: dict[str, str], before: str = "", after: str = "") -> Iterator[_Row]:
    """Yield a row for words that are written otherwise here."""
    words = "|".join(re.escape(word) for word in sorted(meanings, key=len, reverse=True))
    pattern = rf"{before}(?<!\w)({words})(?!\w){after}"
    yield _Row(pattern, why, lambda found: f"write {meanings[found.match[1].lower()]}")


def _row(
    pattern: str, why: str, hint: str | Callable[[_Found], str | None], always: bool = False
) -> _Row:
    """Return a row; a hint that is a text refers to the groups of the pattern as `{1}`."""
    if isinstance(hint, str):
        said = hint
        return _Row(
            pattern,
            why,
            lambda found: said.format(
                *(found.part(group) for group in range(found.match.re.groups + 1))
            ),
            always,
        )
    return _Row(pattern, why, hint, always)


_TO_COME = ("next", "coming", "following")
_NO_WORD = "`{written}` is not used here"
_TWO_VALUES = "`between` needs two values with `and` between them"
_NO_DATE = "`{written}` is not a date here"
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
_ROWS: tuple[_Row, ...] = (
    _row(r"\bn['’]est\s+pas\b|\bisn['’]t\b", _NO_WORD, "write is not"),
    _row(r"\bdoesn['’]t\b", _NO_WORD, "write does not"),
    _row(
        rf"\b(\w+)\.between\s*\(\s*({_VALUE})\s*,\s*({_VALUE})\s*\)",
        "`between` is not a function",
        "write {1} between {2} and {3}",
    ),
    _row(
        rf"\b(not\s+)?between\s*[\[(]\s*({_VALUE})\s*(?:,|;|and\b|&|\.\.\.?|to\b|-)\s*({_VALUE})\s*[\])]",
        _TWO_VALUES,
        _between,
    ),
    _row(
        rf"\b(not\s+)?between\s+({_VALUE})\s*(?:,|\.\.\.?|-)\s*({_VALUE})(?!\s*and\b)(?![\w.,])",
        _TWO_VALUES,
        _between,
    ),
    _row(
        rf"\b(not\s+)?in\s+range\s*\(\s*({_VALUE})\s*,\s*({_VALUE})\s*\)",
        "a range is tested with `between`",
        _between,
    ),
    _row(r"\b(not\s+)?in\s+(\d+)\s*-\s*(\d+)\b", "a range is tested with `between`", _between),
    _row(
        rf"(?<![\w.])between\s*\(\s*({_VALUE})\s*,\s*({_VALUE})\s*,\s*({_VALUE})\s*\)",
        "`between` is not a function",
        "write {1} between {2} and {3}",
    ),
    _row(
        r"^\s*case\s+when\b(.+)\bthen\b(.+)\belse\b(.+)\bend\s*$",
        "there is no `case`: a function chooses between two values",
        _chosen,
    ),
    _row(
        r"^([^?]+)\?([^?:]+):([^?:]+)$",
        "there is no `?`: a function chooses between two values",
        _chosen,
    ),
    _row(
        r"^\s*(?:if|when|where|si|wenn|falls)\b.*\b(?:then|alors|dann)\b|\bthen\b",
        "a condition only says when something is done",
        "say what is done under `do:`, and join conditions with `and` or `or`",
    ),
    _row(
        r"^\s*(?:if|when|where|si|wenn|falls)\s+(?=[\w(])",
        "a condition begins without `{written}`",
        REMOVE,
    ),
    _row(rf"\b{_COUNT}\s+(\w+)\s+ago\b", _NO_DATE, _ago("-")),
    _row(rf"\bil\s+y\s+a\s+{_COUNT}\s+(\w+)\b", _NO_DATE, _ago("-")),
    _row(rf"\bvor\s+{_COUNT}\s+(\w+)\b", _NO_DATE, _ago("-")),
    _row(rf"\b(?:in\s+)?{_COUNT}\s+(\w+)\s+(?:from\s+(?:now|today)|hence)\b", _NO_DATE, _ago("+")),
    _row(rf"(?<=[<>=])\s*(?:in|dans)\s+{_COUNT}\s+(\w+)\b", _NO_DATE, _ago("+")),
    _row(
        r"(<=?|>=?|==?|\bis)\s*(?:the\s+)?(last|past|previous|next|coming|following)\s+(?:(\d{1,5})\s+)?(\w+)\b",
        "`{written}` does not say from which date on",
        _relative,
    ),
    _row(
        r"(<=?|>=?|==|!=)\s*\+\s*(\d{1,5})\s*([^\W\d]+)?",
        "numbers are written without `+`",
        _signed,
    ),
    _row(
        rf"()\binterval\s+({_QUOTED}|\d{{1,5}}\s+\w+)",
        "a length of time is written as it is",
        lambda found: _unquoted_length(found._replace(text=found.text)),
    ),
    _row(rf"([+-] ?)({_QUOTED})", "a length of time has no quotes", _unquoted_length, always=True),
    _row(
        r"\bdate\s+['\"]\0{10}['\"]",
        "dates are written without quotes",
        lambda found: f"write {found.part(0)[-11:-1]}",
    ),
    _row(r"#(\d{4}-\d\d-\d\d)#", "dates are written without signs around them", "write {1}"),
    _row(
        r"(?<![\w-])(\d{4}-\d\d-\d\d)[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?",
        "dates are compared without a time of day",
        "write {1}",
    ),
    _row(r"(?<![!<>=])=+\s*missing\b", "a missing value equals nothing", "write is missing"),
    _row(r"(?:!=|<>)\s*missing\b", "a missing value equals nothing", "write is not missing"),
    _row(r"\bmissing\s*\(\s*([\w.]+)\s*\)", "`missing` is not a function", "write {1} is missing"),
    _row(
        r"(?<!\w )\bis\s+(not\s+)?missing\s+([^\W\d]\w*)",
        "`is missing` follows what is missing",
        "write {2} is {1}missing",
    ),
    *_words(
        _NO_WORD,
        {
            **dict.fromkeys(
                ("isnull", "is_null", "is_missing", "isempty", "is_empty"), "is missing"
            ),
            **dict.fromkeys(("notnull", "not_null", "isnotnull", "is_not_null"), "is not missing"),
        },
        before=_ENDED,
        after=r"(?!\s*\()",
    ),
    _row(rf"(!=~|=~|!~\*?|~\*?)\s*({_QUOTED})", "`{written}` is a pattern", _pattern),
    _row(
        rf"{_EQUAL}\s*\[\s*({_VALUE}(?:\s*,\s*{_VALUE})*)\s*\]",
        "a list is tested with `in`",
        _listed,
    ),
    _row(
        rf"\b((?:not\s+)?in)\s*\[\s*({_VALUE}(?:\s*,\s*{_VALUE})*)\s*\]",
        "`in` needs a list in round brackets",
        _listed,
    ),
    _row(
        rf"\b((?:not\s+)?in)\s*\{{\s*({_VALUE}(?:\s*,\s*{_VALUE})*)\s*\}}",
        "`in` needs a list in round brackets",
        _listed,
    ),
    _row(
        rf"{_EQUAL}\s*({_QUOTED}(?:\s*,\s*{_QUOTED})+)",
        "several values are tested with `in`",
        _listed,
    ),
    _row(r"[$@]([^\W\d]\w*)", "a name has no sign before it", "write {1}"),
    _row(r"[^\W\d]\w*\[\s*['\"](\0+)['\"]\s*\]", "a name is written alone", "write {1}"),
    _row(
        r"`[^`]*`|´[^´]*´", "`'` and `\"` are the quotes of a text, and a name has none", _backticks
    ),
    _row(
        r"\b(\d+(?:[.,]\d+)?)\s*(?:percent|per\s+cent|pour\s+cent|prozent|pct)\b",
        "numbers are written without a unit",
        lambda found: number_hint(f"{found.match[1]}%"),
    ),
    _row(
        rf"\b(\w+)\s+(?:drops?|dropped|falls?|fell|goes|went|sinks?|sank)\s+(?:below|under)\s+({_VALUE})",
        "a crossing is a function",
        _called("crossed_below"),
    ),
    _row(
        rf"\b(\w+)\s+(?:rises?|rose|climbs?|climbed|goes|went|grows?|grew)\s+(?:above|over)\s+({_VALUE})",
        "a crossing is a function",
        _called("crossed_above"),
    ),
    _row(
        r"\b(\w+)\s+(?:was\s+|is\s+)?changed\b",
        "`changed` is a function",
        _called("changed"),
    ),
    _row(
        r"\b(\w+)\s+has\s+changed\b(?!\s*\()",
        "`changed` is a function",
        _called("changed"),
        always=True,
    ),
    *_words(_NO_WORD, {"et": "and", "und": "and", "ou": "or", "oder": "or"}, _ENDED, _BEGINS),
    *_words(_NO_WORD, {"est": "is", "ist": "is", "sont": "is", "sind": "is"}, _ENDED, _BEGINS),
    *_words(_NO_WORD, {"entre": "between", "zwischen": "between"}, _ENDED, _BEGINS),
    *_words(_NO_WORD, _OPERATORS, rf"(?<!\bis)(?<!\bnot){_ENDED}-?", _BEGINS),
    *_words(
        _NO_WORD,
        dict.fromkeys(("nicht", "non", "pas"), "not"),
        r"(?:^|(?<=[(\s]))",
        r"(?=\s+[\w(])",
    ),
    _row(r"\s+(?:(?://|--)\s+(?![\d(])|#).*$", "a condition has no comment in it", REMOVE),
    _row(r"\s*[;.,]+\s*$", "nothing follows a condition", REMOVE),
)
